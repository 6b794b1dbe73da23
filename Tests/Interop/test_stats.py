"""STATS through the real daemon: legs, deadlines, groups, and what is refused; `tocsin stats` from broker and backup."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cli import TOCSIN, needs_tocsin, tocsin
from support import PATIENCE, Daemon, becomes_true, expect, report
from tip1 import Json, Operator


def counted(operator: Operator, incidents: int, **question: str) -> Json:
    """The answer once all records are counted that are on disk."""
    answer: list[Json] = [{}]

    def is_counted() -> bool:
        answer[0] = operator.ask("STATS", question, patience=PATIENCE)
        return answer[0]["uncounted"] == 0 and answer[0]["total"]["incidents"] == incidents

    assert becomes_true(is_counted, operator), answer
    return answer[0]


def answer_two(daemon: Daemon, connect, reporter) -> None:
    """Two fires and a drill: fire takes one on and resolves it, and declines the other; ems has both."""
    fire, ems = connect(daemon.alerts), connect(daemon.alerts)
    fire.send("TIP1 JOIN fire desk-1 10")
    expect(fire, "JOINED fire")
    ems.send("TIP1 JOIN ems desk-1 10")
    expect(ems, "JOINED ems")
    reporter.report(report("a1", area={"grid": "110101005003002"}))
    reporter.report(report("a2", area={"grid": "110101001001001"}))
    reporter.report(report("a3", status="Exercise"))
    for number in (1, 2, 3):
        expect(fire, f"ALERT fire {number}")
        expect(ems, f"ALERT ems {number}")
    fire.send("TIP1 RECEIVED fire 1-3")
    ems.send("TIP1 RECEIVED ems 1-3")
    for number, command, body in (
            (1, "ACKNOWLEDGE", {"by": "王警官"}), (1, "STATUS", {"by": "王警官", "state": "resolved"}),
            (2, "DECLINE", {"by": "Li", "reason": "no engine"}), (3, "ACKNOWLEDGE", {"by": "drill"})):
        fire.send(f"TIP1 {command} fire {number}", body)
        while True:
            message = fire.receive(PATIENCE)
            if message.command == "CONFIRMED":
                break


def test_each_leg_is_counted_and_a_drill_is_not(daemon, connect, reporter, operator):
    answer_two(daemon, connect, reporter)
    answer = counted(operator, 2)
    groups = {group["name"]: group for group in answer["groups"]}
    fire, ems = groups["fire"], groups["ems"]
    assert (fire["alerts"], fire["toAcknowledge"], fire["acknowledged"], fire["declined"]) == (2, 2, 1, 1)
    assert (ems["alerts"], ems["toAcknowledge"], ems["acknowledged"]) == (2, 0, 0)
    legs = {leg: fire["legs"][leg]["count"] for leg in fire["legs"]}
    assert legs == {"stored": 2, "received": 2, "acknowledged": 1, "answered": 1, "resolved": 1}
    times = fire["legs"]["received"]
    assert 0 <= times["p50Ms"] <= times["p90Ms"] <= times["p99Ms"] <= times["maxMs"] < 60_000
    assert answer["missed"] == []

    persons = {group.get("name"): group["alerts"] for group in counted(operator, 2, by="person")["groups"]}
    assert persons == {"王警官": 1, None: 3}
    places = {group.get("name"): group["incidents"] for group in counted(operator, 2, by="place")["groups"]}
    assert places == {"110101005": 1, "110101001": 1}
    community = counted(operator, 2, by="place", level="community")["groups"]
    assert {group["name"] for group in community} == {"110101005003", "110101001001"}
    assert [group["name"] for group in counted(operator, 2, by="rule")["groups"]] == ["structure fire"]
    assert [group["name"] for group in counted(operator, 2, by="severity")["groups"]] == ["Severe"]
    levels = counted(operator, 2, by="level")
    reached = [(group.get("name"), group["incidents"], group["ended"], group["skipped"]) for group in levels["groups"]]
    assert reached == [(None, 2, 2, 0)] and levels["total"]["skipped"] == 0
    assert operator.ask("STATS", {"since": "2100-01-01T00:00:00Z"})["total"]["alerts"] == 0

    daemon.restart()
    assert counted(operator, 2)["groups"] == answer["groups"]


def test_a_wrong_question_is_refused_with_what_is_right(daemon, connect):
    def refused(question: Json) -> str:
        message = connect(daemon.control).ask("TIP1 STATS r", question, patience=PATIENCE)
        assert message.arguments[-1] == "invalid", message
        return message.body["field"]

    assert refused({"by": "colour"}) == "by"
    assert refused({"by": "place", "level": "house"}) == "level"
    assert refused({"since": "yesterday"}) == "since"
    assert refused({"since": "2026-11-30T00:00:00Z", "until": "2026-11-29T00:00:00Z"}) == "until"


def plain(*arguments: str | Path, code: int = 0) -> str:
    """What tocsin prints, without a daemon's endpoints."""
    ran = subprocess.run([TOCSIN, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, env={})
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout


@needs_tocsin
def test_tocsin_stats_shows_tables_and_bars_and_reads_a_backup(daemon, connect, reporter, operator, tmp_path: Path):
    answer_two(daemon, connect, reporter)
    counted(operator, 2)
    shown = tocsin(daemon, "stats", "--by", "person")
    assert "alert → acknowledged" in shown and "王警官" in shown and "█" in shown
    head, *lines = shown.splitlines()[:4]
    # A Chinese character takes two columns, so the columns stand below one another.
    end = head.index("alerts") + len("alerts")
    for line in lines:
        wide = "".join(character + ("\0" if ord(character) > 0x2E80 else "") for character in line)
        assert wide[end - 1].isdigit() and wide[end] == " ", shown
    header, *rows = tocsin(daemon, "stats", "--csv").splitlines()
    assert header.startswith("recipient,incidents,alerts,toAcknowledge")
    assert header.endswith("ratings,meanRating,promised,kept,missed")
    assert {row.split(",")[0] for row in rows} == {"fire", "ems"}
    assert "ended there  skipped" in tocsin(daemon, "stats", "--by", "level")
    header, row = tocsin(daemon, "stats", "--by", "level", "--csv").splitlines()
    assert header.endswith(",ended,skipped") and row.startswith("no place,2,4,") and row.endswith(",2,0")

    state, backup = daemon.folder / "state", tmp_path / "backup.sqlite"
    plain("backup", backup, "--journal", state)
    asked = json.loads(tocsin(daemon, "stats", "--json"))
    read = json.loads(plain("stats", "--journal", backup, "--json"))
    assert read["groups"] == asked["groups"] and read["uncounted"] == 0
    plain("verify", "--journal", backup)
    plain("stats", "--journal", backup, "--control", daemon.control, code=64)
