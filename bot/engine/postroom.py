"""What may an operator do about what waits to leave? Look at it, retry it, or give it up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from bot.clock import Clock
from bot.domain.errors import CannotVouch, Refusal
from bot.engine.letting_in import let_in_by_hand, take_away_by_hand
from bot.engine.vouching import NOBODY, Vouching
from storage import looking, migrating, opening, parcels, passkeys
from storage.parcels import Deed, Outbox, Parcel, Place, Which
from storage.passkeys import Passkey
from storage.store import Store, Unusable

__all__ = ["Deed", "Outbox", "Parcel", "Passkey", "Place", "Unusable", "Which"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    which: Which
    kind: Literal["retry"] = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """`why` stands in the trail of the signoff, as what the pipeline was not told for."""

    id: int
    why: str
    kind: Literal["drop"] = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """A security key may decide: whoever gives this order has looked whose it is, and compared its
    `fingerprint`.
    """

    credential: str
    fingerprint: str = ""
    kind: Literal["let_in"] = "let_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAway:
    """It decides nothing any more."""

    credential: str
    kind: Literal["take_away"] = "take_away"


Order = Retry | Drop | LetIn | TakeAway


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many it was done to; and what spoke against it, empty if nothing did."""

    done: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Postroom:
    """`changed` is called when there may be something to do. Without `vouching` no key is let in."""

    store: Store
    changed: Callable[[], None] = lambda: None
    vouching: Vouching = NOBODY

    async def obey(self, order: Order) -> Outcome:
        match order:
            case Retry():
                done = await self.store.write(partial(parcels.retry, which=order.which))
                outcome = Outcome(done=done)
            case Drop():
                drop = partial(parcels.drop, id=order.id, why=order.why)
                problem = await self.store.write(drop)
                outcome = Outcome(done=0 if problem else 1, problem=problem)
            case LetIn():
                outcome = await self._let_in(order)
            case TakeAway():
                take_away = partial(take_away_by_hand, id=order.credential)
                outcome = _outcome(await self.store.write(take_away))
        log.info("an operator: %s; %s", order, outcome)
        self.changed()
        return outcome

    async def listed(self, limit: int) -> Outbox:
        """All destinations, and so many of what is parked or was put off."""
        return await self.store.read(partial(parcels.listed, limit=limit))

    async def handle(self, id: int, deed: Deed, *, why: str, by: str) -> Outcome:
        """What an administrator does to one that is parked; the house's trail says who, and why."""
        unit = partial(parcels.handled, id=id, deed=deed, why=why, by=by)
        problem = await self.store.write(unit)
        outcome = Outcome(done=0 if problem else 1, problem=problem)
        log.info("%s, an administrator: %s %s; %s", by, deed, id, outcome)
        self.changed()
        return outcome

    async def _let_in(self, order: LetIn) -> Outcome:
        try:
            by_hand = let_in_by_hand(self.store, self.vouching, order.credential, order.fingerprint)
            return _outcome(await by_hand)
        except CannotVouch as refusal:
            return _outcome(refusal)


def _outcome(told: Passkey | Refusal) -> Outcome:
    if isinstance(told, Refusal):
        return Outcome(problem=told.sentence)
    return Outcome(done=1)


async def obey_alone(
    url: str, order: Order, clock: Clock | None = None, vouching: Vouching = NOBODY
) -> Outcome:
    """Where no bot runs that holds the database for itself. Raises Unusable."""
    _check_schema(url)
    store = Store(url, clock=clock)
    try:
        return await Postroom(store, vouching=vouching).obey(order)
    finally:
        await store.close()


def _check_schema(url: str) -> None:
    """A store brings up what it opens, and older programs may be running on this one."""
    with opening.looked_at(url) as connection:
        try:
            usable = migrating.look(connection).usable
        except migrating.OtherVersion as why:
            raise Unusable(str(why)) from None
    if not usable:
        raise Unusable("it is not of this version: run countersign migrate, or start the server")


def look(url: str) -> Outbox:
    """All that is there, beside a bot that may be running. Raises Unusable."""
    return looking.look(url, parcels.listed)


def look_at_keys(url: str) -> Sequence[Passkey]:
    """All security keys that were not removed. Raises Unusable."""
    return looking.look(url, passkeys.everybody)


def door_beside(url: str) -> Path | None:
    """The socket at which a bot that holds a database for itself takes orders."""
    path = looking.file_of(url)
    return path and path.with_name(f"{path.name}.sock")
