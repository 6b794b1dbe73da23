"""The journal fails, is restored, or has no room: what is said meanwhile is true, and what was promised is kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

import pytest

from support import PATIENCE, Daemon, becomes_true, expect, expect_silence, program, report, send_reports
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


def test_a_folder_that_has_become_empty_gets_no_new_journal_and_what_was_receipted_is_there_when_it_is_back(
        daemon, reporter, operator, connect):
    first = reporter.report(report("a1"))
    daemon.await_table()
    state, away = daemon.folder / "state", daemon.folder / "away"
    state.rename(away)
    state.mkdir()
    with daemon.full_disk():
        reporter.connection.send("TIP1 REPORT r", report("a2"))
        expect(reporter.connection, "REFUSED r unavailable")
    assert becomes_true(lambda: operator.ask("INFO")["journal"].get("error", {}).get("code") == "missing", operator)
    assert list(state.iterdir()) == []
    sentence = f"{state}/journal.sqlite is not there any more"
    for command, code in (("status", 0), ("health", 2)):
        shown = subprocess.run([program("TOCSIN", "tocsin"), command, "--control", daemon.control], capture_output=True,
                               text=True)
        assert shown.returncode == code and sentence in shown.stdout
    reporter.connection.send("TIP1 REPORT r", report("a2"))
    expect(reporter.connection, "REFUSED r unavailable")

    state.rmdir()
    away.rename(state)
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["available"], operator)
    assert "error" not in operator.ask("INFO")["journal"]
    assert reporter.report(report("a1")) == first | {"duplicate": True}
    assert not reporter.report(report("a2"))["duplicate"]


def test_what_goes_into_files_that_were_deleted_has_no_receipt(daemon, reporter, operator):
    reporter.report(report("a1"))
    daemon.await_table()
    for file in (daemon.folder / "state").iterdir():
        file.unlink()
    reporter.connection.send("TIP1 REPORT r", report("a2"))
    expect(reporter.connection, "REFUSED r unavailable")
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["recovering"], operator)
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["error"]["code"] == "missing", operator)
    said = "the journal cannot be opened again yet"
    assert becomes_true(lambda: said in daemon.log, operator)
    assert daemon.log.count(said) == 1 and "journal.sqlite is not there any more" in daemon.log
    daemon.end(signal.SIGTERM)
    assert "stopped lastRecord=unknown" in daemon.log


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


MANY = [f"d{index}" for index in range(80)]


@pytest.fixture
def small_disk(closing) -> Daemon:
    """A daemon that tells many of each report, with a file system of its own for its state; it is not started."""
    daemon = Daemon(departments="departments:\n" + "".join(f"  - {{ name: {one}, zh: 部门, en: Desk }}\n" for one in MANY),
                    rules=f"fallback: d0\nrules:\n  - {{ name: all, notify: [{', '.join(MANY)}] }}\n", grids=None)
    closing.callback(daemon.remove)
    state = daemon.folder / "state"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", state], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a file system is not permitted")
    closing.callback(lambda: subprocess.run(["umount", "--lazy", state], check=True))
    return daemon


def test_a_snapshot_for_which_there_is_no_room_costs_a_line_and_no_report(small_disk, connect):
    daemon, count, some = small_disk.start(), 24_980, 20
    reports = connect(daemon.reports)
    send_reports(reports, count)
    daemon.await_table()
    # Room for what follows, and not for a snapshot, which 25,000 records bring.
    room = shutil.disk_usage(daemon.folder / "state").free - 1_500_000
    with open(daemon.folder / "state/ballast", "wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, room)
    for turn in range(10):
        send_reports(reports, some, first=count + 1 + turn * some)
        daemon.await_table()
    assert "a snapshot could not be kept" in daemon.log
    assert daemon.sql("SELECT count(*) AS pieces FROM snapshot") == [{"pieces": 0}]
