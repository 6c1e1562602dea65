"""Too much at once from one connection: it is told when to come again, and the others are not."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.scene import Scene
from bot.web.rates import BURST, PER_SECOND, Rates
from tests.builders import NOW, FakeClock
from tests.web.ci import BEARER, OTHER_SECRET, SIGNOFFS, Ci, MovableClock

AMONG = "connections:\n"
OTHER = AMONG + "  other-ci: {kind: webhook, secret_env: OTHER_SECRET, token_env: OTHER_TOKEN}\n"


def _counted(rates: Rates, clock: FakeClock, name: str = "ci", at_most: int = 1_000) -> int:
    """How many knocks are let in until one is not."""
    for number in range(at_most):
        try:
            rates.count(name, clock())
        except web.HTTPTooManyRequests:
            return number
    return at_most


def test_a_burst_is_let_in_and_no_more():
    assert _counted(Rates(), FakeClock()) == BURST


def test_after_a_second_there_is_room_for_a_seconds_worth():
    rates, clock = Rates(), FakeClock()
    _counted(rates, clock)
    clock.go_on(timedelta(seconds=1))
    assert _counted(rates, clock) == PER_SECOND


def test_rest_saves_up_no_more_than_one_burst():
    rates, clock = Rates(), FakeClock()
    _counted(rates, clock)
    clock.go_on(timedelta(days=9))
    assert _counted(rates, clock) == BURST


def test_each_connection_has_its_own():
    rates, clock = Rates(), FakeClock()
    _counted(rates, clock, "one")
    assert _counted(rates, clock, "other") == BURST


def test_a_clock_that_is_set_back_neither_fills_nor_locks():
    rates, clock = Rates(), FakeClock()
    _counted(rates, clock)
    clock.go_on(timedelta(hours=-1))
    assert _counted(rates, clock) == 0
    clock.go_on(timedelta(seconds=1))
    assert _counted(rates, clock) == PER_SECOND


@given(per_second=st.floats(0.01, 100), burst=st.integers(1, 50))
def test_who_comes_again_when_told_is_let_in(per_second: float, burst: int):
    rates, clock = Rates(per_second=per_second, burst=burst), FakeClock()
    assert _counted(rates, clock) == burst
    with pytest.raises(web.HTTPTooManyRequests) as refused:
        rates.count("ci", clock())
    wait = int(refused.value.headers["Retry-After"])
    assert 1 <= wait <= math.ceil(1 / per_second)
    clock.go_on(timedelta(seconds=wait))
    rates.count("ci", clock())


_GAPS = st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 3))
"""Often none, or there would hardly ever be more than a burst."""


@given(gaps=st.lists(_GAPS, min_size=4, max_size=60))
def test_in_any_stretch_of_time_no_more_than_burst_and_rate(gaps: list[float]):
    rates, clock, taken = Rates(per_second=2, burst=3), FakeClock(), 0
    for gap in gaps:
        clock.go_on(timedelta(seconds=gap))
        taken += _counted(rates, clock, at_most=1)
    assert taken <= 3 + 2 * (clock() - NOW).total_seconds() + 0.001


# Over HTTP.

NOTHING_TO_SIGN = b'{"type": "something.else"}'


@pytest.fixture
async def flooded(ci: Ci, clock: MovableClock) -> None:
    """payments-ci sent all it may, and time stands still."""
    clock.stop()
    for _ in range(BURST):
        assert (await ci.post(NOTHING_TO_SIGN)).status == 422


async def test_the_next_one_is_told_when_to_come_again(ci: Ci, clock: MovableClock, flooded: None):
    body = ci.message()
    heard = await ci.post(body)
    ci.check_problem(heard, 429, "too much at once")
    assert heard.headers["retry-after"] == "1"
    clock.advance(seconds=1)
    assert (await ci.post(body)).status == 202


async def test_strangers_cannot_lock_a_connection_out(ci: Ci, clock: MovableClock):
    clock.stop()
    body = ci.message()
    for _ in range(BURST + 1):
        assert (await ci.post(body, ci.signed(body, secret=OTHER_SECRET))).status == 401
    assert (await ci.post(body)).status == 202


async def test_and_a_stranger_is_told_nothing_of_it(ci: Ci, flooded: None):
    body = ci.message()
    ci.check_problem(await ci.post(body, ci.signed(body, secret=OTHER_SECRET)), 401)


async def test_the_api_has_the_same_limit_of_its_own(ci: Ci, clock: MovableClock):
    clock.stop()
    for _ in range(BURST):
        assert (await ci.post(b"", BEARER, SIGNOFFS)).status == 400
    ci.check_problem(await ci.announce_by_token(), 429)
    ci.check_problem(await ci.post(b"", {"Authorization": "Bearer wrong-token"}, SIGNOFFS), 401)
    clock.advance(seconds=1)
    assert (await ci.announce_by_token()).status == 202


async def test_asking_how_things_stand_is_not_limited(ci: Ci, flooded: None):
    signoff_id = (await ci.announce_by_token()).said["id"]
    for _ in range(BURST + 1):
        assert (await ci.get(f"{SIGNOFFS}/{signoff_id}")).status == 200


async def test_another_connection_is_not_touched(scene: Scene, ci: Ci, clock: MovableClock):
    await scene.stop()
    scene.config = scene.config.replace(AMONG, OTHER)
    scene.environ = {"OTHER_SECRET": OTHER_SECRET, "OTHER_TOKEN": "a-token-of-another"}
    await scene.start()
    clock.stop()
    for _ in range(BURST):
        await ci.post(NOTHING_TO_SIGN)
    body = ci.message(callback_url=None)
    signed = ci.signed(body, secret=OTHER_SECRET)
    assert (await ci.post(body, signed, "/hooks/other-ci")).status == 202
    assert (await ci.post(body)).status == 429


async def test_what_is_refused_for_its_number_can_be_sent_again_unchanged(
    ci: Ci, clock: MovableClock, flooded: None
):
    body = ci.message()
    headers = ci.signed(body)
    assert (await ci.post(body, headers)).status == 429
    clock.advance(seconds=1)
    first, again = [await ci.post(body, headers) for _ in range(2)]
    assert (first.status, again.status) == (202, 200)
