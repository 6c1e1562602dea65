"""Where are checkpoints of the audit trail kept, out of the reach of whoever owns the database?

In a folder or in a git repository of the operator's: one file a checkpoint, named by its size. Each
is checked by `countersign audit verify --checkpoint`, and by anyone who has the public key.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot import checkpoint

PATIENCE = 30
"""Seconds that git may take."""

_NAME = re.compile(r"([0-9]{12,18})\.note")
_AS_OURSELVES = (
    "-c",
    "user.name=Countersign",
    "-c",
    "user.email=countersign@localhost",
    "-c",
    "commit.gpgSign=false",
)


class Misnamed(OSError):
    """A note is over another number of entries than its name says; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Files that are written once. On a disk of others, or one that only takes new files."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    async def keep(self, note: str, size: int) -> None:
        await asyncio.to_thread(put, self.path, note, size)

    async def newest(self) -> str:
        return await asyncio.to_thread(newest_in, self.path)


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree of the operator's, who has it pushed elsewhere, by a hook say."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    async def keep(self, note: str, size: int) -> None:
        await asyncio.to_thread(self._commit, note, size)

    async def newest(self) -> str:
        return await asyncio.to_thread(newest_in, self.path)

    def _commit(self, note: str, size: int) -> None:
        file = put(self.path, note, size)
        _git(self.path, "add", "--", file.name)
        if _git(self.path, "status", "--porcelain", "--", file.name):
            said = f"{size} {checkpoint.read(note).root.hex()}"
            _git(self.path, *_AS_OURSELVES, "commit", "-q", "-m", said, "--", file.name)


def file_name(size: int) -> str:
    return f"{size:012d}.note"


def put(folder: Path, note: str, size: int) -> Path:
    """Whole and on disk, or not at all. Raises OSError, and of one that is there and another."""
    file = folder / file_name(size)
    if file.exists():
        if file.read_text(encoding="utf-8") != note:
            raise FileExistsError(f"{file} is there, and is another")
        return file
    part = folder / f".{file.name}.{os.getpid()}.{threading.get_ident()}.part"
    try:
        with part.open("w", encoding="utf-8", newline="") as writing:
            writing.write(note)
            writing.flush()
            os.fsync(writing.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    with suppress(OSError):  # not every file system lets a folder be written down
        _to_disk(folder)
    return file


def newest_in(folder: Path) -> str:
    """The note of the largest size; empty: none. Raises OSError, also where there is no folder, and
    Misnamed: an older one, copied to a name of the future, would else hide that all was rolled back.
    """
    names = [it.name for it in folder.iterdir() if _NAME.fullmatch(it.name)]
    if not names:
        return ""
    largest = max(names, key=_size_in)
    with (folder / largest).open(encoding="utf-8", errors="replace", newline="") as reading:
        note = reading.read(checkpoint.LARGEST + 1)
    if (size := _said(note)) not in (None, _size_in(largest)):
        raise Misnamed(
            f"{folder / largest} is a checkpoint over {size:,} entries, and its name says "
            f"{_size_in(largest):,}: we never write that. Find out who did, move that file away, "
            f"keep it, and start again: what is the newest then is compared"
        )
    return note


def _size_in(name: str) -> int:
    return int(name.removesuffix(".note"))


def _said(note: str) -> int | None:
    """None: whatever it is, it is no checkpoint, which whoever verifies it says."""
    try:
        return checkpoint.read(note).size
    except checkpoint.BadNote:
        return None


def _to_disk(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _git(path: Path, *arguments: str) -> str:
    """Raises OSError. Hooks of the repository run: that is how it is pushed."""
    program = shutil.which("git")
    if program is None:
        raise FileNotFoundError("git is not installed, or not on the PATH")
    command: Sequence[str] = (program, *arguments)
    try:
        done = subprocess.run(  # noqa: S603 - no shell, our own words
            command,
            cwd=path,
            env=_environment(program),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"git took more than {PATIENCE} seconds") from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise OSError(f"git {arguments[0]} failed: {said[:300]}")
    return done.stdout.decode(errors="replace").strip()


def _environment(program: str) -> dict[str, str]:
    """Nothing of ours: a hook is a program of somebody else's, and we know secrets."""
    return {
        "PATH": f"{Path(program).parent}:/usr/bin:/bin",
        "HOME": str(Path.home()),
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
    }
