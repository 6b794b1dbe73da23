"""How the daemon treats the machine it runs on."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import time
import uuid

import pytest

from support import PATIENCE, becomes_true, report

DEVICE = "/dev/cpu_dma_latency"


def says(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_thread_that_fills_the_table_steps_back_for_the_processor_and_not_for_the_disk(
        daemon, operator, reporter):
    reporter.report(report())
    [thread] = [str(number) for name, number in daemon.threads() if name == "tocsin-table"]
    if os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_NICE)[0] >= 20:
        assert becomes_true(lambda: "SCHED_IDLE" in says("chrt", "--pid", thread), operator)
    assert says("ionice", "--pid", thread) == "best-effort: prio 4\n"


@pytest.mark.skipif(not os.access(DEVICE, os.R_OK | os.W_OK), reason=f"{DEVICE} is missing or not permitted")
def test_processors_are_kept_awake_while_somebody_waits_for_a_commit_and_no_longer(operator, reporter):
    with open(DEVICE, "rb", buffering=0) as device:
        def may_sleep() -> bool:
            """Whether no program wants them awake: the device tells the shortest time to wake up that one asks for."""
            return struct.unpack("i", os.pread(device.fileno(), 4, 0))[0] > 0

        def are_awake_after_a_report() -> bool:
            reporter.report(report(str(uuid.uuid4())))
            return not may_sleep()

        # What the operator asks in between is answered without a commit, and keeps nothing awake.
        if not becomes_true(may_sleep, operator):
            pytest.skip("another program keeps the processors awake")
        # After one report the ten milliseconds may be over before this looks.
        assert becomes_true(are_awake_after_a_report, operator)
        assert becomes_true(may_sleep, operator)


def test_with_every_processor_busy_a_record_is_in_the_table_within_two_seconds(daemon, reporter, closing):
    for _ in range(4 * os.cpu_count()):
        closing.callback(subprocess.Popen([sys.executable, "-c", "while True: pass"]).kill)
    worst = 0.0
    for index in range(5):
        incident = reporter.report(report(f"a{index}"), patience=PATIENCE)["incident"]
        stored = time.monotonic()
        while daemon.ask_table("SELECT max(position) AS last FROM record")[0]["last"] != incident:
            assert time.monotonic() < stored + PATIENCE
        worst = max(worst, time.monotonic() - stored)
    assert worst < 2
