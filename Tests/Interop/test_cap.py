"""CAP 1.2's own examples (OASIS, appendix A) as reports: the same names and words, so little has to be done."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from support import PATIENCE, SHARED_DATA
from tip1 import Alert

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
FOLDER = SHARED_DATA / "cap"
EXAMPLES = sorted(FOLDER.glob("*.xml"))


def text(element: ElementTree.Element, name: str) -> str | None:
    return element.findtext(CAP + name)


def pairs(element: ElementTree.Element, name: str) -> dict[str, str]:
    """CAP's valueName and value as an object. A name that comes more than once has its values in one string."""
    found: dict[str, list[str]] = {}
    for pair in element.iter(CAP + name):
        found.setdefault(text(pair, "valueName") or "", []).append(text(pair, "value") or "")
    return {name: " ".join(values) for name, values in found.items()}


def report(alert: ElementTree.Element, info: ElementTree.Element) -> dict:
    """One CAP info block as a report. What a report has no word for goes along under CAP's own name."""
    members = {name: text(alert, name) for name in (
        "identifier", "sender", "sent", "status", "msgType", "scope", "source", "references")}
    members |= {name: text(info, name) for name in (
        "language", "category", "event", "urgency", "severity", "certainty", "headline", "description", "instruction",
        "contact", "web", "expires", "senderName", "responseType")}
    members |= {"eventCode": pairs(info, "eventCode"), "parameter": pairs(info, "parameter")}
    area = info.find(CAP + "area")
    members["area"] = {"areaDesc": text(area, "areaDesc"), "geocode": pairs(area, "geocode")}
    if polygon := text(area, "polygon"):
        members["area"]["polygon"] = [[float(number) for number in point.split(",")] for point in polygon.split()]
    if circle := text(area, "circle"):
        members["area"]["circle"] = circle
    resources = [{name: text(resource, name) for name in ("uri", "mimeType", "resourceDesc")}
                 for resource in info.iter(CAP + "resource")]
    if resources:
        members["resource"] = resources
    if text(info, "language") not in (None, "en-US"):
        members["identifier"] += "-" + text(info, "language")
    return {name: value for name, value in members.items() if value}


@pytest.mark.skipif(not EXAMPLES, reason=f"{FOLDER} is not there")
def test_caps_own_examples_are_accepted_and_arrive_as_sent(daemon, reporter, terminal):
    reports = [report(alert, info) for alert in (ElementTree.parse(path).getroot() for path in EXAMPLES)
               for info in alert.iter(CAP + "info")]
    assert len(EXAMPLES) == 4 and len(reports) == 5
    sent = {}
    for one in reports:
        body = json.dumps(one, ensure_ascii=False, indent=1).encode()
        sent[reporter.report(body)["incident"]] = body
    recipients = {row["recipient"] for row in daemon.sql("SELECT DISTINCT recipient FROM alerts")}
    assert recipients == {"duty-office", "ems"}
    for recipient in recipients:
        desk = terminal(daemon, recipient)
        for _ in daemon.sql(f"SELECT 1 FROM alerts WHERE recipient = '{recipient}'"):
            while not isinstance(alert := desk.take(PATIENCE), Alert):
                pass
            assert alert.report == sent[alert.envelope["incident"]]
    assert any("Abducción de Niño".encode() in body for body in sent.values())
