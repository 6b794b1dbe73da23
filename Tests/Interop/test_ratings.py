"""RATE through the real daemon: the last word counts, a low one tells, and what is refused."""

from __future__ import annotations

import json

import pytest

from cli import needs_tocsin, tocsin
from support import PATIENCE, RULES, Daemon, becomes_true, expect, expect_silence, report
from tip1 import Json

RATED_LOW = RULES.replace("  - name: structure fire\n", "  - name: structure fire\n    rated-low: [duty-office, leader@district]\n")


@pytest.fixture
def daemon(make_daemon) -> Daemon:
    return make_daemon(rules=RATED_LOW)


def closed(reporter, operator, identifier: str = "a1", **members: str) -> int:
    incident = reporter.report(report(identifier, **members))["incident"]
    operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "done"}, patience=PATIENCE)
    return incident


def refused(connection, header: str, body: Json) -> tuple[str, str | None]:
    message = connection.ask(f"TIP1 {header}", body, patience=PATIENCE)
    assert message.command == "REFUSED", message
    return message.arguments[-1], message.body.get("field")


def test_a_low_rating_is_told_once_and_the_last_word_counts(daemon, connect, reporter, operator):
    incident = closed(reporter, operator, area={"grid": "110101005003002"})
    office = connect(daemon.alerts)
    office.send("TIP1 JOIN duty-office desk-1 10")
    expect(office, "JOINED duty-office")
    client = connect(daemon.reports)
    for score in (4, 2, 1):
        rating = {"score": score, "by": "李", "note": f"来得太晚 {score}"}
        assert client.ask(f"TIP1 RATE r{score} {incident}", rating, patience=PATIENCE).command == "OK"
    alert = expect(office, "ALERT duty-office 1")
    envelope, told = (json.loads(body) for body in alert.bodies)
    assert (envelope["purpose"], envelope["rule"]) == ("information", "rated-low")
    assert (told["sender"], told["event"], told["area"]) == ("tocsind", "rated-low", {"grid": "110101005003002"})
    assert told["parameter"] == {
        "incident": str(incident), "event": "structure-fire", "score": "2", "by": "李", "note": "来得太晚 2"}
    expect_silence(office)

    def page() -> Json:
        return operator.ask("INCIDENT", {"incident": incident}, patience=PATIENCE)

    ratings = [(one["score"], one["by"]) for one in page()["timeline"] if one["state"] == "rated"]
    assert ratings == [(4, "李"), (2, "李"), (1, "李")]
    own = operator.ask("INCIDENT", {"incident": envelope["incident"]}, patience=PATIENCE)
    assert own["explanation"]["rules"][0]["rule" if "rule" in own["explanation"]["rules"][0] else "name"] == "rated-low"

    def rated(by: str = "place") -> Json:
        answer = operator.ask("STATS", {"by": by}, patience=PATIENCE)
        return {group.get("name"): group.get("ratings") for group in answer["groups"]}

    assert becomes_true(lambda: rated().get("110101005") == {"count": 1, "mean": 1.0}, operator), rated()
    assert rated("person") == {None: None}  # Nobody had taken it on.
    daemon.restart()
    assert [one["score"] for one in page()["timeline"] if one["state"] == "rated"] == [4, 2, 1]
    client = connect(daemon.reports)
    assert client.ask(f"TIP1 RATE r {incident}", {"score": 2}, patience=PATIENCE).command == "OK"
    daemon.await_table()
    assert daemon.sql("SELECT incident, score, note, by FROM ratings") == [
        {"incident": incident, "score": 2, "note": None, "by": None}]
    assert daemon.sql("SELECT count(*) AS count FROM incidents WHERE event = 'rated-low'") == [{"count": 1}]


def test_what_cannot_be_rated_is_refused_with_what_is_right(daemon, connect, reporter, operator):
    incident = closed(reporter, operator)
    client = connect(daemon.reports)
    for score in (0, 6, 2.5, "5", None):
        assert refused(client, f"RATE r {incident}", {"score": score}) == ("invalid", "score")
    assert refused(client, f"RATE r {incident}", {}) == ("invalid", "score")
    assert refused(client, f"RATE r {incident}", {"score": 5, "by": ""}) == ("invalid", "by")
    assert refused(client, f"RATE r {incident}", {"score": 5, "note": "x" * 5000}) == ("invalid", "note")
    assert refused(client, "RATE r 999999", {"score": 5}) == ("unknownIncident", None)
    still_open = reporter.report(report("a2"))["incident"]
    assert refused(client, f"RATE r {still_open}", {"score": 5}) == ("invalid", "incident")
    assert client.ask(f"TIP1 RATE r {incident}", patience=PATIENCE).arguments[-1] == "malformed"
    # A drill is rated as a drill.
    drill = closed(reporter, operator, "a3", status="Exercise")
    assert client.ask(f"TIP1 RATE r {drill}", {"score": 1}, patience=PATIENCE).command == "OK"
    daemon.await_table()
    assert daemon.sql("SELECT status FROM incidents WHERE event = 'rated-low'") == [{"status": "Exercise"}]
    told = daemon.sql("SELECT incident FROM incidents WHERE event = 'rated-low'")[0]["incident"]
    assert refused(client, f"RATE r {told}", {"score": 5})[0] == "invalid"


@needs_tocsin
def test_tocsin_rates_and_shows_it(daemon, reporter, operator):
    incident = closed(reporter, operator)
    assert tocsin(daemon, "rate", str(incident), "2", "--by", "李", "--note", "太晚") == f"Incident {incident} is rated 2 of 5.\n"
    assert "2 of 5, by 李" in tocsin(daemon, "show", str(incident))
    tocsin(daemon, "rate", "999999", "2", code=1)
    tocsin(daemon, "rate", str(incident), "6", code=64)


@needs_tocsin
def test_tocsin_says_that_a_low_rating_opens_the_incident_again(promising, connect):
    client, operator = connect(promising.reports), connect(promising.control)
    incident = client.ask("TIP1 REPORT r", report("a1"), patience=PATIENCE).body["incident"]
    operator.ask("TIP1 CLOSE c", {"incident": incident, "by": "Li", "reason": "办结"}, patience=PATIENCE)
    said = tocsin(promising, "rate", str(incident), "1", "--by", "周")
    assert said.startswith(f"Incident {incident} is rated 1 of 5.\nIt is open again")
    assert json.loads(tocsin(promising, "rate", str(incident), "1", "--by", "周", "--json")) == {
        "rated": incident, "score": 1, "reopened": True}


@pytest.fixture
def promising(make_daemon) -> Daemon:
    return make_daemon(rules=RATED_LOW.replace("    rated-low:", "    reopen-when-rated-low: true\n    rated-low:"))


def test_a_low_rating_opens_an_incident_again_where_its_rule_says_so(promising, connect):
    client, desk = connect(promising.reports), connect(promising.alerts)
    operator = connect(promising.control)
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    incident = client.ask("TIP1 REPORT r", report("a1"), patience=PATIENCE).body["incident"]
    expect(desk, "ALERT fire 1")
    operator.ask("TIP1 CLOSE c", {"incident": incident, "by": "Li", "reason": "办结"}, patience=PATIENCE)
    assert expect(desk, "TAKEN fire 1").body["state"] == "cancelled"
    assert client.ask(f"TIP1 RATE r {incident}", {"score": 3}, patience=PATIENCE).command == "OK"
    rating = {"score": 1, "by": "居民 周", "note": "没有人来过"}
    opened = client.ask(f"TIP1 RATE r {incident}", rating, patience=PATIENCE)
    assert (opened.command, opened.body) == ("OK", {"reopened": True})
    assert json.loads(expect(desk, "ALERT fire 2").bodies[0])["incident"] == incident
    page = operator.ask("TIP1 INCIDENT i", {"incident": incident}, patience=PATIENCE).body
    [again] = [one for one in page["timeline"] if one["state"] == "reopened"]
    assert (again["by"], again["note"]) == ("居民 周", "rated 1 of 5: 没有人来过")
    # Its answer may have been lost: the same rating is answered again, and recorded once.
    again = connect(promising.reports).ask(f"TIP1 RATE r {incident}", rating, patience=PATIENCE)
    assert (again.command, again.body) == ("OK", {"reopened": True})
    page = operator.ask("TIP1 INCIDENT i", {"incident": incident}, patience=PATIENCE).body
    assert [one["state"] for one in page["timeline"]].count("reopened") == 1
    # While it is open it cannot be rated otherwise.
    assert refused(client, f"RATE r {incident}", {"score": 1}) == ("invalid", "incident")
