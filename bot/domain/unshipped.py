"""What was stopped on its way to a place, and ships all the same with what is built upon it?

What was overridden is no different: nobody signed it.

If A is rejected, and B is made on top of it, B brings A's commits along. So B is judged with all
that was stopped since the last that went on there: evidence, people, files and risk of both. What
provably does not go along is remembered, until something brings it along that goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from bot.domain.change import Change, Commit, FileChange, Identity, Kind, Ownership, Scaling
from bot.domain.dossier import Dossier, grown, joined
from bot.domain.signoff import Signoff, Status

MOST_ALONG, MOST_APART = 200, 1_000
"""Nobody stops as many in a row; what is beyond `along` is remembered, and nothing counts as whole."""

MOST_COMMITS, MOST_FILES = 1_000, 3_000
"""What is beyond is not listed, and the list says that it is not whole."""

MERGE = "merge"
"""Beside the kinds of changes: what is asked about before it is merged."""

LONGEST_MESSAGE = 200
"""Of a commit that goes along. What was found in all of it, and who had a part, is known already."""


Stating = Mapping[str, bool]
"""Connections that state the facts of changes themselves, and whether a job's own token vouches for
them there. Of all others the facts are fetched.
"""


@dataclass(frozen=True, slots=True)
class Unshipped:
    """`along` goes along with a change, `apart` (ids) does not: the newest first. `cut`: more would
    go along than can be looked at.
    """

    along: tuple[Signoff, ...] = ()
    apart: tuple[str, ...] = ()
    cut: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(signoff.id for signoff in self.along)


def line_of(change: Change) -> str:
    """What is built upon each other: of one repository, in one environment, one after the other.

    As rules do, it takes no notice of case. A merge is asked about against its base, whatever else
    waits to be merged; a bound that no commit moves, from where it stands.
    """
    if change.by_lineage:
        kind = MERGE
    elif change.kind is Kind.SCALING and (change.files or change.commits):
        kind = Kind.SOFTWARE.value
    else:
        kind = change.kind.value
    return named_line(change.repository, change.environment, kind)


def named_line(repository: str, environment: str, kind: str) -> str:
    return "\n".join((kind, repository.casefold(), environment.casefold()))


def builds_up(change: Change) -> bool:
    """Whether what comes after it in its line is built upon it."""
    kind = line_of(change).partition("\n")[0]
    return kind in (Kind.SOFTWARE.value, Kind.INFRASTRUCTURE.value)


def is_unvouched(change: Change, stating: Stating) -> bool:
    """Whether nobody but whoever announced it vouches for its facts."""
    by_token = stating.get(change.connection)
    return by_token is not None and not (by_token and change.run)


def is_base(signoff: Signoff) -> bool:
    """Whether what comes after it is compared with it, and judged without what it brought along.

    Somebody signed it; or nobody had to, by facts that somebody vouches for: else one lie about a
    change, such as that it is exempt, hides commits from all that come after it.
    """
    exempt = signoff.status is Status.NOT_REQUIRED
    return signoff.status.signed and not (exempt and signoff.unvouched)


def left_by(newest: Signoff) -> tuple[str, ...]:
    """What is unshipped after the newest in a line: ids, the newest first."""
    if is_base(newest) or not builds_up(newest.change):
        return newest.apart
    if newest.status.signed:  # nobody stopped it; it only leaves what was there before
        return (*newest.along, *newest.apart)
    return (newest.id, *newest.along, *newest.apart)


def sort_out(
    change: Change, left: Iterable[Signoff], signed: Collection[str], *, side_by_side: bool = False
) -> Unshipped:
    """Which of those that were `left` at its place go along with a change.

    `signed` are revisions that went on there before: all that is in them was signed. `side_by_side`:
    what waits there goes on waiting, to be decided by itself, unless the change names it.
    """
    along, apart = list[Signoff](), list[str]()
    for signoff in left:
        if signoff.status.signed:
            continue
        waits = side_by_side and not signoff.status.is_final
        holds = _holds(change, signoff.change)
        goes = holds if waits else _goes_along(signoff.change, change, signed, holds=holds)
        if goes:
            along.append(signoff)
        else:
            apart.append(signoff.id)
    within = {id for signoff in along for id in signoff.along}
    along = [signoff for signoff in along if signoff.id not in within]
    along.sort(key=lambda signoff: not _holds(change, signoff.change))
    beyond = [signoff.id for signoff in along[MOST_ALONG:]]
    left_apart = (*beyond, *apart)[:MOST_APART]
    return Unshipped(tuple(along[:MOST_ALONG]), left_apart, cut=bool(beyond))


def _goes_along(stopped: Change, change: Change, signed: Collection[str], *, holds: bool) -> bool:
    if change.revision in signed:
        return False
    if holds or not (change.commits_complete and change.files_complete):
        return True
    # The lists say all that is not in the base.
    same_base = change.base_revision != "" and change.base_revision == stopped.base_revision
    same_work = change.lineage != "" and change.lineage == stopped.lineage
    return not (change.base_revision in signed or (same_base and same_work))


def _holds(change: Change, stopped: Change) -> bool:
    """Whether it says itself that the other is in it."""
    named = {change.revision, change.base_revision, *(commit.sha for commit in change.commits)}
    return stopped.revision in named


def together(change: Change, unshipped: Unshipped) -> Change:
    """The change with all that goes along with it."""
    whole = reduce(_with, (signoff.change for signoff in unshipped.along), change)
    return replace(whole, commits_complete=False, files_complete=False) if unshipped.cut else whole


def known_together(
    dossier: Dossier, along: Iterable[Signoff], learnt: Iterable[Dossier] = ()
) -> Dossier:
    """What is known of the change, of all that goes along with it, and was `learnt` of what ships."""
    known = reduce(lambda it, one: grown(it, one.provenance, one.contributors), along, dossier)
    return reduce(lambda it, one: joined(it, one.findings, one.contributors), learnt, known)


def _with(change: Change, stopped: Change) -> Change:
    theirs = (_in_short(commit) for commit in stopped.commits)
    commits = {commit.sha: commit for commit in (*theirs, *change.commits)}
    contained = _contains(change, stopped)
    files = {file.path: file for file in change.files}
    for file in stopped.files:
        mine = files.get(file.path)
        if mine is None:
            files[file.path] = file
        elif mine != file and not contained:
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
        scaling=_scaling(change, stopped),
    )


def _contains(change: Change, stopped: Change) -> bool:
    """Whether its own list of files shows what the other does to them."""
    return (
        change.files_complete
        and stopped.commits_complete
        and bool(stopped.commits)
        and {commit.sha for commit in stopped.commits} <= {it.sha for it in change.commits}
    )


def _in_short(commit: Commit) -> Commit:
    return replace(commit, message=commit.message[:LONGEST_MESSAGE], notes=())


def _scaling(change: Change, stopped: Change) -> tuple[Scaling, ...]:
    """Its own bounds count where both move one."""
    mine = {(it.resource, it.setting) for it in change.scaling}
    more = (it for it in stopped.scaling if (it.resource, it.setting) not in mine)
    return (*change.scaling, *more)


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
