"""How does a test state a decision without a house around it?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.signoff import Signoff
from bot.domain.statement import Position, Standings, statement_of
from tests import attested

POSITION = Position(
    origin=attested.ORIGIN,
    seq=attested.SEQ,
    leaf=attested.LEAVES[attested.SEQ - 1].hex(),
    checkpoint=attested.note(),
    proof=tuple(attested.audit()["inclusionProof"]),
)
"""In the trail of the attestations that tests make by hand."""


def a_statement(signoff: Signoff, standings: Standings | None = None) -> Any:
    """Good for a day."""
    until = (signoff.decided_at or signoff.opened_at) + timedelta(days=1)
    return statement_of(signoff, POSITION, until, standings or {})
