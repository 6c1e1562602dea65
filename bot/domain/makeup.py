"""What is a change made of: which sorts of files, which settings, which resources?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.change import Change, FileChange, Setting
from bot.domain.places import places_of
from bot.domain.risk.landmarks import CODE, DOCUMENTATION, LANDMARKS, LOCK_FILES, MANIFESTS, TESTS

_TERRAFORM = ("*.tf", "*.tfvars", "*.tofu")


def _globs(kind: str) -> tuple[str, ...]:
    return tuple(glob for it in LANDMARKS if it.kind == kind for glob in it.globs)


_SORTS = (
    ("tests", TESTS),
    ("documentation", tuple(f"*{ending}" for ending in DOCUMENTATION)),
    ("dependencies", (*LOCK_FILES, *_globs("dependency"))),
    ("pipeline", _globs("workflow")),
    ("infrastructure", (*_globs("infrastructure"), *MANIFESTS, *_TERRAFORM)),
    ("database", _globs("migration")),
    ("code", CODE),
)
"""The first that fits counts: a test is a test, whatever it is written in."""

OTHER = "other files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The files of one sort."""

    sort: str
    files: int
    additions: int
    deletions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is done to one thing that runs: `about` and `what` came from outside."""

    about: str
    what: str


def shares(change: Change) -> tuple[Share, ...]:
    """Each sort of file there is, the one with most lines first."""
    found: dict[str, list[FileChange]] = {}
    sorts = _sorts(change)
    for file in change.files:
        found.setdefault(sorts.get(file.path, OTHER), []).append(file)
    counted = (_share(sort, files) for sort, files in found.items())
    return tuple(sorted(counted, key=lambda it: (-it.additions - it.deletions, it.sort)))


def turns(change: Change) -> tuple[Turn, ...]:
    """What the plan does, which bounds are moved, and which settings of files: in this order."""
    return (*_planned(change), *_scaled(change), *_set(change))


def _sorts(change: Change) -> dict[str, str]:
    """Of each path, by its newest name alone, so that every file is counted once."""
    paths = [file.path for file in change.files]
    places = places_of(paths)
    sorts: dict[str, str] = {}
    for sort, globs in _SORTS:
        for path in places.within(globs, frozenset(sorts), len(paths)):
            sorts[path] = sort
    return sorts


def _share(sort: str, files: Sequence[FileChange]) -> Share:
    return Share(
        sort=sort,
        files=len(files),
        additions=sum(file.additions for file in files),
        deletions=sum(file.deletions for file in files),
    )


def _planned(change: Change) -> Iterator[Turn]:
    for it in change.plan or ():
        forced = f", forced by {', '.join(it.forced)}" if it.forced else ""
        moved = "".join(f", {_moved(setting)}" for setting in it.moves)
        yield Turn(about=it.address, what=f"{it.action}{forced}{moved}")


def _scaled(change: Change) -> Iterator[Turn]:
    for it in change.scaling:
        peak = f", lately needed: {it.recent_peak:g}" if it.recent_peak is not None else ""
        moved = f"{it.setting} {_number(it.before)} → {_number(it.after)}"
        yield Turn(about=it.resource, what=f"{moved}{peak}")


def _set(change: Change) -> Iterator[Turn]:
    for file in change.files:
        for setting in file.settings:
            yield Turn(about=file.path, what=_moved(setting))


def _moved(setting: Setting) -> str:
    before, after = setting.before or "nothing", setting.after or "nothing"
    return f"{setting.name} {before} → {after}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
