"""A system that gives no more threads: what needs one is refused or waits, and the daemon serves on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support import PATIENCE, Daemon, becomes_true, expect, program, report
from tip1 import Json, Refused

NOBODY = 65534


def may_run() -> bool:
    """Whether a daemon can run as somebody whom the system holds to the limit of tasks; root it does not."""
    if os.geteuid() != 0:
        return True
    asked = subprocess.run([program("TOCSIND", "tocsind"), "--version"], user=NOBODY, group=NOBODY, capture_output=True)
    return asked.returncode == 0


@pytest.fixture
def daemon(make_daemon) -> Daemon:
    try:
        able = may_run()
    except OSError:
        able = False
    if not able:
        pytest.skip("the daemon cannot be run as a user that the system holds to its limits")
    return make_daemon(user=NOBODY if os.geteuid() == 0 else None)


def tasks_of_its_user(daemon: Daemon) -> int:
    """What the system counts against the limit."""
    owner = Path(f"/proc/{daemon.process.pid}").stat().st_uid
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == owner:
                count += len(list((process / "task").iterdir()))
        except FileNotFoundError:
            pass
    return count


def test_a_reload_that_gets_no_thread_is_refused_busy_and_nothing_else_happens(daemon, operator, reporter):
    with daemon.limited("nproc", 1):
        with pytest.raises(Refused) as refused:
            operator.ask("RELOAD")
        assert refused.value.code == "busy" and refused.value.detail["retryAfterMs"] > 0
        assert reporter.report(report())["incident"] > 0
    assert operator.ask("RELOAD")["rules"] == 6


def is_told_or_opened(journal: Json) -> bool:
    """Whether the journal is open again, or the operator is told what it takes."""
    return not journal["recovering"] or "The system gives no thread" in journal["error"]["message"]


@pytest.mark.parametrize("more", [0, 1, 2, 3])
def test_a_journal_that_failed_is_opened_again_when_there_are_threads(daemon, operator, reporter, more):
    """The more there are, the further it gets; opening takes several."""
    reporter.report(report())
    daemon.await_table()
    incidents = len(operator.ask("INCIDENTS")["incidents"])
    with daemon.limited("nproc", tasks_of_its_user(daemon) + more):
        with daemon.full_disk():
            reporter.connection.send("TIP1 REPORT r", report("a2"))
            expect(reporter.connection, "REFUSED r unavailable")
        # Not by the log, whose file may not grow either while the disk is full: a line of that moment is lost.
        assert becomes_true(lambda: is_told_or_opened(operator.ask("INFO")["journal"]), operator)
    reporter.report(report("a3"), patience=PATIENCE)
    assert len(operator.ask("INCIDENTS")["incidents"]) == incidents + 1
