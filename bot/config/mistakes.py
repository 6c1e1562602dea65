"""What is wrong with the configuration, in words a tired person understands?

Nothing here may show a secret: somebody may have pasted one where its name belongs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.misconfigured import Misconfigured

Path = tuple[str | int, ...]
"""Where a value stands: keys, and positions in lists."""

_SECRET = re.compile(
    r"(?:xox[a-z]{1,2}-|xapp-|xoxe\.|whsec_|gh[a-z]_|github_pat_|glpat-|eyJ|-----BEGIN).*", re.S
)


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing to correct: on which line (from 1), where in the tree, and what is wrong."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}: {self.path}" if self.path else f"line {self.line}"
        return f"{where}: {self.message}"


class ConfigError(Misconfigured):
    """The config says something we do not understand, or contradicts itself."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__(map(str, self.mistakes), "the config has mistakes")


def shown(value: object, longest: int = 60) -> str:
    """A value as a message may show it: short, printable, and no secret."""
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    text = _SECRET.sub("(hidden)", text)
    return text if len(text) <= longest else f"{text[:longest]}…"


def spoken(path: Path) -> str:
    """`policy.rules[0].when.ai`"""
    steps = (f"[{step}]" if isinstance(step, int) else f".{shown(step)}" for step in path)
    return "".join(steps).removeprefix(".")
