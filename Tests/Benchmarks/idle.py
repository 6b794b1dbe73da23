"""Target 6: a broker to whom nobody says anything does nothing."""

from __future__ import annotations

import time

from bench import Bench
from clients import Terminals
from daemon import DONGCHENG
from dongcheng import mailboxes
from sheet import Sheet

COUNT = 100
BOUND = 0.5


def measure(bench: Bench, sheet: Sheet) -> None:
    seconds = 10 if bench.quick else 30
    what = f"idle with {COUNT} terminals joined, over {seconds} s"
    with sheet.measuring(6, what), bench.daemon(DONGCHENG) as daemon:
        daemon.start()
        begin = time.monotonic()
        with Terminals(bench.folder, daemon.alerts, mailboxes(), COUNT) as terminals:
            terminals.await_joined(begin)
            time.sleep(2)
            begin, ticks, run_time = time.monotonic(), daemon.ticks, daemon.run_time
            time.sleep(seconds)
            passed, ticks_after, run_time_after = time.monotonic() - begin, daemon.ticks, daemon.run_time
            counts = terminals.end()
        # A tick of 10 ms is coarse against the 150 ms that are allowed in 30 s; the nanoseconds decide.
        sheet.at_most(6, what, 100 * (run_time_after - run_time) / passed, BOUND, "% of a core",
                      f"utime + stime: {100 * (ticks_after - ticks) / passed:.2f} %; {counts['pings']} pings answered")
