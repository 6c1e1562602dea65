"""How high do those stand who had a part? Strangers count as below every level."""

from __future__ import annotations

from bot.domain.facts import Facts
from bot.domain.people import Person


def somebody_below(level: str, facts: Facts) -> str | None:
    """Who had a part and is below `level`, as far as we know; None: nobody."""
    low = [it for it in _people(facts) if not facts.roster.reaches(it.level, level)]
    if facts.author is None:
        return f"the author is not in the roster, so counts as below {level}"
    if low:
        return _is_of(low[0], facts)
    if has_strangers(facts):
        return f"a contributor is not in the roster, so counts as below {level}"
    return None


def all_below(level: str, facts: Facts) -> bool:
    roster = facts.roster
    return level in roster.levels and not any(
        roster.reaches(person.level, level) for person in _people(facts)
    )


def all_reach(level: str, facts: Facts) -> bool:
    return not has_strangers(facts) and all(
        facts.roster.reaches(person.level, level) for person in _people(facts)
    )


def has_strangers(facts: Facts) -> bool:
    gone = facts.contributors.people - facts.roster.people.keys()
    return facts.author is None or bool(facts.contributors.unknown or gone)


def levels_of_all(level: str, facts: Facts) -> str:
    first, *others = _people(facts)
    return f"everybody who had a part is {level} or above" if others else _is_of(first, facts)


def _people(facts: Facts) -> list[Person]:
    """The contributors we know; the author among them, and first."""
    author, people = facts.author, facts.roster.people
    others = [people[id] for id in sorted(facts.contributors.people) if id in people]
    return [author, *(it for it in others if it.id != author.id)] if author else others


def _is_of(person: Person, facts: Facts) -> str:
    is_author = facts.author is not None and person.id == facts.author.id
    who = "the author" if is_author else f"a contributor, {person.name},"
    return f"{who} is {person.level}"
