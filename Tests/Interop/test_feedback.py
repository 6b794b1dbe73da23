"""An answer that a rule promises whoever reported is asked for when it is not given in time, after a restart as well."""

from __future__ import annotations

from cli import needs_tocsin, tocsin
from support import HOUR, PATIENCE, becomes_true, expect, report
from tip1 import Json, Operator

RULES = """
fallback: duty-office
rules:
  - name: soon
    when: { event: soon }
    notify: fire
    feedback-within: 1s
    escalate: [{ after: 1h, to: ems }]
  - name: petition
    when: { event: petition }
    notify: fire
    feedback-within: 7d
    escalate: [{ after: 24h, to: ems }]
"""


def joined(daemon, connect, recipient: str):
    desk = connect(daemon.alerts)
    desk.send(f"TIP1 JOIN {recipient} desk-1 100")
    expect(desk, f"JOINED {recipient}")
    return desk


def receive(desk, recipient: str) -> Json:
    """The envelope of the recipient's only alert, when it comes next."""
    envelope = expect(desk, f"ALERT {recipient} 1").body
    desk.send(f"TIP1 RECEIVED {recipient} 1")
    return envelope


def incident(operator: Operator, number: int) -> Json:
    return operator.ask("INCIDENT", {"incident": number}, patience=PATIENCE)


def test_an_answer_that_is_not_given_rings_again_until_it_is(make_daemon, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    fire, ems = joined(daemon, connect, "fire"), joined(daemon, connect, "ems")
    number = connect(daemon.reports).ask("TIP1 REPORT r", report(event="soon")).body["incident"]
    receive(fire, "fire")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    assert receive(fire, "fire")["rings"] == 1
    assert receive(ems, "ems")["escalation"] == 1
    assert receive(fire, "fire")["rings"] == 2
    page = incident(operator, number)
    assert page["open"] and "feedbackBy" in page and "feedbackAt" not in page
    causes = {(line["state"], line["recipient"], line["cause"], line["rule"])
              for line in page["timeline"] if line["state"] in ("rung", "escalated")}
    assert {("rung", "fire", "feedback", "soon"), ("escalated", "ems", "feedback", "soon")} <= causes
    for desk, name in ((fire, "fire"), (ems, "ems")):
        desk.send(f"TIP1 STATUS {name} 1", {"state": "resolved", "by": "Wang", "note": "answered in person"})
    assert becomes_true(lambda: not incident(operator, number)["open"], operator)
    page = incident(operator, number)
    assert page["feedbackAt"] > page["feedbackBy"]
    assert becomes_true(lambda: operator.ask("STATS", {"by": "rule"}, patience=PATIENCE)["groups"][0].get("feedback") ==
                        {"promised": 1, "kept": 0, "missed": 1}, operator)
    daemon.await_table()
    assert daemon.sql(f"SELECT feedback_by FROM incidents WHERE incident = {number}")[0]["feedback_by"] == page["feedbackBy"]


@needs_tocsin
def test_a_week_is_kept_over_a_restart_and_lateness_is_told(make_daemon, clock, connect, closing):
    daemon = make_daemon(rules=RULES, heartbeat="1m", environment=clock.environment)
    fire = joined(daemon, connect, "fire")
    number = connect(daemon.reports).ask("TIP1 REPORT r", report(event="petition")).body["incident"]
    receive(fire, "fire")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    assert "an answer is promised by" in tocsin(daemon, "show", str(number))
    daemon.kill()
    clock.set(7 * 24 * HOUR + 60)
    daemon.start()
    fire = joined(daemon, connect, "fire")
    assert receive(fire, "fire")["rings"] == 1
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    ring, = [line for line in incident(operator, number)["timeline"] if line["state"] == "rung"]
    assert ring["cause"] == "feedback" and ring["lateMs"] >= 59_000
