"""Whose "ada" is it? A login, and the number behind it, mean somebody at one installation alone.

Whoever registers the login of a senior at another forge is not that senior: so an account is known
by the word for where it is, in front of its number, even where the number is not said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.change import Change, Commit, Identity

GITHUB, GITLAB = "github", "gitlab"
"""The accounts of github.com and gitlab.com, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a connection's are called in the roster. Its adapter has put one of `instead` in front of
    their numbers; other words that stand there already were proved by somebody else.
    """

    name: str = ""
    instead: frozenset[str] = frozenset()

    def of(self, who: Identity) -> Identity:
        """As somebody of these accounts; where they have no name, as they were told."""
        word, _, number = who.id.partition(":")
        if not self.name or not (who.login or who.id):
            return who
        if word not in {"", *self.instead}:
            return who
        return replace(who, id=f"{self.name}:{number}" if number else self.name)


def spoken(change: Change, accounts: Accounts) -> Change:
    """With everybody in it as somebody of these accounts."""
    if not accounts.name:
        return change
    of = accounts.of
    ai, by = change.ai, change.triggered_by
    return replace(
        change,
        author=of(change.author),
        triggered_by=of(by) if by else None,
        pushers=tuple(map(of, change.pushers)),
        commits=tuple(_commit(it, of) for it in change.commits),
        touches=tuple(replace(it, who=of(it.who)) for it in change.touches),
        ai=replace(ai, prompted_by=of(ai.prompted_by)) if ai and ai.prompted_by else ai,
    )


def _commit(commit: Commit, of: Callable[[Identity], Identity]) -> Commit:
    return replace(commit, author=of(commit.author), committer=of(commit.committer))
