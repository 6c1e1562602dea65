"""How much waits for each destination, and is it left alone?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage import destinations, outbox
from storage.destinations import WELL
from storage.recording import INSIDE_LANE
from storage.store import Session

INSIDE = INSIDE_LANE
"""Not a destination: what is carried out in the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Of one, or of several together."""

    waiting: int = 0
    parked: int = 0
    left_alone: bool = False

    def __add__(self, other: Load) -> Load:
        return Load(
            waiting=self.waiting + other.waiting,
            parked=self.parked + other.parked,
            left_alone=self.left_alone or other.left_alone,
        )


def by_destination(session: Session) -> Mapping[str, Load]:
    """Of each for which something waits or is parked, or that does not do well."""
    counts, ailing = outbox.by_lane(session), destinations.ailing(session)
    return {
        lane: Load(left_alone=ailing.get(lane, WELL).ails, **counts.get(lane, {}))
        for lane in {**counts, **ailing}
    }
