"""Drills and the broker that they are played through: whether it knows their names, and whether two of them meet."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from drills import DRILL, SCENARIOS, TOCSIN, drill, table
from support import DEPARTMENTS, GRIDS, PATIENCE, REPOSITORY, RULES, Daemon, becomes_true

pytestmark = pytest.mark.skipif(not TOCSIN, reason="there is no tocsin: name it in the environment, or build it")

SHORT = DRILL.replace("wait: 2s", "wait: 500ms").replace("within: 2s", "within: 500ms")


def scenario(name: str) -> Path:
    return REPOSITORY / "Config/scenarios" / name


def nothing_was_sent(daemon: Daemon) -> bool:
    operator = daemon.operator()
    counts, incidents = operator.ask("INFO")["counts"], operator.ask("INCIDENTS")["incidents"]
    operator.close()
    return counts["reports"] == 0 and incidents == []


@pytest.mark.parametrize("name, recipients, places", [
    ("xinzheng", "alarm-centre, maintenance, patrol@410199001002, patrol@410199002001, relay@410199001, relay@410199002",
     "410199001002001, 410199002001002, 410199002002001"),
    ("nanhai", "stand@440698001, stand@440699001, stand@441299001, traffic-police@440698, traffic-police@440699, "
     "traffic-police@441299, travel-office", "440698001001001, 440699001001001, 441299001001001"),
])
def test_a_drill_of_another_directory_is_refused_with_what_is_missing_before_anything_is_sent(
        make_daemon, name, recipients, places, tmp_path):
    daemon, ready = make_daemon(), tmp_path / "ready.csv"
    file = scenario(name) / "drill.yaml"
    ran = drill(daemon, file, "--csv", ready)
    assert (ran.returncode, ran.stdout) == (3, ""), ran.stdout + ran.stderr
    assert ran.stderr.splitlines() == [
        f"{file}: the broker at {daemon.control} has another directory than this drill, so nothing was sent",
        f"{file}: it has no recipient {recipients}", f"{file}: it has no place {places}",
        f"{file}: start it with the drill's configuration, 'tocsind --config {scenario(name) / 'tocsin.yaml'}'; if it was, "
        "'tocsin reload' has it read the files again"]
    assert nothing_was_sent(daemon) and not ready.exists()


@pytest.mark.parametrize("grids", [GRIDS, None], ids=["other places", "no places"])
def test_a_place_that_the_broker_does_not_have_is_named_also_where_it_knows_everybody(make_daemon, tmp_path, grids):
    departments = DEPARTMENTS if grids else DEPARTMENTS.partition("roles:")[0]
    daemon = make_daemon(rules="fallback: fire\nrules: []\n", departments=departments, grids=grids)
    file, here = tmp_path / "drill.yaml", tmp_path / "grids.yaml"
    here.write_text(GRIDS + '  "110101005003003": 草园社区第三网格\n')
    file.write_text(DRILL.replace("severity: Severe }", 'severity: Severe, area: { grid: "110101005003003" } }'))
    ran = drill(daemon, file, "--departments", daemon.folder / "departments.yaml", "--grids", here)
    assert ran.returncode == 3 and "it has no recipient" not in ran.stderr, ran.stdout + ran.stderr
    assert f"{file}: it has no place 110101005003003\n" in ran.stderr
    assert f"{file}: start it with the departments and grids that the drill is checked against\n" in ran.stderr
    assert nothing_was_sent(daemon)


def test_a_recipient_of_whom_the_drill_expects_nothing_need_not_be_there(make_daemon, tmp_path):
    daemon = make_daemon()
    file, departments = tmp_path / "drill.yaml", tmp_path / "departments.yaml"
    departments.write_text(DEPARTMENTS.replace("roles:", "  - { name: museum, zh: 博物馆, en: Museum }\nroles:"))
    file.write_text(DRILL)
    ran = drill(daemon, file, "--departments", departments)
    assert ran.returncode == 1 and "not ready: 2 of 2" in ran.stdout, ran.stdout + ran.stderr


def test_a_drill_that_is_played_again_is_new(make_daemon, tmp_path):
    daemon = make_daemon()
    file = tmp_path / "drill.yaml"
    file.write_text(SHORT)
    for _ in range(2):
        ran = drill(daemon, file, "--departments", daemon.folder / "departments.yaml", "--leave-open")
        assert ran.returncode == 1 and "not ready: 2 of 2" in ran.stdout, ran.stdout + ran.stderr
    operator = daemon.operator()
    counts = operator.ask("INFO")["counts"]
    assert (counts["reports"], counts["duplicates"]) == (2, 0)
    assert len({one["identifier"] for one in operator.ask("INCIDENTS")["incidents"]}) == 2
    operator.close()


def test_reports_join_incidents_of_their_own_drill_and_end_one_that_joins_another_s(make_daemon, tmp_path):
    correlating = "    notify: fire\n    correlate: { by: event, within: 10m }\n"
    daemon = make_daemon(rules=RULES.replace("    notify: fire\n", correlating, 1))
    file = tmp_path / "drill.yaml"
    again = "  - { at: 0s, report: { event: structure-fire, category: Fire, severity: Severe } }\n"
    file.write_text(SHORT + again + again)
    arguments = file, "--departments", daemon.folder / "departments.yaml"
    first = drill(daemon, *arguments, "--leave-open")
    assert "not ready: 2 of 2" in first.stdout and first.returncode == 1, first.stdout + first.stderr
    assert ", joined as report 2 of it → " in first.stdout and ", joined as report 3 of it → nobody anew" in first.stdout
    second = drill(daemon, *arguments)
    assert second.returncode == 1 and "not ready" not in second.stdout, second.stdout + second.stderr
    assert "is not of this drill: a rule correlates, and the report has joined it." in second.stderr
    operator = daemon.operator()
    incidents = operator.ask("INCIDENTS")["incidents"]
    # What the first one has begun is still there for it.
    assert incidents[-1]["open"] and operator.ask("INFO")["counts"]["duplicates"] == 0
    operator.close()


def test_a_rate_that_another_drill_has_used_up_ends_the_drill_and_says_so(make_daemon, tmp_path):
    daemon = make_daemon(limits={"sender-rate": "1/h"})
    file = tmp_path / "drill.yaml"
    minor = SHORT.replace("event: structure-fire", "sender: household-1, event: structure-fire").replace("Severe", "Minor")
    file.write_text(minor)
    arguments = file, "--departments", daemon.folder / "departments.yaml", "--timeout", "500ms"
    assert "not ready: 2 of 2" in drill(daemon, *arguments).stdout
    ran = drill(daemon, *arguments)
    assert (ran.returncode, ran.stdout) == (1, ""), ran.stdout + ran.stderr
    assert "'household-1' reports faster than 1/h" in ran.stderr and "Senders have one rate for all drills" in ran.stderr


@pytest.mark.parametrize("folder", SCENARIOS, ids=lambda path: path.name)
def test_the_terminals_that_a_scenario_s_page_names_can_be_opened(make_daemon, folder):
    daemon = make_daemon(configuration=folder / "tocsin.yaml")
    commands = re.findall(r"`(tocsin listen [^`]+)`", (folder / "README.md").read_text())
    assert commands
    alerted = {line["recipient"] for line in table(folder / "expected.csv") if line["delivered"]}
    wanted: set[str] = set()
    running = []
    for command in commands:
        _, *arguments = shlex.split(command)
        wanted.update(arguments[1:])
        running.append(subprocess.Popen([TOCSIN, *arguments, "--alerts", daemon.alerts], env={}, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    operator = daemon.operator()
    try:
        assert wanted <= alerted
        assert becomes_true(
            lambda: wanted == {one["recipient"] for one in operator.ask("PENDING")["mailboxes"]}, operator)
    finally:
        operator.close()
        for process in running:
            process.terminate()
            process.wait(PATIENCE)
