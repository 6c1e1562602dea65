"""Is what the house itself may do what its entries tell? Who decides with which key, and what signs."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence

from bot.agent import pem
from bot.auditing.approvals import LetIn, Tenures, digest_of
from bot.auditing.findings import Flaws
from bot.domain.house_events import HouseEvent, KeyUsed
from storage.housekeeping import Credential

UNREADABLE = "it tells of nothing that we know"
NOT_LET_IN = "nothing in the trail lets it decide"
NOT_THEIRS = "the trail says that it is somebody else's"
EXCHANGED = "its public key is not the one that was let in"
LET_IN_OTHERWISE = "the trail says that somebody else let it in"
TAKEN_AWAY = "the trail says that it decides, and the database does not"
ANOTHER_KEY = "it says that a key signs here which is none of these"
MISNAMED = "it does not name the key that it holds"


def compare(
    told: Iterable[tuple[int, HouseEvent | None]],
    tenures: Tenures,
    stored: Sequence[Credential],
    keys: Sequence[bytes],
    flaws: Flaws,
) -> None:
    """`stored` are all security keys that the database knows, and `keys` those that may sign."""
    for seq, event in told:
        match event:
            case None:
                flaws.add("entry", seq, UNREADABLE)
            case KeyUsed():
                if why := _used(event, keys):
                    flaws.add("entry", seq, why)
    for seq, why in tenures.doubtful.items():
        flaws.add("entry", seq, why)
    _passkeys(tenures.now(), stored, flaws)


def _passkeys(deciding: Mapping[str, LetIn], stored: Sequence[Credential], flaws: Flaws) -> None:
    active = {it.id: it for it in stored if it.state == "active"}
    for id, key in active.items():
        if why := _unlike(key, deciding.get(id)):
            flaws.add("passkey", id, why)
    for id in deciding.keys() - active.keys():
        flaws.add("passkey", id, TAKEN_AWAY)


def _unlike(key: Credential, let_in: LetIn | None) -> str:
    if let_in is None:
        return NOT_LET_IN
    if key.person != let_in.person:
        return NOT_THEIRS
    if digest_of(key.public_key) != let_in.digest:
        return EXCHANGED
    return "" if key.by == let_in.by else LET_IN_OTHERWISE


def _used(event: KeyUsed, keys: Sequence[bytes]) -> str:
    try:
        key = base64.b64decode(event.public_key, validate=True)
    except ValueError:
        return MISNAMED
    if pem.keyid(key) != event.keyid:
        return MISNAMED
    return "" if key in keys else ANOTHER_KEY
