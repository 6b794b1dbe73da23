"""How the daemon treats the machine it runs on."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from support import PATIENCE, report
from tip1 import Operator


def thread_named(name: str, process: int) -> int:
    found = [int(task.name) for task in Path(f"/proc/{process}/task").iterdir()
             if (task / "comm").read_text().strip() == name]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def says(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def becomes_true(condition: Callable[[], bool], operator: Operator) -> bool:
    """Whether it does in time; in between the daemon answers something."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        operator.ask("INFO")
    return True


def test_the_thread_that_fills_the_table_steps_back_for_the_processor_and_not_for_the_disk(
        daemon, operator, reporter):
    reporter.report(report())
    thread = str(thread_named("tocsin-table", daemon.process.pid))
    if os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_NICE)[0] >= 20:
        assert becomes_true(lambda: "SCHED_IDLE" in says("chrt", "--pid", thread), operator)
    assert says("ionice", "--pid", thread) == "best-effort: prio 4\n"
