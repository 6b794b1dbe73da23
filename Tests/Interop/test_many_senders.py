"""A county's household alarms: as many senders as there are farms, each held to a rate of its own."""

from __future__ import annotations

import time

import pytest

from support import PATIENCE, REPOSITORY, Daemon, expect, report
from tip1 import Connection

PACK = REPOSITORY / "Config/scenarios/xinzheng"
HOUSEHOLDS = 20_000
AT_ONCE = 2_000
SECONDS = 45
"""For each round; an optimised daemon needs two or three."""


@pytest.fixture
def daemon(make_daemon) -> Daemon:
    files = {name: (PACK / f"{name}.yaml").read_text() for name in ("rules", "departments", "grids")}
    # By the hour, so that a slow machine does not see the rate refill.
    return make_daemon(**files, limits={"sender-rate": "2/h"}, heartbeat="5s")


def household(number: int, round: int) -> dict:
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
