#!/usr/bin/env python3
"""Writes a small journal by the daemon that is built, for the tests that open journals of every released format.

    TOCSIND=… Tests/Journals/make.py Tests/Journals/format-6

makes two files. `format-6.tar.xz` has the state folder as kill -9 leaves it: some records in the table, some in SQLite's
log, some in the tail alone. `format-6.json` has what the views say of it once that same daemon has opened it again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Interop"))

from support import DEPARTMENTS, PATIENCE, Daemon, expect, report
from tip1 import Connection, Operator, Reporter

VIEWS = {"incidents": "incident", "alerts": "incident, escalation, recipient, number",
         "acknowledgements": "incident, at, recipient, number", "operations": "position",
         "subscriptions": "recipient, name", "ratings": "incident", "news": "incident, updates",
         "rings": "incident, at, recipient, number", "silences": "silence", "joined": "record"}


def tell_story(daemon: Daemon) -> None:
    """One record of each kind at least, and incidents in each state."""
    reporter, operator = Reporter(daemon.reports), Operator(daemon.control)
    fire, leader = Connection(daemon.alerts), Connection(daemon.alerts)
    for desk, recipient in ((fire, "fire"), (leader, "leader@110101")):
        desk.send(f"TIP1 JOIN {recipient} desk-1 64")
        expect(desk, f"JOINED {recipient}")
    reports = [report("a1", headline="居民楼三层起火\n\"浓烟\"", area={"grid": "110101005003002"}),
               report("a2", event="somebody-declines", category="Other"),
               report("a3", event="fire-hazard", severity="Minor"),
               report("a4", status="Exercise"), report("a5", category="Met", event="gale")]
    for one in reports:
        reporter.report(one)
    for number in (1, 2, 3):
        expect(fire, f"ALERT fire {number}")
    fire.send("TIP1 RECEIVED fire 1-3")
    fire.send("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang, desk 2", "note": "两分钟"})
    expect(fire, "CONFIRMED fire 1")
    fire.send("TIP1 STATUS fire 1", {"state": "resolved", "by": "Wang, desk 2"})
    expect(fire, "CONFIRMED fire 1")
    fire.send("TIP1 DECLINE fire 2", {"by": "Wang, desk 2", "note": "没有车"})
    expect(fire, "CONFIRMED fire 2")
    expect(leader, "ALERT leader@110101 1")
    leader.send("TIP1 ACKNOWLEDGE leader@110101 1", {"by": "Li"})
    expect(leader, "CONFIRMED leader@110101 1")
    operator.ask("CLOSE", {"incident": 4, "by": "Li, duty office", "reason": "reported twice"})
    for name, when in (("fires", {"category": "Fire"}), ("leaks", {"event": ["gas-leak", "毒气"]}), ("old", {})):
        leader.send(f"TIP1 SUBSCRIBE leader@110101 {name}", {"when": when, "by": "Li"})
        expect(leader, "OK leader@110101")
    leader.send("TIP1 UNSUBSCRIBE leader@110101 old", {"by": "Li"})
    expect(leader, "OK leader@110101")
    phone = Connection(daemon.reports)
    for score in (4, 2):
        phone.send("TIP1 RATE r 4", {"score": score, "note": "太晚", "by": "Li"})
        expect(phone, "OK r")
    phone.close()
    for kind, identifier, of in (("Update", "u1", "a2"), ("Cancel", "c1", "u1"), ("Update", "u2", "never")):
        reporter.report(report(identifier, msgType=kind, severity="Extreme",
                               references=f"handheld-7,{of},2026-11-23T08:10:00+08:00"))
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="milliseconds")
    why = {"by": "李值班", "reason": "夜间施工"}
    asked = {"when": {"event": ["somebody-declines"]}, "until": until} | why
    silences = [operator.ask("SILENCE", asked)["silence"], operator.ask("SILENCE", asked | {"evenExtreme": True})["silence"]]
    reporter.report(report("s1", event="somebody-declines", category="Other"))
    for silence in silences:
        operator.ask("UNSILENCE", {"silence": silence} | why)
    while b'"s1"' not in b"".join(fire.receive(PATIENCE).bodies):
        pass
    operator.ask("REOPEN", {"incident": 4, "by": "Li, duty office", "reason": "又冒烟"})
    for number in (1, 2, 3, 4):
        reporter.report(report(f"h{number}", event="gale", category="Met", incidents="typhoon-7"))
    first = reporter.report(report("h5", event="gale", category="Met", incidents="typhoon-7"))["incident"]
    operator.ask("SPLIT", {"report": {"sender": "handheld-7", "identifier": "h3"}, "from": first,
                           "by": "李值班", "reason": "另一处"})
    for connection in (reporter, operator, fire, leader):
        connection.close()


def leave_in_tail(daemon: Daemon, table: Path) -> None:
    """Reports that the table has no time for, and kill -9."""
    daemon.await_table()
    lock = sqlite3.connect(table, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    reporter = Reporter(daemon.reports)
    for number in range(6, 10):
        reporter.report(report(f"a{number}"))
    reporter.close()
    daemon.kill()
    lock.execute("ROLLBACK")
    # Closing this one would copy SQLite's log into the file.
    shutil.copytree(table.parent, daemon.folder / "left", ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    lock.close()


def make(daemon: Daemon, target: Path) -> None:
    daemon.start()
    table = daemon.folder / "state/journal.sqlite"
    tell_story(daemon)
    leave_in_tail(daemon, table)
    subprocess.run(["tar", "--sparse", "--xz", "--create", "--owner=0", "--group=0", "--file", f"{target}.tar.xz",
                    "--directory", daemon.folder / "left", "."], check=True, timeout=PATIENCE)
    daemon.start()
    said = {view: daemon.sql(f"SELECT * FROM {view} ORDER BY {order}") for view, order in VIEWS.items()}
    Path(f"{target}.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    made = Daemon(departments=DEPARTMENTS.replace("en: Duty Leader }", "en: Duty Leader, may-subscribe: information }"))
    try:
        make(made, Path(sys.argv[1]))
    finally:
        made.remove()
