"""README.md's programs and queries, as printed. Only port numbers and the incident's number are replaced."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support import PATIENCE, REPOSITORY, Daemon, becomes_true
from tip1 import Operator, Reporter

README = (REPOSITORY / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def program(name: str, daemon: Daemon) -> list[str | Path]:
    """The command that runs the block that begins with this file's name."""
    text, = (block for block in blocks("python") if block.startswith(f"# {name}\n"))
    for port, endpoint in (("7701", daemon.reports), ("7702", daemon.alerts)):
        text = text.replace(f"tcp://127.0.0.1:{port}", endpoint)
    path = daemon.folder / name
    path.write_text(text)
    return [sys.executable, "-u", path]


@pytest.fixture(scope="module")
def daemon():
    """The shipped configuration, with Dongcheng's departments and rules."""
    daemon = Daemon(configuration=REPOSITORY / "Config/tocsin.yaml")
    try:
        yield daemon.start()
    finally:
        daemon.remove()


def test_the_programs_with_keys_report_and_acknowledge(make_keyed):
    daemon = make_keyed({"handheld-7": {"report": {"as": "handheld-7", "within": "110101005"}}, "fire-desk": {"join": "fire"}})
    (daemon.folder / "keys").mkdir()
    for name, (public, secret) in daemon.pairs.items():
        daemon.write_key(f"keys/{name}.key", public, secret)
    (daemon.folder / "broker.pub").write_text(daemon.public + "\n")
    output = subprocess.check_output(program("reporter-with-key.py", daemon), cwd=daemon.folder, timeout=PATIENCE)
    header, receipt = output.decode().splitlines()
    assert header == "TIP1 RECEIPT 1"
    terminal = subprocess.Popen(program("terminal-with-key.py", daemon), cwd=daemon.folder, stdout=subprocess.PIPE)
    operator = daemon.operator()
    try:
        assert terminal.stdout.readline() == b"TIP1 ALERT fire 1\n"
        incident = {"incident": json.loads(receipt)["incident"]}
        assert becomes_true(lambda: any(entry.get("principal") == "fire-desk" and entry["state"] == "acknowledged"
                                        for entry in operator.ask("INCIDENT", incident)["timeline"]), operator)
    finally:
        operator.close()
        terminal.kill()
        terminal.communicate()


@pytest.fixture(scope="module")
def ran(daemon):
    """What the reporter and the terminal print, run side by side, until the alert is acknowledged."""
    terminal = subprocess.Popen(program("terminal.py", daemon), stdout=subprocess.PIPE)
    try:
        output = subprocess.check_output(program("reporter.py", daemon), timeout=PATIENCE)
        header, receipt = output.decode().splitlines()
        for progress in Reporter(daemon.reports).follow(json.loads(receipt)["incident"], patience=PATIENCE):
            if progress["state"] == "acknowledged":
                break
    finally:
        terminal.send_signal(signal.SIGKILL)
        printed = terminal.communicate()[0].decode()
    return header, json.loads(receipt), printed


@pytest.fixture(scope="module")
def incident(daemon, ran):
    """The incident as the daemon tells it afterwards."""
    operator = Operator(daemon.control)
    yield operator.ask("INCIDENT", {"incident": ran[1]["incident"]})
    operator.close()


def test_the_reporter_prints_its_receipt(ran):
    header, receipt, _ = ran
    assert header == "TIP1 RECEIPT 1"
    assert "fire" in [one["recipient"] for one in receipt["recipients"]]


def test_the_terminal_prints_the_alert_and_acknowledges(ran, incident):
    header, envelope, report = ran[2].splitlines()
    assert header == "TIP1 ALERT fire 1"
    assert json.loads(envelope)["incident"] == incident["incident"]
    assert json.loads(report)["headline"] == "居民楼三层起火"
    word, = (entry for entry in incident["timeline"] if entry["state"] == "acknowledged")
    assert (word["recipient"], word["by"]) == ("fire", "Wang, desk 2")


def test_the_queries_answer_while_the_daemon_runs(daemon, incident):
    # The queries ask for this day's incidents in local time. In this time zone it is noon, so the day does not end now.
    shift = time.gmtime().tm_hour - 12
    environment = os.environ | {"TZ": f"NOON{shift:+d}"}
    statements = [statement for block in blocks("sql") for statement in block.split(";") if statement.strip()]
    assert len(blocks("sql")) == 4 and len(statements) == 6
    daemon.await_table()
    for statement in statements:
        query = re.sub(r"(incident = )42\b", rf"\g<1>{incident['incident']}", statement)
        ran = subprocess.run(["sqlite3", "-readonly", "-json", daemon.folder / "state/journal.sqlite", query],
                             capture_output=True, env=environment, timeout=PATIENCE)
        assert ran.returncode == 0, f"{query}\n{ran.stderr.decode()}"
        assert ran.stdout.strip(), f"no rows:\n{query}"


def test_the_first_query_shows_who_has_not_acknowledged(daemon, incident):
    waiting = {one["recipient"] for one in incident["alerts"] if one["purpose"] == "action"} - {"fire"}
    assert {row["recipient"] for row in daemon.sql(blocks("sql")[0])} == waiting
