"""The operator's commands, over DEALER and REQ."""

from __future__ import annotations

import json
import os
import signal

import pytest
import zmq

from support import DEPARTMENTS, PATIENCE, RULES, becomes_true, expect, report
from tip1 import Operator, Refused


def test_info_says_what_the_daemon_is(daemon, operator, reporter):
    reporter.report(report())
    reporter.report(report())
    with pytest.raises(Refused):
        reporter.report(b"[]")
    info = operator.ask("INFO")
    assert (info["name"], info["processID"]) == ("tocsind", daemon.process.pid)
    assert info["endpoints"]["control"] == daemon.control
    assert info["journal"]["available"] is True and os.path.exists(info["journal"]["path"])
    assert info["rules"]["count"] == 6
    assert info["directory"] == {"departments": 4, "places": 4, "mailboxes": 6}
    assert (info["openIncidents"], info["undeliveredAlerts"], info["uncommittedReports"]) == (1, 2, 0)
    assert (info["terminals"], info["followers"], info["subscribers"]) == (0, 0, 0)
    counts = info["counts"]
    assert (counts["reports"], counts["duplicates"], counts["refused"]) == (1, 1, {"malformed": 1})
    assert counts.keys() == {"reports", "duplicates", "differing", "alertsSent", "redelivered", "acknowledgements", "declines",
                             "states", "escalations", "rings", "unsendable", "commits", "refused"}


def test_a_req_socket_is_an_operator_too(daemon):
    operator = Operator(daemon.control, zmq.REQ)
    assert operator.ask("INFO")["name"] == "tocsind"
    operator.close()


def test_incidents_come_newest_first_and_page_by_page(operator, reporter):
    grid = "110101005003002"
    numbers = [reporter.report(report(f"a{index}", area={"grid": grid} if index else {}))["incident"]
               for index in range(5)]
    first = operator.ask("INCIDENTS", {"limit": 3})["incidents"]
    rest = operator.ask("INCIDENTS", {"before": first[-1]["incident"]})["incidents"]
    assert [one["incident"] for one in first + rest] == numbers[::-1]
    assert operator.ask("INCIDENTS")["incidents"] == first + rest
    newest, oldest = first[0], rest[-1]
    assert newest.pop("storedAt").endswith("Z")
    assert newest == {"incident": numbers[4], "event": "structure-fire", "category": "Fire", "severity": "Severe",
                      "status": "Actual", "grid": grid, "sender": "handheld-7", "identifier": "a4",
                      "recipients": ["fire", "ems"], "open": True}
    assert "grid" not in oldest


def test_incident_has_the_whole_timeline(daemon, operator, reporter, connect):
    sent = report(event="somebody-declines", area={"grid": "110101005003002"}, headline="居民楼")
    incident = reporter.report(sent)["incident"]
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    desk.send("TIP1 RECEIVED fire 1")
    desk.send("TIP1 DECLINE fire 1", {"by": "王", "reason": "没有车"})
    while desk.receive(PATIENCE).command != "CONFIRMED":
        pass
    operator.ask("CLOSE", {"incident": incident, "by": "李", "reason": "误报"})

    answer = operator.ask("INCIDENT", {"incident": incident})
    assert (answer["incident"], answer["open"], answer["report"]) == (incident, False, sent)
    fire, leader = answer["alerts"]
    assert (fire["recipient"], fire["title"], fire["number"], fire["rule"]) == (
        "fire", "消防 Fire", 1, "somebody declines")
    assert (fire["state"], fire["escalation"], leader["recipient"], leader["escalation"]) == (
        "cancelled", 0, "leader@110101", 1)
    timeline = answer["timeline"]
    assert [entry["state"] for entry in timeline] == ["stored", "received", "declined", "escalated", "closed"]
    assert (timeline[2]["by"], timeline[2]["note"]) == ("王", "没有车")
    escalated = timeline[3]
    assert (escalated["recipient"], escalated["number"], escalated["step"], escalated["cause"], escalated["rule"]) == (
        "leader@110101", 1, 1, "declined", "somebody declines")
    assert (timeline[4]["by"], timeline[4]["note"]) == ("李", "误报")
    assert answer["explanation"]["addressees"][0]["recipient"] == "fire"


def test_an_incident_is_explained_by_the_directory_of_its_time(daemon, operator, reporter):
    incident = reporter.report(report(category="Security", area={"grid": "110101005003002"}))["incident"]
    before = operator.ask("INCIDENT", {"incident": incident})
    (daemon.folder / "grids.yaml").write_text('places:\n  "110101": 东城区\n')
    operator.ask("RELOAD", patience=PATIENCE)
    after = operator.ask("INCIDENT", {"incident": incident})
    assert after["explanation"] == before["explanation"]
    assert after["alerts"] == before["alerts"]
    assert after["alerts"][0]["title"].startswith("北新桥街道派出所")


def test_an_incident_can_be_shown_when_its_report_is_larger_than_is_allowed_by_now(daemon, operator, reporter):
    large = report(description="烟" * 2000)
    incident = reporter.report(large)["incident"]
    settings = json.loads(daemon.configuration.read_text())
    daemon.configuration.write_text(json.dumps(settings | {"limits": {"report-bytes": 1024}}))
    daemon.restart()
    with pytest.raises(Refused) as refused:
        reporter.report(large | {"identifier": "a2"})
    assert refused.value.code == "tooLarge"
    answer = operator.ask("INCIDENT", {"incident": incident}, patience=PATIENCE)
    assert answer["report"] == large
    assert answer["explanation"]["addressees"][0]["recipient"] == "fire"


def test_pending_says_what_waits_for_whom(daemon, operator, reporter, connect):
    assert operator.ask("PENDING") == {"mailboxes": []}
    reporter.report(report())
    connect(daemon.alerts).ask("TIP1 JOIN duty-office desk-1 64")
    mailboxes = {one["recipient"]: one for one in operator.ask("PENDING")["mailboxes"]}
    assert mailboxes["fire"] == {"recipient": "fire", "title": "消防 Fire", "undelivered": 1, "open": 1, "terminals": 0,
                                 "terminalsNotReceiving": 0}
    assert mailboxes["duty-office"]["terminals"] == 1
    assert mailboxes.keys() == {"fire", "ems", "duty-office"}


def test_explain_says_who_would_be_told_and_why_and_stores_nothing(operator):
    answer = operator.ask("EXPLAIN", report())
    verdicts = {one["rule"]: one for one in answer["rules"]}
    assert list(verdicts)[0] == "structure fire" and verdicts["structure fire"]["verdict"] == "matched"
    assert all(isinstance(text, str) for text in verdicts["structure fire"]["conditions"])
    failed = verdicts["weather"]
    assert (failed["verdict"], failed["condition"]) == ("failed", "category")
    assert "Met" in str(failed["wanted"]) and "Fire" in str(failed["found"])
    assert answer["addressees"] == [
        {"recipient": "fire", "purpose": "action", "rule": "structure fire"},
        {"recipient": "ems", "purpose": "information", "rule": "structure fire"}]
    assert answer["plans"] == [
        {"rule": "structure fire", "acknowledgeWithinMs": 60000, "watched": [0], "steps": []}]
    assert operator.ask("INCIDENTS") == {"incidents": []}


def test_explain_shows_what_a_stop_keeps_from_being_reached(make_daemon):
    daemon = make_daemon(rules="""
fallback: duty-office
rules:
  - { name: first, when: { category: Fire }, notify: fire, stop: true }
  - { name: second, notify: ems }
""")
    operator = Operator(daemon.control)
    second = operator.ask("EXPLAIN", report())["rules"][1]
    assert second == {"rule": "second", "line": 5, "verdict": "notReached", "stoppedBy": "first"}
    operator.close()


def test_explain_says_where_the_fallback_stands_in(operator):
    answer = operator.ask("EXPLAIN", report(category="Security", event="brawl"))
    addressee, = answer["addressees"]
    assert (addressee["recipient"], addressee["rule"]) == ("duty-office", "street police")
    assert "police@street" in addressee["note"]


def test_reload_takes_new_rules_into_force(daemon, operator, reporter):
    (daemon.folder / "rules.yaml").write_text("fallback: ems\nrules: []\n")
    (daemon.folder / "departments.yaml").write_text(DEPARTMENTS.split("roles:")[0])
    assert operator.ask("RELOAD") == {"rules": 0, "departments": 4, "mailboxes": 4}
    assert [one["recipient"] for one in reporter.report(report())["recipients"]] == ["ems"]


def test_a_configuration_that_is_changed_or_broken_is_told_before_a_restart_finds_it(daemon, operator):
    path = str(daemon.configuration)
    before = operator.ask("INFO")["configuration"]
    assert before == {"file": path, "changed": [], "anotherKey": False, "problemCount": 0, "problems": []}
    good = json.loads(daemon.configuration.read_text())
    daemon.configuration.write_text(json.dumps(good | {"heartbeat": "9s"}))
    assert operator.ask("RELOAD")["configuration"] == before | {"changed": ["heartbeat"]}
    daemon.configuration.write_text(json.dumps(good | {"hartbeat": "9s"}))
    wrong = operator.ask("RELOAD")["configuration"]
    assert (wrong["changed"], wrong["problemCount"]) == ([], 1) and "did you mean 'heartbeat'" in wrong["problems"][0]
    # The log is written behind the answer.
    said = "the configuration is wrong now; this daemon goes on, and would not start again"
    assert becomes_true(lambda: said in daemon.log, operator)
    daemon.configuration.write_text(json.dumps(good))
    # Nobody has to ask for it.
    assert becomes_true(lambda: operator.ask("INFO")["configuration"] == before, operator)
    assert "configuration" not in operator.ask("RELOAD")


def test_reload_with_an_error_leaves_all_as_it_was(daemon, operator, reporter):
    wrong = RULES.replace("Fire,", "Fier,").replace("notify: fire\n", "notify: fir\n")
    (daemon.folder / "rules.yaml").write_text(wrong)
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD")
    assert refused.value.code == "invalid"
    problems = refused.value.detail["message"].splitlines()
    # Both fires ("structure fire" and the two about answers) name the department that is not there.
    assert len(problems) == 4 and all(":" in problem and "rules.yaml:" in problem for problem in problems)
    assert "rules.yaml:5:23" in problems[0] and "Fier" in problems[0]
    assert [one["recipient"] for one in reporter.report(report())["recipients"]] == ["fire", "ems"]


def test_close_ends_an_incident_and_cancels_what_is_open(daemon, operator, reporter, connect):
    incident = reporter.report(report())["incident"]
    assert operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "false alarm"}) == {}
    assert connect(daemon.alerts).ask("TIP1 JOIN fire desk-1 64").body["pending"] == 0
    with pytest.raises(Refused) as refused:
        operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "false alarm"})
    assert refused.value.code == "unknownIncident"


def test_whoever_has_an_alert_is_told_that_its_incident_was_ended(daemon, operator, reporter, connect):
    desk = connect(daemon.alerts)
    desk.ask("TIP1 JOIN fire desk-1 64")
    incident = reporter.report(report())["incident"]
    expect(desk, "ALERT fire 1")
    desk.ask("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    operator.ask("CLOSE", {"incident": incident, "by": "值班室", "reason": "误报"})
    ended = expect(desk, "TAKEN fire 1").body
    assert (ended["state"], ended["by"], ended["note"]) == ("cancelled", "值班室", "误报")


@pytest.mark.parametrize("before", [0, -1, -2**63])
def test_a_position_before_all_is_refused_with_what_would_be_right(operator, before):
    for question in ("AUDIT", "INCIDENTS"):
        with pytest.raises(Refused) as refused:
            operator.ask(question, {"before": before})
        assert (refused.value.code, refused.value.detail["field"]) == ("invalid", "before")
    assert operator.ask("INFO")["journal"]["available"]


def test_sigterm_ends_with_0_and_loses_nothing(daemon, reporter, operator):
    incident = reporter.report(report())["incident"]
    assert daemon.end(signal.SIGTERM) == 0
    daemon.start()
    assert operator.ask("INCIDENT", {"incident": incident}, patience=PATIENCE)["open"] is True


def test_the_system_shows_the_threads_by_name(daemon, reporter):
    # The journal's thread appends the first report: it runs by now.
    reporter.report(report())
    assert {"tocsin-broker", "tocsin-journal"} <= {name for name, _ in daemon.threads()}
