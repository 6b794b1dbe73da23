"""Runs `tocsin`, the command line, against a daemon."""

from __future__ import annotations

import re
import subprocess

import pytest

from support import PATIENCE, program

TOCSIN = program("TOCSIN", "tocsin")

needs_tocsin = pytest.mark.skipif(not TOCSIN, reason="there is no `tocsin`: name it in the environment variable TOCSIN")

SMALL = ("report", "--event", "x", "--category", "Fire", "--severity", "Minor")


def command(daemon, *arguments: str) -> list[str]:
    """The command line, with the daemon's endpoints where the arguments name no others."""
    first, *rest = arguments
    endpoints = {"--reports": daemon.reports, "--alerts": daemon.alerts, "--control": daemon.control}
    if first == "bench":
        del endpoints["--control"]
    named = [word for flag, endpoint in endpoints.items() if flag not in rest for word in (flag, endpoint)]
    return [TOCSIN, first, *named, *rest]


def run(daemon, *arguments: str, code: int = 0, input: str = "", stdout=subprocess.PIPE
        ) -> subprocess.CompletedProcess[str]:
    environment = {"COLUMNS": "100", "TZ": "UTC"}
    ran = subprocess.run(command(daemon, *arguments), input=input, stdout=stdout, stderr=subprocess.PIPE, text=True,
                         timeout=PATIENCE, env=environment)
    assert ran.returncode == code, (ran.stdout or "") + ran.stderr
    return ran


def tocsin(daemon, *arguments: str, code: int = 0, input: str = "") -> str:
    return run(daemon, *arguments, code=code, input=input).stdout


def scrubbed(text: str) -> str:
    """The text with T for each time and duration, and without the spaces that depend on how long those are."""
    text = re.sub(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(\.\d{3})?|\+?\d+(\.\d)? (ms|s)\b", "T", text)
    return re.sub(r" {2,}", "  ", text)


def lines(text: str) -> list[str]:
    return [line.strip() for line in scrubbed(text).splitlines()]
