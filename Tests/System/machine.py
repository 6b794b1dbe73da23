"""A Debian of its own in a container that boots: systemd, the network of nobody else, and the package to be tried.

Its files are made once, by debootstrap, and kept under .build; each run has a copy, which it may spoil. Nothing of the
machine around it is changed, and no clock is set.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import zmq

from support import PATIENCE, REPOSITORY

RELEASE = "bookworm"
PACKAGES = ["dbus", "libpam-systemd", "systemd", "systemd-sysv"]
"""What a small machine has, beside what debootstrap cannot do without."""

TREE = REPOSITORY / ".build/system"
HURRY = {"DPKG_FORCE": "unsafe-io"}
"""Packages are not synced to the disk: what a power failure takes is made again."""

START = 120.0
"""Seconds after which a boot is given up."""


class Missing(Exception):
    """Something that these tests need is not here; they are skipped then."""


def package() -> Path:
    """The package that .ci/package has built."""
    found = sorted(REPOSITORY.glob(".build/package/tocsin_*.deb"))
    if len(found) != 1:
        raise Missing("there is no package: build it with .ci/package")
    return found[0]


def field(package: Path, name: str) -> str:
    """A field of the package's control file."""
    return subprocess.check_output(["dpkg-deb", "--field", package, name], text=True).strip()


def needed(package: Path) -> list[str]:
    """What is to be installed before it. Of several that would do, the first."""
    named = f"{field(package, 'Depends')}, {field(package, 'Recommends')}"
    return [re.split(r"[ |:]", one.strip())[0] for one in named.split(",") if one.strip()]


def base(package: Path) -> Path:
    """The files of a Debian that has all that the package needs."""
    if os.geteuid() != 0:
        raise Missing("not root: containers are started by root alone")
    for program in ("debootstrap", "systemd-nspawn", "nsenter"):
        if not shutil.which(program):
            raise Missing(f"there is no {program}: .ci/install test installs it")
    included = ",".join(sorted({*PACKAGES, *needed(package)}))
    stamp, files = TREE / "included", TREE / "base"
    if stamp.exists() and stamp.read_text() == included:
        return files
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    with open(TREE / "log", "wb") as log:
        made = subprocess.run(["debootstrap", "--variant=minbase", f"--include={included}", RELEASE, files, mirror()],
                              stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=os.environ | HURRY)
    if made.returncode != 0:
        raise Missing(f"debootstrap fails: see {TREE / 'log'}")
    stamp.write_text(included)
    return files


def mirror() -> str:
    """Where this machine has its own packages from."""
    targets = subprocess.check_output(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Identifier: Packages"],
        text=True)
    for line in targets.splitlines():
        codename, component, address = line.split(" ", 2)
        if (codename, component) == (RELEASE, "main"):
            return address
    raise Missing(f"the package sources of this machine do not name {RELEASE}")


class Machine:
    """A container that has booted. Commands run in it as root, or as a user of its own."""

    def __init__(self, base: Path):
        self.folder = Path(tempfile.mkdtemp(prefix="machine-", dir=TREE))
        self.files = self.folder / "files"
        subprocess.run(["cp", "--archive", "--reflink=auto", base, self.files], check=True)
        (self.files / "etc/hostname").write_text("tocsin\n")
        self.process: subprocess.Popen[bytes] | None = None
        self.leader = 0

    def boot(self) -> None:
        """Starts it, and returns when its systemd has started everything."""
        os.makedirs("/run/systemd/nspawn", exist_ok=True)
        address = self.folder / "notify"
        address.unlink(missing_ok=True)
        command = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--private-network",
                   "--notify-ready=yes", "--link-journal=no", "--resolv-conf=off", "--timezone=off",
                   f"--machine=tocsin-{os.getpid()}", f"--directory={self.files}"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, open(self.folder / "console", "ab") as log:
            notify.bind(str(address))
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                            env=os.environ | {"NOTIFY_SOCKET": str(address)})
            self.await_ready(notify)

    def await_ready(self, notify: socket.socket) -> None:
        assert self.process
        limit = time.monotonic() + START
        ended = os.pidfd_open(self.process.pid)
        try:
            while True:
                ready = select.select([notify, ended], [], [], max(0, limit - time.monotonic()))[0]
                if notify not in ready:
                    self.stop()
                    raise Missing(f"systemd-nspawn does not boot a machine here:\n{self.console}")
                for line in notify.recv(4096).decode().splitlines():
                    if line.startswith("X_NSPAWN_LEADER_PID="):
                        self.leader = int(line.partition("=")[2])
                    if line == "READY=1":
                        return
        finally:
            os.close(ended)

    @property
    def console(self) -> str:
        return "\n".join((self.folder / "console").read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """As by pulling the plug."""
        if self.leader:
            os.kill(self.leader, signal.SIGKILL)
        elif self.process:
            self.process.kill()
        if self.process:
            self.process.wait(PATIENCE)
        self.process, self.leader = None, 0

    def reboot(self) -> None:
        """As by pulling the plug and putting it back. Connections into it are closed."""
        self.stop()
        self.boot()
        # ZeroMQ's threads are still in the network that is gone: others take their place.
        zmq.Context.instance().destroy(linger=0)
        self.enter_network()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def path(self, path: str) -> Path:
        """A file of the machine as it sees it, with what it has mounted."""
        return Path(f"/proc/{self.leader}/root{path}")

    @contextmanager
    def network(self) -> Iterator[None]:
        """This thread's connections, and those of threads that it makes, are the machine's meanwhile."""
        with open("/proc/thread-self/ns/net", "rb") as ours:
            self.enter_network()
            yield
            enter(ours)

    def enter_network(self) -> None:
        with open(f"/proc/{self.leader}/ns/net", "rb") as network:
            enter(network)

    def run(self, *command: str | Path, user: str | None = None, check: bool = True, input: str | None = None,
            patience: float = 60.0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the machine, and returns what it printed on both outputs."""
        result = subprocess.run(
            self.command(*command, user=user), input=input, stdin=None if input is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=patience, env=self.environment(environment))
        assert not check or result.returncode == 0, f"{command} ended with {result.returncode}:\n{result.stdout}"
        return result

    def command(self, *command: str | Path, user: str | None = None) -> Sequence[str | Path]:
        """What runs a command in the machine from here."""
        whose = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"] if user else []
        return ["nsenter", "--target", str(self.leader), "--all", "--wdns=/", "--", *whose, *command]

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"} | HURRY | (more or {})

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """Entries of the machine's journal, oldest first, each with its fields."""
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", "--output=json", "--all", "--quiet", *matches).stdout.splitlines()
        return [json.loads(line) for line in lines]


def enter(network: BinaryIO) -> None:
    """Makes a network this thread's own."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(network.fileno(), 0x40000000) != 0:  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "setns")
