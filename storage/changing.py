"""What does an entry of the trail become, and can what is left of it still be read?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.house_events import HOUSE, ErasedEntry
from storage import audit, documents


class NotErased(Exception):
    """Nothing was erased; the text says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry as it was and as it is to be; what is `salted` nobody can guess from its hash."""

    entry: audit.Entry
    body: str
    salted: bool

    @classmethod
    def of(cls, entry: audit.Entry, said: Mapping[str, object], event: object) -> Changed:
        """With another event, and a salt that nobody who guesses at the old one knows. Raises
        NotErased for what nobody could read any more.
        """
        _read_back(entry, event)
        salted = "salt" in said
        rest = {"salt": audit.new_salt()} if salted else {}
        return cls(entry, documents.canonical({**said, **rest, "event": event}).decode(), salted)

    @property
    def named(self) -> ErasedEntry:
        now = audit.leaf_of(self.body.encode())
        return ErasedEntry(seq=self.entry.seq, leaf=self.entry.leaf, now=now)


def _read_back(entry: audit.Entry, event: object) -> None:
    try:
        if entry.signoff_id == HOUSE:
            documents.read_house_event(event)
        else:
            documents.read_event(event)
    except (ValueError, KeyError, TypeError) as problem:
        raise NotErased(f"audit entry {entry.seq} could not be read any more: {problem}") from None
