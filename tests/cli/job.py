"""How does a test run a command as a build job does? By a Python that has nothing installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATH = "/usr/local/bin:/usr/bin:/bin"
_BARE = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bot.__main__ import main; "
    "code = main(sys.argv[1:]); "
    "foreign = [m for m, it in list(sys.modules.items()) "
    "if 'site-packages' in str(getattr(it, '__file__', ''))]; "
    "sys.exit(f'loaded what is not there: {foreign}' if foreign else code)"
)


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


def command(*arguments: str) -> list[str]:
    """`-S`: no site-packages; `-I`: nothing of the environment or of this folder."""
    return [sys.executable, "-S", "-I", "-c", _BARE, *arguments]


def job(*arguments: str, at: Path, environ: Mapping[str, str] | None = None) -> Done:
    """Run it to its end; the environment is this and no more."""
    done = subprocess.run(
        command(*arguments),
        cwd=at,
        env={"PATH": PATH, "HOME": str(at), **(environ or {})},
        capture_output=True,
        timeout=50,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


async def started(
    *arguments: str, at: Path, environ: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Run it beside the test."""
    return await asyncio.create_subprocess_exec(
        *command(*arguments),
        cwd=at,
        env={"PATH": PATH, "HOME": str(at), **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> Done:
    out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode(), err.decode())
