"""A token announces one thing, whichever process hears it and however often it is started again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.engine.intake import KEPT_FOR
from bot.engine.tokens import Tokens
from bot.web.oidc import LEEWAY, LONGEST_LIFE
from storage import inbox
from storage.store import Store
from tests.builders import FakeClock

ISSUER, OTHER = "https://gitlab.com", "https://gitlab.acme.example"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(url: str, clock: FakeClock) -> AsyncIterator[Store]:
    made = Store(url, clock=clock)
    yield made
    await made.close()


async def test_the_same_may_be_said_again_and_nothing_else(store: Store):
    spend = Tokens(store).spend
    assert await spend(ISSUER, "t", b"a")
    assert await spend(ISSUER, "t", b"a")
    assert not await spend(ISSUER, "t", b"b")
    assert not await spend(ISSUER, "t", b"b")  # a refusal leaves nothing behind that helps
    assert not await spend(ISSUER, "t", b"")
    assert await spend(ISSUER, "t", b"a")


async def test_tokens_of_one_id_of_two_issuers_are_two(store: Store):
    spend = Tokens(store).spend
    assert await spend(ISSUER, "t", b"a")
    assert await spend(OTHER, "t", b"b")
    assert await spend(ISSUER, "T", b"b")


@pytest.mark.parametrize("name", ["", "\x00", "a b", "x" * 10_000, "ключ", "' OR 1=1 --"])
async def test_an_id_may_be_anything(store: Store, name: str):
    spend = Tokens(store).spend
    assert await spend(ISSUER, name, b"a")
    assert not await spend(ISSUER, name, b"b")


async def test_of_many_at_once_one_is_first(store: Store):
    spend = Tokens(store).spend
    bodies = [b"%d" % number for number in range(20)]
    assert sum(await asyncio.gather(*(spend(ISSUER, "t", body) for body in bodies))) == 1


async def test_another_process_and_a_later_start_know_it_too(url: str, clock: FakeClock):
    for body, taken in ((b"a", True), (b"b", False), (b"a", True)):
        store = Store(url, clock=clock)
        assert await Tokens(store).spend(ISSUER, "t", body) is taken
        await store.close()


async def test_it_is_remembered_for_as_long_as_a_token_can_live(store: Store, clock: FakeClock):
    spend = Tokens(store).spend
    assert await spend(ISSUER, "t", b"a")
    clock.go_on(LONGEST_LIFE + LEEWAY)
    before = clock() - KEPT_FOR
    await store.write(lambda session: inbox.forget_before(session, before))
    assert not await spend(ISSUER, "t", b"b")
    clock.go_on(timedelta(days=2))
    later = clock() - KEPT_FOR
    await store.write(lambda session: inbox.forget_before(session, later))
    assert await spend(ISSUER, "t", b"b")


async def test_it_waits_for_nobody_to_read_it(store: Store):
    assert await Tokens(store).spend(ISSUER, "t", b"a")
    assert not await store.read(inbox.is_due)
