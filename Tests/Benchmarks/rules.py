"""Target 10: what a report's routing takes does not depend on the rules that do not match."""

from __future__ import annotations

import re
import subprocess

from bench import Bench
from sheet import NotMeasured, Sheet

RATIO_BOUND, SEARCHED_BOUND = 2.0, 100.0
UNITS = {"seconds": 1e6, "ms": 1e3, "µs": 1.0, "ns": 1e-3}


def microseconds(bench: Bench, size: str) -> float:
    """What one report takes, by the program that the instructions are counted of, beside the daemon."""
    program = bench.tocsind.parent / "instruction-counts"
    if not program.is_file():
        raise NotMeasured(f"{program} is not there: swift build -c release --product instruction-counts")
    count = 2_000 if bench.quick else 20_000
    done = subprocess.run([program, size, str(count)], check=True, capture_output=True, text=True)
    if not (found := re.search(r"([0-9.e-]+) (\S+) each$", done.stdout.strip())):
        raise NotMeasured(done.stdout)
    return float(found[1]) * UNITS[found[2]]


def measure(bench: Bench, sheet: Sheet) -> None:
    what = "routing by 100,000 rules against 100, of which the same ten match"
    with sheet.measuring(10, what):
        few = min(microseconds(bench, "few") for _ in range(bench.runs))
        many = min(microseconds(bench, "many") for _ in range(bench.runs))
        sheet.at_most(10, what, many / few, RATIO_BOUND, "times", f"{many:.2f} µs against {few:.2f} µs")
    what = "routing by 10,000 rules that only the texts can find"
    with sheet.measuring(10, what):
        sheet.at_most(10, what, min(microseconds(bench, "searched") for _ in range(bench.runs)), SEARCHED_BOUND, "µs")
    for size, other in (("near", "10,000 `near` rules"), ("subscribed", "10,000 subscriptions")):
        what = f"routing beside {other}, of which none is met, against none"
        with sheet.measuring(10, what):
            none = min(microseconds(bench, "alone") for _ in range(bench.runs))
            beside = min(microseconds(bench, size) for _ in range(bench.runs))
            sheet.at_most(10, what, beside / none, RATIO_BOUND, "times", f"{beside:.2f} µs against {none:.2f} µs")
