"""JOIN, ALERT, RECEIVED, the persons' words, credit, redelivery, takeover and heartbeats."""

from __future__ import annotations

import pytest

from support import PATIENCE, expect, expect_silence, report
from tip1 import Alert, Message, TakenOver


def joined(connection, recipient="fire", name="desk-1", credit=64) -> dict:
    connection.send(f"TIP1 JOIN {recipient} {name} {credit}")
    return expect(connection, f"JOINED {recipient}").body


def alerts(connection, *numbers: int, recipient="fire") -> list[dict]:
    """The envelopes of the alerts that must come next, in this order."""
    return [expect(connection, f"ALERT {recipient} {number}").body for number in numbers]


def take(terminal, wanted: type | str):
    """What the terminal takes next of this type or command."""
    while True:
        came = terminal.take(PATIENCE)
        if came is not None and (came.command if isinstance(came, Message) else type(came)) == wanted:
            return came


# JOIN and LEAVE

def test_a_terminal_joins_and_learns_what_is_pending(daemon, reporter, operator, connect):
    desk = connect(daemon.alerts)
    assert joined(desk) == {"pending": 0, "unanswered": 0, "heartbeatMs": 5000, "epoch": operator.ask("INFO")["journal"]["epoch"]}
    reporter.report(report())
    alerts(desk, 1)
    assert joined(connect(daemon.alerts), name="desk-2")["pending"] == 1


def test_a_terminal_that_joins_late_learns_how_much_others_have_and_nobody_answers(daemon, reporter, connect):
    desk = connect(daemon.alerts)
    joined(desk)
    for name in ("a1", "a2", "a3"):
        reporter.report(report(name))
    alerts(desk, 1, 2, 3)
    desk.send("TIP1 RECEIVED fire 1-2")
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 1 acknowledged")
    late = connect(daemon.alerts)
    answer = joined(late, name="desk-2")
    assert (answer["pending"], answer["unanswered"]) == (1, 1)
    alerts(late, 3)
    daemon.restart()
    answer = joined(connect(daemon.alerts), name="desk-3")
    assert (answer["pending"], answer["unanswered"]) == (1, 1)


def test_a_mailbox_outlives_its_terminals(daemon, reporter, connect):
    for name in ("a1", "a2", "a3"):
        reporter.report(report(name))
    desk = connect(daemon.alerts)
    assert joined(desk)["pending"] == 3
    assert [envelope["attempt"] for envelope in alerts(desk, 1, 2, 3)] == [1, 1, 1]


def test_a_role_at_a_place_is_a_mailbox(daemon, reporter, connect):
    desk = connect(daemon.alerts)
    joined(desk, "police@110101005", "所-1")
    reporter.report(report(category="Security", event="brawl", area={"grid": "110101005003002"}))
    alerts(desk, 1, recipient="police@110101005")


def test_one_connection_joins_several_recipients(daemon, reporter, connect):
    desk = connect(daemon.alerts)
    joined(desk, "fire")
    joined(desk, "ems")
    reporter.report(report())
    came = {tuple(desk.receive(PATIENCE).arguments) for _ in range(2)}
    assert came == {("fire", "1"), ("ems", "1")}


def test_a_connection_that_joins_again_starts_anew(daemon, reporter, connect):
    for name in ("a1", "a2", "a3"):
        reporter.report(report(name))
    desk = connect(daemon.alerts)
    joined(desk, credit=2)
    alerts(desk, 1, 2)
    assert joined(desk, credit=3)["pending"] == 3
    assert [(one["redelivered"], one["attempt"]) for one in alerts(desk, 1, 2, 3)] == [(True, 2), (True, 2), (False, 1)]


def test_who_left_gets_nothing_more_and_the_alert_goes_elsewhere(daemon, reporter, connect):
    first, second = connect(daemon.alerts), connect(daemon.alerts)
    joined(first)
    reporter.report(report())
    alerts(first, 1)
    first.send("TIP1 LEAVE fire")
    expect(first, "OK fire")
    assert joined(second, name="desk-2")["pending"] == 1
    assert alerts(second, 1)[0]["redelivered"] is True
    first.send("TIP1 RECEIVED fire 1")
    refused = expect(first, "REFUSED fire notJoined").body
    assert refused["command"] == "RECEIVED"


def test_an_alert_goes_to_another_terminal_when_its_terminal_leaves(daemon, reporter, connect):
    first, second = connect(daemon.alerts), connect(daemon.alerts)
    joined(first)
    reporter.report(report())
    alerts(first, 1)
    joined(second, name="desk-2", credit=1)
    alerts(second, 1)
    reporter.report(report("a2"))
    alerts(first, 2)
    second.send("TIP1 RECEIVED fire 1")
    first.send("TIP1 LEAVE fire")
    expect(first, "OK fire")
    assert alerts(second, 2)[0]["redelivered"] is True


def test_the_same_name_from_another_connection_takes_over(daemon, reporter, connect, terminal):
    old = terminal(daemon, "fire")
    take(old, "JOINED")
    reporter.report(report())
    take(old, Alert)
    new = connect(daemon.alerts)
    assert joined(new, name="desk-1")["pending"] == 1
    assert alerts(new, 1)[0]["redelivered"] is True
    with pytest.raises(TakenOver):
        take(old, Alert)


# ALERT

def test_the_envelope_says_why_and_until_when(daemon, reporter, connect):
    receipt = reporter.report(report(status="Exercise"))
    fire, ems = connect(daemon.alerts), connect(daemon.alerts)
    joined(fire)
    joined(ems, "ems")
    action, = alerts(fire, 1)
    deadline = action.pop("acknowledgeBy")
    assert deadline > receipt["storedAt"] and deadline.endswith("Z")
    assert action == {"incident": receipt["incident"], "purpose": "action", "rule": "structure fire",
                      "severity": "Severe", "attempt": 1, "redelivered": False, "escalation": 0, "status": "Exercise",
                      "storedAt": receipt["storedAt"]}
    information, = alerts(ems, 1, recipient="ems")
    assert information == action | {"purpose": "information"}


def test_the_most_severe_comes_first_and_then_the_oldest(daemon, reporter, connect):
    severities = ["Unknown", "Minor", "Extreme", "Severe", "Moderate", "Extreme", "Minor"]
    for index, severity in enumerate(severities):
        reporter.report(report(f"a{index}", severity=severity))
    order = [3, 6, 4, 5, 2, 7, 1]
    desk = connect(daemon.alerts)
    joined(desk, credit=1)
    for number in order:
        assert alerts(desk, number)[0]["severity"] == severities[number - 1]
        desk.send(f"TIP1 RECEIVED fire {number}")
    expect_silence(desk)


def test_an_alert_goes_to_every_terminal_with_credit(daemon, reporter, connect):
    desks = [connect(daemon.alerts) for _ in range(3)]
    for index, desk in enumerate(desks):
        joined(desk, name=f"desk-{index}")
    reporter.report(report())
    for desk in desks:
        assert alerts(desk, 1)[0]["redelivered"] is False
    desks[0].send("TIP1 RECEIVED fire 1")
    expect_silence(desks[0])
    late = connect(daemon.alerts)
    assert joined(late, name="late")["pending"] == 0
    expect_silence(late)


def test_credit_is_how_many_may_be_under_way(daemon, reporter, connect):
    for index in range(5):
        reporter.report(report(f"a{index}"))
    desk = connect(daemon.alerts)
    joined(desk, credit=2)
    alerts(desk, 1, 2)
    expect_silence(desk)
    desk.send("TIP1 RECEIVED fire 1")
    alerts(desk, 3)
    expect_silence(desk)


def test_a_persons_word_settles_delivery_but_only_received_frees_credit(daemon, reporter, connect):
    for name in ("a1", "a2"):
        reporter.report(report(name))
    desk = connect(daemon.alerts)
    joined(desk, credit=1)
    alerts(desk, 1)
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 1 acknowledged")
    expect_silence(desk)
    desk.send("TIP1 RECEIVED fire 1")
    alerts(desk, 2)


def test_what_was_not_received_comes_again_after_the_redelivery_time(make_daemon, connect):
    daemon = make_daemon(redeliver_after="100ms")
    desk = connect(daemon.alerts)
    joined(desk)
    connect(daemon.reports).ask("TIP1 REPORT r1", report())
    came = alerts(desk, 1, 1, 1)
    assert [one["redelivered"] for one in came] == [False, True, True]
    assert [one["attempt"] for one in came] == [1, 2, 3]


def test_what_was_open_at_kill_9_comes_again_marked(daemon, reporter, connect, terminal):
    desk = terminal(daemon, "fire")
    take(desk, "JOINED")
    reporter.report(report("seen"))
    assert (first := take(desk, Alert)).known is False
    reporter.report(report("received"))
    desk.received(take(desk, Alert))
    desk.connection.send("TIP1 PING safe")
    take(desk, "PONG")

    daemon.restart()
    again = take(desk, Alert)
    assert (again.number, again.known, again.envelope["redelivered"]) == (first.number, True, True)
    assert again.report == first.report
    desk.acknowledge(again, by="Wang")
    assert take(desk, "CONFIRMED").arguments == ["fire", "1", "acknowledged"]


def test_a_word_that_was_not_confirmed_is_said_again_after_kill_9(daemon, reporter, terminal):
    desk = terminal(daemon, "fire")
    take(desk, "JOINED")
    reporter.report(report())
    alert = take(desk, Alert)
    daemon.kill()
    desk.acknowledge(alert, by="Wang")
    daemon.start()
    assert take(desk, "CONFIRMED").arguments == ["fire", "1", "acknowledged"]


# RECEIVED

def test_received_takes_one_number_many_and_ranges(daemon, reporter, connect):
    for index in range(10):
        reporter.report(report(f"a{index}"))
    desk = connect(daemon.alerts)
    joined(desk)
    alerts(desk, *range(1, 11))
    desk.send("TIP1 RECEIVED fire 9")
    desk.send("TIP1 RECEIVED fire 1-3,5")
    desk.send("TIP1 RECEIVED fire 2,1-2,9-9")
    expect_silence(desk)
    assert joined(desk)["pending"] == 5
    alerts(desk, 4, 6, 7, 8, 10)


def test_received_names_what_was_never_sent_and_the_others_count(daemon, reporter, connect):
    for name in ("a1", "a2"):
        reporter.report(report(name))
    desk = connect(daemon.alerts)
    joined(desk)
    alerts(desk, 1, 2)
    desk.send("TIP1 RECEIVED fire 1-2,77")
    refused = expect(desk, "REFUSED fire unknownAlert").body
    assert (refused["command"], refused["number"]) == ("RECEIVED", 77)
    assert joined(desk)["pending"] == 0


def test_after_received_and_a_pong_it_is_on_disk(daemon, reporter, connect):
    reporter.report(report())
    desk = connect(daemon.alerts)
    joined(desk)
    alerts(desk, 1)
    desk.send("TIP1 RECEIVED fire 1")
    desk.send("TIP1 PING safe")
    expect(desk, "PONG safe")
    daemon.restart()
    assert joined(connect(daemon.alerts))["pending"] == 0


def test_an_alert_for_information_is_done_when_received(daemon, reporter, connect, operator):
    incident = reporter.report(report(category="Met", event="storm"))["incident"]
    desk = connect(daemon.alerts)
    joined(desk, "ems")
    alerts(desk, 1, recipient="ems")
    desk.send("TIP1 RECEIVED ems 1")
    expect_silence(desk)
    assert operator.ask("INCIDENT", {"incident": incident})["open"] is False


# ACKNOWLEDGE, DECLINE, STATUS and TAKEN

def test_a_person_takes_it_on_and_the_others_learn_who(daemon, reporter, connect):
    first, second = connect(daemon.alerts), connect(daemon.alerts)
    joined(first, name="desk-1")
    joined(second, name="desk-2")
    reporter.report(report())
    alerts(first, 1)
    alerts(second, 1)
    first.send("TIP1 ACKNOWLEDGE fire 1", {"by": "王伟, desk 1", "note": "两车出动"})
    assert expect(first, "CONFIRMED fire 1 acknowledged").bodies == []
    taken = expect(second, "TAKEN fire 1").body
    assert taken.pop("at").endswith("Z")
    assert taken == {"by": "王伟, desk 1", "note": "两车出动"}
    expect_silence(first)

    second.send("TIP1 STATUS fire 1", {"state": "enRoute", "by": "Zhao"})
    expect(second, "CONFIRMED fire 1 enRoute")
    first.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(first, "CONFIRMED fire 1 enRoute")
    expect_silence(second)


def test_status_takes_it_on_if_nobody_had(daemon, reporter, connect):
    first, second = connect(daemon.alerts), connect(daemon.alerts)
    joined(first, name="desk-1")
    joined(second, name="desk-2")
    reporter.report(report())
    alerts(first, 1)
    alerts(second, 1)
    first.send("TIP1 STATUS fire 1", {"state": "onScene", "by": "Wang"})
    expect(first, "CONFIRMED fire 1 onScene")
    assert expect(second, "TAKEN fire 1").body["by"] == "Wang"


def test_who_declines_leaves_it_open_and_the_leader_is_told(daemon, reporter, connect):
    fire, leader = connect(daemon.alerts), connect(daemon.alerts)
    joined(fire)
    joined(leader, "leader@110101")
    reporter.report(report(event="somebody-declines", area={"grid": "110101005003002"}))
    alerts(fire, 1)
    for _ in range(2):
        fire.send("TIP1 DECLINE fire 1", {"by": "Wang", "reason": "所有车辆已出动"})
        expect(fire, "CONFIRMED fire 1 declined")
    assert alerts(leader, 1, recipient="leader@110101")[0]["escalation"] == 1
    expect_silence(leader)
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")


def test_what_was_taken_on_can_be_declined(daemon, reporter, connect):
    fire = connect(daemon.alerts)
    joined(fire)
    reporter.report(report())
    alerts(fire, 1)
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    fire.send("TIP1 DECLINE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 declined")


def test_when_nobody_answers_the_leader_is_told(daemon, reporter, connect):
    leader = connect(daemon.alerts)
    joined(leader, "leader@110101")
    reporter.report(report(event="nobody-answers", area={"grid": "110101005003002"}))
    assert alerts(leader, 1, recipient="leader@110101")[0]["escalation"] == 1


def test_an_escalation_that_came_due_while_the_broker_was_down_is_made_up_for(daemon, reporter, connect):
    reporter.report(report(event="nobody-answers", area={"grid": "110101005003002"}))
    daemon.restart()
    leader = connect(daemon.alerts)
    joined(leader, "leader@110101")
    assert alerts(leader, 1, recipient="leader@110101")[0]["purpose"] == "action"


def test_a_word_about_a_settled_alert_is_confirmed_and_changes_nothing(daemon, reporter, connect, operator):
    incident = reporter.report(report(event="somebody-declines"))["incident"]
    fire = connect(daemon.alerts)
    joined(fire)
    alerts(fire, 1)
    fire.send("TIP1 STATUS fire 1", {"state": "resolved", "by": "Wang"})
    expect(fire, "CONFIRMED fire 1 resolved")
    fire.send("TIP1 STATUS fire 1", {"state": "enRoute", "by": "Zhao"})
    expect(fire, "CONFIRMED fire 1 enRoute")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Zhao"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    assert operator.ask("INCIDENT", {"incident": incident})["open"] is False
    assert [row["by"] for row in daemon.sql("SELECT * FROM acknowledgements ORDER BY at")] == ["Wang", "Zhao", "Zhao"]


def test_any_terminal_of_the_recipient_may_speak_also_after_a_restart(daemon, reporter, connect):
    reporter.report(report())
    desk = connect(daemon.alerts)
    joined(desk)
    alerts(desk, 1)
    desk.send("TIP1 RECEIVED fire 1")
    expect_silence(desk)
    daemon.restart()
    other = connect(daemon.alerts)
    joined(other, name="desk-9")
    other.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(other, "CONFIRMED fire 1 acknowledged")


# PING and PONG

@pytest.mark.parametrize("endpoint", ["reports", "alerts", "control"])
def test_every_endpoint_but_the_feed_answers_ping(daemon, connect, endpoint):
    connection = connect(daemon.control if endpoint == "control" else daemon.endpoints[endpoint])
    for payload in ([], ["p"], ["脉" * 42 + "!!"]):
        answer = connection.ask(" ".join(["TIP1 PING", *payload]))
        assert (answer.command, answer.arguments, answer.bodies) == ("PONG", payload, [])


def test_pong_comes_after_the_answers_to_what_was_sent_before(daemon, connect):
    connection = connect(daemon.reports)
    for index in range(50):
        connection.send(f"TIP1 REPORT r{index}", report(f"a{index}"))
        connection.send(f"TIP1 PING p{index}")
    for index in range(50):
        expect(connection, f"RECEIPT r{index}")
        expect(connection, f"PONG p{index}")


def test_a_refusal_does_not_come_after_a_later_pong(daemon, connect):
    connection = connect(daemon.reports)
    connection.send("TIP1 REPORT good", report())
    connection.send("TIP1 REPORT bad", b"not JSON")
    connection.send("TIP1 PING p")
    came = [connection.receive(PATIENCE).arguments[0] for _ in range(3)]
    assert came[2] == "p" and set(came) == {"good", "bad", "p"}


def test_a_silent_terminal_is_pinged_and_stays_while_it_answers(make_daemon, terminal, connect):
    daemon = make_daemon(heartbeat="50ms")
    desk = terminal(daemon, "fire")
    take(desk, "JOINED")
    pings = 0
    while pings < 8:
        message = desk.connection.receive(PATIENCE)
        assert message and message.command == "PING"
        desk.connection.send(" ".join(["TIP1 PONG", *message.arguments]))
        pings += 1
    connect(daemon.reports).ask("TIP1 REPORT r1", report())
    assert take(desk, Alert).envelope["attempt"] == 1


def test_a_terminal_that_says_nothing_for_three_heartbeats_has_left(make_daemon, terminal, connect):
    daemon = make_daemon(heartbeat="50ms")
    reports, control, silent = connect(daemon.reports), connect(daemon.control), connect(daemon.alerts)
    other = terminal(daemon, "fire", "desk-2", credit=1)
    take(other, "JOINED")
    reports.ask("TIP1 REPORT r1", report("a1"))
    first = take(other, Alert)
    joined(silent)
    reports.ask("TIP1 REPORT r2", report("a2"))

    while control.ask("TIP1 INFO 1").body["terminals"] > 1:
        other.take(PATIENCE)
    other.received(first)
    second = take(other, Alert)
    assert (second.number, second.envelope["redelivered"]) == (2, True)
    # It is told so, and told again when it speaks.
    silent.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    for command in ("PING", "ACKNOWLEDGE"):
        while (message := silent.receive(PATIENCE)).command != "REFUSED":
            pass
        assert message.arguments == ["fire", "notJoined"] and message.body["command"] == command


def test_a_terminal_without_a_monitor_notices_the_restart_by_silence(make_daemon, terminal, connect):
    daemon = make_daemon(heartbeat="50ms")
    desk = terminal(daemon, "fire")
    take(desk, "JOINED")
    desk.connection.on_connect, desk.connection.sockets = None, [desk.connection.socket]
    daemon.restart()
    take(desk, "JOINED")


def test_too_many_terminals_are_refused_busy(make_daemon, connect):
    daemon = make_daemon(limits={"terminals": 1})
    joined(connect(daemon.alerts))
    second = connect(daemon.alerts)
    second.send("TIP1 JOIN fire desk-2 64")
    assert expect(second, "REFUSED fire busy").body["retryAfterMs"] > 0


def test_leave_then_ping_is_how_a_terminal_ends(daemon, reporter, terminal, connect):
    desk = terminal(daemon, "fire")
    take(desk, "JOINED")
    reporter.report(report())
    desk.received(take(desk, Alert))
    desk.leave()
    daemon.restart()
    assert joined(connect(daemon.alerts))["pending"] == 0
