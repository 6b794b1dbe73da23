"""Target 11: STATS answers within two seconds over a million incidents for four recipients each, all of them counted.

How long the counting takes that follows behind, and what an answer costs by each dimension, is told beside it.
"""

from __future__ import annotations

import time

from bench import Bench
from clients import load
from daemon import PATIENCE, Daemon
from sheet import NotMeasured, Sheet
from zmtp import Dealer

INCIDENTS = 1_000_000
BOUND = 2.0


def ask(daemon: Daemon, by: str) -> tuple[float, dict]:
    with Dealer(daemon.folder / "control.ipc", PATIENCE) as dealer:
        begin = time.monotonic()
        header, body = dealer.ask("TIP1 STATS s", {"by": by})
        seconds = time.monotonic() - begin
    if not header.startswith("TIP1 OK "):
        raise NotMeasured(f"{header} {body}")
    return seconds, body


def measure(bench: Bench, sheet: Sheet) -> None:
    incidents = INCIDENTS // 20 if bench.quick else INCIDENTS
    what = f"STATS over {incidents:,} incidents"
    with sheet.measuring(11, what), bench.daemon() as daemon:
        daemon.start()
        result = load(bench.folder, (daemon.reports, daemon.alerts), incidents)
        begin = time.monotonic()
        while ask(daemon, "severity")[1]["uncounted"]:
            if time.monotonic() > begin + 600:
                raise NotMeasured("the records are not counted within ten minutes")
            time.sleep(0.5)
        sheet.note(f"{result.rate:,.0f}/s reported; all counted {time.monotonic() - begin:.1f} s after the last one; "
                   f"RSS {daemon.rss:.0f} MB")
        slowest = 0.0
        for by in ("recipient", "person", "rule", "place", "severity", "level"):
            times = sorted(ask(daemon, by)[0] for _ in range(bench.runs))
            slowest = max(slowest, times[len(times) // 2])
            sheet.note(f"by {by}: {times[len(times) // 2]:.2f} s")
        alerts = ask(daemon, "recipient")[1]["total"]["alerts"]
        size = sum(file.stat().st_size for file in daemon.state.iterdir())
        sheet.at_most(11, what, slowest, BOUND, "s", f"{alerts:,} alerts, {size / 1e9:.2f} GB on disk")
