"""The page "Keys, step by step": its commands as printed, in an empty folder. Only the ports are replaced."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from cli import TOCSIN, needs_tocsin
from support import PATIENCE, REPOSITORY, Daemon

pytestmark = needs_tocsin
PAGE = (REPOSITORY / "Sources/TocsinService/TocsinService.docc/Keys-step-by-step.md").read_text()


def shell(folder: Path, text: str, code: int = 0, **environment: str) -> str:
    path = f"{Path(TOCSIN).resolve().parent}:{os.environ['PATH']}"
    ran = subprocess.run(["bash", "-ec", text], cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
                         env={"PATH": path, "HOME": str(folder), **environment})
    assert ran.returncode == code, f"{text}\n{ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr


def test_the_steps_lead_to_three_departments_and_twenty_handhelds(tmp_path, closing):
    make, entries, reach, use, lose = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    shell(tmp_path, make)
    folder = tmp_path / "district"
    shell(folder, entries)
    assert "23 clients" in shell(folder, reach)
    daemon = Daemon(configuration=folder / "tocsin.yaml")
    closing.callback(daemon.remove)
    daemon.start()
    known = {f"TOCSIN_ENDPOINTS_{name.upper()}": endpoint for name, endpoint in daemon.endpoints.items()}
    known |= {"TOCSIN_ENDPOINTS_CONTROL": daemon.control, "TOCSIN_STATE": str(daemon.folder / "state"),
              "TOCSIN_RUNTIME": str(daemon.folder)}
    said = shell(folder, use, **known)
    assert "structure-fire" in said and "handheld-20" in said, said
    other = use.replace("--sender handheld-7", "--sender handheld-8").partition("tocsin listen")[0]
    assert "handheld-7 may not report as 'handheld-8'" in shell(folder, other, code=1, **known)
    said = shell(folder, lose, **known)
    assert "name: handheld-7\n" not in (folder / "clients.yaml").read_text() and "REPORT, incident" in said, said
