"""Which commits and files make up a change, told as docs/pipelines.md has them?

All of them, or Unknown: a list with some left out would say that they are not there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bot.agent.comparing import Comparison, Unknown, shallow
from bot.domain.change import Identity
from bot.gitlog import Difference, compared, notes_of, records
from bot.gitlog.commits import Notes, Record

COMMITS_AT_MOST = 1_000
FILES_AT_MOST = 5_000
PATCH_AT_MOST = 1_048_576
TEXT_AT_MOST = 65_536
_NAME_AT_MOST = 1_000
_PATH_AT_MOST = 4_096
_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Cs")

Told = dict[str, Any]


def commits(of: Comparison) -> list[Record]:
    """Oldest first; none where it goes back behind what went on last. Raises Unknown, or GitTrouble."""
    found = list(islice(records(of.path, *of.range), COMMITS_AT_MOST + 1))
    if not found and not of.went_on:
        raise Unknown("the base holds all its commits: it goes back, or ships the same again")
    if len(found) > COMMITS_AT_MOST:
        raise Unknown(f"it has more than {COMMITS_AT_MOST} commits")
    if not shallow(of.path).isdisjoint(record.commit.sha for record in found):
        raise Unknown("this clone is shallow and holds only the last of its commits", cut=True)
    return found[::-1]


def told_commits(of: Comparison, found: list[Record]) -> list[Told]:
    """As `commits[]`. Raises Unknown for what cannot be said, or GitTrouble."""
    with notes_of(of.path) as notes:
        return [_commit(record, notes) for record in found]


def _commit(record: Record, notes: Notes) -> Told:
    commit = record.commit
    if len(commit.message) > TEXT_AT_MOST:
        raise Unknown(f"the message of {commit.sha[:12]} is too long to be told")
    told: Told = {
        "sha": commit.sha,
        "message": commit.message,
        "author": person(commit.author),
        "committer": person(commit.committer),
    }
    if commit.authored_at:
        told["authored_at"] = commit.authored_at.isoformat()
    if texts := [{"ref": ref, "text": text} for ref, text in notes.texts(commit.sha)]:
        if any(len(note["text"]) > PATCH_AT_MOST for note in texts):
            raise Unknown(f"a note about {commit.sha[:12]} is too long to be told")
        told["notes"] = texts
    return told


def person(who: Identity) -> Told:
    """Without what is empty, which is what is not known."""
    facts = {"login": who.login, "email": who.email, "name": who.name, "id": who.id}
    if any(len(fact) > _NAME_AT_MOST for fact in facts.values()):
        raise Unknown("somebody's name is too long to be told")
    return {key: fact for key, fact in facts.items() if fact}


def files(of: Comparison) -> list[Told]:
    """As `files[]`. Raises Unknown, or GitTrouble."""
    found = next(iter(compared(of.path, [(of.revision, of.base)])), ())
    if len(found) > FILES_AT_MOST:
        raise Unknown(f"it changes more than {FILES_AT_MOST} files")
    return [_file(file) for file in found]


def _file(file: Difference) -> Told:
    for path in filter(None, (file.path, file.previous_path)):
        if not _can_be_told(path):
            raise Unknown(f"a file has a name that cannot be told: {path[:100]!a}")
    seen = file.patch is not None and len(file.patch) <= PATCH_AT_MOST
    facts = {
        "path": file.path,
        "previous_path": file.previous_path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "mode": file.mode,
        "blob": file.blob,
        "patch": file.patch if seen else None,
    }
    return {key: fact for key, fact in facts.items() if fact is not None}


def _can_be_told(path: str) -> bool:
    """As the server reads paths: whatever has another spelling than git's would be refused."""
    odd = path.startswith('"') or "\\" in path or path != path.strip()
    plain = path.isprintable() or not any(_unseen(path))
    return plain and not odd and len(path) <= _PATH_AT_MOST


def _unseen(path: str) -> Iterator[bool]:
    return (unicodedata.category(char) in _UNSEEN for char in path)
