"""Target 1: incidents a second, against the peers and against what the protocol allows."""

from __future__ import annotations

from bench import Bench
from peers import median_rate, run
from sheet import DataLost, NotMeasured, Sheet

BOUNDS = [(4, "redis-always", 1.25), (4, "rabbit-quorum", 5.0), (4, "ceiling", 0.6), (1, "redis-always", 1.0),
          (16, "redis-always", 1.0)]
"""Fan-out, against whom, and how many times as many."""

PEERS = ["tocsin", "ceiling", "redis-always", "rabbit-quorum"]
ACKNOWLEDGED = ["tocsin-acknowledge", "ceiling"]
ACKNOWLEDGED_BOUND = 0.5


def jobs(bench: Bench, fanouts: list[int]) -> list[str]:
    incidents = {1: 50_000, 4: 50_000, 16: 20_000}
    return [f"fan:{incidents[fanout] // (10 if bench.quick else 1)}:{fanout}:{bench.runs}" for fanout in fanouts]


def rates(bench: Bench, sheet: Sheet, peer: str, fanouts: list[int], acknowledge: bool) -> dict[int, float] | Exception:
    """The medians by fan-out, or why there are none."""
    try:
        output = run(bench, peer, *jobs(bench, fanouts), acknowledge=acknowledge)
        medians = {fanout: median_rate(output, fanout) for fanout in fanouts}
    except (NotMeasured, DataLost) as problem:
        return problem
    job = "acknowledged, " if acknowledge else ""
    sheet.note(f"{peer:<20} {job}" + ", ".join(f"fan-out {key}: {rate:,.0f}/s" for key, rate in medians.items()))
    return medians


def compare(sheet: Sheet, what: str, fanout: int, own: dict[int, float] | Exception,
            other: dict[int, float] | Exception, bound: float) -> None:
    with sheet.measuring(1, what):
        for one in (own, other):
            if isinstance(one, Exception):
                raise one
        sheet.at_least(1, what, own[fanout] / other[fanout], bound, "×",
                       f"{own[fanout]:,.0f}/s : {other[fanout]:,.0f}/s")


def measure(bench: Bench, sheet: Sheet) -> None:
    plain = {peer: rates(bench, sheet, peer, [4, 1, 16], False) for peer in PEERS}
    acknowledged = [rates(bench, sheet, peer, [4], True) for peer in ACKNOWLEDGED]
    for fanout, peer, bound in BOUNDS:
        compare(sheet, f"fan-out {fanout}, every alert RECEIVED, against {peer}", fanout, plain["tocsin"], plain[peer],
                bound)
    compare(sheet, "fan-out 4, every alert ACKNOWLEDGED, against ceiling", 4, *acknowledged, ACKNOWLEDGED_BOUND)
