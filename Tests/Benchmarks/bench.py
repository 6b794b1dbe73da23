"""What all sections share: the options, one folder for everything, and the daemons in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from daemon import BENCH, Daemon


@dataclass(frozen=True)
class Bench:
    tocsind: Path
    peers: Path
    """run.py of the peers; it need not exist."""

    static: Path | None
    """A tocsind with the Swift runtime linked in."""

    quick: bool
    history: int
    """Closed incidents for the section `history`."""

    pending: int
    """Pending alerts for the section `backlog`."""

    folder: Path
    """Everything that is made is in here, and it is removed at the end."""

    @property
    def runs(self) -> int:
        """How many runs have their median taken."""
        return 1 if self.quick else 3

    def daemon(self, configuration: Path = BENCH) -> Daemon:
        return Daemon(self.tocsind, self.folder, configuration)
