"""Does a path fit a pattern? In time linear in the path, whatever the pattern is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CharSet:
    """One character of some, or none of them: `ranges` hold first and last characters."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def has(self, char: str) -> bool:
        return any(first <= char <= last for first, last in self.ranges) != self.negated


ONE = CharSet((), negated=True)


@dataclass(frozen=True, slots=True)
class Star:
    """Any characters, or none, of one name."""


@dataclass(frozen=True, slots=True)
class AnyDepth:
    """Any directories, or none."""


STAR = Star()
ANY_DEPTH = AnyDepth()
Atom = str | CharSet | Star


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two stars: words and sets, each at its offset. Of fixed length."""

    length: int = 0
    words: tuple[tuple[int, str], ...] = ()
    sets: tuple[tuple[int, CharSet], ...] = ()

    def fits(self, text: str, at: int) -> bool:
        """Whether it stands at that place of the text, which is long enough."""
        for offset, word in self.words:
            if not text.startswith(word, at + offset):
                return False
        return all(chars.has(text[at + offset]) for offset, chars in self.sets)

    def find(self, text: str, start: int, end: int) -> int:
        """Where it first stands between `start` and `end`; -1: nowhere."""
        last = end - self.length
        if not self.words:
            return next((at for at in range(start, last + 1) if self.fits(text, at)), -1)
        offset, word = self.words[0]
        at = text.find(word, start + offset) - offset
        while start <= at <= last:
            if self.fits(text, at):
                return at
            at = text.find(word, at + offset + 1) - offset
        return -1


@dataclass(frozen=True, slots=True)
class Wild:
    """A name with wildcards, as the pieces between its stars. The first and last may be empty."""

    pieces: tuple[Piece, ...]
    least: int

    def fits(self, name: str) -> bool:
        """The leftmost place of every piece will do: no other choice could make more fit."""
        first, last = self.pieces[0], self.pieces[-1]
        if len(name) < self.least or not first.fits(name, 0):
            return False
        if len(self.pieces) == 1:
            return len(name) == self.least
        at, end = first.length, len(name) - last.length
        for piece in self.pieces[1:-1]:
            at = piece.find(name, at, end)
            if at < 0:
                return False
            at += piece.length
        return last.fits(name, end)

    @property
    def ending(self) -> str:
        """The characters it must end with."""
        last = self.pieces[-1]
        if not last.words:
            return ""
        offset, word = last.words[-1]
        return word if offset + len(word) == last.length else ""


Part = str | Wild | AnyDepth
WILDCARDS: Mapping[str, Atom] = MappingProxyType({"*": STAR, "?": ONE})
ANY_NAME = Wild((Piece(), Piece()), 0)


@dataclass(frozen=True)
class Route:
    """A relative path with wildcards: the runs of names between its any-depths."""

    parts: tuple[Part, ...]

    @cached_property
    def runs(self) -> tuple[tuple[str | Wild, ...], ...]:
        runs: list[list[str | Wild]] = [[]]
        for part in self.parts:
            if isinstance(part, AnyDepth):
                runs.append([])
            else:
                runs[-1].append(part)
        return tuple(tuple(run) for run in runs)

    @cached_property
    def least(self) -> int:
        return sum(map(len, self.runs))

    @cached_property
    def hint(self) -> tuple[int, str] | None:
        """One more name, counted from the end, that it cannot do without."""
        last = self.runs[-1]
        known = 1 if last and isinstance(last[-1], str) else 2
        for back, part in enumerate(last[::-1][known:], start=known + 1):
            if isinstance(part, str):
                return -back, part
        return None

    @cached_property
    def toil(self) -> int:
        """How often a character of a path may be looked at again: 0 unless something may float."""
        wilds = [part for part in self.parts if isinstance(part, Wild)]
        floating = [piece for wild in wilds for piece in wild.pieces[1:-1]]
        steps = [1 + len(piece.words) + len(piece.sets) for piece in floating]
        return max(steps, default=0) + max(map(len, self.runs[1:-1]), default=0)

    def fits(self, names: Sequence[str]) -> bool:
        runs, size = self.runs, len(names)
        if size < self.least or not _stands(runs[0], names, 0):
            return False
        if len(runs) == 1:
            return size == self.least
        end = size - len(runs[-1])
        if len(runs) == 2:
            return _stands(runs[1], names, end)
        at = len(runs[0])
        for run in runs[1:-1]:
            places = range(at, end - len(run) + 1)
            at = next((place for place in places if _stands(run, names, place)), -1)
            if at < 0:
                return False
            at += len(run)
        return _stands(runs[-1], names, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a line is about: the `files` at a route, and all there is in the `folders` at it."""

    parts: tuple[Part, ...]
    files: bool = False
    folders: bool = False


def plain_part(name: str) -> str | Wild:
    """A name in which nothing is escaped, and which holds no sets."""
    if "?" in name:
        return part_of([WILDCARDS.get(char, char) for char in name])
    if "*" not in name:
        return name
    first, *middle, last = name.split("*")
    words = (first, *(word for word in middle if word), last)
    pieces = tuple(Piece(len(word), ((0, word),) if word else ()) for word in words)
    return Wild(pieces, sum(map(len, words)))


def part_of(atoms: Sequence[Atom]) -> str | Wild:
    """A name without wildcards is a plain string."""
    if all(isinstance(atom, str) for atom in atoms):
        return "".join(atom for atom in atoms if isinstance(atom, str))
    pieces: list[list[str | CharSet]] = [[]]
    for atom in atoms:
        if isinstance(atom, Star):
            pieces.append([])
        else:
            pieces[-1].append(atom)
    made = [_piece(piece) for at, piece in enumerate(pieces) if piece or at in (0, len(pieces) - 1)]
    return Wild(tuple(made), sum(piece.length for piece in made))


def _piece(atoms: Sequence[str | CharSet]) -> Piece:
    words, sets, at = list[tuple[int, str]](), list[tuple[int, CharSet]](), 0
    for plain, run in groupby(atoms, key=lambda atom: isinstance(atom, str)):
        group = list(run)
        if plain:
            words.append((at, "".join(atom for atom in group if isinstance(atom, str))))
            at += len(words[-1][1])
            continue
        sets.extend((at + n, atom) for n, atom in enumerate(group) if isinstance(atom, CharSet))
        at += len(group)
    return Piece(at, tuple(words), tuple(sets))


def _stands(run: Sequence[str | Wild], names: Sequence[str], at: int) -> bool:
    for offset, part in enumerate(run):
        name = names[at + offset]
        if part != name if isinstance(part, str) else not part.fits(name):
            return False
    return True
