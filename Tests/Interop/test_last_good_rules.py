"""A daemon that finds its files broken serves by the rules that were in force, and says so until they are mended."""

from __future__ import annotations

import json
import subprocess

import pytest

from support import DEPARTMENTS, PATIENCE, RULES, Daemon, expect, program, report
from tip1 import Operator, Refused, Reporter

TOCSIN = program("TOCSIN", "tocsin")
BROKEN = RULES.replace("category: Met", "category: Mte")
PROBLEM = "rules.yaml:13:23: 'Mte' is not a category"


def tocsin(daemon: Daemon, *arguments: str) -> subprocess.CompletedProcess[str]:
    if not TOCSIN:
        pytest.skip("there is no `tocsin`: name it in the environment variable TOCSIN")
    return subprocess.run([TOCSIN, *arguments, "--control", daemon.control], capture_output=True, text=True,
                          timeout=PATIENCE, env={"TZ": "UTC"})


def run_to_the_end(daemon: Daemon, *flags: str) -> tuple[int, str]:
    """Exit code and log of a start that is not to get ready."""
    ran = subprocess.run([*daemon.command(), *flags], capture_output=True, text=True, timeout=PATIENCE, env={})
    return ran.returncode, ran.stderr


def rules_in_info(operator: Operator) -> dict:
    return operator.ask("INFO", patience=PATIENCE)["rules"]


def test_after_a_broken_file_and_a_crash_the_last_good_rules_serve_until_a_reload(daemon, operator, reporter, connect):
    told = [one["recipient"] for one in reporter.report(report("a1"))["recipients"]]
    before = rules_in_info(operator)
    assert (before["fromJournal"], before["problemCount"], before["problems"]) == (False, 0, [])

    (daemon.folder / "rules.yaml").write_text(BROKEN)
    with pytest.raises(Refused):
        operator.ask("RELOAD")
    refused = rules_in_info(operator)
    assert (refused["fromJournal"], refused["problemCount"]) == (False, 1)
    assert PROBLEM in refused["problems"][0]

    daemon.restart()
    status = next(line for line in daemon.notice if line.startswith("STATUS="))
    assert "by the last good rules; the files are refused, mend them and reload" in status and PROBLEM in status
    assert " error the files are refused; serving by the last good rules, from the journal, until a reload" in daemon.log
    assert f"problem=\"{daemon.folder}/{PROBLEM}" in daemon.log

    in_force = rules_in_info(operator)
    assert (in_force["fromJournal"], in_force["count"], in_force["problemCount"]) == (True, before["count"], 1)
    assert PROBLEM in in_force["problems"][0]
    assert [one["recipient"] for one in operator.ask("EXPLAIN", report())["addressees"]] == told
    assert [one["recipient"] for one in reporter.report(report("a2"))["recipients"]] == told
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    expect(desk, "JOINED fire")
    for number in (1, 2):
        assert json.loads(expect(desk, f"ALERT fire {number}").bodies[1])["identifier"] == f"a{number}"

    shown = tocsin(daemon, "status")
    assert "6 rules from the journal, loaded " in shown.stdout and ": the files are refused" in shown.stdout
    assert PROBLEM in shown.stdout and "then: tocsin reload" in shown.stdout
    assert json.loads(tocsin(daemon, "status", "--json").stdout)["rules"]["fromJournal"] is True

    with pytest.raises(Refused):
        operator.ask("RELOAD")
    assert rules_in_info(operator)["fromJournal"] is True

    (daemon.folder / "rules.yaml").write_text(RULES.replace("notify: fire\n", "notify: ems\n"))
    assert tocsin(daemon, "reload").returncode == 0
    mended = rules_in_info(operator)
    assert (mended["fromJournal"], mended["problemCount"], mended["problems"]) == (False, 0, [])
    assert "from the journal" not in tocsin(daemon, "status").stdout
    assert "ems" in [one["recipient"] for one in reporter.report(report("a3"))["recipients"]]
    daemon.restart()
    assert rules_in_info(operator)["fromJournal"] is False
    assert daemon.log.count("serving by the last good rules") == 1


EXPECTED = """
expect:
  - name: a hazard is not the brigade's
    report: { event: fire-hazard, category: Fire, severity: Minor }
    notify: fire-prevention
    not-told: [fire, leader@district]
"""


def test_rules_that_do_not_do_what_they_expect_are_broken_and_explain_says_why(daemon, operator, reporter, tmp_path):
    rules = daemon.folder / "rules.yaml"
    rules.write_text(RULES + EXPECTED)
    check = subprocess.run([TOCSIN, "check", rules], capture_output=True, text=True, timeout=PATIENCE, env={})
    assert check.returncode == 0 and "rules.yaml: 6 rules, 1 expectation, fallback duty-office" in check.stdout
    assert tocsin(daemon, "reload").returncode == 0

    # Everybody is told of everything from now on, and the file knows better.
    rules.write_text(RULES.replace("rules:\n", "rules:\n  - { name: all, notify: fire }\n", 1) + EXPECTED)
    problem = "rules.yaml:33:16: 'a hazard is not the brigade's': expected that fire is not told; it must acknowledge, by the "
    refused = tocsin(daemon, "reload")
    assert refused.returncode != 0 and problem + "rule 'all'" in refused.stderr
    check = subprocess.run([TOCSIN, "check", rules], capture_output=True, text=True, timeout=PATIENCE, env={})
    assert check.returncode == 3 and problem in check.stderr
    hazard = report("a1", event="fire-hazard")
    assert [one["recipient"] for one in reporter.report(hazard)["recipients"]] == ["fire-prevention"]
    daemon.restart()
    in_force = rules_in_info(operator)
    assert (in_force["fromJournal"], in_force["problemCount"]) == (True, 1) and problem in in_force["problems"][0]

    file = tmp_path / "hazard.json"
    file.write_text(json.dumps(hazard))
    explained = subprocess.run([TOCSIN, "explain", file, "--rules", rules, "--json"], capture_output=True, text=True,
                               timeout=PATIENCE, env={})
    assert {one["rule"] for one in json.loads(explained.stdout)["addressees"]} == {"all", "fire prevention"}
    rules.write_text(RULES + EXPECTED)
    assert tocsin(daemon, "reload").returncode == 0
    assert rules_in_info(operator)["fromJournal"] is False


def test_files_that_are_deleted_are_stood_in_for_over_any_number_of_starts(daemon, operator, reporter):
    told = reporter.report(report("a1"))["recipients"]
    for name in ("rules", "departments", "grids"):
        (daemon.folder / f"{name}.yaml").unlink()
    for number in (2, 3):
        daemon.restart()
        rules = rules_in_info(operator)
        assert (rules["fromJournal"], rules["problemCount"]) == (True, 3)
        assert all(problem.endswith("cannot be read: there is no such file") for problem in rules["problems"])
        assert reporter.report(report(f"a{number}"))["recipients"] == told
    # The same rules stay one record, however often they stand in.
    assert [row["n"] for row in daemon.sql("SELECT count(*) AS n FROM record WHERE kind = 'rules'")] == [1]


def test_an_incident_is_explained_by_the_departments_of_its_time(daemon, operator, reporter):
    incident = reporter.report(report("a1"))["incident"]
    (daemon.folder / "departments.yaml").write_text(DEPARTMENTS.replace("name: ems", "name: ambulance"))
    (daemon.folder / "rules.yaml").write_text(RULES.replace("inform: ems", "inform: ambulance"))
    operator.ask("RELOAD")
    explained = operator.ask("INCIDENT", {"incident": incident})["explanation"]["addressees"]
    assert [one["recipient"] for one in explained] == ["fire", "ems"]


def test_check_and_a_configuration_that_was_never_good_still_end_with_78(make_daemon):
    daemon = make_daemon()
    (daemon.folder / "rules.yaml").write_text(BROKEN)
    code, log = run_to_the_end(daemon, "--check")
    assert code == 78 and PROBLEM in log
    daemon.kill()
    (daemon.folder / "state").rename(daemon.folder / "elsewhere")
    code, log = run_to_the_end(daemon)
    assert code == 78 and PROBLEM in log
    assert "No rules have been in force with this journal, so there are none to go by instead." in log


def test_a_broken_configuration_still_ends_with_78(daemon):
    daemon.kill()
    daemon.configuration.write_text("rules: [")
    code, log = run_to_the_end(daemon)
    assert code == 78 and "tocsin.yaml:2:1: this is not YAML" in log


def test_a_refused_reload_is_one_line_and_one_for_each_problem_up_to_a_bound(daemon, operator):
    wrong = "".join(f"  - {{ name: r{number}, notify: nobody{number} }}\n" for number in range(14))
    (daemon.folder / "rules.yaml").write_text("fallback: fire\nrules:\n" + wrong)
    with pytest.raises(Refused) as refused:
        operator.ask("RELOAD")
    # Whoever asked has them all.
    assert len(refused.value.detail["message"].splitlines()) == 14
    rules = rules_in_info(operator)
    assert (rules["problemCount"], len(rules["problems"])) == (14, 10)
    daemon.end(15)
    lines = [line.split(" ", 1)[1] for line in daemon.log.splitlines() if " error " in line]
    assert lines[0] == "error reload refused; the rules in force stay problems=14"
    assert len(lines) == 12 and all(line.startswith("error a problem in the files problem=") for line in lines[1:11])
    assert lines[11] == "error further problems in the files; tocsin check has them all count=4"


def test_status_says_what_a_refused_reload_left_to_mend(daemon, operator):
    (daemon.folder / "rules.yaml").write_text(BROKEN)
    with pytest.raises(Refused):
        operator.ask("RELOAD")
    shown = tocsin(daemon, "status").stdout
    assert f"6 rules from {daemon.folder}/rules.yaml" in shown and PROBLEM in shown and "then: tocsin reload" in shown


def test_last_good_rules_are_found_behind_a_snapshot(daemon, operator, reporter):
    told = reporter.report(report("a1"))["recipients"]
    for number in range(2, 1102):
        reporter.report(report(f"a{number}"))
    assert daemon.end(15) == 0
    assert daemon.ask_table("SELECT count(*) AS n FROM snapshot")[0]["n"] > 0
    (daemon.folder / "rules.yaml").write_text(BROKEN)
    daemon.start()
    assert rules_in_info(operator)["fromJournal"] is True
    assert reporter.report(report("b1"))["recipients"] == told
