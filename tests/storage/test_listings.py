"""Is it known which lists were sent, to whom, and what stands on them?"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from storage import listings
from storage.listings import Sent
from storage.store import Store
from tests.builders import NOW, hours


def sent(id: str = "lst_1", *signoffs: str, at: datetime = NOW, **facts: object) -> Sent:
    known = {"kind": "reminder", "reader": "@ada", "more": 0, **facts}
    return Sent(id=id, at=at, signoff_ids=signoffs, **known)  # type: ignore[arg-type]


async def put(store: Store, *lists: Sent) -> None:
    for one in lists:
        await store.write(partial(listings.put, sent=one))


async def test_a_list_keeps_its_order(store: Store) -> None:
    one = sent("lst_1", "sgn_9", "sgn_1", "sgn_5", more=3)
    await put(store, one)
    assert await store.read(lambda s: listings.get(s, "lst_1")) == one
    assert await store.read(lambda s: listings.get(s, "lst_2")) is None


async def test_an_empty_list_is_one(store: Store) -> None:
    await put(store, sent())
    assert await store.read(lambda s: listings.get(s, "lst_1")) == sent()
    assert await store.read(lambda s: listings.last(s, "reminder", "@ada")) == NOW


async def test_the_lists_about_a_signoff_are_found(store: Store) -> None:
    await put(store, sent("lst_1", "sgn_1", "sgn_2"), sent("lst_2", "sgn_2"), sent("lst_3"))
    assert await store.read(lambda s: listings.about(s, "sgn_2")) == ["lst_1", "lst_2"]
    assert await store.read(lambda s: listings.about(s, "sgn_3")) == []


async def test_the_last_is_that_of_this_kind_and_reader(store: Store) -> None:
    await put(
        store,
        sent("lst_1"),
        sent("lst_2", at=NOW + hours(1)),
        sent("lst_3", at=NOW + hours(2), kind="digest"),
        sent("lst_4", at=NOW + hours(3), reader="@grace"),
    )
    assert await store.read(lambda s: listings.last(s, "reminder", "@ada")) == NOW + hours(1)
    assert await store.read(lambda s: listings.last(s, "digest", "@grace")) is None


async def test_old_lists_are_forgotten_with_what_stood_on_them(store: Store) -> None:
    await put(store, sent("lst_1", "sgn_1"), sent("lst_2", "sgn_1", at=NOW + hours(1)))
    old = await store.write(lambda s: listings.forget_before(s, NOW + hours(1)))
    assert old == ["lst_1"]
    assert await store.read(lambda s: listings.about(s, "sgn_1")) == ["lst_2"]
    assert await store.read(lambda s: listings.get(s, "lst_1")) is None
    assert await store.write(lambda s: listings.forget_before(s, NOW + hours(1))) == []
