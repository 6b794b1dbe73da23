"""A disk of its own for the machine's journal: it can be full, and it can take no writes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import disks
from machine import Machine, Missing

STATE = "/var/lib/tocsin"
NODE = "/dev/state"
"""The name that the disk has in the machine."""


class Disk:
    """An ext4 of so many megabytes. Its blocks are a file of the machine around, by a loop device."""

    def __init__(self, machine: Machine, megabytes: int = 200):
        self.machine = machine
        self.image = machine.folder / "disk"
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        # No blocks that are kept for root.
        run("mkfs.ext4", "-q", "-m", "0", self.image)
        self.device = run("losetup", "--find", "--show", self.image)
        number = os.stat(self.device).st_rdev
        machine.run("mknod", NODE, "b", str(os.major(number)), str(os.minor(number)))

    def mount(self) -> None:
        self.machine.run("mkdir", "-p", STATE)
        self.machine.run("mount", NODE, STATE)

    def unmount(self) -> None:
        self.machine.run("umount", STATE)

    def remount(self, option: str) -> None:
        self.machine.run("mount", "-o", f"remount,{option}", STATE)

    def check(self) -> str:
        """Mends it, as a boot would, and says what was found."""
        checked = subprocess.run(["fsck.ext4", "-p", self.device], capture_output=True, text=True)
        # It may have mended something. See e2fsck(8).
        assert checked.returncode in (0, 1), checked.stdout + checked.stderr
        return checked.stdout

    @property
    def state(self) -> Path:
        return self.machine.path(STATE)

    def fill(self) -> None:
        disks.fill(self.state)

    def empty(self) -> None:
        disks.empty(self.state)

    def remove(self) -> None:
        """Leaves the machine without it. Nobody uses it any more."""
        self.machine.run("umount", STATE, check=False)
        self.machine.run("rm", NODE)
        run("losetup", "--detach", self.device)
        self.image.unlink()


def run(*command: str | Path) -> str:
    """Runs a command of the machine around."""
    if not shutil.which(command[0]):
        raise Missing(f"there is no {command[0]}")
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise Missing(f"this is not possible here: {' '.join(map(str, command))}: {ran.stderr.strip()}")
    return ran.stdout.strip()
