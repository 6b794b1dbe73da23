"""The package is installed, upgraded, removed and purged, on a machine that has no Swift."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from machine import field
from service import CONFIGURATION, STATE
from support import REPOSITORY, report, send_reports

README = (REPOSITORY / "README.md").read_text()


def install(machine, package: str) -> str:
    """Installs a version over another, newer or older, and says what was printed. Questions get the usual answer."""
    return machine.run("dpkg", "--force-confdef", "--force-confold", "--install", package).stdout


@pytest.fixture(scope="module")
def next_version(machine, built, tmp_path_factory) -> str:
    """The package as its next version might be: with another version, and another configuration."""
    tree = tmp_path_factory.mktemp("next")
    subprocess.run(["dpkg-deb", "--raw-extract", built, tree / "files"], check=True)
    control = tree / "files/DEBIAN/control"
    version = field(built, "Version")
    control.write_text(control.read_text().replace(f"\nVersion: {version}\n", f"\nVersion: {version}+next\n"))
    configuration = tree / "files/etc/tocsin/tocsin.yaml"
    configuration.write_text(configuration.read_text() + "# From the next version.\n")
    subprocess.run(["dpkg-deb", "--build", "-Znone", tree / "files", tree / "next.deb"], check=True, capture_output=True)
    shutil.copy(tree / "next.deb", machine.path("/root/next.deb"))
    return "/root/next.deb"


def test_an_installed_package_serves_at_once_and_at_each_boot(machine, installed):
    for question in ("is-active", "is-enabled"):
        assert machine.run("systemctl", question, "tocsind").stdout in ("active\n", "enabled\n")
    assert machine.run("stat", "--format=%U:%G %a", CONFIGURATION, STATE).stdout == "root:tocsin 750\ntocsin:tocsin 700\n"


def test_with_the_configuration_as_installed_a_report_is_heard_and_acknowledged(machine, installed):
    machine.run("dpkg", "--purge", "tocsin")
    machine.run("rm", "-rf", CONFIGURATION)
    machine.run("apt-get", "install", "--yes", "/root/tocsin.deb")
    machine.run("tocsin", "report", "--event", "structure-fire", "--category", "Fire", "--severity", "Severe",
                "--grid", "100001001001001")
    heard = machine.run("tocsin", "listen", "fire", "--acknowledge-as", "Wang, desk 2", "--count", "1").stdout
    assert "structure-fire" in heard
    assert "acknowledged" in machine.run("tocsin", "show", "2").stdout


def test_where_the_package_has_put_a_configuration_init_says_to_change_that_one(machine, service):
    refused = machine.run("tocsin", "init", CONFIGURATION, check=False)
    assert refused.returncode == 3 and f"sudoedit {CONFIGURATION}/tocsin.yaml" in refused.stdout


def test_the_programs_need_nothing_of_swift_but_what_came_along(machine, installed):
    for program in ("tocsin", "tocsind"):
        libraries = machine.run("ldd", f"/usr/bin/{program}").stdout
        assert "not found" not in libraries
        swift = re.findall(r"^\s*(lib(?:swift|Foundation|_Foundation|dispatch|Blocks)\S*) => (\S+)", libraries, re.MULTILINE)
        assert swift and all(path.startswith("/usr/lib/tocsin/") for _, path in swift), libraries


def test_everything_under_etc_is_a_configuration_file_to_dpkg(machine, installed):
    listed = machine.run("dpkg-query", "--listfiles", "tocsin").stdout.splitlines()
    files = {path for path in listed if path.startswith("/etc/") and machine.path(path).is_file()}
    named = machine.run("dpkg-query", "--show", "--showformat=${Conffiles}", "tocsin").stdout
    assert files == {line.split()[0] for line in named.splitlines() if line} != set()


def test_an_upgrade_restarts_the_daemon_and_keeps_alerts_and_configuration(machine, service, connect, next_version):
    send_reports(connect(service.reports), 3)
    before, text = service.process, machine.path(f"{CONFIGURATION}/tocsin.yaml").read_text()
    install(machine, next_version)
    assert service.process != before
    assert machine.path(f"{CONFIGURATION}/tocsin.yaml").read_text() == text
    terminal = connect(service.alerts)
    terminal.send("TIP1 JOIN fire desk-1 64")
    assert terminal.receive(20).body["pending"] == 3


def test_an_upgrade_leaves_the_old_daemon_running_where_the_new_one_refuses_the_configuration(
        machine, service, next_version):
    install(machine, "/root/tocsin.deb")
    before = service.process
    service.write("tocsin.yaml", "hartbeat: 5s\n")
    said = install(machine, next_version)
    assert service.process == before
    assert "hartbeat" in said and "the daemon that runs goes on" in said


def test_removal_ends_the_daemon_and_leaves_the_journal_for_the_next_installation(machine, service, connect):
    send_reports(connect(service.reports), 1)
    said = machine.run("apt-get", "remove", "--yes", "tocsin").stdout
    assert f"the journal stays in {STATE}" in said
    assert machine.run("systemctl", "is-active", "tocsind", check=False).stdout == "inactive\n"
    assert machine.path(f"{CONFIGURATION}/rules.yaml").exists()
    install(machine, "/root/tocsin.deb")
    assert connect(service.reports).ask("TIP1 REPORT r", report("a1")).body["duplicate"]


def test_a_purge_deletes_the_journal_and_the_configuration_and_says_so(machine, service):
    for name in ("rules.yaml", "departments.yaml", "grids.yaml"):
        machine.path(f"{CONFIGURATION}/{name}").unlink(missing_ok=True)
    service.write("extra.yaml", "# An operator's own.\n")
    said = machine.run("apt-get", "purge", "--yes", "tocsin").stdout
    assert f"deleting the journal in {STATE}" in said and not machine.path(STATE).exists()
    assert re.findall("^tocsin: a file of yours stays: (.*)$", said, re.MULTILINE) == [f"{CONFIGURATION}/extra.yaml"]
    assert not machine.path(f"{CONFIGURATION}/tocsin.yaml").exists()
    assert not machine.path("/lib/systemd/system/tocsind.service").exists()


def test_the_readmes_lines_lead_from_the_package_to_an_operator_who_sees_the_daemon(machine, installed):
    """Run as they are printed, by one who has root's rights already and leaves the configuration as it comes."""
    block = re.search(r"^```sh\n(sudo apt install .*?)^```", README, re.MULTILINE | re.DOTALL)[1]
    lines = [line.partition("  #")[0].replace("sudo ", "").replace("sudoedit", "test -s") for line in block.splitlines()]
    assert len(lines) == 5 and lines[-1].strip() == "tocsin status"
    machine.run("dpkg", "--purge", "tocsin")
    machine.run("useradd", "--create-home", "wang")
    machine.run("sh", "-ec", "cp /root/tocsin.deb /tmp/tocsin_0_all.deb; cd /tmp\n" + "\n".join(lines[:-1]))
    assert "tcp://127.0.0.1:7701" in machine.run("tocsin", "status", user="wang").stdout
    machine.run("userdel", "--remove", "wang")
