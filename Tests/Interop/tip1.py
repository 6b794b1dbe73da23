"""Clients of TIP/1, the Tocsin Incident Protocol: a reporter, a terminal, a wallboard and an operator.

They need pyzmq and nothing else. The protocol's article says why they do what they do; copy what you can use.

    receipt = Reporter("tcp://127.0.0.1:7701").report({"identifier": …})

    desk = Terminal("tcp://127.0.0.1:7702", "fire", "desk-2")
    while True:
        match desk.take():
            case Alert() as alert:
                desk.received(alert)
                desk.acknowledge(alert, by="Wang, desk 2")

A client belongs to one thread.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import zmq

Json = dict[str, Any]


class Silence(Exception):
    """No answer came in time."""


class Refused(Exception):
    """The broker refused; `code` is one of the protocol's closed list, `detail` says what is wrong."""

    def __init__(self, message: Message):
        self.subject, self.code = message.arguments
        self.detail = message.body
        super().__init__(f"{self.subject} {self.code}: {self.detail.get('message')}")


class TakenOver(Exception):
    """Another program has joined under this terminal's name."""


@dataclass
class Message:
    """One message of the broker: its header, taken apart, and its bodies as they came."""

    command: str
    arguments: list[str]
    bodies: list[bytes]

    @property
    def body(self) -> Json:
        return json.loads(self.bodies[0])


@dataclass(frozen=True)
class Keys:
    """A client's key pair and the broker's public key, each as Z85."""

    public: str
    secret: str
    broker: str

    def put_on(self, socket: zmq.Socket) -> None:
        """Before it connects."""
        socket.curve_publickey, socket.curve_secretkey = self.public.encode(), self.secret.encode()
        socket.curve_serverkey = self.broker.encode()


def encoded(body: Json | bytes) -> bytes:
    """A JSON body in UTF-8. Bytes go as they are."""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


class Connection:
    """One socket that speaks TIP/1.

    `on_connect` is called when the connection has been made, and each time it has been made again: ZeroMQ reconnects by
    itself, and the broker at the other end may be a new one that knows nothing of what was agreed before.
    """

    def __init__(self, endpoint: str, kind: int = zmq.DEALER, on_connect: Callable[[], None] | None = None,
                 keys: Keys | None = None):
        self.endpoint, self.kind, self.on_connect, self.keys = endpoint, kind, on_connect, keys
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.linger = 0
        if keys:
            keys.put_on(self.socket)
        self.sockets = [self.socket]
        if on_connect:
            self.sockets.append(self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED))
        self.socket.connect(endpoint)

    def send(self, header: str, *bodies: Json | bytes) -> None:
        self.socket.send_multipart([header.encode(), *map(encoded, bodies)])

    def receive(self, patience: float) -> Message | None:
        """The next message; None when none comes for `patience` seconds."""
        end = time.monotonic() + patience
        ready = zmq.select(self.sockets, [], [], max(0, patience))[0]
        if self.on_connect and self.sockets[1] in ready:
            self.sockets[1].recv_multipart()
            self.on_connect()
            return self.receive(end - time.monotonic())
        if self.socket not in ready:
            return None
        header, *bodies = self.socket.recv_multipart()
        version, command, *arguments = header.decode().split(" ")
        if version != "TIP1":
            raise ValueError(f"not TIP/1: {header!r}")
        return Message(command, arguments, bodies)

    def ask(self, header: str, *bodies: Json | bytes, patience: float = 5.0) -> Message:
        """Sends, and takes the next message as the answer."""
        self.send(header, *bodies)
        answer = self.receive(patience)
        if answer is None:
            raise Silence(header)
        return answer

    def close(self) -> None:
        if self.on_connect and not self.socket.closed:
            self.socket.disable_monitor()
        self.socket.close()

    def renewed(self) -> Connection:
        """Closes this one, with all that waits in it, and opens another: a REQ without an answer cannot go on."""
        self.close()
        return Connection(self.endpoint, self.kind, self.on_connect, self.keys)


class Reporter:
    """Sends reports, each until it has its receipt. Works over DEALER and over REQ."""

    def __init__(self, endpoint: str, kind: int = zmq.DEALER, keys: Keys | None = None):
        self.connection = Connection(endpoint, kind, keys=keys)

    def report(self, report: Json | bytes, patience: float = 5.0) -> Json:
        """The receipt: the report is on disk. The same `sender` and `identifier` again is the same report."""
        while True:
            self.connection.send("TIP1 REPORT 1", report)
            answer = self.connection.receive(patience)
            if answer and answer.command == "RECEIPT":
                return answer.body
            if answer and answer.command == "REFUSED":
                if answer.arguments[1] not in ("busy", "unavailable"):
                    raise Refused(answer)
                time.sleep(answer.body["retryAfterMs"] / 1000)
            else:
                self.connection = self.connection.renewed()

    def follow(self, incident: int, patience: float = 30.0) -> Iterator[Json]:
        """What becomes of an incident, until it is closed. After a reconnect or a long silence it asks again, and the
        present states come again."""

        def ask() -> None:
            connection.send(f"TIP1 FOLLOW 1 {incident}")

        connection = Connection(self.connection.endpoint, on_connect=ask, keys=self.connection.keys)
        try:
            while True:
                message = connection.receive(patience)
                if message is None:
                    ask()
                elif message.command == "REFUSED":
                    raise Refused(message)
                elif message.command == "PROGRESS":
                    yield message.body
                    if message.body["state"] == "closed":
                        return
        finally:
            connection.close()

    def close(self) -> None:
        self.connection.close()


@dataclass
class Alert:
    """One incident addressed to one recipient; `report` is byte for byte what its sender sent."""

    recipient: str
    number: int
    envelope: Json
    report: bytes
    known: bool
    """Whether it came before; then it is marked `redelivered`, and nobody should be alarmed again."""


@dataclass
class Word:
    """A person's word that the broker has not confirmed yet."""

    command: str
    number: int
    body: Json


@dataclass
class Terminal:
    """One terminal of one recipient. It joins, joins again when it must, and says each word until it is confirmed."""

    endpoint: str
    recipient: str
    name: str
    credit: int = 64
    heartbeat: float = 5.0
    known: set[int] = field(default_factory=set)
    words: list[Word] = field(default_factory=list)
    epoch: str | None = None
    keys: Keys | None = None

    def __post_init__(self) -> None:
        self.sign = time.monotonic()
        self.joining = False
        self.again: float | None = None
        self.connection = Connection(self.endpoint, on_connect=self.join, keys=self.keys)

    def join(self) -> None:
        self.connection.send(f"TIP1 JOIN {self.recipient} {self.name} {self.credit}")
        self.sign, self.joining, self.again = time.monotonic(), True, None

    def take(self, patience: float = 5.0) -> Alert | Message | None:
        """Waits for one message and does what it asks for. Call it again and again: it keeps the terminal alive.

        Returns an alert, another message that may be worth showing, or None.
        """
        now = time.monotonic()
        if now > self.sign + 3 * self.heartbeat or (self.again and now > self.again):
            self.join()
        message = self.connection.receive(min(patience, self.heartbeat))
        if message is None:
            return None
        # Every broker answers PING, also one that this terminal has not joined: a PONG is no sign.
        if message.command not in ("REFUSED", "PONG"):
            self.sign = time.monotonic()
        match message.command, message.arguments:
            case "PING", payload:
                self.connection.send(" ".join(["TIP1 PONG", *payload]))
                return None
            case "ALERT", [recipient, number]:
                known = int(number) in self.known
                self.known.add(int(number))
                return Alert(recipient, int(number), message.body, message.bodies[1], known)
            case "JOINED", _:
                self.heartbeat, self.joining = message.body["heartbeatMs"] / 1000, False
                epoch = message.body.get("epoch")
                if self.epoch not in (None, epoch):
                    # A restored backup: the same numbers are other alerts now.
                    self.known.clear()
                    self.words.clear()
                self.epoch = epoch
                for word in self.words:
                    self.send(word)
            case "CONFIRMED", [_, number, _]:
                self.settle(lambda word: word.number == int(number))
            case "REFUSED", [_, code]:
                self.refused(code, message.body)
        return message

    def refused(self, code: str, detail: Json) -> None:
        if code == "notJoined" and detail.get("command") == "JOIN":
            raise TakenOver(self.name)
        if code == "notJoined":
            # What was sent before the JOIN under way is refused too; one JOIN answers all of it.
            if not self.joining:
                self.join()
        elif code in ("busy", "unavailable"):
            # To join anew says everything again: the alerts come again, and so do the words.
            self.again = time.monotonic() + detail.get("retryAfterMs", 1000) / 1000
        else:
            self.settle(lambda word: (word.command, word.number) == (detail.get("command"), detail.get("number")))

    def settle(self, answered: Callable[[Word], bool]) -> None:
        """Forgets the first word that this answers: the answers come in the order of the words."""
        for word in self.words:
            if answered(word):
                self.words.remove(word)
                return

    def received(self, alert: Alert) -> None:
        """Says that the alert is safe here. There is no answer."""
        self.connection.send(f"TIP1 RECEIVED {self.recipient} {alert.number}")

    def acknowledge(self, alert: Alert, by: str, **rest: str) -> None:
        self.say(Word("ACKNOWLEDGE", alert.number, {"by": by, **rest}))

    def decline(self, alert: Alert, by: str, **rest: str) -> None:
        self.say(Word("DECLINE", alert.number, {"by": by, **rest}))

    def status(self, alert: Alert, state: str, by: str, **rest: str) -> None:
        self.say(Word("STATUS", alert.number, {"state": state, "by": by, **rest}))

    def say(self, word: Word) -> None:
        self.words.append(word)
        # Before JOINED has told the epoch, nobody knows which alert the number means.
        if not self.joining:
            self.send(word)

    def send(self, word: Word) -> None:
        self.connection.send(f"TIP1 {word.command} {self.recipient} {word.number}", word.body)

    def leave(self, patience: float = 5.0) -> None:
        """Ends well: when this returns, every RECEIVED is on disk."""
        self.connection.send(f"TIP1 LEAVE {self.recipient}")
        self.connection.send("TIP1 PING left")
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            message = self.connection.receive(left)
            if message and (message.command, message.arguments) == ("PONG", ["left"]):
                self.close()
                return
        self.close()
        raise Silence("LEAVE")

    def close(self) -> None:
        self.connection.close()


class Wallboard:
    """Watches the feed. Best effort: never the only way to learn of an alert."""

    def __init__(self, endpoint: str, *prefixes: str, keys: Keys | None = None):
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.linger = 0
        if keys:
            keys.put_on(self.socket)
        self.socket.connect(endpoint)
        for prefix in prefixes:
            self.socket.subscribe(prefix)

    def take(self, patience: float = 5.0) -> tuple[str, Json] | None:
        """The next topic and its object."""
        if not self.socket.poll(patience * 1000):
            return None
        topic, body = self.socket.recv_multipart()
        return topic.decode(), json.loads(body)

    def close(self) -> None:
        self.socket.close()


class Operator:
    """Asks the broker about itself, and operates it."""

    def __init__(self, endpoint: str, kind: int = zmq.DEALER, keys: Keys | None = None):
        self.connection = Connection(endpoint, kind, keys=keys)
        self.asked = 0

    def ask(self, command: str, arguments: Json | bytes | None = None, second: Json | None = None,
            patience: float = 5.0) -> Json:
        """The answer; empty where the command has none. EXPLAIN has a second body."""
        self.asked += 1
        bodies = [body for body in (arguments, second) if body is not None]
        answer = self.connection.ask(f"TIP1 {command} {self.asked}", *bodies, patience=patience)
        if answer.command != "OK":
            raise Refused(answer)
        return answer.body if answer.bodies else {}

    def close(self) -> None:
        self.connection.close()
