"""Clients of earlier versions against today's daemon: what they send is still taken, and what they read is still there.

Each file in `transcripts` was recorded when its version was released: the frames that a reporter, a terminal, an operator
and a wallboard sent, and of each answer its header and its members, with the kind of each. The replay sends the same
frames. A member that has come since is no fault: a client ignores what it does not know. One that is gone or has become
something else is.

    TOCSIN_RECORD=0.1.0 pytest Tests/Interop/test_older_clients.py

records a new one, for the version that is about to be released. A file that is there is never recorded again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from support import PATIENCE, Daemon, report
from test_feed import await_subscription
from tip1 import Connection, Json, Message, Operator, Reporter, Wallboard

TRANSCRIPTS = Path(__file__).with_name("transcripts")

CLIENT: list[tuple[str, str, list[Json], int]] = [
    ("reports", "TIP1 PING hello", [], 1),
    ("alerts", "TIP1 JOIN fire desk-1 64", [], 1),
    ("alerts", "TIP1 JOIN ems desk-1 64", [], 1),
    ("reports", "TIP1 REPORT r1", [report("a1", headline="居民楼三层起火", area={"grid": "110101005003002"})], 1),
    ("alerts", "", [], 2),
    ("alerts", "TIP1 RECEIVED fire 1", [], 0),
    ("alerts", "TIP1 PING received", [], 1),
    ("reports", "TIP1 REPORT r2", [report("a1", headline="居民楼三层起火", area={"grid": "110101005003002"})], 1),
    ("reports", "TIP1 REPORT r3", [report("a3") | {"severity": "Bad"}], 1),
    ("reports", "TIP1 FOLLOW f1 2", [], 3),
    ("alerts", "TIP1 ACKNOWLEDGE fire 1", [{"by": "Wang", "note": "两分钟"}], 1),
    ("reports", "", [], 1),
    ("alerts", "TIP1 STATUS fire 1", [{"state": "onScene", "by": "Wang"}], 1),
    ("reports", "", [], 1),
    ("alerts", "TIP1 ACKNOWLEDGE fire 99", [{"by": "Wang"}], 1),
    ("control", "TIP1 INFO 1", [], 1),
    ("control", "TIP1 PENDING 2", [], 1),
    ("control", "TIP1 INCIDENTS 3", [{"limit": 5}], 1),
    ("control", "TIP1 INCIDENT 4", [{"incident": 2}], 1),
    ("control", "TIP1 EXPLAIN 5", [report("a9")], 1),
    ("control", "TIP1 RELOAD 6", [], 1),
    ("control", "TIP1 CLOSE 7", [{"incident": 2, "by": "Li", "reason": "done"}], 1),
    ("reports", "", [], 2),
    ("alerts", "TIP1 LEAVE fire", [], 1),
]
"""To which endpoint, the header, the bodies, and how many messages are taken there after that."""


def kind(value: Any) -> Any:
    """What a program reads of a value: its kind, and of an object each member's."""
    if isinstance(value, dict):
        # The members of this one are codes, which have occurred or not.
        return {name: kind(member) for name, member in value.items() if name != "refused"}
    if isinstance(value, list):
        return [kind(value[0])] if value else []
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def read(message: Message) -> Json:
    """A message as it is recorded: numbers of connections and times are none of a client's business."""
    return {"header": " ".join([message.command, *message.arguments]), "bodies": [kind(json.loads(b)) for b in message.bodies]}


def missing(recorded: Any, found: Any, path: str = "") -> list[str]:
    """What a client of that version would miss."""
    if isinstance(recorded, dict):
        if not isinstance(found, dict):
            return [f"{path} is no object"]
        return [line for name, member in recorded.items() for line in
                (missing(member, found[name], f"{path}.{name}") if name in found else [f"{path}.{name} is gone"])]
    if isinstance(recorded, list):
        if not isinstance(found, list):
            return [f"{path} is no list"]
        return missing(recorded[0], found[0], f"{path}[]") if recorded and found else []
    return [] if recorded == found else [f"{path} is {found} and was {recorded}"]


def is_unasked(message: Message) -> bool:
    """What comes at any time: a PING, and that an incident was ended, as a TAKEN by whoever did that."""
    return message.command == "PING" or message.command == "TAKEN" and message.body.get("state") == "cancelled"


def converse(daemon: Daemon, frames: list[Json]) -> list[Json]:
    """Sends what a client sent, and takes as many messages as it took after each."""
    endpoints = {"reports": daemon.reports, "alerts": daemon.alerts, "control": daemon.control}
    connections = {name: Connection(endpoint) for name, endpoint in endpoints.items()}
    answers = []
    for frame in frames:
        connection = connections[frame["to"]]
        if frame["frames"]:
            connection.socket.send_multipart([text.encode() for text in frame["frames"]])
        for _ in range(frame["takes"]):
            while (message := connection.receive(PATIENCE)) and is_unasked(message):
                if message.command == "PING":
                    connection.send("TIP1 PONG")
            assert message, f"no answer to {frame['frames']}"
            answers.append(read(message))
    for connection in connections.values():
        connection.close()
    return answers


def feed(daemon: Daemon) -> dict[str, Any]:
    """For each kind of topic what its object has, of one incident from its report to its end."""
    wallboard = Wallboard(daemon.feed, "incident/Fire/", "alert/fire/", "state/")
    reporter, operator = Reporter(daemon.reports), Operator(daemon.control)
    await_subscription(wallboard, reporter)
    incident = reporter.report(report("on-the-feed"))["incident"]
    operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "done"})
    topics: dict[str, Any] = {}
    while not ("state" in topics and "alert" in topics and "incident" in topics):
        topic, said = wallboard.take(PATIENCE)
        topics[topic.split("/")[0]] = kind(said)
    for one in (wallboard, reporter, operator):
        one.close()
    return topics


def test_the_transcript_of_this_version_is_there(daemon):
    operator = Operator(daemon.control)
    version = operator.ask("INFO")["version"]
    operator.close()
    wanted = TRANSCRIPTS / f"{version}.json"
    if os.environ.get("TOCSIN_RECORD") == version and not wanted.exists():
        frames = [{"to": to, "frames": ([header] if header else []) + [json.dumps(b, ensure_ascii=False) for b in bodies],
                   "takes": takes} for to, header, bodies, takes in CLIENT]
        recorded = {"sent": frames, "read": converse(daemon, frames), "feed": feed(daemon)}
        TRANSCRIPTS.mkdir(exist_ok=True)
        wanted.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n")
    assert wanted.exists(), f"record {wanted.name} before {version} is released: see the head of this file"


@pytest.mark.parametrize("transcript", sorted(TRANSCRIPTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_client_of_each_released_version_finds_what_it_reads(daemon, transcript):
    recorded = json.loads(transcript.read_text())
    answers = converse(daemon, recorded["sent"])
    assert [answer["header"] for answer in answers] == [answer["header"] for answer in recorded["read"]]
    for then, now in zip(recorded["read"], answers):
        assert missing(then["bodies"], now["bodies"], then["header"]) == []
        assert len(now["bodies"]) == len(then["bodies"])
        for index, body in enumerate(then["bodies"]):
            assert missing(body, now["bodies"][index], f"{then['header']} body {index}") == []
    assert missing(recorded["feed"], feed(daemon), "feed") == []
