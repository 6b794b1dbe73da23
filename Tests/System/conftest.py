"""Fixtures: the machine, which is one for all tests, and the service in it, which is a new one for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disk import Disk
from fixtures import closing, compiler, connect, reporter  # noqa: F401
from machine import Machine, Missing, base, package
from service import Service


@pytest.fixture(scope="session")
def built() -> Path:
    """The package."""
    try:
        return package()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def machine(built: Path) -> Iterator[Machine]:
    """A machine that has booted, and has nothing of Tocsin yet."""
    try:
        machine = Machine(base(built))
    except Missing as missing:
        pytest.skip(str(missing))
    try:
        machine.boot()
        machine.path("/root/tocsin.deb").write_bytes(built.read_bytes())
        with machine.network():
            yield machine
    except Missing as missing:
        pytest.skip(str(missing))
    finally:
        machine.remove()


@pytest.fixture(scope="session")
def installed(machine: Machine) -> str:
    """What the first installation printed."""
    return machine.run("apt-get", "install", "--yes", "/root/tocsin.deb").stdout


@pytest.fixture
def service(machine: Machine, installed: str) -> Service:
    """The service with an empty journal, running."""
    if machine.run("dpkg-query", "--show", "--showformat=${db:Status-Status}", "tocsin", check=False).stdout != "installed":
        machine.run("apt-get", "install", "--yes", "/root/tocsin.deb")
    service = Service(machine)
    service.begin()
    return service


@pytest.fixture
def disk(service: Service) -> Iterator[Disk]:
    """A file system that a test can start the service on."""
    try:
        disk = Disk(service.machine)
    except Missing as missing:
        pytest.skip(str(missing))
    try:
        yield disk
    finally:
        service.stop()
        disk.remove()
        service.begin()


@pytest.fixture
def broker(service: Service) -> Service:
    return service
