"""The sheet of results: one line for each target, and what stands behind it above the line."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class NotMeasured(Exception):
    """Something that is needed for a figure is not here, or did not work."""


class DataLost(Exception):
    """Fewer came than were receipted: no figure stands against that."""


def number(figure: float) -> str:
    """Three digits that count, or more where they are before the point."""
    if abs(figure) >= 100 or figure == 0:
        return f"{figure:,.0f}"
    return f"{figure:.2f}" if abs(figure) >= 1 else f"{figure:.3f}"


class Sheet:
    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    def at_least(self, target: int, what: str, figure: float, bound: float, unit: str, source: str = "") -> None:
        self.line(target, what, f"{number(figure)} {unit}", f"at least {number(bound)} {unit}",
                  "reached" if figure >= bound else "missed", source)

    def at_most(self, target: int, what: str, figure: float, bound: float, unit: str, source: str = "") -> None:
        self.line(target, what, f"{number(figure)} {unit}", f"at most {number(bound)} {unit}",
                  "reached" if figure <= bound else "missed", source)

    def not_measured(self, target: int, what: str, why: str) -> None:
        self.line(target, what, "-", "", "not measured", why)

    def line(self, target: int, what: str, figure: str, bound: str, outcome: str, source: str) -> None:
        self.outcomes[outcome] += 1
        text = f"{target}  {what:<66} {figure:>17}   {bound:<26} {outcome}"
        print(f"{text:<129}   ({source})" if source else text, flush=True)

    def note(self, text: str) -> None:
        for line in text.splitlines():
            print(f"     {line}", flush=True)

    def heading(self, text: str) -> None:
        print(f"\n── {text}", flush=True)

    @contextmanager
    def measuring(self, target: int, what: str) -> Iterator[None]:
        """What goes wrong inside costs this target its figure, and no other one."""
        try:
            yield
        except DataLost as problem:
            self.line(target, what, "-", "", "data lost", str(problem))
        except (NotMeasured, OSError, subprocess.SubprocessError) as problem:
            self.not_measured(target, what, str(problem) or type(problem).__name__)

    @property
    def is_complete(self) -> bool:
        """Whether every target has a figure, whatever it is."""
        return not self.outcomes["not measured"] and not self.outcomes["data lost"]

    @property
    def summary(self) -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items())) or "nothing measured"
