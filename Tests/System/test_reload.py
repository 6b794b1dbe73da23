"""systemctl reload, with files that are right and with files that are not."""

from __future__ import annotations

from support import RULES, report


def test_a_reload_takes_new_rules_into_force(service, reporter):
    service.write("rules.yaml", RULES.replace("notify: fire\n", "notify: duty-office\n", 1))
    service.machine.run("systemctl", "reload", "tocsind")
    assert [one["recipient"] for one in reporter.report(report())["recipients"]] == ["duty-office", "ems"]


def test_a_reload_that_is_refused_fails_and_says_why_and_the_rules_stay(service, reporter):
    service.write("rules.yaml", RULES.replace("notify: fire\n", "notify: fyre\n", 1))
    assert service.machine.run("systemctl", "reload", "tocsind", check=False).returncode != 0
    assert service.unit("ActiveState") == "active"
    # systemctl points to the journal, and systemctl status shows it.
    assert any("fyre" in entry["MESSAGE"] and "rules.yaml:" in entry["MESSAGE"] for entry in service.log())
    assert "fyre" in service.status
    assert [one["recipient"] for one in reporter.report(report())["recipients"]] == ["fire", "ems"]
