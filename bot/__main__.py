"""What was asked for on the command line? `python -m bot`, or `countersign`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pkgutil import resolve_name

from bot.cli import commands

USAGE = 2

RUNNING = "bot.cli.running:run"
"""Named, not imported: whoever only asks for help does not wait for the config's rules to load."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 fine, 1 trouble, 2 not understood, 130 interrupted."""
    try:
        arguments = commands.parser().parse_args(argv)
    except SystemExit as end:  # argparse has written its help, or what it did not understand
        return end.code if isinstance(end.code, int) else USAGE
    run: Callable[[argparse.Namespace], int] = resolve_name(RUNNING)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
