"""How do things stand? Reading only."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.asking.choosing import Choice
from bot.domain.card import Card, card_of
from bot.domain.errors import Outdated, Refusal
from bot.domain.events import Event, Opened
from bot.domain.explanation import RuleAnswer
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff
from bot.domain.spans import Span
from bot.domain.telling_incidents import of_signoff
from bot.engine.bell import Bell
from bot.engine.heartbeat import LONG_AGO
from bot.engine.inviting import LATELY, Inviting
from bot.engine.loads import Load, by_destination
from bot.engine.rulebook import Rulebook
from bot.engine.shares import Share, may_be_renewed, share, to_review
from storage import (
    audit,
    dossiers,
    inbox,
    incidents,
    invitations,
    nudges,
    outbox,
    overrides,
    reading,
    reconciling,
    rulebooks,
    searching,
    surfaces,
)
from storage.overrides import Counted as Counted
from storage.store import Session, Store

LOOKED_AT = 300
"""Signoffs that are looked at for one answer; a person looks at fewer."""

RENEWABLE_FOR = timedelta(days=7)
"""How long what expired is offered to be asked for again."""

LOOKED_BACK, LONGEST_WAIT = timedelta(days=30), timedelta(days=30)
"""How far back decisions are looked for, and how long before it expired something may have been
opened."""

LOOK_AGAIN_AFTER = 5.0
"""Seconds: what another process did may not have been heard of."""

LONG_SINCE = LONG_AGO + timedelta(days=1)


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
    public_url: str = ""

    async def signoff(self, signoff_id: str) -> Signoff | None:
        return await self.store.read(lambda session: reading.signoff(session, signoff_id))

    async def wait(
        self, signoff_id: str, seconds: float, again_after: float = LOOK_AGAIN_AFTER
    ) -> Signoff | None:
        """The signoff once it is final, or as it stands when the time is over."""
        with self.bell.heard(signoff_id) as changed, suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (signoff := await self.signoff(signoff_id)) and not signoff.status.is_final:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(again_after):
                            await changed.wait()
                    changed.clear()
        return await self.signoff(signoff_id)

    async def named(self, name: str) -> Sequence[Signoff]:
        """Those with this id or key, or whose id begins so; newest first."""
        return await self.store.read(lambda session: searching.named(session, name))

    async def with_id(self, name: str) -> Sequence[Signoff]:
        """The one with this id, or those whose id begins so; newest first. Whoever tells us of a
        change chooses its key, and nobody an id."""
        return await self.store.read(lambda session: searching.with_id(session, name))

    async def pending(self, limit: int = LOOKED_AT) -> Sequence[Signoff]:
        """What waits for a decision, the oldest first: all, or of more the oldest, and as many
        whose deadlines are next.
        """
        return await self.store.read(lambda session: searching.first_pending(session, limit))

    async def names(self, limit: int) -> Sequence[tuple[str, str]]:
        """Ids and keys among which one that was mistyped may be."""
        return await self.store.read(lambda session: searching.names(session, limit))

    async def concerning(self, names: Collection[str], limit: int = LOOKED_AT) -> Sequence[Signoff]:
        """What waits and tells of these people or groups; of more the oldest so many."""
        return await self.store.read(lambda session: searching.concerning(session, names, limit))

    async def share(self, person_id: str) -> Share:
        """What of all that waits is this person's, in one look, and what of theirs ran out."""
        standing = self.rulebook.roster.standing(person_id)
        if standing is None:
            return Share()
        pending = await self.concerning({person_id, *standing.groups})
        mine = share(pending, standing, self.clock())
        return replace(
            mine,
            expired=await self._expired_of(person_id),
            to_review=to_review(await self.unreviewed(), standing, self.rulebook.overrides),
        )

    async def _expired_of(self, person_id: str) -> tuple[Signoff, ...]:
        """What of their own ran out in the last days, and may be asked for again; newest first."""
        since = self.clock() - RENEWABLE_FOR

        def unit(session: Session) -> tuple[Signoff, ...]:
            expired = searching.expired_of(session, person_id, since - LONGEST_WAIT)
            mine = may_be_renewed(expired, (), person_id, since)
            newer = [s for it in mine for s in searching.pending_at(session, it.change)]
            return may_be_renewed(mine, newer, person_id, since)

        return await self.store.read(unit)

    async def decided_by(self, person_id: str, limit: int = 20) -> Sequence[Signoff]:
        """What this person reviewed lately, their last review first."""
        since = self.clock() - LOOKED_BACK
        found = await self.store.read(
            lambda session: searching.reviewed_by(session, person_id, since, limit)
        )
        return sorted(found, key=lambda signoff: _last_said(signoff, person_id), reverse=True)

    async def asked_lately(self, person_id: str) -> int:
        """How often this person was asked in the last seven days."""
        since = self.clock() - LATELY
        counts = await self.store.read(
            lambda session: invitations.load(session, since, [person_id])
        )
        return counts[person_id].lately if person_id in counts else 0

    async def surfaces(self) -> Mapping[str, int]:
        """By state, how many places in the chat show what they should, and how many do not yet."""
        return await self.store.read(surfaces.backlog)

    async def recent(self, limit: int = 10) -> Sequence[Signoff]:
        return await self.store.read(lambda session: searching.recent(session, limit))

    async def became(self, signoff_id: str) -> Sequence[tuple[Span, ...]]:
        """Which incidents are of what it let go on, in words that name nobody."""
        found = await self.store.read(lambda session: incidents.of_signoff(session, signoff_id))
        return of_signoff(found)

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
        for signoff_id in await self.store.read(searching.all_ids):
            if not await self._is_as_told(signoff_id):
                return f"{signoff_id} is not what its trail tells"
        return None

    async def _is_as_told(self, signoff_id: str) -> bool:
        """Both are read one after the other: what changed in between is looked at once more."""
        kept = await self.signoff(signoff_id)
        while kept is None or kept != await self._told(signoff_id):
            before, kept = kept, await self.signoff(signoff_id)
            if kept == before:
                return False
        return True

    async def _told(self, signoff_id: str) -> Signoff | None:
        try:
            opened, *later = await self.trail(signoff_id)
            return replay(opened, later) if isinstance(opened, Opened) else None
        except (ValueError, Refusal):
            return None

    async def check(self) -> None:
        """Whether the database takes what is written to it, and our rulebook is the one in force.

        Raises what the database says if not, or Outdated.
        """
        await self.store.write(self._check)

    @property
    def units(self) -> int:
        """How many units of work wait for the database."""
        return self.store.backlog

    async def waiting(self) -> tuple[int, datetime | None]:
        """How many signoffs are pending, and since when the oldest is."""
        return await self.store.read(searching.waiting)

    async def backlog(self) -> Mapping[str, int]:
        """How many effects wait, how many are parked, and how many deliveries are."""
        counts = await self.store.read(outbox.backlog)
        unread = await self.store.read(inbox.parked)
        return {
            "waiting": counts.get("waiting", 0),
            "parked": counts.get("parked", 0),
            "unread": unread,
        }

    async def loads(self) -> Mapping[str, Load]:
        """By destination, what waits for it, and whether it is left alone."""
        return await self.store.read(by_destination)

    async def next_due(self, after: datetime = LONG_AGO) -> datetime | None:
        """The earliest moment after that one at which anything waits to be done."""
        now = self.clock()
        queries = (
            lambda session: reading.next_deadline(session, after),
            outbox.next_due,
            inbox.next_due,
            nudges.next_due,
            lambda session: reconciling.next_due(session, now),
            self._judged_otherwise,
        )
        moments = await self.store.read(lambda session: [query(session) for query in queries])
        return min((moment for moment in moments if moment and moment > after), default=None)

    async def overdue(self) -> datetime | None:
        """Since when the longest overdue deadline or reminder waits to be acted on, if any does."""
        queries = (lambda session: reading.next_deadline(session, LONG_AGO), nudges.next_due)
        moments = await self.store.read(lambda session: [query(session) for query in queries])
        now = self.clock()
        return min((moment for moment in moments if moment and moment <= now), default=None)

    async def explained(self, signoff: Signoff) -> Explained:
        """Why it is asked for, whom one would ask now, and why nobody else."""
        at = self.clock()
        return await self.store.read(lambda session: self._explained(session, signoff, at))

    def card(self, signoff: Signoff, *, detailed: bool = False, reader: str = "") -> Card:
        roster, url = self.rulebook.roster, self.public_url
        return card_of(signoff, roster, detailed=detailed, reader=reader, public_url=url)

    def _judged_otherwise(self, session: Session) -> datetime | None:
        """It is to be judged anew, and was from the moment on at which it was known."""
        found = reading.judged_otherwise(session, self.rulebook.digest, (), limit=1)
        return LONG_SINCE if found else None

    def _check(self, session: Session) -> None:
        """It says what we say anyway, now and then: that we are here."""
        digest = self.rulebook.digest
        rulebooks.still_here(session, digest)
        if rulebooks.newest(session) not in ("", digest):
            raise Outdated

    async def unreviewed(self) -> Sequence[Signoff]:
        """What was overridden and nobody has reviewed, the first that is due first."""
        return await self.store.read(overrides.unreviewed)

    async def overrides(self) -> Counted:
        """How many there ever were, and how their reviews stand."""
        now = self.clock()
        return await self.store.read(lambda session: overrides.counted(session, now))

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
