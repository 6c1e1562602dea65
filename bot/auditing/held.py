"""What do checkpoints say of the trail: those in the database, and those that were kept elsewhere?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot import checkpoint
from bot.auditing.findings import Flaws
from bot.checkpoint import BadNote, Check, Checkpoint
from storage.checkpoints import Stored

DATABASE = "the database"

LARGEST_PASTED = 1_000_000
"""Characters of a text that is looked through."""


class NoCheckpoint(Exception):
    """What was given holds none; the text says why."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That the first `size` entries have this root; `where` it says so."""

    size: int
    root: bytes
    where: str


@dataclass(slots=True)
class Claims:
    """All that are genuine, and `newest`: the note in the database of the largest size."""

    keys: Sequence[bytes]
    check: Check
    flaws: Flaws
    made: list[Claim] = field(default_factory=list)
    origin: str = ""
    newest: str = ""
    newest_size: int = 0
    _roots: dict[int, Claim] = field(default_factory=dict)

    def stored(self, kept: Stored) -> None:
        found = self._genuine(kept.note, kept.size, DATABASE)
        if found is None:
            return
        if (found.size, found.root.hex()) != (kept.size, kept.root):
            self.flaws.add("checkpoint", kept.size, "its row says something else than its note")
            return
        self._take(found, DATABASE)
        self.newest, self.newest_size = kept.note, kept.size

    def held(self, note: str, where: str) -> None:
        found = self._genuine(note, where, where)
        if found is not None:
            self._take(found, where)

    def root_at(self, size: int) -> bytes | None:
        """What was said first of so many."""
        return self._roots[size].root if size in self._roots else None

    @property
    def sizes(self) -> list[int]:
        return sorted(self._roots)

    def _genuine(self, note: str, which: int | str, where: str) -> Checkpoint | None:
        try:
            return checkpoint.verify(note, self.keys, self.check)
        except TypeError:  # SQLite takes anything for a text
            self.flaws.add("checkpoint", which, f"in {where}: it is no text")
            return None
        except BadNote as problem:
            self.flaws.add("checkpoint", which, f"in {where}: {problem}")
            return None

    def _take(self, found: Checkpoint, where: str) -> None:
        self.origin = self.origin or found.origin
        if found.origin != self.origin:
            why = f"in {where}: it is of another trail, {found.origin}"
            self.flaws.add("checkpoint", found.size, why)
            return
        first = self._roots.setdefault(found.size, Claim(found.size, found.root, where))
        if first.root != found.root:
            why = f"in {first.where} and in {where} they differ: the trail was forked"
            self.flaws.add("checkpoint", found.size, why)
        self.made.append(Claim(found.size, found.root, where))


def compare(claims: Claims, roots: Mapping[int, bytes], entries: int, whole_to: int) -> int:
    """How many hold. `roots`: what the entries hash to, as far as none is missing before."""
    flaws, holding = claims.flaws, 0
    beyond = [it for it in claims.made if it.size > entries]
    if beyond:
        last = max(beyond, key=lambda it: it.size)
        why = f"it is missing, and all to {last.size}, which the checkpoint in {last.where} covers"
        flaws.add("entry", entries + 1, why)
    wrong: list[Claim] = []
    for claim in claims.made:
        if claim.size > whole_to:
            continue
        if roots.get(claim.size) == claim.root:
            holding += 1
        else:
            wrong.append(claim)
    _name(wrong, flaws)
    return holding


def _name(wrong: list[Claim], flaws: Flaws) -> None:
    """The first says where it began; all after it must differ, too."""
    if not wrong:
        return
    first = min(wrong, key=lambda it: it.size)
    others = len(wrong) - 1
    more = f"; so have {others} after it" if others else ""
    why = (
        f"in {first.where}: the entries have another root, so one of them was changed, and all "
        f"after it were hashed anew{more}"
    )
    flaws.add("checkpoint", first.size, why)


def notes_at(path: Path) -> Iterable[tuple[str, str]]:
    """Each checkpoint in a file, or in the files of a folder, and where it is. Raises NoCheckpoint.

    In a file may stand what was copied from a chat: then all that is in it.
    """
    try:
        files = sorted(path.glob("*.note")) if path.is_dir() else [path]
        if not files:
            raise NoCheckpoint(f"there is no checkpoint in {path}: no file *.note")
        for file in files:
            with file.open(encoding="utf-8", errors="replace", newline="") as reading:
                text = reading.read(LARGEST_PASTED)
            for note in _notes_in(text):
                yield note, str(file)
    except OSError as problem:
        raise NoCheckpoint(f"{path} cannot be read: {problem.strerror}") from None


def _notes_in(text: str) -> list[str]:
    """What is no note and holds none is looked at as it is, so that it is said what is wrong."""
    try:
        checkpoint.read(text)
    except BadNote:
        return checkpoint.pasted(text) or [text]
    return [text]
