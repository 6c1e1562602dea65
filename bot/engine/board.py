"""How do things stand? Reading only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.domain.asking.choosing import Choice
from bot.domain.card import Card, card_of
from bot.domain.errors import Refusal
from bot.domain.events import Event, Opened
from bot.domain.explanation import RuleAnswer
from bot.domain.lifecycle import replay
from bot.domain.quorum import is_eligible
from bot.domain.signoff import Signoff
from bot.engine.bell import Bell
from bot.engine.inviting import Inviting
from bot.engine.rulebook import Rulebook
from storage import audit, dossiers, inbox, leaves, outbox, reading
from storage.leaves import Away as Away
from storage.store import Session, Store


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

    async def waiting_for(self, person_id: str) -> Sequence[Signoff]:
        """What this person could decide now and has not yet, soonest to expire first."""
        standing = self.rulebook.roster.standing(person_id)
        mine = [
            signoff
            for signoff in await self.pending()
            if is_eligible(signoff, standing)
            and person_id not in {review.person for review in signoff.reviews}
        ]
        return sorted(mine, key=lambda signoff: signoff.expires_at or signoff.opened_at)

    async def asked_by(self, person_id: str) -> Sequence[Signoff]:
        """What waits and this person had a part in."""
        return [s for s in await self.pending() if person_id in s.contributors.people]

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
        queries = (reading.next_deadline, outbox.next_due, inbox.next_due)
        moments = await self.store.read(lambda session: [query(session) for query in queries])
        return min((moment for moment in moments if moment), default=None)

    async def explained(self, signoff: Signoff) -> Explained:
        """Why it is asked for, whom one would ask now, and why nobody else."""
        at = self.clock()
        return await self.store.read(lambda session: self._explained(session, signoff, at))

    async def away(self, person_id: str) -> Away | None:
        """Until when this person is away, and who stands in; None: they are there."""
        at = self.clock()
        return (await self.store.read(lambda session: leaves.at(session, at))).get(person_id)

    async def go_away(self, person_id: str, away: Away | None) -> None:
        """From now on they are asked last; None: they are back."""
        await self.store.write(lambda session: leaves.put(session, person_id, away))

    def card(self, signoff: Signoff, *, detailed: bool = False, reader: str = "") -> Card:
        return card_of(signoff, self.rulebook.roster, detailed=detailed, reader=reader)

    def _explained(self, session: Session, signoff: Signoff, at: datetime) -> Explained:
        judged = self.rulebook.judged(signoff, dossiers.of(session, signoff.change))
        return Explained(
            answers=judged.judgement.answers,
            choices=self.inviting.choices(session, signoff, at),
            current=judged.judgement.requirement == signoff.requirement,
        )
