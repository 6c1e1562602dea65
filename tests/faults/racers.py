"""Who starts the racers, says when, and tells the judge what became of it?"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.clock import system_clock
from bot.domain.events import DeadlinePassed, Reassessed, Reviewed, Superseded
from bot.engine.rulebook import Rulebook
from storage.store import Store
from tests.faults import records
from tests.faults.evidence import Entry, Evidence, InForce, Press, Received
from tests.faults.mutated import HOME, Edit, command
from tests.faults.races import BOOKS

BY_THE_DATABASE = (Reviewed, DeadlinePassed, Reassessed, Superseded)
"""What says the time of its transaction: so the order of these moments is that of the chain."""

Told = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Racers:
    """Two processes, imported and waiting."""

    processes: Sequence[subprocess.Popen[str]]

    def race(self, name: str, url: str, rounds: int = 200, at_once: int = 25) -> Outcome:
        """So many rounds, some at a time, with all that both sides had to tell."""
        taking_part = self.processes if url.startswith("postgres") else self.processes[:1]
        self.open(name, url)
        for start in range(0, rounds, at_once):
            some = list(range(start, min(start + at_once, rounds)))
            _told(self.processes[:1], {"do": "prepare", "rounds": some})
            _told(taking_part, {"do": "look"})
            _told(taking_part, {"do": "go", "rounds": some})
        return self.finish(url)

    def open(self, name: str, url: str) -> None:
        order = {"do": "open", "url": url, "race": name}
        if not url.startswith("postgres"):
            _told(self.processes[:1], {**order, "sides": [0, 1]})
            return
        for number, process in enumerate(self.processes):
            _told([process], {**order, "sides": [number]})

    def prepare(self, *rounds: int) -> None:
        _told(self.processes[:1], {"do": "prepare", "rounds": rounds})

    @contextmanager
    def first_goes(self, *rounds: int) -> Iterator[None]:
        """While the first has begun; at the end it is done."""
        _told(self.processes[:1], {"do": "look"})
        _tell(self.processes[0], {"do": "go", "rounds": rounds})
        yield
        _answer(self.processes[0])

    def finish(self, url: str) -> Outcome:
        taking_part = self.processes if url.startswith("postgres") else self.processes[:1]
        said = _told(taking_part, {"do": "finish"})
        together: dict[str, Told] = {
            key: [one for it in said for one in it[key]] for key in said[0]
        }
        return Outcome(together, asyncio.run(_evidence(url, together)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What both sides told, and the evidence with what is stored."""

    told: Mapping[str, Any]
    evidence: Evidence

    @property
    def troubles(self) -> list[str]:
        """What neither was counted nor refused."""
        return list(self.told["troubles"])

    @property
    def counted(self) -> int:
        return sum(press.counted for press in self.evidence.presses)

    def events(self, kind: type) -> list[Entry]:
        return [entry for entry in self.evidence.entries if isinstance(entry.event, kind)]


@contextmanager
def racers(edits: Sequence[Edit] = ()) -> Iterator[Racers]:
    """With these bugs in both."""
    plain = [sys.executable, "-m", "tests.faults.racing"]
    what = command(edits, "tests.faults.racing") if edits else plain
    started = [
        subprocess.Popen(what, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        yield Racers(started)
    finally:
        for process in started:
            process.communicate()


def _told(processes: Sequence[subprocess.Popen[str]], order: Mapping[str, Any]) -> list[Any]:
    """All of them at once; what each answers."""
    for process in processes:
        _tell(process, order)
    return [_answer(process) for process in processes]


def _tell(process: subprocess.Popen[str], order: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()


def _answer(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "a racer died"
    return json.loads(line)


async def _evidence(url: str, told: Mapping[str, Told]) -> Evidence:
    store = Store(url)
    try:
        received = [Received(**{**it, "at": _moment(it["at"])}) for it in told["received"]]
        known = await store.read(lambda session: records.read(session, received, system_clock()))
    finally:
        await store.close()
    return replace(
        known,
        entries=[_dated(entry) for entry in known.entries],
        in_force=sorted(map(_in_force, told["entered"]), key=lambda it: it.since),
        presses=_pressed(told["pressed"]),
    )


def _dated(entry: Entry) -> Entry:
    dated = isinstance(entry.event, BY_THE_DATABASE)
    return replace(entry, written_at=entry.event.at) if dated else entry


def _in_force(entered: Mapping[str, str]) -> InForce:
    roster, policy = BOOKS[entered["book"]]
    digest = Rulebook(roster, policy).policy.digest
    return InForce(since=_moment(entered["since"]), roster=roster, policy_digest=digest)


def _pressed(told: Told) -> list[Press]:
    """The same click is one press, and was counted if anybody was told so."""
    counted: dict[str, bool] = {}
    for it in told:
        counted[it["id"]] = counted.get(it["id"], False) or it["counted"]
    return [Press(**{**it, "counted": counted[it["id"]]}) for it in told]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
