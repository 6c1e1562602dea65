"""Where does an export go? To a file, whole or not at all, or to standard output."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bot.misconfigured import Misconfigured

NOT_EXPORTED = "nothing was exported"


@dataclass(slots=True)
class Sink:
    """Counts and hashes what goes through it."""

    to: BinaryIO
    size: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, text: str) -> None:
        self.write_bytes(text.encode())

    def write_bytes(self, raw: bytes) -> None:
        self.to.write(raw)
        self._hash.update(raw)
        self.size += len(raw)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def opened(out: Path | None) -> Iterator[Sink]:
    """Nobody but us may read the file: people are named in it. One that is there is left alone."""
    if out is None:
        with _standard_output() as sink:
            yield sink
        return
    refuse_if_there(out)
    try:
        descriptor, unfinished = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as problem:
        raise trouble(f"--out: {out} cannot be written: {problem.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield Sink(file)
            file.flush()
            os.fsync(file.fileno())
        refuse_if_there(out)
        os.replace(unfinished, out)
    except OSError as problem:
        raise trouble(f"--out: {out} cannot be written: {problem.strerror}") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(unfinished)


@contextmanager
def _standard_output() -> Iterator[Sink]:
    try:
        yield Sink(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise trouble("nobody read it to its end") from None


def refuse_if_there(out: Path) -> None:
    if out.exists() or out.is_symlink():
        raise trouble(f"--out: {out} is there already")


def beside(out: Path) -> Path:
    """Where it is said whether a table or a PDF is complete."""
    return out.with_name(f"{out.name}.completeness.json")


def trouble(said: str) -> Misconfigured:
    return Misconfigured([said], NOT_EXPORTED)
