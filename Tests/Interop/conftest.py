"""Fixtures: daemons and connections that end with the test, also when it fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import zmq

from disks import Disk
from fixtures import closing, compiler, connect, operator, reporter  # noqa: F401
from keys import KeyedDaemon
from support import Clock, Daemon
from tip1 import Connection, Json, Keys, Terminal, Wallboard


@pytest.fixture
def clock(tmp_path: Path, compiler: str) -> Clock:
    """A civil clock that can be set; a daemon has it that is made with its environment."""
    return Clock(tmp_path, compiler)


@pytest.fixture
def make_daemon(closing: ExitStack) -> Callable[..., Daemon]:
    """Starts a daemon with the rules and settings given."""

    def make(**settings: Any) -> Daemon:
        daemon = Daemon(**settings)
        closing.callback(daemon.remove)
        return daemon.start()

    return make


@pytest.fixture
def daemon(make_daemon: Callable[..., Daemon]) -> Daemon:
    return make_daemon()


@pytest.fixture
def make_keyed(closing: ExitStack) -> Callable[..., KeyedDaemon]:
    """Starts a daemon that asks for keys, with the clients and settings given."""

    def make(clients: dict[str, Json], **settings: Any) -> KeyedDaemon:
        daemon = KeyedDaemon(clients, **settings)
        closing.callback(daemon.remove)
        return daemon.start()

    return make


@pytest.fixture
def come(closing: ExitStack) -> Callable[..., Connection]:
    """Opens a connection with a client's keys."""

    def come(endpoint: str, keys: Keys | None, kind: int = zmq.DEALER) -> Connection:
        connection = Connection(endpoint, kind, keys=keys)
        closing.callback(connection.close)
        return connection

    return come


@pytest.fixture
def on_disk(closing: ExitStack) -> Callable[..., tuple[Daemon, Disk]]:
    """A daemon whose state has a disk of its own, with what its journal needs and some more; it is not started."""

    def on_disk(kind: str = "tmpfs", megabytes: int = 160, **settings) -> tuple[Daemon, Disk]:
        daemon = Daemon(**settings)
        closing.callback(daemon.remove)
        return daemon, Disk(daemon, kind, megabytes, closing)

    return on_disk


@pytest.fixture
def broker(daemon: Daemon) -> Daemon:
    return daemon


@pytest.fixture
def terminal(closing: ExitStack) -> Callable[..., Terminal]:
    """Opens a terminal of a recipient."""

    def terminal(daemon: Daemon, recipient: str, name: str = "desk-1", credit: int = 64) -> Terminal:
        terminal = Terminal(daemon.alerts, recipient, name, credit)
        closing.callback(terminal.close)
        return terminal

    return terminal


@pytest.fixture
def wallboard(daemon: Daemon, closing: ExitStack) -> Callable[..., Wallboard]:
    """Opens a wallboard with these subscriptions."""

    def wallboard(*prefixes: str) -> Wallboard:
        wallboard = Wallboard(daemon.feed, *prefixes)
        closing.callback(wallboard.close)
        return wallboard

    return wallboard
