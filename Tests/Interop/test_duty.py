"""Who is on duty, as the real daemon says it: in alerts, to operators, after a reload, and from its journal."""

from __future__ import annotations

import json

import pytest

from cli import needs_tocsin, tocsin
from support import PATIENCE, Daemon, becomes_true, expect, report
from tip1 import Refused

DUTY = """
time-zone: Asia/Shanghai
persons: [王建国, 李梅, 赵磊]
rosters:
  - recipient: fire
    layers: [{ calendar: fire.ics }]
  - recipient: ems
    overrides: [{ from: 2020-01-01T08:00, to: 2020-01-02T08:00, persons: 赵磊 }]
"""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20200101
RRULE:FREQ=DAILY
SUMMARY:王建国\\, 李梅
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class DutyDaemon(Daemon):
    """A daemon with a duty sheet."""

    def __init__(self, **settings):
        super().__init__(duty="duty.yaml", **settings)
        (self.folder / "duty.yaml").write_text(DUTY)
        (self.folder / "fire.ics").write_text(CALENDAR)


@pytest.fixture
def daemon(closing) -> DutyDaemon:
    daemon = DutyDaemon()
    closing.callback(daemon.remove)
    return daemon.start()


@needs_tocsin
def test_alerts_and_operators_are_told_who_is_on_duty(daemon, reporter, connect, operator):
    desks = {}
    for recipient in ("fire", "ems", "duty-office"):
        desks[recipient] = connect(daemon.alerts)
        desks[recipient].send(f"TIP1 JOIN {recipient} desk 10")
        expect(desks[recipient], f"JOINED {recipient}")
    incident = reporter.report(report("a1"))["incident"]
    reporter.report(report("a2", event="something-else", category="Other"))
    envelopes = {name: json.loads(expect(desk, f"ALERT {name} 1").bodies[0]) for name, desk in desks.items()}
    assert envelopes["fire"]["onDuty"] == ["王建国", "李梅"]
    assert envelopes["ems"]["onDuty"] == []
    assert "onDuty" not in envelopes["duty-office"]

    alerts = {one["recipient"]: one for one in operator.ask("INCIDENT", {"incident": incident})["alerts"]}
    assert alerts["fire"]["onDuty"] == ["王建国", "李梅"]
    # Nobody waits for an answer of those who are only informed.
    assert "onDuty" not in alerts["ems"]
    mailboxes = {one["recipient"]: one for one in operator.ask("PENDING")["mailboxes"]}
    assert mailboxes["fire"]["onDuty"] == ["王建国", "李梅"] and mailboxes["ems"]["onDuty"] == []
    assert "onDuty" not in mailboxes["duty-office"]
    duty = operator.ask("INFO")["duty"]
    assert duty["rosters"] == 2 and duty["warningCount"] == 1
    assert "duty.yaml:7:5: nobody is on duty for ems from now on" in duty["warnings"][0]

    desks["fire"].send("TIP1 ACKNOWLEDGE fire 1", {"by": "王建国"})
    expect(desks["fire"], "CONFIRMED fire 1")
    assert "onDuty" not in operator.ask("INCIDENT", {"incident": incident})["alerts"][0]

    incident = reporter.report(report("a3"))["incident"]
    assert "on duty: 王建国, 李梅" in tocsin(daemon, "show", str(incident))
    assert "王建国, 李梅" in tocsin(daemon, "status", "--mailboxes")


@pytest.mark.parametrize(("name", "wrong", "place"), [
    ("duty.yaml", DUTY.replace("赵磊]", "赵雷]"), "duty.yaml:8:74: '赵磊' is not a person of this file's list"),
    ("fire.ics", CALENDAR.replace("DAILY", "HOURLY"), "fire.ics:6:12: 'HOURLY' is not how often duty recurs"),
])
def test_a_broken_sheet_is_refused_and_the_one_in_force_stays_even_after_a_restart(
        daemon, reporter, connect, operator, name, wrong, place):
    def on_duty(identifier: str) -> list[str]:
        reporter.report(report(identifier))
        return json.loads(expect(desk, "ALERT fire").bodies[0])["onDuty"]

    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk 10")
    expect(desk, "JOINED fire")
    (daemon.folder / name).write_text(wrong)
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD", patience=PATIENCE)
    assert place in str(refused.value)
    assert on_duty("a1") == ["王建国", "李梅"]

    # The journal has the calendar, too.
    daemon.restart()
    info = operator.ask("INFO", patience=PATIENCE)
    assert info["rules"]["fromJournal"] and info["duty"]["rosters"] == 2
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk 10")
    expect(desk, "JOINED fire")
    assert json.loads(expect(desk, "ALERT fire 1").bodies[0])["onDuty"] == ["王建国", "李梅"]

    (daemon.folder / "duty.yaml").write_text(DUTY.replace("layers: [{ calendar: fire.ics }]", "layers: [{ persons: 赵磊 }]"))
    (daemon.folder / "fire.ics").write_text(CALENDAR)
    answer = operator.ask("RELOAD", patience=PATIENCE)
    assert answer["duty"]["rosters"] == 2
    assert on_duty("a2") == ["赵磊"]
    assert not operator.ask("INFO")["rules"]["fromJournal"]


def test_a_gap_that_comes_is_an_incident_until_it_is_filled(daemon, operator):
    def reload(sheet: str) -> None:
        (daemon.folder / "duty.yaml").write_text(sheet)
        operator.ask("RELOAD", patience=PATIENCE)

    def gaps() -> list[dict]:
        return [one for one in operator.ask("INCIDENTS")["incidents"] if one["event"] == "duty-gap"]

    reload("gap-notice: 24h" + DUTY)
    assert becomes_true(lambda: len(gaps()) == 1, operator)
    assert gaps()[0]["recipients"] == ["duty-office"] and gaps()[0]["open"]
    reload("gap-notice: 24h" + DUTY + "    layers: [{ persons: 赵磊 }]\n")
    assert becomes_true(lambda: not gaps()[0]["open"], operator)
    closed = operator.ask("INCIDENT", {"incident": gaps()[0]["incident"]})["timeline"][-1]
    assert (closed["by"], closed["note"]) == ("tocsind", "Somebody is on duty then.")
