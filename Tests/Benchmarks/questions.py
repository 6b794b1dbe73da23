"""Target 2, third part: whoever asks INCIDENT and EXPLAIN without pause keeps no alert waiting.

The incident that is asked for was decided by other rules than those in force, so its answer has to compile them.
"""

from __future__ import annotations

import threading
import time

from bench import Bench
from clients import load
from daemon import PATIENCE, Daemon
from outliers import many_rules, own_configuration
from sheet import NotMeasured, Sheet
from zmtp import Dealer

RATE = 1_000
RULES = 20_000
BOUND = 2.0
"""Questions take a processor of two, so whatever the broker does they cost something."""


def report(identifier: str) -> dict[str, str]:
    return {"identifier": identifier, "sender": "targets", "sent": "2026-11-23T08:00:00+08:00", "event": "bench-1",
            "category": "Fire", "severity": "Minor", "urgency": "Immediate", "certainty": "Observed"}


class Questions(threading.Thread):
    """Asks one question after the other until it is told to stop."""

    def __init__(self, daemon: Daemon, incident: int):
        super().__init__(daemon=True)
        self.path, self.incident = daemon.folder / "control.ipc", incident
        self.stop = threading.Event()
        self.asked = 0
        self.longest = 0.0
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            with Dealer(self.path, PATIENCE) as dealer:
                while not self.stop.is_set():
                    for question in (("TIP1 INCIDENT i", {"incident": self.incident}), ("TIP1 EXPLAIN e", report("e"))):
                        begin = time.monotonic()
                        header, body = dealer.ask(*question)
                        self.longest = max(self.longest, time.monotonic() - begin)
                        if not header.startswith("TIP1 OK "):
                            raise NotMeasured(f"{header} {body}")
                        self.asked += 1
        except (NotMeasured, OSError) as problem:
            self.problem = problem


def measure(bench: Bench, sheet: Sheet) -> None:
    incidents = RATE * (3 if bench.quick else 20)
    folder = bench.folder / "questions"
    folder.mkdir()
    configuration = own_configuration(folder)
    rules = folder / "rules.yaml"
    rules.write_text(many_rules(RULES))
    what = f"p99 at {RATE:,}/s beside questions, {RULES:,} rules"
    with sheet.measuring(2, what), bench.daemon(configuration) as daemon:
        daemon.start()
        with Dealer(daemon.reports, PATIENCE) as dealer:
            incident = dealer.ask("TIP1 REPORT r", report("q"))[1]["incident"]
        rules.write_text(many_rules(RULES + 1))
        daemon.control("RELOAD")
        ports = daemon.reports, daemon.alerts
        alone = load(bench.folder, ports, incidents, RATE)
        questions = Questions(daemon, incident)
        questions.start()
        beside = load(bench.folder, ports, incidents, RATE)
        questions.stop.set()
        questions.join(PATIENCE)
        if questions.problem:
            raise NotMeasured(f"a question: {questions.problem}")
        sheet.note(alone.told("alone", 0))
        sheet.note(beside.told("beside", 0))
        sheet.note(f"            {questions.asked:,} answers, the longest after {questions.longest:.2f} s")
        sheet.at_most(2, what, beside.call.p99 / alone.call.p99, BOUND, "×",
                      f"{beside.call.p99:,.0f} µs : {alone.call.p99:,.0f} µs")
