"""The service under a real systemd: it says how it is, comes back by itself, and ends in time."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from service import UNIT
from support import report, send_reports

MAXIMUM_EXPOSURE = 2.0
BACK_WITHIN = 3.0
LOAD = 200_000
NOTICE = 5
"""The priority of notices; what is worse has a smaller one."""


def test_it_says_that_it_is_ready_and_what_it_serves(service):
    assert service.unit("ActiveState") == "active"
    assert service.reports in service.unit("StatusText")


def test_a_healthy_start_logs_nothing_above_notice(service):
    log = service.log()
    assert "serving" in [entry.get("EVENT") for entry in log]
    assert [entry["MESSAGE"] for entry in log if int(entry["PRIORITY"]) < NOTICE] == []
    # Nor does a library write there what nobody asked for.
    assert [entry["MESSAGE"] for entry in log if entry.get("_COMM") == "tocsind" and "EVENT" not in entry] == []


def test_the_log_is_read_back_by_its_fields(service):
    entry, = service.log("EVENT=serving")
    assert entry["SYSLOG_IDENTIFIER"] == "tocsind" and entry["_SYSTEMD_UNIT"] == UNIT
    assert entry["TOCSIN_REPORTS"] == service.reports
    assert entry["MESSAGE"].startswith("serving ") and service.reports in entry["MESSAGE"]


def test_the_live_unit_is_confined(service):
    said = service.machine.run("systemd-analyze", "security", "--no-pager", UNIT).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)[1])
    assert exposure <= MAXIMUM_EXPOSURE, said


def test_after_sigkill_it_is_back_within_three_seconds_with_all_that_was_receipted(service, connect):
    count = 1000
    send_reports(connect(service.reports), count)
    killed = time.monotonic()
    os.kill(service.process, signal.SIGKILL)
    service.ask("INFO")
    assert time.monotonic() - killed < BACK_WITHIN
    connection = connect(service.reports)
    for number in range(1, count + 1):
        assert connection.ask(f"TIP1 REPORT r{number}", report(f"a{number}")).body["duplicate"]
    assert service.unit("NRestarts") == "1"


def test_one_that_hangs_is_ended_by_the_watchdog_and_is_back(service, connect):
    service.begin("WatchdogSec=3s")
    send_reports(connect(service.reports), 1)
    before = service.ask("INFO")["startedAt"]
    os.kill(service.process, signal.SIGSTOP)
    # Threads may run, and answer, between the signal that ends it and its end.
    while service.ask("INFO")["startedAt"] == before:
        pass
    assert service.unit("NRestarts") == "1"
    assert connect(service.reports).ask("TIP1 REPORT r1", report("a1")).body["duplicate"]
    assert any("Watchdog timeout" in entry["MESSAGE"] for entry in service.machine.journal(f"UNIT={UNIT}"))


def test_of_what_is_in_its_memory_nothing_goes_to_a_disk_when_it_aborts(service):
    process = Path(f"/proc/{service.process}")
    limit = re.search(r"^Max core file size +(\S+) +(\S+)", (process / "limits").read_text(), re.MULTILINE)
    assert limit.groups() == ("0", "0")
    # The headers of the program's files alone. See core(5).
    assert int((process / "coredump_filter").read_text(), 16) == 1 << 4


def test_under_load_it_stops_in_its_time_and_loses_nothing_that_was_receipted(service, connect):
    load = "".join(f'{{"identifier":"b{number}","sender":"load","sent":"2026-11-23T08:10:00+08:00","event":"x",'
                   f'"category":"Fire","severity":"Severe","urgency":"Immediate","certainty":"Observed"}}\n'
                   for number in range(LOAD))
    service.machine.path("/root/load.ndjson").write_text(load)
    replay = subprocess.Popen(service.machine.command("tocsin", "replay", "/root/load.ndjson", "--rate", "max"),
                              env=service.machine.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while service.ask("INFO")["counts"]["reports"] < 1000:
            pass
        begun = time.monotonic()
        service.machine.run("systemctl", "stop", UNIT)
        assert time.monotonic() - begun < 10
    finally:
        replay.kill()
        replay.wait()
    assert service.unit("Result") == "success" and service.unit("ExecMainStatus") == "0"
    service.start()
    answer = connect(service.reports).ask("TIP1 REPORT r", report("b500", sender="load"))
    assert answer.body["duplicate"]
    # It was stopped in the middle, and not after the load.
    assert service.ask("INFO")["journal"]["lastPosition"] < LOAD


def test_an_operator_in_the_group_reaches_the_daemon_and_another_user_does_not(service):
    for name, groups in (("wang", ["--groups", "tocsin"]), ("stranger", [])):
        service.machine.run("useradd", "--create-home", *groups, name)
    try:
        assert service.reports in service.tocsin("status", user="wang").stdout
        assert service.tocsin("reload", user="wang").returncode == 0
        assert service.machine.run("ls", "/var/lib/tocsin", user="wang", check=False).returncode != 0
        refused = service.tocsin("status", user="stranger", check=False)
        assert refused.returncode == 2 and "ermission" in refused.stdout
    finally:
        for name in ("wang", "stranger"):
            service.machine.run("userdel", "--remove", name)


def test_where_descriptors_run_out_operators_are_still_answered_and_reports_go_on_afterwards(service, connect):
    service.begin("LimitNOFILE=160")
    port = int(service.reports.rpartition(":")[2])
    crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    try:
        assert service.ask("INFO")["name"] == "tocsind"
        assert service.reports in service.tocsin("status").stdout
    finally:
        for one in crowd:
            one.close()
    assert connect(service.reports).ask("TIP1 REPORT r", report()).command == "RECEIPT"
    assert service.unit("NRestarts") == "0"
    assert service.log("EVENT=connections ended")
