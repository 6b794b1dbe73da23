"""Target 8: what keys cost, and ten thousand terminals that have them."""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import time
from pathlib import Path

from bench import Bench
from clients import Load, Terminals, built, load
from daemon import BENCH, PATIENCE, Daemon
from dongcheng import mailboxes, with_bench_rule
from sheet import NotMeasured, Sheet

COUNT = 10_000
RATE = 1_000
THROUGHPUT_BOUND, LATENCY_BOUND, RSS_BOUND, REJOIN_BOUND = 0.5, 2.0, 800.0, 30.0


class KeyedDaemon(Daemon):
    """A daemon that demands keys, and one client that may report and join everything."""

    def __init__(self, bench: Bench, configuration: Path):
        super().__init__(bench.tocsind, bench.folder, configuration)
        pairs = subprocess.run([built(bench.folder, "make-keys"), "2"], check=True, capture_output=True, text=True)
        (self.broker_key, secret), client = (line.split() for line in pairs.stdout.splitlines())
        self.keys = f"{client[0]} {client[1]} {self.broker_key}"
        clients = {"clients": [{"name": "bench", "key": client[0], "report": "all", "join": "all"}]}
        (self.folder / "clients.yaml").write_text(json.dumps(clients))
        key = self.folder / "broker.key"
        key.write_text(f'public: "{self.broker_key}"\nsecret: "{secret}"\n')
        key.chmod(0o600)
        self.flags += ["--limits-connections-per-client", str(2 * COUNT), "--security-key", key, "--security-clients", self.folder / "clients.yaml"]

    def await_answer(self) -> None:
        """Its control endpoint is a file, which needs no key."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.control("INFO")
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.001)


def runs(bench: Bench, daemon: Daemon, incidents: int, rate: int, keys: str | None) -> list[Load]:
    return [load(bench.folder, (daemon.reports, daemon.alerts), incidents // (10 if bench.quick else 1), rate, keys=keys)
            for _ in range(bench.runs)]


def measure_cost(bench: Bench, sheet: Sheet) -> None:
    what = "with keys against without"
    with sheet.measuring(8, what), bench.daemon() as open_one, KeyedDaemon(bench, BENCH) as keyed:
        open_one.start()
        keyed.start()
        fast = [statistics.median(one.rate for one in runs(bench, daemon, 50_000, 0, keys))
                for daemon, keys in ((open_one, None), (keyed, keyed.keys))]
        sheet.at_least(8, "fan-out 4, every alert RECEIVED, with keys against without", fast[1] / fast[0],
                       THROUGHPUT_BOUND, "×", f"{fast[1]:,.0f}/s : {fast[0]:,.0f}/s")
        paced = [runs(bench, daemon, 10_000, RATE, keys) for daemon, keys in ((open_one, None), (keyed, keyed.keys))]
        for name in ("p50", "p99"):
            without, with_keys = (statistics.median(getattr(one.call, name) for one in found) for found in paced)
            sheet.at_most(8, f"{name} at 1,000/s, fan-out 4, with keys against without", with_keys / without,
                          LATENCY_BOUND, "×", f"{with_keys:,.0f} µs : {without:,.0f} µs")


def measure_terminals(bench: Bench, sheet: Sheet) -> None:
    folder = bench.folder / "keys.d"
    folder.mkdir()
    what = f"{COUNT:,} terminals with keys"
    # Each is a descriptor for libzmq and one for its connection: two processes share them.
    half = COUNT // 2
    with sheet.measuring(8, what), KeyedDaemon(bench, with_bench_rule(folder)) as daemon:
        daemon.start()
        begin = time.monotonic()
        with Terminals(bench.folder, daemon.alerts, mailboxes(), half, daemon.keys) as one, \
                Terminals(bench.folder, daemon.alerts, mailboxes(), half, daemon.keys) as other:
            joined = max(terminals.await_joined(begin) for terminals in (one, other))
            sheet.note(f"{what} joined within {joined - begin:.2f} s of the first connection")
            counted = daemon.control("INFO")["terminals"]
            if counted < COUNT:
                raise NotMeasured(f"the daemon counts {counted} terminals")
            sheet.at_most(8, f"{what} joined: RSS", daemon.rss, RSS_BOUND, "MB", f"the daemon counts {counted:,}")
            killed = time.monotonic()
            daemon.end(signal.SIGKILL)
            for terminals in (one, other):
                terminals.process.send_signal(signal.SIGUSR1)
            daemon.start()
            begun = time.monotonic()
            early = load(bench.folder, (daemon.reports, daemon.alerts), 2_000, RATE, keys=daemon.keys)
            joined = max(terminals.await_joined(killed) for terminals in (one, other))
            sheet.at_most(8, f"{what} joined again after SIGKILL and restart", joined - killed, REJOIN_BOUND, "s",
                          f"from the kill; {joined - begun:.2f} s after the new one answered")
            sheet.note(early.told("meanwhile", 4))


def measure(bench: Bench, sheet: Sheet) -> None:
    measure_cost(bench, sheet)
    measure_terminals(bench, sheet)
