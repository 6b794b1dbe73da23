"""A county's household alarms: as many senders as there are farms, each held to a rate of its own."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from keys import KeyedDaemon
from support import PATIENCE, REPOSITORY, Daemon, expect, report
from tip1 import Alert, Connection, Json, Terminal

PACK = REPOSITORY / "Config/scenarios/xinzheng"
HOUSEHOLDS = 20_000
AT_ONCE = 2_000
SECONDS = 20
"""For a report of each; it takes two or three."""


FILES: dict[str, Any] = {name: (PACK / f"{name}.yaml").read_text() for name in ("rules", "departments", "grids")}


@pytest.fixture
def daemon(make_daemon) -> Daemon:
    # By the hour, so that a slow machine does not see the rate refill.
    return make_daemon(**FILES, limits={"sender-rate": "2/h"}, heartbeat="5s")


def household(number: int, round: int) -> Json:
    village = f"410199{number % 2 + 1:03}{number % 3 + 1:03}001"
    return report(f"{number}-{round}", sender=f"household-{number:05}", event="low-battery", category="Other",
                  severity="Minor", area={"grid": village})


def tell(connection: Connection, numbers: range, round: int) -> list[str]:
    """What each household's report is answered with."""
    answers = []
    for first in range(0, len(numbers), AT_ONCE):
        some = numbers[first:first + AT_ONCE]
        for number in some:
            connection.send(f"TIP1 REPORT {number}", household(number, round))
        for number in some:
            answer = connection.receive(PATIENCE)
            assert answer and answer.arguments[0] == str(number), answer
            answers.append(" ".join([answer.command, *answer.arguments[1:]]))
    return answers


def test_twenty_thousand_households_are_served_and_each_is_held_to_its_own_rate(daemon, connect, operator):
    connection = connect(daemon.reports)
    all_of_them, loud = range(HOUSEHOLDS), range(0, HOUSEHOLDS, 100)
    began = time.monotonic()
    assert set(tell(connection, all_of_them, 1)) == {"RECEIPT"}
    assert time.monotonic() - began < SECONDS
    assert set(tell(connection, loud, 2)) == {"RECEIPT"}
    # Those who have reported twice are refused, and nobody else is.
    assert set(tell(connection, loud, 3)) == {"REFUSED busy"}
    assert set(tell(connection, range(1, HOUSEHOLDS, 100), 2)) == {"RECEIPT"}
    refused = connection.ask("TIP1 REPORT r", household(0, 4), patience=PATIENCE)
    assert "'household-00000' reports faster than 2/h" in refused.body["message"]
    assert 0 < refused.body["retryAfterMs"] <= 1_800_000
    # What is urgent has a rate of its own.
    urgent = household(0, 5) | {"event": "intrusion", "severity": "Severe"}
    assert connection.ask("TIP1 REPORT u", urgent, patience=PATIENCE).command == "RECEIPT"
    assert operator.ask("INFO")["counts"]["reports"] == HOUSEHOLDS + 2 * len(loud) + 1
    # All of it has come to the stations, whose terminals take it as they can.
    [undelivered] = [one["undelivered"] for one in operator.ask("PENDING", patience=PATIENCE)["mailboxes"]
                     if one["recipient"] == "relay@410199001"]
    assert undelivered == HOUSEHOLDS // 2 + len(loud) + 1
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN relay@410199001 desk 100")
    expect(desk, "JOINED relay@410199001")
    for _ in range(1_000):
        alert = expect(desk, "ALERT relay@410199001")
        desk.send(f"TIP1 RECEIVED {' '.join(alert.arguments)}")


def test_each_of_twenty_thousand_households_has_a_key_a_rate_and_a_heartbeat_that_can_fall_silent(closing, come):
    clients: dict[str, Json] = {"alarm-centre": {"join": ["alarm-centre"]}} | {
        f"household-{number:05}": {"report": {"as": [f"household-{number:05}"], "rate": "2/h"}, "heartbeat": "5s",
                                   "supervised-by": "alarm-centre"}
        for number in range(HOUSEHOLDS)}
    daemon = KeyedDaemon(clients, **FILES, heartbeat="5s")
    closing.callback(daemon.remove)
    daemon.start()
    centre = Terminal(daemon.alerts, "alarm-centre", "desk-1", keys=daemon.keys("alarm-centre"))
    closing.callback(centre.connection.close)
    living, loud, last = (come(daemon.reports, daemon.keys(f"household-{number:05}")) for number in (7, 8, HOUSEHOLDS - 1))
    assert tell(last, range(HOUSEHOLDS - 1, HOUSEHOLDS), 1) == ["RECEIPT"]
    assert [tell(loud, range(8, 9), round)[0] for round in range(3)] == ["RECEIPT", "RECEIPT", "REFUSED busy"]
    # From now on two of them are heard no more; nobody waits for those who never came.
    lost: set[str] = set()
    limit = time.monotonic() + PATIENCE
    while len(lost) < 2:
        assert time.monotonic() < limit, lost
        assert living.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
        came = centre.take(1)
        if isinstance(came, Alert):
            centre.received(came)
            lost.add(json.loads(came.report)["parameter"]["link"])
    assert lost == {"client:household-00008", f"client:household-{HOUSEHOLDS - 1:05}"}
