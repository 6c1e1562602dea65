"""The ladder on the real store: whom each rung brings in, and what moves when the rules do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.asking.rota import Rota, Shift
from bot.domain.calendar import WorkingHours
from bot.domain.change import Identity
from bot.domain.events import DeadlinePassed, Event, Reassessed
from bot.domain.lifecycle import replay
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff, Status
from bot.domain.sla import Sla
from bot.engine.keeping import ESCALATED, STANDS_IN, WIDENED
from storage import leaves
from storage.leaves import Away
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    FakeClock,
    a_group,
    a_person,
    a_policy,
    a_roster,
    a_rule,
    hours,
    ids,
    minutes,
    with_person,
)
from tests.engine.house import House, a_house

LEADS = "leads"
FULL = Sla(
    remind=(minutes(15), minutes(45)),
    widen=minutes(30),
    escalate=hours(1),
    escalate_to=(PLATFORM,),
    managers=hours(4),
    managers_to=(LEADS,),
)
TEAM = tuple(a_person(name) for name in ("ada", "grace", "hedy", "ivy"))
ONE_TEAM = a_roster(
    people=(*TEAM, *(ROSTER.people[id] for id in ("jun", "pat", "ruth")), a_person("lea", "staff")),
    groups=(
        a_group(PAYMENTS, *(it.id for it in TEAM), channel="C0PAY", owns=("acme/payments-*",)),
        a_group(PLATFORM, "pat", "ruth", channel="C0PLAT", on_call="platform"),
        a_group(LEADS, "lea", channel="C0LEAD"),
    ),
)


def by(sla: Sla, digest: str = "sha256:p") -> Policy:
    return a_policy(a_rule(sla="s"), slas={"s": sla}, digest=digest)


async def passes(house: House, signoff: Signoff, at: datetime) -> Signoff:
    house.clock.now = at
    await house.signoffs.pass_deadlines()
    return await house.now(signoff)


async def trail(house: House, signoff: Signoff) -> Sequence[Event]:
    """All that happened; told again it comes to what is stored."""
    opened, *later = await house.board.trail(signoff.id)
    assert replay(opened, later) == await house.now(signoff)  # type: ignore[arg-type]
    return later


def why(signoff: Signoff) -> dict[str, tuple[str, ...]]:
    return {it.person: it.why for it in signoff.invited}


async def away(house: House, person: str) -> None:
    await house.store.write(lambda session: leaves.put(session, person, Away(None)))


async def test_each_rung_asks_others_and_says_why(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ONE_TEAM, policy=by(FULL)) as house:
        signoff = await house.open()
        assert len(signoff.asked) == 2
        wider = await passes(house, signoff, NOW + minutes(30))
        assert set(wider.asked) == {it.id for it in TEAM}
        new = set(wider.asked) - set(signoff.asked)
        assert {why(wider)[person][0] for person in new} == {WIDENED}
        escalated = await passes(house, signoff, NOW + hours(1))
        assert set(escalated.asked) - set(wider.asked) == {"pat", "ruth"}
        assert why(escalated)["pat"][0] == ESCALATED
        last = await passes(house, signoff, NOW + hours(4))
        assert set(last.asked) - set(escalated.asked) == {"lea"}
        assert why(last)["lea"][0] == ESCALATED
        assert last.groups == (PAYMENTS, LEADS, PLATFORM)
        over = await passes(house, signoff, NOW + hours(8))
        assert over.status is Status.EXPIRED
        assert [event.kind for event in await trail(house, signoff)] == ["deadline_passed"] * 4


async def test_all_at_once_after_an_outage_is_one_entry(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ONE_TEAM, policy=by(FULL)) as house:
        signoff = await house.open()
        late = await passes(house, signoff, NOW + hours(5))
        assert {"pat", "ruth", "lea"} <= set(late.asked)
        (entry,) = await trail(house, signoff)
        assert isinstance(entry, DeadlinePassed)


async def test_after_an_outage_that_outlasted_it_nobody_else_is_asked(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ONE_TEAM, policy=by(FULL)) as house:
        signoff = await house.open()
        over = await passes(house, signoff, NOW + hours(9))
        assert (over.status, over.asked) == (Status.EXPIRED, signoff.asked)
        (entry,) = await trail(house, signoff)
        assert isinstance(entry, DeadlinePassed)
        assert entry.invited == ()


async def test_whoever_left_since_is_not_brought_in(tmp_path: Path) -> None:
    """Pat had a part in it, and ruth went on leave: of both groups only lea is left."""
    both = replace(FULL, escalate_to=(PLATFORM, LEADS), managers=None, managers_to=())
    async with a_house(tmp_path, roster=ONE_TEAM, policy=by(both)) as house:
        signoff = await house.open(author=_author("pat"))
        await away(house, "ruth")
        escalated = await passes(house, signoff, NOW + hours(1))
        assert {"pat", "ruth"}.isdisjoint(escalated.asked)
        assert "lea" in escalated.asked


def _author(login: str) -> Identity:
    (name,) = ONE_TEAM.people[login].logins
    return Identity(login=name)


async def test_who_is_on_call_is_asked_at_night_and_others_are_not_woken(tmp_path: Path) -> None:
    """In the evening everybody has gone home; ruth is on call."""
    evening = NOW.replace(hour=20)
    async with a_house(tmp_path, FakeClock(evening), roster=ONE_TEAM, policy=by(FULL)) as house:
        shift = Shift(person="ruth", start=None, end=None)
        house.circumstances.rotas = {"platform": Rota(name="platform", shifts=(shift,))}
        signoff = await house.open()
        escalated = await passes(house, signoff, evening + hours(1))
        assert set(escalated.asked) - set(signoff.asked) >= {"ruth"}
        assert why(escalated)["ruth"][0] == ESCALATED
        assert "on call for platform" in why(escalated)["ruth"]


async def test_who_works_at_the_time_is_asked_before_who_has_a_day_off(tmp_path: Path) -> None:
    off = replace(a_person("grace"), calendar=WorkingHours(closed=frozenset({NOW.date()})))
    roster = with_person(ONE_TEAM, off)
    async with a_house(tmp_path, roster=roster, policy=by(FULL)) as house:
        for number in range(6):
            signoff = await house.open(key=f"k{number}", repository=f"acme/payments-{number}")
            assert "grace" not in signoff.asked


# Planned anew.

OFFICE = replace(FULL, hours=WorkingHours())
CLOSED = replace(FULL, hours=WorkingHours(closed=frozenset({NOW.date()})))
TOMORROW = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def test_a_company_that_closes_moves_what_waits_and_no_approval_lapses(
    tmp_path: Path,
) -> None:
    clock, new_id = FakeClock(), ids()
    two = a_rule(approvals=2, sla="s")
    before = a_policy(two, slas={"s": OFFICE})
    after = a_policy(two, slas={"s": CLOSED})
    async with a_house(tmp_path, clock, roster=ONE_TEAM, policy=before, new_id=new_id) as house:
        signoff = await house.open()
        await house.review(signoff, signoff.asked[0])
    clock.go_on(minutes(20))
    async with a_house(tmp_path, clock, roster=ONE_TEAM, policy=after, new_id=new_id) as house:
        await house.signoffs.reassess()
        moved = await house.now(signoff)
        assert moved.next_due == TOMORROW + minutes(15)
        assert isinstance((await trail(house, signoff))[-1], Reassessed)
        done = await house.review(moved, signoff.asked[1])
        assert done.status is Status.APPROVED


async def test_a_shorter_way_to_the_top_brings_them_in_at_once(tmp_path: Path) -> None:
    """Only the deadlines changed, so that those who were asked are the same."""
    clock, new_id = FakeClock(), ids()
    sooner = replace(FULL, escalate=minutes(10))
    async with a_house(tmp_path, clock, roster=ONE_TEAM, policy=by(FULL), new_id=new_id) as house:
        signoff = await house.open()
    clock.go_on(minutes(12))
    async with a_house(tmp_path, clock, roster=ONE_TEAM, policy=by(sooner), new_id=new_id) as house:
        await house.signoffs.reassess()
        escalated = await house.now(signoff)
        assert escalated.escalated
        assert {"pat", "ruth"} <= set(escalated.asked)
        assert why(escalated)["pat"][0] == ESCALATED
        await trail(house, signoff)


async def test_for_whoever_went_on_leave_somebody_stands_in(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ONE_TEAM, policy=by(Sla())) as house:
        signoff = await house.open()
        for person in signoff.asked:
            await away(house, person)
        later = await passes(house, signoff, NOW + minutes(15))
        new = set(later.asked) - set(signoff.asked)
        assert len(new) == 2
        assert {why(later)[person][0] for person in new} == {STANDS_IN}
        entries = await trail(house, signoff)
        assert [entry.kind for entry in entries] == ["deadline_passed", "reassessed"]
        assert (await passes(house, signoff, NOW + minutes(45))).asked == later.asked


async def test_where_nobody_went_on_leave_nobody_stands_in(tmp_path: Path) -> None:
    async with a_house(tmp_path, roster=ONE_TEAM, policy=by(Sla())) as house:
        signoff = await house.open()
        other = next(it.id for it in TEAM if it.id not in signoff.asked)
        await away(house, other)
        assert (await passes(house, signoff, NOW + minutes(15))).asked == signoff.asked
