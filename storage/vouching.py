"""Which entry that lets in a security key did we write ourselves? One that our own key signed.

Whoever can only write to the database has not got that key, and can copy what it signed, at most.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from bot.domain.house_events import PasskeyAdded
from storage.documents import canonical, house_event_facts

_SIGNED_AS = b"countersign-passkey-added/1\n"
"""So that nothing else that this key ever signs is taken for one."""

_SIGNATURE = "signature"

Genuine = Callable[[PasskeyAdded], bool]


def to_sign(event: PasskeyAdded) -> bytes:
    """What its signature is of: everything else that it says."""
    facts = house_event_facts(event)
    if not isinstance(facts, dict):
        raise TypeError(facts)
    return _SIGNED_AS + canonical({name: it for name, it in facts.items() if name != _SIGNATURE})


def signature_of(event: PasskeyAdded, sign: Callable[[bytes], bytes]) -> str:
    return base64.b64encode(sign(to_sign(event))).decode()


def is_signed(event: PasskeyAdded, by: Callable[[bytes, bytes], bool]) -> bool:
    """`by` tells whether a message has this signature. Entries of before have none."""
    try:
        return by(to_sign(event), base64.b64decode(event.signature, validate=True))
    except ValueError:
        return False
