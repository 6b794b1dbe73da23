"""How long a journal keeps what is over: closed incidents go, their names stay known, and open ones stay."""

from __future__ import annotations

import json
import subprocess

from cli import TOCSIN, needs_tocsin, tocsin
from support import HOUR, PATIENCE, becomes_true, report
from tip1 import Operator, Reporter

DAY = 24 * HOUR


def close(operator: Operator, incident: int) -> None:
    operator.ask("CLOSE", {"incident": incident, "by": "李值班", "reason": "geheim-4711"}, patience=PATIENCE)


def configure(daemon, **settings: str) -> None:
    """Other settings for the next start."""
    keys = json.loads(daemon.configuration.read_text())
    keys |= {name.replace("_", "-"): value for name, value in settings.items()}
    daemon.configuration.write_text(json.dumps(keys))


def fill(make_daemon, clock, *, days_ago: int):
    """A daemon, stopped, whose journal has one incident that was closed then and one that was not, and a new one."""
    clock.set(-days_ago * DAY)
    daemon = make_daemon(environment=clock.environment)
    reporter, operator = Reporter(daemon.reports), daemon.operator()
    first = reporter.report(report("closed", headline="geheim-4711"))
    second = reporter.report(report("open"))
    drill = reporter.report(report("drill", status="Exercise"))
    for one in (first, drill):
        close(operator, one["incident"])
    daemon.kill()
    clock.set(0)
    daemon.start()
    reporter.connection = reporter.connection.renewed()
    third = reporter.report(report("new"))
    operator.close()
    reporter.connection.close()
    daemon.kill()
    return daemon, first, second, drill, third


@needs_tocsin
def test_closed_incidents_go_after_their_time_and_their_names_stay_known(make_daemon, clock, connect):
    daemon, first, second, drill, third = fill(make_daemon, clock, days_ago=400)
    configure(daemon, keep_closed="1y", keep_exercises="90d")
    daemon.start()
    operator = daemon.operator()
    assert becomes_true(lambda: "incidents that have been closed for long were removed incidents=2" in daemon.log, operator)
    listed = operator.ask("INCIDENTS", {}, patience=PATIENCE)["incidents"]
    assert [one["incident"] for one in listed] == [third["incident"], second["incident"]]
    reporter = Reporter(daemon.reports)
    again = reporter.report(report("closed", headline="geheim-4711"))
    assert again == {"incident": first["incident"], "duplicate": True, "removed": True, "storedAt": first["storedAt"],
                     "recipients": []}
    assert reporter.report(report("closed", headline="another"))["differs"]
    message = connect(daemon.reports).ask(f"TIP1 FOLLOW f {first['incident']}", patience=PATIENCE)
    assert (message.command, message.arguments[-1]) == ("REFUSED", "unknownIncident")
    assert reporter.report(report("newest"))["incident"] > third["incident"]
    assert operator.ask("INFO", patience=PATIENCE)["keep"] == {"closed": "1y", "exercises": "90d"}
    assert "closed incidents 1y, exercises and tests 90d, reports' names for ever" in tocsin(daemon, "status")
    assert [row["incident"] for row in daemon.sql("SELECT incident FROM incidents ORDER BY incident")][:2] == [
        second["incident"], third["incident"]]
    operator.close()
    # From nothing, too: numbers go on, and the check finds all in order.
    daemon.restart()
    assert Reporter(daemon.reports).report(report("open"))["incident"] == second["incident"]
    verified = json.loads(subprocess.run(
        [TOCSIN, "verify", "--journal", daemon.folder / "state", "--json"], capture_output=True, timeout=PATIENCE).stdout)
    assert verified["whole"] and verified["removedIncidents"] == 2, verified
    assert b"geheim-4711" not in (daemon.folder / "state/journal.sqlite").read_bytes()


def test_nothing_goes_by_a_clock_that_is_years_ahead(make_daemon, clock):
    clock.set(0)
    daemon = make_daemon(environment=clock.environment, keep_closed="30d")
    reporter, operator = Reporter(daemon.reports), daemon.operator()
    incident = reporter.report(report("a1"))["incident"]
    close(operator, incident)
    reporter.report(report("a2"))
    daemon.await_table()
    operator.close()
    daemon.kill()
    clock.set(5 * 366 * DAY)
    daemon.start()
    operator = daemon.operator()
    # The first round comes some seconds after a start.
    assert becomes_true(lambda: operator.ask("INFO")["uptimeSeconds"] >= 5, operator)
    listed = operator.ask("INCIDENTS", {}, patience=PATIENCE)["incidents"]
    assert incident in [one["incident"] for one in listed]
    operator.close()
