"""The feed with keys: everybody sees what it may, and nobody notices another's coming and going."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from keys import KeyedDaemon, outcome
from support import PATIENCE, becomes_true, report
from tip1 import Json, Keys, Operator, Reporter

CLIENTS = {
    "fire-board": {"feed": ["alert/fire/", "incident/Fire/"]},
    "weather-board": {"feed": ["incident/Met/"]},
    "town-board": {"feed": "all"},
    "handheld": {"report": "all"},
}


class Board:
    """A wallboard that notes how its connection does."""

    def __init__(self, endpoint: str, keys: Keys, *prefixes: str, queue: int = 100_000):
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.linger, self.socket.rcvhwm = 0, queue
        keys.put_on(self.socket)
        self.monitor = self.socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_DISCONNECTED)
        for prefix in prefixes:
            self.socket.subscribe(prefix)
        self.socket.connect(endpoint)

    def event(self, patience: float = PATIENCE) -> int | None:
        """The next thing that happens to its connection."""
        return recv_monitor_message(self.monitor)["event"] if self.monitor.poll(patience * 1000) else None

    def topics(self, patience: float = 0) -> list[str]:
        """What has come, or comes within the time."""
        came: list[str] = []
        while self.socket.poll(0 if came else patience * 1000):
            came.append(self.socket.recv_multipart()[0].decode())
        return came

    def until(self, last: str) -> list[str]:
        """What comes up to a topic that begins so."""
        came: list[str] = []
        while not came or not came[-1].startswith(last):
            assert self.socket.poll(PATIENCE * 1000), f"{last} did not come after {came[-10:]}"
            came.append(self.socket.recv_multipart()[0].decode())
        return came

    def close(self) -> None:
        if not self.socket.closed:
            self.socket.disable_monitor()
            self.monitor.close()
            self.socket.close()


@pytest.fixture
def keyed(closing: ExitStack) -> Callable[..., KeyedDaemon]:
    def make(clients: dict[str, Json] = CLIENTS, **settings: Any) -> KeyedDaemon:
        daemon = KeyedDaemon(clients, **settings)
        closing.callback(daemon.remove)
        return daemon.start()

    return make


@pytest.fixture
def watch(closing: ExitStack) -> Callable[..., Board]:
    """Opens a wallboard with a client's key, which is let in."""

    def watch(daemon: KeyedDaemon, name: str, *prefixes: str, queue: int = 100_000) -> Board:
        board = Board(daemon.feed, daemon.keys(name), *prefixes, queue=queue)
        closing.callback(board.close)
        assert board.event() == zmq.EVENT_HANDSHAKE_SUCCEEDED
        return board

    return watch


class Town:
    """What happens, and who looks after the daemon."""

    def __init__(self, daemon: KeyedDaemon, closing: ExitStack):
        self.reporter = Reporter(daemon.reports, keys=daemon.keys("handheld"))
        self.operator = Operator(daemon.control)
        closing.callback(self.reporter.close)
        closing.callback(self.operator.close)
        self.count = 0

    def happens(self, category: str, **members: Any) -> int:
        self.count += 1
        event = "structure-fire" if category == "Fire" else "other"
        body = report(f"a{self.count}", category=category, event=event, **members)
        return self.reporter.report(body)["incident"]

    def until_seen(self, board: Board, category: str) -> None:
        """Reports until the board, which has subscribed already, gets something."""
        for _ in range(1000):
            self.happens(category)
            if board.topics(0.02):
                return
        raise AssertionError("the subscription does not come into force")


@pytest.fixture
def town(closing: ExitStack) -> Callable[[KeyedDaemon], Town]:
    return lambda daemon: Town(daemon, closing)


def descriptors(daemon: KeyedDaemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def resident(daemon: KeyedDaemon) -> int:
    with open(f"/proc/{daemon.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_an_empty_subscription_brings_what_the_client_may_see(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    fire, weather, all_of_it = (watch(daemon, name, "") for name in ("fire-board", "weather-board", "town-board"))
    for board, category in [(weather, "Met"), (all_of_it, "Met"), (fire, "Fire")]:
        life.until_seen(board, category)
    for board in (fire, weather, all_of_it):
        board.topics(0.1)
    for category in ("Fire", "Met", "Security", "Fire", "Met"):
        life.happens(category, severity="Minor", area={"grid": "110101005003002"})
    life.happens("Fire", severity="Extreme")
    life.happens("Met", severity="Extreme")
    place = "Minor/110101005003002"
    seen = [topic for topic in fire.until("alert/fire/Extreme") if place in topic]
    assert seen == [f"incident/Fire/{place}", f"alert/fire/{place}"] * 2
    assert [topic for topic in weather.until("incident/Met/Extreme") if place in topic] == [f"incident/Met/{place}"] * 2
    seen = [topic for topic in all_of_it.until("incident/Met/Extreme") if place in topic]
    assert {topic.split("/")[0] + "/" + topic.split("/")[1] for topic in seen} == {
        "incident/Fire", "incident/Met", "incident/Security", "alert/fire", "alert/ems", "alert/police@110101005"}


def test_a_subscription_of_its_own_is_applied_within_what_the_client_may_see(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    board = watch(daemon, "fire-board", "alert/", "state/")
    life.until_seen(board, "Fire")
    board.topics(0.1)
    for _ in range(3):
        life.happens("Fire", severity="Minor")
    life.happens("Fire", severity="Extreme")
    seen = board.until("alert/fire/Extreme")
    assert [topic for topic in seen if "Severe" not in topic] == ["alert/fire/Minor/-"] * 3 + ["alert/fire/Extreme/-"]


def test_who_is_removed_or_changed_loses_its_connection_and_others_miss_nothing(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    fire, weather, all_of_it = (watch(daemon, name, "") for name in ("fire-board", "weather-board", "town-board"))
    life.until_seen(all_of_it, "Met")
    life.until_seen(fire, "Fire")
    all_of_it.topics(0.1)
    begun, first = life.count, life.happens("Met", severity="Minor")
    changed = {**CLIENTS, "weather-board": {"feed": ["incident/Fire/"]}}
    daemon.name_clients({name: rights for name, rights in changed.items() if name != "fire-board"})
    for _ in range(20):
        life.happens("Met", severity="Minor")
    began = time.monotonic()
    assert life.operator.ask("RELOAD", patience=PATIENCE)["connectionsClosed"] == 2
    assert fire.event(1) == zmq.EVENT_DISCONNECTED and weather.event(1) == zmq.EVENT_DISCONNECTED
    assert time.monotonic() - began < 1
    fire.topics()
    for _ in range(20):
        life.happens("Met", severity="Minor")
    last = life.happens("Fire", severity="Extreme")
    assert outcome(daemon.feed, daemon.keys("fire-board"), zmq.SUB) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    assert fire.event() == zmq.EVENT_HANDSHAKE_FAILED_AUTH and fire.topics() == []
    # What is changed comes again by itself, and sees what it may see now.
    assert weather.event() == zmq.EVENT_HANDSHAKE_SUCCEEDED
    weather.topics()
    life.until_seen(weather, "Fire")
    incidents = [topic for topic in all_of_it.until("alert/fire/Extreme") if topic.startswith("incident/")]
    assert first and last and incidents.count("incident/Met/Minor/-") == 41 and all_of_it.event(0) is None
    assert begun + 42 <= life.count


def test_a_key_whose_time_is_over_loses_its_connection(keyed, watch, town, clock):
    clients = {**CLIENTS, "fire-board": {"feed": ["alert/fire/"], "until": "2027-06-30T10:00:00Z"}}
    daemon = keyed(clients, environment=clock.environment)
    life = town(daemon)
    fire, other = watch(daemon, "fire-board", ""), watch(daemon, "town-board", "")
    life.until_seen(fire, "Fire")
    clock.set(366 * 86400)
    began = time.monotonic()
    assert fire.event() == zmq.EVENT_DISCONNECTED
    assert time.monotonic() - began < 1
    assert fire.event() == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    life.until_seen(other, "Fire")
    assert other.event(0) is None


def test_subscribers_that_have_gone_leave_nothing(keyed, town):
    clients = {f"board-{number}": {"feed": "all"} for number in range(10)}
    daemon = keyed({**CLIENTS, **clients})
    life = town(daemon)
    life.happens("Fire")
    before = descriptors(daemon)
    for _ in range(2):
        boards = [Board(daemon.feed, daemon.keys(name), "") for name in clients for _ in range(20)]
        try:
            assert {board.event() for board in boards} == {zmq.EVENT_HANDSHAKE_SUCCEEDED}
            assert descriptors(daemon) > before + 500
            life.until_seen(boards[-1], "Fire")
        finally:
            for board in boards:
                board.close()
        assert becomes_true(lambda: descriptors(daemon) <= before, life.operator), (before, descriptors(daemon))


def test_strangers_and_whoever_says_nothing_keep_nobody_out(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    life.happens("Fire")
    before = descriptors(daemon)
    address = daemon.feed.removeprefix("tcp://").split(":")
    silent = [socket.create_connection((address[0], int(address[1]))) for _ in range(400)]
    boards = [Board(daemon.feed, daemon.stranger(), "") for _ in range(300)]
    good = watch(daemon, "town-board", "")
    assert {board.event() for board in boards} <= {zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_DISCONNECTED}
    life.until_seen(good, "Fire")
    assert all(not board.topics() for board in boards)
    for board in boards:
        board.close()
    # As many as may shake hands at a time; the others wait, or have been closed.
    assert becomes_true(lambda: descriptors(daemon) <= before + 3 * 257, life.operator)
    for connection in silent:
        connection.close()
    good.close()
    assert becomes_true(lambda: descriptors(daemon) <= before, life.operator)


def test_a_crowd_that_comes_at_once_gets_in(keyed, town):
    clients = {f"board-{number}": {"feed": "all"} for number in range(20)}
    daemon = keyed({**CLIENTS, **clients})
    boards = [Board(daemon.feed, daemon.keys(name), "") for name in clients for _ in range(16)]
    try:
        assert [board.event() for board in boards] == [zmq.EVENT_HANDSHAKE_SUCCEEDED] * 320
    finally:
        for board in boards:
            board.close()


def test_a_client_has_so_many_subscribers_and_no_more(keyed, watch, town):
    daemon = keyed()
    boards = [watch(daemon, "town-board", "") for _ in range(32)]
    assert outcome(daemon.feed, daemon.keys("town-board"), zmq.SUB) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    watch(daemon, "fire-board", "")
    life = town(daemon)
    assert life.operator.ask("INFO")["subscribers"] == 33
    line = ("clients were refused at the feed count=1 latest=town-board "
            "reason=its client has as many connections to the feed as it may have")
    assert becomes_true(lambda: line in daemon.log.replace("'", "").replace('"', ""), life.operator), daemon.log
    boards.pop().close()
    assert becomes_true(
        lambda: outcome(daemon.feed, daemon.keys("town-board"), zmq.SUB) == zmq.EVENT_HANDSHAKE_SUCCEEDED, life.operator)


def test_who_subscribes_without_end_is_cut_and_nobody_else_is(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    other, endless = watch(daemon, "town-board", ""), watch(daemon, "fire-board")
    for number in range(2000):
        endless.socket.subscribe(f"incident/Fire/{number}/".ljust(100, "x"))
    assert endless.event() == zmq.EVENT_DISCONNECTED
    life.until_seen(other, "Fire")
    assert life.operator.ask("INFO")["connections"]["cut"] >= 1 and other.event(0) is None
    line = "clients were refused at the feed count=1 latest=fire-board reason=it subscribed to more than it may"
    assert becomes_true(lambda: line in daemon.log.replace("'", "").replace('"', ""), life.operator), daemon.log


def test_subscribers_that_never_read_share_what_waits_for_them(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    boards = [watch(daemon, "town-board", "", queue=1) for _ in range(8)]
    life.until_seen(boards[0], "Fire")
    text = "x" * 20_000
    for _ in range(200):
        life.happens("Fire", description=text)
    before = resident(daemon)
    for _ in range(4000):
        life.happens("Fire", description=text)
    # 1,000 messages wait, a third of which are reports, and reports are at hand for sending; 80 MB have passed.
    assert resident(daemon) - before < 40 << 20, resident(daemon) - before


def test_a_daemon_without_descriptors_refuses_subscribers_and_rests(keyed, watch, town, closing):
    daemon = keyed()
    life = town(daemon)
    first = watch(daemon, "town-board", "")
    life.until_seen(first, "Fire")
    with daemon.limited("nofile", descriptors(daemon) + 4):
        boards = [Board(daemon.feed, daemon.keys("town-board"), "") for _ in range(10)]
        for board in boards:
            closing.callback(board.close)
        before, began = daemon.processor_seconds(), time.monotonic()
        life.until_seen(first, "Fire")
        while time.monotonic() - began < 1:
            first.topics(0.1)
        assert daemon.processor_seconds() - before < 0.5 * (time.monotonic() - began)
    for board in boards:
        while board.event() != zmq.EVENT_HANDSHAKE_SUCCEEDED:
            pass
    assert first.event(0) is None


def test_what_was_published_before_the_end_still_comes(keyed, watch, town):
    daemon = keyed()
    life = town(daemon)
    board = watch(daemon, "town-board", "incident/")
    life.until_seen(board, "Met")
    board.topics(0.1)
    for _ in range(50):
        life.happens("Met", severity="Minor")
    daemon.process.terminate()
    assert daemon.process.wait(PATIENCE) == 0
    assert board.topics(1).count("incident/Met/Minor/-") == 50
