"""How does a test run `countersign verify`: in its own process, or where nothing is installed?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bot.cli import verify_options, verifying
from tests.attested import Deploy
from tests.cli import job

BARE = (
    f"import sys; sys.path.insert(0, {str(job.ROOT)!r})\n"
    "import argparse\n"
    "from bot.cli import verify_options, verifying\n"
    "parser = argparse.ArgumentParser(); verify_options.verify(parser)\n"
    "code = verifying.run(parser.parse_args(sys.argv[1:]))\n"
    "foreign = [m for m, it in list(sys.modules.items()) "
    "if 'site-packages' in str(getattr(it, '__file__', ''))]\n"
    "sys.exit(f'loaded what is not there: {foreign}' if foreign else code)"
)

_OPTIONAL = ("--artifact", "--connection")


def parsed(*words: str) -> Any:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    verify_options.verify(parser)
    return parser.parse_args(words)


def verify(it: Deploy, folder: Path, *more: str, leave: str = "", **environ: str) -> int:
    """All is said by flags, but what is to be left out."""
    file, key = it.written(folder)
    flags = {
        "--repository": it.repository,
        "--revision": it.revision,
        "--environment": it.environment,
        "--artifact": it.artifact,
        "--connection": it.connections,
        "--git": str(folder),
    }
    said = {flag: value for flag, value in flags.items() if value or flag not in _OPTIONAL}
    words = [word for flag, value in said.items() if flag != leave for word in (flag, value)]
    arguments = parsed(str(file), "--key", str(key), *words, *more)
    return verifying.run(arguments, environ, lambda: it.now)
