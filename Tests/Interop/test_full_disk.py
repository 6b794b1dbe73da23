"""A disk without room, and one that takes no writes: what is stored goes out, and what cannot be kept is refused."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from disks import refuse_until_full, take_all
from support import PATIENCE, Daemon, becomes_true, expect, program, report, send_reports
from tip1 import Operator

STORED = 300


def ask(daemon: Daemon) -> dict:
    operator = Operator(daemon.control)
    try:
        return operator.ask("INFO", patience=PATIENCE)
    finally:
        operator.close()


@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
def test_from_a_full_disk_all_that_is_stored_goes_out_and_a_kill_changes_nothing_of_that(on_disk, connect, kind):
    daemon, disk = on_disk(kind, 24, reserve_bytes=0)
    daemon.start()
    reports = connect(daemon.reports)
    send_reports(reports, STORED)
    disk.fill()
    last = refuse_until_full(reports, STORED + 1)
    assert not ask(daemon)["journal"]["available"]
    assert take_all(connect(daemon.alerts), "fire", 8, last - 1) == list(range(1, last))
    disk.fill()
    daemon.restart()
    # It serves what is stored, answers reports that come again, and refuses new ones.
    reports = connect(daemon.reports)
    for number in (1, last - 1):
        members = {"description": "x" * 4000} if number > STORED else {}
        reports.send(f"TIP1 REPORT again{number}", report(f"a{number}", **members))
        assert expect(reports, f"RECEIPT again{number}").body["duplicate"]
    # What its files have of their own takes some more.
    first = 10_000
    new = refuse_until_full(reports, first)
    count = last - 1 + new - first
    desk = connect(daemon.alerts)
    assert sorted(set(take_all(desk, "fire", 8, count))) == list(range(1, count + 1))

    disk.empty()
    operator = Operator(daemon.control)
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["available"], operator)
    reports.send("TIP1 REPORT new", report(f"a{new}"))
    assert not expect(reports, "RECEIPT new").body["duplicate"]
    # What was RECEIVED meanwhile is written now.
    desk.send("TIP1 PING written")
    while desk.receive(PATIENCE).command != "PONG":
        pass
    operator.close()
    rows = daemon.sql("SELECT count(*) AS count FROM alerts WHERE recipient = 'fire' AND state = 'received'")
    assert rows[0]["count"] >= count


@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
def test_what_people_say_is_written_when_reports_are_not_any_more(on_disk, connect, kind):
    daemon, disk = on_disk(kind, 200, reserve_bytes=31 << 20)
    daemon.start()
    assert "there is too little room to keep" not in daemon.log
    reports, desk = connect(daemon.reports), connect(daemon.alerts)
    send_reports(reports, 3, event="somebody-declines", area={"grid": "110101005003002"})
    daemon.await_table()
    disk.fill()
    last = refuse_until_full(reports, 4)
    operator = Operator(daemon.control)
    info = operator.ask("INFO")
    assert info["journal"]["sparing"] and not info["journal"]["available"]
    assert becomes_true(lambda: operator.ask("INFO")["disk"]["freeBytes"] < 1 << 20, operator)
    assert "the disk is nearly full" in daemon.log
    shown = subprocess.run([program("TOCSIN", "tocsin"), "status", "--control", daemon.control], capture_output=True,
                           text=True).stdout
    assert "no room for new reports; what people say is written" in shown and " free" in shown
    assert daemon.log.count("the disk is full; new reports are refused") == 1

    desk.send("TIP1 JOIN fire desk 64")
    expect(desk, "JOINED fire")
    for number in (1, 2, 3):
        expect(desk, f"ALERT fire {number}")
    desk.send("TIP1 RECEIVED fire 1-3")
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    desk.send("TIP1 DECLINE fire 2", {"by": "Wang", "reason": "no crew"})
    said: set[str] = set()
    while len(said) < 2:
        message = desk.receive(PATIENCE)
        assert message and message.command in ("ALERT", "CONFIRMED", "PING"), message
        if message.command == "CONFIRMED":
            said.add(" ".join(message.arguments))
    assert said == {"fire 1 acknowledged", "fire 2 declined"}
    # The step that the decline brings is told, too.
    leader = connect(daemon.alerts)
    leader.send("TIP1 JOIN leader@110101 chief 8")
    expect(leader, "JOINED leader@110101")
    expect(leader, "ALERT leader@110101 1")
    operator.close()

    # All of that is on disk.
    daemon.restart()
    operator = Operator(daemon.control)
    timeline = operator.ask("INCIDENT", {"incident": 2})
    assert "acknowledged" in str(timeline)
    disk.empty()
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["available"], operator)
    reports = connect(daemon.reports)
    reports.send("TIP1 REPORT new", report(f"a{last}", description="x" * 4000))
    assert not expect(reports, "RECEIPT new").body["duplicate"]
    operator.close()


def test_a_full_disk_has_no_room_for_sqlites_index_of_its_log_and_a_start_does_without(on_disk, connect):
    daemon, disk = on_disk("ext4", 24, reserve_bytes=0)
    daemon.start()
    send_reports(connect(daemon.reports), 20)
    daemon.kill()
    # A start begins with that, and blocks that it gives back may be somebody else's at once.
    os.truncate(disk.state / "journal.sqlite-shm", 3)
    for _ in range(3):
        disk.fill()
        os.sync()
    daemon.start()
    assert not ask(daemon)["journal"]["available"]
    assert take_all(connect(daemon.alerts), "fire", 4, 20) == list(range(1, 21))
    disk.empty()
    operator = Operator(daemon.control)
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["available"], operator)
    operator.close()


def test_a_daemon_serves_what_is_stored_on_a_file_system_that_is_read_only(on_disk, connect):
    daemon, disk = on_disk("ext4", 200)
    daemon.start()
    reports = connect(daemon.reports)
    send_reports(reports, 20)
    daemon.kill()
    disk.run("mount", "-o", "remount,ro", disk.state)
    daemon.start()
    operator = Operator(daemon.control)
    assert not operator.ask("INFO", patience=PATIENCE)["journal"]["available"]
    assert becomes_true(lambda: "the journal cannot write; reports are refused until it can" in daemon.log, operator)
    reports = connect(daemon.reports)
    for number in (1, 20):
        reports.send(f"TIP1 REPORT again{number}", report(f"a{number}"))
        assert expect(reports, f"RECEIPT again{number}").body["duplicate"]
    reports.send("TIP1 REPORT new", report("new"))
    expect(reports, "REFUSED new unavailable")
    assert take_all(connect(daemon.alerts), "fire", 4, 20) == list(range(1, 21))

    disk.run("mount", "-o", "remount,rw", disk.state)
    assert becomes_true(lambda: operator.ask("INFO")["journal"]["available"], operator)
    operator.close()
    reports.send("TIP1 REPORT new", report("new"))
    assert not expect(reports, "RECEIPT new").body["duplicate"]
    assert daemon.log.count("the journal cannot write") == 1
    assert daemon.log.count("the journal writes again") == 1


def test_a_clean_end_can_be_started_on_a_read_only_file_system(on_disk, connect):
    daemon, disk = on_disk("ext4", 200)
    daemon.start()
    send_reports(connect(daemon.reports), 3)
    assert daemon.end(signal.SIGTERM) == 0
    # As after the last user of SQLite's files has closed them.
    subprocess.run(["sqlite3", disk.state / "journal.sqlite", "PRAGMA wal_checkpoint(TRUNCATE)"], check=True,
                   capture_output=True)
    disk.run("mount", "-o", "remount,ro", disk.state)
    daemon.start()
    assert take_all(connect(daemon.alerts), "fire", 4, 3) == [1, 2, 3]
    error = ask(daemon)["journal"]["error"]
    assert error["code"] == "readOnly" and error["message"] in daemon.log
    assert error["message"].startswith(f"Nothing can be written in {disk.state}, where the journal is: its file system is "
                                       "read-only.") and "mount it for writing" in error["message"]


def test_a_file_system_that_becomes_read_only_is_waited_for(on_disk, connect):
    daemon, disk = on_disk("ext4", 200)
    daemon.start()
    reports = connect(daemon.reports)
    send_reports(reports, 20)
    # As the kernel does after an error of the disk, whoever has files open.
    disk.run("mount", "-o", "remount,abort", disk.state)
    reports.send("TIP1 REPORT new", report("new"))
    expect(reports, "REFUSED new unavailable")
    operator = Operator(daemon.control)
    assert becomes_true(lambda: not operator.ask("INFO")["journal"]["recovering"], operator)
    operator.close()
    reports.send("TIP1 REPORT again", report("a20"))
    assert expect(reports, "RECEIPT again").body["duplicate"]
    assert take_all(connect(daemon.alerts), "fire", 4, 20) == list(range(1, 21))
    assert daemon.log.count("the journal cannot write; reports are refused until it can") == 1
