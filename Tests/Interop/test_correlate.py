"""Correlation: a storm of reports is one incident with a count, another one is still told, and split undoes it."""

from __future__ import annotations

import json
import subprocess

import pytest
from cli import TOCSIN, needs_tocsin, run, tocsin
from support import CORRELATING as RULES, PATIENCE, expect, expect_silence, report
from tip1 import Operator, Refused, encoded

HERE, THERE = ({"grid": "110101005003002"}, {"grid": "110101005003001"})


def smoke(identifier: str, **members) -> dict:
    return report(identifier, **{"event": "smoke", "severity": "Moderate", "area": HERE, **members})


def joined(daemon, connect, recipient: str):
    desk = connect(daemon.alerts)
    desk.send(f"TIP1 JOIN {recipient} desk-1 100")
    expect(desk, f"JOINED {recipient}")
    return desk


def operator_of(daemon, closing) -> Operator:
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    return operator


def test_ten_thousand_reports_are_one_incident_and_a_second_fire_is_told(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    fire = joined(daemon, connect, "fire")
    reports = connect(daemon.reports)
    first = reports.ask("TIP1 REPORT r1", smoke("s1", sender="sensor-1")).body
    assert "joined" not in first
    expect(fire, "ALERT fire 1")
    count, waiting, receipts = 10_000, 0, []
    for number in range(2, count + 1):
        reports.send(f"TIP1 REPORT r{number}", smoke(f"s{number}", sender=f"sensor-{number % 50}"))
        waiting += 1
        if waiting == 50 or number == count:
            for _ in range(waiting):
                receipts.append(json.loads(expect(reports, "RECEIPT").bodies[0]))
            waiting = 0
    assert {one["incident"] for one in receipts} == {first["incident"]}
    assert [one["joined"] for one in receipts] == list(range(2, count + 1))
    told = [one for one in receipts if one["recipients"]]
    assert [one["joined"] for one in told] == [2, 10, 100, 1000, 10_000]
    for number, one in enumerate(told, start=2):
        envelope = json.loads(expect(fire, f"ALERT fire {number}").bodies[0])
        assert (envelope["incident"], envelope["updates"], envelope["joined"], envelope["purpose"]) == (
            one["update"], [first["incident"]], one["joined"], "information")
    expect_silence(fire)

    second = reports.ask("TIP1 REPORT other", smoke("other", area=THERE)).body
    assert second["incident"] not in (first["incident"], None) and "joined" not in second
    assert expect(fire, "ALERT fire 7").body["purpose"] == "action"

    operator = operator_of(daemon, closing)
    page = operator.ask("INCIDENT", {"incident": first["incident"]})
    assert (page["reports"], page["joinedReports"][0]["identifier"]) == (count, f"s{count}")
    assert len(page["joinedReports"]) == 100
    listed = {one["incident"]: one for one in operator.ask("INCIDENTS")["incidents"]}
    assert listed[first["incident"]]["reports"] == count
    daemon.await_table()
    row, = daemon.sql("SELECT count(*) AS reports, max(count) AS most, sum(told) AS told FROM joined")
    assert dict(row) == {"reports": count - 1, "most": count, "told": 5}
    assert daemon.sql("SELECT identifier FROM joined WHERE count = 4321")[0]["identifier"] == "s4321"


def test_after_a_restart_it_goes_on_and_a_report_is_never_stored_twice(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    reports = connect(daemon.reports)
    first = reports.ask("TIP1 REPORT r", smoke("s1")).body["incident"]
    for number in (2, 3):
        reports.ask("TIP1 REPORT r", smoke(f"s{number}"))
    daemon.restart()
    reports = connect(daemon.reports)
    again = reports.ask("TIP1 REPORT r", smoke("s3")).body
    assert (again["incident"], again["joined"], again["duplicate"], again["recipients"]) == (first, 3, True, [])
    assert reports.ask("TIP1 REPORT r", smoke("s4")).body["joined"] == 4
    worse = reports.ask("TIP1 REPORT r", smoke("s5", severity="Extreme")).body
    assert (worse["joined"], worse["raised"]) == (5, True)
    assert [f"{one['recipient']} {one['purpose']}" for one in worse["recipients"]] == [
        "fire action", "ems information"]
    operator = operator_of(daemon, closing)
    assert operator.ask("INCIDENT", {"incident": worse["update"]})["explanation"]["rules"][0]["conditions"][0] == (
        f"it is a report of the same happening as incident {first}")
    explained = operator.ask("EXPLAIN", smoke("s6"))["rules"][0]
    assert explained["conditions"][-1] == "later reports of the same event and grid within 10m join it"


def test_reports_that_name_their_happening_join_whatever_the_rules_say(make_daemon, connect):
    daemon = make_daemon(heartbeat="1m")
    reports = connect(daemon.reports)
    first = reports.ask("TIP1 REPORT r", report("a1", incidents="typhoon-7")).body["incident"]
    assert reports.ask("TIP1 REPORT r", report("a2", incidents='"x y" typhoon-7')).body["joined"] == 2
    other = reports.ask("TIP1 REPORT r", report("a3", incidents="typhoon-8")).body
    assert other["incident"] != first and "joined" not in other
    refused = reports.ask("TIP1 REPORT r", report("a4", incidents=7))
    assert (refused.arguments[-1], refused.body["field"]) == ("invalid", "incidents")


def test_what_was_split_off_is_told_and_what_cannot_be_is_refused(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    reports = connect(daemon.reports)
    first = reports.ask("TIP1 REPORT r", smoke("s1")).body["incident"]
    for number in (2, 3):
        reports.ask("TIP1 REPORT r", smoke(f"s{number}"))
    daemon.restart()
    fire = joined(daemon, connect, "fire")
    expect(fire, "ALERT fire 1")
    expect(fire, "ALERT fire 2")
    operator = operator_of(daemon, closing)

    def split(identifier: str, **changes):
        return operator.ask("SPLIT", {
            "report": {"sender": "handheld-7", "identifier": identifier}, "from": first, "by": "李", "reason": "另一处",
            **changes})

    assert "incident" not in split("s3", preview=True)
    expect_silence(fire)
    follower = connect(daemon.reports)
    follower.ask(f"TIP1 FOLLOW f {first}")
    answer = split("s3")
    while (change := expect(follower, f"PROGRESS {first}").body)["state"] != "split":
        pass
    assert (change["news"], change["by"], change["note"]) == (answer["incident"], "李", "另一处")
    assert [f"{one['recipient']} {one['purpose']}" for one in answer["recipients"]] == ["fire action", "ems information"]
    alert = expect(fire, "ALERT fire 3")
    assert json.loads(alert.bodies[0])["incident"] == answer["incident"]
    assert json.loads(alert.bodies[1])["identifier"] == "s3"
    page = operator.ask("INCIDENT", {"incident": first})
    assert page["reports"] == 2
    assert [one.get("splitInto") for one in page["joinedReports"]] == [answer["incident"], None]
    line, = [one for one in page["timeline"] if one["state"] == "split"]
    assert (line["by"], line["note"], line["news"]) == ("李", "另一处", answer["incident"])
    assert operator.ask("INCIDENT", {"incident": answer["incident"]})["splitFrom"] == first
    connection = connect(daemon.reports)
    again = connection.ask("TIP1 REPORT r", smoke("s3")).body
    assert (again["duplicate"], again["incident"], again["splitInto"]) == (True, first, answer["incident"])
    for change, field in [
            ({"identifier": "s3"}, "report"), ({"identifier": "s1"}, "report"), ({"identifier": "never"}, "report"),
            ({"identifier": "s2", "from": answer["incident"]}, "from"), ({"identifier": "s2", "reason": ""}, "reason"),
            ({"identifier": "s2", "report": "s2"}, "report"), ({"identifier": "s2", "form": 1}, "form")]:
        with pytest.raises(Refused) as refused:
            split(**change)
        assert refused.value.detail["field"] == field
    operator.ask("CLOSE", {"incident": first, "by": "Li", "reason": "over"})
    with pytest.raises(Refused) as refused:
        split("s2")
    assert refused.value.code == "unknownIncident"
    daemon.await_table()
    row, = daemon.sql("SELECT split_into, split_by, split_reason FROM joined WHERE split_into IS NOT NULL")
    assert dict(row) == {"split_into": answer["incident"], "split_by": "李", "split_reason": "另一处"}
    row, = daemon.sql(f"SELECT identifier, split_from FROM incidents WHERE incident = {answer['incident']}")
    assert dict(row) == {"identifier": "s3", "split_from": first}
    row, = daemon.sql("SELECT by, note FROM operations WHERE operation = 'split'")
    assert dict(row) == {"by": "李", "note": "另一处"}


@needs_tocsin
def test_people_see_the_count_and_split(make_daemon, connect):
    daemon = make_daemon(rules=RULES)
    reports = connect(daemon.reports)
    first = reports.ask("TIP1 REPORT r", smoke("s1")).body["incident"]
    for number in range(2, 14):
        reports.ask("TIP1 REPORT r", smoke(f"s{number}"))
    shown = tocsin(daemon, "show", str(first))
    assert "Reports of the same happening: 13" in shown and "2 more have joined it" in shown
    assert "13 reports" in tocsin(daemon, "incidents")
    asked = ["split", "handheld-7", "s13", "--from", str(first)]
    assert "Told would be:" in tocsin(daemon, *asked, "--preview")
    assert "give --by and --reason" in run(daemon, *asked, code=64).stderr
    said = ["--by", "Li", "--reason", "another house"]
    number = json.loads(tocsin(daemon, *asked, *said, "--json"))["incident"]
    assert f"it is incident {number}" in run(daemon, *asked, *said, code=1).stderr
    never = run(daemon, "split", "handheld-7", "never", "--from", str(first), *said, code=1).stderr
    assert never.endswith(f"\ntocsin: 'tocsin show {first}' lists the newest reports that have joined it.\n")
    again = daemon.folder / "s13.json"
    again.write_bytes(encoded(smoke("s13")))
    printed = tocsin(daemon, "report", str(again))
    assert f"the report is incident {number} now" in printed and f"'tocsin show {number}' shows it" in printed
    shown = tocsin(daemon, "show", str(first))
    assert f"taken out: incident {number}" in shown and "2 more have joined it" in shown
    line, = [line for line in shown.splitlines() if "taken out  " in line]
    assert f"now incident {number}, Moderate" in line and "Update" not in line
    assert f"  taken out of incident {first}, whose report it was\n" in tocsin(daemon, "show", str(number))


@needs_tocsin
def test_a_correlation_without_a_window_is_an_error_with_its_place(make_daemon):
    daemon = make_daemon()
    wrong = daemon.folder / "wrong.yaml"
    wrong.write_text("""fallback: duty-office
rules:
  - name: smoke
    notify: fire
    correlate: { by: [event, grid] }
""")
    check = subprocess.run([TOCSIN, "check", str(wrong)], capture_output=True, text=True, timeout=PATIENCE, env={})
    said = check.stdout + check.stderr
    assert check.returncode == 3 and "wrong.yaml:5:16" in said
    assert "correlate needs 'within'" in said and "'within: 10m', at most 24h" in said
