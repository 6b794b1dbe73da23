"""1,500 real calls through the real daemon, which is killed with SIGKILL on the way, again and again.

Four departments listen, each at one terminal that acknowledges every alert by name. Three callers report: two keep many
reports under way at once, and one is a plain REQ socket. Everything happens in one loop in one thread, so a kill comes
at a known moment: when so many receipts are here, and both reports and alerts are under way.

At the end every call has a receipt with one incident number, and every department has received and acknowledged exactly
the alerts that the rules give it. What came twice was marked. The journal, asked in SQL, says the same.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
import zmq

from calls_to_reports import reports
from support import SHARED_DATA, Daemon
from tip1 import Alert, Connection, Json, Message, Reporter, Terminal

CALLS = SHARED_DATA / "911-calls.csv"

KILL_AFTER_RECEIPTS = [150, 400, 650, 900, 1150]
ALL_MUST_BE_DONE_WITHIN = 120.0

DEPARTMENTS = """
departments:
  - { name: ems, zh: 急救, en: Emergency Medical Services }
  - { name: fire, zh: 消防, en: Fire Department }
  - { name: traffic, zh: 交警, en: Traffic Police }
  - { name: dispatch, zh: 调度, en: Dispatch }
"""

RULES = """
fallback: dispatch
rules:
  - name: dispatch knows everything
    inform: dispatch

  - name: a disabled vehicle waits for the traffic police and for nobody else
    when: { event: disabled-vehicle }
    inform: traffic
    stop: true

  - name: the sick and the injured
    when: { category: Health }
    notify: ems

  - name: fire, gas and dangerous goods
    when: { category: [Fire, Safety, CBRNE] }
    notify: fire

  - name: fires and gas that may hurt somebody
    when:
      event: [building-fire, vehicle-fire, gas-odor-leak, carbon-monoxide-detector]
      severity: at least Moderate
    inform: ems

  - name: rescue
    when: { category: Rescue }
    notify: [fire, ems]

  - name: on the road
    when: { category: Transport }
    notify: traffic

  - name: accidents on the road
    when: { event: vehicle-accident }
    inform: [ems, traffic]
"""


def told(report: Json) -> dict[str, str]:
    """What the rules above mean, in Python: who is told of a report, and for which purpose."""
    category, event, severity = report["category"], report["event"], report["severity"]
    if event == "disabled-vehicle":
        return {"dispatch": "information", "traffic": "information"}
    told = {"dispatch": "information"}
    if event == "vehicle-accident":
        told |= {"ems": "information", "traffic": "information"}
    if event in ("building-fire", "vehicle-fire", "gas-odor-leak", "carbon-monoxide-detector"):
        if severity in ("Extreme", "Severe", "Moderate"):
            told["ems"] = "information"
    if category in ("Health", "Rescue"):
        told["ems"] = "action"
    if category in ("Fire", "Safety", "CBRNE", "Rescue"):
        told["fire"] = "action"
    if category == "Transport":
        told["traffic"] = "action"
    return told


@dataclass
class Caller:
    """Reports its share of the calls, some at a time, each again and again until it has its receipt."""

    endpoint: str
    waiting: list[bytes]
    at_a_time: int
    kind: int = zmq.DEALER
    patience: float = 0.5
    under_way: dict[str, bytes] = field(default_factory=dict)
    receipts: list[tuple[bytes, Json]] = field(default_factory=list)
    resent: int = 0

    def __post_init__(self) -> None:
        self.connection = Connection(self.endpoint, self.kind)
        self.references = map(str, itertools.count(1))
        self.heard = time.monotonic()

    @property
    def done(self) -> bool:
        return not self.waiting and not self.under_way

    def send(self, report: bytes) -> None:
        reference = next(self.references)
        self.under_way[reference] = report
        self.connection.send(f"TIP1 REPORT {reference}", report)

    def turn(self, may_send: bool) -> None:
        """Takes the answers that are there, and sends what may be sent."""
        while message := self.connection.receive(0):
            self.heard = time.monotonic()
            assert message.command == "RECEIPT", message
            self.receipts.append((self.under_way.pop(message.arguments[0]), message.body))
        if self.under_way and time.monotonic() > self.heard + self.patience:
            self.send_again()
        while may_send and self.waiting and len(self.under_way) < self.at_a_time:
            self.send(self.waiting.pop())

    def send_again(self) -> None:
        """The broker is silent: the same reports, byte for byte, over a new connection."""
        self.connection = self.connection.renewed()
        self.heard = time.monotonic()
        unanswered = list(self.under_way.values())
        self.under_way.clear()
        self.resent += len(unanswered)
        for report in unanswered:
            self.send(report)


@dataclass
class Desk:
    """A department's terminal. It says RECEIVED to every alert that comes, and acknowledges each new one by name."""

    endpoint: str
    department: str

    def __post_init__(self) -> None:
        self.terminal = Terminal(self.endpoint, self.department, "desk-1")
        self.alerts: dict[int, Alert] = {}
        self.confirmed: set[int] = set()
        self.duplicates = 0
        self.joined = 0

    @property
    def officer(self) -> str:
        return f"Officer at {self.department}'s desk"

    def turn(self) -> None:
        """Takes what is there; at least once, to keep the terminal alive."""
        while came := self.terminal.take(0):
            match came:
                case Alert() as alert:
                    self.take(alert)
                case Message("CONFIRMED", [_, number, state]):
                    assert state == "acknowledged"
                    self.confirmed.add(int(number))
                case Message("JOINED"):
                    self.joined += 1
                case Message("REFUSED", [_, code]):
                    assert code == "notJoined", came

    def take(self, alert: Alert) -> None:
        self.terminal.received(alert)
        if alert.known:
            first = self.alerts[alert.number]
            assert alert.envelope["redelivered"], f"{self.department} {alert.number} came twice and is not marked"
            assert (alert.report, alert.envelope["incident"]) == (first.report, first.envelope["incident"])
            self.duplicates += 1
        else:
            self.alerts[alert.number] = alert
            self.terminal.acknowledge(alert, by=self.officer)


class Day:
    """All the calls, the callers, the desks and the daemon."""

    def __init__(self, daemon: Daemon, calls: list[Json]):
        self.daemon = daemon
        self.calls = {json.dumps(call, ensure_ascii=False).encode(): call for call in calls}
        self.kills = 0
        bodies = list(self.calls)
        self.callers = [Caller(daemon.reports, bodies[0::5] + bodies[1::5], at_a_time=64),
                        Caller(daemon.reports, bodies[2::5] + bodies[3::5], at_a_time=64),
                        Caller(daemon.reports, bodies[4::5], at_a_time=1, kind=zmq.REQ)]
        self.desks = {name: Desk(daemon.alerts, name) for name in ("ems", "fire", "traffic", "dispatch")}

    @property
    def receipts(self) -> list[tuple[bytes, Json]]:
        return [receipt for caller in self.callers for receipt in caller.receipts]

    @property
    def reports_under_way(self) -> int:
        return sum(len(caller.under_way) for caller in self.callers)

    @property
    def alerts_under_way(self) -> int:
        """How many alerts the receipts have promised that no desk has got yet."""
        promised = sum(len(receipt["recipients"]) for _, receipt in self.receipts)
        return promised - sum(len(desk.alerts) for desk in self.desks.values())

    @property
    def done(self) -> bool:
        return all(caller.done for caller in self.callers) and self.alerts_under_way <= 0 and all(
            desk.confirmed == desk.alerts.keys() for desk in self.desks.values())

    def run(self) -> None:
        end = time.monotonic() + ALL_MUST_BE_DONE_WITHIN
        while not self.done:
            assert time.monotonic() < end, f"not done in time: {self.summary()}"
            # Callers and desks look after everything that came; this only waits for something to come.
            sockets = [caller.connection.socket for caller in self.callers]
            sockets += [socket for desk in self.desks.values() for socket in desk.terminal.connection.sockets]
            zmq.select(sockets, [], [], 0.05)
            # A kill hurts when every desk is there and reports and alerts are under way: calls are kept for that, and
            # the desks look away until it has come. Else a fast desk could have every alert before its receipt is read.
            may_send = not self.kill_is_due or self.desks_are_joined
            for caller in self.callers:
                caller.turn(may_send)
            self.kill_when_it_hurts()
            if not (self.kill_is_due and self.desks_are_joined):
                for desk in self.desks.values():
                    desk.turn()
        for desk in self.desks.values():
            desk.terminal.leave()

    @property
    def kill_is_due(self) -> bool:
        return self.kills < len(KILL_AFTER_RECEIPTS) and len(self.receipts) >= KILL_AFTER_RECEIPTS[self.kills]

    @property
    def desks_are_joined(self) -> bool:
        return all(desk.joined > self.kills for desk in self.desks.values())

    def kill_when_it_hurts(self) -> None:
        if self.kill_is_due and self.desks_are_joined and self.reports_under_way and self.alerts_under_way > 0:
            self.kills += 1
            self.daemon.restart()

    def summary(self) -> str:
        alerts = {name: len(desk.alerts) for name, desk in self.desks.items()}
        acknowledged = sum(len(desk.confirmed) for desk in self.desks.values())
        duplicates = sum(desk.duplicates for desk in self.desks.values())
        return (f"{len(self.receipts)} receipts for {len(self.calls)} calls, "
                f"{sum(caller.resent for caller in self.callers)} sent again, "
                f"{sum(alerts.values())} alerts {alerts}, {acknowledged} acknowledged, "
                f"{duplicates} duplicates, all marked, {self.kills} kills")


@pytest.mark.skipif(not CALLS.exists(), reason=f"{CALLS} is not there")
def test_no_call_and_no_alert_is_lost_however_often_the_daemon_is_killed(make_daemon, capsys):
    daemon = make_daemon(rules=RULES, departments=DEPARTMENTS, grids=None, heartbeat="200ms")
    day = Day(daemon, list(reports(CALLS)))
    assert len(day.calls) == 1500
    day.run()
    with capsys.disabled():
        print(f"\n  {day.summary()}")
    assert day.kills == len(KILL_AFTER_RECEIPTS)

    incidents = each_call_has_one_incident(day)
    some_calls_sent_once_more_get_their_first_receipts(day)
    each_desk_has_exactly_its_alerts(day, incidents)
    the_journal_says_the_same(day, incidents)


def each_call_has_one_incident(day: Day) -> dict[int, Json]:
    """Checks the receipts; gives the call of each incident number."""
    incidents: dict[int, Json] = {}
    for body, receipt in day.receipts:
        call = day.calls[body]
        assert incidents.setdefault(receipt["incident"], call) is call, "two calls with one number"
        assert {one["recipient"]: one["purpose"] for one in receipt["recipients"]} == told(call)
    assert len(incidents) == len(day.receipts) == len(day.calls)
    return incidents


def some_calls_sent_once_more_get_their_first_receipts(day: Day) -> None:
    reporter = Reporter(day.daemon.reports)
    for body, receipt in day.receipts[::50]:
        assert reporter.report(body) == receipt | {"duplicate": True}
    reporter.close()


def each_desk_has_exactly_its_alerts(day: Day, incidents: dict[int, Json]) -> None:
    bodies = {call["identifier"]: body for body, call in day.calls.items()}
    for department, desk in day.desks.items():
        got = Counter(alert.envelope["incident"] for alert in desk.alerts.values())
        assert got == Counter(number for number, call in incidents.items() if department in told(call))
        assert desk.confirmed == desk.alerts.keys()
        assert desk.joined >= day.kills
        for alert in desk.alerts.values():
            call = incidents[alert.envelope["incident"]]
            assert alert.report == bodies[call["identifier"]]
            assert alert.envelope["purpose"] == told(call)[department]


def the_journal_says_the_same(day: Day, incidents: dict[int, Json]) -> None:
    rows = day.daemon.sql("SELECT incident, sender, identifier FROM incidents")
    assert {row["incident"]: row["identifier"] for row in rows} == {
        number: call["identifier"] for number, call in incidents.items()}
    assert len(rows) == len(incidents) and {row["sender"] for row in rows} == {"montgomery-911"}

    wanted = Counter(item for call in incidents.values() for item in told(call).items())
    rows = day.daemon.sql("""
        SELECT recipient, purpose, count(*) AS alerts, count(DISTINCT incident) AS incidents,
            count(acknowledged_at) AS acknowledged, group_concat(DISTINCT acknowledged_by) AS people
        FROM alerts GROUP BY recipient, purpose""")
    assert {(row["recipient"], row["purpose"]): row["alerts"] for row in rows} == wanted
    for row in rows:
        assert row["alerts"] == row["incidents"] == row["acknowledged"], row
        assert row["people"] == day.desks[row["recipient"]].officer, row
    named, = day.daemon.sql("SELECT count(*) AS alerts FROM (SELECT DISTINCT recipient, number FROM acknowledgements)")
    assert named["alerts"] == wanted.total()
