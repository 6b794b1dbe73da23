"""The command line where the broker demands keys, and the command that makes them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import zmq

from cli import SMALL, TOCSIN, command, needs_tocsin, run, scrubbed
from keys import KeyedDaemon, outcome, pair
from support import PATIENCE, becomes_true, expect, report
from tip1 import Connection

pytestmark = needs_tocsin
CLIENTS = {"handheld-7": {"report": "all"}, "master": {"report": "all", "join": "all", "feed": "all", "operate": "full"}}


@pytest.fixture
def keyed(closing: ExitStack) -> KeyedDaemon:
    daemon = KeyedDaemon(CLIENTS, operator="master")
    closing.callback(daemon.remove)
    for name, (public, secret) in daemon.pairs.items():
        daemon.write_key(f"{name}.key", public, secret)
    return daemon.start()


def keys(*words: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run([TOCSIN, "keys", *words], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran


def run_keys(daemon, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """`tocsin keys` beside a daemon, at its control endpoint."""
    ran = subprocess.run([TOCSIN, "keys", *words, "--control", daemon.control], capture_output=True, text=True,
                         timeout=PATIENCE, env={"COLUMNS": "100", "TZ": "UTC"})
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran


def flags(daemon: KeyedDaemon, name: str, broker: str | None = None) -> list[str]:
    return ["--key", str(daemon.folder / f"{name}.key"), "--broker-key", broker or daemon.public]


def test_a_pair_is_made_for_its_owner_alone_and_never_overwritten(tmp_path):
    said = keys("make", "handheld-7", folder=tmp_path).stdout
    file = tmp_path / "keys/handheld-7.key"
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    secret = text.split('secret: "')[1].split('"')[0]
    public = keys("show", str(file), folder=tmp_path).stdout.strip()
    assert len(public) == len(secret) == 40 and zmq.curve_public(secret.encode()).decode() == public
    assert public in said and secret not in said and 'report: { as: [handheld-7] }' in said
    again = keys("make", "handheld-7", folder=tmp_path, code=3)
    assert "is there already, and a key is never overwritten" in again.stderr and file.read_text() == text
    assert json.loads(keys("show", "--json", str(file), folder=tmp_path).stdout) == {"public": public}
    assert "security:\n  key: keys/broker.key" in keys("make", "broker", folder=tmp_path).stdout


def test_a_name_that_is_none_and_a_file_that_is_no_key_are_refused(tmp_path):
    assert "is no name of a client" in keys("make", "../x", folder=tmp_path, code=3).stderr
    (tmp_path / "x").write_text("SECRET")
    refusal = keys("show", "x", folder=tmp_path, code=3).stderr
    assert "this is no key file" in refusal and "SECRET" not in refusal
    assert "neither 40 characters of Z85 nor a file" in keys("show", "nothing", folder=tmp_path, code=3).stderr
    public, secret = pair()
    # Who has changed the halves round is not shown the secret.
    (tmp_path / "round.key").write_text(f'public: "{secret}"\nsecret: "{public}"\n')
    refusal = keys("show", "round.key", folder=tmp_path, code=3).stderr
    assert "'public' and 'secret' are no pair" in refusal and secret not in refusal
    # One that begins with a hyphen is an option.
    refusal = keys("make", "--", secret, folder=tmp_path, code=3)
    assert "is no name of a client" in refusal.stderr and secret not in refusal.stdout + refusal.stderr
    missing = keys("show", "keys/nosuch.key", folder=tmp_path, code=3).stderr
    assert missing == "tocsin: keys/nosuch.key cannot be read: there is no such file\n"


def test_whoever_has_keys_reports_and_asks(keyed):
    assert "incident" in run(keyed, *SMALL, *flags(keyed, "handheld-7")).stdout.lower()
    # The broker's public key may be in a file too, and both in the environment.
    environment = {"TZ": "UTC", "TOCSIN_KEY": str(keyed.folder / "master.key"),
                   "TOCSIN_BROKER_KEY": str(keyed.folder / "broker.key")}
    ran = subprocess.run(command(keyed, "status"), capture_output=True, text=True, timeout=PATIENCE, env=environment)
    assert ran.returncode == 0 and "keys" in ran.stdout, ran.stdout + ran.stderr


def test_what_a_client_may_not_do_is_said(keyed):
    refusal = run(keyed, "status", *flags(keyed, "handheld-7"), code=1).stderr
    assert "handheld-7 may not ask here: its entry of the clients file has no 'operate'" in refusal


@pytest.mark.parametrize(("given", "expected", "code"), [
    (lambda daemon: [], "the broker demands a key, and there is none. Give this client's key file with --key", 2),
    (lambda daemon: flags(daemon, "stranger"), "refuses this client's key", 1),
    (lambda daemon: flags(daemon, "handheld-7", "-" + "0" * 39), "does not have the broker's key, or it is another endpoint",
     2),
])
def test_a_key_that_is_missing_or_wrong_is_told_from_a_broker_that_is_absent(keyed, given, expected, code):
    keyed.write_key("stranger.key", *pair())
    assert expected in run(keyed, *SMALL, *given(keyed), code=code).stderr


def test_a_file_of_the_broker_s_key_is_looked_for_before_its_name_is_taken_for_a_key(keyed):
    file, missing = (f"keys/{name:-<31}.pub" for name in ("broker", "nosuch"))
    assert len(file) == len(missing) == 40
    (keyed.folder / "keys").mkdir()
    (keyed.folder / file).write_text(keyed.public + "\n")
    environment = {"TZ": "UTC", "TOCSIN_KEY": "master.key"}

    def status(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command(keyed, "status", *words), cwd=keyed.folder, capture_output=True, text=True,
                              timeout=PATIENCE, env=environment | variables)

    for ran in (status("--broker-key", file), status(TOCSIN_BROKER_KEY=file)):
        assert ran.returncode == 0, ran.stderr
    ran = status("--broker-key", missing)
    assert (ran.returncode, ran.stderr) == (3, f"tocsin: {missing} cannot be read: there is no such file\n")


@pytest.mark.parametrize(("text", "mode", "expected"), [
    ("{0}\n", 0o644, "has one key alone, as 'tocsin keys show' prints a public one. The file of the pair is needed"),
    ('public: "{0}"\n', 0o644, "has no 'secret': it is the public half of a pair. The file of the pair is needed"),
    ('public: "{0}"\nsecret: "{0}"\n', 0o644, "can be read by others (mode 0644)"),
])
def test_a_public_file_where_the_pair_belongs_is_told_what_it_is(keyed, text, mode, expected):
    path = keyed.folder / "broker.pub"
    path.write_text(text.format(keyed.public))
    path.chmod(mode)
    said = run(keyed, "status", "--key", str(path), "--broker-key", keyed.public, code=3).stderr
    assert said.startswith(f"tocsin: {path} {expected}")


def test_a_report_without_a_sender_is_of_the_one_sender_that_the_key_may_use(closing):
    daemon = KeyedDaemon({"hand": {"report": {"as": ["hand-7"]}}, "two": {"report": {"as": ["hand-8", "hand-9"]}},
                          "many": {"report": {"as": ["hand-*"]}}})
    closing.callback(daemon.remove)
    for name, key in daemon.pairs.items():
        daemon.write_key(f"{name}.key", *key)
    daemon.start()
    ran = run(daemon, *SMALL, "--json", *flags(daemon, "hand"))
    assert ran.stderr == "tocsin: This key reports as hand-7 and as nobody else; so does this report.\n"
    receipt = json.loads(ran.stdout)
    assert receipt["sender"] == "hand-7"
    template = daemon.folder / "template.json"
    template.write_text('{"event": "x", "category": "Fire", "severity": "Minor", "urgency": "Past", "certainty": "Likely"}')
    ran = run(daemon, "report", str(template), "--json", *flags(daemon, "hand"))
    filled = ran.stderr.split("identifier ")[1].split(",")[0]
    assert json.loads(ran.stdout)["sender"] == "hand-7" and json.loads(ran.stdout)["identifier"] == filled
    for name, entry in ("two", "hand-8, hand-9"), ("many", "hand-*"):
        refusal = run(daemon, *SMALL, *flags(daemon, name), code=1).stderr
        assert f"'report.as' of its entry is {entry}. Say which with --sender." in refusal
    # A name that somebody has said is not replaced.
    assert "may not report as 'li'" in run(daemon, *SMALL, "--sender", "li", *flags(daemon, "hand"), code=1).stderr


def test_a_refusal_that_ends_listen_is_said_once(keyed):
    refusal = run(keyed, "listen", "fire", *flags(keyed, "handheld-7"), code=1).stderr
    assert refusal == ("tocsin: refused (notPermitted): handheld-7 may not speak for fire: its entry of the clients file has "
                       "no 'join'.\n")


def test_watch_says_of_what_it_will_see_nothing(closing):
    daemon = KeyedDaemon({"board": {"feed": ["alert/fire/"]}})
    closing.callback(daemon.remove)
    daemon.write_key("board.key", *daemon.pairs["board"])
    daemon.start()
    watching = trying(daemon, closing, "watch", "alert/fire/", "alert/ems/", "--json", "--feed", daemon.feed,
                      *flags(daemon, "board"))
    assert json.loads(watching.stdout.readline()) == {"type": "connected"}
    assert json.loads(watching.stdout.readline()) == {
        "type": "refused", "topic": "alert/ems/", "code": "notPermitted",
        "message": "board may not see anything of the feed under 'alert/ems/': 'feed' of its entry is alert/fire/."}
    plain = trying(daemon, closing, "watch", "state/", "--feed", daemon.feed, *flags(daemon, "board"))
    assert plain.stderr.readline() == (
        "tocsin: refused (notPermitted): board may not see anything of the feed under 'state/': 'feed' of its entry is "
        "alert/fire/. Nothing of it will come.\n")


def doctor(daemon, *words: str) -> dict[str, tuple[str, str]]:
    """What `tocsin doctor` finds at the endpoints."""
    variables = {f"TOCSIN_ENDPOINTS_{name.upper()}": endpoint for name, endpoint in daemon.endpoints.items()}
    ran = subprocess.run([TOCSIN, "doctor", "--json", "--control", daemon.control, *words], capture_output=True, text=True,
                         timeout=PATIENCE, env={"TZ": "UTC"} | variables)
    findings = json.loads(ran.stdout)["findings"]
    return {one["subject"]: (one["state"], one["text"]) for one in findings}


def test_doctor_tells_an_endpoint_that_demands_keys_from_one_where_nobody_is(keyed):
    keyed.operator().close()
    open_ = doctor(keyed)
    for name in "reports", "alerts", "feed":
        assert open_[name] == ("ok", f"{keyed.endpoints[name]}, for those with a key")
    assert open_["control"][0] == "unknown" and "the broker demands a key" in open_["control"][1]
    # A handheld sees neither the feed nor the desk of operators; the broker is there all the same.
    handheld = doctor(keyed, *flags(keyed, "handheld-7"))
    assert [handheld[name][0] for name in ("control", "reports", "alerts", "feed")] == ["unknown", "ok", "ok", "unknown"]
    assert "has no 'operate'" in handheld["control"][1]
    master = doctor(keyed, *flags(keyed, "master"))
    assert all(master[name][0] == "ok" for name in ("control", "reports", "alerts", "feed"))


def test_who_revokes_its_own_key_is_told_that_it_is_out(keyed):
    keyed.operator().close()
    clients = keyed.folder / "clients.yaml"
    clients.write_text("clients:\n" + "".join(
        f"  - name: {name}\n    key: \"{keyed.pairs[name][0]}\"\n    report: all\n    operate: full\n"
        for name in CLIENTS))
    ran = subprocess.run(
        [TOCSIN, "keys", "revoke", "master", "--file", str(clients), "--control", keyed.control, *flags(keyed, "master")],
        capture_output=True, text=True, timeout=PATIENCE, env={"TZ": "UTC"})
    assert ran.returncode == 0 and ran.stderr == "", ran.stdout + ran.stderr
    assert f"master is removed from {clients}: lines 6 to 9." in ran.stdout
    assert "refuses this client's key" in run(keyed, "status", *flags(keyed, "master"), code=1).stderr


def test_keys_where_the_broker_takes_none_are_said(daemon, tmp_path):
    keys("make", "me", folder=tmp_path)
    given = ["--key", str(tmp_path / "keys/me.key"), "--broker-key", pair()[0]]
    assert "the broker takes no keys. Leave --key and --broker-key out" in run(daemon, *SMALL, *given, code=2).stderr


def test_one_key_without_the_other_and_a_file_that_others_can_read_are_refused(keyed):
    mine = keyed.folder / "master.key"
    assert "--key needs --broker-key" in run(keyed, "status", "--key", str(mine), code=3).stderr
    mine.chmod(0o640)
    assert "can be read by others (mode 0640)" in run(keyed, "status", *flags(keyed, "master"), code=3).stderr


def test_check_reads_the_clients_file_and_the_key(keyed):
    configuration = str(keyed.folder / "tocsin.yaml")
    right = subprocess.run([TOCSIN, "check", "--config", configuration], capture_output=True, text=True, timeout=PATIENCE)
    assert right.returncode == 0 and "clients.yaml: 2 clients" in right.stdout, right.stdout + right.stderr
    (keyed.folder / "clients.yaml").write_text("clients:\n  - { name: x, key: abc, join: [fyre] }\n")
    wrong = subprocess.run([TOCSIN, "check", str(keyed.folder / "clients.yaml")], capture_output=True, text=True,
                           timeout=PATIENCE)
    assert wrong.returncode == 3
    assert "clients.yaml:2:21: this key has 3 characters" in wrong.stderr
    assert "clients.yaml:2:33: 'fyre' is not a department" in wrong.stderr


def connected(keyed: KeyedDaemon, closing: ExitStack, name: str = "desk") -> Connection:
    """A terminal of a client, which has said something."""
    desk = Connection(keyed.alerts, keys=keyed.keys(name))
    closing.callback(desk.close)
    desk.send("TIP1 JOIN fire desk-1 10")
    expect(desk, "JOINED fire")
    return desk


@pytest.fixture
def desks(closing: ExitStack) -> KeyedDaemon:
    """With a clients file that people have written, and a control socket on this machine."""
    daemon = KeyedDaemon({"desk": {"join": ["fire"]}, "hand": {"report": "all"}})
    closing.callback(daemon.remove)
    (daemon.folder / "clients.yaml").write_text(
        "# who may do what\nclients:\n"
        f"  - name: desk   # two screens\n    key: \"{daemon.pairs['desk'][0]}\"\n    join: [fire]\n"
        f"  # handhelds\n  - name: hand\n    key: \"{daemon.pairs['hand'][0]}\"\n"
        "    report: { as: [hand], rate: 20/s }\n    until: 2099-12-31\n")
    return daemon.start()


def test_list_says_what_each_may_do_when_it_was_there_and_its_connections(desks, closing):
    desk = connected(desks, closing)
    listed = json.loads(run_keys(desks, "list", "--json").stdout)
    assert listed["security"] == "keys"
    first, second = listed["clients"]
    seen = first.pop("lastSeen")
    assert first == {"name": "desk", "join": ["fire"], "connections": 1}
    assert second == {"name": "hand", "report": {"as": ["hand"], "rate": "20/s"}, "until": second["until"], "connections": 0}
    user, = listed["users"]
    assert user["name"].startswith("uid:") and user["connections"] >= 1 and user["lastSeen"] >= seen
    said = scrubbed(run_keys(desks, "list").stdout).splitlines()
    assert said[0] == "name  seen  connections  may"
    assert said[1].split("  ") == ["desk", "T", "1", "join fire"]
    assert said[2] == "hand  –  0  report as hand at 20/s; until 2099-12-31"
    desk.close()
    operator = desks.operator()
    closing.callback(operator.close)
    assert becomes_true(lambda: operator.ask("CLIENTS")["clients"][0]["connections"] == 0, operator)


def test_list_at_a_broker_that_demands_no_keys_says_so(daemon):
    said = run_keys(daemon, "list").stdout.splitlines()
    assert said[-1] == "The broker demands no keys: whoever reaches an endpoint may do everything."


def test_revoke_removes_the_entry_closes_the_connections_and_keeps_every_other_byte(desks, closing):
    connected(desks, closing)
    path = desks.folder / "clients.yaml"
    before = path.read_text()
    said = run_keys(desks, "revoke", "desk", "--config", str(desks.folder / "tocsin.yaml")).stdout
    assert said.startswith(f"{path}:3:5: desk is in lines 3 to 5.\n") and path.read_text() == before
    lines = run_keys(desks, "revoke", "desk", "--file", str(path)).stdout.splitlines()
    assert lines[0] == f"desk is removed from {path}: lines 3 to 5."
    assert lines[1].endswith(", 1 client. 1 connection closed.")
    after = before.splitlines(keepends=True)
    assert path.read_text() == "".join(after[:2] + after[5:])
    names = [client["name"] for client in json.loads(run_keys(desks, "list", "--json").stdout)["clients"]]
    assert names == ["hand"]
    again = json.loads(run_keys(desks, "revoke", "desk", "--file", str(path), "--json", code=3).stderr)
    assert again["code"] == "unknownClient" and "valid are hand" in again["message"]


def trying(daemon, closing, *words: str) -> subprocess.Popen[str]:
    """A `tocsin` that goes on and on."""
    process = subprocess.Popen(command(daemon, *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env={"TZ": "UTC"})
    closing.callback(process.wait)
    closing.callback(process.kill)
    return process


def admit(daemon: KeyedDaemon, operator, clients: dict) -> None:
    daemon.name_clients(clients)
    operator.ask("RELOAD")


def test_who_is_shut_out_while_connected_is_told_why(keyed, closing):
    desks = CLIENTS | {"desk": {"report": "all", "join": "all", "feed": "all"}}
    operator = keyed.operator()
    closing.callback(operator.close)
    admit(keyed, operator, desks)
    keyed.write_key("desk.key", *keyed.pairs["desk"])
    listening = trying(keyed, closing, "listen", "fire", *flags(keyed, "desk"))
    assert listening.stderr.readline().startswith("tocsin: fire: joined")
    watching = trying(keyed, closing, "watch", "incident/", "--json", "--feed", keyed.feed, *flags(keyed, "desk"))
    assert json.loads(watching.stdout.readline()) == {"type": "connected"}
    following = trying(keyed, closing, *SMALL, "--follow", *flags(keyed, "desk"))
    assert following.stdout.readline().startswith("Incident ")
    assert json.loads(watching.stdout.readline())["topic"].startswith("incident/")
    admit(keyed, operator, CLIENTS)
    why = "refuses this client's key. An operator sees in the clients file"
    assert "The connection is lost" in listening.stderr.readline()
    assert why in listening.stderr.readline()
    assert json.loads(watching.stdout.readline()) == {"type": "disconnected"}
    told = json.loads(watching.stdout.readline())
    assert told["type"] == "shutOut" and why in told["message"]
    while why not in (line := following.stderr.readline()):
        assert line
    # Whoever is let in again comes back by itself, and is told.
    admit(keyed, operator, desks)
    assert listening.stderr.readline().startswith("tocsin: fire: joined")
    assert json.loads(watching.stdout.readline()) == {"type": "connected"}
    assert following.stderr.readline() == "tocsin: The broker is back.\n"


@pytest.mark.parametrize("words", [(*SMALL, "--wait"), ("listen", "fire", "--wait"), ("listen", "fire", "--json", "--wait")])
def test_who_waits_with_a_key_that_is_not_let_in_is_told_why(keyed, closing, words):
    keyed.write_key("stranger.key", *pair())
    process = trying(keyed, closing, *words, *flags(keyed, "stranger"))
    heard = process.stdout if "--json" in words else process.stderr
    while "refuses this client's key" not in (line := heard.readline()):
        assert line and "yet; trying on" not in line


def test_a_secret_where_a_file_or_a_name_is_expected_is_not_repeated(keyed):
    # One that begins with a hyphen is taken for an option: the value is missing then, and that is said.
    secret = next(secret for _, secret in iter(pair, None) if not secret.startswith("-"))
    said = run(keyed, *SMALL, "--key", secret, "--broker-key", keyed.public, code=3).stderr
    assert secret not in said and "this is a key and not a file" in said
    (keyed.folder / "clients.yaml").write_text(json.dumps(
        {"clients": [{"name": secret, "key": pair()[0], "join": [secret], secret: 1}]}))
    text = (keyed.folder / "tocsin.yaml").read_text()
    (keyed.folder / "tocsin.yaml").write_text(text.replace("broker.key", secret))
    ran = subprocess.run([TOCSIN, "check", "--config", str(keyed.folder / "tocsin.yaml")], capture_output=True, text=True,
                         timeout=PATIENCE)
    assert ran.returncode == 3 and secret not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    assert "this is a key and not a file" in ran.stderr and "is not the name of a client" in ran.stderr


def test_revoke_in_a_file_that_the_broker_does_not_read_says_that_the_client_still_comes_in(desks, tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_text((desks.folder / "clients.yaml").read_text())
    refusal = json.loads(run_keys(desks, "revoke", "desk", "--file", str(copy), "--json", code=1).stderr)
    assert refusal["code"] == "notRevoked" and "still lets it in" in refusal["message"]
    assert "name: desk" not in copy.read_text()


def test_revoke_at_a_broker_that_demands_no_keys_says_so(daemon, desks, tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_text((desks.folder / "clients.yaml").read_text())
    refusal = json.loads(run_keys(daemon, "revoke", "desk", "--file", str(copy), "--json", code=1).stderr)
    assert refusal["code"] == "notRevoked" and "this broker demands no keys" in refusal["message"]


def test_revoke_shuts_out_where_everything_else_of_the_reload_is_refused_and_says_so(desks):
    (desks.folder / "rules.yaml").write_text("rules: nonsense\n")
    said = json.loads(run_keys(desks, "revoke", "desk", "--file", str(desks.folder / "clients.yaml"), "--json").stdout)
    assert said["removed"] and "rules is 'nonsense'" in said["reloadRefused"]
    assert outcome(desks.alerts, desks.keys("desk")) == zmq.EVENT_HANDSHAKE_FAILED_AUTH


def test_revoke_says_that_the_key_still_opens_where_the_clients_file_is_refused(desks):
    clients = desks.folder / "clients.yaml"
    clients.write_text(clients.read_text().replace("20/s", "fast"))
    refusal = json.loads(run_keys(desks, "revoke", "desk", "--file", str(clients), "--json", code=1).stderr)
    assert refusal["code"] == "invalid" and "its key still opens until the broker reads that" in refusal["message"]


def test_audit_says_who_did_what_and_what_a_reload_did_to_clients(desks, closing):
    desk = connected(desks, closing)
    hand = Connection(desks.reports, keys=desks.keys("hand"))
    closing.callback(hand.close)
    incident = hand.ask("TIP1 REPORT r", report("a1", sender="hand"), patience=PATIENCE).body["incident"]
    expect(desk, "ALERT fire 1")
    desk.send("TIP1 RECEIVED fire 1")
    assert desk.ask("TIP1 ACKNOWLEDGE fire 1", {"by": "Wang"}, patience=PATIENCE).command == "CONFIRMED"
    run_keys(desks, "revoke", "desk", "--file", str(desks.folder / "clients.yaml"))
    state = str(desks.folder / "state")

    def audit(*words: str) -> str:
        ran = subprocess.run([TOCSIN, "audit", "--journal", state, *words], capture_output=True, text=True, timeout=PATIENCE)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    did = json.loads(audit("--json"))["operations"]
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    assert [(one.get("principal"), one["operation"]) for one in did] == [
        (None, "reload"), ("hand", "report"), ("desk", "received"), ("desk", "acknowledged"), (f"uid:{user}", "reload")]
    assert did[1]["incident"] == incident and did[3]["by"] == "Wang"
    assert did[4]["clients"] == {"added": [], "removed": ["desk"], "changed": []} and did[4]["connectionsClosed"] == 1
    assert scrubbed(audit("--by", "desk", "--since", "1h")).splitlines() == [
        "T  desk  RECEIVED fire 1", "T  desk  ACKNOWLEDGE fire 1, by Wang"]
    assert audit("--by", "nobody") == "Nothing.\n"
    # A reload that was refused is there too, with its first problem.
    clients = desks.folder / "clients.yaml"
    good = clients.read_text()
    clients.write_text("clients:\n  - { name: x, kay: y }\n")
    operator = desks.operator()
    closing.callback(operator.close)
    assert operator.connection.ask("TIP1 RELOAD r", patience=PATIENCE).arguments == ["r", "invalid"]
    clients.write_text(good)
    assert operator.ask("RELOAD", patience=PATIENCE)["rules"] > 0
    assert f"uid:{user}" in (last := audit().splitlines()[-1]) and "RELOAD, refused: " in last and ":2:5: a client needs 'key'" in last
    # The broker says the same as its files.
    asked = subprocess.run([TOCSIN, "audit", "--control", desks.control], capture_output=True, text=True, timeout=PATIENCE)
    assert asked.stdout == audit(), asked.stderr
    answer = operator.ask("AUDIT", {"by": "desk", "limit": 1})
    assert [one["operation"] for one in answer["operations"]] == ["acknowledged"]
    assert operator.ask("AUDIT", {"by": "desk", "before": answer["before"]})["operations"][0]["operation"] == "received"
