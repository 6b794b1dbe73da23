"""Target 3: what waits for departments that are away costs little memory, and goes out at once when they are back."""

from __future__ import annotations

import re

from bench import Bench
from clients import load
from peers import run
from sheet import DataLost, NotMeasured, Sheet

FANOUT = 4
RSS_BOUND, FIRST_BOUND, DRAINED_BOUND, MANY_RSS_BOUND = 150.0, 0.25, 2.5, 600.0


def killed(bench: Bench, sheet: Sheet, peer: str, incidents: int) -> dict[str, float] | Exception:
    """Loads, kills, starts and drains one peer through run.py."""
    try:
        output = run(bench, peer, f"kill:{incidents}:{FANOUT}:1")
        loaded = re.search(r"RSS (\d+) MB", output)
        drained = re.search(r"port open after (\S+) s; drain: first-to-all-depts (\S+) s after T0; all (\S+) s; "
                            r"received((?: \d+)+)", output)
        if not loaded or not drained:
            raise NotMeasured(f"{peer}: run.py printed {output.strip()[-200:]}")
        received = [int(count) for count in drained[4].split()]
        if received != [incidents] * FANOUT:
            raise DataLost(f"{peer}: of {incidents} alerts each came {received}")
    except (NotMeasured, DataLost) as problem:
        return problem
    found = {"rss": float(loaded[1]), "open": float(drained[1]), "first": float(drained[2]), "all": float(drained[3])}
    sheet.note(f"{peer:<14} {incidents:,} × {FANOUT} pending: RSS {found['rss']:.0f} MB, port open after "
               f"{found['open']:.2f} s, first to all {found['first']:.2f} s, drained {found['all']:.2f} s")
    return found


def measure_killed(bench: Bench, sheet: Sheet) -> None:
    incidents = 20_000 if bench.quick else 200_000
    own = killed(bench, sheet, "tocsin", incidents)
    redis = killed(bench, sheet, "redis-always", incidents)
    if isinstance(redis, Exception):
        sheet.note(f"redis-always   not measured: {redis}")
    what = f"{incidents:,} incidents × {FANOUT} pending"
    for name, key, bound, unit in ((f"{what}: RSS", "rss", RSS_BOUND, "MB"),
                                   (f"{what}, killed: first to all", "first", FIRST_BOUND, "s"),
                                   (f"{what}, killed: all drained", "all", DRAINED_BOUND, "s")):
        with sheet.measuring(3, name):
            if isinstance(own, Exception):
                raise own
            sheet.at_most(3, name, own[key], bound, unit)


def measure_many(bench: Bench, sheet: Sheet) -> None:
    """The daemon says itself how many alerts it has not delivered."""
    incidents = bench.pending // FANOUT
    what = f"{incidents * FANOUT:,} alerts pending ({incidents:,} incidents × {FANOUT}): RSS"
    with sheet.measuring(3, what), bench.daemon() as daemon:
        daemon.start()
        loaded = load(bench.folder, (daemon.reports, daemon.alerts), incidents, silent=True)
        undelivered = daemon.control("INFO")["undeliveredAlerts"]
        if undelivered != incidents * FANOUT:
            raise DataLost(f"the daemon has {undelivered} undelivered alerts")
        sheet.at_most(3, what, daemon.rss, MANY_RSS_BOUND, "MB",
                      f"peak {daemon.status('VmHWM'):.0f} MB; loaded at {loaded.rate:,.0f} incidents/s")


def measure(bench: Bench, sheet: Sheet) -> None:
    measure_killed(bench, sheet)
    measure_many(bench, sheet)
