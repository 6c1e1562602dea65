"""What does not hold? Everything that was found, as far as anybody wants to read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["entry", "checkpoint", "signoff", "passkey", "place"]

NAMED_AT_MOST = 20
"""Of each kind; the others are counted."""


@dataclass(frozen=True, slots=True)
class Flaw:
    kind: Kind
    which: int | str
    why: str


@dataclass(slots=True)
class Flaws:
    named: list[Flaw] = field(default_factory=list)
    counted: Counter[Kind] = field(default_factory=Counter)

    def add(self, kind: Kind, which: object, why: str) -> None:
        """SQLite takes anything for a name: what is none is spelt out."""
        self.counted[kind] += 1
        if self.counted[kind] <= NAMED_AT_MOST:
            self.named.append(
                Flaw(kind, which if isinstance(which, int | str) else repr(which), why)
            )

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.counted.total() - len(self.named)
