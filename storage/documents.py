"""How are domain values written down, and read again?"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Annotated

import rfc8785
from pydantic import Discriminator, TypeAdapter

from bot.domain.change import Change
from bot.domain.dossier import Dossier
from bot.domain.effects import Promise
from bot.domain.events import Event
from bot.domain.house_events import HouseEvent
from bot.domain.signoff import Signoff

_writer = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
KEPT, LONG = 256, 20_000
"""How many signoffs are kept as they were read; those with more characters are not."""

_FRACTION = re.compile(r"(?:^|\":|[\[,])-?[0-9]+[.e]")

_signoff: TypeAdapter[Signoff] = TypeAdapter(Signoff)
# Told which of them it is, it does not try one after the other.
_event: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Discriminator("kind")])
_house_event: TypeAdapter[HouseEvent] = TypeAdapter(Annotated[HouseEvent, Discriminator("kind")])
_promise: TypeAdapter[Promise] = TypeAdapter(Promise)
_change: TypeAdapter[Change] = TypeAdapter(Change)
_dossier: TypeAdapter[Dossier] = TypeAdapter(Dossier)


def write_signoff(signoff: Signoff) -> str:
    return _signoff.dump_json(signoff).decode()


def read_signoff(document: str) -> Signoff:
    """What follows a change reads it many times over: the same text is the same value."""
    return _read_lately(document) if len(document) <= LONG else _signoff.validate_json(document)


@lru_cache(maxsize=KEPT)
def _read_lately(document: str) -> Signoff:
    return _signoff.validate_json(document)


def write_dossier(dossier: Dossier) -> str:
    return _dossier.dump_json(dossier, exclude_defaults=True).decode()


def read_dossier(document: str) -> Dossier:
    return _dossier.validate_json(document)


def write_promise(effect: Promise) -> str:
    return _promise.dump_json(effect).decode()


def read_promise(document: str) -> Promise:
    return _promise.validate_json(document)


def event_facts(event: Event) -> object:
    """An event as plain JSON values, for the audit entry."""
    return _event.dump_python(event, mode="json")


def house_event_facts(event: HouseEvent) -> object:
    """The same, of what happened to no signoff."""
    return _house_event.dump_python(event, mode="json")


def read_house_event(facts: object) -> HouseEvent:
    return _house_event.validate_python(facts)


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of JSON values whose keys are ASCII, as all of ours are.

    Where there are no fractions, and there hardly ever are, the standard library's writer gives
    the same bytes ten times as fast as rfc8785. What only looks like one, in a text, does no harm.
    """
    written = _writer.encode(value)
    if _FRACTION.search(written):
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    return written.encode()


def read_event(facts: object) -> Event:
    return _event.validate_python(facts)


def digest_of_change(change: Change) -> str:
    """The same digest: the same change, said in the same words.

    What was not said is left out, so that a newer version with more to say knows it again.
    """
    said = _change.dump_json(change, exclude_defaults=True)
    return "sha256:" + hashlib.sha256(said).hexdigest()
