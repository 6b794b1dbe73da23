"""Target 2, second part: ten minutes at 1,000 reports a second, in which nothing that the daemon does beside may show.

The journal's checkpoints come by themselves with so many reports. A reload to 100,000 rules comes after a third of the
time, and the reload back to few after two thirds. The ceiling is given the same load for the same time first: what it
shows are the machine's and the client's own outliers.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import Bench
from clients import Load, load
from daemon import BENCH, Daemon
from sheet import DataLost, NotMeasured, Sheet

RATE = 1_000
RULES = 100_000
CEILING_PORTS = 17701, 17702
SHOWN = 8
"""Pauses that are shown, the longest first."""


@contextmanager
def ceiling(bench: Bench) -> Iterator[None]:
    """The peers' relay of frames, with no storage, decoding or rules."""
    source = bench.peers.parent / "ceiling.c"
    if not source.is_file():
        raise NotMeasured(f"{source} is not there")
    program = bench.folder / "ceiling"
    subprocess.run(["gcc", "-O2", "-w", "-D_GNU_SOURCE", source, "-o", program, "-lzmq"], check=True)
    process = subprocess.Popen([program], stdin=subprocess.DEVNULL)
    try:
        for port in CEILING_PORTS:
            await_port(port, process)
        yield
    finally:
        process.kill()
        process.wait()


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise NotMeasured(f"the ceiling does not listen on port {port}")


def many_rules(count: int = RULES) -> str:
    """The rules of the benchmark and so many more, of several shapes, that do not match its reports."""
    categories = ["Geo", "Met", "Safety", "Security", "Rescue", "Health", "Env", "Transport", "Infra"]
    shapes = ["event: generated-{i}", "category: {c}, event: [generated-{i}, generated-{i}-too]",
              "category: {c}, severity: at least Severe, event: generated-{i}",
              "category: {c}, parameter: {{ number: \"{i}\" }}"]
    lines = [(BENCH.parent / "rules.yaml").read_text()]
    for i in range(count):
        when = shapes[i % len(shapes)].format(i=i, c=categories[i % len(categories)])
        lines.append(f"  - {{ name: generated {i}, when: {{ {when} }}, notify: d{i % 32}, acknowledge-within: 60s }}\n")
    return "".join(lines)


class Reloads(threading.Thread):
    """Reloads while the load runs, and remembers when and how long; or what went wrong."""

    def __init__(self, daemon: Daemon, rules: Path, seconds: float):
        super().__init__(daemon=True)
        self.tocsind, self.rules, self.seconds = daemon, rules, seconds
        self.small, self.large = rules.read_text(), many_rules()
        self.begin = time.monotonic()
        self.done: list[str] = []
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            for share, text in ((1 / 3, self.large), (2 / 3, self.small)):
                time.sleep(max(0.0, self.begin + self.seconds * share - time.monotonic()))
                self.rules.write_text(text)
                asked = time.monotonic()
                self.tocsind.control("RELOAD", patience=300.0)
                self.done.append(f"{self.tocsind.control('INFO')['rules']['count']:,} rules at "
                                 f"{asked - self.begin:.0f} s in {time.monotonic() - asked:.1f} s")
        except (NotMeasured, OSError) as problem:
            self.problem = problem


def own_configuration(folder: Path) -> Path:
    """The configuration of the benchmark with a rule file that may change."""
    for name in ("rules.yaml", "departments.yaml"):
        shutil.copyfile(BENCH.parent / name, folder / name)
    path = folder / "tocsin.yaml"
    path.write_text(json.dumps({"rules": "rules.yaml", "departments": "departments.yaml", "log-level": "notice"}))
    return path


def measure_tocsin(bench: Bench, sheet: Sheet, seconds: int) -> Load:
    folder = bench.folder / "outliers"
    folder.mkdir()
    with bench.daemon(own_configuration(folder)) as daemon:
        reloads = Reloads(daemon, folder / "rules.yaml", seconds)
        daemon.start()
        reloads.begin = time.monotonic()
        reloads.start()
        result = load(bench.folder, (daemon.reports, daemon.alerts), RATE * seconds, RATE)
        reloads.join(300.0)
        log = [line for line in (daemon.folder / "log").read_text().splitlines() if "checkpoint" in line]
    sheet.note(result.told("tocsin", SHOWN))
    sheet.note("reloads     " + "; ".join(reloads.done))
    sheet.note(f"            {len(log)} lines of the log speak of checkpoints" if log else
               "            checkpoints came by themselves; the daemon does not log them")
    if reloads.problem:
        raise NotMeasured(f"a reload failed: {reloads.problem}")
    return result


def measure(bench: Bench, sheet: Sheet) -> None:
    seconds = 60 if bench.quick else 600
    what = f"alerts above 20 ms in {seconds} s with reloads, beyond the ceiling's"
    relay: Load | Exception
    try:
        with ceiling(bench):
            relay = load(bench.folder, CEILING_PORTS, RATE * seconds, RATE)
        sheet.note(relay.told("ceiling", SHOWN))
    except (NotMeasured, DataLost, OSError, subprocess.SubprocessError) as problem:
        relay = problem
    with sheet.measuring(2, what):
        own = measure_tocsin(bench, sheet, seconds)
        if isinstance(relay, Exception):
            raise NotMeasured(f"the ceiling: {relay}; tocsin alone: {own.call.above}")
        sheet.at_most(2, what, max(0, own.call.above - relay.call.above), 0, "alerts",
                      f"{own.call.above} : {relay.call.above}")
