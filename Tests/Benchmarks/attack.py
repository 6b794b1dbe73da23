"""Target 9: four terminals and a field client with keys, while strangers attack."""

from __future__ import annotations

import json
import subprocess

from bench import Bench
from clients import built, load
from daemon import BENCH
from keys import RATE, KeyedDaemon
from sheet import Sheet

P99_BOUND, GROWTH_BOUND = 2.0, 300.0


def measure(bench: Bench, sheet: Sheet) -> None:
    what = "p99 at 1,000/s, fan-out 4: under attack, against none"
    incidents = 3_000 if bench.quick else 15_000
    with sheet.measuring(9, what), KeyedDaemon(bench, BENCH) as daemon:
        daemon.start()

        def paced() -> float:
            """Microseconds; where anything is lost there is no figure."""
            runs = [load(bench.folder, (daemon.reports, daemon.alerts), incidents, RATE, keys=daemon.keys)
                    for _ in range(bench.runs)]
            middle = sorted(runs, key=lambda one: one.call.p99)[len(runs) // 2]
            sheet.note(middle.told("paced", 4))
            return middle.call.p99

        alone, before = paced(), daemon.rss
        attack = subprocess.Popen([built(bench.folder, "attack"), str(daemon.reports), daemon.broker_key],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            among, largest = paced(), daemon.status("VmHWM")
            counts = json.loads(attack.communicate(timeout=60)[0])
        finally:
            attack.kill()
            attack.wait()
        sheet.note("the attack: " + ", ".join(f"{value:,} {name}" for name, value in counts.items()))
        sheet.at_most(9, what, among / alone, P99_BOUND, "×", f"{among:,.0f} µs : {alone:,.0f} µs")
        sheet.at_most(9, "memory that an attack takes", largest - before, GROWTH_BOUND, "MB", f"{before:,.0f} MB before")
