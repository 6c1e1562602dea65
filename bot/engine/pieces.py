"""What should a surface show now? Its sort and its subject say which state, and how to look at it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.domain.card import Card, card_of
from bot.domain.notes import (
    Alarm,
    Listing,
    ListingKind,
    Note,
    asking_of,
    listing_of,
    makers,
    question_of,
    reply_of,
)
from bot.domain.people import Roster
from bot.domain.signoff import Signoff, Status
from bot.engine import showing
from storage import listings, reading, reconciling, surfaces
from storage.store import Session
from storage.surfaces import WARNING, Hung

Piece = Card | Note

NEVER_BEGUN = (Status.SUPERSEDED, Status.WITHDRAWN)
"""Of what ended so, nobody who has not heard of it has to hear."""


@dataclass(frozen=True, slots=True)
class Pieces:
    roster: Roster
    clock: Clock

    def of(self, session: Session, row: Hung) -> Piece | None:
        """None: there is nothing to say there, or nothing any more."""
        if row.subject == WARNING:
            return _alarm(session, row)
        if sent := listings.get(session, row.subject):
            listing = self._listing(session, sent)
            return listing if row.begun or any(line.open for line in listing.lines) else None
        signoff = reading.signoff(session, row.subject)
        return self._about(signoff, row) if signoff else None

    def _about(self, signoff: Signoff, row: Hung) -> Piece | None:
        sort, _, number = row.sort.partition(" ")
        match sort:
            case surfaces.CARD:
                return self._card(signoff, row)
            case surfaces.STRAY:
                return Alarm(id=row.name, text=_ONE_TOO_MANY)
            case showing.BYPASS:
                return Alarm(id=f"{row.name} {signoff.id}", text=_bypassed(signoff))
            case showing.QUESTION:
                question = question_of(signoff, self.roster)
                return question if row.begun or not question.answer else None
            case showing.INQUIRY | showing.ANSWER:
                return self._inquiry(signoff, sort, int(number), row)
        raise ValueError(f"no such sort of surface: {row.sort}")

    def _card(self, signoff: Signoff, row: Hung) -> Card | None:
        """Nothing is begun about what is over; a channel is told all the same how it ended."""
        reader = self.roster.by_slack(row.at.user) if row.at.user else None
        hears = signoff.status in showing.AUTHOR_HEARS and reader in makers(signoff, self.roster)
        over = signoff.status.is_final and (row.at.user or signoff.status in NEVER_BEGUN)
        if over and not row.begun and not hears:
            return None
        return card_of(signoff, self.roster, reader=reader.id if reader else "")

    def _inquiry(self, signoff: Signoff, sort: str, number: int, row: Hung) -> Note | None:
        inquiry = signoff.inquiries[number - 1]
        if sort == showing.ANSWER:
            return reply_of(signoff, inquiry, self.roster)
        asking = asking_of(signoff, inquiry, self.roster)
        return asking if row.begun or not asking.closed else None

    def _listing(self, session: Session, sent: listings.Sent) -> Listing:
        found = (reading.signoff(session, signoff_id) for signoff_id in sent.signoff_ids)
        signoffs = [signoff for signoff in found if signoff]
        kind = ListingKind(sent.kind)
        return listing_of(sent.id, kind, signoffs, self.roster, self.clock(), sent.more)


def digest(piece: Piece) -> str:
    """The same for what looks the same: its version alone changes nothing that is seen."""
    same = piece if isinstance(piece, Listing | Alarm) else replace(piece, version=0)
    return hashlib.sha256(repr(same).encode(errors="backslashreplace")).hexdigest()


_ONE_TOO_MANY = "This card hung here twice. The other one counts; this one is not kept up any more."


def _bypassed(signoff: Signoff) -> str:
    return (
        f"{signoff.id} was deployed though nobody had let it go on. "
        "Somebody went around the gate, or the pipeline does not wait for it."
    )


def _alarm(session: Session, row: Hung) -> Alarm | None:
    """About a place that cannot be reached; it is corrected once it can."""
    place = row.sort.partition(" ")[2]
    errors = reconciling.parked_at(session, place)
    if errors:
        what = "1 message" if len(errors) == 1 else f"{len(errors)} messages"
        text = (
            f"{what} cannot hang in {place}: {errors[-1].removeprefix(f'{place}: ')}. "
            "Mend the channel, or its id in countersign.yaml; until then cards hang here."
        )
        return Alarm(id=row.name, text=text)
    return Alarm(id=row.name, text=f"{place} can be reached again.") if row.begun else None
