"""Which entries were erased, so that it counts, and how is that told?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlmodel import Session

from bot import signing
from bot.auditing.findings import Flaws
from bot.cli.audited import Erasure
from bot.domain.house_events import Erased
from storage import erased
from storage.erased import Erasures, Said

NOT_BY_US = "it says that entries were erased, and none of these keys signed that"


def read(session: Session, keys: Sequence[bytes], flaws: Flaws) -> Erasures:
    """What is signed with one of these keys; what is not is named."""
    erasures = erased.read(session, partial(_is_signed, keys))
    for seq in erasures.doubtful:
        flaws.add("entry", seq, NOT_BY_US)
    return erasures


def _is_signed(keys: Sequence[bytes], event: Erased) -> bool:
    return any(erased.is_signed(event, partial(signing.genuine, key)) for key in keys)


def told(said: Said) -> Erasure:
    """For people."""
    event = said.event
    return Erasure(
        seq=said.seq,
        at=event.at,
        by=event.by,
        why=event.why,
        what=event.what,
        pseudonym=event.pseudonym,
        entries=[it.seq for it in event.entries],
        attestations=[it.signoff_id for it in event.attestations],
    )
