"""Reports that have a point alone, circles, hours and holidays: what rules make of them in the real daemon."""

from __future__ import annotations

import json
import math
import re
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from support import PATIENCE, REPOSITORY, Daemon, becomes_true, program, report
from tip1 import Refused, Reporter

TOCSIN = program("TOCSIN", "tocsin")
GRIDS = """
places:
  "110101": 东城区
  "110101005":
    name: 北新桥街道
    polygon: [[39.93, 116.40], [39.93, 116.43], [39.95, 116.43], [39.95, 116.40]]
  "110101006":
    name: 东四街道
    polygon: [[39.91, 116.40], [39.91, 116.43], [39.93, 116.43], [39.93, 116.40], [39.91, 116.40]]
"""
PLACES = """
fallback: duty-office
rules:
  - name: the street's police
    when: { within: "110101" }
    notify: police@street
"""


@pytest.fixture
def daemon(make_daemon) -> Daemon:
    return make_daemon(rules=PLACES, grids=GRIDS)


def told(receipt: dict) -> list[str]:
    return [one["recipient"] for one in receipt["recipients"]]


def test_a_point_alone_finds_its_place_for_good(daemon, reporter, operator):
    sent = report("a1", area={"point": [39.92, 116.41]})
    first = reporter.report(sent)
    assert (first["grid"], told(first)) == ("110101006", ["police@110101006"])
    # On the border of both streets: the first in the file.
    assert reporter.report(report("a2", area={"point": [39.93, 116.41]}))["grid"] == "110101005"
    named = reporter.report(report("a3", area={"point": [39.92, 116.41], "grid": "110101005"}))
    assert "grid" not in named and told(named) == ["police@110101005"]
    outside = reporter.report(report("a4", area={"point": [39.0, 116.41]}))
    assert "grid" not in outside and told(outside) == ["duty-office"]

    # The borders move. What was decided stays, and is explained as it was decided, after a restart too.
    (daemon.folder / "grids.yaml").write_text(GRIDS.replace("39.93", "39.915"))
    assert operator.ask("RELOAD", patience=PATIENCE)["rules"] == 1
    daemon.restart()
    for _ in range(2):
        again = reporter.report(sent)
        assert (again["duplicate"], again["grid"], told(again)) == (True, "110101006", ["police@110101006"])
        shown = operator.ask("INCIDENT", {"incident": first["incident"]})
        assert shown["grid"] == "110101006"
        assert shown["explanation"]["addressees"][0]["recipient"] == "police@110101006"
        assert operator.ask("INCIDENTS")["incidents"][-1]["grid"] == "110101006"
    assert reporter.report(report("a5", area={"point": [39.92, 116.41]}))["grid"] == "110101005"
    asked = operator.ask("EXPLAIN", report(area={"point": [39.92, 116.41]}))
    assert asked["addressees"][0]["recipient"] == "police@110101005"
    if TOCSIN:
        lines = subprocess.run([TOCSIN, "show", str(first["incident"]), "--control", daemon.control],
                               capture_output=True, text=True, timeout=PATIENCE).stdout
        assert "110101006" in lines


def test_a_wrong_border_is_refused_and_the_places_in_force_stay(daemon, operator):
    crossed = GRIDS.replace("[39.95, 116.43], [39.95, 116.40]", "[39.95, 116.40], [39.95, 116.43]")
    (daemon.folder / "grids.yaml").write_text(crossed)
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD", patience=PATIENCE)
    assert "grids.yaml:6:" in str(refused.value) and "crosses or touches itself" in str(refused.value)
    assert operator.ask("EXPLAIN", report(area={"point": [39.94, 116.41]}))["addressees"][0]["recipient"] == "police@110101005"


TIMES = """
fallback: duty-office
time-zone: Asia/Shanghai
rules:
  - name: around the bell tower
    when: { near: { point: [39.9408, 116.3897], radius: 500m } }
    inform: fire
  - name: office hours
    when: { event: line-test, during: Mon-Fri 08:00-18:00 }
    inform: ems
  - name: rest
    when: { event: line-test, during: [Sat-Sun, Mon-Fri 18:00-08:00] }
    inform: fire-prevention
  - name: holidays
    when: { event: line-test, during: [holidays, "02:00-03:00 Europe/Berlin"] }
    inform: fire
"""
HOLIDAYS = "off: [2026-10-01/2026-10-07, 2027-01-01]\nwork: [2026-10-10]\n"


class HolidayDaemon(Daemon):
    """A daemon whose rules know holidays."""

    def __init__(self, **settings):
        super().__init__(rules=TIMES, holidays="holidays.yaml", **settings)
        self.holidays = self.folder / "holidays.yaml"
        self.holidays.write_text(HOLIDAYS)


@pytest.fixture
def at(closing, clock):
    """Starts a daemon whose clock shows a time."""

    def at(moment: str) -> HolidayDaemon:
        clock.set(math.ceil(datetime.fromisoformat(moment).timestamp() - time.time()))
        daemon = HolidayDaemon(environment=clock.environment)
        closing.callback(daemon.remove)
        return daemon.start()

    return at


@pytest.fixture
def holiday_daemon(at) -> HolidayDaemon:
    return at("2026-09-30T12:00:00+08:00")


def test_a_circle_has_its_points(closing):
    daemon = HolidayDaemon()
    closing.callback(daemon.remove)
    operator = daemon.start().operator()
    closing.callback(operator.close)

    def asked(latitude: float, longitude: float) -> dict:
        return operator.ask("EXPLAIN", report(area={"point": [latitude, longitude]}))

    assert told_by(asked(39.9441, 116.3897)) == {"around the bell tower"}
    beyond = asked(39.9461, 116.3897)
    assert told_by(beyond) == {"fallback"}
    verdict = beyond["rules"][0]
    assert (verdict["condition"], verdict["wanted"]) == ("near", "within 500 m of 39.9408, 116.3897")
    assert verdict["found"] == "39.9461, 116.3897, 589.3 m away"
    assert operator.ask("EXPLAIN", report())["rules"][0]["found"] == "no point"


def told_by(explanation: dict) -> set[str]:
    return {one["rule"] for one in explanation["addressees"]}


HOURS = [
    ("2026-09-30T12:00:00+08:00", {"office hours"}),
    ("2026-09-30T18:00:00+08:00", {"rest"}),
    ("2026-10-01T12:00:00+08:00", {"rest", "holidays"}),
    ("2026-10-03T12:00:00+08:00", {"rest", "holidays"}),
    ("2026-10-10T10:00:00+08:00", {"office hours"}),
    ("2026-10-25T02:30:00+02:00", {"rest", "holidays"}),
    ("2026-10-25T02:30:00+01:00", {"rest", "holidays"}),
]


@pytest.mark.parametrize("moment, rules", HOURS)
def test_hours_are_those_at_which_the_report_was_stored(at, closing, moment, rules):
    operator = at(moment).operator()
    closing.callback(operator.close)
    assert told_by(operator.ask("EXPLAIN", report(event="line-test"))) == rules


def test_explain_judges_a_report_at_any_hour(holiday_daemon, closing, tmp_path):
    operator = holiday_daemon.operator()
    closing.callback(operator.close)
    for moment, rules in HOURS:
        explained = operator.ask("EXPLAIN", report(event="line-test"), {"at": moment})
        assert told_by(explained) == rules
        stored = datetime.fromisoformat(moment)
        for step in explained["timetable"]:
            assert (datetime.fromisoformat(step["at"]) - stored).total_seconds() * 1000 == step["afterMs"]
        file = tmp_path / "report.json"
        file.write_text(json.dumps(report(event="line-test")))
        said = subprocess.run(
            [TOCSIN, "explain", file, "--at", moment, "--json", "--control", holiday_daemon.control],
            check=True, capture_output=True, timeout=PATIENCE, env={}).stdout
        assert json.loads(said) == explained
    with pytest.raises(Refused, match="'at' alone"):
        operator.ask("EXPLAIN", report(), {"when": HOURS[0][0]})


def test_what_was_decided_at_its_hour_is_explained_by_that_hour(holiday_daemon, closing, clock):
    operator = holiday_daemon.operator()
    closing.callback(operator.close)
    reporter = Reporter(holiday_daemon.reports)
    closing.callback(reporter.close)
    receipt = reporter.report(report(event="line-test"))
    assert [one["rule"] for one in receipt["recipients"]] == ["office hours"]
    # A week later the files are other ones, and it is a holiday.
    holiday_daemon.holidays.write_text("off: [2026-09-30, 2027-01-01]")
    operator.ask("RELOAD", patience=PATIENCE)
    shown = operator.ask("INCIDENT", {"incident": receipt["incident"]})["explanation"]
    assert told_by(shown) == {"office hours"}
    assert told_by(operator.ask("EXPLAIN", report(event="line-test"))) == {"rest", "holidays"}


def test_what_would_follow_after_the_year_9999_has_no_time_that_is_wrong(daemon, operator):
    for at, deadline in [("9999-12-31T23:54:59.999Z", "9999-12-31T23:59:59.999Z"), ("9999-12-31T23:55:00.000Z", None)]:
        explained = operator.ask("EXPLAIN", report(event="nobody-answers", category="Other"), {"at": at})
        assert explained["at"] == at
        assert [(moment["afterMs"], moment.get("at")) for moment in explained["timetable"]] == [(0, at), (300_000, deadline)]


def test_holidays_are_read_with_the_rules_all_or_nothing_and_kept_by_the_journal(holiday_daemon, closing):
    daemon = holiday_daemon
    operator = daemon.operator()
    closing.callback(operator.close)
    daemon.holidays.write_text("off: [2026-10-10]\nwork: [2026-10-10]")
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD", patience=PATIENCE)
    assert "holidays.yaml:2:8: 2026-10-10 is under 'off' too" in str(refused.value)
    # What is receipted is on disk, and so is what decided on it.
    reporter = Reporter(daemon.reports)
    closing.callback(reporter.close)
    reporter.report(report(event="line-test"))
    daemon.holidays.unlink()
    daemon.restart()
    assert becomes_true(lambda: operator.ask("INFO")["rules"]["fromJournal"], operator)
    assert told_by(operator.ask("EXPLAIN", report(event="line-test"))) == {"office hours"}
    problem = operator.ask("INFO")["rules"]["problems"][0]
    assert re.fullmatch(r".*/tocsin\.yaml:1:\d+: .*/holidays\.yaml cannot be read: there is no such file", problem), problem


def test_a_year_without_holidays_is_told_before_december_and_refused_from_then_on(at, closing):
    daemon = at("2026-11-30T12:00:00+00:00")
    operator = daemon.operator()
    closing.callback(operator.close)
    daemon.holidays.write_text("off: [2026-10-01]")
    operator.ask("RELOAD", patience=PATIENCE)
    assert becomes_true(lambda: "a year's holidays are missing" in daemon.log, operator)
    later = at("2026-12-01T00:00:01+00:00")
    operator = later.operator()
    closing.callback(operator.close)
    later.holidays.write_text("off: [2026-10-01]")
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD", patience=PATIENCE)
    assert "there is no date of 2027 here" in str(refused.value)
    # A start goes on all the same, and so does a reload of what is in force: no rule waits for a calendar.
    later.restart()
    assert not operator.ask("INFO", patience=PATIENCE)["rules"]["fromJournal"]
    assert operator.ask("RELOAD", patience=PATIENCE)["rules"] == 4


@pytest.mark.skipif(not TOCSIN, reason="there is no `tocsin`")
def test_check_knows_the_file_of_holidays(tmp_path: Path):
    wrong = tmp_path / "holidays.yaml"
    wrong.write_text("off: [2026-02-30]")
    ran = subprocess.run([TOCSIN, "check", str(wrong)], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 3 and "holidays.yaml:1:7: '2026-02-30' is not a date" in ran.stderr
    example = REPOSITORY / "Config/dongcheng/holidays.yaml"
    ran = subprocess.run([TOCSIN, "check", str(example)], capture_output=True, text=True, timeout=PATIENCE)
    assert "33 days off, 6 working days moved" in ran.stdout or "there is no date of" in ran.stderr
