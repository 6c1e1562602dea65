"""How is the git of this machine asked about a repository that nobody has to trust?"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import IO

from bot.domain.spans import harmless

FIELD_AT_MOST = 2_000_000
"""Bytes kept of one field or line: more than is ever read of a change, so that a cut is noticed."""

_CHUNK = 1 << 16
# What a repository may configure and git would obey: programs, other contents, other refs.
_SETTINGS = (
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "diff.external=",
    "diff.suppressBlankEmpty=false",
    "diff.renameLimit=1000",
    "diff.orderFile=/dev/null",
    "log.showSignature=false",
    "log.mailmap=false",
    "protocol.allow=never",
)
_OPTIONS = ("--no-pager", "--no-replace-objects", "--no-optional-locks", "--literal-pathspecs")
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",  # outweighs what the repository allows for one protocol
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_INDEX_FILE": "/dev/no-index",  # git would take a file of the work tree at its word
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


class GitTrouble(Exception):
    """git could not tell; the text is one sentence for people, with nothing harmful in it."""


def revision(written: str) -> str:
    """A revision or a range as it may be handed to git; GitTrouble for what may be an option."""
    if written[:1] in ("", "-") or " " in written or not written.isprintable():
        raise GitTrouble(f"this is no revision and no range: {harmless(written, 60) or 'nothing'}")
    return written


@contextmanager
def asked(path: Path, *arguments: str, given: Iterable[str] = ()) -> Iterator[BufferedReader]:
    """What git answers, while it runs; `given` are the lines it reads.

    Who stops reading early ends git; who reads to the end and finds that it failed gets GitTrouble.
    """
    with tempfile.TemporaryFile() as lines, tempfile.TemporaryFile() as complaint:
        lines.writelines(f"{line}\n".encode() for line in given)
        lines.seek(0)
        process = _started(path, arguments, lines, complaint)
        try:
            yield stream(process.stdout)
            code = 0 if stream(process.stdout).read1(1) else process.wait()
        finally:
            ended(process)
        if code:
            complaint.seek(0)
            raise GitTrouble(_sentence(path, decoded(complaint.read(_CHUNK))))


def stream(pipe: IO[bytes] | None) -> BufferedReader:
    if not isinstance(pipe, BufferedReader):
        raise GitTrouble("git gives no answer")
    return pipe


def ended(process: subprocess.Popen[bytes]) -> None:
    """Whether it had come to its end or not."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


def conversation(path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A git that answers line by line; whoever began it ends it."""
    return _started(path, arguments, subprocess.PIPE, subprocess.DEVNULL)


def _started(
    path: Path, arguments: Iterable[str], given: IO[bytes] | int, complaint: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    program = _git()
    settings = [word for setting in (*_SETTINGS, *_trusted()) for word in ("-c", setting)]
    if not path.is_dir():
        raise GitTrouble(f"there is no folder {harmless(str(path), 200)}")
    return subprocess.Popen(  # noqa: S603 - no shell, our own options, checked revisions
        [program, *_OPTIONS, *settings, *arguments],
        cwd=path,
        env={"PATH": str(Path(program).parent), **_ENVIRONMENT},
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=complaint,
    )


@cache
def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise GitTrouble("git is not installed, or not on the PATH")
    return str(Path(found).absolute())


@cache
def _trusted() -> tuple[str, ...]:
    """Folders of others that whoever runs this trusts, by their own git: `safe.directory`."""
    asking = [_git(), "config", "--global", "--null", "--get-all", "safe.directory"]
    done = subprocess.run(  # noqa: S603 - no shell, our own options
        asking, cwd=Path(_git()).parent, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return tuple(f"safe.directory={it}" for it in decoded(done.stdout).split("\0") if it)


def _sentence(path: Path, complaint: str) -> str:
    folder = harmless(str(path), 200)
    if "dubious ownership" in complaint:
        place = harmless(str(path.absolute()), 200)
        how = (
            f"run this as its owner, or trust it: git config --global --add safe.directory {place}"
        )
        return f"git does not trust {folder}: it belongs to somebody else; {how}"
    if "not a git repository" in complaint:
        return f"there is no git repository in {folder}"
    if "unknown revision" in complaint or "bad revision" in complaint:
        return f"the repository in {folder} does not know this revision or range"
    first = next((line for line in complaint.splitlines() if line.strip()), "it says nothing")
    return f"git cannot read {folder}: {harmless(first.removeprefix('fatal: '), 200)}"


def whole(path: Path, *arguments: str) -> str:
    """A short answer of git's as text; GitTrouble for one that would have to be cut."""
    with asked(path, *arguments) as answer:
        read = answer.read(FIELD_AT_MOST + 1)
    if len(read) > FIELD_AT_MOST:
        raise GitTrouble(f"git gives more than {FIELD_AT_MOST} bytes at once")
    return decoded(read)


def fields(answer: BufferedReader) -> Iterator[str]:
    """What stands before each NUL, cut after so many bytes."""
    held = bytearray()
    while chunk := answer.read1(_CHUNK):
        *done, rest = chunk.split(b"\0")
        for piece in done:
            held += piece
            yield decoded(held[:FIELD_AT_MOST])
            held.clear()
        held += rest
        del held[FIELD_AT_MOST:]


def lines(answer: BufferedReader) -> Iterator[str]:
    """Line by line, without its end, cut after so many bytes."""
    while line := answer.readline(FIELD_AT_MOST):
        piece = line
        while piece and not piece.endswith(b"\n"):
            piece = answer.readline(_CHUNK)
        yield decoded(line.removesuffix(b"\n"))


def decoded(raw: bytes | bytearray) -> str:
    return raw.decode(errors="replace")
