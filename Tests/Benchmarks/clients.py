"""The clients in C, built on first use, and what they say."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sheet import DataLost, NotMeasured

HERE = Path(__file__).resolve().parent


@cache
def built(folder: Path, name: str) -> Path:
    program = folder / name
    command = ["gcc", "-O2", "-Wall", "-Wextra", HERE / f"{name}.c", "-o", program, "-lzmq", "-lpthread"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotMeasured("gcc is not installed") from None
    except subprocess.CalledProcessError as problem:
        raise NotMeasured(f"{name}.c cannot be built: {problem.stderr.strip().splitlines()[-1]}") from None
    return program


@dataclass
class Latency:
    """Microseconds from report to alert; the number of those above 20 ms."""

    count: int
    p50: float
    p99: float
    p999: float
    largest: float
    above: int

    def __str__(self) -> str:
        return (f"p50 {self.p50:,.0f}, p99 {self.p99:,.0f}, p99.9 {self.p999:,.0f}, largest {self.largest:,.0f} µs; "
                f"{self.above} of {self.count:,} above 20 ms")


@dataclass
class Load:
    """What load.c measured."""

    seconds: float
    incidents: int
    alerts: int
    again: int
    call: Latency
    due: Latency
    pauses: list[dict[str, float]]
    """Seconds from the start (`at`), the longest latency in ms (`worst`) and how many `alerts` were outliers."""

    @property
    def rate(self) -> float:
        return self.incidents / self.seconds

    def told(self, name: str, pauses: int) -> str:
        """The latencies in a line, and the longest pauses below it."""
        lines = [f"{name:<11} {self.call}"]
        lines += [f"            at {one['at']:.1f} s: {one['alerts']} alerts, up to {one['worst']:.0f} ms"
                  for one in self.pauses[:pauses]]
        return "\n".join(lines)


def keyed(keys: str | None) -> dict[str, str]:
    """The environment of a client with these keys: public, secret and the broker's, with blanks between."""
    return {**os.environ, **({"TOCSIN_BENCH_KEYS": keys} if keys else {})}


def load(folder: Path, ports: tuple[int, int], incidents: int, rate: int = 0, silent: bool = False,
         keys: str | None = None) -> Load:
    """Sends reports to four recipients; all must come to their terminals, unless nobody is to listen."""
    command: list[Any] = [built(folder, "load"), "--incidents", str(incidents), "--rate", str(rate), "--fanout", "4"]
    for name, port in zip(("--reports", "--alerts"), ports):
        command += [name, f"tcp://127.0.0.1:{port}"]
    done = subprocess.run(command + ["--silent"] * silent, capture_output=True, text=True, env=keyed(keys))
    complaint = done.stderr.strip().splitlines()[:1]
    if done.returncode not in (0, 1) or not done.stdout:
        raise NotMeasured(f"the load client: {' '.join(complaint) or f'exit code {done.returncode}'}")
    result = json.loads(done.stdout)
    expected = 0 if silent else 4 * incidents
    if result["refused"]:
        raise NotMeasured(f"{result['refused']} reports of {incidents} were refused: {' '.join(complaint)}")
    if result["receipts"] < incidents:
        raise NotMeasured(f"of {incidents} reports only {result['receipts']} have been answered")
    if result["alerts"] < expected:
        raise DataLost(f"of {expected} alerts {result['alerts']} came, and {result['strange']} that are damaged")
    return Load(result["seconds"], incidents, result["alerts"], result["again"], Latency(**result["call"]),
                Latency(**result["due"]), pauses(result["episodes"]))


def pauses(episodes: list[dict[str, float]]) -> list[dict[str, float]]:
    """Outliers of different terminals within a tenth of a second are one pause of the broker. The longest first."""
    merged: list[dict[str, float]] = []
    for one in sorted(episodes, key=lambda one: one["at"]):
        if merged and one["at"] - merged[-1]["at"] <= 0.1:
            last = merged[-1]
            worst, alerts = max(last["worst"], one["worst"]), last["alerts"] + one["alerts"]
            last |= {"at": one["at"], "worst": worst, "alerts": alerts}
        else:
            merged.append(dict(one))
    return sorted(merged, key=lambda one: -one["worst"])


class Terminals:
    """terminals.c with many connections, or keyed-terminals.c where there are keys. Use it in `with`."""

    def __init__(self, folder: Path, port: int, mailboxes: list[str], count: int, keys: str | None = None):
        self.count = count
        path = folder / "mailboxes"
        path.write_text("".join(name + "\n" for name in mailboxes))
        program = built(folder, "keyed-terminals" if keys else "terminals")
        self.process = subprocess.Popen([program, str(port), path, str(count)], bufsize=0, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env=keyed(keys))

    def __enter__(self) -> Terminals:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                pipe.close()

    def line(self, patience: float) -> dict[str, float]:
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], max(0.0, patience))[0]:
            raise NotMeasured(f"not all {self.count:,} terminals have joined")
        line = self.process.stdout.readline()
        if not line:
            raise NotMeasured(f"the terminals' client ended with {self.process.wait()}")
        return json.loads(line)

    def await_joined(self, after: float, patience: float = 120.0) -> float:
        """The first moment after `after` (on the monotonic clock) at which all have joined."""
        end = time.monotonic() + patience
        while True:
            at = self.line(end - time.monotonic()).get("at", 0.0)
            if at >= after:
                return at

    def end(self) -> dict[str, float]:
        """Ends the client and returns what it has counted."""
        assert self.process.stdin
        self.process.stdin.close()
        while "lost" not in (counts := self.line(10.0)):
            pass
        self.process.wait()
        return counts
