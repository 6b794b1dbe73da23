"""Updates and Cancels through the real daemon: who is told, what rings, what ends, and what leads nowhere."""

from __future__ import annotations

import json

import pytest

from cli import needs_tocsin, tocsin
from support import PATIENCE, Daemon, expect, expect_silence, report
from tip1 import Connection, Json

SENT = "2026-11-23T08:10:00+08:00"


@pytest.fixture
def fire(daemon: Daemon, connect) -> Connection:
    connection = connect(daemon.alerts)
    connection.send("TIP1 JOIN fire desk-1 64")
    expect(connection, "JOINED fire")
    return connection


def news(kind: str, identifier: str, *of: str, **members) -> Json:
    references = " ".join(f"{one if ',' in one else f'handheld-7,{one}'},{SENT}" for one in of)
    return report(identifier, msgType=kind, references=references, **members)


def told(receipt: Json) -> list[str]:
    return [f"{one['recipient']} {one['purpose']} {one['rule']}" for one in receipt["recipients"]]


def envelope(message) -> Json:
    return json.loads(message.bodies[0])


def test_everyone_is_told_it_rings_where_it_is_worse_and_a_cancel_ends_it(
        daemon, fire, reporter, operator, connect):
    first = reporter.report(report("a1", severity="Moderate"))["incident"]
    expect(fire, "ALERT fire 1")
    fire.send("TIP1 RECEIVED fire 1")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    follower = connect(daemon.reports)
    follower.send(f"TIP1 FOLLOW f1 {first}")
    expect(follower, "OK f1")
    for _ in range(2):
        expect(follower, f"PROGRESS {first}")

    same = reporter.report(news("Update", "a2", "a1", severity="Moderate", headline="火势得到控制"))
    assert (same["updates"], "raised" in same, told(same)) == (
        [first], False, [f"fire information update: {first}", f"ems information update: {first}"])
    assert envelope(expect(fire, "ALERT fire 2"))["purpose"] == "information"
    heard = json.loads(expect(follower, f"PROGRESS {first}").bodies[0])
    assert (heard["state"], heard["news"], heard["msgType"], heard["severity"]) == (
        "updated", same["incident"], "Update", "Moderate")

    # A chain leads to its root.
    worse = reporter.report(news("Update", "a3", "a2", severity="Extreme"))
    assert (worse["updates"], worse["raised"]) == ([first], True)
    assert told(worse) == ["fire action structure fire", "ems information structure fire"]
    rung = envelope(expect(fire, "ALERT fire 3"))
    assert (rung["purpose"], rung["severity"], "acknowledgeBy" in rung) == ("action", "Extreme", True)
    expect(follower, f"PROGRESS {first}")

    daemon.restart()
    fire = connect(daemon.alerts)
    fire.send("TIP1 JOIN fire desk-1 64")
    expect(fire, "JOINED fire")
    assert {expect(fire, "ALERT fire").arguments[-1] for _ in range(2)} == {"2", "3"}

    # Nobody ends what somebody else has seen.
    stranger = reporter.report(news("Cancel", "x1", "a1", sender="prankster"))
    assert "cancels" not in stranger and told(stranger) == ["duty-office action fallback"]
    assert stranger["astray"] == [{"sender": "handheld-7", "identifier": "a1", "reason": "otherSender"}]
    assert operator.ask("INCIDENT", {"incident": first})["open"]

    cancel = reporter.report(news("Cancel", "a4", "a1", headline="误报"))
    assert (cancel["cancels"], told(cancel)) == (
        [first], [f"fire information cancel: {first}", f"ems information cancel: {first}"])
    assert {expect(fire, "TAKEN fire").arguments[-1] for _ in range(3)} == {"1", "2", "3"}
    assert envelope(expect(fire, "ALERT fire 4"))["purpose"] == "information"
    page = operator.ask("INCIDENT", {"incident": first})
    assert not page["open"]
    assert [one["state"] for one in page["timeline"] if one["state"] in ("updated", "closed")] == [
        "updated", "updated", "closed", "updated"]
    [closed] = [one for one in page["timeline"] if one["state"] == "closed"]
    assert (closed["by"], closed["note"]) == ("handheld-7", "Cancel a4: 误报")
    # The raised Update was the same sender's, and is over too.
    assert not operator.ask("INCIDENT", {"incident": worse["incident"]})["open"]
    explanation = operator.ask("INCIDENT", {"incident": worse["incident"]})["explanation"]
    assert explanation["rules"][0]["rule"] == f"update: {first}"
    assert [one["recipient"] for one in explanation["addressees"]] == ["fire", "ems"]

    again = reporter.report(news("Cancel", "a4", "a1", headline="误报"))
    assert (again["duplicate"], again["cancels"]) == (True, [first])
    expect_silence(fire)

    rows = daemon.sql("SELECT incident, updates, message FROM news ORDER BY incident")
    assert [(row["updates"], row["message"]) for row in rows] == [
        (first, "Update"), (first, "Update"), (first, "Cancel")]
    [row] = daemon.sql(f"SELECT message, updates FROM incidents WHERE incident = {worse['incident']}")
    assert (row["message"], row["updates"]) == ("Update", first)


def test_what_leads_nowhere_says_so(daemon, reporter, operator):
    update = news("Update", "b1", "never", "nor-this")
    explained = operator.ask("EXPLAIN", update)
    assert [(one["rule"], one["verdict"]) for one in explained["rules"][:2]] == [
        ("reference: handheld-7,never", "failed"), ("reference: handheld-7,nor-this", "failed")]
    receipt = reporter.report(update)
    assert [one["reason"] for one in receipt["astray"]] == ["unknown", "unknown"]
    assert told(receipt) == ["duty-office action fallback"]
    page = operator.ask("INCIDENT", {"incident": receipt["incident"]})
    assert [one["identifier"] for one in page["astray"]] == ["never", "nor-this"]

    first = reporter.report(report("b2"))["incident"]
    explained = operator.ask("EXPLAIN", news("Update", "b3", "b2", severity="Extreme"))
    assert explained["rules"][0] == {
        "rule": f"update: {first}", "verdict": "matched",
        "conditions": [f"it is an Update of incident {first}", "its severity is above what was told before"]}
    assert [f"{one['recipient']} {one['purpose']}" for one in explained["addressees"]] == [
        "fire action", "ems information"]


def test_more_references_than_anybody_follows_are_refused(daemon, connect):
    connection = connect(daemon.reports)
    many = news("Update", "c1", *(f"r{number}" for number in range(1001)))
    refused = connection.ask("TIP1 REPORT r", many, patience=PATIENCE)
    assert (refused.command, refused.arguments[-1], refused.body["field"]) == ("REFUSED", "invalid", "references")
    assert "1000" in refused.body["message"]


def test_a_cancel_of_itself_is_refused_and_stores_nothing(daemon, operator, connect):
    connection = connect(daemon.reports)
    refused = connection.ask("TIP1 REPORT r", news("Cancel", "e1", "e1"), patience=PATIENCE)
    assert (refused.command, refused.arguments[-1], refused.body["field"]) == ("REFUSED", "invalid", "references")
    assert "this report itself, 'handheld-7,e1'" in refused.body["message"]
    assert operator.ask("INCIDENTS")["incidents"] == []


@needs_tocsin
def test_people_see_what_is_news_of_what(daemon, reporter):
    first = reporter.report(report("d1", headline="居民楼三层起火"))["incident"]
    second = reporter.report(news("Update", "d2", "d1", "gone", severity="Extreme"))["incident"]
    shown = tocsin(daemon, "show", str(second))
    assert f"an update of incident {first}, and the severity has risen" in shown
    assert "refers to handheld-7,gone, which leads nowhere: no report of that name is stored" in shown
    assert f"Update in incident {second}" in tocsin(daemon, "show", str(first))
    assert f"update of {first}" in tocsin(daemon, "incidents")


@needs_tocsin
def test_who_closes_an_incident_hears_which_news_of_it_stays_open(daemon, reporter, operator):
    first = reporter.report(report("f1", severity="Moderate"))["incident"]
    other = reporter.report(report("f2", severity="Moderate"))["incident"]
    raised = reporter.report(news("Update", "f3", "f1", severity="Extreme"))["incident"]
    same = reporter.report(news("Update", "f4", "f2", "f1", severity="Moderate"))["incident"]
    wanted = [f"incident {raised}, an update of it, stays open: 1 unanswered",
              f"incident {same}, an update of it, stays open: for information"]
    shown = tocsin(daemon, "close", str(first), "--preview").splitlines()
    assert shown[-3:] == [*wanted, "Nothing has been changed."]
    by = ("--by", "Li", "--reason", "out")
    assert tocsin(daemon, "close", str(first), *by).splitlines() == [f"Incident {first} is closed.", *wanted]
    operator.ask("CLOSE", {"incident": same, "by": "Li", "reason": "out"})
    assert json.loads(tocsin(daemon, "close", str(raised), *by, "--json")) == {"closed": raised}
    assert tocsin(daemon, "close", str(other), *by) == f"Incident {other} is closed.\n"


@needs_tocsin
def test_the_command_line_sends_an_update_and_a_cancel(daemon, reporter, operator):
    first = reporter.report(report("g1", severity="Moderate"))["incident"]
    words = ("report", "--event", "structure-fire", "--category", "Fire", "--severity", "Moderate",
             "--grid", "110101005003002", "--sender", "handheld-7")
    said = tocsin(daemon, *words, "--update", f"handheld-7,g1,{SENT}")
    assert f"an update of incident {first}" in said
    astray = tocsin(daemon, *words, "--update", f"handheld-7,gone,{SENT}")
    assert "refers to handheld-7,gone, which leads nowhere: no report of that name is stored" in astray
    assert f"a cancel of incident {first}" in tocsin(daemon, *words, "--cancel", f"handheld-7,g1,{SENT}")
    assert not operator.ask("INCIDENT", {"incident": first})["open"]
