"""To whom may somebody pass it on? The same people as a form in the chat offers."""

from __future__ import annotations

from bot.domain.arranging import check_may_be_asked
from bot.domain.errors import Refusal
from bot.domain.people import Person
from bot.domain.signoff import Signoff
from bot.engine.rulebook import Rulebook


def whom_to_ask(known: Rulebook, signoff: Signoff, asker: Person) -> list[Person]:
    """Whom we can reach, and who has not reviewed it; by name."""
    if signoff.status.is_final:
        return []
    others = (
        other
        for other in known.who_may(signoff)
        if other.id != asker.id and other.slack and _may_be_asked(known, signoff, other)
    )
    return sorted(others, key=lambda other: (other.name.casefold(), other.id))


def _may_be_asked(known: Rulebook, signoff: Signoff, person: Person) -> bool:
    try:
        check_may_be_asked(signoff, person.id, known.roster.standing(person.id))
    except Refusal:
        return False
    return True
