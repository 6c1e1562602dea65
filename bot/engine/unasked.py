"""What was deployed or merged, and nobody had been asked about it, or nobody had let it go on?"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.events import Shipped, Withdrawn
from bot.domain.house_events import HOUSE, RolledBack, Unasked
from bot.domain.outcomes import MOST_ROLLED_BACK
from bot.domain.signoff import Shipment, Signoff, Status
from bot.domain.speaking import speaker
from bot.domain.unshipped import is_base, line_of
from bot.engine.keeping import Keeper
from bot.engine.rulebook import Rulebook
from bot.ports import Landing, Merged
from storage import audit, inbox, moment, places, reading, shipments
from storage.store import Session

MERGED = "It was merged"
AROUND = "It was merged without a sign-off"

TOLD_WITHIN = timedelta(minutes=10)
"""Of a merge we are told a little later: what was merged under an override in its last minute was."""

log = logging.getLogger(__name__)


def note_unasked(session: Session, landing: Landing, at: datetime, rulebook: Rulebook) -> None:
    """There is no signoff to hang an alarm at, and none is made up; the trail says so."""
    if not (landing.succeeded and (landing.what or landing.key)):
        return
    unasked = Unasked(
        connection=landing.connection,
        key=landing.key,
        what=landing.what,
        environment=landing.environment,
        deed="deployed",
        named=rulebook.policy.names(landing.environment),
        at=at,
    )
    if _keep(session, unasked, landing.key) and landing.what:
        _tell(unasked)


def is_old(session: Session, signoff: Signoff, shipment: Shipment) -> bool:
    """Whether what was deployed before is deployed once more, after another revision was let go on:
    one approval brings no old version back.
    """
    before = signoff.shipment
    if not (signoff.status.proceed and shipment.succeeded and before and before.succeeded):
        return False
    if signoff.status is Status.NOT_REQUIRED and not is_base(signoff):
        return False  # nobody approved it, and nothing is compared with it
    newer = _newer(session, signoff)
    return bool(newer) and newer != signoff.change.revision


def note_again(session: Session, signoff: Signoff, at: datetime, rulebook: Rulebook) -> bool:
    """As if nobody had been asked, for nobody was: not about this time. Once for each newer one."""
    change, newer = signoff.change, _newer(session, signoff)
    known = f"{signoff.id}, which was deployed before and is older than {newer}, let it go on"
    unasked = Unasked(
        connection=change.connection,
        key=change.key,
        what=f"{change.revision} of {change.repository} again; only {known}",
        environment=change.environment,
        deed="deployed",
        named=rulebook.policy.names(change.environment),
        at=at,
    )
    if not _keep(session, unasked, "\0".join((change.key, "again", newer))):
        return False
    _note_rolled_back(session, signoff, at)
    _tell(unasked)
    return True


def _note_rolled_back(session: Session, signoff: Signoff, at: datetime) -> None:
    """What went out there since it did, is taken back by that."""
    before, change = signoff.shipment, signoff.change
    since = shipments.shipped_after(session, signoff, before.at) if before else []
    if since:
        rolled_back = RolledBack(
            connection=change.connection,
            repository=change.repository,
            environment=change.environment,
            signoffs=tuple(since[:MOST_ROLLED_BACK]),
            to_revision=change.revision,
            by=f"@{change.connection}",
            at=at,
        )
        audit.append_house(session, rolled_back)


def _newer(session: Session, signoff: Signoff) -> str:
    """What was let go on last where it went."""
    return places.went_on(session, signoff.change.connection, line_of(signoff.change))


def note_merged(session: Session, keeper: Keeper, said: Merged) -> tuple[str, ...]:
    """What was merged around us says so, and what waits for it is over: those signoffs, by id.

    Raises Outdated.
    """
    at, work = moment.now(session), said.work
    told = [
        [keeper.catch_up(session, it, at) for it in _told_of(session, said, revision)]
        for revision in said.revisions
    ]
    then = at - TOLD_WITHIN
    allowed = any(found.proceeds(then) for it in told if (found := speaker(it, then)))
    everyone = sorted((it for found in told for it in found), key=lambda it: it.opened_at)
    if not everyone:
        _note_merged_unasked(session, said, at, keeper.rulebook)
    touched = {} if allowed else dict.fromkeys(_hung_out(session, keeper, everyone, said))
    for found in reading.pending_of(session, work):
        if work.names(found.change):
            signoff = keeper.catch_up(session, found, at)
            if not signoff.status.is_final:
                why = MERGED if allowed else AROUND
                keeper.record(session, signoff, Withdrawn(by="", reason=why, at=at))
            touched[found.id] = None
    return tuple(touched)


def _note_merged_unasked(session: Session, said: Merged, at: datetime, rulebook: Rulebook) -> None:
    work = said.work
    unasked = Unasked(
        connection=work.connection,
        key=work.lineage,
        what=said.what,
        environment=work.environment,
        deed="merged",
        named=rulebook.policy.names(work.environment),
        at=at,
    )
    if _keep(session, unasked, "\0".join((work.repository, said.branch, *said.revisions))):
        _tell(unasked)


def _keep(session: Session, unasked: Unasked, name: str) -> bool:
    """Once, however often its platform tells us; what has no name of its own is another each time."""
    parts = (unasked.connection, unasked.deed, unasked.environment, name)
    known = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    if name and not inbox.admit(session, HOUSE, f"unasked {known}", unasked.at):
        return False
    audit.append_house(session, unasked)
    return True


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
    is_so = "overridden no more" if signoff.override else signoff.status
    log.error("%s was merged, though it is %s", signoff.id, is_so)
    shipment = Shipment(at=moment.now(session), succeeded=True, detail=by)
    keeper.record(session, signoff, Shipped(shipment=shipment))
    return (signoff.id,)


def _tell(unasked: Unasked) -> None:
    done = f"{unasked.deed} {unasked.what}"
    if unasked.named:
        log.error(
            "%s %s, which rules name, and nobody was asked: is its gate switched on there?",
            unasked.connection,
            done,
        )
    else:
        log.warning("%s %s, and nobody was asked", unasked.connection, done)
