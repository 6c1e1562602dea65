"""Which of its paths lie where a glob points? Both names of a renamed file, however spelled.

A large change meets many globs, and many small ones meet them one after the other. So every path
is split and folded once, a list of globs is sorted once by names they cannot do without, and each
glob is only tried where the paths have its name, on those that hold the rarest of its names.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from itertools import islice

from bot.domain.globs import glob_match

FOUND_AT_MOST = 5

_LONGEST_NAME = 255
_WILD = frozenset("*?[")
_FEW = 30
"""Paths that are looked at one by one sooner than the text of all of them."""


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    text: str
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Paths, made ready for many globs. Build it with `places_of`."""

    places: tuple[_Place, ...]
    written: tuple[str, ...]
    odd: tuple[str, ...]
    """Those in letters that fold to several, perhaps."""
    by_name: dict[str, list[_Place]] = field(repr=False)
    """By each folder and file name on the way, and by ".ending"."""
    text: str = field(repr=False)

    def within(
        self,
        globs: Iterable[str],
        but: frozenset[str] = frozenset(),
        limit: int = FOUND_AT_MOST,
    ) -> tuple[str, ...]:
        """The first few paths, in their order, that one of the globs fits; none of `but`."""
        found: set[str] = set()
        for glob in self._promising(_sorted(tuple(globs))):
            found.update(islice(self._fitting(glob, but), limit))
        return tuple(sorted(found)[:limit])

    def first(self, globs: Iterable[str]) -> tuple[str, str] | None:
        """The first glob that fits a path, as it is written or however it is spelled, and the path."""
        for glob in globs:
            ready = _ready(glob)
            path = next(self._fitting(ready, frozenset()), None) or self._as_written(glob)
            if path is not None:
                return glob, path
        return None

    def all_within(self, globs: tuple[str, ...]) -> bool:
        """Whether there are paths, and each fits one of the globs exactly as it is written."""
        return bool(self.written) and all(
            any(glob_match(path, glob) for glob in globs) for path in self.written
        )

    def _promising(self, globs: _Globs) -> Iterator[_Glob]:
        yield from globs.nameless
        for name in globs.by_name.keys() & self.by_name.keys():
            yield from globs.by_name[name]

    def _as_written(self, glob: str) -> str | None:
        """Folding loses nothing, but for sets of letters and for letters that fold to several."""
        paths = self.written if "[" in glob else self.odd
        return next((path for path in paths if glob_match(path, glob)), None)

    def _fitting(self, glob: _Glob, but: frozenset[str]) -> Iterator[str]:
        return (
            place.path
            for place in self._candidates(glob)
            if place.path not in but and glob.fits(place.segments)
        )

    def _candidates(self, glob: _Glob) -> Iterable[_Place]:
        by_name = [self.by_name.get(name, []) for name in glob.names]
        rarest = min(by_name, key=len) if by_name else self.places
        if len(rarest) > _FEW and glob.part not in self.text:
            return ()
        return (place for place in rarest if glob.part in place.text)


def places_of(paths: Iterable[str]) -> Places:
    written = tuple(sorted(set(paths)))
    places = tuple(
        _Place(path, form, tuple(form.split("/"))) for path in written for form in _forms(path)
    )
    by_name: dict[str, list[_Place]] = defaultdict(list)
    for place in places:
        for name in {*place.segments, _ending(place.segments[-1])}:
            by_name[name].append(place)
    odd = tuple(path for path in written if not path.isascii())
    return Places(places, written, odd, dict(by_name), "\n".join(it.text for it in places))


def folded(text: str) -> str:
    """Without capitals, and with compatible letters made one; accents too, in names of usual length."""
    if text.isascii():
        return text.lower()
    return "/".join(
        (unicodedata.normalize("NFKC", name) if len(name) <= _LONGEST_NAME else name).casefold()
        for name in text.split("/")
    )


@dataclass(frozen=True, slots=True)
class _Glob:
    """`names` stand in every path that fits, and `part` is the longest text within another of them."""

    segments: tuple[str, ...]
    by_file_name: bool
    names: tuple[str, ...]
    part: str

    def fits(self, path: tuple[str, ...]) -> bool:
        """As `glob_match` has it: row by row, so that many `**` stay cheap."""
        if self.by_file_name:
            return _fits(path[-1], self.segments[0])
        reached = {0}
        for segment in self.segments:
            if not reached:
                return False
            if segment == "**":
                reached = set(range(min(reached), len(path) + 1))
            else:
                reached = {i + 1 for i in reached if i < len(path) and _fits(path[i], segment)}
        return len(path) in reached


@dataclass(frozen=True, slots=True)
class _Globs:
    """By the first of their names; `nameless` fit paths of whatever names."""

    by_name: dict[str, list[_Glob]]
    nameless: tuple[_Glob, ...]


@lru_cache(maxsize=1_000)
def _sorted(globs: tuple[str, ...]) -> _Globs:
    by_name: dict[str, list[_Glob]] = defaultdict(list)
    ready = [_ready(glob) for glob in globs]
    for glob in ready:
        if glob.names:
            by_name[glob.names[0]].append(glob)
    return _Globs(dict(by_name), tuple(glob for glob in ready if not glob.names))


@lru_cache(maxsize=10_000)
def _ready(glob: str) -> _Glob:
    glob = folded(f"{glob}**" if glob.endswith("/") else glob)
    by_file_name = "/" not in glob
    segments = (glob,) if by_file_name else tuple(glob.strip("/").split("/"))
    names = [segment for segment in segments if not _WILD & set(segment)]
    ending = _ending(segments[-1])
    if ending and "[" not in segments[-1] and not _WILD & set(ending):
        names.append(ending)
    wild = (it.partition("[")[0] for it in segments if _WILD & set(it))
    parts = (part for it in wild for part in re.split(r"[*?]", it))
    return _Glob(segments, by_file_name, tuple(names), max(parts, key=len, default=""))


def _fits(name: str, segment: str) -> bool:
    return name == segment or bool(_WILD & set(segment) and _pattern(segment).match(name))


@lru_cache(maxsize=10_000)
def _pattern(segment: str) -> re.Pattern[str]:
    """Each star takes the first place that will do and never comes back: no exponential time."""
    return re.compile(translate(segment))


def _forms(path: str) -> Iterator[str]:
    """As compatible letters read, and as they are written, where that is another name."""
    read = folded(path)
    yield read
    if not path.isascii() and (written := path.casefold()) != read:
        yield written


def _ending(name: str) -> str:
    """ ".py": what follows the last dot, with it; nothing where there is none."""
    _, dot, ending = name.rpartition(".")
    return dot + ending
