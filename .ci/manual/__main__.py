"""Writes the manual pages: of both programs and each command from their own help, of the configuration from
Config/tocsin.yaml, and of the rules from their article.

    python3 .ci/manual TOCSIND TOCSIN FOLDER
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import article
import commands
import settings
from roff import Page, bold

TREE = Path(__file__).resolve().parents[2]
RULES = TREE / "Sources/TocsinRouting/TocsinRouting.docc/Rules.md"


def main(tocsind: str, tocsin: str, folder: Path) -> None:
    version = subprocess.check_output([tocsind, "--version"], text=True).strip()
    # A build of the same sources is the same, whenever it is made.
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))

    def new(name: str, section: int, summary: str) -> Page:
        return Page(name, section, summary, version, date)

    daemon, = commands.pages(dump(tocsind), 8, new, ["tocsin(1)", "tocsin.yaml(5)", "tocsin-rules(5)"])
    files(daemon)
    pages = [daemon, *commands.pages(dump(tocsin), 1, new, ["tocsind(8)", "tocsin.yaml(5)", "tocsin-rules(5)"])]
    pages.append(settings.page((TREE / "Config/tocsin.yaml").read_text(),
                               new("tocsin.yaml", 5, "configuration of the Tocsin broker"),
                               ["tocsind(8)", "tocsin-check(1)", "tocsin-rules(5)"]))
    summary, parts = article.parts(RULES.read_text())
    pages.append(article.write(parts, new("tocsin-rules", 5, summary),
                               ["tocsin-check(1)", "tocsin-explain(1)", "tocsin.yaml(5)"]))
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        (folder / page.file_name).write_text(str(page))


def dump(program: str) -> commands.Command:
    return json.loads(subprocess.check_output([program, "--experimental-dump-help"]))["command"]


def files(daemon: Page) -> None:
    """Where the service has its files; before what else there is to see."""
    last = daemon.lines.index('.SH "SEE ALSO"')
    end, daemon.lines = daemon.lines[last:], daemon.lines[:last]
    daemon.heading("Files")
    daemon.entry([bold("/etc/tocsin/tocsin.yaml")], "The configuration. It names the files of rules, departments and grids.")
    daemon.entry([bold("/var/lib/tocsin")], "The journal: what has been receipted is here, and nowhere else.")
    daemon.entry([bold("/run/tocsin/control.ipc")], "Where members of the group tocsin ask and operate the daemon.")
    daemon.lines += end


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
