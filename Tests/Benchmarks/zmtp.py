"""A blocking DEALER in a page: ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) with the NULL mechanism.

It is for the few words that the harness itself has with a daemon, and needs nothing but the standard library.

    greeting   FF 00×8 7F   03 00   "NULL" and 00×16   00   00×31
    frame      flags (1)    size (1, or 8 where LONG is set)    body
"""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path
from typing import Any

MORE, LONG, COMMAND = 1, 2, 4
GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


class Dealer:
    """Connected when it has been made. Any failure is an OSError, also silence for longer than `patience` seconds."""

    def __init__(self, address: int | Path, patience: float):
        """A port of the loopback, or the path of a local socket."""
        if isinstance(address, Path):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.settimeout(patience)
            self.socket.connect(str(address) if isinstance(address, Path) else ("127.0.0.1", address))
            self.socket.sendall(GREETING)
            self.exactly(len(GREETING))
            self.socket.sendall(self.frame(COMMAND, READY))
            self.take_frame()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Dealer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @staticmethod
    def frame(flags: int, body: bytes) -> bytes:
        if len(body) > 255:
            return struct.pack(">BQ", flags | LONG, len(body)) + body
        return struct.pack(">BB", flags, len(body)) + body

    def exactly(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise ConnectionResetError("the daemon closed the connection")
            parts += part
        return parts

    def take_frame(self) -> tuple[int, bytes]:
        flags, = self.exactly(1)
        size, = struct.unpack(">Q", self.exactly(8)) if flags & LONG else self.exactly(1)
        return flags, self.exactly(size)

    def send(self, *frames: bytes) -> None:
        last = len(frames) - 1
        self.socket.sendall(b"".join(self.frame(MORE if i < last else 0, body) for i, body in enumerate(frames)))

    def receive(self) -> list[bytes]:
        """The next message; ZMTP's own heartbeats are answered on the way."""
        frames: list[bytes] = []
        while True:
            flags, body = self.take_frame()
            if flags & COMMAND:
                if body.startswith(b"\x04PING"):
                    self.socket.sendall(self.frame(COMMAND, b"\x04PONG" + body[7:]))
                continue
            frames.append(body)
            if not flags & MORE:
                return frames

    def ask(self, header: str, body: Any = None) -> tuple[str, Any]:
        """Sends, and takes the next message as the answer: its header and its first body."""
        self.send(header.encode(), *([] if body is None else [json.dumps(body).encode()]))
        head, *bodies = self.receive()
        return head.decode(), json.loads(bodies[0]) if bodies else None
