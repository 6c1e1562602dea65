"""How does a command run, and what is said of what stops it?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pkgutil import resolve_name

from bot.misconfigured import Misconfigured

TELLING = "bot.cli.trouble:tell"
"""Named, not imported: what tells of a config knows all about it, and a build agent has none."""

TROUBLE, INTERRUPTED = 1, 130

OURS = ("bot", "storage")

NOT_ALL = (
    "countersign: this was installed for build jobs alone, where `request` and `wait` need no other "
    "package; for this command install it with all of them, as README says"
)


def run(arguments: argparse.Namespace) -> int:
    """The one place where what stops a command becomes a clean message."""
    try:
        command: Callable[[argparse.Namespace], int] = resolve_name(arguments.target)
        return command(arguments)
    except Misconfigured as misconfigured:
        resolve_name(TELLING)(misconfigured, as_json=getattr(arguments, "json", False))
        return TROUBLE
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in OURS:
            raise
        sys.stderr.write(f"{NOT_ALL} ({missing.name} is missing)\n")
        return TROUBLE
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return INTERRUPTED
