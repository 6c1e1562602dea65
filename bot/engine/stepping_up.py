"""What may somebody do who has signed in on our own pages? Every public method is one transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.domain.errors import KeyRefused, NotVouchedFor, Refusal
from bot.domain.house_events import PasskeyAdded
from bot.domain.people import Roster
from bot.engine.bell import Bell
from bot.engine.letting_in import NotWaiting, let_in, registration, revoke
from bot.engine.vouching import Vouching
from bot.ports import Surface
from storage import moment, passkeys, surfaces, visits
from storage.passkeys import Passkey as Passkey
from storage.passkeys import State as State
from storage.store import Session, Store
from storage.surfaces import Want
from storage.visits import AskedOf as AskedOf
from storage.visits import Sort as Sort
from storage.visits import Visit as Visit

LEAVING_FOR = timedelta(minutes=10)
"""How long somebody may take to sign in."""

KEYS_AT_MOST = 10

KEY_ADDED, KEY_REMOVED, KEY_WAITS = "passkey-added", "passkey-removed", "passkey-waits"
"""What a message to its owner is called by."""

log = logging.getLogger(__name__)


class TooManyKeys(Refusal):
    """You have {count} security keys already. Remove one first."""


class KnownKey(Refusal):
    """This security key is registered already."""


class OwnKey(Refusal):
    """Somebody else has to let in your key: look who it is, face to face, before you ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A key that signed something just now, and how often it says it has been used by now."""

    person: str
    credential: str
    sign_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SteppingUp:
    store: Store
    bell: Bell
    roster: Roster
    vouching: Vouching

    async def leave(self, visit: Visit) -> None:
        """Somebody goes to sign in."""
        await self._keep(visit)

    async def came_back(self, id: str, state: str, how: AskedOf) -> Visit | None:
        """Whoever left with this cookie for this provider, if they come back with what they left
        with: once.
        """

        def unit(session: Session) -> Visit | None:
            left = visits.of(session, id, moment.now(session))
            if left is None or (left.stage, left.how, left.state) != ("leaving", how, state):
                return None
            visits.end(session, id)
            return left

        return await self.store.write(unit)

    async def enter(self, visit: Visit) -> None:
        """Somebody has signed in."""
        await self._keep(visit)

    async def here(self, id: str) -> Visit | None:
        """Who that is, if they signed in lately enough."""
        found = await self.store.read(lambda s: visits.of(s, id, moment.now(s)))
        return found if found and found.stage == "here" else None

    async def end(self, id: str) -> None:
        """Nobody is here any more by this cookie."""
        await self.store.write(lambda session: visits.end(session, id))

    async def keys(self, person: str) -> Sequence[Passkey]:
        """All of theirs that were not removed."""
        return await self.store.read(lambda session: passkeys.of(session, person))

    async def active(self, person: str) -> Sequence[Passkey]:
        """Those that may decide."""
        return [key for key in await self.keys(person) if key.state is State.ACTIVE]

    async def waiting(self) -> Sequence[Passkey]:
        """Everybody's that nobody has let in yet."""
        return await self.store.read(passkeys.waiting)

    async def register(self, key: Passkey, used: Used | None) -> Passkey:
        """Their own active key lets another in at once; else it waits for somebody. Raises a Refusal."""
        vouched = partial(registration, self.store, self.vouching, key, by=key.person)
        come = await vouched(how="own-key") if used else None

        def unit(session: Session) -> Passkey | Refusal:
            if len(passkeys.of(session, key.person)) >= KEYS_AT_MOST:
                return TooManyKeys(count=str(KEYS_AT_MOST))
            if used and (refusal := use(session, used, self.vouching)):
                return refusal
            if not passkeys.add(session, key):
                return KnownKey()
            if come is None:
                self._tell(session, key, KEY_WAITS)
                return key
            return self._let_in(session, come)

        return await self._done(unit)

    async def approve(self, id: str, used: Used, seen: tuple[str, str]) -> Passkey:
        """An administrator lets in the key of somebody else, with their own: if it is still as they
        have `seen` it, whose it is and the digest of its public key. Raises a Refusal.
        """
        key = await self.store.read(lambda session: passkeys.get(session, id))
        if key is None or seen != (key.person, passkeys.digest_of(key.public_key)):
            raise NotWaiting
        if key.person == used.person:
            raise OwnKey
        come = await registration(
            self.store, self.vouching, key, by=used.person, how="administrator"
        )

        def unit(session: Session) -> Passkey | Refusal:
            return use(session, used, self.vouching) or self._let_in(session, come)

        return await self._done(unit)

    async def remove(self, person: str, id: str) -> Passkey:
        """One of their own; it never comes back. Raises a Refusal."""

        def unit(session: Session) -> Passkey | Refusal:
            key = passkeys.get(session, id)
            if key is None or key.person != person or key.state is State.REVOKED:
                return KeyRefused()
            self._tell(session, key, KEY_REMOVED)
            return revoke(session, key, by=person)

        return await self._done(unit)

    def _let_in(self, session: Session, come: PasskeyAdded) -> Passkey | Refusal:
        done = let_in(session, come)
        if isinstance(done, Passkey):
            self._tell(session, done, KEY_ADDED)
        return done

    def _tell(self, session: Session, key: Passkey, what: str) -> None:
        """Its owner is told in person, whoever did it."""
        person = self.roster.people.get(key.person)
        if person and person.slack:
            message = Want(sort=f"{what} {key.id}", at=Surface(user=person.slack), urgency=1)
            surfaces.add(session, surfaces.PASSKEY, message, moment.now(session))

    async def _done(self, unit: Callable[[Session], Passkey | Refusal]) -> Passkey:
        outcome = await self.store.write(unit)
        if isinstance(outcome, Refusal):
            raise outcome
        log.info("security key %s of %s: %s", outcome.id, outcome.person, outcome.state)
        self.bell.ring()
        return outcome

    async def _keep(self, visit: Visit) -> None:
        await self.store.write(lambda s: visits.put(s, visit, moment.now(s)))


def several_wait(keys: Sequence[Passkey]) -> frozenset[str]:
    """Whose: of these keys one person has more than one that waits, and perhaps not all are theirs."""
    counted = Counter(key.person for key in keys if key.state is State.WAITING)
    return frozenset(person for person, count in counted.items() if count > 1)


def use(session: Session, used: Used, vouching: Vouching) -> Refusal | None:
    """A key that was removed meanwhile decides nothing, nor one that counts as a copy would.

    One that does not count says nought for ever. Nor does one that is only in its table, or whose
    entry we did not sign.
    """
    key = passkeys.get(session, used.credential)
    if key is None or key.person != used.person or key.state is not State.ACTIVE:
        return KeyRefused()
    let_in_by = passkeys.let_in_by(session, key)
    if not let_in_by:
        log.error("nothing in the trail lets security key %s of %s decide", key.id, key.person)
        return KeyRefused()
    if not any(map(vouching.is_ours, let_in_by)):
        log.error("no key of ours vouches for security key %s of %s", key.id, key.person)
        return NotVouchedFor()
    if used.sign_count <= key.sign_count and (used.sign_count or key.sign_count):
        log.error("security key %s of %s may have been copied", key.id, key.person)
        return KeyRefused()
    passkeys.used(session, key.id, used.sign_count)
    return None
