"""Who stands behind the names a rule asks from? Groups, the owners of a repository, CODEOWNERS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.domain.change import Change, Identity, Ownership
from bot.domain.people import Roster

OWNERS = "owners"
"""In a rule's `from`: the groups that answer for the repository."""

CODEOWNERS = "codeowners"
"""In a rule's `from`: whom the file of that name in the repository's base names."""

WORDS = (OWNERS, CODEOWNERS)

SETS_AT_MOST = 50
"""Sets of owners that are asked one by one; for all beyond, the owners of the repository are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Some of whom have to sign: `approvals` at least, members of `groups` or among `people`."""

    groups: frozenset[str]
    people: frozenset[str] = frozenset()
    approvals: int = 0


def circles(
    sources: Iterable[str], change: Change, roster: Roster
) -> tuple[tuple[Circle, ...], tuple[str, ...]]:
    """One circle for each set of owners that has to agree, and what has to be said about it."""
    named = frozenset(source for source in sources if source not in WORDS)
    owners = frozenset(roster.owners(change))
    if CODEOWNERS not in sources:
        return (Circle(groups=named | owners if OWNERS in sources else named),), ()
    also = named | owners if OWNERS in sources else named
    if change.owners is None:
        return (Circle(groups=also or owners),), ("nobody could say whom CODEOWNERS names",)
    found = list(_owned(change.owners[:SETS_AT_MOST], also, owners, roster))
    if len(change.owners) > SETS_AT_MOST:
        found.append((Circle(groups=also or owners), "CODEOWNERS names very many owners"))
    every = tuple(dict.fromkeys(circle for circle, _ in found)) or (Circle(groups=also or owners),)
    return every, tuple(dict.fromkeys(said for _, said in found if said))


def _owned(
    ownerships: Iterable[Ownership], also: frozenset[str], owners: frozenset[str], roster: Roster
) -> Iterator[tuple[Circle, str]]:
    for owned in ownerships:
        if owned.owners and not owned.approvals:
            continue  # an optional section
        groups, people = _behind(owned.owners, roster)
        if groups or people:
            names = (*sorted(groups), *sorted(map(roster.name, people)))
            yield (
                Circle(groups=groups | also, people=people, approvals=owned.approvals),
                f"CODEOWNERS asks for {' or '.join(names)}",
            )
        else:
            said = "CODEOWNERS names somebody whom the roster does not know"
            yield Circle(groups=also or owners), said if owned.owners else ""


def _behind(names: Iterable[str], roster: Roster) -> tuple[frozenset[str], frozenset[str]]:
    """The groups and the persons that names in CODEOWNERS stand for."""
    groups: set[str] = set()
    people: set[str] = set()
    for name in names:
        groups.update(group.id for group in roster.groups.values() if _is_team(name, group.teams))
        bare = name.lstrip("@")
        is_address = not name.startswith("@") and "@" in bare
        identity = Identity(email=name) if is_address else Identity(login=bare)
        if person := roster.identify(identity):
            people.add(person.id)
    return frozenset(groups), frozenset(people)


def _is_team(name: str, teams: Iterable[str]) -> bool:
    return name.lstrip("@").casefold() in {team.lstrip("@").casefold() for team in teams}
