"""Each condition of a rule through the daemon: reported, explained before and after, with the words that held."""

from __future__ import annotations

import json

import pytest

from cli import needs_tocsin, run, tocsin

pytestmark = needs_tocsin

RULES = """
fallback: duty-office
rules:
  - { name: codes, when: { event-code: { SAME: [FRW], local: g7 } }, notify: fire }
  - { name: severity, when: { severity: at most Moderate }, notify: fire }
  - { name: urgency, when: { urgency: at least Expected }, notify: fire }
  - { name: certainty, when: { certainty: [Likely, Possible] }, notify: fire }
  - { name: sender, when: { sender: [call-centre-110, "handheld-*"] }, notify: fire }
  - { name: text, when: { text: { contains: [毒气, GAS], in: [headline, description] } }, notify: fire }
  - { name: place, when: { text: { contains: hutong, in: areaDesc } }, notify: fire }
  - { name: matches, when: { matches: { description: "(?i)explo(sion|ded)", headline: "^Smell" } }, notify: fire }
  - { name: any, when: { any: [{ category: Met }, { category: Fire, certainty: Likely }] }, notify: fire }
  - { name: not, when: { not: { sender: "test-*" } }, notify: fire }
  - { name: news, when: { message: [Update, Cancel] }, inform: ems }
"""

REPORT = {
    "identifier": "c1", "sender": "handheld-7", "sent": "2026-11-23T08:00:00+08:00", "event": "gas-leak",
    "category": "Fire", "severity": "Moderate", "urgency": "Immediate", "certainty": "Likely",
    "headline": "Smell of gas", "description": "Something exploded; 疑似毒气泄漏",
    "eventCode": {"SAME": "FRW", "local": "g7"}, "area": {"grid": "110101005003002", "areaDesc": "Hutong 12"},
}

HELD = {
    "codes": ["event-code SAME is FRW", "event-code local is g7"],
    "severity": ["severity Moderate is at most Moderate"],
    "urgency": ["urgency Immediate is at least Expected"],
    "certainty": ["certainty is Likely"],
    "sender": ["sender handheld-7 is like handheld-*"],
    "text": ["headline has GAS"],
    "place": ["areaDesc has hutong"],
    "matches": ["description matches (?i)explo(sion|ded)", "headline matches ^Smell"],
    "any": ["category is Fire and certainty is Likely"],
    "not": ["not sender test-*: found handheld-7"],
}

OTHER = {**REPORT, "identifier": "c2", "sender": "test-1", "severity": "Unknown", "urgency": "Unknown",
         "certainty": "Unknown", "headline": "Smoke", "description": "-", "eventCode": {"SAME": "TOR"},
         "area": {"grid": "110101005003002"}}

FAILED = {
    "codes": ("event-code SAME", "FRW", "TOR"),
    "severity": ("severity", "at most Moderate", "Unknown"),
    "urgency": ("urgency", "at least Expected", "Unknown"),
    "certainty": ("certainty", "Likely or Possible", "Unknown"),
    "sender": ("sender", "call-centre-110, handheld-*", "test-1"),
    "text": ("text", "毒气, GAS in headline, description", "headline 'Smoke', description '-'"),
    "place": ("text", "hutong in areaDesc", "no areaDesc"),
    "matches": ("matches description", "(?i)explo(sion|ded)", "description '-'"),
    "any": ("any", "category Met or (category Fire and certainty Likely)", "category Fire; certainty Unknown"),
    "not": ("not", "anything but sender test-*", "sender test-1 is like test-*"),
    "news": ("message", "Update, Cancel", "Alert"),
}


def verdicts(explanation: dict) -> dict[str, object]:
    """What held of each rule that matched, and of each other what was wanted and found."""
    return {one["rule"]: one["conditions"] if one["verdict"] == "matched"
            else (one["condition"], one["wanted"], one["found"]) for one in explanation["rules"]}


@pytest.fixture
def daemon(make_daemon):
    return make_daemon(rules=RULES)


def explain(daemon, report: dict) -> dict:
    return json.loads(tocsin(daemon, "explain", "-", "--json", input=json.dumps(report)))


def test_every_condition_is_told_of_before_and_after(daemon):
    expected = {**HELD, "news": FAILED["news"]}
    assert verdicts(explain(daemon, REPORT)) == expected

    receipt = json.loads(tocsin(daemon, "report", "-", "--json", input=json.dumps(REPORT)))
    assert [(one["recipient"], one["rule"]) for one in receipt["recipients"]] == [("fire", "codes")]
    shown = json.loads(tocsin(daemon, "show", str(receipt["incident"]), "--json"))
    assert verdicts(shown["explanation"]) == expected


def test_of_a_condition_that_fails_it_is_said_what_is_wanted_and_what_there_is(daemon):
    assert verdicts(explain(daemon, OTHER)) == FAILED
    lines = tocsin(daemon, "explain", "-", "--all", input=json.dumps(OTHER))
    for condition, wanted, found in FAILED.values():
        assert f"{condition}: wants {wanted}, found {found}" in " ".join(lines.split())


def test_an_update_goes_to_whom_a_rule_names_for_updates_and_else_to_the_fallback(daemon):
    update = {**REPORT, "identifier": "c3", "msgType": "Update", "references": "handheld-7,c1,2026-11-23T08:00:00+08:00"}
    receipt = json.loads(tocsin(daemon, "report", "-", "--json", input=json.dumps(update)))
    assert [(one["recipient"], one["purpose"]) for one in receipt["recipients"]] == [("ems", "information")]
    (daemon.folder / "rules.yaml").write_text(RULES.rsplit("\n", 2)[0] + "\n")
    tocsin(daemon, "reload")
    explanation = explain(daemon, update)
    assert [(one["recipient"], one["purpose"]) for one in explanation["addressees"]] == [
        ("duty-office", "action")]
    assert verdicts(explanation)["codes"] == ("message", "Alert", "Update")


def test_a_wrong_expression_is_refused_with_its_place_and_the_rules_in_force_stay(daemon):
    (daemon.folder / "rules.yaml").write_text(RULES.replace("(sion|ded)", "(sion|ded"))
    refused = run(daemon, "reload", code=1).stderr
    assert "rules.yaml:11:54: '(?i)explo(sion|ded' is not a regular expression of RE2: missing ): " in refused
    assert verdicts(explain(daemon, REPORT))["matches"] == HELD["matches"]
