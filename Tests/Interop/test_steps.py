"""Escalation steps: when one is declined, when very many are due, when the disk takes none."""

from __future__ import annotations

from support import HOUR, PATIENCE, expect, report, send_reports
from tip1 import Operator

RULES = """
fallback: duty-office
rules:
  - name: chain
    when: { event: chain }
    notify: fire
    escalate: [{ after: 100ms, to: ems }, { after: 1h, to: fire-prevention }]
  - name: by itself
    when: { event: by-itself }
    notify: fire
    escalate: [{ after: 1h, to: ems }]
"""


def joined(daemon, connect, recipient: str):
    desk = connect(daemon.alerts)
    desk.send(f"TIP1 JOIN {recipient} desk-1 10000")
    expect(desk, f"JOINED {recipient}")
    return desk


def test_who_declines_the_alert_of_a_step_sends_it_on_at_once(make_daemon, connect):
    daemon = make_daemon(rules=RULES, heartbeat="1m")
    chief, leader = joined(daemon, connect, "fire-prevention"), joined(daemon, connect, "ems")
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="chain"))
    expect(leader, "ALERT ems 1")
    leader.send("TIP1 DECLINE ems 1", {"by": "Li", "reason": "on leave"})
    # The next step's own time is in an hour.
    assert expect(chief, "ALERT fire-prevention 1").body["escalation"] == 2


def test_very_many_steps_that_came_due_while_the_broker_was_down_hold_up_nobody(make_daemon, clock, connect):
    daemon, count = make_daemon(rules=RULES, environment=clock.environment), 40_000
    send_reports(connect(daemon.reports), count, event="by-itself")
    daemon.kill()
    clock.set(2 * HOUR)
    daemon.start()
    operator = Operator(daemon.control)
    seen = set()
    while max(seen, default=0) < 2 * count:
        seen.add(operator.ask("INFO", patience=PATIENCE)["undeliveredAlerts"])
    operator.close()
    assert any(count < one < 2 * count for one in seen), "they were all taken at once"
