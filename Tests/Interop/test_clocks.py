"""A civil clock that is wrong, or is set: obligations are due in the time that has passed."""

from __future__ import annotations

import pytest

from support import HOUR, Daemon, becomes_true, expect, expect_silence, report
from tip1 import Reporter

RULES = """
fallback: duty-office
rules:
  - { name: soon, when: { event: soon }, notify: fire, escalate: [{ after: 2s, to: ems }] }
  - { name: late, when: { event: late }, notify: fire, escalate: [{ after: 1h, to: ems }] }
"""


@pytest.fixture
def daemon(make_daemon, clock) -> Daemon:
    return make_daemon(rules=RULES, environment=clock.environment, heartbeat="1m")


def leader(daemon, connect):
    """Whom the steps tell."""
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN ems desk-1 64")
    expect(desk, "JOINED ems")
    return desk


def fail_for_a_moment(daemon, reporter: Reporter) -> None:
    """Has the journal fail, so that the state is built again from it; returns when it works again."""
    with daemon.full_disk():
        reporter.connection.send("TIP1 REPORT r", report("refused"))
        expect(reporter.connection, "REFUSED r unavailable")
    reporter.report(report("accepted"))


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_a_report_that_was_stored_with_the_clock_ahead_escalates_in_its_own_time_after_a_start(
        make_daemon, clock, connect, hours):
    clock.set(hours * HOUR)
    daemon = make_daemon(rules=RULES, environment=clock.environment, heartbeat="1m")
    connect(daemon.reports).ask("TIP1 REPORT r", report(event="soon"))
    daemon.kill()
    clock.set(0)
    daemon.start()
    assert expect(leader(daemon, connect), "ALERT ems 1").body["escalation"] == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_is_told_once_and_makes_nothing_overdue(daemon, reporter, operator, clock, hours):
    reporter.report(report(event="late"))
    clock.set(hours * HOUR)
    line = f"the civil clock was set; new records have its time, and what is due stays due when it was bySeconds={hours * HOUR}"
    assert becomes_true(lambda: line in daemon.log, operator)
    assert operator.ask("INFO")["overdueAlerts"]["count"] == 0
    assert daemon.log.count("the civil clock was set") == 1


def test_a_clock_that_is_set_back_delays_no_step_also_when_the_journal_fails_after_it(
        daemon, reporter, connect, clock):
    reporter.report(report(event="soon"))
    clock.set(-24 * HOUR)
    fail_for_a_moment(daemon, reporter)
    assert expect(leader(daemon, connect), "ALERT ems 1").body["escalation"] == 1


def test_a_clock_that_is_set_forward_takes_no_step_early_also_when_the_journal_fails_after_it(
        daemon, reporter, connect, clock):
    reporter.report(report(event="late"))
    clock.set(24 * HOUR)
    fail_for_a_moment(daemon, reporter)
    desk = leader(daemon, connect)
    # What is due by now is on disk before this report is, and is sent before this PONG.
    reporter.report(report("later"))
    expect_silence(desk)


def test_records_come_into_the_views_though_the_clock_is_set_back_meanwhile(daemon, reporter, operator, clock):
    clock.set(24 * HOUR)  # By then threads wait for more, and a wait by the civil clock would go on until tomorrow.
    for name in ("one", "two"):
        reporter.report(report(name))
        assert becomes_true(
            lambda: daemon.sql(f"SELECT 1 AS found FROM incidents WHERE identifier = '{name}'"), operator)
