"""Where are the real programs that `make peers` installs, and how does a test run one?"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

from tests.cli.job import ROOT, command

INSTALLED = ROOT / ".peers"
MODULES = INSTALLED / "node" / "node_modules"

PATIENCE = 40
"""Seconds for one run of a pipeline: only what is wrong takes so long."""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str


def of_python(name: str) -> str:
    """A program of requirements/peers.txt; skips the test where it is not installed."""
    return _installed(INSTALLED / "venv" / "bin" / name)


def of_node(name: str) -> str:
    """A program of node/package.json; skips the test where it is not installed."""
    return _installed(MODULES / ".bin" / name)


def node_module(name: str) -> Path:
    return Path(_installed(MODULES / name))


def of_machine(name: str) -> str:
    """A program that this repository does not install; skips the test where there is none."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not on this machine")
    return found


def _installed(path: Path) -> str:
    if not path.exists():
        missing = f"{path.name} is not installed: `make peers` does it"
        if os.environ.get("PEERS") == "required":  # noqa: TID251
            pytest.fail(missing)
        pytest.skip(missing)
    return str(path)


def countersign_in(folder: Path) -> Path:
    """A folder for PATH with `countersign` in it, run by a Python that has nothing installed.

    Were its pipeline killed, it would wait for ever.
    """
    folder.mkdir()
    program = folder / "countersign"
    program.write_text(
        f'#!/bin/sh\nexec timeout --foreground {PATIENCE} {shlex.join(command())} "$@"\n'
    )
    program.chmod(0o755)
    return folder


def surroundings(home: Path, *first: Path, **more: str) -> dict[str, str]:
    """All that a program is told: nothing of this machine but where its programs are."""
    found = [sys.executable, *filter(None, map(shutil.which, ("node", "git")))]
    places = [*first, *(Path(it).parent for it in found)]
    path = [*map(str, dict.fromkeys(places)), "/usr/local/bin", "/usr/bin", "/bin"]
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
    return {"PATH": ":".join(path), "HOME": str(home), **quiet, **more}


@asynccontextmanager
async def running(
    *words: str, at: Path, environ: Mapping[str, str], into: IO[bytes]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Beside the test; it and all it started are ended with it. Where it fails, one sees why."""
    process = await asyncio.create_subprocess_exec(
        *words, cwd=at, env=environ, stdin=DEVNULL, stdout=into, stderr=STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        sys.stdout.write(_said(into))


async def run(*words: str, at: Path, environ: Mapping[str, str]) -> Ran:
    """To its end."""
    with TemporaryFile() as into:
        async with running(*words, at=at, environ=environ, into=into) as process:
            code = await asyncio.wait_for(process.wait(), PATIENCE)
        return Ran(code, _said(into))


def _said(into: IO[bytes]) -> str:
    into.seek(0)
    return into.read().decode(errors="replace")
