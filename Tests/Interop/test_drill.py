"""Drills: played through the real daemon as exercises, with a table of who was told, who answered and how soon."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drills import DRILL, SCENARIOS, TOCSIN, drill, table
from support import DEPARTMENTS, PATIENCE, RULES, Daemon, becomes_true, expect, report
from tip1 import Connection, Message

pytestmark = pytest.mark.skipif(not TOCSIN, reason="there is no tocsin: name it in the environment, or build it")


class Staff:
    """The people of a table, each at a terminal, who do what the table says of them once nothing more comes for a moment."""

    def __init__(self, daemon: Daemon, wanted: list[dict[str, str]], fragile: set[str]):
        """The terminals of those who are `fragile` have connections of their own, and can fall silent."""
        present = {line["recipient"] for line in wanted if line["delivered"]}
        self.people = {(line["event"], line["recipient"]): line
                       for line in wanted if line["by"] and line["purpose"] == "action"}
        self.desks = {recipient: Connection(daemon.alerts) for recipient in fragile}
        shared = Connection(daemon.alerts)
        self.desks |= {recipient: shared for recipient in present - fragile}
        self.silent: set[str] = set()
        self.statuses: set[str] = set()
        self.over = threading.Event()
        self.joined = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self) -> Staff:
        self.thread.start()
        assert self.joined.wait(PATIENCE)
        return self

    def __exit__(self, *error) -> None:
        self.over.set()
        self.thread.join()
        for desk in set(self.desks.values()):
            desk.close()

    def hear(self, line: str) -> None:
        """As the drill says that somebody is to fall silent, his terminal does: it is there, and says nothing."""
        name, _, rest = line.partition(":")
        if "fall silent now" in rest:
            assert name in self.desks
            self.silent.add(name)

    def come_back(self) -> None:
        for name in list(self.silent):
            self.desks[name].send(f"TIP1 JOIN {name} desk 64")
            self.silent.remove(name)

    def work(self) -> None:
        for recipient, desk in self.desks.items():
            desk.send(f"TIP1 JOIN {recipient} desk 64")
            expect(desk, f"JOINED {recipient}")
        self.joined.set()
        rung: list[tuple[Connection, str, dict[str, str]]] = []
        while not self.over.is_set():
            came = False
            for desk in set(self.desks.values()):
                if any(self.desks[name] is desk for name in self.silent):
                    continue
                if message := desk.receive(0.05):
                    came = True
                    rung += self.take(desk, message)
            if not came:
                for desk, name, line in rung:
                    answer(desk, name, line)
                rung = []

    def take(self, desk: Connection, message: Message) -> Iterator[tuple[Connection, str, dict[str, str]]]:
        if message.command == "PING":
            desk.send(" ".join(["TIP1 PONG", *message.arguments]))
        if message.command != "ALERT":
            return
        name, event = " ".join(message.arguments), json.loads(message.bodies[1])["event"]
        # That a link is lost is no exercise, also where somebody has cut it for one.
        if not event.startswith("link-"):
            self.statuses.add(message.body["status"])
        desk.send(f"TIP1 RECEIVED {name}")
        line = self.people.get((event, message.arguments[0]))
        if line and message.body["purpose"] == "action":
            yield desk, name, line


def answer(desk: Connection, name: str, line: dict[str, str]) -> None:
    by, state = line["by"], line["state"]
    if state == "declined":
        return desk.send(f"TIP1 DECLINE {name}", {"by": by, "reason": "not ours"})
    desk.send(f"TIP1 ACKNOWLEDGE {name}", {"by": by})
    if state in {"enRoute", "onScene", "resolved"}:
        desk.send(f"TIP1 STATUS {name}", {"state": state, "by": by})


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_the_drill_of_each_scenario_comes_out_as_expected(make_daemon, scenario, tmp_path):
    daemon = make_daemon(configuration=scenario / "tocsin.yaml")
    wanted = table(scenario / "expected.csv")
    ready, page = tmp_path / "ready.csv", tmp_path / "ready.json"
    beside = (scenario / "departments.yaml").exists()
    directory = [] if beside else ["--config", scenario / "tocsin.yaml"]
    fragile = set(re.findall(r"silent: (\S+)", (scenario / "drill.yaml").read_text()))
    with Staff(daemon, wanted, fragile) as staff:
        ran = drill(daemon, scenario / "drill.yaml", *directory, "--csv", ready, "--json", page, hears=staff.hear)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert staff.silent == fragile
        staff.come_back()
        # Nothing of it goes on; a link's incident ends when the link is back and holds.
        operator = daemon.operator()
        assert becomes_true(
            lambda: {one["open"] for one in operator.ask("INCIDENTS", {"limit": 100})["incidents"]} == {False}, operator)
        operator.close()
    expected = sum(line["reached"] != "" for line in wanted)
    assert f"ready: all {expected} expectations were met in time" in ran.stdout
    assert staff.statuses == {"Exercise"}

    came = table(ready)
    columns = [name for name in wanted[0]]
    assert sorted([line[name] for name in columns] for line in came) == sorted(list(line.values()) for line in wanted)
    said = json.loads(page.read_text())
    told, answers = [line for line in came if line["recipient"]], said.get("refusals", []) + said.get("ratings", [])
    assert said["ready"] and (said["expected"], said["missed"]) == (expected, 0)
    assert len(said["lines"]) + len(answers) == len(wanted)
    for line, written in zip(said["lines"], told, strict=True):
        took_on = written["purpose"] == "action" and written["by"] != "" and written["state"] != "declined"
        assert ("acknowledgedMs" in line) == (written["acknowledged_ms"] != "") == took_on, line
        assert "; ".join(line.get("onDuty", []) or (["nobody"] if "onDuty" in line else [])) == written["on_duty"]


def test_a_drill_whose_expectation_is_not_met_fails_says_so_and_is_over(make_daemon, tmp_path):
    daemon = make_daemon()
    file, page = tmp_path / "drill.yaml", tmp_path / "ready.json"
    file.write_text(DRILL)
    desk = Connection(daemon.alerts)
    desk.send("TIP1 JOIN ems desk 64")
    expect(desk, "JOINED ems")
    with answering(desk):
        ran = drill(daemon, file, "--departments", daemon.folder / "departments.yaml", "--json", page)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "not ready: 1 of 2 expectations were not met in time" in ran.stdout
    lines = {line["recipient"]: line for line in json.loads(page.read_text())["lines"]}
    assert not lines["fire"]["reached"] and "deliveredMs" not in lines["fire"]
    assert lines["ems"]["reached"] and lines["ems"]["deliveredMs"] <= 2000
    operator = daemon.operator()
    incidents = operator.ask("INCIDENTS")["incidents"]
    assert [incident["open"] for incident in incidents] == [False]
    closed = operator.ask("INCIDENT", {"incident": incidents[0]["incident"]})["timeline"][-1]
    assert (closed["state"], closed["note"]) == ("closed", "the drill 'small' is over")
    operator.close()


JOINING = """
fallback: duty-office
rules:
  - name: fire
    when: { event: structure-fire }
    notify: fire
    acknowledge-within: 5m
    correlate: { by: event, within: 10m }
  - name: severe fire
    when: { event: structure-fire, severity: at least Severe }
    notify: ems
    acknowledge-within: 5m
"""
JOINED = """
name: joined
wait: 1s
reports:
  - at: 0s
    report: { event: structure-fire, category: Fire, severity: Moderate }
  - at: 1s
    report: { event: structure-fire, category: Fire, severity: Severe }
    expect: [{ recipient: ems, within: 1s }]
"""


def test_of_a_report_that_joins_those_are_judged_whom_it_tells_and_nothing_rings_on(make_daemon, tmp_path):
    daemon = make_daemon(rules=JOINING)
    file, page = tmp_path / "drill.yaml", tmp_path / "ready.json"
    file.write_text(JOINED)
    ran = drill(daemon, file, "--config", daemon.configuration, "--json", page)
    assert ", joined as report 2 of it → " in ran.stdout and ran.returncode == 1, ran.stdout + ran.stderr
    # Nobody has taken it on, but ems was told, and by the incident that is news of the first.
    assert "never told" not in ran.stdout
    lines = [line for line in json.loads(page.read_text())["lines"] if line["report"] == 2]
    operator = daemon.operator()
    incidents = {one["incident"]: one["open"] for one in operator.ask("INCIDENTS")["incidents"]}
    operator.close()
    assert {line["incident"] for line in lines} == {max(incidents)}
    told, = [line for line in lines if line["recipient"] == "ems"]
    assert (told["purpose"], told["expectedWithinMs"], told["reached"]) == ("action", 1000, False)
    assert list(incidents.values()) == [False, False]


PROMISES = """
name: promises
wait: 1s
reports:
  - at: 0s
    report: { event: structure-fire, category: Fire, severity: Severe }
    rating: { score: 2, by: Li, expect: [{ recipient: leader@district, within: 1s }] }
  - { at: 0s, report: { event: smoke, category: Fire, severity: Minor }, refused: busy }
"""


def test_what_is_not_over_is_not_rated_and_what_is_not_refused_fails_the_drill(make_daemon, tmp_path):
    daemon = make_daemon(rules=RULES.replace("    notify: fire\n", "    notify: fire\n    rated-low: leader@district\n", 1))
    file, page = tmp_path / "drill.yaml", tmp_path / "ready.json"
    file.write_text(PROMISES)
    ran = drill(daemon, file, "--config", daemon.configuration, "--json", page)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "not ready: 3 of 3 expectations were not met in time" in ran.stdout
    assert "not over, so not rated 2 of 5 by Li" in ran.stdout and "to be refused, busy, and was not" in ran.stdout
    said = json.loads(page.read_text())
    assert [one["reached"] for one in said["ratings"] + said["refusals"]] == [False, False]
    assert said["refusals"][0].keys() == {"report", "incident", "event", "expected", "reached"}
    operator = daemon.operator()
    assert {one["open"] for one in operator.ask("INCIDENTS")["incidents"]} == {False}
    operator.close()


def test_a_link_that_is_lost_already_cannot_fall_silent_and_one_that_stays_fails_the_drill(make_daemon, tmp_path):
    departments = DEPARTMENTS.replace("en: Fire }", "en: Fire, supervised-by: duty-office }")
    daemon = make_daemon(departments=departments, heartbeat="300ms")
    file = tmp_path / "drill.yaml"
    file.write_text("name: x\nwait: 2s\nreports: [{ at: 0s, silent: fire, expect: [{ recipient: duty-office, within: 1s }] }]")
    desk = Connection(daemon.alerts)
    desk.send("TIP1 JOIN fire desk 64")
    expect(desk, "JOINED fire")
    with answering(desk):
        ran = drill(daemon, file, "--config", daemon.configuration)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert ran.stdout.startswith("fire: let all its terminals fall silent now\n")
    assert "the broker has not noticed that the link to fire is lost" in ran.stdout and "never told" in ran.stdout
    operator = daemon.operator()
    assert becomes_true(lambda: operator.ask("INFO")["links"]["lostCount"] == 1, operator)
    operator.close()
    ran = drill(daemon, file, "--config", daemon.configuration)
    assert ran.returncode == 1 and "for this drill let its terminals join first" in ran.stderr, ran.stdout + ran.stderr


@contextmanager
def answering(desk: Connection):
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            message = desk.receive(0.05)
            if message and message.command == "ALERT":
                desk.send(f"TIP1 RECEIVED {' '.join(message.arguments)}")
            elif message and message.command == "PING":
                desk.send(" ".join(["TIP1 PONG", *message.arguments]))
        desk.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_real_alert_is_sent_before_exercises_that_are_more_severe(make_daemon, connect):
    daemon = make_daemon()
    field = connect(daemon.reports)
    for number, (status, severity) in enumerate([("Exercise", "Extreme"), ("Actual", "Minor"), ("Test", "Severe")]):
        field.ask(f"TIP1 REPORT r{number}", report(f"a{number}", event="fire-hazard", status=status, severity=severity))
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire-prevention desk 1")
    expect(desk, "JOINED fire-prevention")
    came = []
    for _ in range(2):
        alert = expect(desk, "ALERT fire-prevention")
        came.append(alert.body["status"])
        desk.send(f"TIP1 RECEIVED {' '.join(alert.arguments)}")
    assert came == ["Actual", "Exercise"]


@pytest.mark.parametrize("wrong, right, problem", [
    ("severity: Severe }", "severity: Severe, status: Actual }",
     ":6:80: a drill reports exercises alone; leave 'status' out, or say Exercise"),
    ("recipient: ems", "recipient: hospital", ":9:22: 'hospital' is not a department; valid are fire, fire-prevention, ems"),
    ("severity: Severe }", "severity: Severe, area: { grid: \"110101999\" } }", ":6:86: '110101999' is not a street of the directory"),
    ("    expect:", "    hope:", ":7:5: 'hope' is not a key of a report of the drill; valid are at, name, updates, cancels, report, refused, rating, silent, expect"),
    ("at: 0s", "at: soon", ":5:9: 'soon' is not a time of a drill"),
    ("within: 400ms", "within: 3s", ":8:36: this is longer than the drill waits after its last report"),
    ("event: structure-fire, ", "", ":6:13: a report of a drill needs 'event', which is missing"),
])
def test_a_drill_with_a_mistake_is_refused_with_its_place_before_anything_is_sent(
        make_daemon, tmp_path, wrong, right, problem):
    daemon = make_daemon()
    file = tmp_path / "drill.yaml"
    assert wrong in DRILL
    file.write_text(DRILL.replace(wrong, right, 1))
    ran = drill(daemon, file, "--departments", daemon.folder / "departments.yaml", "--grids", daemon.folder / "grids.yaml")
    assert ran.returncode == 3 and f"{file}{problem}" in ran.stderr, ran.stderr
    operator = daemon.operator()
    assert operator.ask("INCIDENTS")["incidents"] == []
    operator.close()


def test_a_drill_without_reports_and_one_that_names_nobody_are_refused(tmp_path):
    file = tmp_path / "drill.yaml"
    (tmp_path / "departments.yaml").write_text("departments: [{ name: fire, zh: 火, en: F }]\n")
    for text, problem in [
        ("name: x\nreports: []\n", ":2:10: there is no report; a drill has at least one"),
        ("name: x\n", ":1:1: a drill needs 'reports', which is missing"),
        ("name: x\nreports:\n  - { at: 0s, report: { event: e, category: Fire, severity: Minor } }\n",
         ":1:1: the drill names nobody; say with 'expect' who is to answer a report, or to hear of it"),
    ]:
        file.write_text(text)
        ran = subprocess.run([TOCSIN, "drill", file, "--check"], capture_output=True, text=True, env={})
        assert ran.returncode == 3 and f"{file}{problem}" in ran.stderr, ran.stderr
