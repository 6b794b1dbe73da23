"""Disks that are full or take no writes, and what reporters and terminals hear then."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from support import PATIENCE, Daemon, report
from tip1 import Connection


def fill(folder: Path) -> None:
    """Leaves no block of its file system to anybody."""
    with open(folder / "ballast", "ab", buffering=0) as ballast:
        size = 1 << 20
        while size >= 512:
            try:
                ballast.write(bytes(size))
            except OSError:
                size //= 2


def empty(folder: Path) -> None:
    """Gives back what filling it has taken."""
    (folder / "ballast").unlink()


class Disk:
    """A file system of its own for a daemon's state, with so many megabytes."""

    def __init__(self, daemon: Daemon, kind: str, megabytes: int, closing: ExitStack):
        self.state, self.image = daemon.folder / "state", daemon.folder / "disk"
        if kind == "tmpfs":
            self.run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.state)
        else:
            self.run("truncate", "-s", f"{megabytes}M", self.image)
            self.run("mkfs." + kind, "-q", self.image)
            self.run("mount", "-o", "loop", self.image, self.state)
        closing.callback(lambda: subprocess.run(["umount", "--lazy", self.state], check=True))

    def run(self, *command: str | Path) -> None:
        try:
            ran = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            pytest.skip(f"there is no {command[0]}")
        if ran.returncode != 0:
            pytest.skip(f"this is not permitted: {' '.join(map(str, command))}: {ran.stderr}")

    def fill(self) -> None:
        fill(self.state)

    def empty(self) -> None:
        empty(self.state)


def take_all(desk: Connection, recipient: str, credit: int, count: int) -> list[int]:
    """Joins, says RECEIVED of each alert as it comes, and returns the numbers of the first `count`."""
    desk.send(f"TIP1 JOIN {recipient} desk {credit}")
    numbers: list[int] = []
    while len(numbers) < count:
        message = desk.receive(PATIENCE)
        assert message, f"after {len(numbers)} alerts nothing came"
        assert message.command in ("JOINED", "ALERT", "PING"), message
        if message.command == "ALERT":
            numbers.append(int(message.arguments[1]))
            desk.send(f"TIP1 RECEIVED {recipient} {numbers[-1]}")
        if message.command == "PING":
            desk.send("TIP1 PONG heartbeat")
    return numbers


def refuse_until_full(reports: Connection, first: int) -> int:
    """Reports until one is refused `unavailable`; its number."""
    for number in range(first, first + 20_000):
        reports.send(f"TIP1 REPORT r{number}", report(f"a{number}", description="x" * 4000))
        message = reports.receive(PATIENCE)
        if message.command == "REFUSED":
            assert message.arguments == [f"r{number}", "unavailable"]
            return number
        assert message.command == "RECEIPT"
    raise AssertionError("the disk does not fill up")
