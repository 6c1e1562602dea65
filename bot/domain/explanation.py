"""Does something hold, and why? A tree of answers, each with the values it compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it holds, in a sentence; `parts` are the answers it was put together from."""

    met: bool
    sentence: str
    parts: tuple[Answer, ...] = ()

    def reasons(self) -> Iterator[str]:
        """The sentences at the ends of the tree for which it holds."""
        if not self.met:
            return
        ends = [reason for part in self.parts for reason in part.reasons()]
        yield from ends or [self.sentence]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnswer:
    """One rule of the policy: whether it applies, why, and what it then asks."""

    rule: str
    answer: Answer
    asks: str
    group: str = ""
    origin: str = ""

    @property
    def met(self) -> bool:
        return self.answer.met


def lines(answer: Answer, depth: int = 0) -> Iterator[tuple[int, bool, str]]:
    """The tree as it is read from top to bottom: how deep, whether it holds, and the sentence."""
    yield depth, answer.met, answer.sentence
    for part in answer.parts:
        yield from lines(part, depth + 1)
