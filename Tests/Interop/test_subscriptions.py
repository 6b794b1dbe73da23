"""Standing subscriptions through the real daemon: what they bring, restarts, reloads, and what is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from cli import TOCSIN, needs_tocsin, run, tocsin
from support import DEPARTMENTS, PATIENCE, Daemon, becomes_true, expect, expect_silence, report
from tip1 import Connection, Json, Operator, Reporter

MAY = (DEPARTMENTS.replace("en: Emergency Medical Services }", "en: Emergency Medical Services, may-subscribe: action }")
       .replace("en: Duty Leader }", "en: Duty Leader, may-subscribe: information }"))
"""The directory of the other tests, in which ems and leaders may subscribe."""

LEADER = "leader@110101"


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    return make_daemon(departments=MAY)


@pytest.fixture
def leader(daemon: Daemon, connect: Callable[..., Connection]) -> Connection:
    return connect(daemon.alerts)


def subscribe(connection: Connection, recipient: str, name: str, when: Json, **members: str) -> None:
    connection.send(f"TIP1 SUBSCRIBE {recipient} {name}", {"when": when} | members)
    expect(connection, f"OK {recipient}")


def refused(connection: Connection, header: str, *bodies: Json) -> tuple[str, Json]:
    message = connection.ask(f"TIP1 {header}", *bodies, patience=PATIENCE)
    assert message.command == "REFUSED", message
    return message.arguments[-1], message.body


def told(receipt: Json) -> list[str]:
    return [f"{one['recipient']} {one['purpose']} {one['rule']}" for one in receipt["recipients"]]


def test_whoever_has_subscribed_is_told_beside_whom_the_rules_tell_until_it_unsubscribes(
        daemon, leader, reporter, operator, connect):
    subscribe(leader, LEADER, "fires", {"category": "Fire", "severity": "at least Severe"}, by="Li")
    ems = connect(daemon.alerts)
    subscribe(ems, "ems", "rumours", {"event": "rumour"}, purpose="action")
    leader.send(f"TIP1 JOIN {LEADER} desk-1 10")
    expect(leader, f"JOINED {LEADER}")

    first = reporter.report(report("a1"))
    assert told(first) == [
        "fire action structure fire", "ems information structure fire", f"{LEADER} information subscription: fires"]
    alert = expect(leader, f"ALERT {LEADER} 1")
    envelope = json.loads(alert.bodies[0])
    assert (envelope["rule"], envelope["purpose"], "acknowledgeBy" in envelope) == (
        "subscription: fires", "information", False)
    assert told(reporter.report(report("a2", severity="Minor"))) == ["fire action structure fire", "ems information structure fire"]
    # The fallback is told of what no rule matches, whoever has subscribed.
    assert told(reporter.report(report("a3", event="rumour", category="Other"))) == [
        "duty-office action fallback", "ems action subscription: rumours"]

    leader.send(f"TIP1 RECEIVED {LEADER} 1")
    leader.send(f"TIP1 UNSUBSCRIBE {LEADER} fires", {"by": "Li"})
    expect(leader, f"OK {LEADER}")
    assert told(reporter.report(report("a4"))) == ["fire action structure fire", "ems information structure fire"]
    expect_silence(leader)

    # What a subscription brought is explained as it was then.
    explanation = operator.ask("INCIDENT", {"incident": first["incident"]})["explanation"]
    assert explanation["addressees"][-1]["rule"] == "subscription: fires"
    assert [(one["name"], one["verdict"]) for one in explanation["subscriptions"]] == [
        ("rumours", "failed"), ("fires", "matched")]
    assert explanation["subscriptions"][1]["conditions"] == ["category is Fire", "severity Severe is at least Severe"]


def test_subscriptions_outlive_kill_and_are_in_the_journal_for_everybody(daemon, leader, operator, connect):
    when = {"event": ["gas-leak", "毒气 \"leak\""], "parameter": {"trapped": "true"}}
    subscribe(leader, LEADER, "火灾", when, by="Li")
    subscribe(leader, LEADER, "old", {})
    leader.send(f"TIP1 UNSUBSCRIBE {LEADER} old")
    expect(leader, f"OK {LEADER}")
    daemon.restart()
    again = connect(daemon.alerts)
    [listed] = again.ask(f"TIP1 SUBSCRIPTIONS {LEADER}", patience=PATIENCE).body["subscriptions"]
    assert {name: listed[name] for name in ("name", "when", "purpose", "by")} == {
        "name": "火灾", "when": when, "purpose": "information", "by": "Li"}
    reporter = Reporter(daemon.reports)
    receipt = reporter.report(report("a1", event="gas-leak", parameter={"trapped": "true"}))
    reporter.close()
    assert told(receipt)[-1] == f"{LEADER} information subscription: 火灾"

    [row] = daemon.sql("SELECT * FROM subscriptions")
    assert (row["recipient"], row["name"], json.loads(row["when"]), row["since"]) == (LEADER, "火灾", when, listed["since"])
    operations = daemon.sql("SELECT operation, recipient, subscription, by FROM operations WHERE subscription IS NOT NULL")
    assert [(row["operation"], row["subscription"]) for row in operations] == [
        ("subscribe", "火灾"), ("subscribe", "old"), ("unsubscribe", "old")]


def test_one_that_the_directory_no_longer_allows_stays_and_is_said_to_be_out_of_force(daemon, leader, reporter, operator):
    subscribe(leader, LEADER, "here", {"within": "110101005003"})
    subscribe(leader, LEADER, "all", {})
    here = {"area": {"grid": "110101005003002"}}
    assert told(reporter.report(report("a1", **here)))[-1].startswith(f"{LEADER} information")

    grids = daemon.folder / "grids.yaml"
    whole = grids.read_text()
    grids.write_text('places:\n  "110101": 东城区\n')
    answer = operator.ask("RELOAD", patience=PATIENCE)["subscriptions"]
    assert (answer["count"], answer["notInForceCount"]) == (2, 1)
    assert answer["notInForce"][0]["name"] == "here" and "when.within" in answer["notInForce"][0]["reason"]
    assert operator.ask("INFO")["subscriptions"] == answer
    lines = {line["name"]: line for line in operator.ask("SUBSCRIPTIONS", {"recipient": LEADER})["subscriptions"]}
    assert "notInForce" in lines["here"] and "notInForce" not in lines["all"]
    explained = operator.ask("EXPLAIN", report("x", **here))
    assert [one["verdict"] for one in explained["subscriptions"]] == ["matched", "notInForce"]
    assert becomes_true(lambda: "a subscription is not in force" in daemon.log, operator)

    grids.write_text(whole)
    assert operator.ask("RELOAD", patience=PATIENCE)["subscriptions"]["notInForceCount"] == 0
    explained = operator.ask("EXPLAIN", report("x", **here))
    assert [one["verdict"] for one in explained["subscriptions"]] == ["matched", "matched"]


@pytest.mark.parametrize(("header", "bodies", "code", "field", "words"), [
    ("SUBSCRIBE fire s", [{"when": {}}], "notPermitted", None, "has no 'may-subscribe'"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {}, "purpose": "action"}], "notPermitted", "purpose", "is information"),
    ("SUBSCRIBE leeder@110101 s", [{"when": {}}], "unknownRecipient", None, "did you mean 'leader'?"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {"category": "Fyre"}}], "invalid", "when.category", "did you mean 'Fire'?"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {"categery": "Fire"}}], "invalid", "when.categery", "did you mean 'category'?"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {"within": "110109"}}], "invalid", "when.within", "not a district"),
    (f"SUBSCRIBE {LEADER} s", [{"when": ["Fire"]}], "invalid", "when", "must be an object"),
    (f"SUBSCRIBE {LEADER} s", [{"purpose": "information"}], "invalid", "when", "is required"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {}, "purpose": "fun"}], "invalid", "purpose", "action, information"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {}, "by": ""}], "invalid", "by", "1 to 128 bytes"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {}, "until": "x"}], "invalid", "until", "when, purpose and by"),
    (f"SUBSCRIBE {LEADER} s", [{"when": {"event": "x" * 5000}}], "tooLarge", "when", "4096"),
    (f"SUBSCRIBE {LEADER} s", [], "malformed", None, "is missing"),
    (f"SUBSCRIBE {LEADER} s", [b"{"], "malformed", None, "not JSON"),
    (f"SUBSCRIBE {LEADER}", [{"when": {}}], "malformed", "name", "lacks its argument"),
    (f"SUBSCRIBE {LEADER} {'n' * 129}", [{"when": {}}], "malformed", "name", "1 to 128 characters"),
    (f"UNSUBSCRIBE {LEADER} s", [], "invalid", "name", "has no subscription 's'"),
    ("SUBSCRIPTIONS nobody", [], "unknownRecipient", None, "not a department"),
])
def test_what_cannot_be_is_refused_with_its_member_and_what_would_be_right(
        daemon, leader, header, bodies, code, field, words):
    found, detail = refused(leader, header, *bodies)
    assert (found, detail.get("field")) == (code, field), detail
    assert words in detail["message"]
    assert leader.ask(f"TIP1 SUBSCRIPTIONS {LEADER}", patience=PATIENCE).body == {"subscriptions": []}


def test_the_hundred_and_first_of_a_recipient_is_refused(daemon, leader):
    for number in range(100):
        leader.send(f"TIP1 SUBSCRIBE {LEADER} s{number}", {"when": {"event": f"e{number}"}})
    for _ in range(100):
        expect(leader, f"OK {LEADER}")
    code, detail = refused(leader, f"SUBSCRIBE {LEADER} more", {"when": {}})
    assert (code, detail["field"]) == ("invalid", "name") and "100 subscriptions" in detail["message"]
    leader.send(f"TIP1 UNSUBSCRIBE {LEADER} s7")
    expect(leader, f"OK {LEADER}")
    subscribe(leader, LEADER, "more", {})


@needs_tocsin
def test_the_command_line_subscribes_lists_explains_and_unsubscribes(daemon, tmp_path):
    file = tmp_path / "leaks.json"
    file.write_text('{\n  "event": "gas-leak"\n}\n')
    assert tocsin(daemon, "subscribe", "ems", "leaks", "--when", str(file), "--purpose", "action", "--by", "Li") == (
        "ems is told by its subscription leaks from now on.\n")
    tocsin(daemon, "subscribe", LEADER, "fires", "--when", '{"category": "Fire"}')
    page = tocsin(daemon, "status", "--subscriptions")
    assert '{"event":"gas-leak"}' in page and "fires" in page and "Li" in page
    assert "subscribed" in tocsin(daemon, "status") and "2 subscriptions" in tocsin(daemon, "status")
    said = tocsin(daemon, "explain", "--event", "gas-leak", "--category", "Infra", "--severity", "Severe")
    assert "ems leaks" in said and "event is gas-leak" in said
    wrong = run(daemon, "subscribe", LEADER, "x", "--when", '{"category": "Fyre"}', code=1)
    assert "when.category" in wrong.stderr and "did you mean 'Fire'?" in wrong.stderr
    assert "line 1, column" in run(daemon, "subscribe", LEADER, "x", "--when", "{", code=3).stderr
    assert "one JSON object" in run(daemon, "subscribe", LEADER, "x", "--when", "-", code=3, input="[1]").stderr
    assert tocsin(daemon, "unsubscribe", "ems", "leaks", "--by", "Li") == "The subscription leaks of ems is ended.\n"
    refused = run(daemon, "unsubscribe", LEADER, "fire", code=1).stderr
    assert "did you mean" in refused and "\ntocsin: 'tocsin status --subscriptions' lists what each has.\n" in refused
    daemon.await_table()
    audit = subprocess.run([TOCSIN, "audit", "--journal", daemon.folder / "state"], capture_output=True, text=True,
                           check=True, timeout=PATIENCE).stdout
    assert 'SUBSCRIBE ems leaks, for action, by Li: {"event":"gas-leak"}' in audit
    assert "UNSUBSCRIBE ems leaks, by Li" in audit
    # The journal's subscriptions are checked with the files of its configuration.
    checked = tmp_path / "tocsin.yaml"
    named = json.loads(daemon.configuration.read_text())
    checked.write_text(json.dumps({"state": str(daemon.folder / "state"),
                                   **{key: str(daemon.folder / value) for key, value in named.items()}}))
    departments = daemon.folder / "departments.yaml"
    departments.write_text(departments.read_text().replace(", may-subscribe: information", ""))
    said = subprocess.run([TOCSIN, "check", "--config", checked], capture_output=True, text=True, check=True,
                          timeout=PATIENCE)
    assert f"the subscription {LEADER} fires is not in force: {LEADER} may not subscribe" in said.stderr
