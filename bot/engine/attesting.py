"""What is signed of a decision? What its audit entries tell, and only if all else says the same.

A row that somebody changed in the database is not vouched for: the decision is told anew from its
entries, which are covered by a checkpoint, and nothing is signed where what is stored differs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot import assertions, checkpoint, merkle
from bot.domain.deciding import deciders
from bot.domain.errors import Refusal
from bot.domain.events import Event, Opened, Reviewed
from bot.domain.lifecycle import advance, begin
from bot.domain.people import Standing
from bot.domain.proving import BY_KEY
from bot.domain.signoff import Review, Signoff
from bot.domain.statement import Position, Signed, Standings, statement_of
from bot.domain.summary import summary_of
from bot.engine.aside import aside
from bot.engine.checkpointing import CONTRADICTED, Checkpointing, Contradicted
from bot.engine.vouching import NOBODY, Vouching
from bot.ports import Undelivered, Unreachable
from storage import attestations, checkpoints, passkeys, reading, tree
from storage.attestations import Edited, Forgotten, Told
from storage.checkpoints import Kept
from storage.store import Session, Store

Sign = Callable[[dict[str, object]], str]
"""Makes the envelope of a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A signoff at the moment it was decided, told by its entries: the one that did it is `by`."""

    signoff: Signoff
    by: Told
    standings: Standings
    deciders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attesting:
    """`sign` may take its time where it is `remote`; `valid_for`: how long a decision is good."""

    store: Store
    sign: Sign
    checkpointing: Checkpointing
    valid_for: timedelta
    public_url: str
    remote: bool = False
    vouching: Vouching = NOBODY
    _refused: set[str] = field(default_factory=set)

    def trouble(self) -> list[str]:
        """What an operator has to know."""
        count = len(self._refused)
        those = "1 decision was" if count == 1 else f"{count} decisions were"
        return [f"{those} not signed: run countersign audit verify"] if count else []

    async def kept(self, signoff_id: str) -> Signed:
        """The same bytes for whoever asks, made now if there are none yet. Raises as `made` does."""
        found = await self.store.read(lambda session: attestations.kept(session, signoff_id))
        if found:
            return found
        made = await self.made(signoff_id)
        return await self.store.write(
            partial(attestations.keep, signoff_id=signoff_id, signed=made)
        )

    async def made(self, signoff_id: str) -> Signed:
        """Signed, and not kept yet. Raises Undelivered for what we do not vouch for, and Unreachable."""
        decided, covering = await self._decided(signoff_id)
        try:
            covering = covering or await self.checkpointing.covering(decided.by.seq)
            position = await self.store.read(partial(_position, by=decided.by, covering=covering))
        except (Contradicted, tree.Missing) as problem:
            raise Unreachable(str(problem)) from None
        until = self._until(decided.signoff)
        statement = statement_of(
            decided.signoff, position, until, decided.standings, decided.deciders
        )
        await self._check_keys(signoff_id, statement)
        envelope = await self._signed(statement)
        digest = hashlib.sha256(envelope.encode()).hexdigest()
        summary = summary_of(decided.signoff, self.public_url, digest)
        return Signed(envelope, await self._signed(summary) if summary else None)

    async def _decided(self, signoff_id: str) -> tuple[Decided, Kept | None]:
        try:
            found = await self.store.read(partial(_decided, signoff_id=signoff_id))
        except Forgotten as gone:  # by the operators themselves: nothing is wrong
            raise _not_signed(str(gone)) from None
        except Undelivered:
            self._refused.add(signoff_id)
            raise
        self._refused.discard(signoff_id)
        return found

    async def _check_keys(self, signoff_id: str, statement: dict[str, Any]) -> None:
        """Whatever we say that somebody's own key signed, it did: an entry alone is no signature."""
        predicate = statement["predicate"]
        last = {it["person"]: it for it in predicate["reviews"]}
        signed = [it for it in last.values() if it["verdict"] == "approve" and _says_signed(it)]
        if not signed and predicate["override"] is None:
            return
        known = await self.store.read(passkeys.ever_let_in)

        def theirs(person: str, key: str) -> bool:
            let_in_by = known.get((person, passkeys.digest_of(key)), ())
            return any(map(self.vouching.is_ours, let_in_by))

        why = [
            *assertions.problems(statement, theirs, signed),
            *assertions.override_problems(statement, theirs),
        ]
        if wrong := "; ".join(why):
            self._refused.add(signoff_id)
            raise _not_signed(wrong)

    async def _signed(self, statement: dict[str, object]) -> str:
        if self.remote:
            return await aside(partial(self.sign, statement))
        return self.sign(statement)

    def _until(self, signoff: Signoff) -> datetime:
        """An override ends by itself."""
        if signoff.override:
            return signoff.override.until
        return (signoff.decided_at or signoff.opened_at) + self.valid_for


def decided_by(told: Sequence[Told]) -> tuple[Decided | None, Signoff]:
    """When these entries say that it was decided, and what they say it is by now.

    Raises ValueError and Refusal for what cannot have happened.
    """
    if not told or not isinstance(told[0].event, Opened):
        raise ValueError("its entries do not begin with its opening")
    signoff, standings = begin(told[0].event).signoff, _standings(told[0].event)
    decided = _if_final(None, signoff, told[0], standings)
    for entry in told[1:]:
        before, signoff = signoff, advance(signoff, entry.event).signoff
        standings |= _standings(entry.event)
        decided = decided or _if_final(before, signoff, entry, standings)
    return decided, signoff


def _if_final(
    before: Signoff | None, signoff: Signoff, by: Told, standings: Standings
) -> Decided | None:
    if not signoff.status.is_final:
        return None
    counted = deciders(before, signoff, by.event)
    return Decided(signoff=signoff, by=by, standings=dict(standings), deciders=counted)


def _standings(event: Event) -> dict[Review, Standing]:
    """What those who say something in this event are entitled to at this moment."""
    match event:
        case Opened():
            reviews = event.carried
        case Reviewed():
            reviews = (event.review,)
        case _:
            return {}
    entitled = {it.person: it for it in event.standings}
    return {it: entitled[it.person] for it in reviews if it.person in entitled}


def _decided(session: Session, signoff_id: str) -> tuple[Decided, Kept | None]:
    """Raises Undelivered where the trail and what is stored differ: then nothing is signed; and
    Forgotten.
    """
    try:
        decided, now = decided_by(attestations.told(session, signoff_id))
    except (Edited, Refusal, ValueError, KeyError, TypeError) as problem:
        raise _not_signed(str(problem) or type(problem).__name__) from None
    if now != reading.signoff(session, signoff_id):
        raise _not_signed("what is stored is not what its audit entries tell")
    if decided is None:
        raise _not_signed("it is not decided yet")
    return decided, checkpoints.covering(session, decided.by.seq)


def _position(session: Session, by: Told, covering: Kept) -> Position:
    """Raises Contradicted for an entry that is not the one that was covered."""
    path = tree.inclusion(session, by.seq, covering.size)
    said = checkpoint.read(covering.note)
    leaf = bytes.fromhex(by.leaf)
    if not merkle.check_inclusion(leaf, by.seq - 1, said.size, path, said.root):
        raise Contradicted(CONTRADICTED)
    return Position(
        origin=said.origin,
        seq=by.seq,
        leaf=by.leaf,
        checkpoint=covering.note,
        proof=tuple(base64.b64encode(it).decode() for it in path),
    )


def _says_signed(review: Mapping[str, Any]) -> bool:
    return review["proved"] == BY_KEY or review["assertion"] is not None


def _not_signed(why: str) -> Undelivered:
    return Undelivered(f"nothing was signed: {why}", final=True)
