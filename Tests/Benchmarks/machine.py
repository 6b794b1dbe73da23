"""On what it was measured: absolute figures mean nothing without it."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

APPENDS = 200


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def filesystem(folder: Path) -> str:
    return subprocess.run(["df", "--output=fstype", folder], check=True, capture_output=True,
                          text=True).stdout.split()[-1]


def sync_time(folder: Path) -> float:
    """The median of so many appends of 4 KiB, each with an fdatasync, in microseconds."""
    times = []
    with open(folder / "sync", "ab", buffering=0) as file:
        for _ in range(APPENDS):
            file.write(bytes(4096))
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def line(folder: Path) -> str:
    return (f"{processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}, "
            f"{filesystem(folder)}, fdatasync {sync_time(folder):.0f} µs (median of {APPENDS} appends)")
