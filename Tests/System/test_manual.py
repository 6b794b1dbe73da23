"""The package's manual pages say what the programs, the configuration and the rules know, and completions know it too."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support import REPOSITORY, program

CONFIGURATION = (REPOSITORY / "Config/tocsin.yaml").read_text()
RULES = (REPOSITORY / "Sources/TocsinRouting/TocsinRouting.docc/Rules.md").read_text()


@pytest.fixture(scope="module")
def files(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, unpacked."""
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["dpkg-deb", "--extract", built, folder], check=True)
    return folder


@pytest.fixture(scope="module")
def page(files: Path):
    """The text of a page."""

    def page(name: str) -> str:
        section = name.rpartition(".")[2]
        source = gzip.decompress((files / f"usr/share/man/man{section}/{name}.gz").read_bytes()).decode()
        # In roff, a word that is not to be divided begins with a mark, and so does a hyphen that is to be copied.
        return re.sub(r"\\f[BIR]|\\%", "", source).replace("\\-", "-")

    return page


def help_of(name: str) -> dict[str, Any]:
    path = program(name.upper(), name)
    return json.loads(subprocess.check_output([path, "--experimental-dump-help"]))["command"]


def commands() -> list[tuple[str, dict[str, Any]]]:
    """The page of each command, and what its help says."""
    def family(name: str, command: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        inner = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
        return [(f"{name}.1", command), *(page for one in inner for page in family(f"{name}-{one['commandName']}", one))]

    pages = family("tocsin", help_of("tocsin"))
    assert len(pages) >= 10 and "tocsin-keys-revoke.1" in dict(pages)
    return [("tocsind.8", help_of("tocsind")), *pages]


def options(command: dict[str, Any]) -> list[str]:
    return [f"--{name['name']}" for one in command["arguments"] for name in one.get("names", [])
            if one["shouldDisplay"] and name["kind"] == "long"]


def test_each_command_has_a_page_with_all_its_options_and_what_they_are_for(page):
    for name, command in commands():
        text = page(name)
        assert command["abstract"] in text
        for option in options(command):
            assert re.search(rf"^[^ ]*.*{option}\b", text, re.MULTILINE), f"{name}: {option}"
        for one in command["arguments"]:
            assert not one["shouldDisplay"] or one.get("abstract", "") in text, f"{name}: {one}"


def test_the_page_of_the_command_line_names_all_commands(page):
    for name, _ in commands()[2:]:
        outer = name.removesuffix(".1").rpartition("-")[0]
        assert f"{name.removesuffix('.1')}(1)" in page(f"{outer}.1")


def test_examples_keep_their_lines(page):
    assert "\n.EX\ntocsin report --event gas-leak --category Infra --severity Severe \\e\n  --grid" in page("tocsin-report.1")


def test_the_page_of_the_configuration_has_each_of_its_keys(page):
    keys = re.findall(r"^(?:# | +#? ?)?([a-z]+(?:-[a-z]+)*):(?: |$)", CONFIGURATION, re.MULTILINE)
    assert {"endpoints", "control", "state", "rules", "security", "terminals"} <= set(keys)
    for key in keys:
        assert re.search(rf"^\.T[PQ]\n{key}:", page("tocsin.yaml.5"), re.MULTILINE), key


def test_the_page_of_the_rules_has_each_of_their_keys(page):
    keys = re.findall(r"^\| `([^`]+)` \|", RULES, re.MULTILINE)
    assert {"name", "notify", "escalate", "severity", "within"} <= set(keys)
    for key in keys:
        assert re.search(rf"^\.TP\n{key}$", page("tocsin-rules.5"), re.MULTILINE), key


@pytest.mark.parametrize("shell, path", [
    ("bash", "usr/share/bash-completion/completions/tocsin"),
    ("zsh", "usr/share/zsh/vendor-completions/_tocsin"),
    ("fish", "usr/share/fish/vendor_completions.d/tocsin.fish"),
])
def test_completions_know_each_command_and_option(files, shell, path):
    text = (files / path).read_text()
    for name, command in commands()[2:]:
        assert command["commandName"] in text
        for option in options(command):
            assert (option if shell != "fish" else option.removeprefix("--")) in text, f"{name}: {option}"


def test_bash_completes_a_command_and_its_options(files):
    for typed, wanted in (("tocsin li", "listen"), ("tocsin report --sev", "--severity")):
        words = typed.split()
        script = f"""
            source {files}/usr/share/bash-completion/completions/tocsin
            COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1} COMP_LINE='{typed}' COMP_POINT={len(typed)}
            _tocsin tocsin {words[-1]} {words[-2]}
            echo "${{COMPREPLY[@]}}" """
        answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
        assert wanted in answer.stdout.split(), answer
