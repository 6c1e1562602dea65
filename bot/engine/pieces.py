"""What should a surface show now? Its sort and its subject say which state, and how to look at it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.domain.card import Card, card_of
from bot.domain.emergency import emergency_of, emergency_wanted_of, overdue_of
from bot.domain.notes import (
    Alarm,
    Listing,
    ListingKind,
    Note,
    Witness,
    asking_of,
    listing_of,
    makers,
    question_of,
    reply_of,
)
from bot.domain.people import Roster
from bot.domain.signoff import Signoff, Status
from bot.domain.spans import harmless
from bot.engine import showing
from bot.engine.stepping_up import KEY_REMOVED, KEY_WAITS, Passkey, State, several_wait
from bot.engine.witnessing import witness_of
from storage import listings, passkeys, reading, reconciling, surfaces
from storage.store import Session
from storage.surfaces import CHECKPOINT, PASSKEY, WARNING, Hung

Piece = Card | Note

NEVER_BEGUN = (Status.SUPERSEDED, Status.WITHDRAWN)
"""Of what ended so, nobody who has not heard of it has to hear."""


@dataclass(frozen=True, slots=True)
class Pieces:
    roster: Roster
    clock: Clock
    public_url: str = ""

    def of(self, session: Session, row: Hung) -> Piece | None:
        """None: there is nothing to say there, or nothing any more."""
        if row.subject == WARNING:
            return _alarm(session, row)
        if row.subject == PASSKEY:
            return self._about_key(session, row)
        if row.subject == CHECKPOINT:
            return witness_of(session, row)
        if sent := listings.get(session, row.subject):
            listing = self._listing(session, sent)
            return listing if row.begun or any(line.open for line in listing.lines) else None
        signoff = reading.signoff(session, row.subject)
        return self._about(signoff, row) if signoff else None

    def _about_key(self, session: Session, row: Hung) -> Alarm | None:
        """So that nobody has a key in somebody's name that they do not know of."""
        sort, _, id = row.sort.partition(" ")
        key = passkeys.get(session, id)
        if key is None:
            return None
        name = harmless(key.label, 60)
        if sort == KEY_WAITS:
            return _waiting_key(session, key, row)
        if sort == KEY_REMOVED:
            return Alarm(id=row.name, text=f"Your security key “{name}” was removed. {_NOT_YOU}")
        by = "you" if key.by == key.person else self.roster.name(key.by)
        said = f"A security key, “{name}”, can approve in your name now. It was let in by {by}."
        return Alarm(id=row.name, text=f"{said} {_NOT_YOU}")

    def _about(self, signoff: Signoff, row: Hung) -> Piece | None:
        sort, _, number = row.sort.partition(" ")
        match sort:
            case surfaces.CARD:
                return self._card(signoff, row)
            case surfaces.STRAY:
                return Alarm(id=row.name, text=_ONE_TOO_MANY)
            case showing.BYPASS:
                return Alarm(id=f"{row.name} {signoff.id}", text=_bypassed(signoff))
            case showing.OVERRIDE | showing.OVERRIDE_WANTED | showing.OVERDUE:
                return self._emergency(signoff, sort, number, row)
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
        silent = signoff.status in NEVER_BEGUN and not signoff.bypassed
        over = signoff.status.is_final and (row.at.user or silent)
        if over and not row.begun and not hears:
            return None
        name = reader.id if reader else ""
        return card_of(signoff, self.roster, reader=name, public_url=self.public_url)

    def _emergency(self, signoff: Signoff, sort: str, number: str, row: Hung) -> Note | None:
        """What was asked twice stays as it was, and the newer message says how things stand."""
        id = f"{row.name} {signoff.id}"
        if sort == showing.OVERRIDE:
            return emergency_of(signoff, id, self.roster)
        if sort == showing.OVERDUE:
            return overdue_of(signoff, id, self.roster)
        asked = signoff.override_asked
        if asked is None or number != str(showing.number_of(asked.at)):
            return None
        wanted = emergency_wanted_of(signoff, id, self.roster, self.public_url)
        return wanted if row.begun or not signoff.status.is_final else None

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
    same = piece if isinstance(piece, Listing | Alarm | Witness) else replace(piece, version=0)
    return hashlib.sha256(repr(same).encode(errors="backslashreplace")).hexdigest()


def _waiting_key(session: Session, key: Passkey, row: Hung) -> Alarm | None:
    """So that the owner hears of it before it decides. What waits no more is told of otherwise."""
    if key.state is not State.WAITING and not row.begun:
        return None
    name = harmless(key.label, 60)
    said = (
        f"A security key, “{name}”, was registered in your name; its letters are {key.fingerprint}."
    )
    more = _MORE_WAIT if several_wait(passkeys.of(session, key.person)) else ""
    return Alarm(id=row.name, text=f"{said}{more} {_NOT_YOU}")


_MORE_WAIT = " More than one of yours waits to be let in: remove those that are not in your hand."
_NOT_YOU = "If that was not you, tell whoever runs Countersign at once."
_ONE_TOO_MANY = "This card hung here twice. The other one counts; this one is not kept up any more."


def _bypassed(signoff: Signoff) -> str:
    though = "its override had ended" if signoff.override else "nobody had let it go on"
    return (
        f"{signoff.id} was {signoff.change.deed} though {though}. "
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
