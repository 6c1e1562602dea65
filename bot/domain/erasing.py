"""What is left of a record when somebody's names are taken out of it?

A record is plain JSON values. Wherever a name stands, however it is written, a pseudonym stands
instead, the same in all of them, so that what follows from one record still follows. Words of ours
are left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from enum import Enum
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, get_args, get_origin, get_type_hints

from bot.domain.dossier import Dossier
from bot.domain.events import Event
from bot.domain.folding import PLAIN, fold, folded, unescaped
from bot.domain.house_events import HouseEvent

PSEUDONYM = "erased-"


def _closed(kind: Any, seen: set[Any]) -> Iterator[str]:
    """Fields that hold one of a few words of ours, as their types say, down to what they consist of."""
    for part in get_args(kind):
        yield from _closed(part, seen)
    if not is_dataclass(kind) or kind in seen:
        return
    seen.add(kind)
    for name, hint in get_type_hints(kind).items():
        if name in kind.__dataclass_fields__:
            if _is_closed(hint):
                yield name
            yield from _closed(hint, seen)


def _is_closed(hint: Any) -> bool:
    if get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return True
    return any(_is_closed(it) for it in get_args(hint))


OURS = frozenset(_closed(Event | HouseEvent | Dossier, set())) | frozenset(
    {
        *("kind", "status", "verdict", "tier", "role", "level", "levels", "proved", "marks"),
        *("state", "connection", "environment", "conclusion", "revision", "base_revision", "sha"),
        *("tree", "digest", "policy_digest", "artifact_digest", "key_digest", "keyid", "at"),
        *("seq", "leaf", "now", "signature", "pseudonym", "public_key"),
    }
)
"""Fields that hold a word out of a list of ours, a hash or a moment, and never somebody's name."""

_ASSERTION = "assertion"
_ERASED, _SAYING_WHO = "erased", ("by", "why")
"""Of an erasure all else is signed."""
_FINDING = frozenset({"source", "tool", "text", "where"})
_BEFORE, _AFTER = r"(?<![\w-])(?<![\w-][.])", r"(?![\w-])(?![.@][\w-])"
"""A word ends where a name would: `ada` stands in `@ada`, `ada/fix` and `ada.`, and not in
`ada-maria`, `users.ada` or `ada.lovelace`."""

_BLANKS_IN_JSON = r"(?:\s|\\[bfnrt])*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """`words` where they stand by themselves, `texts` wherever they stand; in all ways of writing."""

    words: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.words, *self.texts)


@dataclass(frozen=True)
class Eraser:
    """`instead` says of other texts, such as a hash of what is erased, what stands for them."""

    names: Names
    pseudonym: str
    instead: Mapping[str, str] = field(default_factory=dict)

    def may_meet(self, written: str) -> bool:
        """Whether a name could be in this JSON; a quick no."""
        if PLAIN.fullmatch(written):
            return self._anywhere.search(written) is not None
        if self._anywhere.search(fold(written)):
            return True
        read = unescaped(written)
        return read != written and self._anywhere.search(fold(read)) is not None

    def text(self, text: str) -> str:
        if not self.may_meet(text):
            return text
        left = self._pattern.sub(lambda it: self._replaced(it.group()), text)
        if PLAIN.fullmatch(left):
            return left
        parts, done = list[str](), 0
        for start, end in _found(self._pattern, left):
            if start >= done:
                parts += left[done:start], self._replaced(left[start:end])
                done = end
        return "".join((*parts, left[done:]))

    def value(self, value: object) -> object:
        """Of whatever JSON can hold; the same object where there is no name in it."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(it) for it in value]
            case dict():
                return self._fields(value)
        return value

    def remnants(self, text: str) -> list[str]:
        """Longer words in which a name still stands."""
        if not self.may_meet(text):
            return []
        return [text[start:end] for start, end in _found(self._longer, text)]

    def _fields(self, fields: Mapping[str, object]) -> dict[str, object]:
        """What somebody's security key signed holds their name in ways that cannot be changed."""
        if fields.get("kind") == _ERASED:
            return {**fields, **{it: self.value(fields[it]) for it in _SAYING_WHO}}
        erased = {name: it if name in OURS else self.value(it) for name, it in fields.items()}
        signed = fields.get(_ASSERTION)
        if isinstance(signed, dict):
            theirs = erased.get("person") == self.pseudonym
            if theirs or erased[_ASSERTION] != signed:
                erased[_ASSERTION] = dict.fromkeys(signed, self.pseudonym)
        return erased

    def _replaced(self, found: str) -> str:
        return self.instead.get(found, self.pseudonym)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = [f"{_BEFORE}{_written(it)}{_AFTER}" for it in _longest(self.names.words)]
        texts = [_written(it) for it in _longest((*self.names.texts, *self.instead))]
        return re.compile("|".join((*texts, *words)), re.IGNORECASE)

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        every = {it for name in (*self.names.all, *self.instead) for it in (name, _quoted(name))}
        patterns = (_written(it, _BLANKS_IN_JSON) for it in _longest(tuple(every)))
        return re.compile("|".join(patterns), re.IGNORECASE)

    @cached_property
    def _longer(self) -> re.Pattern[str]:
        part = r"[\w.@/+-]{0,60}"
        every = "|".join(map(_written, _longest(self.names.all)))
        return re.compile(f"{part}(?:{every}){part}", re.IGNORECASE)


def _found(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where it stands, however it is written there."""
    if PLAIN.fullmatch(text):
        yield from (it.span() for it in pattern.finditer(text))
        return
    read, places = folded(text)
    for it in pattern.finditer(read):
        yield places[it.start()][0], places[it.end() - 1][1]


def _written(name: str, blanks: str = r"\s*") -> str:
    """In a text that is folded, or written in one way alone."""
    return blanks.join(map(re.escape, fold(name).split(" ")))


def renamed_findings(before: object, after: object) -> dict[str, str]:
    """A finding is known by a hash of its text: what it was, and what it is of what is left."""
    found: dict[str, str] = {}
    if isinstance(before, list) and isinstance(after, list):
        for one, other in zip(before, after, strict=True):
            found |= renamed_findings(one, other)
    elif isinstance(before, dict) and isinstance(after, dict):
        for name, it in before.items():
            found |= renamed_findings(it, after[name])
        if before.keys() >= _FINDING and (old := _finding(before)) != (new := _finding(after)):
            found[old] = new
    return found


def _finding(known: Mapping[str, object]) -> str:
    """As `Finding.id` has it."""
    parts = (known[name] for name in ("source", "tool", "text", "where"))
    coded = b"\0".join(str(part).encode(errors="replace") for part in parts)
    return sha256(coded).hexdigest()[:32]


def _longest(names: tuple[str, ...]) -> list[str]:
    """So that of two that begin alike the longer one is found."""
    return sorted(set(names), key=lambda it: (-len(it), it))


def _quoted(name: str) -> str:
    """As it stands in JSON."""
    return json.dumps(name, ensure_ascii=False)[1:-1]
