"""Drills for tests: how one is played, and how its table is read."""

from __future__ import annotations

import csv
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from support import PATIENCE, REPOSITORY, Daemon, program

TOCSIN = program("TOCSIN", "tocsin")
SCENARIOS = sorted(path.parent for path in (REPOSITORY / "Config/scenarios").glob("*/drill.yaml"))

DRILL = """
name: small
wait: 2s
reports:
  - at: 0s
    report: { event: structure-fire, category: Fire, severity: Severe }
    expect:
      - { recipient: fire, within: 400ms }
      - { recipient: ems, within: 2s }
"""


def drill(daemon: Daemon, file: Path, *arguments: str | Path, hears: Callable[[str], None] = lambda line: None
          ) -> subprocess.CompletedProcess[str]:
    """Plays a drill; `hears` gets each line as it comes."""
    command = [TOCSIN, "drill", file, "--reports", daemon.reports, "--control", daemon.control, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={}) as running:
        ending = threading.Timer(PATIENCE, running.kill)
        ending.start()
        lines = []
        for line in running.stdout:
            lines.append(line)
            hears(line)
        errors = running.stderr.read()
        code = running.wait()
        ending.cancel()
    return subprocess.CompletedProcess(command, code, "".join(lines), errors)


def table(file: Path) -> list[dict[str, str]]:
    with open(file, newline="", encoding="utf-8") as lines:
        return [line | {"delivered": "yes" if line.get("delivered_ms", line.get("delivered")) else ""}
                for line in csv.DictReader(lines)]
