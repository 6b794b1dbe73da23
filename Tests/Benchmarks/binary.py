"""Target 7: what is installed, and how soon it serves."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from pathlib import Path

from bench import Bench
from sheet import Sheet

STARTS = 10
SHARED_BOUND, STATIC_BOUND, SERVING_BOUND = 15.0, 80.0, 100.0


def stripped(bench: Bench, binary: Path) -> float:
    """The size of a stripped copy, in MB of 1,000,000 bytes."""
    copy = bench.folder / "stripped"
    shutil.copyfile(binary, copy)
    subprocess.run(["strip", "-s", copy], check=True, capture_output=True)
    return copy.stat().st_size / 1e6


def measure_start(bench: Bench, sheet: Sheet) -> None:
    what = f"serving on an empty journal, median of {STARTS} starts"
    with sheet.measuring(7, what):
        found = []
        for _ in range(STARTS):
            with bench.daemon() as daemon:
                found.append(daemon.start())
        answers = [one.answer * 1000 for one in found]
        ports = statistics.median(one.port_open * 1000 for one in found)
        sheet.at_most(7, what, statistics.median(answers), SERVING_BOUND, "ms",
                      f"from exec to the first PONG; {min(answers):.0f} to {max(answers):.0f} ms; "
                      f"port open after {ports:.0f} ms")


def measure(bench: Bench, sheet: Sheet) -> None:
    for binary, words, bound in ((bench.tocsind, "against shared Swift libraries", SHARED_BOUND),
                                 (bench.static, "with the Swift runtime linked in", STATIC_BOUND)):
        if binary:
            with sheet.measuring(7, f"tocsind stripped, {words}"):
                sheet.at_most(7, f"tocsind stripped, {words}", stripped(bench, binary), bound, "MB")
    measure_start(bench, sheet)
