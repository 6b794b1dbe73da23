"""What rules and reports may ask for at most: refused where it enters, and nothing is taken that could not be kept."""

from __future__ import annotations

import os
import subprocess

import pytest

from support import PATIENCE, Daemon, becomes_true, expect, program, report
from tip1 import Json, Operator, Refused, Reporter

MOST_RECIPIENTS = 16_384


def departments(count: int) -> str:
    return "departments:\n" + "".join(f"  - {{ name: d{index}, zh: 部门, en: Desk }}\n" for index in range(count))


def telling(count: int) -> str:
    """Rules that match everything and tell so many, each some of them."""
    rules = ["fallback: d0", "rules:"]
    for first in range(0, count, 1024):
        names = ", ".join(f"d{index}" for index in range(first, min(first + 1024, count)))
        rules.append(f"  - {{ name: from {first}, notify: [{names}] }}")
    return "\n".join(rules) + "\n"


def escalating(rules: int, steps: int) -> str:
    """So many rules that match everything and escalate to d1."""
    list = ", ".join(f"{{ after: {index}s, to: d1 }}" for index in range(1, steps + 1))
    return "fallback: d0\nrules:\n" + "".join(f"  - {{ name: r{index}, notify: d0, escalate: [{list}] }}\n"
                                              for index in range(rules))


@pytest.mark.parametrize("member", ["parameter", "eventCode"])
def test_a_report_names_at_most_256_values(reporter, member):
    reporter.report(report("most", **{member: {f"n{index}": "v" for index in range(256)}}))
    with pytest.raises(Refused) as refused:
        reporter.report(report("too-many", **{member: {f"n{index}": "v" for index in range(257)}}))
    assert (refused.value.code, refused.value.detail["field"]) == ("invalid", member)


@pytest.mark.parametrize("rules, problem", [
    (telling(MOST_RECIPIENTS + 1), "19:5: with this rule all rules together name more than 16384 recipients"),
    (telling(70_000), "19:5: with this rule all rules together name more than 16384 recipients"),
    (escalating(1, 65), "3:39: escalate has 65 steps; at most 64 are allowed"),
    (escalating(1, 70_000), "3:39: escalate has 70000 steps; at most 64 are allowed"),
    (escalating(1040, 64), "1011:5: with this rule all rules together name more than 65536 escalation steps"),
], ids=["recipients", "very many recipients", "steps", "very many steps", "steps of all rules"])
def test_rules_that_ask_for_more_than_an_incident_may_have_are_refused(make_daemon, closing, rules, problem):
    everybody = departments(70_000)
    daemon = make_daemon(rules="fallback: d0\nrules: []\n", departments=everybody, grids=None)
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    (daemon.folder / "rules.yaml").write_text(rules)
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD", patience=PATIENCE)
    assert refused.value.code == "invalid" and f"rules.yaml:{problem}" in refused.value.detail["message"]
    assert operator.ask("INFO")["rules"]["count"] == 0

    checked = subprocess.run([program("TOCSIN", "tocsin"), "check", daemon.folder / "rules.yaml"], capture_output=True,
                             text=True, timeout=PATIENCE)
    assert checked.returncode == 3 and f"rules.yaml:{problem}" in checked.stderr
    daemon.kill()
    # A journal that knows good rules would be served by those.
    for file in (daemon.folder / "state").iterdir():
        file.unlink()
    started = subprocess.run(daemon.command(), capture_output=True, text=True, timeout=PATIENCE)
    assert started.returncode == 78 and f"rules.yaml:{problem}" in started.stderr


def test_an_incident_of_the_most_recipients_is_kept_and_told(make_daemon, connect):
    daemon = make_daemon(rules=telling(MOST_RECIPIENTS), departments=departments(MOST_RECIPIENTS), grids=None)
    reporter = Reporter(daemon.reports)
    receipt = reporter.report(report(), patience=PATIENCE)
    assert len({one["recipient"] for one in receipt["recipients"]}) == MOST_RECIPIENTS
    daemon.restart()
    assert reporter.report(report(), patience=PATIENCE) == receipt | {"duplicate": True}
    reporter.close()
    last = connect(daemon.alerts)
    last.send(f"TIP1 JOIN d{MOST_RECIPIENTS - 1} desk-1 1")
    assert expect(last, f"JOINED d{MOST_RECIPIENTS - 1}").body["pending"] == 1
    expect(last, f"ALERT d{MOST_RECIPIENTS - 1} 1")


def test_an_incident_of_the_most_steps_is_kept_and_its_steps_are_taken(make_daemon, connect, closing):
    # 1,008 rules with 64 steps and one to wait for each: 65,520 of 65,536.
    rules = escalating(1008, 64).replace("after: 1s", "after: 100ms")
    daemon = make_daemon(rules=rules, departments=departments(2), grids=None, heartbeat="1m")
    connect(daemon.reports).ask("TIP1 REPORT r", report(), patience=PATIENCE)
    daemon.restart()
    chief = connect(daemon.alerts)
    chief.send("TIP1 JOIN d1 desk-1 10000")
    expect(chief, "JOINED d1")
    assert expect(chief, "ALERT d1 1").body["escalation"] == 1
    operator = Operator(daemon.control)
    closing.callback(operator.close)
    incident, = operator.ask("INCIDENTS")["incidents"]

    def told() -> Json:
        alerts = operator.ask("INCIDENT", {"incident": incident["incident"]}, patience=PATIENCE)["alerts"]
        return next(alert for alert in alerts if alert["recipient"] == "d1")

    # All of them ask the same recipient: one alert, for all their reasons.
    assert becomes_true(lambda: len(told().get("rules", [])) == 1008, operator), len(told().get("rules", []))
    assert told()["number"] == 1


@pytest.mark.parametrize("name", ["rules", "departments", "grids"])
def test_a_file_of_100_megabytes_is_refused_with_the_bound_at_once_and_what_was_in_force_stays(
        daemon, operator, reporter, name):
    # The rules are on disk before its receipt.
    reporter.report(report())
    file = daemon.folder / f"{name}.yaml"
    file.write_text("")
    # Nothing is on the disk, so that reading it would be all that costs.
    os.truncate(file, 100_000_000)
    problem = f"{file} cannot be read: it has 100000000 bytes, and at most 67108864 are allowed"
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD", patience=PATIENCE)
    assert refused.value.code == "invalid" and problem in refused.value.detail["message"]
    assert operator.ask("INFO")["rules"]["count"] == 6
    command = [program("TOCSIN", "tocsin"), "check", "--config", daemon.folder / "tocsin.yaml"]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert checked.returncode == 3 and problem in checked.stderr
    # The journal's files serve.
    daemon.restart()
    assert problem in daemon.log
    daemon.kill()
    for part in (daemon.folder / "state").iterdir():
        part.unlink()
    started = subprocess.run(daemon.command(), capture_output=True, text=True, timeout=PATIENCE)
    assert started.returncode == 78 and problem in started.stderr
