"""The peers' harness, run.py: one and the same job over Tocsin and the brokers somebody would pick instead."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from bench import Bench
from daemon import BENCH
from sheet import DataLost, NotMeasured

PATIENCE = 1800.0

NEEDS = {"redis-always": [Path("/usr/bin/redis-server"), Path("/usr/include/hiredis/hiredis.h")],
         "rabbit-quorum": [Path("/usr/lib/rabbitmq/bin/rabbitmq-server")]}
"""What run.py starts, where Debian has it."""


def run(bench: Bench, peer: str, *jobs: str, acknowledge: bool = False) -> str:
    """What run.py prints about one peer. Each peer has its own call, so that one that fails costs no other."""
    if not bench.peers.is_file():
        raise NotMeasured(f"{bench.peers} is not there")
    for path in NEEDS.get(peer, []):
        if not path.exists():
            raise NotMeasured(f"{peer} is not installed: there is no {path}")
    environment = os.environ | {"TMPDIR": str(bench.folder)}
    environment |= {"ACKNOWLEDGE": "1"} if acknowledge else {}
    command = [sys.executable, str(bench.peers), "--tocsind", str(bench.tocsind), "--config", str(BENCH), peer, "--",
               *jobs]
    # In a session of its own, so that an interrupt from the keyboard comes once and in order.
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output = process.communicate(timeout=PATIENCE)[0]
    except BaseException:
        # It ends its broker in order when it is interrupted, unless that has only just been started.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        raise
    finally:
        end_all_started(bench.folder)
        process.wait()
    if process.returncode:
        raise NotMeasured(f"{peer}: {output.strip().splitlines()[-1] if output.strip() else 'run.py failed'}")
    for line in output.splitlines():
        if "TIMEOUT" in line or "STALL" in line:
            raise DataLost(f"{peer}: {line}")
    return output


def end_all_started(folder: Path) -> None:
    """Ends what run.py has left behind, known by the TMPDIR that only it was given: a broker that it had only just
    started, or Erlang's port mapper, which makes itself independent."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)


def rows(output: str, job: str) -> list[dict[str, float]]:
    """The runs of `fan` or `lat`: the number behind each name in its lines; all that was sent must have come."""
    rows = []
    for line in output.splitlines():
        if re.match(rf"\[[\w-]+\] {job} N ", line):
            row = {name: float(figure) for name, figure in re.findall(r"(\S+) (-?[\d.]+)(?= |$)", line)}
            if row["received"] != row["N"] * row["D"] or row["err"]:
                raise DataLost(line)
            rows.append(row)
    if not rows:
        raise NotMeasured(f"run.py printed no line for {job}: {output.strip()[-200:]}")
    return rows


def median_rate(output: str, fanout: int) -> float:
    """Incidents a second."""
    return statistics.median(row["inc/s"] for row in rows(output, "fan") if row["D"] == fanout)
