"""EXPLAIN, INCIDENT and previews say what the broker does: each is asked first, and then it happens."""

from __future__ import annotations

import datetime

import pytest
from support import CORRELATING as RULES, expect, report
from tip1 import Json, Operator

SENT = "2026-11-23T08:10:00+08:00"
HERE = {"grid": "110101005003002"}


class Scene:
    """A daemon, a field client and an operator."""

    def __init__(self, daemon, connect, closing):
        self.daemon = daemon
        self.reports = connect(daemon.reports)
        self.operator = Operator(daemon.control)
        closing.callback(self.operator.close)

    def report(self, identifier: str, **members) -> Json:
        answer = self.reports.ask("TIP1 REPORT r", smoke(identifier, **members))
        assert answer.command == "RECEIPT", answer
        return answer.body

    def explained(self, identifier: str, *of: str, kind: str = "Update", **members) -> Json:
        """Explains news, and sends it: both tell the same people for the same reasons. Returns the receipt."""
        references = " ".join(f"handheld-7,{one},{SENT}" for one in of)
        subject = smoke(identifier, msgType=kind, references=references, **members)
        explanation = self.operator.ask("EXPLAIN", subject)
        receipt = self.reports.ask("TIP1 REPORT r", subject).body
        assert who(explanation["addressees"]) == who(receipt["recipients"])
        named = [one for one in explanation["rules"] if one["rule"].startswith(f"{kind.lower()}: ")]
        roots = receipt["updates" if kind == "Update" else "cancels"]
        assert [one["rule"] for one in named] == [f"{kind.lower()}: {root}" for root in roots]
        rises = {"its severity is above what was told before" in one["conditions"] for one in named}
        assert rises == {receipt.get("raised", False)}
        return receipt

    def close(self, *incidents: int) -> None:
        for incident in incidents:
            self.operator.ask("CLOSE", {"incident": incident, "by": "Li", "reason": "over"})

    def silence(self, **members) -> int:
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
        return self.operator.ask("SILENCE", {
            "until": until.isoformat().replace("+00:00", "Z"), "by": "Li", "reason": "works", **members})["silence"]

    def words(self, incident: int, rule: str) -> list[str]:
        """What INCIDENT says of a rule that has matched."""
        rules = self.operator.ask("INCIDENT", {"incident": incident})["explanation"]["rules"]
        return next(one["conditions"] for one in rules if one["rule"] == rule)


def smoke(identifier: str, **members) -> Json:
    return report(identifier, **{"event": "smoke", "severity": "Moderate", "area": HERE, **members})


def who(recipients: list[Json]) -> list[str]:
    return [f"{one['recipient']} {one['purpose']} {one['rule']}" for one in recipients]


@pytest.fixture
def scene(make_daemon, connect, closing):
    return lambda rules=RULES: Scene(make_daemon(rules=rules, heartbeat="1m"), connect, closing)


def test_news_of_what_was_taken_out_and_of_what_is_left_is_explained_as_it_is_told(scene):
    scene = scene()
    first = scene.report("s1")["incident"]
    scene.report("s2")
    scene.report("s3", severity="Extreme")
    own = scene.operator.ask("SPLIT", {
        "report": {"sender": "handheld-7", "identifier": "s3"}, "from": first, "by": "Li", "reason": "another"})
    assert scene.explained("u1", "s3", severity="Severe")["updates"] == [own["incident"]]
    rising = scene.explained("u2", "s1", severity="Severe")
    assert (rising["updates"], rising["raised"]) == ([first], True)
    assert "fire action" in " ".join(who(rising["recipients"]))
    # Also when that has closed: whoever was told of it is told.
    scene.close(own["incident"])
    assert scene.explained("u3", "s3", severity="Severe")["updates"] == [own["incident"]]


def test_news_of_what_is_closed_kept_still_or_cancelled_is_explained_as_it_is_told(scene):
    scene = scene(RULES + """
  - name: updates
    when: { event: [smoke, gas], message: Update }
    notify: [fire]
  - { name: gas, when: { event: gas }, notify: fire }
""")
    closed = scene.report("a1", event="gas")["incident"]
    worse = scene.explained("a2", "a1", event="gas", severity="Severe")["incident"]
    scene.close(worse, closed)
    again = scene.explained("a3", "a1", event="gas", severity="Severe")
    assert (again["raised"], again["recipients"][0]["purpose"]) == (True, "action")

    number = scene.silence(when={"event": "gas"})
    scene.report("b1", event="gas")
    assert scene.explained("b2", "b1", event="gas")["recipients"][0]["purpose"] == "action"
    scene.operator.ask("UNSILENCE", {"silence": number, "by": "Li", "reason": "over"})

    scene.report("c1", event="gas", severity="Moderate")
    scene.explained("c2", "c1", event="gas", severity="Severe")
    scene.explained("c3", "c1", event="gas", severity="Severe")
    scene.explained("c4", "c2", kind="Cancel", event="gas", severity="Extreme")
    scene.explained("c5", "c1", event="gas", severity="Severe")
    scene.explained("c6", "c1", "a1", event="gas", severity="Extreme")


def test_only_of_what_can_be_joined_it_is_said_that_others_join_it(scene):
    scene = scene(RULES.replace("event: smoke", "event: smoke, message: [Alert, Update]"))
    join = "later reports of the same event and grid within 10m join it"
    first = scene.report("s1")["incident"]
    joined = scene.report("s2")
    assert join in scene.words(first, "smoke")
    assert join not in scene.words(joined["update"], "smoke")
    own = scene.operator.ask("SPLIT", {
        "report": {"sender": "handheld-7", "identifier": "s2"}, "from": first, "by": "Li", "reason": "another"})
    assert join not in scene.words(own["incident"], "smoke")
    assert join in scene.operator.ask("EXPLAIN", smoke("s3"))["rules"][0]["conditions"]
    update = smoke("u1", msgType="Update", references=f"handheld-7,s1,{SENT}")
    rules = scene.operator.ask("EXPLAIN", update)["rules"]
    assert join not in next(one for one in rules if one["rule"] == "smoke")["conditions"]


def test_a_preview_counts_what_a_silence_keeps_still(scene):
    scene = scene("""
fallback: duty-office
rules:
  - name: hot
    when: { event: hot }
    notify: [fire, leader@110101]
    inform: ems
    rated-low: duty-office
    escalate: [{ after: 1h, to: leader@110101 }]
""")

    def preview(**when) -> tuple[int, int]:
        found = scene.operator.ask("SILENCES", {"preview": {"when": when, "evenExtreme": True}})
        return (found["incidents"], found["alerts"])

    before = scene.report("x1", event="hot", severity="Extreme")["incident"]
    counted = preview(event="hot")
    scene.silence(when={"event": "hot"}, evenExtreme=True)
    still = scene.report("x2", event="hot", severity="Extreme")["incident"]
    alerts = scene.operator.ask("INCIDENT", {"incident": still})["alerts"]
    assert [one["recipient"] for one in alerts if one["state"] == "silenced"] == ["fire"]
    assert counted == (1, 1)

    # What the broker reports itself rings.
    scene.close(before)
    scene.silence(when={"sender": "tocsind"}, evenExtreme=True)
    expect_rated(scene, before)
    rated = scene.operator.ask("INCIDENTS")["incidents"][0]
    assert rated["event"] == "rated-low"
    alerts = scene.operator.ask("INCIDENT", {"incident": rated["incident"]})["alerts"]
    assert {one["state"] for one in alerts} == {"queued"}
    assert preview(sender="tocsind") == (0, 0)


def expect_rated(scene: Scene, incident: int) -> None:
    scene.reports.send(f"TIP1 RATE r {incident}", {"score": 1})
    expect(scene.reports, "OK r")


def test_at_the_end_of_time_a_silence_ends_with_it(scene):
    scene = scene(RULES + """
silences:
  - { name: hum, when: { event: hum }, during: 00:00-24:00 UTC, by: Li, reason: works }
""")
    explained = scene.operator.ask("EXPLAIN", report(event="hum"), {"at": "9999-12-31T12:00:00Z"})
    assert explained["silenced"] == {"window": "hum", "until": "9999-12-31T23:59:59.999Z"}


def test_what_is_refused_for_want_of_room_names_its_command(scene):
    scene = scene()
    incident = scene.report("s1")["incident"]
    scene.close(incident)
    with scene.daemon.full_disk():
        answer = scene.operator.connection.ask("TIP1 REOPEN o", {"incident": incident, "by": "Li", "reason": "not over"})
        assert (answer.arguments, answer.body["command"]) == (["o", "unavailable"], "REOPEN")
