"""Who reports too fast, and what the others have of it: nothing."""

from __future__ import annotations

import signal

import zmq

from support import PATIENCE, report
from tip1 import Connection, Message, encoded



def test_who_reports_faster_than_its_rate_is_told_when_to_come_again_and_what_is_urgent_passes(make_keyed, come):
    daemon = make_keyed({"handheld-8": {"report": {"as": ["handheld-8"], "rate": "3/h"}}, "master": {"report": "all"}})
    handheld, other = come(daemon.reports, daemon.keys("handheld-8")), come(daemon.reports, daemon.keys("master"))

    def answer(connection: Connection, number: int, severity: str) -> Message:
        body = report(f"a{number}", sender="handheld-8", severity=severity)
        return connection.ask(f"TIP1 REPORT r{number}", body, patience=PATIENCE)

    assert [answer(handheld, number, "Minor").command for number in range(3)] == ["RECEIPT"] * 3
    refusal = answer(handheld, 3, "Minor")
    assert refusal.arguments == ["r3", "busy"] and 0 < refusal.body["retryAfterMs"] <= 1_200_000
    assert "faster than 3/h" in refusal.body["message"]
    assert [answer(handheld, number, "Severe").command for number in range(4, 34)] == ["RECEIPT"] * 30
    assert answer(handheld, 34, "Extreme").arguments == ["r34", "busy"]
    assert answer(other, 35, "Minor").command == "RECEIPT"


def test_a_report_that_comes_again_has_its_receipt_however_fast_it_comes(make_keyed, come):
    daemon = make_keyed({"handheld-8": {"report": {"as": ["handheld-8"], "rate": "1/h"}}})
    handheld = come(daemon.reports, daemon.keys("handheld-8"))
    body = report(sender="handheld-8", severity="Minor")
    assert not handheld.ask("TIP1 REPORT r", body, patience=PATIENCE).body["duplicate"]
    # Two at once: the first may not be on disk yet.
    for number in range(3):
        handheld.send(f"TIP1 REPORT r{number}", body)
    answers = [handheld.receive(PATIENCE) for _ in range(3)]
    assert [answer.body["duplicate"] for answer in answers] == [True] * 3
    assert handheld.ask("TIP1 REPORT n", body | {"identifier": "a2"}, patience=PATIENCE).arguments == ["n", "busy"]


def test_a_sender_that_reports_too_fast_does_not_use_up_what_others_may(make_keyed, come):
    daemon = make_keyed({"gateway": {"report": "all"}, "other": {"report": "all"}},
                        limits={"sender-rate": "2/h", "report-rate": "5/h"})
    gateway, other = come(daemon.reports, daemon.keys("gateway")), come(daemon.reports, daemon.keys("other"))

    def answer(connection: Connection, sender: str, number: int) -> Message:
        body = report(f"a{number}", sender=sender, severity="Minor")
        return connection.ask(f"TIP1 REPORT r{number}", body, patience=PATIENCE)

    def commands(connection: Connection, sender: str, numbers: range) -> list[str]:
        return [answer(connection, sender, number).command for number in numbers]

    assert commands(gateway, "loud", range(2)) == ["RECEIPT"] * 2
    refusal = answer(gateway, "loud", 2)
    assert refusal.arguments == ["r2", "busy"] and 0 < refusal.body["retryAfterMs"] <= 1_800_000
    assert "'loud' reports faster than 2/h, the 'limits.sender-rate' of each sender" in refusal.body["message"]
    assert commands(gateway, "quiet", range(3, 5)) == ["RECEIPT"] * 2
    # Five in all are the gateway's own, whoever they are from; the other client has its own.
    assert commands(gateway, "third", range(5, 7)) == ["RECEIPT", "REFUSED"]
    assert "the 'limits.report-rate' of each client" in answer(gateway, "fourth", 7).body["message"]
    assert commands(other, "loud", range(8, 10)) == ["RECEIPT"] * 2


def test_a_senders_rate_holds_without_keys_as_well(make_daemon, come):
    daemon = make_daemon(limits={"sender-rate": "1/h"})
    connection = come(daemon.reports, None)
    answers = [connection.ask(f"TIP1 REPORT r{number}", report(f"a{number}", sender=sender, severity="Minor"))
               for number, sender in enumerate(["a", "a", "b"])]
    assert [answer.command for answer in answers] == ["RECEIPT", "REFUSED", "RECEIPT"]


def test_a_flood_of_one_connection_leaves_the_others_their_turns(daemon, come):
    others = [come(daemon.reports, None) for _ in range(20)]
    for connection in others:
        assert connection.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
    with zmq.Context() as context, context.socket(zmq.DEALER) as flood:
        flood.sndhwm = flood.rcvhwm = flood.linger = 0
        flood.connect(daemon.reports)
        flood.send(b"TIP1 PING here")
        assert flood.poll(PATIENCE * 1000)
        # All that the flood sends is there before the others say a word.
        daemon.process.send_signal(signal.SIGSTOP)
        for number in range(20_000):
            body = encoded(report(f"f{number}", sender="flood", severity="Minor"))
            flood.send_multipart([f"TIP1 REPORT f{number}".encode(), body])
        for number, connection in enumerate(others):
            connection.send("TIP1 REPORT o", report(f"o{number}", sender="other", severity="Minor"))
        daemon.process.send_signal(signal.SIGCONT)
        answers = [connection.receive(PATIENCE) for connection in others]
    # The incidents' numbers tell the order in which the reports were taken.
    assert all(answer and answer.command == "RECEIPT" for answer in answers), answers
    assert max(answer.body["incident"] for answer in answers) < 2_000
