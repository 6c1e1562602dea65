"""How does a command speak into the log of a CI, which takes some lines for orders?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta

from bot.cli import terminal
from bot.clock import elapsed
from bot.domain.spans import duration, harmless

LONGEST = 400
EVERY = 300.0
"""Seconds after which a log is told again what did not change."""


def quoted(text: object, limit: int = LONGEST) -> str:
    """Words from outside as a line of ours may hold them."""
    plain = harmless(text if isinstance(text, str) else "", limit)
    return obeyed_by_none(terminal.escaped(plain))


def obeyed_by_none(line: str) -> str:
    """Runners of GitHub, Azure and TeamCity take `##…[` for an order wherever it stands."""
    return line.replace("##", "# #")


def note(line: str) -> None:
    """For people, beside the answer. What is from outside in it is escaped already."""
    sys.stderr.write(f"countersign: {_spelt(obeyed_by_none(line))}\n")
    sys.stderr.flush()


class Progress:
    """What is waited for: one line that is rewritten, or in a log one at every change."""

    def __init__(self, clock: Callable[[], float] = elapsed) -> None:
        self._clock = clock
        self._began = self._told_at = clock()
        self._told = ""
        self._rewrites = sys.stderr.isatty()
        self._open = False

    def __call__(self, line: str) -> None:
        if self._rewrites:
            self._rewrite(line)
        elif line != self._told or self._clock() - self._told_at >= EVERY:
            note(f"{line}{self._for()}" if line == self._told else line)
            self._told, self._told_at = line, self._clock()

    def end(self) -> None:
        """What is written now begins a line of its own."""
        if self._open:
            sys.stderr.write("\n")
            self._open = False

    def _rewrite(self, line: str) -> None:
        whole = f"countersign: {line}{self._for()}"
        sys.stderr.write(f"\r\x1b[K{_spelt(terminal.fitted(whole, terminal.width() - 1))}")
        sys.stderr.flush()
        self._open = True

    def _for(self) -> str:
        from_then = self._clock() - self._began
        return f" (for {_spoken(from_then)})" if from_then >= 60 else ""


def _spoken(seconds: float) -> str:
    return duration(timedelta(seconds=seconds))


def _spelt(line: str) -> str:
    encoding = sys.stderr.encoding or "utf-8"
    return line.encode(encoding, "replace").decode(encoding)
