"""The ladder: every rung in its order, once, whatever is planned anew; and nothing after the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import WorkingHours
from bot.domain.effects import Remind, ShowCard
from bot.domain.events import DeadlinePassed, Event, Reassessed
from bot.domain.ladder import planned_anew
from bot.domain.lifecycle import advance, begin, replay
from bot.domain.signoff import Deadline, DeadlineKind, Requirement, Signoff, Status
from bot.domain.sla import Sla, deadlines
from storage.documents import event_facts, read_event, read_signoff, write_signoff
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    asked,
    expire,
    hours,
    minutes,
    opened,
    reassessed,
    remind,
    time_passes,
)

LEADS = "leads"
FULL = Sla(
    remind=(minutes(15), minutes(45)),
    widen=minutes(30),
    escalate=hours(1),
    escalate_to=(PLATFORM,),
    managers=hours(4),
    managers_to=(LEADS,),
)


def planned(*slas: Sla, at: datetime = NOW) -> Requirement:
    """What these deadlines come to, for a circle that all their groups join."""
    wider = frozenset().union(*(sla.wider for sla in slas))
    ask = replace(an_ask(), wider=wider)
    return replace(a_requirement(), asks=(ask,), deadlines=deadlines(list(slas), at))


def waiting(*slas: Sla) -> Signoff:
    return a_signoff(requirement=planned(*(slas or (FULL,))))


def replanned(*slas: Sla, at: datetime, **facts: object) -> Reassessed:
    return replace(reassessed(at=at), requirement=planned(*slas), **facts)  # type: ignore[arg-type]


def test_every_rung_is_a_deadline_with_whom_it_lets_in() -> None:
    assert deadlines([FULL], NOW) == (
        remind(NOW + minutes(15)),
        Deadline(NOW + minutes(30), DeadlineKind.WIDEN),
        remind(NOW + minutes(45)),
        Deadline(NOW + hours(1), DeadlineKind.ESCALATE, (PLATFORM,)),
        Deadline(NOW + hours(4), DeadlineKind.MANAGERS, (LEADS,)),
        expire(NOW + hours(8)),
    )


def test_one_escalation_alone_lets_in_all_and_names_nobody() -> None:
    """As it always was written down."""
    alone = deadlines([replace(FULL, managers=None, remind=(), widen=None)], NOW)
    assert alone == (Deadline(NOW + hours(1), DeadlineKind.ESCALATE), expire(NOW + hours(8)))


def test_of_several_slas_each_group_joins_at_its_soonest() -> None:
    slow = Sla(remind=(), escalate=hours(2), escalate_to=(LEADS, PLATFORM))
    found = [it for it in deadlines([FULL, slow], NOW) if it.kind.escalates]
    assert found == [
        Deadline(NOW + hours(1), DeadlineKind.ESCALATE, (PLATFORM,)),
        Deadline(NOW + hours(2), DeadlineKind.ESCALATE, (LEADS,)),
    ]


def test_widening_asks_more_of_the_same_people_and_reminds_nobody() -> None:
    step = advance(after(waiting(), time_passes(NOW + minutes(15))), time_passes(NOW + minutes(30)))
    assert step.effects == (ShowCard(),)
    assert step.signoff.asked == ("ada", "grace", "pat", "ruth")
    assert (step.signoff.asked_more, step.signoff.escalated) == (True, False)
    assert step.signoff.groups == (PAYMENTS,)


def test_each_rung_lets_in_its_own_groups_and_no_others() -> None:
    escalated = after(waiting(), time_passes(NOW + hours(1)))
    assert (escalated.joined, escalated.waits_to_join) == ({PLATFORM}, {LEADS})
    assert escalated.groups == (PAYMENTS, PLATFORM)
    step = advance(escalated, time_passes(NOW + hours(4)))
    assert step.effects == (ShowCard(), Remind(escalated=True))
    assert step.signoff.joined == {PLATFORM, LEADS}


def test_groups_whose_rung_would_come_after_the_end_never_join() -> None:
    short = Sla(remind=(), escalate=None, expire=hours(2))
    signoff = after(waiting(FULL, short), time_passes(NOW + hours(1)))
    assert (signoff.joined, signoff.waits_to_join) == ({PLATFORM}, {LEADS})


def test_what_was_written_before_there_were_rungs_lets_all_in_at_once() -> None:
    old = a_signoff(requirement=a_requirement(replace(an_ask(), wider=frozenset("xy"))))
    assert after(old, time_passes(NOW + hours(1))).joined == frozenset("xy")


def test_after_an_outage_all_that_is_overdue_is_one_step() -> None:
    """Three hours down: two reminders and two rungs are behind, and are said once."""
    step = advance(waiting(), time_passes(NOW + hours(3)))
    assert step.effects == (ShowCard(), Remind(escalated=True))
    assert step.signoff.next_deadlines[0].kind is DeadlineKind.MANAGERS
    assert (step.signoff.asked_more, step.signoff.joined) == (True, {PLATFORM})
    assert step.signoff.version == 2


def test_after_an_outage_only_the_newest_reminder_is_spoken() -> None:
    only = replace(FULL, widen=None, escalate=None, managers=None)
    step = advance(waiting(only), time_passes(NOW + hours(3)))
    assert step.effects == (Remind(),)
    assert step.signoff.reminders == 2


def test_after_an_outage_that_outlasted_it_nothing_but_its_end_is_said() -> None:
    step = advance(waiting(), time_passes(NOW + hours(9)))
    assert step.signoff.status is Status.EXPIRED
    assert (step.signoff.escalated, step.signoff.asked) == (False, ("ada", "grace"))
    assert not any(isinstance(effect, Remind) for effect in step.effects)


# Planned anew.

OFFICE = WorkingHours()
WORKING = replace(FULL, hours=OFFICE)
CLOSED_TODAY = replace(FULL, hours=replace(OFFICE, closed=frozenset({NOW.date()})))


def test_a_day_off_that_is_announced_moves_all_that_is_to_come() -> None:
    """From the opening on, as if it had been known from the first."""
    signoff = after(waiting(WORKING), replanned(CLOSED_TODAY, at=NOW + minutes(5)))
    tomorrow = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert NOW.date() == date(2026, 11, 23)
    assert signoff.next_due == tomorrow + minutes(15)
    assert signoff.expires_at == datetime(2026, 11, 24, 17, tzinfo=UTC)


def test_a_reminder_that_went_out_is_not_repeated_where_it_moves() -> None:
    reminded = after(waiting(WORKING), time_passes(NOW + minutes(15)))
    moved = after(reminded, replanned(CLOSED_TODAY, at=NOW + minutes(20)))
    tomorrow = datetime(2026, 11, 24, 9, tzinfo=UTC)
    again = advance(moved, time_passes(tomorrow + minutes(15)))
    assert again.effects == ()
    second = advance(
        after(again.signoff, time_passes(tomorrow + minutes(30))),
        time_passes(tomorrow + minutes(45)),
    )
    assert second.effects == (Remind(),)


def test_the_same_without_a_reminder_before_is_spoken() -> None:
    moved = after(waiting(WORKING), replanned(CLOSED_TODAY, at=NOW + minutes(5)))
    tomorrow = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert advance(moved, time_passes(tomorrow + minutes(15))).effects == (Remind(),)


def test_who_joined_stays_where_their_rung_moves_and_is_not_called_twice() -> None:
    escalated = after(waiting(WORKING), time_passes(NOW + hours(1)))
    moved = after(escalated, replanned(CLOSED_TODAY, at=NOW + hours(1)))
    assert (moved.joined, moved.waits_to_join) == ({PLATFORM}, {LEADS})
    tomorrow = datetime(2026, 11, 24, 9, tzinfo=UTC)
    step = advance(moved, time_passes(tomorrow + hours(1)))
    assert (step.effects, step.signoff.asked) == ((), moved.asked)
    later = advance(step.signoff, time_passes(tomorrow + hours(4)))
    assert Remind(escalated=True) in later.effects
    assert later.signoff.joined == {PLATFORM, LEADS}


def test_rungs_that_are_past_by_now_are_climbed_at_once() -> None:
    sooner = replace(FULL, widen=minutes(2), escalate=minutes(5), managers=minutes(8))
    later = replace(FULL, widen=hours(1), escalate=hours(2), managers=hours(3))
    _, news = planned_anew(waiting(later), planned(sooner), NOW + minutes(10))
    assert (news.asks_more, news.escalates, news.reminds) == (True, True, False)
    step = advance(waiting(later), replanned(sooner, at=NOW + minutes(10)))
    assert Remind(escalated=True) in step.effects
    assert step.signoff.joined == {PLATFORM, LEADS}


def test_a_plan_by_which_it_is_over_climbs_nothing() -> None:
    short = replace(FULL, escalate=minutes(5), managers=None, widen=None, expire=minutes(8))
    step = advance(waiting(), replanned(short, at=NOW + minutes(10)))
    assert not step.signoff.escalated
    assert advance(step.signoff, time_passes(NOW + minutes(10))).signoff.status is Status.EXPIRED


# Whatever happens.

_LENGTHS = st.integers(1, 600).map(minutes)
_NAMES = st.lists(st.sampled_from([PLATFORM, LEADS, "x"]), max_size=2, unique=True).map(tuple)
_CALENDARS = st.sampled_from([None, OFFICE, CLOSED_TODAY.hours])
_SLAS = st.builds(
    Sla,
    remind=st.lists(_LENGTHS, max_size=3).map(tuple),
    widen=st.none() | _LENGTHS,
    escalate=st.none() | _LENGTHS,
    escalate_to=_NAMES,
    managers=st.none() | _LENGTHS,
    managers_to=_NAMES,
    expire=_LENGTHS,
    hours=_CALENDARS,
)
_PLANS = st.lists(_SLAS, min_size=1, max_size=3)


@settings(max_examples=120, deadline=None)
@given(slas=_PLANS)
def test_the_rungs_are_in_order_and_nothing_comes_after_the_end(slas: list[Sla]) -> None:
    found = deadlines(slas, NOW)
    *before, last = found
    assert last.kind is DeadlineKind.EXPIRE
    assert list(found) == sorted(found, key=lambda it: it.at)
    assert all(NOW <= it.at < last.at and it.kind is not DeadlineKind.EXPIRE for it in before)
    joining = [name for it in before for name in it.groups]
    assert len(joining) == len(set(joining)), "nobody joins twice"
    assert sum(it.kind is DeadlineKind.WIDEN for it in before) <= 1


Happens = Callable[[datetime], Event]
_MOMENTS = st.integers(0, 3_000).map(minutes)
_HAPPENS = st.one_of(
    st.just(lambda at: time_passes(at)),
    _PLANS.map(lambda slas: lambda at: replanned(*slas, at=at, invited=asked("ada"))),
)


@settings(max_examples=120, deadline=None)
@given(
    slas=_PLANS,
    story=st.lists(st.tuples(_MOMENTS, _HAPPENS), max_size=8).map(
        lambda it: sorted(it, key=lambda step: step[0])
    ),
)
def test_through_any_life(slas: list[Sla], story: list[tuple[timedelta, Happens]]) -> None:
    opening = opened(requirement=planned(*slas))
    signoff, trail = begin(opening).signoff, list[Event]()
    for moment, happens in story:
        event = happens(NOW + moment)
        before = signoff
        if before.status.is_final and isinstance(event, Reassessed):
            continue
        signoff, effects = advance(before, event)
        trail.append(event)
        _check(before, event, signoff, effects)
    told = [read_event(event_facts(event)) for event in trail]
    assert replay(opening, told) == signoff, "law 5"
    assert read_signoff(write_signoff(signoff)) == signoff


def _check(before: Signoff, event: Event, now: Signoff, effects: tuple[object, ...]) -> None:
    over = before.expires_at is not None and before.expires_at <= event.at
    if before.status.is_final:
        assert (now, effects) == (before, ())
    if isinstance(event, DeadlinePassed) and not before.status.is_final:
        assert (now.status is Status.EXPIRED) == over, "expiry goes first"
    if now.status.is_final:
        assert not any(isinstance(effect, Remind) for effect in effects)
        return
    assert sum(isinstance(effect, Remind) for effect in effects) <= 1
    if isinstance(event, DeadlinePassed):
        assert now.joined >= before.joined, "nobody has to leave"
        assert not now.next_deadlines or now.next_deadlines[0].at > event.at
        news = [it for it in effects if it == Remind(escalated=True)]
        assert not news or not before.escalated or now.joined > before.joined, "once each"
    else:
        assert now.joined >= before.joined & now.requirement.wider, "nor by another plan"
    assert now.joined <= now.requirement.wider
    assert now.joined.isdisjoint(now.waits_to_join)
    assert now.escalated >= before.escalated
    assert now.reminders >= before.reminders


@pytest.mark.parametrize("kind", DeadlineKind)
def test_two_kinds_of_deadlines_escalate(kind: DeadlineKind) -> None:
    assert kind.escalates is (kind in (DeadlineKind.ESCALATE, DeadlineKind.MANAGERS))
