"""Which commits are in a range, with what recorders noted about them, and what is in a file?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from subprocess import Popen

from bot.domain.change import AiNote, Commit, Identity
from bot.domain.evidence.notes import read_note
from bot.gitlog.asking import (
    FIELD_AT_MOST,
    GitTrouble,
    asked,
    conversation,
    decoded,
    ended,
    fields,
    lines,
    revision,
    stream,
    whole,
)

NOTE_REFS = ("refs/notes/ai", "refs/notes/agent-trace")

_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
_FIELDS = _FORMAT.count("%x00") + 1
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FILE_MODES = ("100644", "100755", "100664")
_LOG = ("log", "-z", f"--format=tformat:{_FORMAT}", "--encoding=UTF-8", "--no-color", "--no-notes")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A commit with what git knows beside it; `at` is when it was committed."""

    commit: Commit
    parents: tuple[str, ...]
    at: datetime | None


def commits(path: Path, range: str) -> Iterator[Commit]:
    """The commits of `range` ("A..B", a branch), newest first, with their notes; GitTrouble."""
    return (record.commit for record in records(path, revision(range)))


def records(path: Path, *range: str) -> Iterator[Record]:
    """The same with parents and dates. The range has been checked by whoever asks."""
    arguments = (*_LOG, "--no-show-signature", "--end-of-options", *range, "--")
    with asked(path, *arguments) as answer, notes_of(path) as notes:
        words = fields(answer)
        for first in words:
            rest = [next(words, "") for _ in "x" * (_FIELDS - 1)]
            if not _SHA.fullmatch(first):
                raise GitTrouble("git names a commit in a way that cannot be read")
            yield _record(first, rest, notes)


def _record(sha: str, words: list[str], notes: Notes) -> Record:
    parents, name, email, authored, by, by_email, committed, message = words
    commit = Commit(
        sha=sha,
        message=message.rstrip("\n"),
        author=Identity(name=name, email=email),
        committer=Identity(name=by, email=by_email),
        authored_at=moment(authored),
        notes=notes.about(sha),
    )
    return Record(commit=commit, parents=tuple(parents.split()), at=moment(committed))


def moment(seconds: str) -> datetime | None:
    """From seconds since 1970; None for what is no moment."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def contents(path: Path, revision: str, name: str) -> str | None:
    """The text of a file as of a revision; None where there is none. A link is no file."""
    sha = resolved(path, revision)
    if not name.isprintable() or {"", ".", ".."} & set(name.split("/")):
        return None
    listed = whole(path, "ls-tree", "-z", "--full-tree", sha, "--", name)
    for entry in listed.split("\0"):
        facts, _, found = entry.partition("\t")
        mode, _, blob = facts.partition(" blob ")
        if found == name and mode in _FILE_MODES:
            return whole(path, "cat-file", "blob", blob)
    return None


def resolved(path: Path, name: str) -> str:
    """The full sha of a commit; GitTrouble where nothing is called so."""
    return _named(path, f"{revision(name)}^{{commit}}")


def tree_of(path: Path, name: str) -> str:
    """The sha of all files as of a commit; GitTrouble where nothing is called so."""
    return _named(path, f"{revision(name)}^{{tree}}")


def _named(path: Path, wanted: str) -> str:
    found = whole(path, "rev-parse", "--verify", "--end-of-options", wanted).split()
    shas = [word for word in found if _SHA.fullmatch(word)]
    if not shas:
        raise GitTrouble("git names a commit in a way that cannot be read")
    return shas[0]


class Notes:
    """What the recorders wrote, looked up commit by commit while git answers."""

    def __init__(self, blobs: Mapping[str, Iterable[tuple[str, str]]], git: Popen[bytes] | None):
        self._blobs = blobs
        self._git = git

    def about(self, sha: str) -> tuple[AiNote, ...]:
        found = (read_note(ref, text, signed=False) for ref, text in self.texts(sha))
        return tuple(note for note in found if note is not None)

    def texts(self, sha: str) -> tuple[tuple[str, str], ...]:
        """Each ref with what stands there, unread."""
        return tuple((ref, self._text(blob)) for ref, blob in self._blobs.get(sha, ()))

    def _text(self, blob: str) -> str:
        """GitTrouble where it cannot be had: a note left out would hide what it says."""
        if self._git is None or self._git.stdin is None:
            return ""
        try:
            self._git.stdin.write(f"{blob}\n".encode())
            self._git.stdin.flush()
            return decoded(_object(stream(self._git.stdout)))
        except OSError:
            raise GitTrouble("git ends while it should read notes") from None


def _object(answer: BufferedReader) -> bytes:
    """One object of `cat-file --batch`, cut after so many bytes."""
    facts = decoded(answer.readline()).split()
    if len(facts) != 3 or not facts[2].isdecimal():
        raise GitTrouble("a note is listed and cannot be read")
    left = int(facts[2]) + 1  # and the end of the line
    kept = answer.read(min(left, FIELD_AT_MOST))
    left -= len(kept)
    while left and (more := answer.read(min(left, _CHUNK))):
        left -= len(more)
    if left:
        raise GitTrouble("a note is listed and cannot be read")
    return kept.removesuffix(b"\n") if facts[1] == "blob" else b""


@contextmanager
def notes_of(path: Path) -> Iterator[Notes]:
    """The notes of a repository, as long as it lasts; GitTrouble."""
    blobs: dict[str, list[tuple[str, str]]] = {}
    for ref in NOTE_REFS:
        with asked(path, "notes", f"--ref={ref}", "list") as answer:
            for line in lines(answer):
                blob, _, sha = line.partition(" ")
                blobs.setdefault(sha, []).append((ref, blob))
    with ExitStack() as stack:
        git = conversation(path, "cat-file", "--batch") if blobs else None
        if git is not None:
            stack.callback(ended, git)
        yield Notes(blobs, git)
