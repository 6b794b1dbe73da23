"""The command line where the broker is not: absent, closed to this user, or another endpoint than was meant."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from cli import SMALL, TOCSIN, command, needs_tocsin, run
from support import PATIENCE

pytestmark = needs_tocsin


def test_listen_at_an_endpoint_that_is_not_for_terminals_ends_and_says_which_is(daemon):
    for recipients in (["fire"], ["fire", "ems"]):
        ran = run(daemon, "listen", *recipients, "--alerts", daemon.reports, code=1)
        assert ran.stderr.startswith(f"tocsin: {daemon.reports} is not where terminals connect. JOIN is not taken at this")
        assert "Name the broker's alerts endpoint with --alerts" in ran.stderr


@pytest.mark.parametrize("words, flag, phrase", [
    (SMALL, "--reports", "where reports are taken. REPORT"), (("status",), "--control", "where operators' requests go. INFO"),
])
def test_a_command_at_an_endpoint_for_others_says_so_at_once(daemon, words, flag, phrase):
    for wrong in {daemon.reports, daemon.alerts, daemon.control} - {getattr(daemon, flag[2:])}:
        ran = run(daemon, *words, flag, wrong, code=1)
        assert ran.stderr.startswith(f"tocsin: {wrong} is not {phrase} is not taken at this endpoint")
        assert f"endpoint with {flag}" in ran.stderr


@pytest.mark.parametrize("words, flag", [(SMALL, "--reports"), (("listen", "fire"), "--alerts"), (("status",), "--control")])
def test_the_feed_is_nobody_to_talk_to(daemon, words, flag):
    ran = run(daemon, *words, flag, daemon.feed, code=2)
    assert f"{daemon.feed}: whoever listens there ends the connection before the greeting is over." in ran.stderr
    assert f"Is {flag} the broker's {flag[2:]} endpoint?" in ran.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="another user is needed")
def test_who_may_not_use_the_socket_is_told_the_group_that_may(daemon):
    os.chmod(daemon.folder, 0o755)
    os.chmod(daemon.folder / "control.ipc", 0o660)
    asked = [TOCSIN, "status", "--json", "--control", daemon.control]
    ran = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE, user="nobody", group="nogroup",
                         extra_groups=[], env={"TZ": "UTC"})
    said = json.loads(ran.stderr)
    assert (ran.returncode, said["code"]) == (2, "notPermitted")
    assert said["message"] == (
        f"nobody may not connect to {daemon.control}: permission denied. Members of the group root may: "
        "'sudo usermod -aG root nobody' makes one, from the next login on.")


@pytest.mark.parametrize("words, flag", [(SMALL, "reports"), (("listen", "fire"), "alerts"), (("status",), "control")])
def test_a_daemon_that_hangs_is_there_and_is_not_to_be_started(daemon, words, flag):
    daemon.process.send_signal(signal.SIGSTOP)
    # Its threads stop one after the other, and until then they answer.
    os.waitpid(daemon.process.pid, os.WUNTRACED)
    try:
        ran = run(daemon, *words, code=2)
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    assert f"{getattr(daemon, flag)}: somebody listens there and says nothing. It is there and does not answer: " in ran.stderr
    assert "systemctl status tocsind" in ran.stderr and "Start it" not in ran.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_daemon_that_has_ended_is_missed_at_each_of_its_endpoints(daemon, how):
    daemon.end(how)
    for words, endpoint in ((SMALL, daemon.reports), (("listen", "fire"), daemon.alerts), (("status",), daemon.control)):
        ran = run(daemon, *words, code=2)
        assert ran.stderr.startswith(f"tocsin: No broker can be reached at {endpoint}: nobody listens there. Start it")


def test_who_waits_has_the_answer_when_the_daemon_is_there(daemon, closing):
    daemon.end(signal.SIGTERM)
    processes = [subprocess.Popen(command(daemon, *words), stdout=subprocess.PIPE, text=True)
                 for words in (("status", "--wait"), ("status", "--wait", "1h"), (*SMALL, "--wait"))]
    for process in processes:
        closing.callback(process.kill)
    daemon.start()
    for process, word in zip(processes, ("broker ", "broker ", "Incident ")):
        assert process.communicate(timeout=PATIENCE)[0].startswith(word)
