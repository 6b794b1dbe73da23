#!/usr/bin/env python3
"""Turns 911 calls into reports, one JSON object a line.

    calls_to_reports.py 911-calls.csv > reports.ndjson

A line of the file is a call of Montgomery County, Pennsylvania, without a header:

    40.1224422,-75.3383233,EMS: FALL VICTIM,2016-01-15 12:01,NORRISTOWN,POWELL ST & E SPRUCE ST

The identifier is made from the line's number, so the same file gives the same reports.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

CATEGORY_OF_CLASS = {"EMS": "Health", "Fire": "Fire", "Traffic": "Transport"}

CATEGORY_OF_EVENT = {
    "gas-odor-leak": "Safety", "carbon-monoxide-detector": "Safety", "vehicle-leaking-fuel": "Safety",
    "hazardous-materials-incident": "CBRNE",
    "rescue-elevator": "Rescue", "rescue-general": "Rescue", "rescue-water": "Rescue",
    "building-fire": "Fire", "vehicle-fire": "Fire",
    "cardiac-arrest": "Health", "burn-victim": "Health",
    "debris-fluids-on-highway": "Transport",
}
"""By sense, whoever was called: a vehicle on fire is a fire also where the traffic police took the call."""

SEVERITY_OF_EVENT = {
    "Extreme": ["cardiac-arrest", "hazardous-materials-incident", "building-fire"],
    "Severe": ["cardiac-emergency", "cva-stroke", "unconscious-subject", "unresponsive-subject", "choking", "overdose",
               "respiratory-emergency", "hemorrhaging", "head-injury", "burn-victim", "gas-odor-leak", "rescue-water",
               "vehicle-fire", "electrical-fire-outside", "woods-field-fire"],
    "Minor": ["disabled-vehicle", "road-obstruction", "debris-fluids-on-highway", "fire-alarm", "medical-alert-alarm",
              "fire-police-needed", "trash-dumpster-fire"],
    "Unknown": ["unknown-medical-emergency", "unknown-type-fire", "transferred-call", "fire-special-service",
                "ems-special-service"],
}
"""What is in none of these is Moderate."""


def severity(event: str) -> str:
    return next((word for word, events in SEVERITY_OF_EVENT.items() if event in events), "Moderate")


def slug(text: str) -> str:
    """`GAS-ODOR/LEAK` becomes `gas-odor-leak`."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def report(line: int, latitude: str, longitude: str, kind: str, time: str, township: str, address: str) -> dict:
    """One call as a report. The times are local, and have no offset: all get that of Eastern Standard Time."""
    called, _, type = kind.partition(": ")
    type = type.removesuffix(" -").strip()
    event = slug(type)
    return {
        "identifier": f"call-{line:05}",
        "sender": "montgomery-911",
        "sent": time.replace(" ", "T") + ":00-05:00",
        "event": event,
        "category": CATEGORY_OF_EVENT.get(event) or CATEGORY_OF_CLASS[called],
        "severity": severity(event),
        "urgency": "Expected" if severity(event) == "Minor" else "Immediate",
        "certainty": "Likely",
        "language": "en-US",
        "headline": f"{type.capitalize()}: {address}",
        "parameter": {"class": called, "township": township},
        "area": {"areaDesc": f"{address}, {township}", "point": [float(latitude), float(longitude)]},
    }


def reports(path: Path) -> Iterator[dict]:
    with open(path, encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.reader(file), start=1):
            yield report(line, *map(str.strip, row))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for one in reports(Path(sys.argv[1])):
        print(json.dumps(one, ensure_ascii=False))
