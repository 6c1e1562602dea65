"""What was deployed or merged, and nobody had been asked about it, or nobody had let it go on?"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.events import Shipped, Withdrawn
from bot.domain.signoff import Shipment, Signoff
from bot.domain.speaking import speaker
from bot.engine.keeping import Keeper
from bot.engine.rulebook import Rulebook
from bot.ports import Landing, Merged
from storage import moment, reading
from storage.store import Session

MERGED = "It was merged"
AROUND = "It was merged without a sign-off"

log = logging.getLogger(__name__)


def tell_of_unasked(landing: Landing, rulebook: Rulebook) -> None:
    """There is no signoff to hang an alarm at, and none is made up."""
    if landing.succeeded and landing.what:
        _tell(landing.connection, f"deployed {landing.what}", landing.environment, rulebook)


def note_merged(session: Session, keeper: Keeper, said: Merged) -> tuple[str, ...]:
    """What was merged around us says so, and what waits for it is over: those signoffs, by id.

    Raises Outdated.
    """
    at, work = moment.now(session), said.work
    told = [
        [keeper.catch_up(session, it, at) for it in _told_of(session, said, revision)]
        for revision in said.revisions
    ]
    allowed = any(found.status.proceed for it in told if (found := speaker(it)))
    everyone = sorted((it for found in told for it in found), key=lambda it: it.opened_at)
    if not everyone:
        _tell(work.connection, f"merged {said.what}", work.environment, keeper.rulebook)
    touched = {} if allowed else dict.fromkeys(_hung_out(session, keeper, everyone, said))
    for found in reading.pending_of(session, work):
        if work.names(found.change):
            signoff = keeper.catch_up(session, found, at)
            if not signoff.status.is_final:
                why = MERGED if allowed else AROUND
                keeper.record(session, signoff, Withdrawn(by="", reason=why, at=at))
            touched[found.id] = None
    return tuple(touched)


def _told_of(session: Session, said: Merged, revision: str) -> Sequence[Signoff]:
    """The signoffs of what was merged, whoever proposed it, on the way to that branch."""
    found = reading.of_work(session, replace(said.work, revision=revision))
    return [it for it in found if it.change.base_branch == said.branch]


def _hung_out(
    session: Session, keeper: Keeper, told: Sequence[Signoff], said: Merged
) -> tuple[str, ...]:
    """By the newest of them, its own if there is one, and once: the platform tells us more than once."""
    mine = [it for it in told if it.change.lineage == said.work.lineage]
    signoff = next(reversed(mine or told), None)
    if signoff is None or signoff.bypassed:
        return ()
    by = f"merged by {said.by}" if said.by else ""
    log.error("%s was merged, though it is %s", signoff.id, signoff.status)
    shipment = Shipment(at=moment.now(session), succeeded=True, detail=by)
    keeper.record(session, signoff, Shipped(shipment=shipment))
    return (signoff.id,)


def _tell(connection: str, done: str, environment: str, rulebook: Rulebook) -> None:
    if rulebook.policy.names(environment):
        log.error(
            "%s %s, which rules name, and nobody was asked: is its gate switched on there?",
            connection,
            done,
        )
    else:
        log.warning("%s %s, and nobody was asked", connection, done)
