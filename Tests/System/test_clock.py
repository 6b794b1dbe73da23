"""The civil clock is set, as the daemon sees it: deadlines are due in the time that has passed. No clock of the machine
around it is touched."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from support import HOUR, Clock, expect, expect_silence, report

RULES = """
fallback: duty-office
rules:
  - { name: soon, when: { event: soon }, notify: fire, escalate: [{ after: 2s, to: ems }] }
  - { name: late, when: { event: late }, notify: fire, escalate: [{ after: 1h, to: ems }] }
"""

FOLDER = "/run/clock"


@pytest.fixture
def clock(service, machine, compiler) -> Clock:
    """The clock of the service, which has been started with it."""
    machine.path(FOLDER).mkdir(exist_ok=True)
    clock = Clock(machine.path(FOLDER), compiler)
    service.begin(f"Environment=LD_PRELOAD={FOLDER}/set_clock.so CLOCK_WRONG_BY={FOLDER}/wrong-by\nWatchdogSec=3s",
                  rules=RULES, heartbeat="1m")
    clock.set(HOUR)
    # Without this, a service that does not take the library would pass.
    assert datetime.fromisoformat(service.ask("INFO")["now"]) - datetime.now(timezone.utc) > timedelta(minutes=50)
    clock.set(0)
    return clock


@pytest.fixture
def leader(service, clock, connect):
    """Whom the steps tell."""
    desk = connect(service.alerts)
    desk.send("TIP1 JOIN ems desk-1 64")
    expect(desk, "JOINED ems")
    return desk


def test_set_back_an_hour_it_delays_no_step_and_takes_each_once(service, clock, reporter, leader):
    reporter.report(report("a1", event="soon"))
    clock.set(-HOUR)
    assert expect(leader, "ALERT ems 1").body["escalation"] == 1
    expect_silence(leader)


def test_set_forward_a_day_it_takes_no_step_early_and_each_that_is_due_after_it(service, clock, reporter, leader):
    reporter.report(report("a1", event="late"))
    clock.set(24 * HOUR)
    # What is due by now is on disk before this report is, and is sent before the PONG that follows.
    incident = reporter.report(report("a2", event="soon"))["incident"]
    alert = expect(leader, "ALERT ems 1")
    assert (alert.body["incident"], alert.body["escalation"]) == (incident, 1)
    expect_silence(leader)
    assert service.unit("NRestarts") == "0"
