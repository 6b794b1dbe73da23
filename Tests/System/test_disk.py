"""The journal's disk is full, or takes no writes: what is stored goes out, what cannot be kept is refused, and the service
goes on by itself when it can."""

from __future__ import annotations

import os
import signal

import pytest

from disks import refuse_until_full, take_all
from service import Service
from support import becomes_true, expect, report, send_reports

STORED = 300


def is_available(service: Service) -> bool:
    return service.ask("INFO")["journal"]["available"]


def messages(service: Service) -> list[str]:
    return [entry["MESSAGE"] for entry in service.log()]


def expect_duplicates(reports, *numbers: int, **members) -> None:
    """That reports which come again have their receipts."""
    for number in numbers:
        reports.send(f"TIP1 REPORT again{number}", report(f"a{number}", **members))
        assert expect(reports, f"RECEIPT again{number}").body["duplicate"]


def expect_said(service: Service, status: str, health: str) -> None:
    """That operators and monitors are told."""
    assert status in service.tocsin("status").stdout
    judged = service.tocsin("health", check=False)
    assert judged.returncode == 2 and health in judged.stdout, judged.stdout


def kill(service: Service) -> None:
    """kill -9, and its systemd starts it again."""
    before = service.ask("INFO")["startedAt"]
    os.kill(service.process, signal.SIGKILL)
    while service.ask("INFO")["startedAt"] == before:
        pass
    assert service.unit("NRestarts") == "1"


def test_on_a_full_disk_people_are_heard_and_killed_it_serves_what_is_stored_until_there_is_room(
        service, disk, connect):
    service.begin(disk=disk)
    reports, desk = connect(service.reports), connect(service.alerts)
    send_reports(reports, STORED, event="somebody-declines", area={"grid": "110101005003002"})
    disk.fill()
    refused = refuse_until_full(reports, STORED + 1)
    assert any("the disk is full; new reports are refused" in message for message in messages(service))
    expect_said(service, "no room for new reports; what people say is written", "there is no room for new reports")
    assert take_all(desk, "fire", 8, refused - 1) == list(range(1, refused))

    # What people say is written where reports are not.
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 1 acknowledged")
    desk.send("TIP1 DECLINE fire 2", {"by": "Wang", "reason": "no crew"})
    expect(desk, "CONFIRMED fire 2 declined")
    assert not is_available(service)

    disk.fill()
    kill(service)
    assert not is_available(service)
    assert "acknowledged" in str(service.ask("INCIDENT", {"incident": 2}))
    reports = connect(service.reports)
    expect_duplicates(reports, 1, STORED, event="somebody-declines", area={"grid": "110101005003002"})
    expect_duplicates(reports, refused - 1, description="x" * 4000)
    reports.send("TIP1 REPORT new", report("new", description="x" * 4000))
    expect(reports, "REFUSED new unavailable")
    # Also the step that the decline has brought.
    leader = connect(service.alerts)
    assert take_all(leader, "leader@110101", 8, 1) == [1]

    disk.empty()
    assert becomes_true(lambda: is_available(service), service)
    reports.send("TIP1 REPORT new", report("new"))
    assert not expect(reports, "RECEIPT new").body["duplicate"]
    assert service.unit("NRestarts") == "1" and service.reports in service.unit("StatusText")


def test_without_a_reserve_all_that_is_stored_goes_out_of_a_full_disk_before_and_after_a_kill(service, disk, connect):
    service.begin(disk=disk, reserve_bytes="0")
    reports = connect(service.reports)
    send_reports(reports, STORED)
    disk.fill()
    refused = refuse_until_full(reports, STORED + 1)
    expect_said(service, "cannot write", "the journal cannot write")
    assert take_all(connect(service.alerts), "fire", 8, refused - 1) == list(range(1, refused))

    disk.fill()
    kill(service)
    reports = connect(service.reports)
    expect_duplicates(reports, 1, STORED)
    new = refuse_until_full(reports, first := 100_000)
    assert "The journal cannot write" in service.unit("StatusText")
    count = refused - 1 + new - first
    desk = connect(service.alerts)
    assert sorted(set(take_all(desk, "fire", 8, count))) == list(range(1, count + 1))

    disk.empty()
    assert becomes_true(lambda: is_available(service), service)
    assert "the journal writes again" in messages(service)
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(desk, "CONFIRMED fire 1 acknowledged")
    assert service.unit("NRestarts") == "1"


def test_started_on_a_file_system_that_is_read_only_it_serves_what_is_stored_until_that_can_be_written(
        service, disk, connect):
    service.begin(disk=disk)
    send_reports(connect(service.reports), STORED)
    os.kill(service.process, signal.SIGKILL)
    service.stop()
    disk.remount("ro")
    service.start()
    expect_said(service, "cannot write", "the journal cannot write")
    assert any("the journal cannot write" in message for message in messages(service))
    reports = connect(service.reports)
    expect_duplicates(reports, 1, STORED)
    reports.send("TIP1 REPORT new", report("new"))
    expect(reports, "REFUSED new unavailable")
    assert take_all(connect(service.alerts), "fire", 4, STORED) == list(range(1, STORED + 1))

    disk.remount("rw")
    assert becomes_true(lambda: is_available(service), service)
    reports = connect(service.reports)
    reports.send("TIP1 REPORT new", report("new"))
    assert not expect(reports, "RECEIPT new").body["duplicate"]
    # Its own view of the mount stays as it was at the start: it has ended, and was started anew.
    assert service.unit("NRestarts") == "1"


def test_on_a_file_system_that_becomes_read_only_it_serves_what_is_stored_until_that_is_mended(
        service, disk, connect):
    service.begin(disk=disk)
    reports = connect(service.reports)
    send_reports(reports, STORED)
    # As the kernel does after an error of the disk, whoever has files open. Nobody can mount it for writing then.
    disk.remount("abort")
    reports.send("TIP1 REPORT new", report("new"))
    expect(reports, "REFUSED new unavailable")
    assert becomes_true(lambda: not service.ask("INFO")["journal"]["recovering"], service)
    assert becomes_true(lambda: "read-only" in service.tocsin("status").stdout, service)
    expect_said(service, "cannot write", "its file system is read-only")
    expect_duplicates(reports, 1, STORED)
    assert take_all(connect(service.alerts), "fire", 4, STORED) == list(range(1, STORED + 1))
    assert service.unit("NRestarts") == "0"

    service.stop()
    assert service.unit("Result") == "success"
    disk.unmount()
    disk.check()
    disk.mount()
    service.start()
    assert is_available(service)
    reports = connect(service.reports)
    expect_duplicates(reports, 1, STORED)
    reports.send("TIP1 REPORT new", report("new"))
    assert not expect(reports, "RECEIPT new").body["duplicate"]
