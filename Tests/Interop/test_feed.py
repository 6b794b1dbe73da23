"""The feed: topics, prefixes and objects."""

from __future__ import annotations

from support import PATIENCE, report


PROBES = "incident/Other/Minor/-"


def await_subscription(wallboard, reporter) -> None:
    """Returns when everything subscribed to before is in force.

    Subscriptions reach the broker in their order. So this subscribes to one thing more, and reports until that comes.
    """
    wallboard.socket.subscribe(PROBES)
    for index in range(1000):
        reporter.report(report(f"probe-{index}", category="Other", event="probe", severity="Minor"))
        if wallboard.take(0.02):
            wallboard.socket.unsubscribe(PROBES)
            return
    raise AssertionError("the subscription does not come into force")


def taken(wallboard, count: int) -> list[tuple[str, dict]]:
    """The next messages that do not belong to a probe."""
    came: list[tuple[str, dict]] = []
    while len(came) < count:
        message = wallboard.take(PATIENCE)
        assert message, f"only this came: {came}"
        if message[0] != PROBES:
            came.append(message)
    return came


def test_an_incident_its_alerts_and_every_change_are_on_the_feed(daemon, reporter, wallboard, connect):
    board = wallboard("incident/Fire/", "alert/fire/", "alert/ems/", "state/")
    await_subscription(board, reporter)
    sent = report(area={"grid": "110101005003002"}, headline="居民楼三层起火")
    receipt = reporter.report(sent)
    incident, stored = receipt["incident"], receipt["storedAt"]
    first = dict(taken(board, 3))
    assert first["incident/Fire/Severe/110101005003002"] == {
        "incident": incident, "position": incident, "storedAt": stored, "recipients": ["fire", "ems"], "report": sent}
    assert first["alert/fire/Severe/110101005003002"] == {
        "incident": incident, "position": incident, "recipient": "fire", "number": 1, "purpose": "action",
        "escalation": 0, "storedAt": stored}
    assert first["alert/ems/Severe/110101005003002"]["purpose"] == "information"

    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    desk.send("TIP1 RECEIVED fire 1")
    desk.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"})
    changes = taken(board, 3)
    assert {topic for topic, _ in changes} == {f"state/{incident}"}
    assert [change["state"] for _, change in changes] == ["sent", "received", "acknowledged"]
    last = changes[-1][1]
    assert last.pop("at").endswith("Z")
    positions = [change["position"] for _, change in changes]
    assert incident < positions[1] < last.pop("position") and positions == sorted(positions)
    assert last == {"incident": incident, "state": "acknowledged", "recipient": "fire", "number": 1, "by": "Wang"}


def test_a_subscription_is_a_prefix(daemon, reporter, wallboard):
    boards = {prefix: wallboard(prefix) for prefix in (
        "alert/fire/", "alert/fire", "incident/Fire/Severe/110101005", "incident/Fire/Severe/-", "incident/")}
    for board in boards.values():
        await_subscription(board, reporter)
    reporter.report(report("a1", event="fire-hazard"))
    reporter.report(report("a2", area={"grid": "110101005003002"}))
    reporter.report(report("a3", area={"grid": "110101006"}))

    def topics(prefix: str, count: int) -> list[str]:
        return [topic for topic, _ in taken(boards[prefix], count)]

    assert topics("alert/fire", 3) == [
        "alert/fire-prevention/Severe/-", "alert/fire/Severe/110101005003002", "alert/fire/Severe/110101006"]
    assert topics("alert/fire/", 2) == ["alert/fire/Severe/110101005003002", "alert/fire/Severe/110101006"]
    assert topics("incident/Fire/Severe/110101005", 1) == ["incident/Fire/Severe/110101005003002"]
    assert topics("incident/Fire/Severe/-", 1) == ["incident/Fire/Severe/-"]
    assert topics("incident/", 3)[-1] == "incident/Fire/Severe/110101006"


def test_an_escalation_step_brings_an_alert_of_its_own(daemon, reporter, wallboard):
    board = wallboard("alert/leader@110101/")
    await_subscription(board, reporter)
    reporter.report(report(event="nobody-answers", area={"grid": "110101005003002"}))
    (topic, alert), = taken(board, 1)
    assert topic == "alert/leader@110101/Severe/110101005003002"
    assert (alert["escalation"], alert["purpose"], alert["number"]) == (1, "action", 1)


def test_closing_is_the_last_change(daemon, reporter, wallboard, operator):
    board = wallboard("state/")
    await_subscription(board, reporter)
    incident = reporter.report(report())["incident"]
    operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "false alarm"})
    changes = taken(board, 3)
    assert [(topic, change["state"]) for topic, change in changes] == [
        (f"state/{incident}", "cancelled"), (f"state/{incident}", "cancelled"), (f"state/{incident}", "closed")]
