"""How do things stand? Reading only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.asking.choosing import Choice
from bot.domain.card import Card, card_of
from bot.domain.errors import Refusal
from bot.domain.events import Event, Opened
from bot.domain.explanation import RuleAnswer
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff
from bot.engine.bell import Bell
from bot.engine.inviting import LATELY, Inviting
from bot.engine.rulebook import Rulebook
from bot.engine.shares import Share, may_be_renewed, share
from storage import (
    audit,
    dossiers,
    inbox,
    invitations,
    nudges,
    outbox,
    reading,
    reconciling,
    surfaces,
)
from storage.store import Session, Store

RENEWABLE_FOR = timedelta(days=7)
"""How long what expired is offered to be asked for again."""

LOOKED_BACK, LONGEST_WAIT = timedelta(days=30), timedelta(days=30)
"""How far back decisions are looked for, and how long before it expired something may have been
opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The answer of every rule, and a choice for every ask. Not `current`: policy, people or
    evidence have changed since it was judged, and this is what they say now."""

    answers: tuple[RuleAnswer, ...]
    choices: tuple[Choice, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class Board:
    store: Store
    rulebook: Rulebook
    bell: Bell
    inviting: Inviting
    clock: Clock

    async def signoff(self, signoff_id: str) -> Signoff | None:
        return await self.store.read(lambda session: reading.signoff(session, signoff_id))

    async def wait(self, signoff_id: str, seconds: float) -> Signoff | None:
        """The signoff once it is final, or as it stands when the time is over."""
        with self.bell.heard(signoff_id) as changed, suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (signoff := await self.signoff(signoff_id)) and not signoff.status.is_final:
                    await changed.wait()
                    changed.clear()
        return await self.signoff(signoff_id)

    async def named(self, name: str) -> Sequence[Signoff]:
        """Those with this id or key, or whose id begins so; newest first."""
        return await self.store.read(lambda session: reading.named(session, name))

    async def pending(self) -> Sequence[Signoff]:
        """All that wait for a decision, the oldest first."""
        return await self.store.read(reading.pending)

    async def share(self, person_id: str) -> Share:
        """What of all that waits is this person's, in one look, and what of theirs ran out."""
        standing = self.rulebook.roster.standing(person_id)
        pending = await self.pending()
        expired = await self._expired_of(person_id, pending) if standing else ()
        return replace(share(pending, standing, self.clock()), expired=expired)

    async def _expired_of(self, person_id: str, pending: Sequence[Signoff]) -> tuple[Signoff, ...]:
        """What of their own ran out in the last days, and may be asked for again; newest first."""
        since = self.clock() - RENEWABLE_FOR
        expired = await self.store.read(
            lambda session: reading.expired_of(session, person_id, since - LONGEST_WAIT)
        )
        return may_be_renewed(expired, pending, person_id, since)

    async def decided_by(self, person_id: str, limit: int = 20) -> Sequence[Signoff]:
        """What this person reviewed lately, their last review first."""
        since = self.clock() - LOOKED_BACK
        found = await self.store.read(
            lambda session: reading.reviewed_by(session, person_id, since, limit)
        )
        return sorted(found, key=lambda signoff: _last_said(signoff, person_id), reverse=True)

    async def asked_lately(self, person_id: str) -> int:
        """How often this person was asked in the last seven days."""
        since = self.clock() - LATELY
        counts = await self.store.read(lambda session: invitations.load(session, since))
        return counts[person_id].lately if person_id in counts else 0

    async def surfaces(self) -> Mapping[str, int]:
        """By state, how many places in the chat show what they should, and how many do not yet."""
        return await self.store.read(surfaces.backlog)

    async def recent(self, limit: int = 10) -> Sequence[Signoff]:
        return await self.store.read(lambda session: reading.recent(session, limit))

    async def trail(self, signoff_id: str) -> Sequence[Event]:
        """The audit trail of one signoff, oldest first."""
        return await self.store.read(lambda session: audit.trail(session, signoff_id))

    async def attestation(self, signoff_id: str) -> str | None:
        """The DSSE envelope as JSON, once the signoff is decided."""
        return await self.store.read(lambda session: reading.envelope(session, signoff_id))

    async def broken(self) -> str | None:
        """What does not hold: an audit entry, or a signoff that is not what its trail tells."""
        if flaw := await self.store.read(audit.verify):
            return f"audit entry {flaw.seq}: {flaw.why}"
        for signoff_id in await self.store.read(reading.all_ids):
            if not await self._is_as_told(signoff_id):
                return f"{signoff_id} is not what its trail tells"
        return None

    async def _is_as_told(self, signoff_id: str) -> bool:
        try:
            opened, *later = await self.trail(signoff_id)
            told = replay(opened, later) if isinstance(opened, Opened) else None
            return told is not None and told == await self.signoff(signoff_id)
        except (ValueError, Refusal):
            return False

    async def check(self) -> None:
        """Whether the database takes what is written to it; raises what it says if not."""
        await self.store.write(lambda session: None)

    async def waiting(self) -> tuple[int, datetime | None]:
        """How many signoffs are pending, and since when the oldest is."""
        return await self.store.read(reading.waiting)

    async def backlog(self) -> Mapping[str, int]:
        """How many effects wait, how many are parked, and how many deliveries are."""
        counts = await self.store.read(outbox.backlog)
        unread = await self.store.read(inbox.parked)
        return {
            "waiting": counts.get("waiting", 0),
            "parked": counts.get("parked", 0),
            "unread": unread,
        }

    async def next_due(self) -> datetime | None:
        """The earliest moment at which anything waits to be done."""
        now = self.clock()
        queries = (
            reading.next_deadline,
            outbox.next_due,
            inbox.next_due,
            nudges.next_due,
            lambda session: reconciling.next_due(session, now),
        )
        moments = await self.store.read(lambda session: [query(session) for query in queries])
        return min((moment for moment in moments if moment), default=None)

    async def explained(self, signoff: Signoff) -> Explained:
        """Why it is asked for, whom one would ask now, and why nobody else."""
        at = self.clock()
        return await self.store.read(lambda session: self._explained(session, signoff, at))

    def card(self, signoff: Signoff, *, detailed: bool = False, reader: str = "") -> Card:
        return card_of(signoff, self.rulebook.roster, detailed=detailed, reader=reader)

    def _explained(self, session: Session, signoff: Signoff, at: datetime) -> Explained:
        judged = self.rulebook.judged(signoff, dossiers.of(session, signoff.change))
        return Explained(
            answers=judged.judgement.answers,
            choices=self.inviting.choices(session, signoff, at),
            current=judged.judgement.requirement == signoff.requirement,
        )


def _last_said(signoff: Signoff, person_id: str) -> datetime:
    said = [review.at for review in signoff.reviews if review.person == person_id]
    return max(said, default=signoff.opened_at)
