"""Does a page show what is there, each row once, and never look through all of it?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.house_events import ParcelHandled
from bot.domain.signoff import Signoff, Verdict
from bot.engine.browsing import Browsing
from storage import audit, browsing, parcels
from storage.browsing import After, Brief
from storage.store import Session, Store
from tests.builders import NOW, FakeClock, a_click
from tests.engine.house import House, furnish
from tests.storage.disarming import disarmed


@pytest.fixture
async def house(store: Store, clock: FakeClock) -> House:
    numbers = iter(range(10**6))
    return furnish(store, clock, new_id=lambda: f"sgn_{next(numbers):03}")


async def many(house: House, count: int, every: timedelta = timedelta(minutes=1)) -> list[Signoff]:
    found = []
    for n in range(count):
        found.append(await house.open(key=f"k{n}", repository=f"acme/payments-{n}"))
        house.clock.go_on(every)
    return found


async def test_pages_hold_each_that_waits_once_also_where_they_began_at_once(house: House) -> None:
    opened = await many(house, 7, timedelta())
    await house.review(opened[3])
    pages, after = [], None
    while True:
        page = await Browsing(house.store).pending_after(after, 2, lambda it: True)
        pages.append([it.id for it in page.found])
        if (after := page.more) is None:
            break
    assert [id for ids in pages for id in ids] == [it.id for it in opened if it.id != opened[3].id]
    assert max(map(len, pages)) == 2


async def test_of_many_that_nobody_wants_so_many_are_looked_through_at_a_time(house: House) -> None:
    opened = await many(house, 6)
    wanted = opened[5].id

    def unit(session: Session, after: After | None) -> browsing.Page:
        return browsing.pending_after(session, after, 50, lambda it: it.id == wanted, look_at=4)

    first = await house.store.read(lambda session: unit(session, None))
    assert (first.found, first.more) == ((), After(opened[3].opened_at, opened[3].id))
    second = await house.store.read(lambda session: unit(session, first.more))
    assert ([it.id for it in second.found], second.more) == ([wanted], None)


async def test_one_that_cannot_be_read_hides_no_other(house: House) -> None:
    opened = await many(house, 3)
    await house.store.write(
        lambda session: session.connection().execute(
            text("UPDATE signoff SET document = '{' WHERE id = :id"), {"id": opened[1].id}
        )
    )
    page = await Browsing(house.store).pending_after(None, 50, lambda it: True)
    assert [it.id for it in page.found] == [opened[0].id, opened[2].id]


async def test_what_somebody_is_asked_for_is_theirs_until_they_have_said(house: House) -> None:
    opened = await many(house, 3)
    looking = Browsing(house.store)
    assert {it.id for it in await looking.asked_of("ada", 50)} == {it.id for it in opened}
    assert len(await looking.asked_of("ada", 2)) == 2
    assert await looking.asked_of("jun", 50) == []
    await house.signoffs.review(a_click(opened[0], "ada"), Verdict.APPROVE)
    assert {it.id for it in await looking.asked_of("ada", 50)} == {it.id for it in opened[1:]}


async def test_what_is_sought_is_found_newest_first_each_once_and_decided_ones_too(
    house: House,
) -> None:
    opened = await many(house, 4, timedelta(minutes=1)) + await many_more(house, 3)
    await house.review(opened[2])

    async def pages(wanted: Callable[[Brief], bool], limit: int, look_at: int) -> list[list[str]]:
        found, place = [], None
        while True:
            page = await house.store.read(
                lambda session, place=place: browsing.search(session, wanted, place, limit, look_at)
            )
            found.append([it.id for it in page.found])
            if (place := page.more) is None:
                return found

    newest = [it.id for it in reversed(opened)]
    assert [id for ids in await pages(lambda it: True, 2, 100) for id in ids] == newest
    assert [id for ids in await pages(lambda it: True, 100, 3) for id in ids] == newest
    assert await pages(lambda it: it.status == "approved", 5, 3) == [[], [opened[2].id], []]


async def many_more(house: House, count: int) -> list[Signoff]:
    """All at one moment."""
    return [await house.open(key=f"m{n}", repository=f"acme/payments-m{n}") for n in range(count)]


async def test_entries_are_told_page_by_page_and_of_one_alone(house: House) -> None:
    opened = await many(house, 3)
    await house.review(opened[1])
    looking = Browsing(house.store)
    newest = await looking.entries_before(None, 2)
    assert [it.seq for it in newest] == [4, 3]
    assert [it.seq for it in await looking.entries_before(3, 50)] == [2, 1]
    theirs = await looking.entries_before(None, 50, opened[1].id)
    assert [(it.seq, type(it.event).__name__) for it in theirs] == [(4, "Reviewed"), (2, "Opened")]


async def test_an_entry_that_cannot_be_read_is_told_to_be_so(house: House) -> None:
    await many(house, 1)
    await _spoil(house, 1, body='{"event":{}}')
    (entry,) = await Browsing(house.store).entries_before(None, 50)
    assert (entry.seq, entry.event) == (1, None)


@pytest.mark.parametrize(("facts", "why"), [
    ({}, None),
    ({"body": "x"}, "its bytes are not those that were hashed"),
    ({"leaf": "0" * 64}, "its bytes are not those that were hashed"),
    ({"prev": "0" * 64}, "its columns say something else than its bytes"),
    ({"signoff_id": "sgn_x"}, "its columns say something else than its bytes"),
])  # fmt: skip
async def test_what_was_changed_among_the_newest_is_found(
    house: House, facts: dict[str, str], why: str | None
) -> None:
    await many(house, 5)
    if facts:
        await _spoil(house, 4, **facts)
    broken = await Browsing(house.store).check_newest(3)
    assert (broken and (broken.seq, broken.why)) == (why and (4, why))


async def test_what_was_taken_out_is_found_and_what_came_before_is_not_looked_at(
    house: House,
) -> None:
    await many(house, 6)
    await _spoil(house, 1, body="x")
    looking = Browsing(house.store)
    assert await looking.check_newest(3) is None
    assert (await looking.check_newest(6)) is not None
    await _against_the_guard(house, "DELETE FROM audit WHERE seq = 5")
    broken = await looking.check_newest(3)
    assert broken is not None
    assert (broken.seq, broken.why) == (6, "entry 5 is missing")


async def test_a_connection_is_heard_of_by_what_it_opened(house: House) -> None:
    await many(house, 2)
    heard = await Browsing(house.store).heard_of(["payments-ci", "other"])
    assert heard == {"payments-ci": NOW + timedelta(minutes=1)}


async def test_the_questions_are_answered_along_an_index(house: House) -> None:
    """SQLite says how it would look for it: nothing is searched from end to end."""
    await many(house, 1)
    if not house.store.alone:
        return  # PostgreSQL looks at so few rows one after the other
    plans = await house.store.read(lambda session: [_plan(session, it) for it in ASKED])
    for plan in plans:
        assert "SCAN signoff\n" not in plan, plan
        assert "SCAN audit\n" not in plan, plan
        assert "SCAN invitation\n" not in plan, plan
        assert "TEMP B-TREE FOR ORDER BY" not in plan or "invitation_of" in plan, plan


ASKED = (
    "SELECT document FROM signoff WHERE status = 'pending' AND opened_at >= '2026' AND "
    "(opened_at > '2026' OR id > 'sgn') ORDER BY opened_at, id LIMIT 600",
    "SELECT document FROM signoff WHERE id IN (SELECT signoff_id FROM invitation WHERE person = "
    "'ada' AND waiting = 1 LIMIT 500) AND status = 'pending' ORDER BY next_due, id LIMIT 50",
    "SELECT opened_at, id FROM signoff WHERE opened_at <= '2026' AND (opened_at < '2026' OR id < 'x')"
    " ORDER BY opened_at DESC, id DESC LIMIT 2000",
    "SELECT seq FROM audit WHERE seq < 9 ORDER BY seq DESC LIMIT 50",
    "SELECT seq FROM audit WHERE signoff_id = 'sgn' AND seq < 9 ORDER BY seq DESC LIMIT 50",
    "SELECT max(received_at) FROM inbox WHERE source = 'x'",
)


def _plan(session: Session, asked: str) -> str:
    rows = session.connection().execute(text(f"EXPLAIN QUERY PLAN {asked}"))
    return "\n".join(str(row[3]) for row in rows) + "\n"


async def _spoil(house: House, seq: int, **facts: str) -> None:
    said = ", ".join(f"{name} = :{name}" for name in facts)
    await _against_the_guard(house, f"UPDATE audit SET {said} WHERE seq = {seq}", **facts)  # noqa: S608


async def _against_the_guard(house: House, change: str, **facts: str) -> None:
    """As somebody does who writes in the database, and has its rights."""

    def unit(session: Session) -> None:
        disarmed(session.connection())
        session.connection().execute(text(change), facts)

    await house.store.write(unit)


# What an administrator does to a parcel.


async def parked(house: House) -> int:
    """What the pipeline was to be told of one that was decided, parked."""
    signoff = await house.open()
    await house.review(signoff)
    await house.store.write(
        lambda session: session.connection().execute(
            text("UPDATE outbox SET state = 'parked', error = 'no' WHERE lane = 'payments-ci'")
        )
    )
    listed = await house.store.read(lambda session: parcels.listed(session, 50))
    (parcel,) = [it for it in listed.parcels if it.destination == "payments-ci"]
    return parcel.id


@pytest.mark.parametrize("deed", ["retry", "drop"])
async def test_whoever_handles_a_parcel_stands_in_the_trail(
    house: House, deed: parcels.Deed
) -> None:
    id = await parked(house)
    unit = lambda session: parcels.handled(session, id, deed, "it is gone", "pat")  # noqa: E731
    assert await house.store.write(unit) == ""
    (event,) = await house.store.read(lambda session: audit.of_house(session, "parcel_handled"))
    assert isinstance(event, ParcelHandled)
    told = (event.deed, event.why, event.by, event.lane, event.effect)
    assert told == (deed, "it is gone", "pat", "payments-ci", "tell_pipeline approved")
    listed = await house.store.read(lambda session: parcels.listed(session, 50))
    assert [it.state for it in listed.parcels if it.id == id] == []
    assert await house.store.write(unit) != ""
    assert len(await house.store.read(audit.of_house)) == 1


async def test_one_that_is_still_being_tried_is_left_alone(house: House) -> None:
    id = await parked(house)
    await house.store.write(
        lambda session: session.connection().execute(text("UPDATE outbox SET state = 'waiting'"))
    )
    told = await house.store.write(
        lambda session: parcels.handled(session, id, "drop", "so", "pat")
    )
    assert "not parked" in told
    assert await house.store.read(audit.of_house) == []
