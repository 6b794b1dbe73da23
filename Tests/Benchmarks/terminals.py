"""Target 5: many mailboxes, and ten thousand terminals, each with a connection of its own."""

from __future__ import annotations

import resource
import signal
import statistics
import time

from bench import Bench
from clients import Load, Terminals, load
from daemon import DONGCHENG, Daemon
from dongcheng import mailboxes, with_bench_rule
from sheet import NotMeasured, Sheet

COUNT = 10_000
RATE = 1_000
IDLE_BOUND, RSS_BOUND, REJOIN_BOUND, P99_BOUND = 40.0, 600.0, 10.0, 2.0


def measure_idle(bench: Bench, sheet: Sheet) -> None:
    what = "Dongcheng's configuration, idle: RSS"
    with sheet.measuring(5, what), bench.daemon(DONGCHENG) as daemon:
        daemon.start()
        time.sleep(2)  # what a start needs only for itself may have been given back by then
        count = daemon.control("INFO")["directory"]["mailboxes"]
        if count != len(mailboxes()):
            raise NotMeasured(f"the daemon has {count} mailboxes, the files name {len(mailboxes())}")
        sheet.at_most(5, what, daemon.rss, IDLE_BOUND, "MB", f"{count:,} mailboxes")


def paced(bench: Bench, daemon: Daemon) -> Load:
    """The run whose p99 is the median. A run is longer than a heartbeat, in which the broker pings everybody."""
    incidents = 6_000 if bench.quick else 10_000
    runs = [load(bench.folder, (daemon.reports, daemon.alerts), incidents, RATE) for _ in range(bench.runs)]
    return sorted(runs, key=lambda one: one.call.p99)[len(runs) // 2]


def rejoin(daemon: Daemon, terminals: Terminals) -> tuple[float, float]:
    """Seconds from SIGKILL, and from the new process's start, until all have joined again."""
    killed = time.monotonic()
    daemon.end(signal.SIGKILL)
    begun = time.monotonic()
    daemon.start()
    joined = terminals.await_joined(killed)
    return joined - killed, joined - begun


def measure_joined(bench: Bench, sheet: Sheet, daemon: Daemon, terminals: Terminals, alone: Load) -> None:
    with sheet.measuring(5, f"{COUNT:,} terminals joined: RSS"):
        sheet.at_most(5, f"{COUNT:,} terminals joined: RSS", daemon.rss, RSS_BOUND, "MB",
                      f"the daemon counts {daemon.control('INFO')['terminals']:,}")
    what = f"p99 at 1,000/s, fan-out 4: with {COUNT:,} more terminals, against none"
    with sheet.measuring(5, what):
        among = paced(bench, daemon)
        sheet.note(alone.told("four alone", 4) + "\n" + among.told("among all", 4))
        sheet.at_most(5, what, among.call.p99 / alone.call.p99, P99_BOUND, "×",
                      f"{among.call.p99:,.0f} µs : {alone.call.p99:,.0f} µs")
    what = f"{COUNT:,} terminals joined again after SIGKILL and restart"
    with sheet.measuring(5, what):
        found = [rejoin(daemon, terminals) for _ in range(bench.runs)]
        sheet.at_most(5, what, statistics.median(one[0] for one in found), REJOIN_BOUND, "s",
                      f"from the kill; {statistics.median(one[1] for one in found):.2f} s from the new start")
    counts = terminals.end()
    sheet.note("the terminals' client counts: " + ", ".join(f"{value:,} {name}" for name, value in counts.items()))


def measure(bench: Bench, sheet: Sheet) -> None:
    measure_idle(bench, sheet)
    folder = bench.folder / "terminals.d"
    folder.mkdir()
    what = f"{COUNT:,} terminals"
    with sheet.measuring(5, what), bench.daemon(with_bench_rule(folder)) as daemon:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if limit < COUNT + 200:
            raise NotMeasured(f"this system allows {limit} open files to a process")
        daemon.start()
        alone = paced(bench, daemon)
        begin = time.monotonic()
        with Terminals(bench.folder, daemon.alerts, mailboxes(), COUNT) as terminals:
            joined = terminals.await_joined(begin)
            sheet.note(f"{what} joined within {joined - begin:.2f} s of the first connection")
            measure_joined(bench, sheet, daemon, terminals, alone)
