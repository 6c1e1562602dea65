"""What does the pipeline on the other side do? It takes what it gets, fails, hangs, and forgets to answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tests.faults.evidence import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    signoff: str
    status: str
    digest: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What the sender learns, and after how many seconds; `final`: it need not try again."""

    accepted: bool
    after: float
    final: bool = False
    asked: timedelta | None = None


@dataclass(slots=True)
class Pipeline:
    """What it `received` is what was really taken; what the sender learns is another thing."""

    chance: Random
    counts: Counter[str]
    up: bool = True
    calm: bool = False
    received: list[Received] = field(default_factory=list)

    def send(self, message: Message, at: datetime) -> Fate:
        """What becomes of a message that is sent now, whatever becomes of the sender."""
        self.counts["sent"] += 1
        arrives, lot = at + timedelta(seconds=self.chance.uniform(0.01, 1)), self.chance.random()
        if not self.up:
            return Fate(False, 10)
        if self.calm or lot < 0.70:
            self._take(message, arrives)
            return Fate(True, self.chance.uniform(0.02, 2))
        return self._fail(message, arrives, lot)

    def _fail(self, message: Message, arrives: datetime, lot: float) -> Fate:
        if lot < 0.78:
            self.counts["answered late"] += 1
            self._take(message, arrives)
            return Fate(True, self.chance.uniform(60, 300))
        if lot < 0.90:
            self.counts["timed out after it was taken"] += 1
            self._take(message, arrives)
            return Fate(False, 30)
        if lot < 0.98:
            self.counts["answered 503"] += 1
            asked = timedelta(seconds=self.chance.choice((1, 120, 86_400)))
            return Fate(False, 0.1, asked=asked)
        self.counts["answered 410"] += 1
        self._take(message, arrives, taken=False)
        return Fate(False, 0.1, final=True)

    def _take(self, message: Message, at: datetime, *, taken: bool = True) -> None:
        self.received.append(
            Received(
                message_id=message.id,
                signoff=message.signoff,
                status=message.status,
                digest=message.digest,
                at=at,
                taken=taken,
            )
        )
