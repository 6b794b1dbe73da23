"""The machine loses its power, and has it again."""

from __future__ import annotations

from support import report
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
