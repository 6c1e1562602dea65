"""What change does an adapter ask about, however it says so?"""

from __future__ import annotations

from bot.domain.change import Change
from bot.ports import TakenUp, Told


def asked(told: Told) -> Change:
    found = told.change if isinstance(told, TakenUp) else told
    assert isinstance(found, Change)
    return found
