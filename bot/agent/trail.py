"""Does this decision stand in the audit trail, as a signed checkpoint covers it?"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import checkpoint
from bot.agent import ed25519
from bot.agent.vouching import Told
from bot.checkpoint import BadNote, Checkpoint
from bot.merkle import check_inclusion

_HASH = 32
_PATH_AT_MOST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Entry `seq` (the first is 1) of the trail, under a checkpoint that is genuine."""

    seq: int
    checkpoint: Checkpoint


class NotInTrail(Exception):
    """Nothing shows that it stands in the trail; the text says why."""


def place_of(
    predicate: Told, keys: Sequence[bytes], check: checkpoint.Check = ed25519.verify
) -> Place:
    """Where it stands; `check` checks signatures. Raises NotInTrail."""
    told = predicate.get("audit")
    if not isinstance(told, dict) or not isinstance(told.get("checkpoint"), str):
        raise NotInTrail("it does not say where it stands in the audit trail")
    try:
        covered = checkpoint.verify(told["checkpoint"], keys, check)
    except BadNote as why:
        raise NotInTrail(f"the checkpoint in it is not genuine: {why}") from None
    if told.get("origin") != covered.origin:
        raise NotInTrail("the checkpoint in it is of another audit trail")
    seq = told.get("seq")
    if not (isinstance(seq, int) and not isinstance(seq, bool) and 0 < seq <= covered.size):
        raise NotInTrail("the checkpoint in it does not cover its entry")
    leaf, path = _leaf(told.get("leaf")), _path(told.get("inclusionProof"))
    if leaf is None or path is None:
        raise NotInTrail("its inclusion proof is none")
    if not check_inclusion(leaf, seq - 1, covered.size, path, covered.root):
        raise NotInTrail(f"its inclusion proof does not lead to the checkpoint of {covered.size}")
    return Place(seq=seq, checkpoint=covered)


def contradictions(found: Checkpoint, held: Sequence[Checkpoint]) -> list[str]:
    """What speaks against it in checkpoints that were kept elsewhere: a fork, or another trail.

    Of two sizes that differ nothing can be said without the entries between: `audit verify` does.
    """
    said = []
    if any(it.origin != found.origin for it in held):
        said.append(f"the checkpoint you hold is not of the audit trail {found.origin}")
    if any(it.size == found.size and it.root != found.root for it in held):
        said.append(f"the checkpoint you hold of {found.size} entries is another: it was forked")
    return said


def _leaf(text: object) -> bytes | None:
    try:
        found = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return None
    return found if len(found) == _HASH else None


def _path(texts: object) -> list[bytes] | None:
    if not isinstance(texts, list) or len(texts) > _PATH_AT_MOST:
        return None
    found = [_hash(text) for text in texts]
    return [it for it in found if it is not None] if None not in found else None


def _hash(text: Any) -> bytes | None:
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return None
    return found if len(found) == _HASH else None
