"""A job asks again for what expired: by token, once, and only where its run still waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.override import OverrideRules
from bot.domain.signoff import Signoff, Status
from bot.pipelines.result import message, result
from bot.web.api import Api, Door
from bot.web.problems import own_up, speak_problems
from bot.web.rates import Rates
from tests.builders import a_click, hours, minutes, sha
from tests.engine.house import House, a_house

URL = "https://sign.acme.example"
OURS, THEIRS = "a-token-of-ours", "a-token-of-another-team"
Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


@asynccontextmanager
async def asking(house: House, *, reopens: bool = True, **parts: Any) -> AsyncIterator[Ask]:
    """The API of this house; what it gives is (status, what was said)."""
    unused: Any = None
    doors = tuple(
        Door(connection=name, token=token.encode(), read=None, reopens=reopens)
        for name, token in (("payments-ci", OURS), ("other-ci", THEIRS))
    )
    api = Api(
        doors=doors,
        signoffs=house.signoffs,
        board=house.board,
        result=partial(result, public_url=URL),
        attested=unused,
        public_url=URL,
        **parts,
    )
    app = web.Application(middlewares=[own_up, speak_problems])
    app.router.add_post("/api/v1/signoffs/{id}/renew", api.renew)
    app.router.add_get("/api/v1/signoffs/{id}", api.get)
    async with TestClient(TestServer(app)) as client:

        async def ask(
            signoff_id: str, what: str = "/renew", token: str = OURS, method: str = "POST"
        ) -> tuple[int, Any]:
            path, headers = f"/api/v1/signoffs/{signoff_id}{what}", _bearer(token)
            async with client.request(method, path, headers=headers) as answer:
                kind = "application/json" if answer.status < 400 else "application/problem+json"
                assert answer.content_type == kind
                return answer.status, json.loads(await answer.read())

        yield ask


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


async def an_expired(house: House, **facts: Any) -> Signoff:
    signoff = await house.open(**facts)
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    await house.settle()
    expired = await house.now(signoff)
    assert expired.status is Status.EXPIRED
    return expired


async def test_what_expired_is_asked_for_again_as_another_signoff(house: House) -> None:
    expired = await an_expired(house)
    async with asking(house) as ask:
        status, said = await ask(expired.id)
        assert (status, said["status"]) == (202, "pending")
        assert said["url"] == f"{URL}/api/v1/signoffs/{said['id']}"
        renewed = await house.board.signoff(said["id"])
        assert renewed is not None
        assert (renewed.renews, renewed.change) == (expired.id, expired.change)


async def test_whoever_looks_at_the_old_one_finds_the_new_one(house: House) -> None:
    expired = await an_expired(house)
    async with asking(house) as ask:
        before = (await ask(expired.id, "", method="GET"))[1]
        new = (await ask(expired.id))[1]["id"]
        after = (await ask(expired.id, "", method="GET"))[1]
        assert after == {**before, "renewed_as": new}
        assert "renewed_as" not in (await ask(new, "", method="GET"))[1]


async def test_what_the_pipeline_was_told_of_it_stays_the_same_bytes(house: House) -> None:
    expired = await an_expired(house)
    told = message(expired, URL)
    async with asking(house) as ask:
        await ask(expired.id)
    renewed = await house.now(expired)
    assert renewed.renewed_as
    assert message(renewed, URL) == told


async def test_who_asks_again_hears_of_the_same_signoff(house: House) -> None:
    """Its first answer may have been lost."""
    expired = await an_expired(house)
    async with asking(house) as ask:
        answers = await asyncio.gather(*(ask(expired.id) for _ in range(5)))
    assert {status for status, _ in answers} == {202}
    assert len({said["id"] for _, said in answers}) == 1


async def test_not_before_the_pipeline_was_told_that_it_expired(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(hours(9))
    async with asking(house) as ask:
        status, said = await ask(signoff.id)
    assert status == 409
    assert said["title"].startswith("The pipeline has not taken the answer yet")


async def test_what_has_not_expired_is_not_asked_for_again(house: House) -> None:
    pending = await house.open()
    async with asking(house) as ask:
        status, said = await ask(pending.id)
    assert (status, said["title"]) == (
        409,
        "Only what expired is asked for again, and this is pending.",
    )


async def test_a_newer_change_is_not_pushed_aside(house: House) -> None:
    expired = await an_expired(house)
    newer = await house.open(key="payments-api/deploy/4712", revision=sha("b"))
    async with asking(house) as ask:
        status, said = await ask(expired.id)
    assert status == 409
    assert f"A newer change waits for the same place, as {newer.id}" in said["title"]
    assert not (await house.now(expired)).renewed_as


async def test_a_run_that_ended_when_it_was_told_no_is_not_asked_for_again(house: House) -> None:
    expired = await an_expired(house)
    async with asking(house, reopens=False) as ask:
        status, said = await ask(expired.id)
    assert status == 409
    assert said["title"].startswith("The pipeline ended that run when it was told to stop.")
    assert not (await house.now(expired)).renewed_as


async def test_there_too_what_did_not_expire_is_said_to_be_what_it_is(house: House) -> None:
    pending = await house.open()
    async with asking(house, reopens=False) as ask:
        assert "and this is pending" in (await ask(pending.id))[1]["title"]


@pytest.mark.parametrize(
    ("token", "status"), [(OURS, 202), (THEIRS, 404), ("wrong", 401), ("", 401)]
)
async def test_only_its_own_connection_may(house: House, token: str, status: int) -> None:
    expired = await an_expired(house)
    async with asking(house) as ask:
        assert (await ask(expired.id, token=token))[0] == status
    assert bool((await house.now(expired)).renewed_as) is (status == 202)


@pytest.mark.parametrize("name", ["sgn_none", "%00", "..%2F", "a" * 1_000, "%F0%9F%8E%89"])
async def test_what_nobody_opened_is_unknown(house: House, name: str) -> None:
    async with asking(house) as ask:
        assert (await ask(name))[0] == 404


async def test_asking_again_counts_against_the_rate_of_the_connection(house: House) -> None:
    expired = await an_expired(house)
    async with asking(house, rates=Rates(burst=1)) as ask:
        answers = [(await ask(expired.id))[0] for _ in range(2)]
    assert answers == [202, 429]


async def test_what_was_renewed_and_expired_may_be_renewed_once_more(house: House) -> None:
    expired = await an_expired(house)
    async with asking(house) as ask:
        new = (await ask(expired.id))[1]["id"]
        house.clock.go_on(hours(9))
        await house.signoffs.pass_deadlines()
        await house.settle()
        status, said = await ask(new)
    again = await house.board.signoff(said["id"])
    assert (status, again and again.renewal) == (202, 2)
    assert (await house.now(expired)).renewed_as == new


async def test_who_asks_after_an_override_ended_may_not_go_on(tmp_path: Path) -> None:
    """The run that was let go on is gone by then: a later one is to ask for itself."""
    rules = OverrideRules(people=frozenset({"pat"}), channel="C0SEC", lasts=minutes(30))
    async with a_house(tmp_path, overrides=rules) as house, asking(house) as ask:
        signoff = await house.open()
        await house.signoffs.override(a_click(signoff, "pat"), "INC-7", "all is down")
        for later, proceed in ((minutes(29), True), (minutes(1), False), (hours(9), False)):
            house.clock.go_on(later)
            _, said = await ask(signoff.id, "", method="GET")
            assert (said["status"], said["proceed"]) == ("overridden", proceed)
            assert said["override_until"] == "2026-11-23T10:30:00Z"
