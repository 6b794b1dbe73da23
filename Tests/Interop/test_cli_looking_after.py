"""The commands that look after a broker: `health`, `doctor`, `watch`, and lists that go on."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import subprocess

from cli import SMALL, command, needs_tocsin, run, scrubbed, tocsin
from support import PATIENCE, becomes_true, expect, report, send_reports

pytestmark = needs_tocsin


def health(daemon, *words: str, code: int = 0) -> str:
    text = tocsin(daemon, "health", *words, code=code)
    assert text.startswith("TOCSIN ") and text.count("\n") == 1
    return text[len("TOCSIN "):]


def asked_health(daemon, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(daemon, "health", *words), capture_output=True, text=True, timeout=PATIENCE, env={})


def test_health_is_a_line_and_a_status_for_monitors(daemon, reporter, operator):
    well = (r"OK - 0 incidents open, 0 alerts unanswered beyond their time, 0 terminals connected "
            r"\| disk_free=\d+B;\S* .*waiting_steps=0;.*\n")
    assert re.fullmatch(well, health(daemon))
    incident = reporter.report(report(event="nobody-answers"))["incident"]
    assert becomes_true(lambda: len(operator.ask("INCIDENT", {"incident": incident})["alerts"]) == 2, operator)
    assert health(daemon, code=1).startswith("WARNING - alerts wait and nobody listens: fire, leader@110101 | ")
    # Each was to be acknowledged within a tenth of a second.
    late = ("--critical-overdue", "1ms")
    assert becomes_true(lambda: "unanswered, the oldest for" in asked_health(daemon, *late).stdout, operator)
    assert health(daemon, *late, code=2).startswith("CRITICAL - ")
    metrics = json.loads(tocsin(daemon, "health", "--json", code=1))["metrics"]
    assert (metrics["open"], metrics["undelivered"], metrics["unattended"]) == (1, 2, 2)


def test_health_finds_an_unanswered_alert_behind_many_newer_incidents(daemon, reporter, operator, connect):
    reporter.report(report(event="nobody-answers", severity="Extreme"))
    send_reports(connect(daemon.reports), 1000, first=2, category="Met", event="gale")
    overdue = {"Extreme": 2}
    assert becomes_true(lambda: operator.ask("INFO")["overdueAlerts"].get("bySeverity") == overdue, operator)
    metrics = json.loads(tocsin(daemon, "health", "--json", code=1))["metrics"]
    assert (metrics["open"], metrics["overdue"]) == (1001, 2)
    late = ("--critical-overdue", "1ms")
    assert becomes_true(lambda: "2 alerts unanswered, 2 of them Extreme, the oldest for" in asked_health(daemon, *late).stdout,
                        operator)
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    expect(desk, "JOINED fire")
    expect(desk, "ALERT fire 1")
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 1 acknowledged")
    assert operator.ask("INFO")["overdueAlerts"]["count"] == 1


def test_health_is_critical_where_the_journal_cannot_write(daemon):
    with daemon.full_disk():
        assert "unavailable" in run(daemon, *SMALL, "--timeout", "1s", code=1).stderr
        assert health(daemon, code=2).startswith("CRITICAL - the journal cannot write: reports are refused")
        words = run(daemon, "reload", code=1).stderr
        assert "rules come into force only once they are in it. Those in force stay" in words and "stored" not in words


def test_health_that_cannot_be_written_is_no_warning(daemon):
    with open("/dev/full", "w") as full:
        ran = run(daemon, "health", code=3, stdout=full)
        assert ran.stderr == "tocsin: standard output: No space left on device\n"
        daemon.end(15)
        assert run(daemon, "health", code=2, stdout=full).stderr == ran.stderr


def test_doctor_finds_a_broker_that_is_well(daemon):
    os.chmod(daemon.folder / "state", 0o700)
    environment = {"TOCSIN_ENDPOINTS_FEED": daemon.feed, "RUNTIME_DIRECTORY": str(daemon.folder),
                   "STATE_DIRECTORY": str(daemon.folder / "state")}
    ran = subprocess.run([*command(daemon, "doctor", "--json", "--config", str(daemon.configuration))],
                         capture_output=True, text=True, timeout=PATIENCE, env=environment)
    found = {one["subject"]: one for one in json.loads(ran.stdout)["findings"]}
    for subject in ("configuration", "state", "control socket", "control", "journal", "rules", "reports", "alerts", "feed"):
        assert found[subject]["state"] == "ok", found[subject]
    assert re.match(r"tocsin \S+, libzmq 4\.\d+\.\d+, SQLite 3\.\S+, glibc 2\.\d+", found["versions"]["text"])
    assert f"process {daemon.process.pid}" in found["control"]["text"]
    assert ran.returncode == (1 if any(one["state"] == "todo" for one in found.values()) else 0)


def watching(daemon, closing, *words: str) -> subprocess.Popen:
    """A `tocsin` that goes on and on."""
    process = subprocess.Popen(command(daemon, *words), stdout=subprocess.PIPE, text=True,
                               env={"TZ": "UTC", "TOCSIN_ENDPOINTS_FEED": daemon.feed})
    closing.callback(process.kill)
    return process


def line_about_reports(process: subprocess.Popen, reporter, **members) -> str:
    """The next line: reports until there is one, for nobody else knows when a subscription is in force."""
    for index in range(1000):
        reporter.report(report(f"probe-{index}", **members))
        if select.select([process.stdout], [], [], 0.05)[0]:
            return process.stdout.readline()
    raise AssertionError("nothing is shown")


def test_watch_shows_what_happens_and_says_when_the_broker_was_away(daemon, reporter, closing):
    process = watching(daemon, closing, "watch", "incident/Fire/", "--json")
    assert json.loads(process.stdout.readline()) == {"type": "connected"}
    shown = json.loads(line_about_reports(process, reporter, headline="起火"))
    assert (shown["type"], shown["topic"]) == ("item", "incident/Fire/Severe/-")
    assert (shown["item"]["recipients"], shown["item"]["report"]["headline"]) == (["fire", "ems"], "起火")
    daemon.restart()
    kinds = iter(lambda: json.loads(process.stdout.readline())["type"], "disconnected")
    assert set(kinds) <= {"item"}
    assert json.loads(process.stdout.readline()) == {"type": "connected"}


def test_watch_is_readable_and_ends_after_as_many_as_were_asked_for(daemon, reporter, closing):
    process = watching(daemon, closing, "watch", "incident/Fire/", "--count", "1")
    line = line_about_reports(process, reporter, headline="居民楼三层起火")
    assert re.fullmatch(r"T  incident \d+  II Severe  structure-fire  居民楼三层起火  → fire, ems\n", scrubbed(line))
    assert process.wait(PATIENCE) == 0


def test_incidents_since_a_time_as_a_table_for_programs(daemon, reporter):
    first = reporter.report(report("a1", headline='三层 "起火", 有人被困'))["incident"]
    second = reporter.report(report("a2", category="Met", event="storm"))["incident"]
    text = subprocess.run(command(daemon, "incidents", "--since", "1h", "--csv"), capture_output=True, check=True, env={})
    rows = list(csv.DictReader(io.StringIO(text.stdout.decode(), newline="")))
    assert text.stdout.count(b"\r\n") == 3
    assert [int(row["incident"]) for row in rows] == [second, first]
    assert (rows[1]["headline"], rows[1]["recipients"], rows[1]["state"]) == (
        '三层 "起火", 有人被困', "fire ems", "1 unanswered")
    assert rows[0]["state"] == "for information"
    listed = json.loads(tocsin(daemon, "incidents", "--since", rows[0]["stored"], "--json"))["incidents"]
    assert second in [one["incident"] for one in listed]
    assert listed[0] == json.loads(tocsin(daemon, "incidents", "--json"))["incidents"][0]
    later = run(daemon, "incidents", "--since", "2999-01-01T00:00:00Z", code=64).stderr
    assert later.startswith("Error: --since 2999-01-01T00:00:00.000Z is still to come: now it is 2")


def test_what_a_desk_that_joins_late_does_not_get_is_listed(daemon, reporter, connect):
    first = reporter.report(report("a1", headline="一"))["incident"]
    second = reporter.report(report("a2", headline="二"))["incident"]
    reporter.report(report("a3", category="Met", event="gale"))
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    expect(desk, "JOINED fire")
    for number in (1, 2):
        expect(desk, f"ALERT fire {number}")
    desk.send("TIP1 RECEIVED fire 1-2")
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 1 acknowledged")
    reporter.report(report("a4", event="nobody-answers"))
    expect(desk, "ALERT fire 3")
    late = run(daemon, "listen", "fire", "--count", "1")
    assert "fire: joined, 1 alert waiting, 1 alert that another terminal has had is still unanswered: " \
           "see tocsin incidents --unanswered fire\n" in late.stderr
    listed = json.loads(tocsin(daemon, "incidents", "--unanswered", "fire", "--json"))["incidents"]
    assert [one["identifier"] for one in listed] == ["a4", "a2"] and listed[1]["incident"] == second != first
    assert json.loads(tocsin(daemon, "incidents", "--unanswered", "ems", "--json"))["incidents"] == []
    shown = tocsin(daemon, "incidents", "--unanswered", "fire", "--limit", "1")
    assert "nobody-answers" in shown and "二" not in shown


def test_incidents_watch_prints_each_once_as_it_comes(daemon, closing, reporter):
    first = reporter.report(report("a1"))["incident"]
    process = watching(daemon, closing, "incidents", "--watch", "100ms", "--json")
    assert json.loads(process.stdout.readline())["incident"] == first
    second = reporter.report(report("a2"))["incident"]
    assert json.loads(process.stdout.readline())["incident"] == second


def test_status_watch_goes_on_through_a_restart(daemon, closing):
    process = watching(daemon, closing, "status", "--watch", "100ms", "--json", "--timeout", "500ms")
    before = json.loads(process.stdout.readline())["processID"]
    daemon.restart()
    while (now := json.loads(process.stdout.readline())["processID"]) == before:
        pass
    assert now == daemon.process.pid
