"""The daemon as the machine's service: its files, its unit, and what systemd says of it."""

from __future__ import annotations

from pathlib import Path

import support
import tip1
from disk import STATE, Disk
from machine import Machine
from support import PATIENCE

UNIT = "tocsind.service"
DROP_IN = f"/run/systemd/system/{UNIT}.d/test.conf"
CONFIGURATION = "/etc/tocsin"


class Service:
    """The service of a package that is installed, with a configuration that the tests know."""

    reports = "tcp://127.0.0.1:7701"
    alerts = "tcp://127.0.0.1:7702"

    def __init__(self, machine: Machine):
        self.machine = machine

    @property
    def control(self) -> str:
        return f"ipc://{self.machine.path('/run/tocsin/control.ipc')}"

    def configure(self, rules: str = support.RULES, **settings: str) -> None:
        """Writes all files of the configuration; the daemon reads them at its next start, or when it is asked to."""
        keys = {"rules": "rules.yaml", "departments": "departments.yaml", "grids": "grids.yaml"}
        keys |= {name.replace("_", "-"): value for name, value in settings.items()}
        self.write("tocsin.yaml", "".join(f"{name}: {value}\n" for name, value in keys.items()))
        self.write("rules.yaml", rules)
        self.write("departments.yaml", support.DEPARTMENTS)
        self.write("grids.yaml", support.GRIDS)

    def write(self, name: str, text: str) -> None:
        self.machine.path(f"{CONFIGURATION}/{name}").write_text(text)

    def begin(self, drop_in: str = "", disk: Disk | None = None, **configuration: str) -> None:
        """Starts it with an empty journal, its unit as shipped but for these lines of [Service]. The journal may have a
        disk of its own."""
        self.stop()
        self.machine.run("rm", "-rf", STATE)
        if disk:
            disk.mount()
        self.configure(**configuration)
        self.change_unit(drop_in)
        self.machine.run("systemctl", "reset-failed", UNIT)
        self.start()

    def change_unit(self, lines: str) -> None:
        path = self.machine.path(DROP_IN)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[Service]\n{lines}\n")
        self.machine.run("systemctl", "daemon-reload")

    def start(self) -> None:
        self.machine.run("systemctl", "start", UNIT)

    def stop(self) -> None:
        self.machine.run("systemctl", "stop", UNIT)

    def unit(self, name: str) -> str:
        """What systemd says of the unit."""
        return self.machine.run("systemctl", "show", f"--property={name}", "--value", UNIT).stdout.strip()

    @property
    def process(self) -> int:
        """The daemon's process, by the number that it has here."""
        inside = self.unit("MainPID")
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = next(line for line in status.read_text().splitlines() if line.startswith("NSpid:")).split()
                same = (status.parent / "ns/pid").readlink() == Path(f"/proc/{self.machine.leader}/ns/pid").readlink()
            except OSError:
                continue
            if numbers[-1] == inside and same:
                return int(status.parent.name)
        raise AssertionError(f"no process {inside} in the machine:\n{self.status}")

    @property
    def status(self) -> str:
        return self.machine.run("systemctl", "status", "--full", "--lines=30", UNIT, check=False).stdout

    def log(self, *matches: str) -> list[dict]:
        """What this start of the daemon has logged."""
        return self.machine.journal(f"_SYSTEMD_INVOCATION_ID={self.unit('InvocationID')}", *matches)

    def tocsin(self, *arguments: str, user: str | None = None, check: bool = True, input: str | None = None):
        return self.machine.run("tocsin", *arguments, user=user, check=check, input=input)

    def ask(self, command: str, arguments: dict | None = None) -> dict:
        """An operator's question. It is asked on each connection anew: one that was taken by a daemon that then ended
        has gone with it, and is answered by the next."""

        def ask() -> None:
            connection.send(f"TIP1 {command} 1", *([] if arguments is None else [arguments]))

        connection = tip1.Connection(self.control, on_connect=ask)
        try:
            answer = connection.receive(PATIENCE)
        finally:
            connection.close()
        assert answer, f"no answer to {command}:\n{self.status}"
        if answer.command != "OK":
            raise tip1.Refused(answer)
        return answer.body if answer.bodies else {}
