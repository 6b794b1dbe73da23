"""The mailboxes of the Dongcheng configuration, and the same configuration with the benchmark's rule in front."""

from __future__ import annotations

import json
import re
from pathlib import Path

from daemon import DONGCHENG

LEVELS = {6: "district", 9: "street", 12: "community", 15: "grid"}
"""The digits of a grid code name the size of the place."""


def mailboxes() -> list[str]:
    """Departments by their names, roles at each place of their levels: `police@110101005`."""
    departments, roles = (DONGCHENG.parent / "departments.yaml").read_text().split("\nroles:")
    codes = re.findall(r'^ +"(\d+)":', (DONGCHENG.parent / "grids.yaml").read_text(), re.MULTILINE)
    names = re.findall(r"^ +- \{ name: ([a-z0-9-]+)", departments, re.MULTILINE)
    for role, at in re.findall(r"^ +- \{ name: ([a-z0-9-]+), at: (\[[^]]*\]|\w+)", roles, re.MULTILINE):
        levels = re.findall(r"\w+", at)
        names += [f"{role}@{code}" for code in codes if LEVELS[len(code)] in levels]
    return names


def with_bench_rule(folder: Path) -> Path:
    """The configuration with four more departments, whom alone the event bench-4 concerns.

    So the measured event has exactly four recipients, and each of them the one terminal that measures.
    """
    source = DONGCHENG.parent
    departments = "".join(f"  - {{ name: d{i}, zh: 测试部门 {i}, en: Bench Department {i} }}\n" for i in range(4))
    rule = "  - { name: bench 4, when: { event: bench-4 }, inform: [d0, d1, d2, d3], stop: true }\n"
    for name, key, more in (("departments.yaml", "departments:\n", departments), ("rules.yaml", "rules:\n", rule)):
        before, after = re.split(f"^{key}", (source / name).read_text(), maxsplit=1, flags=re.MULTILINE)
        (folder / name).write_text(before + key + more + after)
    path = folder / "tocsin.yaml"
    path.write_text(json.dumps({"rules": "rules.yaml", "departments": "departments.yaml",
                                "grids": str(source / "grids.yaml"), "log-level": "notice"}))
    return path
