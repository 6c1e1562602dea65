"""How does a security key come to decide, and how does it stop? Both stand in the trail for ever."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial

from bot.domain.errors import Refusal
from bot.domain.house_events import How, KeyUsed, PasskeyAdded, PasskeyRemoved
from bot.engine.vouching import Vouching
from storage import audit, moment, passkeys
from storage.passkeys import Passkey, State
from storage.store import Session, Store

OPERATOR = "operator"
"""Who lets a key in by hand, on the server. An administrator has an id, so nobody is called so."""


class NotWaiting(Refusal):
    """No security key of this name waits to be let in."""


class NotTheServersKey(Refusal):
    """The server signs with another key than this: give COUNTERSIGN_SIGNING_KEY as the server has it."""


class UnknownKey(Refusal):
    """There is no security key of this name, or it was removed before."""


async def registration(
    store: Store, vouching: Vouching, key: Passkey, *, by: str, how: How
) -> PasskeyAdded:
    """What the trail is to say of it, signed before any transaction begins. Raises CannotVouch."""
    come = PasskeyAdded(
        person=key.person,
        credential=key.id,
        key_digest=passkeys.digest_of(key.public_key),
        by=by,
        how=how,
        at=await store.read(moment.now),
    )
    return await vouching.signed(come)


def let_in(session: Session, come: PasskeyAdded) -> Passkey | Refusal:
    """Of what waits, the very key that was signed for: its row may have been changed meanwhile."""
    key = passkeys.get(session, come.credential)
    if key is None or key.state is not State.WAITING or not _is_of(come, key):
        return NotWaiting()
    passkeys.become(session, key.id, State.ACTIVE, come.by)
    audit.append_house(session, come)
    return replace(key, state=State.ACTIVE, by=come.by)


async def let_in_by_hand(
    store: Store, vouching: Vouching, id: str, fingerprint: str = ""
) -> Passkey | Refusal:
    """An operator, who has looked who it is: for the first keys, before anybody can. `fingerprint`:
    what they compared. Raises CannotVouch.
    """
    key = await store.read(lambda session: passkeys.get(session, id))
    if key is None or key.state is not State.WAITING or fingerprint not in ("", key.fingerprint):
        return NotWaiting()
    if not await store.read(partial(_signs_here, vouching=vouching)):
        return NotTheServersKey()
    come = await registration(store, vouching, key, by=OPERATOR, how="operator")
    return await store.write(lambda session: let_in(session, come))


def take_away_by_hand(session: Session, id: str) -> Passkey | Refusal:
    """An operator: a key was lost, or its owner is gone."""
    key = passkeys.get(session, id)
    if key is None or key.state is State.REVOKED:
        return UnknownKey()
    return revoke(session, key, by=OPERATOR)


def revoke(session: Session, key: Passkey, by: str) -> Passkey:
    """Of one that waited as well: somebody may have put another in its place."""
    passkeys.become(session, key.id, State.REVOKED, by)
    gone = PasskeyRemoved(person=key.person, credential=key.id, by=by, at=moment.now(session))
    audit.append_house(session, gone)
    return replace(key, state=State.REVOKED, by=by)


def _signs_here(session: Session, vouching: Vouching) -> bool:
    """As far as the trail names a key: what another one signs, the server would not believe."""
    used = [it for it in audit.of_house(session, "key_used") if isinstance(it, KeyUsed)]
    own = base64.b64encode(vouching.keys[0]).decode() if vouching.keys else ""
    return not (used and own) or used[-1].public_key == own


def _is_of(come: PasskeyAdded, key: Passkey) -> bool:
    return (come.person, come.key_digest) == (key.person, passkeys.digest_of(key.public_key))
