"""The command line where the broker demands keys, and the command that makes them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import zmq

from cli import SMALL, TOCSIN, command, needs_tocsin, run
from keys import KeyedDaemon, pair
from support import PATIENCE

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


@pytest.mark.parametrize(("given", "expected"), [
    (lambda daemon: [], "the broker demands a key, and there is none. Give this client's key file with --key"),
    (lambda daemon: flags(daemon, "stranger"), "the broker refuses this client's key"),
    (lambda daemon: flags(daemon, "handheld-7", "-" + "0" * 39), "does not have the broker's key, or it is another endpoint"),
])
def test_a_key_that_is_missing_or_wrong_is_told_from_a_broker_that_is_absent(keyed, given, expected):
    keyed.write_key("stranger.key", *pair())
    assert expected in run(keyed, *SMALL, *given(keyed), code=2).stderr


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
