"""What do its entries alone tell of a signoff: what it is, what decided it, and what shipped unasked?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.deciding import deciders
from bot.domain.events import Event, Opened, Reviewed, Shipped
from bot.domain.lifecycle import advance, begin
from bot.domain.people import Standing
from bot.domain.signoff import Review, Shipment, Signoff

RUNS_ON = timedelta(hours=1)
"""So long after an override has ended a run that it had let go on may still tell that it deployed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the trail: its number, its hash (hex), and what happened."""

    seq: int
    leaf: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """`decided` is the entry that ended it, and `deciders` are those whose word did. `entitled` is what
    each reviewer was when they reviewed.

    `shipments` are all that were told of; `unasked` those that succeeded before it was let go on, or
    when the override that had let it was long over.
    """

    signoff: Signoff
    entries: Sequence[Entry]
    decided: Entry | None
    deciders: Sequence[str]
    entitled: Mapping[Review, Standing]
    shipments: Sequence[Shipment]
    unasked: Sequence[Shipment]


@dataclass(slots=True)
class _Story:
    signoff: Signoff
    decided: Entry | None = None
    deciders: tuple[str, ...] = ()
    entitled: dict[Review, Standing] = field(default_factory=dict)
    shipments: list[Shipment] = field(default_factory=list)
    unasked: list[Shipment] = field(default_factory=list)

    def goes_on(self, entry: Entry) -> None:
        if isinstance(entry.event, Shipped):
            self._shipped(entry.event.shipment)
        before, self.signoff = self.signoff, advance(self.signoff, entry.event).signoff
        self.sees(entry, before)

    def sees(self, entry: Entry, before: Signoff | None = None) -> None:
        self.entitled |= _entitled(entry.event)
        if self.decided is None and self.signoff.status.is_final:
            self.decided = entry
            self.deciders = deciders(before, self.signoff, entry.event)

    def _shipped(self, shipment: Shipment) -> None:
        self.shipments.append(shipment)
        allowed = self.signoff.proceeds(shipment.at) and not _is_long_over(self.signoff, shipment)
        if shipment.succeeded and not allowed:
            self.unasked.append(shipment)


def retold(entries: Sequence[Entry]) -> Retold:
    """Raises ValueError and Refusal for what cannot have happened."""
    if not entries or not isinstance(entries[0].event, Opened):
        raise ValueError("its entries do not begin with its opening")
    story = _Story(begin(entries[0].event).signoff)
    story.sees(entries[0])
    for entry in entries[1:]:
        story.goes_on(entry)
    return Retold(
        signoff=story.signoff,
        entries=entries,
        decided=story.decided,
        deciders=story.deciders,
        entitled=story.entitled,
        shipments=story.shipments,
        unasked=story.unasked,
    )


def _is_long_over(signoff: Signoff, shipment: Shipment) -> bool:
    return signoff.override is not None and shipment.at > signoff.override.until + RUNS_ON


def _entitled(event: Event) -> dict[Review, Standing]:
    match event:
        case Opened():
            reviews = event.carried
        case Reviewed():
            reviews = (event.review,)
        case _:
            return {}
    standings = {it.person: it for it in event.standings}
    return {it: standings[it.person] for it in reviews if it.person in standings}
