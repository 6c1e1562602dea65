"""Is what somebody wants of us kept?"""

from __future__ import annotations

from functools import partial

from storage import preferences
from storage.preferences import NONE, Preferences
from storage.store import Store

SAID = Preferences(hours="10:00-18:00", quiet="20:00-08:00", digest=True)


async def test_whoever_said_nothing_wants_nothing(store: Store) -> None:
    assert await store.read(lambda s: preferences.of(s, "ada")) == NONE
    assert await store.read(preferences.everybody) == {}


async def test_what_was_said_is_kept_by_person(store: Store) -> None:
    await store.write(lambda s: preferences.put(s, "ada", SAID))
    assert await store.read(lambda s: preferences.of(s, "ada")) == SAID
    assert await store.read(lambda s: preferences.of(s, "grace")) == NONE
    assert await store.read(preferences.everybody) == {"ada": SAID}


async def test_what_is_said_later_counts(store: Store) -> None:
    for said in (SAID, Preferences(digest=True), NONE):
        await store.write(partial(preferences.put, person="ada", said=said))
        assert await store.read(lambda s: preferences.of(s, "ada")) == said
