"""Which of thousands of patterns fit a path? Looked up by the names in it, not one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.owners.path_patterns import ANY_DEPTH, ANY_NAME, Part, Pattern, Route, Wild

WORK_AT_MOST = 40_000_000
"""Steps of comparing that one look at all paths may take: a second or two."""

NAMES_KEPT = 64
"""Directories up to this depth are remembered while we look."""

Ranks = tuple[int, ...]
_Found = dict[int, int]


@dataclass(slots=True)
class _Rows:
    """Patterns that share a key: `sure` ones fit for certain (the newest of each slot)."""

    sure: _Found = field(default_factory=dict)
    maybe: list[tuple[int, int, Route]] = field(default_factory=list)


@dataclass(slots=True)
class _Bucket:
    """Patterns by their last name, the one before it, or the letters after its last dot."""

    names: dict[str, _Rows] = field(default_factory=dict)
    within: dict[str, _Rows] = field(default_factory=dict)
    endings: dict[str, _Rows] = field(default_factory=dict)
    others: _Rows = field(default_factory=_Rows)

    def add(self, slot: int, rank: int, parts: Sequence[Part]) -> None:
        rows, told = self._rows(parts)
        if told and (len(parts) == 1 or (len(parts) == 2 and parts[0] is ANY_DEPTH)):
            rows.sure[slot] = rank
        else:
            rows.maybe.append((slot, rank, Route(tuple(parts))))

    def _rows(self, parts: Sequence[Part]) -> tuple[_Rows, bool]:
        """Where a pattern belongs, and whether being there says all about its last name."""
        last, within = parts[-1], parts[-2] if len(parts) > 1 else ""
        if isinstance(last, str):
            return self.names.setdefault(last, _Rows()), True
        if within and isinstance(within, str):
            return self.within.setdefault(within, _Rows()), False
        if isinstance(last, Wild) and "." in last.ending:
            ending = last.ending.rpartition(".")[2]
            rows = self.endings.setdefault(ending, _Rows())
            return rows, last.least == len(ending) + 1 and len(last.pieces) == 2
        return self.others, last == ANY_NAME

    def rows(self, name: str, within: str) -> list[_Rows]:
        found: list[_Rows] = []
        if (named := self.names.get(name)) is not None:
            found.append(named)
        if self.within and (held := self.within.get(within)) is not None:
            found.append(held)
        if self.endings and (dot := name.rfind(".")) >= 0:
            ended = self.endings.get(name[dot + 1 :])
            if ended is not None:
                found.append(ended)
        if self.others.sure or self.others.maybe:
            found.append(self.others)
        return found


@dataclass(slots=True)
class _Side:
    """The patterns for files, or those for folders: of a name here, of any here, or further down."""

    exact: dict[str, _Found] = field(default_factory=dict)
    here: _Bucket | None = None
    below: _Bucket | None = None


@dataclass(slots=True)
class _Scope:
    """A directory that patterns name, and those that go on from there."""

    children: dict[str, _Scope] = field(default_factory=dict)
    files: _Side = field(default_factory=_Side)
    folders: _Side = field(default_factory=_Side)


_Live = tuple[tuple[int, _Bucket], ...]


@dataclass(slots=True)
class _Place:
    """A directory of a path: what fits all there is in it, and whose patterns go on from it."""

    name: str
    depth: int
    scope: _Scope | None
    files: _Live
    folders: _Live
    found: _Found
    ranks: Ranks
    children: dict[str, _Place] = field(default_factory=dict)


class PathIndex:
    """Patterns, each in a slot. The later of one slot wins; its rank is its place in the list."""

    __slots__ = ("_everything", "_root")

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        self._root = _Scope()
        self._everything = _Found()
        for rank, (slot, pattern) in enumerate(patterns):
            if not pattern.parts:
                self._everything[slot] = rank
                continue
            if pattern.files:
                self._add(slot, rank, pattern.parts, files=True)
            if pattern.folders:
                self._add(slot, rank, pattern.parts, files=False)

    def find(self, paths: Iterable[str]) -> Iterator[Ranks | None]:
        """For each path the last rank that fits of each slot; None once the work is too much."""
        walk = _Walk(self._root, self._everything)
        for path in paths:
            yield walk.find(path)

    def _add(self, slot: int, rank: int, parts: Sequence[Part], *, files: bool) -> None:
        scope, at = self._root, 0
        while at < len(parts) - 1 and isinstance(name := parts[at], str):
            scope = scope.children.setdefault(name, _Scope())
            at += 1
        side, rest = scope.files if files else scope.folders, parts[at:]
        match rest:
            case [str() as name]:
                side.exact.setdefault(name, {})[slot] = rank
            case [_]:
                side.here = side.here or _Bucket()
                side.here.add(slot, rank, rest)
            case _:
                side.below = side.below or _Bucket()
                side.below.add(slot, rank, rest)


class _Walk:
    """One look at many paths, which remembers the directories it has seen."""

    __slots__ = ("_places", "_root", "left")

    def __init__(self, root: _Scope, everything: Mapping[int, int]) -> None:
        self.left = WORK_AT_MOST
        files, folders = _with((), 0, root.files), _with((), 0, root.folders)
        found, ranks = dict(everything), _ranks(everything)
        self._root = _Place("", 0, root, files, folders, found, ranks)
        self._places = {"": self._root}

    def find(self, path: str) -> Ranks | None:
        if self.left <= 0:
            return None
        folder, _, name = path.rpartition("/")
        place = self._places.get(folder)
        if place is None:
            place = self._places[folder] = self._walk(folder)
        hits = self._hits(place, name, path, files=True)
        if self.left <= 0:
            return None
        return _ranks(_merged(place.found, hits)) if hits else place.ranks

    def _walk(self, folder: str) -> _Place:
        place, names = self._root, folder.split("/")
        for at, name in enumerate(names):
            if self.left <= 0:
                break
            known = place.children.get(name)
            if known is None:
                known = self._step(place, name, folder)
                if at < NAMES_KEPT:
                    place.children[name] = known
            place = known
        return place

    def _step(self, place: _Place, name: str, path: str) -> _Place:
        scope = place.scope.children.get(name) if place.scope else None
        hits = self._hits(place, name, path, files=False)
        found = _merged(place.found, hits) if hits else place.found
        ranks = _ranks(found) if hits else place.ranks
        depth, files, folders = place.depth + 1, place.files, place.folders
        if scope is not None:
            files, folders = _with(files, depth, scope.files), _with(folders, depth, scope.folders)
        return _Place(name, depth, scope, files, folders, found, ranks)

    def _hits(self, place: _Place, name: str, path: str, *, files: bool) -> _Found | None:
        """What fits this very name in this place, beyond what fits all of the place."""
        hits: _Found | None = None
        live = place.files if files else place.folders
        self.left -= 20 + len(live)
        if (scope := place.scope) is not None:
            side = scope.files if files else scope.folders
            hits = side.exact.get(name)
            if side.here is not None:
                for rows in side.here.rows(name, place.name):
                    hits = self._of(rows, hits, path, place.depth, place.depth)
        for depth, below in live:
            for rows in below.rows(name, place.name):
                hits = self._of(rows, hits, path, depth, place.depth)
        return hits

    def _of(self, rows: _Rows, hits: _Found | None, path: str, start: int, end: int) -> _Found:
        """With what fits the names from `start` to `end`, among the patterns of one key."""
        if rows.sure:
            self.left -= len(rows.sure)
            hits = _merged(hits, rows.sure) if hits else rows.sure
        if rows.maybe and self.left > 0:
            names = path.split("/")[start : end + 1]
            hits = self._checked(rows, dict(hits or {}), names, len(path))
        return hits or {}

    def _checked(self, rows: _Rows, hits: _Found, names: Sequence[str], size: int) -> _Found:
        toll = 20 + size // 8
        self.left -= size + 4 * len(rows.maybe)
        for slot, rank, route in reversed(rows.maybe):
            if len(names) < route.least or hits.get(slot, -1) > rank:
                continue
            if (hint := route.hint) and names[hint[0]] != hint[1]:
                continue
            self.left -= toll + size * route.toil
            if self.left < 0:
                break
            if route.fits(names):
                hits[slot] = rank
        return hits


def _with(live: _Live, depth: int, side: _Side) -> _Live:
    return live if side.below is None else (*live, (depth, side.below))


def _merged(some: Mapping[int, int], more: Mapping[int, int]) -> _Found:
    merged = dict(some)
    for slot, rank in more.items():
        if rank > merged.get(slot, -1):
            merged[slot] = rank
    return merged


def _ranks(found: Mapping[int, int]) -> Ranks:
    return tuple(sorted(found.values()))
