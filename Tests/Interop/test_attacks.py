"""Strangers and clients who mean harm. Meanwhile whoever belongs is served, and afterwards nothing of them is left."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import zmq

from keys import KeyedDaemon
from support import PATIENCE, becomes_true, expect, report
from tip1 import Connection, Operator, Wallboard, encoded

CLIENTS = {"handheld": {"report": "all"}, "fire-desk": {"join": ["fire"]}, "loud": {"report": "all"}}

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
HELLO_BYTES = 200
MOST_GROWTH = 96 << 20
"""Bytes by which an attack may make the daemon larger."""


@pytest.fixture
def keyed(make_keyed: Callable[..., KeyedDaemon]) -> KeyedDaemon:
    # Who waits for the end of an attack may be silent meanwhile.
    return make_keyed(CLIENTS, heartbeat="1h")


@pytest.fixture
def operator(keyed: KeyedDaemon, closing: ExitStack) -> Operator:
    operator = keyed.operator()
    closing.callback(operator.close)
    return operator


@pytest.fixture
def serves(keyed: KeyedDaemon, come: Callable[..., Connection]) -> Callable[[], None]:
    """A handheld reports, and the desk is told. Both have come before the attack."""
    handheld, desk = come(keyed.reports, keyed.keys("handheld")), come(keyed.alerts, keyed.keys("fire-desk"))
    desk.send("TIP1 JOIN fire desk-1 64")
    expect(desk, "JOINED fire")
    count = iter(range(1_000_000))

    def serves() -> None:
        number = next(count)
        answer = handheld.ask(f"TIP1 REPORT r{number}", report(f"a{number}"), patience=PATIENCE)
        assert answer.command == "RECEIPT", answer
        while (alert := desk.receive(PATIENCE)) and alert.command == "PING":
            desk.send("TIP1 PONG heartbeat")
        assert alert and alert.command == "ALERT", alert
        desk.send(f"TIP1 RECEIVED fire {alert.arguments[1]}")

    serves()
    return serves


def address(endpoint: str) -> tuple[str, int]:
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return host, int(port)


def resident(daemon: KeyedDaemon) -> int:
    """The daemon's memory in bytes."""
    return int(Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(daemon: KeyedDaemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


@contextmanager
def strangers(endpoint: str, count: int) -> Iterator[list[socket.socket]]:
    """Connections that have said nothing yet."""
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(address(endpoint), PATIENCE)) for _ in range(count)]


def await_ends(sockets: list[socket.socket]) -> None:
    """Returns when the daemon has ended all of them."""
    poll = select.poll()
    open_ones = {one.fileno(): one for one in sockets}
    for descriptor in open_ones:
        poll.register(descriptor, select.POLLIN)
    while open_ones:
        ready = poll.poll(PATIENCE * 1000)
        assert ready, f"{len(open_ones)} connections stay"
        for descriptor, _ in ready:
            try:
                more = open_ones[descriptor].recv(65536)
            except OSError:
                more = b""
            if not more:
                poll.unregister(descriptor)
                del open_ones[descriptor]


@contextmanager
def nothing_is_left(daemon: KeyedDaemon, operator: Operator, serves: Callable[[], None]) -> Iterator[None]:
    """Descriptors and memory are as before at the end, and who belongs is served before and after."""
    before, size = descriptors(daemon), resident(daemon)
    yield
    serves()
    assert becomes_true(lambda: descriptors(daemon) <= before + 4, operator), (before, descriptors(daemon))
    assert resident(daemon) - size < MOST_GROWTH


def test_ten_thousand_that_never_finish_the_handshake_are_ended(keyed, operator, serves):
    """They say nothing, a byte, or their greeting, and then no more."""
    with nothing_is_left(keyed, operator, serves), ExitStack() as stack:
        sockets = [one for endpoint in (keyed.reports, keyed.alerts, keyed.feed)
                   for one in stack.enter_context(strangers(endpoint, 3333))]
        for number, one in enumerate(sockets):
            one.sendall((b"", GREETING[:1], GREETING)[number % 3])
        serves()
        await_ends(sockets)


@pytest.mark.parametrize("said", [b"", GREETING], ids=["silent", "greeted"])
def test_who_belongs_comes_in_among_thousands_of_its_address(keyed, come, said):
    with strangers(keyed.reports, 3000) as sockets:
        for one in sockets:
            one.sendall(said)
        handheld = come(keyed.reports, keyed.keys("handheld"))
        answer = handheld.ask("TIP1 REPORT r1", report("a1"), patience=PATIENCE)
        assert answer.command == "RECEIPT", answer


def test_who_says_a_byte_a_second_is_ended(keyed, operator, serves):
    with nothing_is_left(keyed, operator, serves), strangers(keyed.reports, 1) as [slow]:
        for place in range(len(GREETING)):
            try:
                slow.sendall(GREETING[place:place + 1])
            except OSError:
                return
            if select.select([slow], [], [], 1)[0] and place > 11 and not slow.recv(65536):
                return
        raise AssertionError("it may go on")


def test_thousands_with_a_wrong_key_are_refused(keyed, operator, serves):
    stranger = keyed.stranger()
    with nothing_is_left(keyed, operator, serves):
        for _ in range(10):
            context = zmq.Context()
            context.max_sockets = 2000
            try:
                connections = [context.socket(zmq.DEALER) for _ in range(500)]
                monitors = [one.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH) for one in connections]
                for connection in connections:
                    stranger.put_on(connection)
                    connection.connect(keyed.reports)
                serves()
                for monitor in monitors:
                    assert monitor.poll(PATIENCE * 1000), "it is not refused"
            finally:
                context.destroy(linger=0)


def test_ten_thousand_that_come_and_go_leave_nothing(keyed, operator, serves):
    with nothing_is_left(keyed, operator, serves):
        for number in range(10_000):
            with socket.create_connection(address(keyed.reports), PATIENCE) as one:
                if number % 2:
                    one.sendall(GREETING)
        serves()


def captured(daemon: KeyedDaemon) -> bytes:
    """What a handheld says to the daemon while it reports: a relay between the two has listened."""
    with socket.create_server(("127.0.0.1", 0)) as relay:
        connection = Connection(f"tcp://127.0.0.1:{relay.getsockname()[1]}", keys=daemon.keys("handheld"))
        try:
            connection.send("TIP1 REPORT captured", report("captured"))
            near, _ = relay.accept()
            said = b""
            with near, socket.create_connection(address(daemon.reports), PATIENCE) as far:
                while True:
                    ready = select.select([near, far, connection.socket.fd], [], [], PATIENCE)[0]
                    assert ready, "the session stands still"
                    if near in ready:
                        piece = near.recv(65536)
                        said += piece
                        far.sendall(piece)
                    if far in ready:
                        near.sendall(far.recv(65536))
                    if (answer := connection.receive(0)) is not None:
                        assert answer.command == "RECEIPT"
                        return said
        finally:
            connection.close()


def test_a_session_that_was_captured_says_nothing_a_second_time(keyed, operator, serves):
    said = captured(keyed)
    stored = operator.ask("INFO")["openIncidents"]
    with nothing_is_left(keyed, operator, serves), strangers(keyed.reports, 20) as again:
        for one in again:
            one.sendall(said)
        await_ends(again)
    # The one is what `serves` has reported.
    assert operator.ask("INFO")["openIncidents"] == stored + 1


def test_a_flood_of_hellos_true_and_false_lets_nobody_in(keyed, operator, serves):
    said = captured(keyed)
    hello = said[:len(GREETING) + 2 + HELLO_BYTES]
    false = GREETING + b"\x04\xc8" + b"\x05HELLO\x01\x00" + os.urandom(HELLO_BYTES - 8)
    with nothing_is_left(keyed, operator, serves), strangers(keyed.reports, 2000) as sockets:
        for number, one in enumerate(sockets):
            one.sendall(hello if number % 2 else false)
        serves()
        await_ends(sockets)


def test_a_client_that_never_reads_is_bounded(keyed, operator, serves):
    with nothing_is_left(keyed, operator, serves):
        context = zmq.Context()
        try:
            deaf = context.socket(zmq.DEALER)
            deaf.linger, deaf.sndhwm, deaf.rcvhwm = 0, 0, 1
            deaf.setsockopt(zmq.RCVBUF, 4096)
            keyed.keys("loud").put_on(deaf)
            deaf.connect(keyed.reports)
            body = encoded(report("same", sender="loud", severity="Minor"))
            # Each is answered, as a duplicate.
            for number in range(100_000):
                deaf.send_multipart([f"TIP1 REPORT d{number}".encode(), body])
            for _ in range(20):
                serves()
        finally:
            context.destroy(linger=0)


def test_a_client_has_so_many_connections_and_no_more(make_keyed, come, closing):
    daemon = make_keyed(CLIENTS, limits={"connections-per-client": 3})
    loud = [come(daemon.reports, daemon.keys("loud")) for _ in range(4)]
    for connection in loud[:3]:
        assert connection.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
    # One more is ended at its first word, and its peer comes again and again.
    loud[3].send("TIP1 PING here")
    other = come(daemon.reports, daemon.keys("handheld"))
    assert other.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
    assert all(connection.ask("TIP1 PING still", patience=PATIENCE).command == "PONG" for connection in loud[:3])
    assert loud[3].receive(0) is None
    operator = daemon.operator()
    closing.callback(operator.close)
    # It is said whose they are, and that they are not cut for anything that was sent.
    assert becomes_true(lambda: "a client has as many connections as it may have" in daemon.log, operator), daemon.log
    assert "principal=loud" in daemon.log and "limits.connections-per-client=3" in daemon.log, daemon.log
    connections = operator.ask("INFO", patience=PATIENCE)["connections"]
    assert connections["surplus"] >= 1 and (connections["refused"], connections["cut"]) == (0, 0)
    assert "cutForWhatTheySent" not in daemon.log
    loud[0].close()
    while loud[3].receive(0.1) is None:
        loud[3].send("TIP1 PING again")


def test_connections_to_the_feed_count_for_themselves(make_keyed, come, closing):
    daemon = make_keyed({"desk": {"report": "all", "feed": "all"}}, limits={"connections-per-client": 3})
    operator = daemon.operator()
    closing.callback(operator.close)
    for _ in range(6):
        board = Wallboard(daemon.feed, "", keys=daemon.keys("desk"))
        closing.callback(board.close)

    def connections() -> int:
        return operator.ask("CLIENTS", patience=PATIENCE)["clients"][0]["connections"]

    assert becomes_true(lambda: connections() == 6, operator)
    desk = [come(daemon.reports, daemon.keys("desk")) for _ in range(4)]
    for connection in desk[:3]:
        assert connection.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
    assert connections() == 9
    # The bound is as it is without a feed.
    desk[3].send("TIP1 PING here")
    assert becomes_true(lambda: operator.ask("INFO", patience=PATIENCE)["connections"]["surplus"] > 0, operator)


def test_a_crowd_of_one_address_that_takes_all_places_keeps_nobody_else_out(keyed, come):
    with ExitStack() as stack:
        # More than wait with the daemon; some wait with the system.
        for _ in range(9_000):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.bind(("127.0.0.2", 0))
            one.connect_ex(address(keyed.reports))
        begin = time.monotonic()
        handheld = come(keyed.reports, keyed.keys("handheld"))
        assert handheld.ask("TIP1 REPORT r1", report("a1"), patience=PATIENCE).command == "RECEIPT"
        # They are shown out after ten seconds, and only then would there be places without any more ado.
        assert time.monotonic() - begin < 5


class CrampedDaemon(KeyedDaemon):
    """It may have 256 descriptors."""

    def command(self) -> list[str | Path]:
        return ["prlimit", "--nofile=256", *super().command()]


def test_connections_through_which_nobody_speaks_make_room_for_those_who_do(closing, come):
    daemon = CrampedDaemon(CLIENTS)
    closing.callback(daemon.remove)
    daemon.start()
    context = zmq.Context()
    try:
        silent = [context.socket(zmq.DEALER) for _ in range(300)]
        for one in silent:
            # Who is refused or ended stays away.
            one.reconnect_ivl = -1
            daemon.keys("loud").put_on(one)
            one.connect(daemon.reports)
        handheld = come(daemon.reports, daemon.keys("handheld"))
        answer = handheld.ask("TIP1 REPORT r", report("a"), patience=2 * PATIENCE)
        assert answer.command == "RECEIPT"
    finally:
        context.destroy(linger=0)


def test_nothing_listens_but_the_endpoints_and_nobody_else_may_open_the_gatekeepers_socket(keyed):
    pid = keyed.process.pid
    own = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{name}")
        if target.startswith("socket:["):
            own.add(target[8:-1])
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in own:
                ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    assert ports == {address(endpoint)[1] for endpoint in (keyed.reports, keyed.alerts, keyed.feed)}
    gate = keyed.folder / "gate"
    assert gate.is_dir() and gate.stat().st_mode & 0o077 == 0


def test_a_question_in_the_form_of_zap_is_nothing_to_an_endpoint(keyed, come, operator, serves):
    """Only the process itself asks the gatekeeper: its address is inside it."""
    connection = come(keyed.reports, keyed.keys("handheld"))
    connection.socket.send_multipart([b"", b"1.0", b"1", b"keys", b"127.0.0.1", b"", b"CURVE", bytes(32)])
    assert connection.socket.poll(PATIENCE * 1000)
    assert b"malformed" in connection.socket.recv_multipart()[1]
    serves()
