"""The command line `tocsin` against the daemon: what each command prints and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import zmq

from cli import SMALL, TOCSIN, command, lines, needs_tocsin, run, scrubbed, tocsin
from support import PATIENCE, REPOSITORY, expect, report

pytestmark = needs_tocsin


def test_report_prints_the_receipt_as_it_came(daemon, reporter):
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(report(headline="居民楼三层起火"), ensure_ascii=False))
    receipt = json.loads(tocsin(daemon, "report", str(path), "--json"))
    assert (receipt.pop("identifier"), receipt.pop("sender")) == ("a1", "handheld-7")
    assert reporter.report(path.read_bytes()) == receipt | {"duplicate": True}


def test_a_place_that_nobody_knows_is_said_with_the_receipt(daemon):
    small = ("report", "--event", "brawl", "--category", "Security", "--severity", "Minor")
    ran = run(daemon, *small, "--grid", "110101005003009", "--json")
    assert json.loads(ran.stdout)["placeUnknown"]
    assert ran.stderr == ("tocsin: The broker knows no place 110101005003009. Who is there is not told; is the code "
                          "right?\n")
    ran = run(daemon, *small, "--grid", "110101005003002", "--json")
    assert ("placeUnknown" in json.loads(ran.stdout), ran.stderr) == (False, "")


def test_report_fails_where_its_name_is_taken_by_another(daemon, reporter):
    receipt = reporter.report(report())
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(report(headline="smoke"), ensure_ascii=False))
    done = run(daemon, "report", str(path), "--json", code=1)
    said = json.loads(done.stderr)
    assert (done.stdout, said["code"], said["field"]) == ("", "differs", "identifier")
    assert f"incident {receipt['incident']}" in said["message"]


def test_a_report_from_flags_can_be_sent_again_as_it_was(daemon):
    words = ("report", "--event", "x", "--category", "Fire", "--severity", "Minor", "--identifier", "again-1",
             "--sent", "2026-11-23T08:10:00+08:00", "--json")
    first, second = (json.loads(tocsin(daemon, *words)) for _ in range(2))
    assert (first["duplicate"], second["duplicate"], second["incident"]) == (False, True, first["incident"])


def test_a_receipt_that_cannot_be_shown_is_said_to_be_one(daemon):
    with open("/dev/full", "w") as full:
        done = run(daemon, "report", "--event", "x", "--category", "Fire", "--severity", "Minor", "--json", code=1,
                   stdout=full)
    said = json.loads(done.stderr)
    assert said["code"] == "output"
    assert "is stored all the same: incident " in said["message"]


def test_who_reads_the_first_line_alone_hears_of_no_error(daemon):
    first = 'set -o pipefail; "$@" | head -1'
    for words, codes in ((SMALL, {0}), (("incidents",), {0, 141}), (("status",), {0, 141})):
        ran = subprocess.run(["bash", "-c", first, "bash", *command(daemon, *words)], capture_output=True, text=True,
                             timeout=PATIENCE, env={"PATH": os.environ["PATH"]})
        assert (ran.returncode in codes, ran.stdout.count("\n"), ran.stderr) == (True, 1, "")


def test_replay_says_which_reports_were_not_stored(daemon):
    path = daemon.folder / "sensor.ndjson"
    path.write_text("".join(json.dumps(report("1", event=f"smoke-{n}")) + "\n" for n in (1, 2)))
    said = json.loads(run(daemon, "replay", str(path), "--json", code=1).stdout)
    assert (said["differing"], said["problems"][0]["code"]) == (1, "differs")


def test_report_says_what_is_wrong_and_exits_with_3(daemon):
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(report(severity="III")))
    tocsin(daemon, "report", str(path), code=3)


def test_listen_shows_the_alerts_and_acknowledges_them(daemon, reporter, connect):
    incidents = [reporter.report(report(name, headline="居民楼三层起火"))["incident"] for name in ("a1", "a2")]
    shown = tocsin(daemon, "listen", "fire", "--count", "2", "--acknowledge-as", "Wang, desk 2")
    assert "居民楼三层起火" in shown
    rows = daemon.sql("SELECT incident, acknowledged_by FROM alerts WHERE recipient = 'fire' ORDER BY incident")
    assert rows == [{"incident": incident, "acknowledged_by": "Wang, desk 2"} for incident in incidents]
    desk = connect(daemon.alerts)
    desk.send("TIP1 JOIN fire desk-1 64")
    assert expect(desk, "JOINED fire").body["pending"] == 0


def test_status_prints_info_as_it_came(daemon, operator):
    status = json.loads(tocsin(daemon, "status", "--json"))
    info = operator.ask("INFO")
    assert (status["name"], status["endpoints"]) == ("tocsind", info["endpoints"])


def test_show_tells_an_incidents_whole_life(daemon, reporter):
    incident = reporter.report(report(headline="居民楼三层起火"))["incident"]
    tocsin(daemon, "listen", "fire", "--count", "1", "--acknowledge-as", "王, desk 2")
    page = lines(tocsin(daemon, "show", str(incident)))
    assert page[:2] == [f"Incident {incident}, stored T, open", "II Severe  structure-fire  居民楼三层起火"]
    assert "fire  #1  action  acknowledged  T  消防 Fire" in page
    assert "ems  #1  information  queued  –  急救 Emergency Medical Services" in page
    timeline = page[page.index("Timeline") + 1:][:3]
    assert timeline == ["T  T  stored", "T  T  received  fire #1", "T  T  acknowledged  fire #1  by 王, desk 2"]
    assert json.loads(tocsin(daemon, "show", str(incident), "--json"))["incident"] == incident


def test_show_of_no_incident_is_refused(daemon):
    ran = run(daemon, "show", "999", code=1)
    assert (ran.stdout, ran.stderr[:42]) == ("", "tocsin: refused (unknownIncident): There i")
    error = json.loads(run(daemon, "show", "999", "--json", code=1).stderr)
    assert error["code"] == "unknownIncident"


def test_incidents_lists_what_happened_who_must_act_first_and_where_it_stands(daemon, reporter):
    assert tocsin(daemon, "incidents") == "No incidents.\n"
    first = reporter.report(report("a1", headline="居民楼三层起火"))["incident"]
    second = reporter.report(report("a2", event="fire-hazard", severity="Minor"))["incident"]
    tocsin(daemon, "listen", "fire-prevention", "--count", "1", "--acknowledge-as", "李")
    text = tocsin(daemon, "incidents")
    assert lines(text) == [
        "incident  stored  severity  what  told  state",
        f"{second}  T  IV Minor  fire-hazard  fire-prevention  all taken",
        f"{first}  T  II Severe  居民楼三层起火  fire, ems  1 unanswered"]
    assert max(map(len, text.splitlines())) <= 100


def test_what_a_recipient_that_does_not_exist_must_take_on_is_refused(daemon):
    assert tocsin(daemon, "incidents", "--unanswered", "fire") == "No incidents.\n"
    assert "did you mean 'fire'?" in run(daemon, "incidents", "--unanswered", "fier", code=1).stderr
    refused = json.loads(run(daemon, "incidents", "--unanswered", "fier", "--json", code=1).stderr)
    assert refused["code"] == "unknownRecipient"


def test_an_incident_that_only_informs_is_open_and_nobody_has_taken_it(daemon, reporter):
    reporter.report(report(category="Met", event="storm"))
    assert lines(tocsin(daemon, "incidents"))[-1].endswith("  ems  open, for information")


def test_close_ends_an_incident_with_a_name_and_a_reason(daemon, reporter):
    incident = str(reporter.report(report())["incident"])
    reason = ("--by", "李", "--reason", "误报")
    assert tocsin(daemon, "close", incident, *reason) == f"Incident {incident} is closed.\n"
    # The control socket says whose its connections are.
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    assert f"T  T  closed  by 李, “误报”, through uid:{user}" in lines(tocsin(daemon, "show", incident))
    assert json.loads(run(daemon, "close", "999", *reason, "--json", code=1).stderr)["code"] == "unknownIncident"
    again = json.loads(run(daemon, "close", incident, *reason, "--json", code=1).stderr)
    assert (again["code"], scrubbed(again["message"])) == (
        "alreadyClosed", f"Incident {incident} is closed already, at T by 李: “误报”.")


def test_a_recipient_that_is_not_is_answered_with_the_nearest(daemon):
    for name, problem in (("fyre", "'fyre' is not a department; valid are fire, fire-prevention, ems, duty-office; did you "
                                   "mean 'fire'?"),
                          ("police", "'police' is a role, which has a mailbox at a place; one is police@110101005")):
        ran = run(daemon, "listen", name, code=1)
        assert ran.stderr == (f"tocsin: refused (unknownRecipient): There is no recipient '{name}' in the directory: "
                              f"{problem}\n")


def test_a_file_that_names_nobody_is_sent_under_a_name_of_its_own(daemon):
    known = {name: value for name, value in report().items() if name not in ("identifier", "sender", "sent")}
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(known))
    ran = run(daemon, "report", str(path), "--json", "--sender", "sensor-7")
    receipt = json.loads(ran.stdout)
    assert receipt["sender"] == "sensor-7"
    assert ran.stderr.startswith(f"{path}: filled in what is missing: identifier {receipt['identifier']}, sent 2")
    run(daemon, "report", str(path), "--strict", code=3)


def test_follow_begins_with_one_line_for_all_and_ends_with_the_outcome(daemon, closing, operator):
    process = subprocess.Popen(command(daemon, "report", "--event", "structure-fire", *SMALL[3:], "--follow"),
                               stdout=subprocess.PIPE, text=True)
    closing.callback(process.kill)
    while "alerts: " not in (line := process.stdout.readline()):
        assert line
    assert scrubbed(line) == "T  2 alerts: 2 queued\n"
    tocsin(daemon, "listen", "fire", "--count", "1", "--acknowledge-as", "王")
    assert scrubbed(process.stdout.readline()) == "T  sent  fire #1\n"
    assert scrubbed(process.stdout.readline()) == "T  received  fire #1\n"
    assert scrubbed(process.stdout.readline()) == "T  acknowledged  fire #1  by 王\n"
    incident = operator.ask("INCIDENTS")["incidents"][0]["incident"]
    tocsin(daemon, "close", str(incident), "--by", "李", "--reason", "误报")
    rest = [line.strip() for line in scrubbed(process.stdout.read()).splitlines()]
    assert rest[-2:] == ["T  closed", "Outcome: closed by 李 at T: “误报”"]


def test_reload_reads_the_rules_again_all_or_nothing(daemon):
    in_force = tocsin(daemon, "reload")
    assert in_force == "In force: 6 rules, 4 departments, 6 mailboxes.\n"
    rules = daemon.folder / "rules.yaml"
    rules.write_text(rules.read_text().replace("category: Met", "category: Mte"))
    ran = run(daemon, "reload", code=1)
    assert ran.stdout == "" and "rules.yaml:13:23: 'Mte' is not a category" in ran.stderr


def test_replay_reports_a_file_and_says_once_what_many_reports_share(daemon):
    good = [json.dumps(report(f"a{index}")) for index in range(50)]
    bad = [json.dumps(report(f"b{index}", severity="III")) for index in range(5)]
    path = daemon.folder / "incidents.ndjson"
    path.write_text("\n".join([*good, *bad, "", good[0]]))
    ran = run(daemon, "replay", str(path), "--rate", "max", "--outstanding", "1", code=1)
    assert ran.stdout.startswith("51 receipts, 1 duplicate, 5 refused, 100 alerts in ")
    wrong = "refused (invalid): The member severity must be one of Extreme, Severe, Moderate, Minor, Unknown; it is 'III'."
    assert ran.stderr == f"{path}:51: {wrong}\ntocsin: 5 reports, line 51 the first: {wrong}\n"
    summary = json.loads(tocsin(daemon, "replay", "-", "--json", input="\n".join(good)))
    assert (summary["receipts"], summary["duplicates"], summary["problems"]) == (50, 50, [])


def test_replay_counts_what_had_no_answer(daemon, closing):
    deaf = zmq.Context.instance().socket(zmq.ROUTER)
    closing.callback(deaf.close, linger=0)
    port = deaf.bind_to_random_port("tcp://127.0.0.1")
    ran = run(daemon, "replay", "-", "--reports", f"tcp://127.0.0.1:{port}", "--timeout", "100ms", "--rate", "max", code=2,
              input="\n".join(json.dumps(report(f"a{index}")) for index in range(30)))
    assert ran.stdout.startswith("0 receipts, 0 duplicates, 0 refused, 30 without an answer, 0 alerts in ")
    assert len(ran.stderr.splitlines()) == 2


def test_report_follows_an_incident_to_its_end_through_a_restart(daemon, closing):
    path = daemon.folder / "report.json"
    path.write_text(json.dumps(report()))
    process = subprocess.Popen(command(daemon, "report", str(path), "--follow", "--json"), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    closing.callback(process.kill)
    incident = json.loads(process.stdout.readline())["incident"]
    states = [json.loads(process.stdout.readline()) for _ in range(2)]
    assert {(one["recipient"], one["state"]) for one in states} == {("fire", "queued"), ("ems", "queued")}
    daemon.restart()
    assert process.stderr.readline() == "tocsin: The broker is away; trying to reach it again.\n"
    assert process.stderr.readline() == "tocsin: The broker is back.\n"
    tocsin(daemon, "close", str(incident), "--by", "李", "--reason", "误报")
    rest = [json.loads(line) for line in process.stdout]
    assert rest[-1]["state"] == "closed"
    assert process.wait(PATIENCE) == 0


def test_a_full_disk_is_told_in_the_brokers_words_and_with_the_identifier(daemon):
    small = ("report", "--event", "x", "--category", "Other", "--severity", "Minor", "--identifier", "x-1")
    full = "refused (unavailable): The journal cannot write just now. Nothing was stored; send it again."
    with daemon.full_disk():
        ran = run(daemon, *small, "--timeout", "1500ms", code=1)
        assert ran.stderr == f"tocsin: {full} It was tried for 1500ms; its identifier is x-1.\n"
        ran = run(daemon, "replay", "-", "--timeout", "1500ms", "--rate", "max", code=1,
                  input="\n".join(json.dumps(report(f"a{index}")) for index in range(30)))
        assert ran.stdout.startswith("0 receipts, 0 duplicates, 30 refused, 0 alerts in ")
        assert ran.stderr.splitlines()[1:] == [f"tocsin: 30 reports, line 1 the first: {full}"]
    assert "its identifier is x-1" in tocsin(daemon, *small)


def test_listen_shows_alerts_while_their_acknowledgements_wait_for_the_disk(daemon, reporter, closing):
    for name in ("a1", "a2", "a3"):
        reporter.report(report(name))
    with daemon.full_disk():
        process = subprocess.Popen(command(daemon, "listen", "fire", "--json", "--count", "3", "--acknowledge-as", "王"),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        closing.callback(process.kill)
        said = (json.loads(line) for line in process.stdout)
        alerts = []
        while len(alerts) < 3:
            one = next(said)
            assert one["type"] != "confirmed"
            if one["type"] == "alert":
                alerts.append(one["number"])
    assert {one["number"] for one in said if one["type"] == "confirmed"} == set(alerts)
    assert process.wait(PATIENCE) == 0


def test_what_init_writes_runs_by_the_steps_it_names_and_the_first_alert_arrives(closing):
    folder = Path(tempfile.mkdtemp(prefix="my site-"))
    closing.callback(shutil.rmtree, folder)
    written = subprocess.run([TOCSIN, "init", folder / "a"], capture_output=True, text=True, check=True, env={}).stdout
    check, *start, listen, tell, status = [line.strip() for line in written.splitlines() if line.startswith("  ")]
    # The usual ports may be another broker's.
    settings = folder / "a" / "tocsin.yaml"
    settings.write_text(re.sub(r"(\w+): tcp://\S+", rf'\1: "ipc://{folder}/\1.ipc"', settings.read_text()))

    def step(line: str) -> str:
        ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=PATIENCE, env={"PATH": os.environ["PATH"]})
        assert ran.returncode == 0, line + "\n" + ran.stdout + ran.stderr
        return ran.stdout

    assert "5 rules, 3 expectations, fallback security" in step(check)
    broker = subprocess.Popen(["sh", "-ec", "\n".join(start[:-1] + ["exec " + start[-1]])], stderr=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"]})
    closing.callback(broker.wait)
    closing.callback(broker.terminate)
    receipt = json.loads(step(tell + " --wait 20s --json"))
    told = [(one["recipient"], one["purpose"]) for one in receipt["recipients"]]
    assert told == [("fire", "action"), ("security", "action"), ("warden@100001001001001", "information")]
    alert = json.loads(step(listen + " --count 1 --json --plain").splitlines()[-1])
    assert (alert["type"], alert["envelope"]["incident"]) == ("alert", receipt["incident"])
    assert f"process {broker.pid}, " in step(status)


def test_demo_and_bench_say_where_they_cannot_write_and_what_to_do():
    for command in ("demo", "bench"):
        ran = subprocess.run([TOCSIN, command], capture_output=True, text=True, timeout=PATIENCE, cwd=REPOSITORY,
                             env={"TMPDIR": "/proc"})
        assert ran.returncode == 3 and ran.stderr.startswith("tocsin: No folder can be made in /proc: ")
        assert ran.stderr.endswith("Set TMPDIR to a folder that can be written.\n")


def test_bench_measures_a_running_broker_and_draws_its_latency(make_daemon):
    names = [f"d{index}" for index in range(4)]
    daemon = make_daemon(
        departments="departments:\n" + "".join(f"  - {{ name: {name}, zh: 部门, en: Desk }}\n" for name in names),
        rules="fallback: d0\nrules:\n  - name: all\n    when: { event: bench-4, status: Test }\n"
              f"    inform: [{', '.join(names)}]\n",
        grids=None)
    small = ("--incidents", "200", "--rate", "200/s", "--duration", "1s")
    text = tocsin(daemon, "bench", *small)
    assert "alerts received" in text and "acknowledged" not in text and "█" in text
    assert max(map(len, text.splitlines())) <= 80
    results = json.loads(tocsin(daemon, "bench", *small, "--json"))["results"]
    assert [(one["reports"], one["alerts"]) for one in results] == [(200, 800), (200, 800)]
    assert sum(bucket["count"] for bucket in results[1]["alertMicroseconds"]["buckets"]) == 800
