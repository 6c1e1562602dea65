"""Why could something not be stored or looked up? In words, where the database is to blame."""

from __future__ import annotations

from bot.domain.errors import NotStored, PerhapsStored, Refusal
from storage.ailments import Ailment, ailment_of

__all__ = ["Ailment", "ailment_of", "as_refusal"]


def as_refusal(error: Exception) -> Refusal | None:
    """What a person is told of it; None where it is a mistake of ours."""
    match ailment_of(error):
        case None:
            return None
        case Ailment.DOUBT:
            return PerhapsStored()
        case ailment:
            return NotStored(why=ailment.value)
