"""REPORT and FOLLOW, as the article describes them, over DEALER and REQ."""

from __future__ import annotations

import json
import re

import pytest
import zmq

from support import ARTICLE, PATIENCE, expect, expect_silence, report
from tip1 import Alert, Refused, Reporter

BOTH = pytest.mark.parametrize("kind", [zmq.DEALER, zmq.REQ], ids=["DEALER", "REQ"])
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def states(follow, until: str) -> list[str]:
    """The states that a follower sees, up to one."""
    seen = []
    for progress in follow:
        seen.append(progress["state"])
        if seen[-1] == until:
            return seen
    raise AssertionError(f"{until} did not come: {seen}")


@BOTH
def test_a_report_gets_a_receipt(daemon, connect, kind):
    answer = connect(daemon.reports, kind).ask("TIP1 REPORT r1", report())
    assert (answer.command, answer.arguments, len(answer.bodies)) == ("RECEIPT", ["r1"], 1)
    receipt = answer.body
    assert TIME.fullmatch(receipt.pop("storedAt"))
    assert isinstance(receipt.pop("incident"), int)
    assert receipt == {"duplicate": False, "recipients": [
        {"recipient": "fire", "purpose": "action", "rule": "structure fire", "terminals": 0},
        {"recipient": "ems", "purpose": "information", "rule": "structure fire", "terminals": 0}]}


def test_the_bytes_of_the_article_are_the_bytes_on_the_wire(daemon, connect):
    socket = connect(daemon.reports).socket
    header = bytes.fromhex("54 49 50 31 20 52 45 50 4f 52 54 20 72 31")
    socket.send_multipart([header, json.dumps(report()).encode()])
    assert socket.recv_multipart()[0] == bytes.fromhex("54 49 50 31 20 52 45 43 45 49 50 54 20 72 31")


def test_the_articles_examples_are_accepted(daemon, reporter):
    section = ARTICLE.read_text().split("The smallest report:")[1].split("## The feed")[0]
    examples = re.findall(r"^    \{(?:.|\n(?=    ))*", section, re.MULTILINE)
    assert len(examples) == 2
    for example in examples:
        assert reporter.report(example.encode())["recipients"][0]["recipient"] == "fire"


def test_the_delimiter_is_mirrored_message_by_message(daemon, connect):
    socket = connect(daemon.reports).socket
    body = json.dumps(report()).encode()
    socket.send_multipart([b"", b"TIP1 REPORT r1", body])
    socket.send_multipart([b"TIP1 REPORT r2", body])
    socket.send_multipart([b"", b"TIP1 PING p"])
    assert socket.recv_multipart()[:2] == [b"", b"TIP1 RECEIPT r1"]
    assert socket.recv_multipart()[0] == b"TIP1 RECEIPT r2"
    assert socket.recv_multipart() == [b"", b"TIP1 PONG p"]


def test_progress_takes_the_form_of_its_follow(daemon, connect, reporter):
    incident = reporter.report(report())["incident"]
    socket = connect(daemon.reports).socket
    socket.send_multipart([b"", b"TIP1 FOLLOW f1 %d" % incident])
    assert socket.recv_multipart() == [b"", b"TIP1 OK f1"]
    assert socket.recv_multipart()[:2] == [b"", b"TIP1 PROGRESS %d" % incident]


@BOTH
def test_the_same_report_again_is_the_same_incident(daemon, connect, kind):
    first = connect(daemon.reports, kind).ask("TIP1 REPORT r1", report()).body
    again = connect(daemon.reports, kind).ask("TIP1 REPORT r2", report(headline="the first one counts")).body
    daemon.restart()
    after = connect(daemon.reports, kind).ask("TIP1 REPORT r3", report(), patience=PATIENCE).body
    assert first["duplicate"] is False
    assert after == first | {"duplicate": True}
    assert again == after | {"differs": True}


def test_another_sender_with_the_same_identifier_is_another_report(reporter):
    assert reporter.report(report())["incident"] != reporter.report(report(sender="handheld-8"))["incident"]


def test_many_reports_under_way_are_answered_in_their_order(daemon, connect):
    connection = connect(daemon.reports)
    for index in range(100):
        connection.send(f"TIP1 REPORT r{index}", report(f"a{index}"))
    incidents = [expect(connection, f"RECEIPT r{index}").body["incident"] for index in range(100)]
    assert incidents == sorted(set(incidents))


def test_a_receipted_report_survives_kill_9(daemon, reporter, operator):
    incident = reporter.report(report())["incident"]
    daemon.restart()
    assert operator.ask("INCIDENT", {"incident": incident}, patience=PATIENCE)["report"] == report()


def test_a_report_that_no_rule_matches_goes_to_the_fallback(reporter):
    receipt = reporter.report(report(event="something-else", category="Other"))
    assert receipt["recipients"] == [
        {"recipient": "duty-office", "purpose": "action", "rule": "fallback", "terminals": 0}]


def test_the_receipt_counts_the_terminals_that_are_joined(daemon, reporter, connect):
    for name in ("desk-1", "desk-2"):
        assert connect(daemon.alerts).ask(f"TIP1 JOIN fire {name} 64").command == "JOINED"
    assert [one["terminals"] for one in reporter.report(report())["recipients"]] == [2, 0]


def test_a_role_is_found_by_the_grid_code(reporter):
    receipt = reporter.report(report(category="Security", event="brawl", area={"grid": "110101005003002"}))
    assert [one["recipient"] for one in receipt["recipients"]] == ["police@110101005"]


def test_a_reference_may_be_64_bytes_of_any_language(daemon, connect):
    for reference in ("警" * 21 + "!", "!" * 64, "REPORT"):
        assert connect(daemon.reports).ask(f"TIP1 REPORT {reference}", report()).arguments == [reference]


def test_text_reaches_the_terminal_byte_for_byte(daemon, reporter, terminal, operator):
    sent = ('{ "identifier":"东-1","sender":"网格员甲","sent":"2026-11-23T08:10:00.5+08:00","event":"structure-fire",\n'
            '  "category":"Fire","severity":"Severe","urgency":"Immediate","certainty":"Observed",\t'
            '"headline":"居民楼三层起火🔥，𠮷野家\\u4e8c楼","x-unknown":[1.50,1e3,null,{"键":"值"}] }').encode()
    incident = reporter.report(sent)["incident"]
    desk = terminal(daemon, "fire")
    while not isinstance(alert := desk.take(PATIENCE), Alert):
        pass
    assert alert.report == sent
    assert sent in operator.connection.ask("TIP1 INCIDENT r", {"incident": incident}).bodies[0]


def test_follow_shows_the_present_state_then_each_change_then_closed(daemon, reporter, connect):
    incident = reporter.report(report())["incident"]
    follow = reporter.follow(incident)
    first = [next(follow), next(follow)]
    assert [(one["state"], one["recipient"], one["number"]) for one in first] == [
        ("queued", "fire", 1), ("queued", "ems", 1)]
    assert all(TIME.fullmatch(one["at"]) for one in first)

    ems, fire = connect(daemon.alerts), connect(daemon.alerts)
    ems.send("TIP1 JOIN ems desk-1 64")
    ems.send("TIP1 RECEIVED ems 1")
    assert [next(follow)["state"] for _ in range(2)] == ["sent", "received"]

    fire.send("TIP1 JOIN fire desk-1 64")
    fire.send("TIP1 RECEIVED fire 1")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "王, desk 2", "note": "出动两车"})
    for state in ("enRoute", "onScene", "resolved"):
        fire.send("TIP1 STATUS fire 1", {"state": state, "by": "Wang"})
    rest = list(follow)
    assert [one["state"] for one in rest] == [
        "sent", "received", "acknowledged", "enRoute", "onScene", "resolved", "closed"]
    assert (rest[2]["by"], rest[2]["note"]) == ("王, desk 2", "出动两车")
    assert not {"recipient", "number"} & rest[-1].keys()
    assert [one["state"] for one in reporter.follow(incident)] == ["closed"]


def test_follow_again_brings_the_present_states_and_changes_still_once(daemon, reporter, connect):
    incident = reporter.report(report(category="Met", event="storm"))["incident"]
    follower = connect(daemon.reports)
    for reference in ("f1", "f2"):
        follower.send(f"TIP1 FOLLOW {reference} {incident}")
        expect(follower, f"OK {reference}")
        assert expect(follower, f"PROGRESS {incident}").body["state"] == "queued"
    ems = connect(daemon.alerts)
    ems.send("TIP1 JOIN ems desk-1 64")
    ems.send("TIP1 RECEIVED ems 1")
    for state in ("sent", "received", "closed"):
        assert expect(follower, f"PROGRESS {incident}").body["state"] == state
    expect_silence(follower)


def test_a_follower_sees_a_decline_and_the_escalation_it_causes(daemon, reporter, connect):
    incident = reporter.report(report(event="somebody-declines", area={"grid": "110101005003002"}))["incident"]
    follow = reporter.follow(incident)
    assert next(follow)["state"] == "queued"
    fire = connect(daemon.alerts)
    fire.send("TIP1 JOIN fire desk-1 64")
    fire.send("TIP1 DECLINE fire 1", {"by": "Wang", "reason": "no engine"})
    seen = [next(follow) for _ in range(3)]
    assert [one["state"] for one in seen] == ["sent", "declined", "escalated"]
    assert (seen[2]["recipient"], seen[2]["number"]) == ("leader@110101", 1)


def test_a_follower_sees_who_is_told_when_nobody_answers(reporter):
    incident = reporter.report(report(event="nobody-answers", area={"grid": "110101005003002"}))["incident"]
    assert "escalated" in states(reporter.follow(incident), until="escalated")


def test_a_follower_sees_who_closed_the_incident(reporter, operator):
    incident = reporter.report(report())["incident"]
    follow = reporter.follow(incident)
    assert [next(follow)["state"] for _ in range(2)] == ["queued", "queued"]
    operator.ask("CLOSE", {"incident": incident, "by": "李", "reason": "误报"})
    rest = list(follow)
    assert [one["state"] for one in rest] == ["cancelled", "cancelled", "closed"]
    assert all((one["by"], one["note"]) == ("李", "误报") for one in rest[:2])


def test_a_follower_follows_on_after_kill_9(daemon, reporter, operator):
    incident = reporter.report(report())["incident"]
    follow = reporter.follow(incident)
    assert [next(follow)["state"] for _ in range(2)] == ["queued", "queued"]
    daemon.restart()
    operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "done"}, patience=PATIENCE)
    assert "closed" in [one["state"] for one in follow]


def test_too_many_followed_incidents_are_refused_busy(make_daemon):
    reporter = Reporter(make_daemon(limits={"followers": 1}).reports)
    first, second = (reporter.report(report(name))["incident"] for name in ("a1", "a2"))
    follow = reporter.follow(first)
    next(follow)
    with pytest.raises(Refused) as refused:
        next(reporter.follow(second))
    assert refused.value.code == "busy" and refused.value.detail["retryAfterMs"] > 0
    follow.close()
    reporter.close()
