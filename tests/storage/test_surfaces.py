"""What is known of what hangs where: once, in order, and never forgotten?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.ports import CardRef, Surface
from storage import reconciling, surfaces
from storage.reconciling import EVERYTHING
from storage.store import Store
from storage.surfaces import CARD, CHANGING, HOME, Hung, Want
from tests.builders import NOW, minutes

PAY, PLATFORM, ADA = Surface(channel="C0PAY"), Surface(channel="C0PLAT"), Surface(user="U0ADA")
THERE = CardRef("C0PAY", "m1")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'surfaces.db'}")
    yield store
    await store.close()


async def want(store: Store, *wants: Want, subject: str = "sgn_1", at: datetime = NOW) -> None:
    await store.write(lambda session: surfaces.want(session, subject, wants, at))


async def wanting(store: Store, *busy: str, at: datetime = NOW, per_lane: int = 9) -> list[Hung]:
    found = await store.read(lambda s: reconciling.wanting(s, at, busy, per_lane))
    return list(found)


async def names(store: Store, *busy: str, at: datetime = NOW, per_lane: int = 9) -> list[str]:
    found = await wanting(store, *busy, at=at, per_lane=per_lane)
    return [f"{row.subject} {row.name}" for row in found]


async def hang(store: Store, row: Hung, ref: CardRef = THERE) -> None:
    await store.write(lambda session: reconciling.shown(session, row, ref, "digest"))


async def test_what_is_wanted_is_wanting_until_it_was_shown(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (row,) = await wanting(store)
    assert (row.name, row.ref, row.lane) == ("card C0PAY", None, "post C0PAY")
    await hang(store, row)
    assert await wanting(store) == []
    await want(store, Want(sort=CARD, at=PAY))
    (again,) = await wanting(store)
    assert (again.ref, again.lane, again.digest) == (THERE, CHANGING, "digest")


async def test_what_changes_while_it_is_being_shown_is_wanting_still(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (row,) = await wanting(store)
    await want(store)
    await hang(store, row)
    assert await names(store) == ["sgn_1 card C0PAY"]


async def test_many_changes_are_one_row(store: Store) -> None:
    for _ in range(20):
        await want(store, Want(sort=CARD, at=PAY))
    assert len(await wanting(store)) == 1


async def test_the_most_urgent_goes_first_then_what_is_due_first_then_the_oldest(
    store: Store,
) -> None:
    soon, later = NOW + minutes(5), NOW + minutes(50)
    cases = [("a", 0, soon), ("b", 3, later), ("c", 3, soon), ("d", 1, soon), ("e", 1, soon)]
    for number, (subject, urgency, due) in enumerate(cases):
        wanted = Want(sort=CARD, at=PAY, urgency=urgency, due_at=due)
        await want(store, wanted, subject=subject, at=NOW + timedelta(seconds=number))
    found = await wanting(store, at=NOW + minutes(1))
    assert [row.subject for row in found] == ["c", "b", "d", "e", "a"]


async def test_a_card_comes_before_what_hangs_under_it(store: Store) -> None:
    await want(store, Want(sort="question", at=PAY), Want(sort=CARD, at=PAY))
    assert await names(store) == ["sgn_1 card C0PAY", "sgn_1 question C0PAY"]


async def test_a_long_line_for_one_place_hides_no_other(store: Store) -> None:
    for number in range(300):
        await want(store, Want(sort=CARD, at=PAY, urgency=3), subject=f"sgn_{number}")
    await want(store, Want(sort=CARD, at=PLATFORM), subject="sgn_x")
    found = await wanting(store, per_lane=2)
    assert {row.at for row in found} == {PAY, PLATFORM}
    assert len(found) == 3


async def test_a_busy_lane_and_one_that_is_paused_take_nothing(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY), Want(sort=CARD, at=PLATFORM))
    assert await names(store, "post C0PAY") == ["sgn_1 card C0PLAT"]
    end = NOW + minutes(2)
    await store.write(lambda session: reconciling.pause(session, "post C0PLAT", end))
    assert await names(store) == ["sgn_1 card C0PAY"]
    assert len(await names(store, at=end)) == 2
    assert await store.read(lambda session: reconciling.next_due(session, NOW)) == end


async def test_a_pause_is_never_made_shorter_and_survives_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'again.db'}"
    store = Store(url)
    await want(store, Want(sort=CARD, at=PAY))
    for length in (30, 5):
        end = NOW + minutes(length)
        await store.write(lambda session, end=end: reconciling.pause(session, EVERYTHING, end))
    await store.close()
    store = Store(url)
    try:
        assert await names(store, at=NOW + minutes(29)) == []
        assert len(await names(store, at=NOW + minutes(30))) == 1
    finally:
        await store.close()


async def test_what_is_put_off_waits_and_is_counted(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (row,) = await wanting(store)
    later = NOW + minutes(1)
    await store.write(lambda s: reconciling.put_off(s, row, later, "lost", doubtful=True))
    assert await wanting(store) == []
    (again,) = await wanting(store, at=later)
    assert (again.attempts, again.doubtful) == (1, True)


async def test_what_was_given_up_is_tried_again_once_it_is_wanted_anew(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (row,) = await wanting(store)
    await store.write(lambda session: reconciling.give_up(session, row, "is_archived", NOW))
    assert await wanting(store) == []
    assert await store.read(lambda s: reconciling.parked_at(s, "C0PAY")) == ["is_archived"]
    await want(store)
    assert len(await wanting(store)) == 1


async def test_what_is_left_alone_never_comes_back(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (row,) = await wanting(store)
    await store.write(lambda session: reconciling.leave_alone(session, row))
    await want(store, Want(sort=CARD, at=PAY))
    assert await wanting(store) == []


async def test_only_pages_that_were_opened_are_drawn_anew(store: Store) -> None:
    page = Want(sort="home", at=ADA)
    await store.write(lambda session: surfaces.want_page(session, page, NOW))
    (row,) = await wanting(store)
    await store.write(lambda session: reconciling.shown(session, row, None, ""))
    await store.write(lambda s: surfaces.mark_homes(s, ["U0ADA", "U0GRACE"], NOW))
    (again,) = await wanting(store)
    assert (again.subject, again.at, again.lane) == (HOME, ADA, surfaces.DRAWING)


@pytest.mark.parametrize(("place", "known"), [("C0PAY", True), ("C0ELSE", False)])
async def test_a_card_we_did_not_know_of_is_ours_only_where_one_is_missing(
    store: Store, place: str, known: bool
) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (row,) = await wanting(store)
    await store.write(lambda s: reconciling.put_off(s, row, NOW, "lost", doubtful=True))
    ref = CardRef(place, "m7")
    assert await store.write(lambda s: surfaces.adopt(s, "sgn_1", ref, place, NOW))
    hung = await store.read(lambda session: surfaces.hung(session, "sgn_1"))
    assert (hung["card C0PAY"].ref == ref) is known
    assert len(hung) == (1 if known else 2)
    assert not await store.write(lambda s: surfaces.adopt(s, "sgn_1", ref, place, NOW))


async def test_where_ours_hangs_another_one_is_one_too_many(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    await hang(store, (await wanting(store))[0])
    ref = CardRef("C0PAY", "m7")
    assert await store.write(lambda s: surfaces.adopt(s, "sgn_1", ref, "C0PAY", NOW))
    hung = await store.read(lambda session: surfaces.hung(session, "sgn_1"))
    assert hung["card C0PAY"].ref == THERE
    assert hung["stray m7 C0PAY"].ref == ref


async def test_a_list_that_was_pressed_is_no_card(store: Store) -> None:
    await want(store, Want(sort=CARD, at=PAY))
    (card,) = await wanting(store)
    await store.write(lambda s: reconciling.put_off(s, card, NOW, "lost", doubtful=True))
    await want(store, Want(sort="listing", at=PAY), subject="lst_1")
    (row,) = [it for it in await wanting(store) if it.subject == "lst_1"]
    await hang(store, row)
    assert not await store.write(lambda s: surfaces.adopt(s, "sgn_1", THERE, "C0PAY", NOW))
    assert list(await store.read(lambda session: surfaces.hung(session, "sgn_1"))) == [card.name]
