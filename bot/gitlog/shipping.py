"""Which changes went to production with a branch: one for each of its first-parent commits?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.change import Change, Commit
from bot.gitlog.asking import GitTrouble, asked, fields, whole
from bot.gitlog.commits import Record, moment, records, resolved
from bot.gitlog.differences import differences

_GITHUB = re.compile(r"Merge pull request #[0-9]{1,19} from [^/\s]{1,100}/(\S{1,500})")
_GITLAB = re.compile(r"Merge branch '([^']{1,500})'(?: into .{1,500})?")
_GITLAB_NUMBER = re.compile(r"See merge request \S{0,500}![0-9]{1,19}", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A change of the past; `at` is when the commit was made that brought it to the branch."""

    change: Change
    at: datetime


def shipped(
    path: Path,
    since: datetime,
    until: datetime | None = None,
    branch: str = "HEAD",
    *,
    repository: str = "",
    environment: str = "production",
) -> Iterator[Shipped]:
    """What `branch` took in from `since` to before `until`, oldest first; GitTrouble.

    `repository` is by default what the remote "origin" or the folder is called.
    """
    chain = _chain(path, resolved(path, branch), since, until)
    if not chain:
        return
    name = repository or repository_of(path)
    base = chain[0].parent
    past = (f"^{base}",) if base else ()
    known = {record.commit.sha: record for record in records(path, chain[-1].sha, *past)}
    brought = _brought_in(chain, known)
    wanted = [step for step in chain if _within(step, since, until)]
    pairs = [(step.sha, step.parent) for step in wanted]
    for step, files in zip(wanted, differences(path, pairs), strict=True):
        story = _story(known[step.sha], brought[step.sha])
        change = replace(story, repository=name, environment=environment, files=files)
        yield Shipped(change=change, at=step.at)


@dataclass(frozen=True, slots=True)
class _Step:
    """One commit of the branch itself."""

    sha: str
    parent: str
    at: datetime


def _chain(path: Path, head: str, since: datetime, until: datetime | None) -> list[_Step]:
    """The branch from the first commit of the span to its last, oldest first.

    The whole branch is walked: git's own search by date ends at the first commit with an old one.
    """
    if whole(path, "rev-parse", "--is-shallow-repository").strip() == "true":
        raise GitTrouble("this clone is shallow and does not know its past; fetch all of it first")
    form = "--format=tformat:%H %ct %P"
    with asked(path, "log", "-z", "--first-parent", form, "--end-of-options", head, "--") as answer:
        steps = [step for word in fields(answer) if (step := _step(word))]
    inside = [place for place, step in enumerate(steps) if _within(step, since, until)]
    return steps[inside[0] : inside[-1] + 1][::-1] if inside else []


def _step(word: str) -> _Step | None:
    sha, _, rest = word.partition(" ")
    seconds, _, parents = rest.partition(" ")
    at = moment(seconds)
    return _Step(sha, parents.partition(" ")[0], at) if at else None


def _within(step: _Step, since: datetime, until: datetime | None) -> bool:
    return since <= step.at and (until is None or step.at < until)


def _brought_in(
    chain: Sequence[_Step], known: Mapping[str, Record]
) -> dict[str, tuple[Commit, ...]]:
    """For each step what it merged, oldest first: what no earlier step had. None: itself."""
    order = {sha: place for place, sha in enumerate(known)}
    taken: set[str] = set()
    brought: dict[str, tuple[Commit, ...]] = {}
    for step in chain:
        taken.add(step.sha)
        found, left = list[str](), list(known[step.sha].parents[1:])
        while left:
            sha = left.pop()
            if sha not in taken and sha in known:
                taken.add(sha)
                found.append(sha)
                left += known[sha].parents
        found.sort(key=lambda sha: -order[sha])
        brought[step.sha] = tuple(known[sha].commit for sha in found or [step.sha])
    return brought


def _story(record: Record, commits: tuple[Commit, ...]) -> Change:
    """Who merges takes part: a merge may hold changes of its own."""
    commit = record.commit
    title, branch, description = _told(commit.message)
    return Change(
        connection="git",
        key=commit.sha,
        repository="",
        revision=commit.sha,
        environment="",
        title=title,
        author=commits[0].author,
        base_revision=record.parents[0] if record.parents else "",
        description=description,
        branch=branch,
        triggered_by=commit.author if len(record.parents) > 1 else None,
        commits=commits,
    )


def _told(message: str) -> tuple[str, str, str]:
    """Title, branch and description, as the forge that merged wrote them."""
    first, _, rest = message.strip().partition("\n")
    rest = rest.strip()
    found = _GITHUB.fullmatch(first.strip())
    if not found and _GITLAB_NUMBER.search(rest):
        found = _GITLAB.fullmatch(first.strip())
    if not found:
        return first.strip() or "(no message)", "", rest
    title, _, description = rest.partition("\n")
    if not title or _GITLAB_NUMBER.match(title):
        title, description = found[1], rest
    return title.strip(), found[1], description.strip()


def repository_of(path: Path) -> str:
    """owner/name of the remote "origin"; without one, what the folder is called."""
    try:
        address = whole(path, "config", "--local", "--get", "remote.origin.url").strip()
    except GitTrouble:
        address = ""
    return owner_and_name(address) or path.resolve().name.removesuffix(".git") or "repository"


def owner_and_name(address: str) -> str:
    """Of the address of a repository: "acme/pay" of git@github.com:acme/pay.git; empty: unknown."""
    try:
        parts = urlsplit(address) if "://" in address else None
    except ValueError:
        return ""
    if parts is not None and parts.scheme != "file":
        route = parts.path
    elif parts is None and re.match(r"[^/]+:", address):  # git@github.com:acme/pay.git
        route = address.partition(":")[2]
    else:
        return ""
    return route.strip("/").removesuffix(".git")
