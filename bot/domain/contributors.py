"""Who had a part in a change? They may not sign it off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.change import Change, Identity
from bot.domain.people import Contributors, Roster

CO_AUTHOR = re.compile(
    r"^[ \t>*-]{0,8}co-?authored-?by[ \t]*:([^<>\n]{0,200})<([^<>\n]{0,200})>", re.I | re.M
)


def contributors(change: Change, roster: Roster) -> Contributors:
    """Author, committers, co-authors, whoever triggered the run or prompted the tool.

    Whoever the roster does not know is listed by name, so that a card can say so. Tools and
    bots are no persons: they may not review anyway.
    """
    people, unknown = set(), []
    for identity in dict.fromkeys(_identities(change)):
        if person := roster.identify(identity):
            people.add(person.id)
        elif str(identity) not in unknown:
            unknown.append(str(identity))
    return Contributors(people=frozenset(people), unknown=tuple(unknown))


def _identities(change: Change) -> Iterator[Identity]:
    yield change.author
    if change.triggered_by:
        yield change.triggered_by
    if change.ai and change.ai.prompted_by:
        yield change.ai.prompted_by
    for commit in change.commits:
        yield from (who for who in (commit.author, commit.committer) if who != Identity())
        for name, email in CO_AUTHOR.findall(commit.message):
            yield Identity(name=name.strip(), email=email.strip())
