"""What was stopped on its way to a place, and ships all the same with what is built upon it?

If A is rejected, and B is made on top of it, B brings A's commits along. So B is judged with all
that was stopped since the last that went on there: evidence, people, files and risk of both. What
provably does not go along is remembered, until something brings it along that goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce

from bot.domain.change import Change, FileChange, Identity, Kind, Ownership
from bot.domain.dossier import Dossier, grown
from bot.domain.signoff import Signoff

MOST_ALONG, MOST_APART = 20, 100
"""Of the newest. What they brought along themselves is within them, so nothing is lost with the rest."""

MOST_COMMITS, MOST_FILES = 1_000, 3_000
"""What is beyond is not listed, and the list says that it is not whole."""


@dataclass(frozen=True, slots=True)
class Unshipped:
    """`along` goes along with a change, `apart` (ids) does not: the newest first."""

    along: tuple[Signoff, ...] = ()
    apart: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(signoff.id for signoff in self.along)


def builds_up(change: Change) -> bool:
    """Whether what comes after it at its place is built upon it.

    A merge is asked about against its base, whatever else waits to be merged; a bound is moved
    from where it stands.
    """
    return not change.by_lineage and change.kind is not Kind.SCALING


def left_by(newest: Signoff) -> tuple[str, ...]:
    """What is unshipped after the newest at a place: ids, the newest first."""
    if newest.status.proceed or not builds_up(newest.change):
        return newest.apart
    return (newest.id, *newest.along, *newest.apart)


def sort_out(
    change: Change, left: Iterable[Signoff], signed: Collection[str], *, side_by_side: bool = False
) -> Unshipped:
    """Which of those that were `left` at its place go along with a change.

    `signed` are revisions that went on there before: all that is in them was signed. `side_by_side`:
    what waits there goes on waiting, to be decided by itself.
    """
    along, apart = list[Signoff](), list[str]()
    for signoff in left:
        if signoff.status.proceed:
            continue
        waits = side_by_side and not signoff.status.is_final
        if not waits and _goes_along(signoff.change, change, signed):
            along.append(signoff)
        else:
            apart.append(signoff.id)
    left_over = [signoff.id for signoff in along[MOST_ALONG:]]
    return Unshipped(tuple(along[:MOST_ALONG]), (*apart, *left_over)[:MOST_APART])


def _goes_along(stopped: Change, change: Change, signed: Collection[str]) -> bool:
    if change.revision in signed:
        return False
    if stopped.revision in {change.revision, *(commit.sha for commit in change.commits)}:
        return True
    lists_all = change.commits_complete and change.files_complete
    on_signed = change.base_revision in signed  # and the lists say all that is not in its base
    same_work = change.lineage != "" and change.lineage == stopped.lineage
    return not (lists_all and (on_signed or same_work))


def together(change: Change, along: Iterable[Signoff]) -> Change:
    """The change with all that goes along with it."""
    return reduce(_with, (signoff.change for signoff in along), change)


def known_together(dossier: Dossier, along: Iterable[Signoff]) -> Dossier:
    """What is known of the change, and of all that goes along with it."""
    return reduce(lambda known, it: grown(known, it.provenance, it.contributors), along, dossier)


def _with(change: Change, stopped: Change) -> Change:
    commits = {commit.sha: commit for commit in (*stopped.commits, *change.commits)}
    contained = {commit.sha for commit in stopped.commits} <= {it.sha for it in change.commits}
    files = {file.path: file for file in change.files}
    for file in stopped.files:
        mine = files.get(file.path)
        if mine is None:
            files[file.path] = file
        elif mine != file and not (contained and change.files_complete):
            files[file.path] = _both(mine, file)
    plan = change.plan
    if plan is None and change.kind is not Kind.INFRASTRUCTURE:
        plan = stopped.plan
    return replace(
        change,
        commits=tuple(commits.values())[-MOST_COMMITS:],
        commits_complete=change.commits_complete
        and stopped.commits_complete
        and len(commits) <= MOST_COMMITS,
        files=tuple(files.values())[:MOST_FILES],
        files_complete=change.files_complete
        and stopped.files_complete
        and len(files) <= MOST_FILES,
        labels=tuple(dict.fromkeys((*change.labels, *stopped.labels))),
        pushers=tuple(dict.fromkeys((*change.pushers, *_hands(stopped)))),
        owners=_owners(change, stopped),
        policies=tuple(dict.fromkeys((*change.policies, *stopped.policies))),
        plan=plan,
    )


def _both(one: FileChange, other: FileChange) -> FileChange:
    """One file that both change; nobody compared what comes of it."""
    return replace(
        one,
        previous_path=one.previous_path or other.previous_path,
        additions=one.additions + other.additions,
        deletions=one.deletions + other.deletions,
        counted=one.counted and other.counted,
        status=one.status if one.status == other.status else "modified",
        marks=tuple(dict.fromkeys((*one.marks, *other.marks))),
        settings=tuple(dict.fromkeys((*one.settings, *other.settings))),
        digest="",
    )


def _hands(stopped: Change) -> Iterator[Identity]:
    """Who acted on it; its commits name the others."""
    yield stopped.author
    yield from stopped.pushers
    if stopped.triggered_by:
        yield stopped.triggered_by
    if stopped.ai and stopped.ai.prompted_by:
        yield stopped.ai.prompted_by


def _owners(change: Change, stopped: Change) -> tuple[Ownership, ...] | None:
    """Nobody knows them all where somebody did not look."""
    if change.owners is None or stopped.owners is None:
        return None
    return tuple(dict.fromkeys((*change.owners, *stopped.owners)))
