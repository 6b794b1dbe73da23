"""A rehearsal beside the real daemon: what it foretells is what comes after the reload."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import TOCSIN, needs_tocsin
from support import DEPARTMENTS, GRIDS, PATIENCE, Daemon, expect, report, send_reports
from tip1 import Json, Operator

pytestmark = needs_tocsin

MAY = DEPARTMENTS.replace("en: Duty Leader }", "en: Duty Leader, may-subscribe: information }")

BORDER = GRIDS.replace('"110101005": 北新桥街道', '''"110101005":
    name: 北新桥街道
    polygon: [[39.93, 116.40], [39.93, 116.43], [39.96, 116.43], [39.96, 116.40]]''')

NEW = """
fallback: leader@district
rules:
  - name: leader first
    when: { severity: Extreme }
    notify: leader@district
    stop: true
  - name: structure fire
    when: { category: Fire, event: structure-fire }
    inform: fire
    notify: ems
    escalate: [{ after: 1h, to: duty-office }]
  - name: somebody declines
    when: { event: somebody-declines }
    notify: fire
    escalate: [{ after: 30m, to: leader@district }]
  - name: street police
    when: { category: Security }
    notify: police@street
"""

POINT = {"area": {"point": [39.95, 116.41]}}

REPORTS = [
    report("火灾-1", headline="鼓楼西大街起火"),
    report("extreme", severity="Extreme"),
    report("exercise", status="Exercise"),
    report("test", status="Test"),
    report("escalates", event="somebody-declines"),
    report("no-rule", event="rumour", category="Other"),
    report("by-place", category="Security", event="burglary", area={"grid": "110101005003002"}),
    report("by-point", category="Security", event="burglary", **POINT),
    report("by-nowhere", category="Security", event="burglary"),
]


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    return make_daemon(departments=MAY)


def rehearse(daemon: Daemon, new: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [TOCSIN, "rules", "rehearse", new, "--journal", daemon.folder / "state", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env={"TZ": "UTC", "COLUMNS": "100"})
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran


def write(folder: Path, rules: str = NEW, departments: str = MAY, grids: str = BORDER) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("rules", rules), ("departments", departments), ("grids", grids)):
        (folder / f"{name}.yaml").write_text(text)
    return folder / "rules.yaml"


def told(operator: Operator, one: Json) -> dict[str, tuple[int, int | None]]:
    """When each recipient is told of a report by the rules in force, and when it must acknowledge, by the broker."""
    explanation = operator.ask("EXPLAIN", one)
    moments: dict[str, list[tuple[int, bool]]] = {}
    for addressee in explanation["addressees"]:
        moments.setdefault(addressee["recipient"], []).append((0, addressee["purpose"] == "action"))
    for plan in explanation["plans"]:
        for step in plan["steps"]:
            moments.setdefault(step["to"], []).append((step["afterMs"], True))
    return {name: (min(at for at, _ in all), min((at for at, acts in all if acts), default=None))
            for name, all in moments.items()}


def foretold(side: Json | None) -> tuple[int, int | None] | None:
    return side and (side["toldAfterMs"], side.get("mustAcknowledgeAfterMs"))


def test_what_a_rehearsal_foretells_is_what_the_broker_says_before_and_after_the_reload(
        daemon, connect, reporter, operator, tmp_path):
    leader = connect(daemon.alerts)
    leader.send("TIP1 SUBSCRIBE leader@110101 all", {"when": {"category": ["Fire", "Other"]}})
    expect(leader, "OK leader@110101")
    incidents = [reporter.report(one)["incident"] for one in REPORTS]
    before = [told(operator, one) for one in REPORTS]
    records = daemon.sql("SELECT count(*) AS count FROM record")

    new = write(tmp_path / "new")
    said = json.loads(rehearse(daemon, new, "--json").stdout)

    assert daemon.sql("SELECT count(*) AS count FROM record") == records
    write(daemon.folder)
    operator.ask("RELOAD", patience=PATIENCE)
    after = [told(operator, one) for one in REPORTS]
    changed = {change["incident"]: {one["recipient"]: one for one in change["recipients"]} for change in said["changes"]}
    for incident, former, latter in zip(incidents, before, after, strict=True):
        changes = changed.get(incident, {})
        names = {name for name in {*former, *latter} if former.get(name) != latter.get(name)}
        assert set(changes) == names, incident
        for name, change in changes.items():
            assert foretold(change.get("before")) == former.get(name), (incident, name)
            assert foretold(change.get("after")) == latter.get(name), (incident, name)

    # The words for it, of a few.
    words = {name: change["changes"] for name, change in changed[incidents[0]].items()}
    assert words == {"ems": ["mustAcknowledge"], "fire": ["onlyInformed"], "duty-office": ["added"]}
    assert {name: one["changes"] for name, one in changed[incidents[1]].items()} == {
        "leader@110101": ["mustAcknowledge"], "fire": ["dropped"], "ems": ["dropped"]}
    assert changed[incidents[4]]["leader@110101"]["changes"] == ["sooner"]
    assert list(changed[incidents[7]]) == ["police@110101005", "duty-office"]
    assert incidents[6] not in changed
    assert (said["real"]["incidents"], said["exercises"]["incidents"]) == (7, 2)
    totals = {one.pop("recipient"): {name: count for name, count in one.items() if count} for one in said["real"]["recipients"]}
    assert totals["ems"] == {"dropped": 1, "mustAcknowledge": 1}

    # By the rules that are in force now nobody is told otherwise.
    same = rehearse(daemon, new)
    assert "Of 7 incidents since " in same.stdout and ", none is told otherwise." in same.stdout


def test_it_is_said_for_people_with_what_is_listed_bounded(daemon, connect, tmp_path):
    reporter = connect(daemon.reports)
    send_reports(reporter, 30, headline="北新桥街道平房起火")
    new = write(tmp_path / "new")
    lines = rehearse(daemon, new).stdout.splitlines()
    assert lines[0].endswith("II Severe    北新桥街道平房起火")
    assert lines[1] == "    must acknowledge  ems          must acknowledge at once, instead of: is informed at once"
    assert lines[3] == "    in addition       duty-office  must acknowledge after 60 min"
    assert "and 10 more incidents of which somebody is told otherwise: --all" in lines
    assert "".join(lines).count("平房") == 20
    assert rehearse(daemon, new, "--all").stdout.count("平房") == 30
    assert rehearse(daemon, new, "--last", "1d", "--csv").stdout.count("\n") == 91


def test_wrong_files_are_named_with_their_places_and_nothing_is_read(daemon, tmp_path):
    new = write(tmp_path / "new", rules=NEW.replace("notify: ems", "notify: emms"))
    ran = rehearse(daemon, new, code=3)
    assert ran.stderr.startswith(f"{new}:11:13: ") and "did you mean 'ems'?" in ran.stderr
    assert json.loads(rehearse(daemon, new, "--json", code=3).stderr)["code"] == "invalid"
    (new.parent / "departments.yaml").unlink()
    assert "say where they are with --departments" in rehearse(daemon, new, code=3).stderr
    right = write(tmp_path / "right")
    command = [TOCSIN, "rules", "rehearse", right, "--journal", tmp_path]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env={})
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == f"tocsin: There is no journal in {tmp_path}/journal.sqlite.\n"


def test_it_ends_at_a_signal_with_words(daemon, connect, tmp_path):
    send_reports(connect(daemon.reports), 5000, severity="Severe")
    new = write(tmp_path / "new")
    # Nobody reads on after the first records, so that it is in the middle of its work.
    with subprocess.Popen([TOCSIN, "rules", "rehearse", new, "--journal", daemon.folder / "state", "--csv"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline().startswith("incident,")
        assert process.stdout.readline().startswith("2,")
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.stderr.read() == "tocsin: interrupted after 2,000 incidents\n"
        assert process.wait(PATIENCE) == 1
