"""Backup, restore, verify and salvage by the command line, beside the real daemon and after it was killed."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import PATIENCE, Daemon, expect, program, report, send_reports
from tip1 import Alert, Connection, Reporter

TOCSIN = program("TOCSIN", "tocsin")
NOBODY = 65534


def tocsin(*arguments: str | Path, user: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOCSIN, *map(str, arguments)], capture_output=True, text=True, timeout=120, user=user,
                          group=user, env={})


def state(daemon: Daemon) -> Path:
    return daemon.folder / "state"


def verify(journal: Path) -> dict:
    checked = tocsin("verify", "--journal", journal, "--json")
    assert checked.stdout, checked.stderr
    said = json.loads(checked.stdout)
    assert (checked.returncode == 0) == said["whole"]
    return said


def names(journal: Path) -> set[str]:
    """The identifiers of a journal's incidents."""
    rows = subprocess.run(["sqlite3", "-readonly", journal, "SELECT identifier FROM incidents"], check=True,
                          capture_output=True, text=True, timeout=PATIENCE).stdout
    return set(rows.split())


class Load:
    """A reporter that has many reports under way, until it is stopped or the daemon is gone.

    It goes on for so many reports at a time: on a slow machine a journal that grew all the while would never be verified.
    """

    TOGETHER = 20_000

    def __init__(self, daemon: Daemon, prefix: str):
        self.most = self.TOGETHER
        self.receipts: list[str] = []
        self.has_some = threading.Event()
        self.stopping = threading.Event()
        self.prefix, self.endpoint = prefix, daemon.reports
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        connection, number, waiting = Connection(self.endpoint), 0, 0
        while not self.stopping.is_set():
            while waiting < 256 and number < self.most:
                number, waiting = number + 1, waiting + 1
                connection.send(f"TIP1 REPORT r{number}", report(f"{self.prefix}{number}", headline="火" * 100))
            if not (answer := connection.receive(0.05)):
                continue
            waiting -= 1
            if answer.command == "RECEIPT":
                self.receipts.append(self.prefix + answer.arguments[0].removeprefix("r"))
                if len(self.receipts) > 2000:
                    self.has_some.set()
        connection.close()

    def go_on(self) -> None:
        self.most = len(self.receipts) + self.TOGETHER


@contextmanager
def load(daemon: Daemon, prefix: str) -> Iterator[Load]:
    under = Load(daemon, prefix)
    under.thread.start()
    try:
        assert under.has_some.wait(60)
        yield under
    finally:
        under.stopping.set()
        under.thread.join()


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "backup.sqlite"


def test_a_backup_under_load_has_every_receipt_and_terminals_see_another_epoch_after_it_is_restored(
        daemon, terminal, backup):
    desk = terminal(daemon, "fire", credit=4)
    with load(daemon, "b") as under:
        for _ in range(3):
            under.go_on()
            before = set(under.receipts)
            made = tocsin("backup", backup, "--journal", state(daemon), "--force")
            assert made.returncode == 0, made.stderr
            assert before <= names(backup)
        assert verify(state(daemon))["whole"]
    assert verify(backup)["whole"] and backup.stat().st_mode & 0o777 == 0o600
    while not desk.epoch or not desk.known:
        desk.take(PATIENCE)
    epoch = desk.epoch

    refused = tocsin("restore", backup, "--journal", state(daemon))
    assert refused.returncode == 1 and "Stop it first" in refused.stderr
    daemon.end(signal.SIGTERM)
    restored = tocsin("restore", backup, "--journal", state(daemon))
    assert restored.returncode == 0, restored.stderr
    daemon.start()
    while desk.epoch == epoch:
        desk.take(PATIENCE)
    while not isinstance(alert := desk.take(PATIENCE), Alert):
        pass
    assert not alert.known
    assert names(state(daemon) / "journal.sqlite") == names(backup)
    asides = list(state(daemon).glob("before-restore-*"))
    assert len(asides) == 1 and verify(asides[0])["whole"]
    # A report of the backup's has its receipt, under the number that it had.
    one = Reporter(daemon.reports)
    assert one.report(report("b1", headline="火" * 100))["duplicate"]
    one.close()


def killed_after(milliseconds: int, *arguments: str | Path) -> None:
    """Starts the command, and ends it by kill -9 after a time, unless it has ended before."""
    running = subprocess.Popen([TOCSIN, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={})
    try:
        running.wait(milliseconds / 1000)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def test_a_backup_that_is_killed_under_load_leaves_one_that_is_whole_or_none(daemon, backup):
    with load(daemon, "k") as under:
        for milliseconds in (5, 10, 20, 30, 45, 60, 90, 130, 200):
            under.go_on()
            killed_after(milliseconds, "backup", backup, "--journal", state(daemon), "--force")
            assert not backup.exists() or verify(backup)["whole"], f"killed after {milliseconds} ms"
        before = set(under.receipts)
        made = tocsin("backup", backup, "--journal", state(daemon), "--force")
        assert made.returncode == 0, made.stderr
    assert before <= names(backup)
    assert list(backup.parent.iterdir()) == [backup]


def test_a_restore_that_is_killed_leaves_the_journal_or_the_backup(daemon, reporter, backup):
    reporter.report(report("old"))
    assert tocsin("backup", backup, "--journal", state(daemon)).returncode == 0
    outcomes = set()
    for round, milliseconds in enumerate((3, 6, 9, 12, 15, 18, 22, 26, 32, 40, 60, 400)):
        with load(daemon, f"round{round}-"):
            pass
        daemon.kill()
        killed_after(milliseconds, "restore", backup, "--journal", state(daemon))
        daemon.start()
        daemon.await_table()
        found = names(state(daemon) / "journal.sqlite")
        outcomes.add(found == {"old"})
        assert "old" in found and (found == {"old"} or f"round{round}-2000" in found), f"killed after {milliseconds} ms"
        assert verify(state(daemon))["whole"]
    # The last one had time.
    assert found == {"old"} and outcomes == {True, False}


def test_verify_tells_what_no_start_sees_and_says_it_line_by_line(daemon, reporter):
    for number in range(40):
        reporter.report(report(f"a{number}"))
    daemon.end(signal.SIGTERM)
    file = state(daemon) / "journal.sqlite"
    assert tocsin("verify", "--journal", state(daemon)).stdout == f"{state(daemon)} is whole: 41 records, 40 incidents.\n"
    page = subprocess.run(["sqlite3", file, "SELECT rootpage FROM sqlite_schema WHERE name = 'record_by_name'"],
                          check=True, capture_output=True, text=True).stdout
    content = bytearray(file.read_bytes())
    place = content.index(b"a17", (int(page) - 1) * 4096)
    content[place + 1] ^= 4
    file.write_bytes(content)
    # The daemon starts: it looks at no index before it is asked.
    daemon.start()
    for _ in range(2):
        checked = tocsin("verify", "--journal", state(daemon))
        assert checked.returncode == 1
        assert "record_by_name" in checked.stdout and "is damaged: " in checked.stdout.splitlines()[-1]
        if daemon.process:
            daemon.kill()


def test_a_snapshot_of_the_daemon_says_what_its_records_say(daemon, connect, backup):
    connection = connect(daemon.reports)
    for number in range(1500):
        connection.send(f"TIP1 REPORT r{number}", report(f"a{number}"))
    for number in range(1500):
        expect(connection, f"RECEIPT r{number}")
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 2000")
    expect(desk, "JOINED fire")
    for _ in range(1500):
        expect(desk, "ALERT fire")
    desk.send("TIP1 RECEIVED fire 1-900")
    desk.send("TIP1 ACKNOWLEDGE fire 7", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 7")
    # A drain keeps one.
    daemon.end(signal.SIGTERM)
    said = verify(state(daemon))
    assert said["whole"] and said["snapshot"] == said["records"] and said["notes"] == []
    assert tocsin("backup", backup, "--journal", state(daemon)).returncode == 0
    assert verify(backup)["snapshot"] == said["snapshot"]


def test_what_is_whole_of_a_damaged_journal_is_saved_and_the_daemon_starts_on_it(daemon, reporter, terminal):
    incidents = {f"a{number}": reporter.report(report(f"a{number}"))["incident"] for number in range(200)}
    daemon.end(signal.SIGTERM)
    file, saved = state(daemon) / "journal.sqlite", daemon.folder / "saved"
    subprocess.run(["sqlite3", file, "PRAGMA wal_checkpoint(TRUNCATE)"], check=True, capture_output=True)
    content = bytearray(file.read_bytes())
    # The first page, without which SQLite reads nothing, and one that has some records.
    content[0:4096] = bytes(4096)
    lost = content.index(b'"a100"') // 4096 * 4096
    content[lost:lost + 4096] = bytes(4096)
    file.write_bytes(content)
    # The tail's old batches still have all of them.
    (state(daemon) / "journal.tail").unlink()
    before = {path.name: path.read_bytes() for path in state(daemon).iterdir()}
    result = tocsin("salvage", saved, "--journal", state(daemon), "--json")
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert 0 < said["lost"] < 50 and said["kept"] + said["lost"] == 201
    assert said["lines"] and all(line.endswith(("is lost", "are lost")) for line in said["lines"])
    assert {path.name: path.read_bytes() for path in state(daemon).iterdir()} == before
    assert verify(saved)["whole"]

    shutil.move(state(daemon), daemon.folder / "damaged")
    shutil.move(saved, state(daemon))
    daemon.start()
    again = Reporter(daemon.reports)
    kept = [name for name in incidents if name in names(state(daemon) / "journal.sqlite")]
    assert len(kept) == 200 - said["lost"]
    for name in kept:
        receipt = again.report(report(name))
        assert receipt["duplicate"] and receipt["incident"] == incidents[name]
    fresh = again.report(report("fresh"))
    assert fresh["incident"] > max(incidents.values())
    again.close()
    desk, told = terminal(daemon, "fire", credit=1000), 0
    while told < len(kept) + 1:
        told += isinstance(desk.take(PATIENCE), Alert)


@pytest.mark.parametrize("command", ["backup", "salvage"])
@pytest.mark.parametrize("kilobytes", [4, 16, 64, 300])
def test_a_disk_that_is_full_is_said_and_nothing_unfinished_stays(daemon, connect, closing, tmp_path, command, kilobytes):
    send_reports(connect(daemon.reports), 300, description="x" * 1000)
    daemon.end(signal.SIGTERM)
    ran = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", tmp_path], capture_output=True)
    if ran.returncode != 0:
        pytest.skip("this is not permitted: mount")
    closing.callback(lambda: subprocess.run(["umount", "--lazy", tmp_path], check=True))
    refused = tocsin(command, tmp_path / "saved", "--journal", state(daemon))
    assert refused.returncode == 1 and "not an error" not in refused.stderr
    assert refused.stderr.startswith("tocsin: There is no room for ") and "Make room on its file system." in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_whoever_may_not_read_the_journal_is_told_who_may(daemon, reporter, backup):
    reporter.report(report("a1"))
    state(daemon).chmod(0o700)
    daemon.folder.chmod(0o755)
    for arguments in (["verify"], ["backup", "/tmp/not-to-be.sqlite"], ["salvage", "/tmp/not-to-be"]):
        refused = tocsin(*arguments, "--journal", state(daemon), user=NOBODY)
        assert refused.returncode == 1
        assert "Permission denied" in refused.stderr and "sudo -u tocsin" in refused.stderr
    state(daemon).chmod(0o755)
    missing = tocsin("verify", "--journal", daemon.folder / "nowhere", "--json")
    assert missing.returncode == 1 and json.loads(missing.stderr)["code"] == "failed"


@pytest.mark.parametrize("how", ["killed", "stopped", "in mid-run"])
def test_on_a_file_system_that_takes_no_writes_a_journal_is_verified_and_backed_up(on_disk, connect, backup, how):
    daemon, disk = on_disk("ext4", 200)
    daemon.start()
    send_reports(connect(daemon.reports), 20)
    if how == "in mid-run":
        disk.run("mount", "-o", "remount,abort", disk.state)
    elif how == "killed":
        daemon.kill()
    else:
        daemon.end(signal.SIGTERM)
        # As after the last user of SQLite's files has closed them: its log and the index of that are gone.
        subprocess.run(["sqlite3", disk.state / "journal.sqlite", "PRAGMA wal_checkpoint(TRUNCATE)"], check=True,
                       capture_output=True)
        assert not (disk.state / "journal.sqlite-shm").exists()
    if how != "in mid-run":
        disk.run("mount", "-o", "remount,ro", disk.state)
    assert verify(state(daemon)) | {"incidents": 20} == verify(state(daemon))
    made = tocsin("backup", backup, "--journal", state(daemon))
    assert made.returncode == 0, made.stderr
    assert names(backup) == {f"a{number}" for number in range(1, 21)}
    refused = tocsin("backup", state(daemon) / "here.sqlite", "--journal", state(daemon))
    assert refused.returncode == 1 and "Read-only file system" in refused.stderr


def test_a_terminal_is_shown_how_far_a_backup_is_and_a_file_is_not(daemon, reporter, backup):
    reporter.report(report())
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as screen:
        made = subprocess.run([TOCSIN, "backup", backup, "--journal", state(daemon)], stdout=subprocess.PIPE, stderr=theirs,
                              text=True, env={}, timeout=120, check=True)
        os.close(theirs)
        shown = screen.read(4096).decode()
    assert "copying, 100 %" in shown and "checking records" in shown
    assert made.stdout.startswith(f"{backup}: 2 records, 1 incident, ")
    assert tocsin("backup", backup, "--journal", state(daemon), "--force").stderr == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_backup_that_root_makes_is_the_journals_owners_and_nobody_else_reads_it(make_daemon, backup):
    daemon = make_daemon(user=NOBODY)
    one = Reporter(daemon.reports)
    one.report(report())
    one.close()
    assert tocsin("backup", backup, "--journal", state(daemon)).returncode == 0
    information = backup.stat()
    assert (information.st_uid, information.st_gid, information.st_mode & 0o777) == (NOBODY, NOBODY, 0o600)
    daemon.end(signal.SIGTERM)
    assert tocsin("restore", backup, "--journal", state(daemon)).returncode == 0
    owners = {path.stat().st_uid for path in state(daemon).rglob("*")}
    assert owners == {NOBODY}
    daemon.start()


def test_a_full_disk_leaves_no_half_a_backup(daemon, reporter, tmp_path):
    reporter.report(report("a1", headline="火" * 1000))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", tmp_path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a file system is not permitted")
    try:
        refused = tocsin("backup", tmp_path / "backup.sqlite", "--journal", state(daemon), "--json")
        assert refused.returncode == 1 and json.loads(refused.stderr)["code"] == "full", refused.stderr
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)
