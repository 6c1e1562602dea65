"""What if Countersign was not set up right? One exception, which anybody may know.

It needs nothing but the standard library: so a command on a build agent loads no config to run.
"""

from __future__ import annotations

from collections.abc import Iterable


class Misconfigured(Exception):
    """Countersign was not set up right: `problems` names everything that is wrong, at once."""

    def __init__(self, problems: Iterable[str], subject: str) -> None:
        self.problems = tuple(problems)
        self.subject = subject
        super().__init__(self.problems, subject)

    def __str__(self) -> str:
        many = len(self.problems)
        count = "one problem" if many == 1 else f"{many} problems"
        return "\n".join([f"{self.subject}: {count}", *(f"  - {text}" for text in self.problems)])
