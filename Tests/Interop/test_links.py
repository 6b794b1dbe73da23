"""Supervised links: who is told when a recipient or a client is heard no more, and when it is back."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from cli import SMALL, command, needs_tocsin
from keys import KeyedDaemon
from support import DEPARTMENTS, PATIENCE, Daemon, becomes_true, expect, report
from tip1 import Alert, Connection, Json, Operator, Refused, Terminal

SUPERVISED = DEPARTMENTS.replace("en: Fire }", "en: Fire, supervised-by: duty-office }")
HEARTBEAT = 0.4
"""Three of them are a lost link here, as three of five seconds are by default."""


@pytest.fixture
def supervised(make_daemon: Callable[..., Daemon]) -> Daemon:
    return make_daemon(departments=SUPERVISED, heartbeat=f"{int(HEARTBEAT * 1000)}ms")


def said(alert: Alert) -> Json:
    """The report of an alert, taken apart."""
    return json.loads(alert.report)


class Room:
    """Terminals in one thread, all kept alive, and what they have been told."""

    def __init__(self, daemon: Daemon, closing: ExitStack):
        self.daemon, self.closing = daemon, closing
        self.terminals: dict[str, Terminal] = {}
        self.alerts: list[Alert] = []

    def come(self, recipient: str) -> Terminal:
        terminal = Terminal(self.daemon.alerts, recipient, f"{recipient}-1")
        self.closing.callback(terminal.connection.close)
        self.terminals[recipient] = terminal
        self.wait(lambda: not terminal.joining and terminal.epoch is not None)
        return terminal

    def vanish(self, recipient: str) -> None:
        """As a machine does whose power fails: it says nothing of it."""
        self.terminals.pop(recipient)

    def turn(self) -> None:
        for terminal in self.terminals.values():
            while (came := terminal.take(0.02)) is not None:
                if isinstance(came, Alert):
                    terminal.received(came)
                    if not came.known:
                        self.alerts.append(came)

    def wait(self, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < limit, self.told
            self.turn()

    def keep_on(self, heartbeats: float) -> None:
        end = time.monotonic() + heartbeats * HEARTBEAT
        while time.monotonic() < end:
            self.turn()

    @property
    def told(self) -> list[str]:
        reports = [(alert.recipient, said(alert)) for alert in self.alerts]
        return [f"{recipient}: {report['event']} {report['parameter']['link']}" for recipient, report in reports]

    def await_told(self, count: int) -> None:
        self.wait(lambda: len(self.told) >= count)


@pytest.fixture
def room(supervised: Daemon, closing: ExitStack) -> Room:
    return Room(supervised, closing)


def ask(daemon: Daemon, closing: ExitStack) -> Operator:
    operator = daemon.operator()
    closing.callback(operator.close)
    return operator


def test_a_terminal_that_vanishes_is_an_incident_and_its_return_ends_it(supervised, room, closing):
    room.come("duty-office")
    room.come("fire")
    room.keep_on(8)
    assert room.told == []
    room.vanish("fire")
    room.await_told(1)
    assert room.told == ["duty-office: link-lost fire"]
    lost = room.alerts[0]
    assert lost.envelope["purpose"] == "action" and lost.envelope["rule"] == "supervised-by: fire"
    assert said(lost)["headline"] == "消防链路中断 The link to Fire is lost"
    operator = ask(supervised, closing)
    links = operator.ask("INFO")["links"]
    assert (links["supervised"], links["lostCount"]) == (1, 1)
    assert links["lost"][0]["link"] == "fire" and links["lost"][0]["incident"] == lost.envelope["incident"]
    room.come("fire")
    room.await_told(2)
    assert room.told[1] == "duty-office: link-restored fire"
    restored = room.alerts[1]
    assert restored.envelope["purpose"] == "information"
    assert said(restored)["references"].startswith(f"tocsind,{said(lost)['identifier']},")
    assert becomes_true(lambda: operator.ask("INFO")["openIncidents"] == 0, operator)
    history = operator.ask("INCIDENT", {"incident": lost.envelope["incident"]})
    assert history["timeline"][-1] | {"at": 0} == {
        "at": 0, "state": "closed", "by": "tocsind", "note": "The link to fire is back."}
    assert history["explanation"]["rules"][0] == {
        "rule": "supervised-by: fire", "verdict": "matched", "conditions": ["fire is supervised by duty-office"]}
    assert [(who["recipient"], who["rule"]) for who in history["explanation"]["addressees"]] == [
        ("duty-office", "supervised-by: fire")]
    history = operator.ask("INCIDENT", {"incident": restored.envelope["incident"]})
    assert history["explanation"]["rules"] == [
        {"rule": "supervised-by: fire", "verdict": "matched",
         "conditions": ["fire is back, and whoever was told of its loss is informed"]}]
    assert "." not in said(lost)["parameter"]["lastHeard"] and said(restored)["parameter"]["seconds"].isdigit()


def test_a_link_that_comes_and_goes_is_one_incident_with_a_count(supervised, room, closing):
    room.come("duty-office")
    for _ in range(3):
        fire = room.come("fire")
        room.keep_on(1)
        room.vanish("fire")
        room.keep_on(5)
    assert room.told == ["duty-office: link-lost fire"]
    assert ask(supervised, closing).ask("INFO")["links"]["lost"][0]["losses"] == 3
    room.come("fire")
    room.await_told(2)
    assert said(room.alerts[-1])["parameter"]["losses"] == "3"
    assert fire.recipient == "fire"


def test_a_restart_does_not_ring_and_a_loss_from_before_goes_on(supervised, room, closing):
    room.come("duty-office")
    room.come("fire")
    supervised.restart()
    # Longer than the time that each has for coming back.
    room.keep_on(15)
    assert room.told == []
    room.vanish("fire")
    room.await_told(1)
    supervised.restart()
    room.keep_on(15)
    assert room.told == ["duty-office: link-lost fire"]
    room.come("fire")
    room.await_told(2)
    assert room.told[1] == "duty-office: link-restored fire"


def test_who_never_comes_is_told_of_once_after_a_start(supervised, room):
    room.come("duty-office")
    room.await_told(1)
    assert room.told == ["duty-office: link-lost fire"]
    assert "lastHeard" not in said(room.alerts[0])["parameter"]
    room.keep_on(12)
    assert len(room.told) == 1


def test_a_client_that_is_not_heard_for_its_heartbeat_is_told_of(closing):
    clients: dict[str, Json] = {
        "handheld-7": {"report": "all", "heartbeat": "5s", "supervised-by": "duty-office"},
        "duty-desk": {"join": ["duty-office"]},
    }
    daemon = KeyedDaemon(clients)
    closing.callback(daemon.remove)
    daemon.start()
    handheld = Connection(daemon.reports, keys=daemon.keys("handheld-7"))
    closing.callback(handheld.close)
    desk = Terminal(daemon.alerts, "duty-office", "desk-1", keys=daemon.keys("duty-desk"))
    closing.callback(desk.connection.close)
    came: list[Alert] = []

    def take_for(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not came:
            alert = desk.take(0.5)
            if isinstance(alert, Alert):
                came.append(alert)

    # PING is a message as good as any: with one now and then the client is there. Nobody is waited for at a start.
    for _ in range(6):
        assert handheld.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
        take_for(4)
    assert came == []
    last = time.monotonic()
    handheld.ask("TIP1 PING here", patience=PATIENCE)
    take_for(PATIENCE)
    assert said(came[0])["parameter"]["link"] == "client:handheld-7"
    assert 6 < time.monotonic() - last < 5 + 20


@needs_tocsin
def test_a_client_of_tocsin_s_own_shows_by_itself_that_it_lives(closing):
    clients: dict[str, Json] = {
        "handheld-7": {"report": "all", "heartbeat": "5s", "supervised-by": "duty-office"},
        "duty-desk": {"join": ["duty-office"]},
    }
    daemon = KeyedDaemon(clients)
    closing.callback(daemon.remove)
    daemon.write_key("handheld-7.key", *daemon.pairs["handheld-7"])
    daemon.start()
    desk = Terminal(daemon.alerts, "duty-office", "desk-1", keys=daemon.keys("duty-desk"))
    closing.callback(desk.connection.close)
    keys = ("--key", str(daemon.folder / "handheld-7.key"), "--broker-key", daemon.public)
    following = subprocess.Popen(command(daemon, *SMALL, "--follow", *keys), stdout=subprocess.PIPE, text=True)
    closing.callback(following.wait)
    closing.callback(following.kill)
    assert following.stdout.readline().startswith("Incident ")

    def rings(seconds: float) -> bool:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            alert = desk.take(left)
            if isinstance(alert, Alert) and said(alert)["event"] == "link-lost":
                return True
        return False

    assert not rings(12)
    following.kill()
    assert rings(PATIENCE)


def test_nobody_reports_under_the_broker_s_own_name(daemon, reporter):
    with pytest.raises(Refused) as refused:
        reporter.report(report(sender="tocsind"))
    assert (refused.value.code, refused.value.detail["field"]) == ("invalid", "sender")


def test_a_supervisor_who_is_nobody_refuses_the_reload_with_its_place(supervised, closing):
    wrong = SUPERVISED.replace("supervised-by: duty-office", "supervised-by: duty-ofice")
    (supervised.folder / "departments.yaml").write_text(wrong)
    operator = ask(supervised, closing)
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD")
    assert "departments.yaml:3:52: 'duty-ofice' is not a department" in refused.value.detail["message"]
    (supervised.folder / "departments.yaml").write_text(DEPARTMENTS)
    operator.ask("RELOAD")
    assert operator.ask("INFO")["links"] == {"supervised": 0, "lostCount": 0, "lost": []}
