"""The daemon under measurement: a process of its own with a fresh folder, and what the system says about it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sheet import NotMeasured
from zmtp import Dealer

REPOSITORY = Path(__file__).resolve().parents[2]
BENCH = REPOSITORY / "Config/bench/tocsin.yaml"
DONGCHENG = REPOSITORY / "Config/dongcheng/tocsin.yaml"

PATIENCE = 120.0
"""Seconds after which a daemon that should be serving is given up. It bounds failures; nothing waits for it."""

TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections.

    One of those could be taken by a client that connects while the daemon is down; a client could even connect to
    itself.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(10_000, max(lowest, 20_000)), 1_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise NotMeasured("no free port on the loopback")


@dataclass
class Start:
    """Seconds from the start of the process."""

    port_open: float
    """The reports endpoint takes a connection."""

    answer: float
    """The first answer came over it: the broker serves."""


class Daemon:
    """Use it in `with`: the process ends and the folder goes, whatever happens."""

    def __init__(self, binary: Path, folder: Path, configuration: Path = BENCH):
        self.binary, self.configuration = binary, configuration
        # The path of a local socket is at most 107 bytes long.
        self.folder = Path(tempfile.mkdtemp(prefix="d", dir=folder))
        self.state = self.folder / "state"
        self.reports, self.alerts, self.feed = free_port(), free_port(), free_port()
        self.flags: list[Any] = []
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process:
            self.end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> Start:
        """Starts the process, and returns when it answers a PING to the reports endpoint."""
        command: list[Any] = [self.binary, "--config", self.configuration, "--state", self.state,
                              "--runtime", self.folder]
        for name in ("reports", "alerts", "feed"):
            command += [f"--endpoints-{name}", f"tcp://127.0.0.1:{getattr(self, name)}"]
        command += ["--endpoints-control", f"ipc://{self.folder}/control.ipc", *self.flags]
        # Little of the environment goes along: any TOCSIN_… in it would override the configuration.
        environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
        with open(self.folder / "log", "ab") as log:
            begin = time.monotonic()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        port_open = self.await_port(begin + PATIENCE) - begin
        self.await_answer()
        return Start(port_open, time.monotonic() - begin)

    def await_answer(self) -> None:
        with Dealer(self.reports, PATIENCE) as dealer:
            dealer.ask("TIP1 PING start")

    def await_port(self, end: float) -> float:
        """When the port took a connection."""
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.reports), 1).close()
                return time.monotonic()
            except OSError:
                if self.process and self.process.poll() is not None:
                    raise NotMeasured(f"the daemon ended: {self.last_words}") from None
                time.sleep(0.0005)
        raise NotMeasured("the daemon does not open its port")

    @property
    def last_words(self) -> str:
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"

    def end(self, how: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def control(self, command: str, arguments: Any = None, patience: float = PATIENCE) -> Any:
        """An operator's command; what is refused is not measured."""
        with Dealer(self.folder / "control.ipc", patience) as dealer:
            header, body = dealer.ask(f"TIP1 {command} targets", arguments)
        if not header.startswith("TIP1 OK "):
            raise NotMeasured(f"{command}: {header} {json.dumps(body, ensure_ascii=False)}")
        return body

    def first_receipt(self) -> float:
        """The moment at which a report has its receipt."""
        report = {"identifier": f"first-{time.time_ns()}", "sender": "targets", "sent": "2026-11-23T08:00:00+08:00",
                  "event": "bench-4", "category": "Fire", "severity": "Minor", "urgency": "Immediate",
                  "certainty": "Observed"}
        with Dealer(self.reports, PATIENCE) as dealer:
            header, body = dealer.ask("TIP1 REPORT first", report)
        if not header.startswith("TIP1 RECEIPT "):
            raise NotMeasured(f"the first report: {header} {body}")
        return time.monotonic()

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def status(self, key: str) -> float:
        """A size from /proc/PID/status, such as VmRSS or VmHWM, in MB of 1,048,576 bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
        raise NotMeasured(f"/proc/{self.pid}/status has no {key}")

    @property
    def rss(self) -> float:
        return self.status("VmRSS")

    @property
    def ticks(self) -> float:
        """Seconds of processor time, in steps of the kernel's tick."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    @property
    def run_time(self) -> float:
        """Seconds of processor time to the nanosecond, of all threads, also of those that have ended.

        It is what `clock_getcpuclockid(3)` names: the clock of another process.
        """
        return time.clock_gettime(~self.pid << 3 | 2)
