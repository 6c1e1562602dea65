"""Keys of an issuer: from its own address, once for all, not too often, and only good ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from bot.ports import Request, Response, Unreachable
from bot.web.issuers import ASK_EVERY, FRESH_FOR, GOOD_FOR, Issuer, Unknown
from tests.builders import FakeClock, hours
from tests.web.issuer import ec_key, public_jwk, rsa_key

URL = "https://idp.acme.example/ci"
DISCOVERY = f"{URL}/.well-known/openid-configuration"
KEYS = f"{URL}/keys"
SECOND = timedelta(seconds=1)


class World:
    """What the issuer's addresses answer, and which were asked."""

    def __init__(self) -> None:
        self.discovery: Any = {"issuer": URL, "jwks_uri": KEYS}
        self.keys: Any = {"keys": [public_jwk(rsa_key("one"), "one")]}
        self.asked: list[str] = []
        self.instead: Response | Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, request: Request) -> Response:
        self.asked.append(request.url)
        assert not any("authorization" in name for name in request.headers)
        await self.open.wait()
        if isinstance(self.instead, Exception):
            raise self.instead
        if self.instead:
            return self.instead
        said = self.discovery if request.url == DISCOVERY else self.keys
        return Response(status=200, body=said if isinstance(said, bytes) else _json(said))


def _json(said: object) -> bytes:
    return json.dumps(said).encode()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def issuer(world: World, clock: FakeClock) -> Issuer:
    return Issuer(url=URL, clock=clock, send=world.send)


def now(clock: FakeClock) -> int:
    return int(clock().timestamp())


async def knows(issuer: Issuer, kid: str = "one", issued: int = 0) -> bool:
    return await issuer.key(kid, issued) is not None


async def unknown(issuer: Issuer, kid: str = "one", issued: int = 0) -> bool:
    with pytest.raises(Unknown):
        await issuer.key(kid, issued)
    return True


async def test_keys_are_fetched_from_the_issuer_when_they_are_needed(issuer: Issuer, world: World):
    assert world.asked == []
    assert await knows(issuer)
    assert await knows(issuer)
    assert world.asked == [DISCOVERY, KEYS]


async def test_a_hundred_at_once_ask_once(issuer: Issuer, world: World):
    world.open.clear()
    asking = [asyncio.create_task(knows(issuer, f"kid-{n}" if n % 2 else "one")) for n in range(99)]
    await asyncio.sleep(0.01)
    world.open.set()
    assert sum(await asyncio.gather(*asking)) == 50
    assert world.asked == [DISCOVERY, KEYS]


async def test_whoever_goes_away_takes_nobodys_keys_with_them(issuer: Issuer, world: World):
    world.open.clear()
    first, second = [asyncio.create_task(knows(issuer)) for _ in range(2)]
    await asyncio.sleep(0.01)
    first.cancel()
    world.open.set()
    assert await second


async def test_unknown_keys_are_asked_for_once_a_minute(
    issuer: Issuer, world: World, clock: FakeClock
):
    assert await knows(issuer)
    for _ in range(120):
        clock.go_on(SECOND)
        assert not await knows(issuer, "evil")
    assert len(world.asked) == 2 * 3


async def test_a_new_key_is_found_when_it_is_first_named(
    issuer: Issuer, world: World, clock: FakeClock
):
    assert await knows(issuer)
    world.keys = {"keys": [public_jwk(rsa_key("two"), "two")]}
    clock.go_on(ASK_EVERY)
    assert await knows(issuer, "two", now(clock))
    assert not await knows(issuer, "one")


async def test_a_key_that_may_be_newer_than_what_we_know_is_worth_another_try(
    issuer: Issuer, world: World, clock: FakeClock
):
    """Somebody named an unknown key just before the issuer took a new one."""
    assert not await knows(issuer, "evil", now(clock))
    world.keys = {"keys": [public_jwk(rsa_key("two"), "two")]}
    clock.go_on(SECOND)
    assert await unknown(issuer, "two", now(clock))
    assert not await knows(issuer, "two", now(clock) - 1)
    clock.go_on(ASK_EVERY)
    assert await knows(issuer, "two", now(clock))


async def test_a_withdrawn_key_is_not_taken_for_long(
    issuer: Issuer, world: World, clock: FakeClock
):
    assert await knows(issuer)
    world.keys = {"keys": []}
    clock.go_on(FRESH_FOR - SECOND)
    assert await knows(issuer)
    clock.go_on(SECOND)
    assert not await knows(issuer)


async def test_while_it_is_down_its_keys_are_good_for_a_day(
    issuer: Issuer, world: World, clock: FakeClock
):
    assert await knows(issuer)
    world.instead = Unreachable("down")
    clock.go_on(GOOD_FOR - SECOND)
    assert await knows(issuer)
    assert await unknown(issuer, "two", now(clock))
    clock.go_on(hours(1))
    assert await unknown(issuer)
    world.instead = None
    clock.go_on(ASK_EVERY)
    assert await knows(issuer)


async def test_what_is_down_is_asked_once_a_minute_too(
    issuer: Issuer, world: World, clock: FakeClock
):
    world.instead = Unreachable("down")
    for _ in range(30):
        clock.go_on(SECOND)
        assert await unknown(issuer)
    assert world.asked == [DISCOVERY]


async def test_a_clock_that_is_set_back_keeps_nobody_out(
    issuer: Issuer, world: World, clock: FakeClock
):
    assert await knows(issuer)
    clock.go_on(-hours(5))
    assert await knows(issuer)
    assert world.asked == [DISCOVERY, KEYS] * 2


async def test_who_hangs_keeps_nobody_waiting_for_ever(
    issuer: Issuer, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.web.issuers.PATIENCE", 0.05)
    world.open.clear()
    assert await unknown(issuer)
    world.open.set()
    await asyncio.sleep(0.01)
    assert await knows(issuer)


ELSEWHERE = [
    "https://evil.example/keys",
    "https://idp.acme.example.evil.example/keys",
    "https://idp.acme.example@evil.example/keys",
    "https://idp.acme.example:444/keys",
    "http://idp.acme.example/ci/keys",
    "//evil.example/keys",
    "/ci/keys",
    "https://idp.acme.example/ci/../../keys",
    "https://idp.acme.example\\@evil.example/",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "",
    None,
    ["https://idp.acme.example/ci/keys"],
]


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_keys_are_never_fetched_from_elsewhere(issuer: Issuer, world: World, address: object):
    world.discovery["jwks_uri"] = address
    assert await unknown(issuer)
    assert world.asked == [DISCOVERY]


@pytest.mark.parametrize("name", [f"{URL}/", "https://evil.example", None, "", [URL]])
async def test_a_document_about_another_issuer_is_not_believed(
    issuer: Issuer, world: World, name: object
):
    world.discovery["issuer"] = name
    assert await unknown(issuer)
    assert world.asked == [DISCOVERY]


ANSWERS: list[Response | Exception] = [
    Response(status=302, headers={"location": "https://evil.example"}),
    Response(status=404),
    Response(status=500, body=b"{}"),
    Response(status=200),
    Response(status=200, body=b"[]"),
    Response(status=200, body=b"\xff"),
    Response(status=200, body=b"[" * 90_000),
    Response(status=200, body=b" " * 300_000 + b"{}"),
    Unreachable("timed out"),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
async def test_whatever_else_it_answers_nobody_is_let_in(
    issuer: Issuer, world: World, answer: Response | Exception
):
    world.instead = answer
    assert await unknown(issuer)


LISTS: list[Any] = [
    b"[]",
    {},
    {"keys": None},
    {"keys": {"one": public_jwk(rsa_key("one"), "one")}},
    b'{"keys": 1, "keys": []}',
]


@pytest.mark.parametrize("said", LISTS, ids=range(len(LISTS)))
async def test_what_is_no_list_of_keys_is_none(issuer: Issuer, world: World, said: Any):
    world.keys = said
    assert await unknown(issuer)


def _private() -> dict[str, Any]:
    """Published by mistake: everybody could sign with it."""
    said: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key("one"), as_dict=True)
    assert "d" in said
    return {**said, "kid": "one"}


def _elliptic() -> dict[str, Any]:
    point = ec_key().public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": str(point.x), "y": str(point.y), "kid": "one"}


BAD: dict[str, Callable[[], Any]] = {
    "a shared secret": lambda: {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
    "an elliptic one": _elliptic,
    "a private one": _private,
    "a short one": lambda: public_jwk(rsa_key("short", 1024), "one"),
    "one for encryption": lambda: public_jwk(rsa_key("one"), "one", use="enc"),
    "one for something else": lambda: public_jwk(rsa_key("one"), "one", alg="RS512"),
    "one without a modulus": lambda: {"kty": "RSA", "e": "AQAB", "kid": "one"},
    "one of garbage": lambda: {"kty": "RSA", "e": "AQAB", "n": "***", "kid": "one"},
    "one of numbers": lambda: {"kty": "RSA", "e": 65537, "n": 5, "kid": "one"},
    "one without a name": lambda: public_jwk(rsa_key("one"), None),
    "one with a number for a name": lambda: public_jwk(rsa_key("one"), 1),
    "one with a list for a name": lambda: public_jwk(rsa_key("one"), ["one"]),
    "no mapping": lambda: "one",
    "nothing": lambda: None,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_key_is_passed_over_and_the_others_are_good(
    issuer: Issuer, world: World, bad: Callable[[], Any]
):
    world.keys = {"keys": [bad(), public_jwk(rsa_key("two"), "two")]}
    assert not await knows(issuer)
    assert await knows(issuer, "two")


async def test_of_two_keys_of_one_name_it_is_the_first(issuer: Issuer, world: World):
    world.keys = {"keys": [public_jwk(rsa_key(name), "one") for name in ("one", "two")]}
    key = await issuer.key("one", 0)
    assert key is not None
    assert key.key.public_numbers() == rsa_key("one").public_key().public_numbers()
