"""A daemon that asks for keys, and the clients that it knows."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from support import PATIENCE, Daemon
from tip1 import Json, Keys, Operator


class KeyedDaemon(Daemon):
    """Its clients are named with what they may do; `keys` has a pair for each."""

    def __init__(self, clients: dict[str, Json], operator: str | None = None, **settings: Any):
        """With an `operator` among the clients it is operated over TCP, and by its key."""
        super().__init__(security={"key": "broker.key", "clients": "clients.yaml"}, **settings)
        self.operator_name = operator
        if operator:
            self.endpoints["control"] = "tcp://127.0.0.1:0"
        self.public, secret = pair()
        self.write_key("broker.key", self.public, secret)
        self.pairs: dict[str, tuple[str, str]] = {}
        self.name_clients(clients)

    def name_clients(self, clients: dict[str, Json]) -> None:
        """Writes the clients file. Whoever was on it before keeps its key."""
        for name in clients:
            self.pairs.setdefault(name, pair())
        entries = [{"name": name, "key": self.pairs[name][0]} | rights for name, rights in clients.items()]
        (self.folder / "clients.yaml").write_text(json.dumps({"clients": entries}))

    def operator(self) -> Operator:
        if not self.operator_name:
            return super().operator()
        # The log is written behind READY.
        limit = time.monotonic() + PATIENCE
        while not (found := re.findall(r"control=(tcp://[0-9.:]+)", self.log)):
            assert time.monotonic() < limit, self.log
        self.control = found[-1]
        return Operator(self.control, keys=self.keys(self.operator_name))

    def write_key(self, name: str, public: str, secret: str, mode: int = 0o600) -> None:
        path = self.folder / name
        path.write_text(f'public: "{public}"\nsecret: "{secret}"\n')
        path.chmod(mode)

    def keys(self, name: str) -> Keys:
        return Keys(*self.pairs[name], self.public)

    def stranger(self) -> Keys:
        """Somebody of whom the daemon does not know."""
        return Keys(*pair(), self.public)


def pair() -> tuple[str, str]:
    """A public and a secret key."""
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


def outcome(endpoint: str, keys: Keys | None, kind: int = zmq.DEALER) -> int:
    """How the handshake ends: the first event that decides it."""
    context = zmq.Context()
    socket = context.socket(kind)
    try:
        socket.linger = 0
        if keys:
            keys.put_on(socket)
        monitor = socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        socket.connect(endpoint)
        assert monitor.poll(PATIENCE * 1000), "the handshake does not end"
        return recv_monitor_message(monitor)["event"]
    finally:
        socket.disable_monitor()
        context.destroy(linger=0)
