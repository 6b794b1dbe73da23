"""Target 4: what has been closed costs nothing, neither at the start nor afterwards.

The history is made by the daemon itself: reports at full speed to four terminals that say RECEIVED, which closes an
incident that is only for information. The system's page cache stays warm over the restarts, as after a crash of the
daemon; a machine that comes up reads from the disk.
"""

from __future__ import annotations

import signal
import statistics
import sys
import time
from dataclasses import dataclass

from bench import Bench
from clients import load
from daemon import Daemon
from sheet import NotMeasured, Sheet

CHUNK = 1_000_000
"""Incidents of one call of the load client: it shows how far it is."""

BETWEEN_KILLS = 13_000
"""Incidents before each kill; no part of the number of records between two snapshots."""

START_BOUND, SPEED_BOUND = 1.0, 0.85


@dataclass
class Startup:
    port_open: float
    receipt: float

    def __str__(self) -> str:
        return f"port open {self.port_open:.3f} s, first receipt {self.receipt:.3f} s"


def start(daemon: Daemon) -> Startup:
    begin = time.monotonic()
    started = daemon.start()
    return Startup(started.port_open, daemon.first_receipt() - begin)


def starts_after_kill(bench: Bench, daemon: Daemon, runs: int) -> list[Startup]:
    """How much is read at a start depends on how far the last snapshot is back: so each comes after some more load."""
    found = []
    for _ in range(runs):
        load(bench.folder, (daemon.reports, daemon.alerts), BETWEEN_KILLS)
        daemon.end(signal.SIGKILL)
        found.append(start(daemon))
    return found


def starts_after_end(daemon: Daemon, how: signal.Signals, runs: int) -> list[Startup]:
    found = []
    for _ in range(runs):
        daemon.end(how)
        found.append(start(daemon))
    return found


def middle(found: list[Startup]) -> Startup:
    return sorted(found, key=lambda one: one.receipt)[len(found) // 2]


def generate(bench: Bench, daemon: Daemon) -> None:
    """The terminals have left and the broker is quiet when it returns."""
    for done in range(0, bench.history, CHUNK):
        chunk = min(CHUNK, bench.history - done)
        result = load(bench.folder, (daemon.reports, daemon.alerts), chunk)
        print(f"     {done + chunk:,} of {bench.history:,} incidents closed, at {result.rate:,.0f}/s",
              file=sys.stderr, flush=True)
    end = time.monotonic() + 30
    while (info := daemon.control("INFO"))["openIncidents"] and time.monotonic() < end:
        time.sleep(0.1)
    if info["openIncidents"]:
        raise NotMeasured(f"{info['openIncidents']} incidents of the history are still open")


def compare_starts(bench: Bench, sheet: Sheet, daemon: Daemon) -> None:
    """The longest start after SIGKILL, and the usual one after SIGTERM, which leaves time for a snapshot."""
    kills = 2 if bench.quick else 5
    with bench.daemon() as empty:
        empty.start()
        for how, words in ((signal.SIGKILL, "after SIGKILL"), (signal.SIGTERM, "after SIGTERM")):
            what = f"start {words} with {bench.history:,} closed, beyond an empty one's"
            with sheet.measuring(4, what):
                none = middle(starts_after_end(empty, how, bench.runs))
                if how == signal.SIGKILL:
                    found = starts_after_kill(bench, daemon, kills)
                    full, which = max(found, key=lambda one: one.receipt), f"the longest of {kills}"
                else:
                    full, which = middle(starts_after_end(daemon, how, bench.runs)), "the median"
                sheet.note(f"{words}: {bench.history:,} closed: {full} ({which}); none: {none}")
                sheet.at_most(4, what, max(0.0, full.receipt - none.receipt), START_BOUND, "s",
                              f"until the first receipt; port open {full.port_open:.3f} s : {none.port_open:.3f} s")


def compare_speeds(bench: Bench, sheet: Sheet, daemon: Daemon) -> None:
    """In pairs, the order changing, so that the machine's moods meet both. Each pair has a journal that is empty."""
    incidents = 10_000 if bench.quick else 50_000
    pairs = []
    for run in range(bench.runs):
        with bench.daemon() as empty:
            empty.start()
            both = [daemon, empty] if run % 2 == 0 else [empty, daemon]
            rates = {one: load(bench.folder, (one.reports, one.alerts), incidents).rate for one in both}
            pairs.append((rates[daemon], rates[empty]))
            sheet.note(f"fan-out 4: {rates[daemon]:,.0f}/s with the history, {rates[empty]:,.0f}/s without")
    full, none = (statistics.median(rates) for rates in zip(*pairs))
    sheet.at_least(4, f"fan-out 4 with {bench.history:,} closed, against none",
                   statistics.median(full / none for full, none in pairs), SPEED_BOUND, "×",
                   f"{full:,.0f}/s : {none:,.0f}/s, the median of the pairs' ratios")


def measure(bench: Bench, sheet: Sheet) -> None:
    what = f"{bench.history:,} closed incidents"
    with sheet.measuring(4, what), bench.daemon() as daemon:
        daemon.start()
        generate(bench, daemon)
        size = sum(file.stat().st_size for file in daemon.state.iterdir())
        sheet.note(f"{what}: {size / 1e9:.2f} GB on disk, RSS {daemon.rss:.0f} MB")
        compare_starts(bench, sheet, daemon)
        with sheet.measuring(4, f"fan-out 4 with {bench.history:,} closed, against none"):
            compare_speeds(bench, sheet, daemon)
