"""Who has to know that something changed?"""

from __future__ import annotations

from bot.engine.bell import Bell


def test_it_wakes_all_who_wait_for_this_signoff_and_nobody_else() -> None:
    bell = Bell()
    with bell.heard("a") as first, bell.heard("a") as second, bell.heard("b") as other:
        bell.ring("a")
        assert (first.is_set(), second.is_set(), other.is_set()) == (True, True, False)


def test_it_rings_for_several_at_once() -> None:
    bell = Bell()
    with bell.heard("a") as first, bell.heard("b") as second:
        bell.ring("a", "b")
        assert first.is_set()
        assert second.is_set()


def test_every_listener_hears_every_ring() -> None:
    bell, heard = Bell(), list[str]()
    bell.listen(lambda: heard.append("one"))
    bell.listen(lambda: heard.append("two"))
    bell.ring("a")
    bell.ring()
    assert heard == ["one", "two"] * 2


def test_who_left_is_forgotten() -> None:
    bell = Bell()
    with bell.heard("a") as stays:
        with bell.heard("a") as leaves:
            pass
        bell.ring("a")
        assert (stays.is_set(), leaves.is_set()) == (True, False)
    bell.ring("a")


def test_it_forgets_even_who_left_in_a_hurry() -> None:
    bell = Bell()
    try:
        with bell.heard("a") as event:
            raise LookupError
    except LookupError:
        bell.ring("a")
    assert not event.is_set()
