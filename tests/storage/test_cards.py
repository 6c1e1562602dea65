"""Where does each card hang, and what does it show?"""

from __future__ import annotations

from collections.abc import Mapping

from bot.ports import CardRef
from storage import cards
from storage.cards import STRAY, Hung
from storage.store import Store

HERE, THERE = CardRef("C0PAY", "m1"), CardRef("C0PAY", "m2")


async def keep(store: Store, surface: str, ref: CardRef, shown: int) -> None:
    await store.write(lambda session: cards.keep(session, "sgn_1", surface, ref, shown))


async def hung(store: Store, signoff_id: str = "sgn_1") -> Mapping[str, Hung]:
    return await store.read(lambda session: cards.hung(session, signoff_id))


async def adopt(store: Store, ref: CardRef, signoff_id: str = "sgn_1") -> bool:
    return await store.write(lambda session: cards.adopt(session, signoff_id, ref))


async def test_cards_are_kept_by_surface(store: Store) -> None:
    await keep(store, "C0PAY", HERE, 1)
    await keep(store, "@U0ADA", THERE, 1)
    assert await hung(store) == {"C0PAY": Hung(HERE, 1), "@U0ADA": Hung(THERE, 1)}
    assert await hung(store, "sgn_2") == {}


async def test_it_never_goes_back_to_an_older_picture(store: Store) -> None:
    await keep(store, "C0PAY", HERE, 3)
    await keep(store, "C0PAY", HERE, 2)
    assert await hung(store) == {"C0PAY": Hung(HERE, 3)}


async def test_a_card_that_was_hung_anew_is_where_it_is_now(store: Store) -> None:
    await keep(store, "C0PAY", HERE, 1)
    await keep(store, "C0PAY", THERE, 2)
    assert await hung(store) == {"C0PAY": Hung(THERE, 2)}


async def test_an_unknown_card_is_adopted_once_and_shows_nothing_yet(store: Store) -> None:
    assert await adopt(store, HERE)
    assert not await adopt(store, HERE)
    assert await hung(store) == {f"{STRAY}C0PAY m1": Hung(HERE, -1)}


async def test_a_known_card_is_not_adopted(store: Store) -> None:
    await keep(store, "C0PAY", HERE, 1)
    assert not await adopt(store, HERE)
    assert await adopt(store, THERE)


async def test_the_same_message_may_be_another_signoff_s_stray(store: Store) -> None:
    await keep(store, "C0PAY", HERE, 1)
    assert await adopt(store, HERE, "sgn_2")
    assert list(await hung(store)) == ["C0PAY"]
