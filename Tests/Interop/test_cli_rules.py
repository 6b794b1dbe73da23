"""`tocsin rules`: what is true of a rule file before anybody relies on it."""

from __future__ import annotations

import json
import resource
import subprocess
from pathlib import Path

import pytest

from cli import TOCSIN, needs_tocsin
from support import PATIENCE

pytestmark = needs_tocsin

DEPARTMENTS = """
departments:
  - { name: fire, zh: 消防救援支队, en: Fire }
  - { name: desk, zh: 值班台, en: Desk }
roles:
  - { name: leader, at: [district, street], zh: 值班领导, en: Leader }
"""
GRIDS = """
places:
  "110101": 东城区
  "110101005": 北新桥街道
"""
ALL = """
fallback: desk
rules:
  - name: 火灾 fires
    when: { category: Fire }
    notify: fire
    inform: leader@street
    escalate: [{ after: 1m, to: leader@district }]
  - name: the rest
    when: { not: { category: Fire } }
    notify: desk
    escalate: [{ after: 1m, to: leader@district }]
"""


@pytest.fixture
def rules(tmp_path: Path):
    (tmp_path / "departments.yaml").write_text(DEPARTMENTS)
    (tmp_path / "grids.yaml").write_text(GRIDS)

    def write(text: str) -> str:
        (tmp_path / "rules.yaml").write_text(text)
        return str(tmp_path / "rules.yaml")
    return write


def prove(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run([TOCSIN, "rules", "prove", *words], capture_output=True, text=True, timeout=PATIENCE,
                         env={"COLUMNS": "100", "TZ": "UTC"})
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran


def test_a_file_without_a_fault_is_proved_and_strict_is_content(rules):
    said = prove(rules(ALL), "--strict").stdout
    assert "✓ complete: every class was looked at, and has an example" in said
    for title in ("Falls through to the fallback, desk, alone", "Only informs", "Rules that never match",
                  "Mailboxes that no rule reaches", "Obligations that end without a leader",
                  "Mailboxes with more than 5 alerts"):
        assert any(line.startswith(f"✓ {title}") for line in said.splitlines()), title
    assert "as ever, what no rule names: Update, Cancel, System, Test, Draft" in said


def test_a_gap_is_named_with_an_example_that_explain_sends_to_the_fallback(rules, tmp_path):
    path = rules(ALL.replace("when: { not: { category: Fire } }", "when: { category: [Met, Health], severity: Severe }"))
    assert "✗ Falls through to the fallback, desk, alone: 2\n" in prove(path, "--strict", code=3).stdout
    found = json.loads(prove(path, "--json").stdout)
    assert found["complete"] and len(found["gaps"]) == 2
    for gap in found["gaps"]:
        explained = subprocess.run(
            [TOCSIN, "explain", "-", "--rules", path, "--at", gap["example"]["at"], "--json"],
            input=json.dumps(gap["example"]["report"]), capture_output=True, text=True, timeout=PATIENCE, env={})
        assert [one["rule"] for one in json.loads(explained.stdout)["addressees"]] == ["fallback"], explained.stderr


def test_findings_have_the_rule_and_its_line(rules):
    path = rules(ALL.replace("    when: { category: Fire }\n", "    stop: true\n"))
    said = prove(path, code=0).stdout
    assert "✗ Rules that never match: 1" in said
    assert f"{path}:9 'the rest'" in "".join(line.strip(" -") for line in said.splitlines())
    idle, = json.loads(prove(path, "--json", "--strict", code=3).stdout)["idle"]
    assert idle == {"rule": "the rest", "line": 9, "behind": [{"rule": "火灾 fires", "line": 4}]}


def test_what_cannot_be_proved_is_said(rules):
    path = rules(ALL + '  - { name: found, when: { matches: { headline: "^[0-9]{3}x{2,}$" } }, notify: fire }\n')
    said = prove(path).stdout
    assert "! not complete: " in said and "'found'" in said
    found = json.loads(prove(path, "--json").stdout)
    assert (found["complete"], found["stopped"], found["unconfirmed"]) == (False, False, ["found"])


def test_leaders_and_alerts_are_as_one_says(rules):
    path = rules(ALL)
    assert "✗ Obligations that end without a leader (fire): 1 rule" in prove(path, "--leader", "fire").stdout
    assert "leader@110101" not in prove(path, "--leader", "fire", "--leader", "leader", "--strict").stdout
    crowd, = json.loads(prove(path, "--alerts", "1", "--json").stdout)["alerts"]["crowds"]
    assert (crowd["recipient"], crowd["alerts"]) == ("desk", 2)


@pytest.mark.parametrize("words, code, said", [
    ((), 64, "Give a rule file or --config, and not both."),
    (("{rules}", "--config", "tocsin.yaml"), 64, "Give a rule file or --config, and not both."),
    (("--config", "tocsin.yaml", "--grids", "grids.yaml"), 64, "--departments, --grids and --holidays go with a rule file."),
    (("{rules}", "--alerts", "0"), 64, "--alerts is at least 1."),
    (("{rules}", "--alerts", "many"), 64, "'many' is invalid for '--alerts <count>'"),
    (("{rules}", "--leader", "leadr"), 3, "'leadr' is not a role or a department; valid are leader, fire, desk; "
                                          "did you mean 'leader'?"),
    (("nowhere.yaml",), 3, "nowhere.yaml cannot be read: there is no such file"),
])
def test_a_wrong_command_line_says_what_would_be_right(rules, words, code, said):
    path = rules(ALL)
    ran = prove(*(word.format(rules=path) for word in words), code=code)
    assert said in ran.stderr and ran.stdout == ""


def test_a_file_with_a_mistake_is_refused_with_its_place(rules):
    path = rules(ALL.replace("category: Fire", "category: Fier", 1))
    assert f"{path}:5:23: 'Fier' is not a category; " in prove(path, code=3).stderr
    failure = json.loads(prove(path, "--json", code=3).stderr)
    assert failure["code"] == "invalid"


@pytest.mark.parametrize("when, code, complete", [("event: e{n}", 0, True), ("text: {{ contains: word{n} }}", 1, False)])
def test_a_hundred_thousand_rules_are_proved_or_the_proof_stops(rules, when, code, complete):
    many = (f"  - {{ name: n{n}, when: {{ category: Fire, {when.format(n=n)} }}, notify: fire }}\n" for n in range(100_000))
    path = rules(ALL + "".join(many))

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    ran = subprocess.run([TOCSIN, "rules", "prove", path, "--json"], capture_output=True, text=True, timeout=120, env={},
                         preexec_fn=bound)
    assert ran.returncode == code, ran.stderr
    found = json.loads(ran.stdout)
    assert (found["complete"], found["stopped"], found["idle"]) == (complete, not complete, [])
