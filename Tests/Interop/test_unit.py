"""What the systemd unit has its programs do, done by them: a reload that is refused fails, and says why."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest

from support import PATIENCE, REPOSITORY, RULES, Daemon, program

UNIT = REPOSITORY / "systemd/tocsind.service"
CONFIGURATION = "/etc/tocsin/tocsin.yaml"


def command(key: str, daemon: Daemon) -> list[str]:
    """A command of the unit, with the programs and the configuration of this test."""
    line, = re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)
    words = shlex.split(line)
    name = words[0].removeprefix("/usr/bin/")
    path = program(name.upper(), name)
    if not path:
        pytest.skip(f"there is no `{name}`: name it in the environment variable {name.upper()}")
    assert CONFIGURATION in words
    return [path, *(str(daemon.configuration) if word == CONFIGURATION else word for word in words[1:])]


def reload(daemon: Daemon) -> subprocess.CompletedProcess[str]:
    # systemd gives the unit's other commands the environment of the main one.
    return subprocess.run(command("ExecReload", daemon), capture_output=True, text=True, timeout=PATIENCE,
                          env={"RUNTIME_DIRECTORY": str(daemon.folder)})


def test_the_units_reload_takes_new_rules_and_fails_with_the_problems_of_bad_ones(daemon, operator):
    (daemon.folder / "rules.yaml").write_text("fallback: ems\nrules: []\n")
    assert reload(daemon).returncode == 0
    assert operator.ask("INFO")["rules"]["count"] == 0

    (daemon.folder / "rules.yaml").write_text(RULES.replace("category: Met", "category: Mte"))
    refused = reload(daemon)
    assert refused.returncode == 1
    assert "refused (invalid)" in refused.stderr and "rules.yaml:13:23: 'Mte' is not a category" in refused.stderr
    assert operator.ask("INFO")["rules"]["count"] == 0

    daemon.configuration.write_text("rules: [")
    assert reload(daemon).returncode == 3


def test_the_units_reload_fails_where_nobody_serves(daemon):
    daemon.kill()
    assert reload(daemon).returncode == 2


def test_the_units_start_is_one_that_the_daemon_understands(daemon):
    checked = subprocess.run([*command("ExecStart", daemon), "--check"], capture_output=True, text=True,
                             timeout=PATIENCE, env={})
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_command_writes_nothing_to_the_systems_log_where_threads_get_no_priority(daemon):
    """An ordinary user may not give libdispatch's threads what they ask for; each command would say so."""
    path = program("TOCSIN", "tocsin")
    if not path:
        pytest.skip("there is no `tocsin`: name it in the environment variable TOCSIN")
    if not shutil.which("strace"):
        pytest.skip("there is no strace, which refuses the priorities here")
    traced = subprocess.run(["strace", "-f", "-e", "trace=connect,setpriority", "-e", "inject=setpriority:error=EPERM",
                             path, "status", "--control", daemon.control], capture_output=True, text=True,
                            timeout=PATIENCE)
    if re.match(r"strace: (?!Process)", traced.stderr):
        pytest.skip("strace may not trace here")
    assert traced.returncode == 0, traced.stderr
    assert "setpriority" in traced.stderr and "EPERM" in traced.stderr
    assert "/dev/log" not in traced.stderr
