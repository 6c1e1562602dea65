"""Which words do platforms use alike when they tell of a change: revisions, moments, numbers?

Tolerant, unlike `stated_words`: nobody here can be asked to mend what a platform says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

REVISION = r"^([0-9a-f]{40}|[0-9a-f]{64})$"


def _moment(said: object) -> datetime | None:
    """Git takes any date; one that no calendar of ours holds is as good as none."""
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _text(said: object) -> object:
    return "" if said is None else said


Sha = Annotated[str, StringConstraints(pattern=REVISION)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[int, Field(ge=1, le=2**53 - 1)]
Lines = Annotated[int, Field(ge=0, le=2**53 - 1)]
