"""The journal fails, is restored, or has no room: what is said meanwhile is true, and what was promised is kept."""

from __future__ import annotations

import shutil
import subprocess

from support import PATIENCE, becomes_true, expect, expect_silence, report
from tip1 import Alert


def test_nothing_is_said_of_open_incidents_while_the_journal_cannot_be_opened(daemon, reporter, operator, connect):
    incident = reporter.report(report(event="fire-hazard"))["incident"]
    follower = connect(daemon.reports)
    follower.send(f"TIP1 FOLLOW f {incident}")
    expect(follower, "OK f")
    expect(follower, f"PROGRESS {incident}")

    state, away = daemon.folder / "state", daemon.folder / "away"
    state.rename(away)
    state.write_text("A file is in the folder's place.\n")
    with daemon.full_disk():
        reporter.connection.send("TIP1 REPORT r", report("a2"))
        expect(reporter.connection, "REFUSED r unavailable")
        assert becomes_true(lambda: not operator.ask("INFO")["journal"]["available"], operator)
        expect_silence(follower)
        info = operator.ask("INFO")
        assert info["journal"]["recovering"] and "openIncidents" not in info
    state.unlink()
    away.rename(state)

    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire-prevention desk-1 64")
    assert expect(desk, "JOINED fire-prevention").body["pending"] == 1
    expect(desk, "ALERT fire-prevention 1")
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["available"], operator)
    desk.send("TIP1 ACKNOWLEDGE fire-prevention 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire-prevention 1 acknowledged")
    states = []
    while "acknowledged" not in states:
        states.append(expect(follower, f"PROGRESS {incident}").body["state"])
    assert "closed" not in states


def test_after_a_restored_backup_a_terminal_is_shown_what_has_a_known_number(daemon, reporter, terminal):
    reporter.report(report("a1"))
    daemon.sql("SELECT 1")
    backup, state = daemon.folder / "backup.sqlite", daemon.folder / "state"
    daemon.ask_table(f"VACUUM INTO '{backup}'")
    reporter.report(report("after-the-backup"))
    desk = terminal(daemon, "fire")

    def take() -> Alert:
        while not isinstance(came := desk.take(PATIENCE), Alert):
            pass
        return came

    assert [(take().number, take().number)] == [(1, 2)]
    daemon.kill()
    for file in state.glob("journal.*"):
        file.unlink()
    shutil.move(backup, state / "journal.sqlite")
    declared = subprocess.run([*daemon.command(), "--restored"], capture_output=True, text=True, timeout=PATIENCE)
    assert declared.returncode == 0, declared.stderr
    daemon.start()
    reporter.report(report("another"))
    came = [take(), take()]
    assert [(one.number, one.known) for one in came] == [(1, False), (2, False)]
