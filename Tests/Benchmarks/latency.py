"""Target 2, first part: from report to alert at 1,000 reports a second, against redis-always and the ceiling."""

from __future__ import annotations

import statistics

from bench import Bench
from peers import rows, run
from sheet import DataLost, NotMeasured, Sheet

FIGURES = ["p50", "p99", "p99.9"]
BOUND = 1.0


def figures(bench: Bench, sheet: Sheet, peer: str) -> dict[str, float] | Exception:
    """Microseconds from the call that sends the report, the medians of the runs; or why there are none."""
    incidents = 3_000 if bench.quick else 10_000
    try:
        found = [calls(row) for row in rows(call_part(run(bench, peer, f"lat:{incidents}:4:{bench.runs}")), "lat")]
    except (NotMeasured, DataLost) as problem:
        return problem
    medians = {name: statistics.median(row[name] for row in found) for name in FIGURES}
    sheet.note(f"{peer:<20} " + ", ".join(f"{name} {figure:,.0f} µs" for name, figure in medians.items()))
    return medians


def call_part(output: str) -> str:
    """Without the second set of the same names, which counts from when the report was due."""
    return "\n".join(line.partition(" sched_us")[0] for line in output.splitlines())


def calls(row: dict[str, float]) -> dict[str, float]:
    return {name: row[name] for name in FIGURES}


def measure(bench: Bench, sheet: Sheet) -> None:
    own, redis, ceiling = (figures(bench, sheet, peer) for peer in ("tocsin", "redis-always", "ceiling"))
    for name in FIGURES:
        what = f"{name} at 1,000/s, fan-out 4, against redis-always"
        with sheet.measuring(2, what):
            for one in (own, redis):
                if isinstance(one, Exception):
                    raise one
            against = "" if isinstance(ceiling, Exception) else f"; {own[name] / ceiling[name]:.2f} × the ceiling"
            sheet.at_most(2, what, own[name] / redis[name], BOUND, "×",
                          f"{own[name]:,.0f} µs : {redis[name]:,.0f} µs{against}")
