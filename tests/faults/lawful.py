"""Was the life of one signoff lawful? Told from its trail alone, with no code of the lifecycle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from bot.domain.events import (
    DeadlinePassed,
    Declared,
    Opened,
    Overridden,
    OverrideReviewed,
    Reassessed,
    Renewed,
    Reported,
    Reviewed,
    ReviewTakenBack,
    Settled,
    Shipped,
    Superseded,
    Withdrawn,
)
from bot.domain.people import Standing
from bot.domain.signoff import (
    Asked,
    DeadlineKind,
    Signoff,
    Status,
    Verdict,
)
from tests.faults.evidence import Entry, Evidence, InForce
from tests.faults.life import Life, eligible, enough, is_silent

AFTERWARDS = (Reported, Shipped, Renewed, OverrideReviewed)
"""What may happen to what is decided."""

WIDER = (DeadlineKind.ESCALATE, DeadlineKind.MANAGERS)


def read_life(evidence: Evidence, entries: Sequence[Entry], stored: Signoff) -> Life:
    """Everything that happened to one signoff; what was wrong with it stands in `wrongs`."""
    first = entries[0]
    if not isinstance(first.event, Opened):
        raise ValueError(f"the trail of {first.signoff} begins with {first.event.kind}")
    life = _born(first, first.event, evidence)
    last = [entry for entry in entries if not isinstance(entry.event, AFTERWARDS)][-1]
    for entry in entries[1:]:
        _check_time(life, entry, evidence)
        if isinstance(entry.event, AFTERWARDS) or _says_that_it_is_overdue(life, entry):
            continue
        if life.ended is not None:
            life.wrong("final is final", f"was {life.status}, and then {entry.event.kind}")
        _happen(life, entry, evidence, settles=entry is last and stored.status is Status.APPROVED)
    return life


def _born(entry: Entry, opened: Opened, evidence: Evidence) -> Life:
    life = Life(
        id=opened.signoff_id,
        change=opened.change,
        requirement=opened.requirement,
        contributors=opened.contributors.people,
        known_since=entry.moment,
        opened_seq=entry.seq,
        renewal=opened.renewal,
        silent=is_silent(opened.requirement, opened.provenance),
        reviews={review.person: review for review in opened.carried},
    )
    life.spoken = any(it.revision == opened.change.revision for it in opened.statements)
    if opened.requirement.shadow or not any(ask.approvals for ask in opened.requirement.asks):
        life.end(Status.NOT_REQUIRED, entry)
        _check_policy(life, entry, evidence)
    elif opened.carried and enough(life, opened.standings, life.reviews.values()):
        _check_policy(life, entry, evidence)
        life.end(Status.APPROVED, entry)
    return life


def _check_time(life: Life, entry: Entry, evidence: Evidence) -> None:
    """Laws 1 and 6 are about the database's time, so that is what is to be written down."""
    if entry.written_at is None or isinstance(entry.event, AFTERWARDS):
        return
    apart = abs(entry.written_at - entry.event.at)
    if apart > evidence.tolerance:
        life.wrong("database time", f"{entry.event.kind} says a time that is {apart} off")


def _happen(life: Life, entry: Entry, evidence: Evidence, *, settles: bool) -> None:
    match entry.event:
        case Reviewed() as event:
            _review(life, entry, event, evidence)
        case Settled() as event:
            if settles:
                _approve(life, entry, event.standings, evidence)
        case Reassessed() as event:
            _reassess(life, entry, event)
        case ReviewTakenBack() | Declared() as event:
            _speak(life, event)
        case DeadlinePassed() as event:
            _pass_time(life, entry, event, evidence)
        case Superseded() | Withdrawn() | Overridden() as event:
            _stop(life, entry, event)


def _speak(life: Life, event: ReviewTakenBack | Declared) -> None:
    if isinstance(event, Declared):
        life.spoken |= event.statement.revision == life.change.revision
    else:
        life.reviews.pop(event.person, None)


def _review(life: Life, entry: Entry, event: Reviewed, evidence: Evidence) -> None:
    review = event.review
    if life.expires_at is not None and life.expires_at <= entry.moment:
        life.wrong("expiry", f"was reviewed by {review.person} after it had expired")
    if review.revision != life.change.revision:
        life.wrong("revision", f"was reviewed by {review.person} on another revision")
    if review.policy_digest != life.requirement.policy_digest:
        life.wrong("policy", f"was reviewed by {review.person} under another policy")
    standings = _entitled(event.standings, entry, evidence)
    if not eligible(life, standings.get(review.person)):
        life.wrong("eligible", f"was reviewed by {review.person}, who may not")
    life.reviews[review.person] = review
    if review.verdict is Verdict.REJECT:
        life.end(Status.REJECTED, entry)
    elif not life.requirement.grace and enough(life, standings.values(), life.reviews.values()):
        _approve(life, entry, event.standings, evidence)


def _approve(life: Life, entry: Entry, said: Iterable[Standing], evidence: Evidence) -> None:
    standings = _entitled(said, entry, evidence)
    if not enough(life, standings.values(), life.reviews.values()):
        life.wrong("approved", "was approved without enough reviews that count")
    _check_policy(life, entry, evidence)
    life.end(Status.APPROVED, entry)


def _check_policy(life: Life, entry: Entry, evidence: Evidence) -> None:
    """Whoever was started with an older one has no say in it any more."""
    there = in_force(evidence, entry)
    if there is not None and there.policy_digest != life.requirement.policy_digest:
        life.wrong("policy", "was let go on under a policy that is not in force any more")


def _reassess(life: Life, entry: Entry, event: Reassessed) -> None:
    life.requirement = event.requirement
    life.contributors = event.contributors.people
    life.known_since = entry.moment
    if event.provenance is not None:
        life.silent = is_silent(event.requirement, event.provenance)
    if not _is_over(life, event.at):
        life.escalated |= _widens(life, event.at)


def _pass_time(life: Life, entry: Entry, event: DeadlinePassed, evidence: Evidence) -> None:
    if not any(deadline.at <= entry.moment for deadline in life.requirement.deadlines):
        life.wrong("deadlines", "had a deadline passed before it was due")
    if _is_over(life, entry.moment):
        _check_not_late(life, entry.moment, evidence)
        life.end(Status.EXPIRED, entry)
        return
    life.escalated |= _widens(life, event.at)
    _check_asked(life, entry, event.invited, evidence)


def _check_asked(life: Life, entry: Entry, invited: Sequence[Asked], evidence: Evidence) -> None:
    there = in_force(evidence, entry)
    for asked in invited if there else ():
        if not eligible(life, there.roster.standing(asked.person) if there else None):
            life.wrong("asked", f"was passed on to {asked.person}, who may not review it")


def _check_not_late(life: Life, moment: datetime, evidence: Evidence) -> None:
    """Whatever stood in the way of it, it is done soon after that is gone."""
    if evidence.sweep is None or life.expires_at is None:
        return
    due = max(life.expires_at, life.known_since)
    for outage in evidence.outages:
        if outage.since <= due + evidence.sweep and outage.until > due:
            due = outage.until
    if moment > due + evidence.sweep:
        life.wrong("sweep", f"expired {moment - due} late")


def _stop(life: Life, entry: Entry, event: Superseded | Withdrawn | Overridden) -> None:
    if _is_over(life, entry.moment):
        life.wrong("expiry", f"was {event.kind} after it had expired")
    if isinstance(event, Overridden):
        _override(life, entry, event)
        return
    if isinstance(event, Withdrawn) and event.by not in life.contributors:
        life.wrong("withdrawn", f"was withdrawn by {event.by}, who had no part in it")
    withdrawn = isinstance(event, Withdrawn)
    life.end(Status.WITHDRAWN if withdrawn else Status.SUPERSEDED, entry)


def _override(life: Life, entry: Entry, event: Overridden) -> None:
    it, rules = event.override, event.rules
    word = it.second or it.by
    if word in life.contributors or (rules.second and it.second in ("", it.by)):
        life.wrong("override", f"was overridden by {it.by}, and nobody else had a say")
    for person in filter(None, (it.by, it.second)):
        groups = {g for s in event.standings if s.person == person for g in s.groups}
        if person not in rules.people and not groups & rules.groups:
            life.wrong("override", f"was overridden by {person}, who may not")
    life.end(Status.OVERRIDDEN, entry)


def _says_that_it_is_overdue(life: Life, entry: Entry) -> bool:
    """Nobody has reviewed it, or it ended: all that time does to what is over."""
    return life.status is Status.OVERRIDDEN and isinstance(entry.event, DeadlinePassed)


def _is_over(life: Life, moment: datetime) -> bool:
    return life.expires_at is not None and life.expires_at <= moment


def _widens(life: Life, moment: datetime) -> bool:
    return any(it.at <= moment and it.kind in WIDER for it in life.requirement.deadlines)


def in_force(evidence: Evidence, entry: Entry) -> InForce | None:
    """What was in force when this was written; None if nobody says so."""
    known = [it for it in evidence.in_force if it.since <= entry.moment]
    return known[-1] if known else None


def _entitled(said: Iterable[Standing], entry: Entry, evidence: Evidence) -> dict[str, Standing]:
    """By the roster in force, not by what the trail says of it, where the two can be told apart."""
    there = in_force(evidence, entry)
    if there is None:
        return {standing.person: standing for standing in said}
    found: Iterator[Standing | None] = map(there.roster.standing, there.roster.people)
    return {standing.person: standing for standing in found if standing}
