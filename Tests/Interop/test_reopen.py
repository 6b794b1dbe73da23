"""REOPEN through the real daemon: what is owed again, what is refused, and what people see."""

from __future__ import annotations

import json

import pytest

from cli import needs_tocsin, run, tocsin
from support import PATIENCE, Daemon, expect, report
from tip1 import Connection, Json

LI = {"by": "Li, duty office", "reason": "三层又冒烟"}


@pytest.fixture
def fire(daemon: Daemon, connect) -> Connection:
    connection = connect(daemon.alerts)
    connection.send("TIP1 JOIN fire desk-1 64")
    expect(connection, "JOINED fire")
    return connection


def refused(connection: Connection, body: Json) -> tuple[str, str]:
    message = connection.ask("TIP1 REOPEN r", body, patience=PATIENCE)
    assert message.command == "REFUSED", message
    return message.arguments[-1], message.body["message"]


def test_what_was_owed_is_owed_again_and_rings(daemon, fire, reporter, operator, connect):
    number = reporter.report(report("a1"))["incident"]
    expect(fire, "ALERT fire 1")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    expect(fire, "CONFIRMED fire 1 acknowledged")
    operator.ask("CLOSE", {"incident": number, "by": "Li", "reason": "out"})
    assert expect(fire, "TAKEN fire 1").body["state"] == "cancelled"
    operator.ask("REOPEN", {"incident": number} | LI)
    envelope = json.loads(expect(fire, "ALERT fire 2").bodies[0])
    assert (envelope["incident"], envelope["purpose"], envelope["redelivered"]) == (number, "action", False)

    daemon.restart()
    fire = connect(daemon.alerts)
    fire.send("TIP1 JOIN fire desk-1 64")
    expect(fire, "JOINED fire")
    expect(fire, "ALERT fire 2")
    fire.send("TIP1 STATUS fire 2", {"state": "resolved", "by": "Wang"})
    expect(fire, "CONFIRMED fire 2 resolved")
    page = operator.ask("INCIDENT", {"incident": number})
    assert [one["state"] for one in page["timeline"] if one["state"] in ("closed", "reopened")] == ["closed", "reopened"]
    [again] = [one for one in page["timeline"] if one["state"] == "reopened"]
    assert (again["by"], again["note"]) == (LI["by"], LI["reason"])
    rows = daemon.sql(f"SELECT number, state FROM alerts WHERE incident = {number} AND recipient = 'fire' ORDER BY number")
    assert [(row["number"], row["state"]) for row in rows] == [(1, "cancelled"), (2, "resolved")]
    assert [row["operation"] for row in daemon.sql("SELECT operation FROM operations WHERE by LIKE 'Li%'")] == [
        "close", "reopen"]


def test_what_cannot_be_opened_again_is_refused_with_the_reason(daemon, reporter, connect):
    control = connect(daemon.control)
    number = reporter.report(report("b1"))["incident"]
    assert refused(control, {"incident": number} | LI) == ("invalid", f"Incident {number} is open.")
    assert refused(control, {"incident": 99} | LI) == ("unknownIncident", "There is no incident 99.")
    code, message = refused(control, {"incident": number, "by": "Li"})
    assert code == "invalid" and "reason" in message


@needs_tocsin
def test_people_look_before_they_close_and_open_again(daemon, reporter):
    number = str(reporter.report(report("c1"))["incident"])
    shown = tocsin(daemon, "close", number, "--preview")
    assert "would cancel" in shown and "fire" in shown and "Nothing has been changed" in shown
    assert f"Incident {number} is open." in run(daemon, "reopen", number, "--preview", code=1).stderr
    tocsin(daemon, "close", number, "--by", "Li", "--reason", "out")
    assert "would ring" in tocsin(daemon, "reopen", number, "--preview")
    said = tocsin(daemon, "reopen", number, "--by", "Li", "--reason", "三层又冒烟")
    assert said.startswith(f"Incident {number} is open again")
    assert "三层又冒烟" in tocsin(daemon, "show", number)


@needs_tocsin
def test_who_is_told_again_is_listed_once(daemon, reporter):
    number = str(reporter.report(report("d1"))["incident"])
    tocsin(daemon, "close", number, "--by", "Li", "--reason", "out")
    tocsin(daemon, "reopen", number, "--by", "Li", "--reason", "再")
    assert " fire, ems " in tocsin(daemon, "incidents").splitlines()[-1]
    assert ",fire ems," in tocsin(daemon, "incidents", "--csv")
    assert f"REOPEN incident {number}, by Li: “再”" in tocsin(daemon, "audit", "--control", daemon.control)
