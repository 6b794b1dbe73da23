"""What the tests stand on: the real daemon as its own process, and small helpers."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tip1
from tip1 import Connection, Json, Message

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
ARTICLE = REPOSITORY / "Sources/TocsinWire/TocsinWire.docc/Protocol.md"

PATIENCE = 60.0
"""Seconds after which something that should have come is called missing. It bounds failures; nothing waits for it.

On a machine that builds meanwhile, a start with the largest rules that are allowed takes more than twenty."""

HOUR = 3600

DEPARTMENTS = """
departments:
  - { name: fire, zh: 消防, en: Fire }
  - { name: fire-prevention, zh: 防火, en: Fire Prevention }
  - { name: ems, zh: 急救, en: Emergency Medical Services }
  - { name: duty-office, zh: 值班室, en: Duty Office }
roles:
  - { name: police, at: street, zh: 派出所, en: Police Station }
  - { name: leader, at: district, zh: 值班领导, en: Duty Leader }
"""

GRIDS = """
places:
  "110101": 东城区
  "110101005": 北新桥街道
  "110101005003": 草园社区
  "110101005003002": 草园社区第二网格
"""

# Reports of smoke at one place are of one happening.
CORRELATING = """
fallback: duty-office
rules:
  - name: smoke
    when: { event: smoke }
    notify: fire
    inform: ems
    acknowledge-within: 5m
    correlate: { by: [event, grid], within: 10m }
"""

RULES = """
fallback: duty-office
rules:
  - name: structure fire
    when: { category: Fire, event: structure-fire }
    notify: fire
    inform: ems
    acknowledge-within: 60s
  - name: fire prevention
    when: { event: fire-hazard }
    notify: fire-prevention
  - name: weather
    when: { category: Met }
    inform: ems
  - name: street police
    when: { category: Security }
    notify: police@street
  - name: nobody answers
    when: { event: nobody-answers }
    notify: fire
    acknowledge-within: 100ms
    escalate: [{ after: 100ms, to: leader@district }]
  - name: somebody declines
    when: { event: somebody-declines }
    notify: fire
    escalate: [{ after: 1h, to: leader@district }]
"""


def program(variable: str, name: str) -> str | None:
    """The path of one of the project's programs: from the environment, else from the release build."""
    path = os.environ.get(variable) or str(REPOSITORY / ".build/release" / name)
    return path if os.access(path, os.X_OK) else None


class Daemon:
    """A daemon with a folder of its own, on free ports of the loopback.

    It says itself when it is ready and where it listens. A restart keeps the folder and the addresses.
    """

    def __init__(self, rules: str = RULES, departments: str = DEPARTMENTS, grids: str | None = GRIDS,
                 configuration: Path | None = None, environment: dict[str, str] | None = None,
                 user: int | None = None, **settings: Any):
        """`environment` goes to the process beside what it needs; `user` is the system's number of whom it runs as."""
        self.binary = program("TOCSIND", "tocsind")
        assert self.binary, "there is no daemon: name it in the environment variable TOCSIND, or build it"
        # The path of a local socket is at most 107 bytes long: a short name in the system's own folder.
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.notice: list[str] = []
        """What it has told the service manager last, up to its READY."""
        self.control = f"ipc://{self.folder}/control.ipc"
        self.endpoints = {name: "tcp://127.0.0.1:0" for name in ("reports", "alerts", "feed")}
        self.configuration = configuration or self.configured(rules, departments, grids, settings)
        self.environment, self.user = environment or {}, user
        (self.folder / "state").mkdir()
        if user is not None:
            for path in (self.folder, self.folder / "state"):
                os.chown(path, user, user)

    def configured(self, rules: str, departments: str, grids: str | None, settings: Json) -> Path:
        files = {"rules": rules, "departments": departments, "grids": grids}
        for name, text in files.items():
            if text:
                (self.folder / f"{name}.yaml").write_text(text)
        keys = {name: f"{name}.yaml" for name, text in files.items() if text}
        keys |= {name.replace("_", "-"): value for name, value in settings.items()}
        path = self.folder / "tocsin.yaml"
        path.write_text(json.dumps(keys))
        return path

    def command(self) -> list[str | Path]:
        command = [self.binary, "--config", self.configuration,
                   "--state", self.folder / "state", "--runtime", self.folder]
        for name, endpoint in self.endpoints.items():
            command += [f"--endpoints-{name}", endpoint]
        return command

    def start(self) -> Daemon:
        """Starts the process and returns when it says READY."""
        address = self.folder / "notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(address))
            address.chmod(0o777)
            with open(self.folder / "log", "ab") as log:
                # Little of the environment goes along: any TOCSIN_… in it would override the configuration.
                environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
                environment |= {"NOTIFY_SOCKET": str(address)} | self.environment
                self.process = subprocess.Popen(self.command(), stderr=log, env=environment, user=self.user, group=self.user)
            self.await_ready(notify)
        operator = self.operator()
        self.endpoints = {name: operator.ask("INFO", patience=PATIENCE)["endpoints"][name] for name in self.endpoints}
        operator.close()
        return self

    def operator(self) -> tip1.Operator:
        return tip1.Operator(self.control)

    def await_ready(self, notify: socket.socket) -> None:
        assert self.process
        ended = os.pidfd_open(self.process.pid)
        try:
            while True:
                ready = select.select([notify, ended], [], [], PATIENCE)[0]
                assert ended not in ready, f"the daemon ended:\n{self.log}"
                assert ready, f"the daemon does not get ready:\n{self.log}"
                self.notice = notify.recv(4096).decode().split("\n")
                if "READY=1" in self.notice:
                    return
        finally:
            os.close(ended)

    @property
    def reports(self) -> str:
        return self.endpoints["reports"]

    @property
    def alerts(self) -> str:
        return self.endpoints["alerts"]

    @property
    def feed(self) -> str:
        return self.endpoints["feed"]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def end(self, how: signal.Signals) -> int:
        """Sends a signal and returns the exit code."""
        assert self.process
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def kill(self) -> None:
        """kill -9: as a power failure, as far as a process can feel one."""
        self.end(signal.SIGKILL)

    def restart(self) -> None:
        """After kill -9, with the same folder and the same addresses."""
        self.kill()
        self.start()

    def remove(self) -> None:
        if self.process:
            self.kill()
        shutil.rmtree(self.folder)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No file of the daemon's may grow meanwhile: its writes fail as on a disk that is full."""
        with self.limited("fsize", 1):
            yield

    @contextmanager
    def limited(self, what: str, most: int) -> Iterator[None]:
        """Sets a soft limit of the running process meanwhile, by the name that prlimit(1) gives it; then it is the hard one."""
        hard = self.prlimit(f"--{what}", "--output", "HARD", "--noheadings").strip()
        self.prlimit(f"--{what}={most}:")
        yield
        self.prlimit(f"--{what}={hard}:")

    def prlimit(self, *arguments: str) -> str:
        """As the daemon's user: root may not have the right to do it to others."""
        command = ["prlimit", "--pid", str(self.process.pid), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, user=self.user,
                              group=self.user).stdout

    def processor_seconds(self) -> float:
        """What its threads have taken of the processors."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def threads(self) -> list[tuple[str, int]]:
        """The names that the process gives its threads, each with the system's number for it."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [((task / "comm").read_text().strip(), int(task.name)) for task in tasks.iterdir()]

    def sql(self, query: str) -> list[Json]:
        """What the journal answers to anybody who may read it, also while the daemon runs."""
        if self.process:
            self.await_table()
        return self.ask_table(query)

    def await_table(self) -> None:
        """Returns when the newest records, which are on disk elsewhere first, are in the table too."""
        operator = tip1.Operator(self.control)
        last = operator.ask("INFO")["journal"]["lastPosition"]
        operator.close()
        limit = time.monotonic() + PATIENCE
        while (self.ask_table("SELECT max(position) AS last FROM record")[0]["last"] or 0) < last:
            assert time.monotonic() < limit, "the newest records do not come into the table"

    def ask_table(self, query: str) -> list[Json]:
        output = subprocess.run(["sqlite3", "-readonly", "-json", self.folder / "state/journal.sqlite", query],
                                check=True, capture_output=True, timeout=PATIENCE).stdout
        return json.loads(output or "[]")


class Clock:
    """The civil clock of a daemon that is started with this environment."""

    def __init__(self, folder: Path, compiler: str):
        self.file, library = folder / "wrong-by", folder / "set_clock.so"
        self.set(0)
        source = Path(__file__).with_name("set_clock.c")
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_WRONG_BY": str(self.file)}

    def set(self, seconds: int) -> None:
        """Makes it wrong by so much, from now on."""
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))


def becomes_true(condition: Callable[[], bool], operator: tip1.Operator) -> bool:
    """Whether it does in time; in between the daemon answers something."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        operator.ask("INFO")
    return True


def report(identifier: str = "a1", **members: Any) -> Json:
    """The article's smallest report, with other members where they are given."""
    return {"identifier": identifier, "sender": "handheld-7", "sent": "2026-11-23T08:10:00+08:00",
            "event": "structure-fire", "category": "Fire", "severity": "Severe", "urgency": "Immediate",
            "certainty": "Observed"} | members


def expect(connection: Connection, header: str) -> Message:
    """The next message, whose header must begin with these words."""
    message = connection.receive(PATIENCE)
    assert message, f"{header} did not come"
    came = " ".join([message.command, *message.arguments])
    assert (came + " ").startswith(header + " "), f"wanted {header}, got {came} {message.bodies}"
    return message


def expect_silence(connection: Connection) -> None:
    """That nothing more comes: the PONG of a PING is next, and it comes after all that was due before."""
    connection.send("TIP1 PING silence")
    expect(connection, "PONG silence")


def send_reports(connection: Connection, count: int, first: int = 1, **members: Any) -> None:
    """Sends so many reports, a1 and so on, and takes their receipts."""
    together = 5000
    for begin in range(first, first + count, together):
        numbers = range(begin, min(begin + together, first + count))
        for number in numbers:
            connection.send(f"TIP1 REPORT r{number}", report(f"a{number}", **members))
        for number in numbers:
            expect(connection, f"RECEIPT r{number}")
