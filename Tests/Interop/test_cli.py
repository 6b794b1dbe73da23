"""The command line `tocsin` against the daemon: a few things, side by side with a client of this folder."""

from __future__ import annotations

import json
import subprocess

import pytest

from support import PATIENCE, expect, program, report

TOCSIN = program("TOCSIN", "tocsin")

pytestmark = pytest.mark.skipif(not TOCSIN, reason="there is no `tocsin`: name it in the environment variable TOCSIN")


def command(daemon, *arguments: str) -> list[str]:
    first, *rest = arguments
    return [TOCSIN, first, "--reports", daemon.reports, "--alerts", daemon.alerts, "--control", daemon.control, *rest]


def tocsin(daemon, *arguments: str, code: int = 0) -> str:
    ran = subprocess.run(command(daemon, *arguments), capture_output=True, timeout=PATIENCE)
    assert ran.returncode == code, ran.stdout.decode() + ran.stderr.decode()
    return ran.stdout.decode()


def test_report_prints_the_receipt_as_it_came(daemon, reporter):
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(report(headline="居民楼三层起火"), ensure_ascii=False))
    receipt = json.loads(tocsin(daemon, "report", str(path), "--json"))
    assert reporter.report(report()) == receipt | {"duplicate": True}


def test_report_says_what_is_wrong_and_exits_with_3(daemon):
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(report(severity="III")))
    tocsin(daemon, "report", str(path), code=3)


def test_listen_shows_the_alerts_and_acknowledges_them(daemon, reporter, connect):
    incidents = [reporter.report(report(name, headline="居民楼三层起火"))["incident"] for name in ("a1", "a2")]
    shown = tocsin(daemon, "listen", "fire", "--count", "2", "--acknowledge-as", "Wang, desk 2")
    assert "居民楼三层起火" in shown
    rows = daemon.sql("SELECT incident, acknowledged_by FROM alerts WHERE recipient = 'fire' ORDER BY incident")
    assert rows == [{"incident": incident, "acknowledged_by": "Wang, desk 2"} for incident in incidents]
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    assert expect(desk, "JOINED fire").body["pending"] == 0


def test_status_prints_info_as_it_came(daemon, operator):
    status = json.loads(tocsin(daemon, "status", "--json"))
    info = operator.ask("INFO")
    assert (status["name"], status["endpoints"]) == ("tocsind", info["endpoints"])
