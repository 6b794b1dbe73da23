"""Who belongs, and what each may do: every TCP endpoint demands a key that the clients file has."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from keys import KeyedDaemon, outcome, pair
from support import PATIENCE, becomes_true, expect, expect_silence, report
from tip1 import Connection, Json, Keys, Message, Operator, Wallboard, encoded

CLIENTS = {
    "handheld-7": {"report": {"as": ["handheld-7", "grid-officer-*"], "within": ["110101005"]}},
    "handheld-8": {"report": {"as": ["handheld-8"]}},
    "fire-desk": {"join": ["fire", "police@*"], "feed": "all"},
    "ems-desk": {"join": ["ems"]},
    "reader": {"operate": "read"},
    "master": {"report": "all", "join": "all", "feed": "all", "operate": "full"},
}
PLACE = {"area": {"grid": "110101005003002"}}


@pytest.fixture
def keyed(make_keyed: Callable[..., KeyedDaemon]) -> Callable[..., KeyedDaemon]:
    """Starts a daemon that asks for keys, with the clients above if no others are given."""

    def keyed(clients: dict[str, Json] = CLIENTS, **settings: Any) -> KeyedDaemon:
        return make_keyed(clients, **settings)

    return keyed


def refused(connection: Connection, header: str, *bodies: Json) -> str:
    """The message of the refusal `notPermitted`."""
    answer = connection.ask(header, *bodies, patience=PATIENCE)
    assert (answer.command, answer.arguments[-1]) == ("REFUSED", "notPermitted"), (answer, answer.bodies)
    return answer.body["message"]


def control(daemon: KeyedDaemon, closing: ExitStack) -> Operator:
    """An operator on this machine."""
    operator = daemon.operator()
    closing.callback(operator.close)
    return operator


def test_whoever_has_a_key_reports_joins_watches_and_asks(keyed, come, closing):
    daemon = keyed(operator="master")
    desk = come(daemon.alerts, daemon.keys("fire-desk"))
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    board = Wallboard(daemon.feed, "", keys=daemon.keys("fire-desk"))
    closing.callback(board.close)
    handheld = come(daemon.reports, daemon.keys("handheld-7"))
    assert handheld.ask("TIP1 REPORT r1", report("a1", **PLACE), patience=PATIENCE).command == "RECEIPT"
    expect(desk, "ALERT fire 1")
    desk.send("TIP1 RECEIVED fire 1")
    assert desk.ask("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"}, patience=PATIENCE).command == "CONFIRMED"
    # What it published before the board had subscribed has gone; the word is told until it is heard.
    number = 2
    while board.take(0.1) is None:
        handheld.ask(f"TIP1 REPORT r{number}", report(f"a{number}", **PLACE), patience=PATIENCE)
        number += 1
    operator = daemon.operator()
    closing.callback(operator.close)
    assert operator.ask("INFO", patience=PATIENCE)["security"] == "keys"


@pytest.mark.parametrize("endpoint", ["reports", "alerts", "feed"])
def test_a_stranger_and_whoever_has_no_key_or_the_wrong_broker_do_not_come_in(keyed, endpoint):
    daemon = keyed()
    address, kind = daemon.endpoints[endpoint], zmq.SUB if endpoint == "feed" else zmq.DEALER
    known = daemon.keys("master")
    assert outcome(address, known, kind) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert outcome(address, daemon.stranger(), kind) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    # The side that reads first knows why; the other sees the end.
    assert outcome(address, None, kind) in (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
    another = Keys(known.public, known.secret, pair()[0])
    assert outcome(address, another, kind) == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


def test_the_feed_lets_in_whoever_may_see_some_of_it(keyed):
    daemon = keyed({**CLIENTS, "board": {"feed": ["state/"]}})
    assert outcome(daemon.feed, daemon.keys("fire-desk"), zmq.SUB) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert outcome(daemon.feed, daemon.keys("board"), zmq.SUB) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert outcome(daemon.feed, daemon.keys("handheld-7"), zmq.SUB) == zmq.EVENT_HANDSHAKE_FAILED_AUTH


def test_a_report_must_name_a_sender_and_a_place_that_are_its_own(keyed, come):
    daemon = keyed()
    handheld = come(daemon.reports, daemon.keys("handheld-7"))
    allowed = report("a1", sender="grid-officer-12", **PLACE)
    assert handheld.ask("TIP1 REPORT r", allowed, patience=PATIENCE).command == "RECEIPT"
    assert (refused(handheld, "TIP1 REPORT r", report("a2", sender="li", **PLACE))
            == "handheld-7 may not report as 'li': 'report.as' of its entry is handheld-7, grid-officer-*.")
    assert "'report.within' of its entry is 110101005" in refused(handheld, "TIP1 REPORT r", report("a3"))
    outside = report("a4", area={"grid": "110101"})
    assert "may not report from 110101" in refused(handheld, "TIP1 REPORT r", outside)


def test_only_who_reported_or_may_ask_follows(keyed, come):
    daemon = keyed()
    handheld, other = come(daemon.reports, daemon.keys("handheld-7")), come(daemon.reports, daemon.keys("handheld-8"))
    incident = handheld.ask("TIP1 REPORT r", report("a1", **PLACE), patience=PATIENCE).body["incident"]
    assert "has no 'operate'" in refused(other, f"TIP1 FOLLOW f {incident}")
    # Whether there is such an incident is not its business either.
    assert "has no 'operate'" in refused(other, "TIP1 FOLLOW f 999999")
    assert handheld.ask(f"TIP1 FOLLOW f {incident}", patience=PATIENCE).command == "OK"
    reader = come(daemon.reports, daemon.keys("reader"))
    assert reader.ask(f"TIP1 FOLLOW f {incident}", patience=PATIENCE).command == "OK"


def test_only_who_may_report_as_its_sender_rates(keyed, come):
    daemon = keyed()
    handheld, other = come(daemon.reports, daemon.keys("handheld-7")), come(daemon.reports, daemon.keys("handheld-8"))
    incident = handheld.ask("TIP1 REPORT r", report("a1", **PLACE), patience=PATIENCE).body["incident"]
    operator = come(daemon.control, None)
    closing = {"incident": incident, "by": "Li", "reason": "done"}
    assert operator.ask("TIP1 CLOSE c", closing, patience=PATIENCE).command == "OK"
    assert "may not report as 'handheld-7'" in refused(other, f"TIP1 RATE r {incident}", {"score": 1})
    assert handheld.ask(f"TIP1 RATE r {incident}", {"score": 1}, patience=PATIENCE).command == "OK"


def test_whose_report_joined_anothers_incident_follows_and_rates_it(keyed, come):
    daemon = keyed()
    handheld, other = come(daemon.reports, daemon.keys("handheld-7")), come(daemon.reports, daemon.keys("handheld-8"))
    happening = {"incidents": "storm-7", **PLACE}
    incident = handheld.ask("TIP1 REPORT r", report("a1", **happening), patience=PATIENCE).body["incident"]
    assert "has no 'operate'" in refused(other, f"TIP1 FOLLOW f {incident}")
    joined = other.ask("TIP1 REPORT r", report("b1", sender="handheld-8", **happening), patience=PATIENCE)
    assert (joined.body["incident"], joined.body["joined"]) == (incident, 2)
    # More than a timeline lists.
    for number in range(101):
        handheld.ask("TIP1 REPORT r", report(f"a{number + 2}", **happening), patience=PATIENCE)
    assert other.ask(f"TIP1 FOLLOW f {incident}", patience=PATIENCE).command == "OK"
    operator = come(daemon.control, None)
    closing = {"incident": incident, "by": "Li", "reason": "done"}
    assert operator.ask("TIP1 CLOSE c", closing, patience=PATIENCE).command == "OK"
    other = come(daemon.reports, daemon.keys("handheld-8"))
    assert other.ask(f"TIP1 RATE r {incident}", {"score": 1}, patience=PATIENCE).command == "OK"


def test_who_is_bound_to_a_place_joins_and_follows_no_happening_of_another(keyed, come):
    daemon = keyed()
    handheld, other = come(daemon.reports, daemon.keys("handheld-7")), come(daemon.reports, daemon.keys("handheld-8"))
    elsewhere = {"incidents": "storm-7", "area": {"grid": "110101001001001"}}
    first = other.ask("TIP1 REPORT r", report("b1", sender="handheld-8", **elsewhere), patience=PATIENCE).body["incident"]
    own = handheld.ask("TIP1 REPORT r", report("a1", incidents="storm-7", **PLACE), patience=PATIENCE).body
    assert own["incident"] != first and "joined" not in own
    assert "has no 'operate'" in refused(handheld, f"TIP1 FOLLOW f {first}")
    again = handheld.ask("TIP1 REPORT r", report("a2", incidents="storm-7", **PLACE), patience=PATIENCE).body
    assert (again["incident"], again["joined"]) == (own["incident"], 2)
    # The name stays with the first.
    joined = other.ask("TIP1 REPORT r", report("b2", sender="handheld-8", **elsewhere), patience=PATIENCE).body
    assert (joined["incident"], joined["joined"]) == (first, 2)


SPLIT = {"report": {"sender": "handheld-7", "identifier": "a1"}, "from": 1, "by": "W", "reason": "r"}
REPORTS = {"REPORT r": report("a1", **PLACE), "FOLLOW r 1": None, "RATE r 1": {"score": 5}}
ALERTS = {"JOIN fire desk 10": None, "RECEIVED fire 1": None, "ACKNOWLEDGE fire 1": {"by": "W"},
          "DECLINE fire 1": {"by": "W", "reason": "r"}, "STATUS fire 1": {"by": "W", "state": "enRoute"}, "LEAVE fire": None,
          "SUBSCRIBE fire s": {"when": {}}, "UNSUBSCRIBE fire s": None, "SUBSCRIPTIONS fire": None}
CONTROL = {"INFO r": None, "INCIDENTS r": None, "INCIDENT r": {"incident": 1}, "PENDING r": None,
           "EXPLAIN r": report("a1"), "CLIENTS r": None, "AUDIT r": None, "STATS r": None,
           "SUBSCRIPTIONS r": None, "RELOAD r": None, "CLOSE r": {"incident": 1, "by": "W", "reason": "r"},
           "REOPEN r": {"incident": 1, "by": "W", "reason": "r"}, "REOPEN p": {"incident": 1, "preview": True},
           "SPLIT r": SPLIT, "SPLIT p": {**SPLIT, "preview": True},
           "SILENCES p": {"preview": {"when": {"event": "smoke"}}}, "SILENCES r": None}
MAY = {
    "REPORT": {"handheld-7", "master"}, "RATE": {"handheld-7", "handheld-8", "master"}, "FOLLOW": {"reader", "master"},
    "RELOAD": {"master"}, "CLOSE": {"master"}, "REOPEN r": {"master"}, "SPLIT r": {"master"},
    "REOPEN p": {"reader", "master"}, "SPLIT p": {"reader", "master"}, "SILENCES": {"reader", "master"},
    "JOIN": {"fire-desk", "master"}, "RECEIVED": {"fire-desk", "master"}, "ACKNOWLEDGE": {"fire-desk", "master"},
    "DECLINE": {"fire-desk", "master"}, "STATUS": {"fire-desk", "master"}, "LEAVE": {"fire-desk", "master"},
    "INFO": {"reader", "master"}, "INCIDENTS": {"reader", "master"}, "INCIDENT": {"reader", "master"},
    "PENDING": {"reader", "master"}, "EXPLAIN": {"reader", "master"}, "CLIENTS": {"reader", "master"},
    "SUBSCRIBE": {"fire-desk", "master"}, "UNSUBSCRIBE": {"fire-desk", "master"},
    "SUBSCRIPTIONS fire": {"fire-desk", "master"}, "SUBSCRIPTIONS r": {"reader", "master"},
    "AUDIT": {"reader", "master"}, "STATS": {"reader", "master"},
}
"""Who may say each command of the protocol in the form above; one that two endpoints take stands there as it is said. A
command that is missing here fails the test."""


def may(header: str) -> set[str]:
    return MAY[header] if header in MAY else MAY[header.split(" ")[0]]


def test_every_command_is_refused_to_everybody_who_may_not_say_it(keyed, come, closing):
    daemon = keyed(operator="master")
    commands = [("reports", REPORTS), ("alerts", ALERTS), ("control", CONTROL)]
    for endpoint, headers in commands:
        for header, body in headers.items():
            for name in CLIENTS:
                connection = come(daemon.endpoints[endpoint], daemon.keys(name))
                bodies = [] if body is None else [body]
                if name in may(header):
                    connection.send(f"TIP1 {header}", *bodies)
                    connection.send("TIP1 PING over")
                    while (answer := connection.receive(PATIENCE)).command != "PONG":
                        # The directory of these tests lets nobody subscribe, which is another thing than a key.
                        assert answer.arguments[-1] != "notPermitted" or "may-subscribe" in answer.body["message"], (
                            name, header, answer.bodies)
                else:
                    assert name in refused(connection, f"TIP1 {header}", *bodies), (name, header)
                connection.close()


def test_nobody_takes_another_s_place_by_choosing_its_routing_identity(keyed, closing):
    daemon = keyed()

    def open_as(name: str, endpoint: str) -> zmq.Socket:
        socket = zmq.Context.instance().socket(zmq.DEALER)
        closing.callback(socket.close)
        socket.linger = 0
        socket.routing_id = b"desk"
        daemon.keys(name).put_on(socket)
        socket.connect(endpoint)
        return socket

    desk = open_as("fire-desk", daemon.alerts)
    desk.send(b"TIP1 JOIN fire desk-1 10")
    assert desk.recv_multipart()[0] == b"TIP1 JOINED fire"
    for other in [open_as(name, daemon.alerts) for name in ["ems-desk", "handheld-7", "fire-desk"] for _ in range(20)]:
        other.send(b"TIP1 PING here")
        assert other.recv_multipart()[0] == b"TIP1 PONG here"
    handheld = open_as("handheld-7", daemon.reports)
    handheld.send_multipart([b"TIP1 REPORT r", encoded(report("a1", **PLACE))])
    assert handheld.recv_multipart()[0] == b"TIP1 RECEIPT r"
    assert desk.poll(PATIENCE * 1000) and desk.recv_multipart()[0] == b"TIP1 ALERT fire 1"


def test_a_key_that_is_removed_is_out_with_its_open_connections(keyed, come, closing):
    daemon = keyed({**CLIENTS, "second-desk": {"join": ["fire"]}})
    operator = control(daemon, closing)
    desk, second = come(daemon.alerts, daemon.keys("fire-desk")), come(daemon.alerts, daemon.keys("second-desk"))
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    handheld = come(daemon.reports, daemon.keys("handheld-7"))
    assert handheld.ask("TIP1 REPORT r1", report("a1", **PLACE), patience=PATIENCE).command == "RECEIPT"
    expect(desk, "ALERT fire 1")
    second.send("TIP1 JOIN fire desk-2 10")
    expect(second, "JOINED fire")
    expect(second, "ALERT fire 1")
    gone = {name: rights for name, rights in CLIENTS.items() if name != "fire-desk"}
    daemon.name_clients({**gone, "second-desk": {"join": ["fire"]}})
    answer = operator.ask("RELOAD", patience=PATIENCE)
    assert (answer["clients"], answer["connectionsClosed"]) == (6, 1)
    assert operator.ask("INFO")["terminals"] == 1
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    # Everybody else's connection stays.
    second.send("TIP1 RECEIVED fire 1")
    expect_silence(second)
    assert handheld.ask("TIP1 REPORT r2", report("a2", **PLACE), patience=PATIENCE).command == "RECEIPT"
    expect(second, "ALERT fire 2")
    assert '"connectionsClosed":"1"' in daemon.log.replace(" ", "") or "connectionsClosed=1" in daemon.log


def test_who_may_do_something_else_from_now_on_comes_again_and_may_do_that(keyed, come, closing):
    daemon = keyed()
    operator = control(daemon, closing)
    desk = come(daemon.alerts, daemon.keys("ems-desk"))
    desk.send("TIP1 JOIN ems desk-1 10")
    expect(desk, "JOINED ems")
    daemon.name_clients({**CLIENTS, "ems-desk": {"join": ["fire"]}})
    assert operator.ask("RELOAD", patience=PATIENCE)["connectionsClosed"] == 1
    assert operator.ask("INFO")["terminals"] == 0
    again = come(daemon.alerts, daemon.keys("ems-desk"))
    assert "'join' of its entry is fire" in refused(again, "TIP1 JOIN ems desk-1 10")
    again.send("TIP1 JOIN fire desk-1 10")
    expect(again, "JOINED fire")


def test_a_connection_that_has_said_nothing_before_its_entry_changed_comes_again(keyed, come, closing):
    daemon = keyed()
    operator = control(daemon, closing)
    handheld = come(daemon.reports, daemon.keys("handheld-8"))
    monitor = handheld.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert handheld.ask("TIP1 PING here", patience=PATIENCE).command == "PONG"
    # The first reload closes its connection; it comes again, unheard, before the second.
    for rate in ("6/s", "7/s"):
        daemon.name_clients({**CLIENTS, "handheld-8": {"report": {"as": ["handheld-8"], "rate": rate}}})
        operator.ask("RELOAD", patience=PATIENCE)
        if rate == "6/s":
            assert monitor.poll(PATIENCE * 1000)
            recv_monitor_message(monitor)
    # It says it again until it is answered, as a reporter does.
    answer = None
    while answer is None:
        handheld.send("TIP1 REPORT r1", report("a1", sender="handheld-8"))
        answer = handheld.receive(1)
    assert answer.command == "RECEIPT", answer
    handheld.socket.disable_monitor()


def silent(daemon: KeyedDaemon, name: str, closing: ExitStack) -> zmq.Socket:
    """A connection that has been let in and says nothing: what its monitor hears from then on."""
    context = zmq.Context()
    closing.callback(context.destroy, linger=0)
    socket = context.socket(zmq.DEALER)
    daemon.keys(name).put_on(socket)
    monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
    closing.callback(socket.disable_monitor)
    socket.connect(daemon.alerts)
    assert monitor.poll(PATIENCE * 1000) and recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED
    return monitor


def test_a_key_that_is_removed_is_out_with_the_connections_through_which_it_has_said_nothing(keyed, closing):
    daemon = keyed()
    operator = control(daemon, closing)
    monitors = [silent(daemon, "ems-desk", closing) for _ in range(5)]
    daemon.name_clients({name: rights for name, rights in CLIENTS.items() if name != "ems-desk"})
    # Whose they were is not known, and nothing says that it were.
    assert operator.ask("RELOAD", patience=PATIENCE)["connectionsClosed"] == 0
    for monitor in monitors:
        assert monitor.poll(PATIENCE * 1000) and recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED
    assert becomes_true(lambda: "connections through which nobody had spoken are closed, too" in daemon.log, operator)


def test_when_its_time_is_over_a_key_is_out_with_its_silent_connections(keyed, clock, closing):
    daemon = keyed({**CLIENTS, "ems-desk": {"join": ["ems"], "until": "2027-06-30T10:00:00Z"}},
                   environment=clock.environment)
    monitor = silent(daemon, "ems-desk", closing)
    clock.set(366 * 86400)
    assert monitor.poll(PATIENCE * 1000) and recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED


def test_a_key_is_out_by_itself_when_its_time_is_over(keyed, come, clock, closing):
    end = "2027-06-30T10:00:00Z"
    daemon = keyed({**CLIENTS, "ems-desk": {"join": ["ems"], "until": end}}, environment=clock.environment)
    operator = control(daemon, closing)
    desk = come(daemon.alerts, daemon.keys("ems-desk"))
    desk.send("TIP1 JOIN ems desk-1 10")
    expect(desk, "JOINED ems")
    clock.set(366 * 86400)
    assert becomes_true(lambda: operator.ask("INFO")["terminals"] == 0, operator)
    assert outcome(daemon.alerts, daemon.keys("ems-desk")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    # Its line may stay: other changes come into force all the same.
    daemon.name_clients({**CLIENTS, "ems-desk": {"join": ["ems"], "until": end}, "fire-desk": {"join": ["ems"]}})
    operator.ask("RELOAD", patience=PATIENCE)
    assert outcome(daemon.alerts, daemon.keys("ems-desk")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    # A start says it, and goes on.
    daemon.restart()
    line = f"a client's time is over; its key opens nothing principal=ems-desk until={end.replace('Z', '.000Z')}"
    operator = control(daemon, closing)
    assert becomes_true(lambda: line in daemon.log, operator), daemon.log
    # It is refused in a reload that changes its entry.
    daemon.name_clients({**CLIENTS, "ems-desk": {"join": ["ems", "fire"], "until": end}})
    answer = operator.connection.ask("TIP1 RELOAD r", patience=PATIENCE)
    assert answer.arguments == ["r", "invalid"] and "is over; remove the client" in answer.body["message"]


def test_a_clients_file_that_is_wrong_changes_nothing_and_a_start_goes_by_the_last_good_one(keyed, closing):
    daemon = keyed()
    operator = control(daemon, closing)
    good = (daemon.folder / "clients.yaml").read_text()
    # The good ones are in the journal, not only in force.
    daemon.await_table()
    (daemon.folder / "clients.yaml").write_text("clients:\n  - { name: x, kay: y }\n")
    answer = operator.connection.ask("TIP1 RELOAD r", patience=PATIENCE)
    assert answer.arguments == ["r", "invalid"] and "clients.yaml:2:16: 'kay' is not a key of a client" in answer.body["message"]
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    daemon.restart()
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert outcome(daemon.alerts, daemon.stranger()) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    (daemon.folder / "clients.yaml").write_text(good)
    assert control(daemon, closing).ask("RELOAD", patience=PATIENCE)["clients"] == len(CLIENTS)


def test_a_start_by_the_last_good_rules_lets_nobody_in_who_has_been_taken_out_since(keyed, closing):
    daemon = keyed()
    daemon.await_table()
    (daemon.folder / "rules.yaml").write_text("rules: [")
    daemon.name_clients({name: rights for name, rights in CLIENTS.items() if name != "fire-desk"})
    # Nobody has had that read yet.
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    daemon.restart()
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    assert outcome(daemon.alerts, daemon.keys("ems-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED
    rules = control(daemon, closing).ask("INFO", patience=PATIENCE)["rules"]
    assert (rules["fromJournal"], rules["clientsLeftOut"]) == (True, 1)
    assert "clients of the last good list are left out" in daemon.log


def test_the_journal_says_whose_each_record_is(keyed, come, closing):
    daemon = keyed()
    handheld, desk = come(daemon.reports, daemon.keys("handheld-7")), come(daemon.alerts, daemon.keys("fire-desk"))
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    incident = handheld.ask("TIP1 REPORT r1", report("a1", **PLACE), patience=PATIENCE).body["incident"]
    expect(desk, "ALERT fire 1")
    desk.send("TIP1 RECEIVED fire 1")
    assert desk.ask("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"}, patience=PATIENCE).command == "CONFIRMED"
    operator = control(daemon, closing)
    operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "over"}, patience=PATIENCE)
    rows = daemon.sql("SELECT kind, json_extract(body, '$.principal') AS principal FROM record ORDER BY position")
    found = [(row["kind"], row["principal"]) for row in rows if row["kind"] in ("incident", "received", "personal", "closed")]
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    assert found == [("incident", "handheld-7"), ("received", "fire-desk"), ("personal", "fire-desk"),
                     ("closed", f"uid:{user}")]
    views = [tuple(row.values()) for row in daemon.sql(
        "SELECT principal, operation FROM operations WHERE operation <> 'reload' ORDER BY position")]
    assert views == [("handheld-7", "report"), ("fire-desk", "received"), ("fire-desk", "acknowledged"),
                     (f"uid:{user}", "close")]
    timeline = operator.ask("INCIDENT", {"incident": incident}, patience=PATIENCE)["timeline"]
    assert [(entry["state"], entry.get("principal")) for entry in timeline] == [
        ("stored", "handheld-7"), ("received", "fire-desk"), ("acknowledged", "fire-desk"), ("closed", f"uid:{user}")]


def test_the_record_of_a_reload_says_who_asked_for_it_and_how_many_connections_it_closed(keyed, come, closing):
    daemon = keyed()
    desk = come(daemon.alerts, daemon.keys("fire-desk"))
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    daemon.name_clients({name: rights for name, rights in CLIENTS.items() if name != "fire-desk"})
    assert control(daemon, closing).ask("RELOAD", patience=PATIENCE)["connectionsClosed"] == 1
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    reloads = daemon.sql("SELECT principal, connections_closed FROM operations WHERE operation = 'reload'")
    assert [tuple(row.values()) for row in reloads] == [(None, None), (f"uid:{user}", 1)]


def test_with_keys_an_endpoint_may_be_reached_from_elsewhere_and_without_them_not(keyed):
    daemon = keyed()
    daemon.end(signal.SIGTERM)

    def check(*flags: str) -> subprocess.CompletedProcess:
        return subprocess.run([*daemon.command(), "--check", *flags], capture_output=True, text=True)

    elsewhere = ["--endpoints-reports", "tcp://0.0.0.0:7701"]
    assert check(*elsewhere).returncode == 0
    bare = daemon.folder / "bare.yaml"
    bare.write_text("rules: rules.yaml\ndepartments: departments.yaml\ngrids: grids.yaml\n")
    daemon.configuration = bare
    refusal = check(*elsewhere)
    assert refusal.returncode == 78 and "give the broker a key" in refusal.stderr


@pytest.mark.parametrize(("change", "expected"), [
    (lambda path: path.chmod(0o644), "can be read by others (mode 0644)"),
    (lambda path: path.unlink(), "there is no such file"),
    (lambda path: path.write_text('public: "x"\n'), "has no 'secret'"),
    (lambda path: path.write_text(path.read_text().replace("public", "pubic")), "only 'public' and 'secret' are keys"),
    (lambda path: path.write_text(path.read_text().replace("\n", "\r\n")), None),
    (lambda path: path.write_text(f'public: "{pair()[0]}"\nsecret: "{pair()[1]}"\n'), "are no pair"),
    (lambda path: path.write_text('public: "a"\nsecret: "SECRET"\n'), "'secret' is no key"),
])
def test_a_key_file_that_is_wrong_is_said_and_never_repeated(keyed, change, expected):
    daemon = keyed()
    daemon.end(signal.SIGTERM)
    change(daemon.folder / "broker.key")
    result = subprocess.run([*daemon.command(), "--check"], capture_output=True, text=True)
    if expected is None:
        assert result.returncode == 0, result.stderr
    else:
        assert result.returncode == 78 and expected in result.stderr and "SECRET" not in result.stderr, result.stderr


@pytest.mark.parametrize("trouble", ["rules", "departments", "disk"])
def test_a_reload_that_is_refused_shuts_out_whom_the_clients_file_no_longer_has_and_changes_nothing_else(
        keyed, come, closing, trouble):
    daemon = keyed()
    operator = control(daemon, closing)
    desk = come(daemon.alerts, daemon.keys("fire-desk"))
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    others = {name: rights for name, rights in CLIENTS.items() if name != "fire-desk"}
    daemon.name_clients({**others, "ems-desk": {"join": ["fire"]}, "newcomer": {"join": ["fire"]}})
    with ExitStack() as stack:
        if trouble == "disk":
            stack.enter_context(daemon.full_disk())
            handheld = come(daemon.reports, daemon.keys("handheld-7"))
            assert handheld.ask("TIP1 REPORT r1", report("a1", **PLACE), patience=PATIENCE).arguments == ["r1", "unavailable"]
        else:
            (daemon.folder / f"{trouble}.yaml").write_text("rules: [")
        answer = operator.connection.ask("TIP1 RELOAD r", patience=PATIENCE)
        assert answer.arguments == ["r", "unavailable" if trouble == "disk" else "invalid"]
        out = f"Out all the same, because {daemon.folder}/clients.yaml no longer has them: fire-desk (1 connection closed)."
        assert answer.body["message"].endswith(out)
        assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
        assert operator.ask("INFO")["terminals"] == 0
        assert outcome(daemon.alerts, daemon.keys("newcomer")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    # What an entry says stays as it was.
    again = come(daemon.alerts, daemon.keys("ems-desk"))
    again.send("TIP1 JOIN ems desk-1 10")
    expect(again, "JOINED ems")


def test_a_clients_file_that_is_wrong_itself_shuts_nobody_out(keyed, closing):
    daemon = keyed()
    operator = control(daemon, closing)
    (daemon.folder / "rules.yaml").write_text("rules: [")
    others = {name: rights for name, rights in CLIENTS.items() if name != "fire-desk"}
    daemon.name_clients({**others, "ems-desk": {"jion": ["ems"]}})
    answer = operator.connection.ask("TIP1 RELOAD r", patience=PATIENCE)
    assert answer.arguments == ["r", "invalid"] and "Out all the same" not in answer.body["message"]
    assert outcome(daemon.alerts, daemon.keys("fire-desk")) == zmq.EVENT_HANDSHAKE_SUCCEEDED


@pytest.mark.parametrize("own", [{"operate": "full", "join": ["fire"]}, None], ids=["changed", "removed"])
def test_an_operator_whose_own_entry_goes_or_changes_has_the_answer_to_its_reload_first(make_keyed, own):
    clients = {"li": {"operate": "full"}, "fire-desk": {"join": ["fire"]}}
    daemon = make_keyed(clients, operator="li")
    operator = daemon.operator()
    operator.ask("INFO", patience=PATIENCE)
    daemon.name_clients({**clients, "li": own} if own else {"fire-desk": {"join": ["fire"]}})
    assert operator.ask("RELOAD", patience=PATIENCE)["connectionsClosed"] >= 1
    if own:
        assert operator.ask("INFO", patience=PATIENCE)["directory"]["mailboxes"] > 0
    else:
        assert outcome(daemon.control, daemon.keys("li")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    operator.close()
