"""What may an operator do about what waits to leave? Look at it, retry it, or give it up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from bot.clock import Clock
from bot.domain.errors import Refusal
from bot.engine.stepping_up import let_in_by_hand, take_away_by_hand
from storage import looking, migrating, opening, parcels, passkeys
from storage.parcels import Outbox, Parcel, Place, Which
from storage.passkeys import Passkey
from storage.store import Session, Store, Unusable

__all__ = ["Outbox", "Parcel", "Passkey", "Place", "Unusable", "Which"]

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
    """A security key may decide: whoever gives this order has looked whose it is."""

    credential: str
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
    """`changed` is called when there may be something to do."""

    store: Store
    changed: Callable[[], None] = lambda: None

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
                outcome = await self._done(partial(let_in_by_hand, id=order.credential))
            case TakeAway():
                outcome = await self._done(partial(take_away_by_hand, id=order.credential))
        log.info("an operator: %s; %s", order, outcome)
        self.changed()
        return outcome

    async def _done(self, unit: Callable[[Session], Passkey | Refusal]) -> Outcome:
        told = await self.store.write(unit)
        if isinstance(told, Refusal):
            return Outcome(problem=told.sentence)
        return Outcome(done=1)


async def obey_alone(url: str, order: Order, clock: Clock | None = None) -> Outcome:
    """Where no bot runs that holds the database for itself. Raises Unusable."""
    _check_schema(url)
    store = Store(url, clock=clock)
    try:
        return await Postroom(store).obey(order)
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
