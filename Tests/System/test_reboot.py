"""The machine loses its power, and has it again."""

from __future__ import annotations

from support import RULES, report
from tip1 import Reporter


def report_once(service, identifier: str) -> dict:
    """The receipt. The connection is closed: none outlives the machine's network."""
    reporter = Reporter(service.reports)
    try:
        return reporter.report(report(identifier))
    finally:
        reporter.close()


def test_it_serves_after_a_boot_and_has_what_was_receipted(service, machine):
    incident = report_once(service, "a1")["incident"]
    machine.reboot()
    assert service.unit("ActiveState") == "active"
    assert report_once(service, "a1") == report_once(service, "a1") | {"incident": incident, "duplicate": True}
    assert "fire" in service.tocsin("status", "--mailboxes").stdout


def test_with_a_rules_file_that_is_broken_it_serves_after_a_boot_by_the_rules_that_were_in_force(service, machine):
    service.write("rules.yaml", RULES.replace("notify: fire\n", "notify: fyre\n", 1))
    machine.reboot()
    assert service.unit("ActiveState") == "active"
    recipients = [one["recipient"] for one in report_once(service, "a1")["recipients"]]
    assert recipients == ["fire", "ems"]
    errors = [entry["MESSAGE"] for entry in service.log() if int(entry["PRIORITY"]) <= 3]
    assert any("fyre" in message for message in errors), errors
    assert "last good" in service.unit("StatusText")
    assert "'fyre' is not a department" in service.tocsin("status").stdout
    service.write("rules.yaml", RULES)
    machine.run("systemctl", "reload", "tocsind")
    assert "last good" not in service.unit("StatusText") and "fyre" not in service.tocsin("status").stdout
