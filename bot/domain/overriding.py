"""Who may override, when, and what must they say? And who may review it afterwards?

An override is for emergencies: it is told to everybody whom the change concerns, ends by itself,
and somebody who had no part in it says afterwards whether it was fine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.domain.errors import (
    IncidentMissing,
    NoOverrideAsked,
    NotAllowedToOverride,
    NotOverridden,
    OverrideAskedAlready,
    OverrideByKey,
    OverrideReviewedAlready,
    OwnOverride,
    TooLate,
)
from bot.domain.override import (
    CONFIRM_WITHIN,
    LASTS_AT_MOST,
    OVERDUE_EVERY,
    Override,
    OverrideReview,
    OverrideRules,
    OverrideWanted,
)
from bot.domain.people import Standing
from bot.domain.provenance import BY_AI, AiStatus
from bot.domain.proving import BY_KEY, Shown
from bot.domain.quorum import check_says_why, is_eligible
from bot.domain.signoff import Signoff, Status

_INCIDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{1,60}")


def is_incident(text: str) -> bool:
    """Whether this may be the name of an incident, as in INC-4711."""
    return _INCIDENT.fullmatch(text) is not None


def may_override(standing: Standing | None, rules: OverrideRules) -> bool:
    """Whether this person is among those who may, as they stand now."""
    if standing is None:
        return False
    return standing.person in rules.people or not rules.groups.isdisjoint(standing.groups)


def takes_two(rules: OverrideRules, nth: int, signoff: Signoff) -> bool:
    """Whether it needs a second person, as the `nth` override of a month: beyond the budget each does,
    and so does what somebody unknown had a part in. They could override their own work.
    """
    return rules.second or 0 < rules.per_month < nth or has_stranger(signoff)


def has_stranger(signoff: Signoff) -> bool:
    """Whether somebody had a part who could be anybody in the roster under another name."""
    status, known = signoff.provenance.status, signoff.contributors
    unknown = bool(known.unknown) and status is not AiStatus.AUTOMATION
    return unknown or (status in BY_AI and not known.people)


def is_by_key(shown: Shown | None) -> bool:
    """Whether their own key signed it: who only says so has none."""
    return shown is not None and shown.how == BY_KEY and shown.assertion is not None


def wanted_of(
    by: str, reason: str, incident: str, at: datetime, shown: Shown, nth: int
) -> OverrideWanted:
    """What somebody asks, until a second person confirms it."""
    until = at + CONFIRM_WITHIN
    return OverrideWanted(
        by=by, reason=reason, incident=incident, at=at, until=until, shown=shown, nth=nth
    )


def override_of(wanted: OverrideWanted, rules: OverrideRules) -> Override:
    """What somebody asks, as it begins at that moment."""
    return Override(
        by=wanted.by,
        reason=wanted.reason,
        incident=wanted.incident,
        at=wanted.at,
        until=wanted.at + rules.lasts,
        review_by=wanted.at + rules.review_within,
        shown=wanted.shown,
        nth=wanted.nth,
        per_month=rules.per_month,
    )


def check_may_ask(
    signoff: Signoff, wanted: OverrideWanted, standing: Standing | None, rules: OverrideRules
) -> None:
    """Raise the Refusal that says why this person may not ask a second one to confirm."""
    _check_in_time(signoff, wanted.at)
    _check_may(wanted.by, [standing] if standing else [], rules)
    _check_shown(wanted.shown, rules)
    _check_account(wanted.incident, wanted.reason)
    if not takes_two(rules, wanted.nth, signoff) or wanted.until - wanted.at > CONFIRM_WITHIN:
        raise ValueError(f"{signoff.id} is overridden at once, or confirmed in time")
    asked = signoff.override_asked
    if asked and asked.until > wanted.at:
        raise OverrideAskedAlready


def check_may_override(
    signoff: Signoff, override: Override, standings: Iterable[Standing], rules: OverrideRules
) -> None:
    """Raise the Refusal that says why it may not be overridden so.

    Where it takes two, both are entitled at this moment, and the second confirms what was asked.
    """
    _check_in_time(signoff, override.at)
    standings = list(standings)
    _check_may(override.by, standings, rules)
    if takes_two(rules, override.nth, signoff) or override.second:
        _check_second(signoff, override, standings, rules)
    elif override.by in signoff.contributors.people:
        raise OwnOverride
    _check_shown(override.shown, rules)
    _check_account(override.incident, override.reason)
    if override.until - override.at > min(rules.lasts, LASTS_AT_MOST):
        raise ValueError(f"the override of {signoff.id} would last too long")


def _check_second(
    signoff: Signoff, override: Override, standings: list[Standing], rules: OverrideRules
) -> None:
    asked = signoff.override_asked
    if asked is None or asked.until <= override.at:
        raise NoOverrideAsked
    if (asked.by, asked.reason, asked.incident, asked.shown) != (
        override.by,
        override.reason,
        override.incident,
        override.shown,
    ):
        raise ValueError(f"that is not what was asked of {signoff.id}")
    _check_may(override.second, standings, rules)
    if override.second == override.by or override.second in signoff.contributors.people:
        raise OwnOverride
    _check_shown(override.second_shown, rules)


def check_may_review_override(
    signoff: Signoff, review: OverrideReview, standing: Standing | None, rules: OverrideRules
) -> Override:
    """The override it is about. Raises the Refusal that says why this person may not review it.

    Whoever could have approved the change may, and whoever could have overridden it; but nobody
    who had a part in either.
    """
    override = signoff.override
    if signoff.status is not Status.OVERRIDDEN or override is None:
        raise NotOverridden
    if _had_part(signoff, override, review.by):
        raise OwnOverride
    mine = standing if standing and standing.person == review.by else None
    if mine is None or not may_review_override(signoff, mine, rules):
        raise NotAllowedToOverride
    if override.reviewed:
        raise OverrideReviewedAlready
    check_says_why(review.note)
    return override


def may_review_override(signoff: Signoff, standing: Standing, rules: OverrideRules) -> bool:
    """Whether this person may say if it was fine."""
    override = signoff.override
    if override is None or _had_part(signoff, override, standing.person):
        return False
    return may_override(standing, rules) or is_eligible(signoff, standing)


def _had_part(signoff: Signoff, override: Override, person: str) -> bool:
    return person in {override.by, override.second, *signoff.contributors.people}


def reminded(override: Override, at: datetime) -> Override:
    """With all that was due by then behind it: what was missed is not said again and again."""
    days = (at - override.review_by) // OVERDUE_EVERY + 1
    return replace(override, reminded=max(days, override.reminded))


def _check_in_time(signoff: Signoff, at: datetime) -> None:
    if signoff.expires_at is not None and signoff.expires_at <= at:
        raise TooLate


def _check_may(person: str, standings: Iterable[Standing], rules: OverrideRules) -> None:
    mine = next((it for it in standings if it.person == person), None)
    if not may_override(mine, rules):
        raise NotAllowedToOverride


def _check_shown(shown: Shown | None, rules: OverrideRules) -> None:
    if rules.step_up and not is_by_key(shown):
        raise OverrideByKey


def _check_account(incident: str, reason: str) -> None:
    if not is_incident(incident):
        raise IncidentMissing
    check_says_why(reason)
