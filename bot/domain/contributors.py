"""Who had a part in a change? They may not sign it off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.change import Change, Identity
from bot.domain.findings import is_person
from bot.domain.people import Contributors, Roster

CO_AUTHOR = re.compile(
    r"^[ \t>*-]{0,8}co-?authored-?by[ \t]*:([^<>\r\n]{1,200})(?:<([^<>\r\n]{0,200})>)?", re.I | re.M
)


def contributors(change: Change, roster: Roster) -> Contributors:
    """Author, committers, co-authors, whoever triggered the run or prompted the tool.

    Where login and address name two persons, both took part: in doubt, somebody may not sign.
    Whoever the roster does not know is listed by name, so that a card can say so. Tools and
    bots are no persons: they may not review anyway.
    """
    people: set[str] = set()
    unknown: list[str] = []
    for identity in dict.fromkeys(_identities(change)):
        if known := roster.everyone_named(identity):
            people |= {person.id for person in known}
        elif is_person(identity) and str(identity) not in unknown:
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
    for text in (change.title, change.description, *(commit.message for commit in change.commits)):
        for name, email in CO_AUTHOR.findall(text.replace("\\n", "\n")):
            bare = next((word for word in name.split() if "@" in word), "")
            yield Identity(name=name.strip(), email=email.strip() or bare)
