"""Target 9: four terminals and a field client with keys, while strangers attack.

The attackers run on the machine that is measured, and take time of its processors, as real ones would not. So the same
attack is made on a port of nobody's, too: what is more on the broker's port is the broker's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench import Bench
from clients import built, load
from daemon import BENCH
from keys import RATE, KeyedDaemon
from sheet import Sheet

P99_BOUND, GROWTH_BOUND = 2.0, 300.0


@contextmanager
def running(bench: Bench, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([built(bench.folder, "attack"), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def measure(bench: Bench, sheet: Sheet) -> None:
    what = "p99 at 1,000/s, fan-out 4: under attack, against "
    incidents = 3_000 if bench.quick else 15_000
    with sheet.measuring(9, what + "none"), KeyedDaemon(bench, BENCH) as daemon:
        daemon.start()

        def paced(name: str) -> float:
            """Microseconds; where anything is lost there is no figure."""
            runs = [load(bench.folder, (daemon.reports, daemon.alerts), incidents, RATE, keys=daemon.keys)
                    for _ in range(bench.runs)]
            middle = sorted(runs, key=lambda one: one.call.p99)[len(runs) // 2]
            sheet.note(middle.told(name, 4))
            return middle.call.p99

        def attacked(port: str, name: str) -> float:
            with running(bench, port, daemon.broker_key) as attack:
                p99 = paced(name)
                counts = json.loads(attack.communicate(timeout=60)[0])
            sheet.note("the attack: " + ", ".join(f"{value:,} {name}" for name, value in counts.items()))
            return p99

        alone, before = paced("undisturbed"), daemon.rss
        with running(bench, "nobody") as nobody:
            beside = attacked(nobody.stdout.readline().decode().strip(), "beside an attack on nobody")
        among = attacked(str(daemon.reports), "under attack")
        for other, p99 in (("none", alone), ("one on nobody", beside)):
            sheet.at_most(9, what + other, among / p99, P99_BOUND, "×", f"{among:,.0f} µs : {p99:,.0f} µs")
        grown = daemon.status("VmHWM") - before
        sheet.at_most(9, "memory that an attack takes", grown, GROWTH_BOUND, "MB", f"{before:,.0f} MB before")
