"""What was asked for on the command line? `python -m bot`, or `countersign`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pkgutil import resolve_name

from bot.cli import commands, trouble
from bot.config import Misconfigured

TROUBLE, USAGE, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 fine, 1 trouble, 2 not understood, 130 interrupted."""
    try:
        arguments = commands.parser().parse_args(argv)
    except SystemExit as end:  # argparse has written its help, or what it did not understand
        return end.code if isinstance(end.code, int) else USAGE
    return run(arguments)


def run(arguments: argparse.Namespace) -> int:
    """The one place where what stops a command becomes a clean message."""
    try:
        command: Callable[[argparse.Namespace], int] = resolve_name(arguments.target)
        return command(arguments)
    except Misconfigured as misconfigured:
        trouble.tell(misconfigured, as_json=getattr(arguments, "json", False))
        return TROUBLE
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
