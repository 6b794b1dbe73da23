"""What a rule asks until somebody has answered: it rings again, goes on where nobody is, and asks anew after silence."""

from __future__ import annotations

from support import HOUR, PATIENCE, expect, expect_silence, report
from tip1 import Operator

RULES = """
fallback: duty-office
rules:
  - name: again
    when: { event: again }
    notify: fire
    escalate: [{ after: 100ms, to: ems, repeat: 1s, raise: Extreme }]
  - name: any
    when: { event: any }
    notify: [fire, ems, duty-office]
    require: any
    escalate: [{ after: 1h, to: fire-prevention }]
  - name: unattended
    when: { event: unattended }
    notify: fire
    unattended-after: 0s
    escalate: [{ after: 1h, to: ems }]
  - name: lapsing
    when: { event: lapsing }
    notify: fire
    reopen-after: 30m
    escalate: [{ after: 1h, to: ems }]
  - name: one reason
    when: { event: twice }
    notify: fire
    acknowledge-within: 5m
  - name: another reason
    when: { event: twice }
    notify: fire
    acknowledge-within: 2m
"""


def joined(daemon, connect, recipient: str):
    desk = connect(daemon.alerts)
    desk.send(f"TIP1 JOIN {recipient} desk-1 100")
    expect(desk, f"JOINED {recipient}")
    return desk


def states(operator, incident: int) -> list[tuple[str, str]]:
    return [(alert["recipient"], alert["state"]) for alert in operator.ask("INCIDENT", {"incident": incident})["alerts"]]


def test_what_nobody_answers_rings_again_raised_under_its_own_number(make_daemon, connect):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    fire, leader = joined(daemon, connect, "fire"), joined(daemon, connect, "ems")
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="again", severity="Minor"))
    first = expect(fire, "ALERT fire 1").body
    assert "rings" not in first and first["severity"] == "Minor"
    fire.send("TIP1 RECEIVED fire 1")
    assert expect(leader, "ALERT ems 1").body["severity"] == "Extreme"
    leader.send("TIP1 RECEIVED ems 1")
    again = expect(fire, "ALERT fire 1").body
    assert (again["rings"], again["redelivered"], again["severity"]) == (1, False, "Extreme")
    assert expect(leader, "ALERT ems 1").body["rings"] == 1
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    daemon.await_table()
    rings = daemon.sql("SELECT recipient, number, cause, rule FROM rings ORDER BY recipient")
    assert {(ring["recipient"], ring["cause"], ring["rule"]) for ring in rings} == {
        ("fire", "unanswered", "again"), ("ems", "unanswered", "again")}


def test_where_one_answer_is_enough_the_others_are_told_who_has_it_and_ring_if_that_one_declines(
        make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    fire, ems = joined(daemon, connect, "fire"), joined(daemon, connect, "ems")
    incident = connect(daemon.reports).ask("TIP1 REPORT r", report(event="any")).body["incident"]
    expect(fire, "ALERT fire 1")
    expect(ems, "ALERT ems 1")
    ems.send("TIP1 RECEIVED ems 1")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "王"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    taken = expect(ems, "TAKEN ems 1").body
    assert (taken["by"], taken["note"]) == ("王", "fire")
    assert states(operator, incident) == [("fire", "acknowledged"), ("ems", "silenced"), ("duty-office", "silenced")]
    fire.send("TIP1 DECLINE fire 1", {"by": "王", "reason": "no engine"})
    expect(fire, "CONFIRMED fire 1 declined")
    assert expect(ems, "ALERT ems 1").body["rings"] == 1
    ems.send("TIP1 STATUS ems 1", {"state": "resolved", "by": "Li"})
    expect(ems, "CONFIRMED ems 1 resolved")
    expect_silence(ems)
    # Who has declined, and whom the step has asked, still owe an answer.
    assert dict(states(operator, incident)) == {
        "fire": "cancelled", "ems": "resolved", "duty-office": "cancelled", "fire-prevention": "queued"}
    daemon.await_table()
    found = daemon.sql(f"SELECT recipient, state FROM alerts WHERE incident = {incident}")
    assert {row["recipient"]: row["state"] for row in found} == dict(states(operator, incident))


def test_where_nobody_has_joined_the_next_step_is_taken_at_once(make_daemon, connect):
    daemon = make_daemon(rules=RULES, heartbeat="100ms")
    ems = connect(daemon.alerts)
    ems.send("TIP1 JOIN ems desk-1 100")
    expect(ems, "JOINED ems")
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="unattended"))
    # After a start everybody has three heartbeats to join.
    while (message := ems.receive(PATIENCE)).command == "PING":
        ems.send(" ".join(["TIP1 PONG", *message.arguments]))
    assert message.command == "ALERT" and message.body["escalation"] == 1


def test_an_acknowledgement_that_nothing_follows_rings_again_after_a_restart_too(make_daemon, clock, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m", environment=clock.environment)
    fire = joined(daemon, connect, "fire")
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="lapsing"))
    expect(fire, "ALERT fire 1")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    daemon.kill()
    clock.set(HOUR // 2 + 60)
    daemon.start()
    fire = joined(daemon, connect, "fire")
    again = expect(fire, "ALERT fire 1").body
    assert again["rings"] == 1
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    ring, = [line for line in operator.ask("INCIDENT", {"incident": 2})["timeline"] if line["state"] == "rung"]
    assert ring["cause"] == "silent" and ring["lateMs"] >= 59_000


def test_two_rules_that_ask_the_same_recipient_ring_once_for_both_reasons(make_daemon, connect):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    fire = joined(daemon, connect, "fire")
    receipt = connect(daemon.reports).ask("TIP1 REPORT r", report(event="twice")).body
    assert receipt["recipients"][0]["rules"] == ["one reason", "another reason"]
    envelope = expect(fire, "ALERT fire 1").body
    assert envelope["rule"] == "one reason" and envelope["rules"] == ["one reason", "another reason"]
    expect_silence(fire)
