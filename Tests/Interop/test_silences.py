"""Silences: with an end, an author and a reason; what they keep still is stored, shown, and rings afterwards."""

from __future__ import annotations

import datetime
import json

import pytest
from cli import needs_tocsin, run, tocsin
from support import HOUR, expect, expect_silence, report
from tip1 import Operator, Refused

RULES = """
fallback: duty-office
rules:
  - name: smoke
    when: { event: smoke }
    notify: fire
    inform: ems
    acknowledge-within: 5m
    escalate: [{ after: 1h, to: fire-prevention }]
"""


def joined(daemon, connect, recipient: str):
    desk = connect(daemon.alerts)
    desk.send(f"TIP1 JOIN {recipient} desk-1 100")
    expect(desk, f"JOINED {recipient}")
    return desk


def soon(seconds: int) -> str:
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def silence(**changes) -> dict:
    return {"when": {"event": "smoke"}, "until": soon(600), "by": "李", "reason": "施工", **changes}


def test_what_is_silent_rings_when_it_is_lifted_and_everything_says_so(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    fire = joined(daemon, connect, "fire")
    number = operator.ask("SILENCE", silence())["silence"]
    incident = connect(daemon.reports).ask("TIP1 REPORT r", report(event="smoke")).body["incident"]
    expect_silence(fire)
    page = operator.ask("INCIDENT", {"incident": incident})
    assert [alert["state"] for alert in page["alerts"]] == ["silenced", "silenced"]
    line = next(line for line in page["timeline"] if line["state"] == "silenced")
    assert line["silence"] == number and "until" in line
    listed, = operator.ask("SILENCES")["silences"]
    assert (listed["silence"], listed["by"], listed["reason"], listed["openIncidents"]) == (number, "李", "施工", 1)
    assert operator.ask("INFO")["silences"] == {"count": 1, "incidents": 1}
    daemon.await_table()
    assert [row["state"] for row in daemon.sql("SELECT state FROM alerts")] == ["silenced", "silenced"]
    operator.ask("UNSILENCE", {"silence": number, "by": "Wang", "reason": "over"})
    assert expect(fire, "ALERT fire 1").body["rings"] == 1
    assert operator.ask("SILENCES")["silences"] == []
    daemon.await_table()
    row, = daemon.sql("SELECT silence, by, reason, ended_by, ended_reason, \"when\" FROM silences")
    assert dict(row) == {
        "silence": number, "by": "李", "reason": "施工", "ended_by": "Wang", "ended_reason": "over",
        "when": '{"event":"smoke"}'}
    done = [row["operation"] for row in daemon.sql("SELECT operation FROM operations WHERE silence IS NOT NULL")]
    assert done == ["silence", "unsilence"]


def test_a_silence_that_was_over_while_the_daemon_was_down_rings_at_its_start(make_daemon, clock, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m", environment=clock.environment)
    operator = Operator(daemon.control)
    now = operator.ask("INFO")["now"]
    until = datetime.datetime.fromisoformat(now.replace("Z", "+00:00")) + datetime.timedelta(minutes=10)
    operator.ask("SILENCE", silence(until=until.isoformat().replace("+00:00", "Z")))
    operator.close()
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="smoke"))
    daemon.kill()
    clock.set(HOUR)
    daemon.start()
    fire = joined(daemon, connect, "fire")
    assert expect(fire, "ALERT fire 1").body["rings"] == 1


@pytest.mark.parametrize("change, field", [
    ({"until": None}, "until"), ({"by": None}, "by"), ({"reason": None}, "reason"), ({"reason": ""}, "reason"),
    ({"when": None}, "when"), ({"when": {}}, "when"), ({"when": {"evnt": "x"}}, "when"),
    ({"until": "2020-01-01T00:00:00Z"}, "until"), ({"until": "9999-12-31T00:00:00Z"}, "until"),
    ({"until": "tomorrow"}, "until"), ({"untill": "x"}, "untill"), ({"evenExtreme": "yes"}, "evenExtreme"),
])
def test_a_silence_without_end_author_or_reason_is_refused(make_daemon, closing, change, field):
    operator = Operator(make_daemon(rules=RULES).control)
    closing.callback(operator.close)
    asked = {key: value for key, value in silence(**change).items() if value is not None}
    with pytest.raises(Refused) as refused:
        operator.ask("SILENCE", asked)
    assert refused.value.detail["field"].startswith(field)
    assert operator.ask("SILENCES")["silences"] == []


@needs_tocsin
def test_the_command_previews_begins_lists_and_ends(make_daemon, connect):
    daemon = make_daemon(rules=RULES)
    reports = connect(daemon.reports)
    for index in range(3):
        reports.ask(f"TIP1 REPORT r{index}", report(f"a{index}", event="smoke"))
    reports.ask("TIP1 REPORT other", report("other", event="gas"))
    asked = ["silence", "--when", '{"event": "smoke"}']
    assert "3 incidents with 6 alerts, of 4 since" in tocsin(daemon, *asked, "--preview")
    assert json.loads(tocsin(daemon, *asked, "--preview", "--json"))["incidents"] == 3
    assert "A silence has an end" in run(daemon, *asked, "--by", "Li", "--reason", "x", code=64).stderr
    assert "an author and a reason" in run(daemon, *asked, "--for", "2h", code=64).stderr
    begun = json.loads(
        tocsin(daemon, *asked, "--for", "2h", "--by", "Li", "--reason", "works", "--json"))["silence"]
    assert "works" in tocsin(daemon, "silences")
    assert "1 silence, 0 open incidents kept still" in tocsin(daemon, "status")
    ended = ["unsilence", str(begun), "--by", "Li", "--reason", "done"]
    assert tocsin(daemon, *ended) == f"Silence {begun} is over. It kept no open incident still: nothing rings now.\n"
    assert "Nothing is silent" in tocsin(daemon, "silences")
    refused = run(daemon, *ended, code=1).stderr
    assert f"There is no silence {begun} now" in refused
    assert refused.endswith("\ntocsin: 'tocsin silences' lists those that stand.\n")
    assert json.loads(run(daemon, *ended, "--json", code=1).stderr)["hint"].startswith("'tocsin silences'")


@needs_tocsin
def test_who_ends_a_silence_hears_what_rings_and_what_another_one_keeps(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    short = operator.ask("SILENCE", silence())["silence"]
    longer = operator.ask("SILENCE", silence(until=soon(6000)))["silence"]
    for name in ("a1", "a2"):
        connect(daemon.reports).ask("TIP1 REPORT r", report(name, event="smoke"))
    by = ("--by", "Li", "--reason", "done")
    assert tocsin(daemon, "unsilence", str(short), *by) == (
        f"Silence {short} is over. It kept no open incident still: nothing rings now. What another silence keeps still, "
        "2 open incidents, stays so.\n")
    assert tocsin(daemon, "unsilence", str(longer), *by) == (
        f"Silence {longer} is over. It kept 2 open incidents still, whose alerts ring now.\n")


@needs_tocsin
def test_the_list_says_what_is_kept_still(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    number = operator.ask("SILENCE", silence())["silence"]
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="smoke"))
    assert tocsin(daemon, "incidents").splitlines()[-1].endswith("  kept still")
    assert ",kept still," in tocsin(daemon, "incidents", "--csv")
    operator.ask("UNSILENCE", {"silence": number, "by": "Wang", "reason": "over"})
    expect(joined(daemon, connect, "fire"), "ALERT fire 1")
    assert tocsin(daemon, "incidents").splitlines()[-1].endswith("  1 unanswered")


@needs_tocsin
def test_explain_says_what_is_kept_still_what_it_joins_and_where_one_answer_is_enough(make_daemon, connect, closing):
    rules = """
fallback: duty-office
rules:
  - name: smoke
    when: { event: smoke }
    notify: [fire, ems]
    inform: fire-prevention
    require: any
    correlate: { by: [event, sender], within: 10m }
silences:
  - { name: hum, when: { event: hum }, during: 00:00-24:00 UTC, by: Li, reason: works }
"""
    daemon = make_daemon(rules=rules, heartbeat="1m")
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    smoke = report(event="smoke", severity="Extreme")
    asked = ["explain", "--event", "smoke", "--category", "Fire", "--severity", "Extreme"]
    before = operator.ask("EXPLAIN", smoke)
    assert "silenced" not in before
    assert before["correlates"] == {"rule": "smoke", "by": ["event", "sender"], "withinMs": 600_000}
    assert [plan["require"] for plan in before["plans"]] == ["any"]

    until = soon(600)
    number = operator.ask("SILENCE", silence(until=until, evenExtreme=True))["silence"]
    explained = operator.ask("EXPLAIN", smoke)
    assert explained["silenced"] == {"silence": number, "until": until, "told": ["fire-prevention"]}
    assert "at" not in explained and explained["timetable"][0]["at"] == until
    later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
    assert "silenced" not in operator.ask("EXPLAIN", smoke, {"at": later})
    incident = connect(daemon.reports).ask("TIP1 REPORT r", smoke).body["incident"]
    page = operator.ask("INCIDENT", {"incident": incident})
    assert {alert["recipient"] for alert in page["alerts"] if alert["state"] != "silenced"} == {"fire-prevention"}
    shown = tocsin(daemon, *asked)
    assert f"  kept still by silence {number} until " in shown and "; told at once all the same: fire-prevention\n" in shown
    assert "  joins an open incident of the same event and sender within 10m, if rule smoke has told of one\n" in shown
    enough = "  rule smoke requires any: one answer is enough of fire, ems\n"
    assert enough in shown and enough in tocsin(daemon, "show", str(incident))

    operator.ask("UNSILENCE", {"silence": number, "by": "Wang", "reason": "over"})
    assert operator.ask("EXPLAIN", smoke) == before
    window = operator.ask("EXPLAIN", report(event="hum"))["silenced"]
    assert window["window"] == "hum" and "until" in window


def test_hours_of_the_rules_file_are_listed(make_daemon, closing):
    rules = RULES + """
silences:
  - { name: 夜间施工, when: { event: hum }, during: 22:00-06:00 Asia/Shanghai, by: Li, reason: works }
"""
    operator = Operator(make_daemon(rules=rules).control)
    closing.callback(operator.close)
    window, = operator.ask("SILENCES")["windows"]
    assert (window["window"], window["during"]) == ("夜间施工", ["22:00-06:00 Asia/Shanghai"])
