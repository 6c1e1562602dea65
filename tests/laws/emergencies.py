"""What does the law of overrides say, in other words than the code's?

Law 13: an override is by somebody entitled who had no part, or confirmed by one; where keys are asked
for each of them has signed it with theirs. It names an incident and a reason, is never silent, ends by
itself, and somebody else reviews it; beyond the budget of a month it takes two, and so it does where
somebody unknown had a part. Of a merge it is taken back when it ends, once and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.effects import ShowCard, TakeBack
from bot.domain.events import DeadlinePassed, Event, Overridden, OverrideAsked, OverrideReviewed
from bot.domain.override import Override, OverrideReview, OverrideRules, OverrideWanted
from bot.domain.people import Standing
from bot.domain.proving import BY_KEY, BY_SIGN_IN, Shown
from bot.domain.signoff import Signoff
from tests.builders import AN_ASSERTION, PLATFORM, minutes, standing

Emergency = OverrideAsked | Overridden | OverrideReviewed
Maker = Callable[[Signoff], Event]

RULES = (
    OverrideRules(people=frozenset({"ada", "jun"}), lasts=minutes(2), review_within=minutes(3)),
    OverrideRules(people=frozenset({"ada", "jun"}), groups=frozenset({PLATFORM}), second=True,
                  lasts=minutes(5), review_within=minutes(3)),
    OverrideRules(groups=frozenset({PLATFORM}), second=True, review_within=minutes(3)),
    OverrideRules(people=frozenset({"ada", "jun"}), step_up=True, per_month=2, review_within=minutes(3)),
    OverrideRules(groups=frozenset({PLATFORM}), second=True, step_up=True, review_within=minutes(3)),
    OverrideRules(people=frozenset({"ada", "pat"}), per_month=1, review_within=minutes(3)),
    OverrideRules(),
)  # fmt: skip

SHOWN = (
    *(Shown(how=BY_KEY, assertion=AN_ASSERTION),) * 4,
    Shown(),
    Shown(how=BY_KEY),
    Shown(how=BY_SIGN_IN, assertion=AN_ASSERTION),
)
"""Where a key is asked for, what only claims to be signed has to be as good as nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    incident: str
    reason: str


def emergencies(
    choose: Any, at: datetime, rosters: Any, fixed: OverrideRules | None = None
) -> Maker:
    """Somebody asks, overrides, confirms or reviews, rightly or not; or time passes."""
    rules, roster = fixed or choose(RULES), choose(rosters)
    by, other = choose(("ada", "pat", "jun", "grace")), choose(("ada", "pat", "pat", "jun", "ruth"))
    said = Said(
        incident=choose(("INC-7", "INC-7", "INC-7", "", "a b", "x" * 70)),
        reason=choose(("payments are down",) * 4 + (" ",)),
    )
    fine, lapses = choose((True, False)), choose((minutes(2), minutes(15)))
    what, honest = choose("aoorrt"), choose((True,) * 6 + (False,))
    shown, others, nth = choose(SHOWN), choose(SHOWN), choose((0, 1, 2, 3))

    def known(person: str) -> Standing:
        return standing(person if person in roster.people else "mallory", roster)

    def make(signoff: Signoff) -> Event:
        if what == "t":
            return DeadlinePassed(at=at)
        if what == "r" and signoff.override:
            review = OverrideReview(by=by, fine=fine, note=said.reason, at=at)
            mine = known(by if honest else other)
            return OverrideReviewed(review=review, standing=mine, rules=rules)
        two = takes_two(rules, nth, signoff)
        if what == "a" and two:
            wanted = OverrideWanted(
                by=by,
                reason=said.reason,
                incident=said.incident,
                at=at,
                until=at + lapses,
                shown=shown,
                nth=nth,
            )
            return OverrideAsked(wanted=wanted, standing=known(by), rules=rules)
        asked = signoff.override_asked if two else None
        override = Override(
            by=asked.by if asked else by,
            reason=asked.reason if asked else said.reason,
            incident=asked.incident if asked else said.incident,
            at=at,
            until=at + rules.lasts,
            review_by=at + rules.review_within,
            second=other if two else "",
            shown=asked.shown if asked else shown,
            second_shown=others if two else None,
            nth=nth,
            per_month=rules.per_month,
        )
        standings = tuple(known(it) for it in (override.by, override.second) if it)
        return Overridden(override=override, standings=standings, rules=rules)

    return make


def entitled(person: str, standings: Iterable[Standing], rules: OverrideRules) -> bool:
    for it in standings:
        if it.person == person:
            return person in set(rules.people) or len(set(rules.groups) & set(it.groups)) > 0
    return False


def takes_two(rules: OverrideRules, nth: int, signoff: Signoff) -> bool:
    """Where it says so; beyond what a month is to have, if it is to have so many; and where whoever
    asks may have made it under another name.
    """
    parts, status = signoff.contributors, signoff.provenance.status.value
    strange = parts.unknown != () and status != "automation"
    by_nobody = status in ("assisted", "contradicted") and parts.people == frozenset()
    beyond = rules.per_month != 0 and nth > rules.per_month
    return rules.second or beyond or strange or by_nobody


def proves(shown: Shown | None, rules: OverrideRules) -> bool:
    if not rules.step_up:
        return True
    return shown is not None and shown.how == "web-oidc+webauthn" and bool(shown.assertion)


def gives_account(incident: str, reason: str) -> bool:
    """An incident has a plain name, and a reason some letters."""
    plain = all(char.isascii() and (char.isalnum() or char in "._/#-") for char in incident)
    named = 2 <= len(incident) <= 61 and plain and incident[0].isalnum()
    return named and sum(char.isalnum() for char in reason) > 2


def lawful(signoff: Signoff, event: Emergency, *, over: bool, may_sign: bool) -> bool:
    """`over`: its time has come by then. `may_sign`: who reviews could have approved it."""
    parts = set(signoff.contributors.people)
    asked = signoff.override_asked
    live = asked is not None and event.at < asked.until
    match event:
        case OverrideAsked(wanted=it):
            waits = signoff.status.value == "pending" and not over and not live
            may = entitled(it.by, [event.standing], event.rules) and proves(it.shown, event.rules)
            return waits and may and gives_account(it.incident, it.reason)
        case Overridden(override=it):
            if signoff.status.value != "pending" or over:
                return False
            may = entitled(it.by, event.standings, event.rules) and proves(it.shown, event.rules)
            if takes_two(event.rules, it.nth, signoff):
                if not (it.second and asked and asked.by == it.by):
                    return False
                may = may and proves(it.second_shown, event.rules)
                other = entitled(it.second, event.standings, event.rules)
                independent = it.second != it.by and it.second not in parts
                return may and live and other and independent
            return may and it.by not in parts and gives_account(it.incident, it.reason)
        case OverrideReviewed(review=said):
            done = signoff.override
            if done is None or done.reviewed is not None:
                return False
            mine = event.standing.person == said.by
            may = mine and (may_sign or entitled(said.by, [event.standing], event.rules))
            note = sum(char.isalnum() for char in said.note) > 2
            return may and note and said.by not in {done.by, done.second, *parts}


def check_emergency(before: Signoff, event: Event, after: Signoff, effects: Iterable[Any]) -> None:
    """What an event that was let through has made of an override."""
    if isinstance(event, Overridden):
        it = after.override
        assert after.status.value == "overridden"
        assert it is not None
        assert it == replace(event.override, reviewed=None, reminded=0, ended=False)
        assert timedelta(0) < it.until - it.at <= timedelta(minutes=60), "law 13: it ends"
        ends = [it.until] if after.change.by_lineage else []
        assert after.next_due == min([it.review_by, *ends]), (
            "law 13: it is to be reviewed, and ends"
        )
        assert TakeBack() not in list(effects)
        assert ShowCard() in list(effects), "law 13: it is never silent"
    elif isinstance(event, OverrideReviewed):
        assert before.override
        assert after.override == replace(before.override, reviewed=event.review)
        waits = after.change.by_lineage and not before.override.ended
        assert after.next_due == (before.override.until if waits else None)
        assert ShowCard() in list(effects), "law 13: that it was reviewed is told"
    elif isinstance(event, DeadlinePassed) and before.override:
        _check_overdue(before, event, after, effects)
    else:
        assert after.override == before.override, "law 13: nothing else overrides"


def _check_overdue(
    before: Signoff, event: DeadlinePassed, after: Signoff, effects: Iterable[Any]
) -> None:
    was, now, told = before.override, after.override, list(effects)
    assert was
    assert now
    due = None if was.reviewed else was.review_by + timedelta(days=was.reminded)
    late = due is not None and due <= event.at
    ends = before.change.by_lineage and not was.ended and was.until <= event.at
    assert now == replace(was, reminded=now.reminded, ended=was.ended or ends)
    assert (now.reminded > was.reminded) is late
    assert (TakeBack() in told) is ends, "law 13: it ends"
    assert not (late or ends) or ShowCard() in told, "law 13: that it is overdue is said"
    assert after.next_due is None or after.next_due > event.at, "and once a day"
