"""Many terminals of one recipient, and one that hangs: each gets what it can take, and pays for nobody else."""

from __future__ import annotations

import time

import zmq

from support import PATIENCE, expect, report, send_reports
from tip1 import Connection, Operator


def test_a_hung_terminal_keeps_no_alert_from_one_that_works(make_daemon, connect):
    daemon = make_daemon(redeliver_after="300ms", heartbeat="1h")
    hung, good = connect(daemon.alerts), connect(daemon.alerts)
    hung.send("TIP1 JOIN fire hung 10000")
    good.send("TIP1 JOIN fire good 1")
    for desk in (hung, good):
        expect(desk, "JOINED fire")
    send_reports(connect(daemon.reports), 10)
    received, end = set(), time.monotonic() + PATIENCE
    while len(received) < 10:
        message = good.receive(max(0, end - time.monotonic()))
        assert message, f"of 10 alerts {sorted(received)} came"
        received.add(int(message.arguments[1]))
        good.send(f"TIP1 RECEIVED fire {message.arguments[1]}")
    operator = Operator(daemon.control)
    assert operator.ask("INFO")["terminalsNotReceiving"] == 1
    operator.close()


def test_terminals_that_join_cost_what_they_are_sent(make_daemon, connect):
    """Not what all the others of their recipient have under way."""
    zmq.Context.instance().set(zmq.MAX_SOCKETS, 4000)
    waiting = 300

    def cost(terminals: int) -> float:
        daemon = make_daemon(redeliver_after="1h", heartbeat="1h")
        send_reports(connect(daemon.reports), waiting)
        desks = [Connection(daemon.alerts) for _ in range(terminals)]
        for index, desk in enumerate(desks):
            desk.send(f"TIP1 JOIN fire desk-{index} {waiting}")
        for desk in desks:
            expect(desk, "JOINED fire")
        before = daemon.processor_seconds()
        for index, desk in enumerate(desks):
            desk.send(f"TIP1 JOIN fire desk-{index} {waiting}")
        for desk in desks:
            while (message := desk.receive(PATIENCE)) and message.command != "JOINED":
                pass
            assert message, "it is not joined"
        cost = daemon.processor_seconds() - before
        for desk in desks:
            desk.close()
        return cost

    few, many = cost(100), cost(600)
    assert many < 12 * few, f"six times as many cost {many / few:.0f} times as much"
