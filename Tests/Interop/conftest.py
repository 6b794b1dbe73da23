"""Fixtures: daemons and connections that end with the test, also when it fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import zmq

from support import Clock, Daemon
from tip1 import Connection, Operator, Reporter, Terminal, Wallboard


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """A civil clock that can be set; a daemon has it that is made with its environment."""
    compiler = shutil.which("clang") or shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler to make a clock that can be set")
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
def connect(closing: ExitStack) -> Callable[..., Connection]:
    """Opens a connection to an endpoint: DEALER, or another kind of socket."""

    def connect(endpoint: str, kind: int = zmq.DEALER) -> Connection:
        connection = Connection(endpoint, kind)
        closing.callback(connection.close)
        return connection

    return connect


@pytest.fixture
def reporter(daemon: Daemon, closing: ExitStack) -> Reporter:
    reporter = Reporter(daemon.reports)
    closing.callback(lambda: reporter.close())
    return reporter


@pytest.fixture
def operator(daemon: Daemon, closing: ExitStack) -> Operator:
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    return operator


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
