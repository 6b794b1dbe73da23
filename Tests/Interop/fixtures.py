"""Fixtures of both kinds of tests: those of the daemon as a process, and those of the service on a machine.

A conftest imports them, and has a fixture `broker` that they connect to.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import zmq

from tip1 import Connection, Operator, Reporter


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """What is closed with the test, also when it fails."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def connect(closing: ExitStack) -> Callable[..., Connection]:
    """Opens a connection to an endpoint: DEALER, or another kind of socket."""

    def connect(endpoint: str, kind: int = zmq.DEALER) -> Connection:
        connection = Connection(endpoint, kind)
        closing.callback(connection.close)
        return connection

    return connect


@pytest.fixture
def reporter(broker: Any, closing: ExitStack) -> Reporter:
    reporter = Reporter(broker.reports)
    closing.callback(lambda: reporter.close())
    return reporter


@pytest.fixture
def operator(broker: Any, closing: ExitStack) -> Operator:
    operator = Operator(broker.control)
    closing.callback(operator.close)
    return operator


@pytest.fixture
def compiler() -> str:
    """What makes a clock that can be set."""
    found = shutil.which("clang") or shutil.which("cc")
    if not found:
        pytest.skip("there is no C compiler to make a clock that can be set")
    return found
