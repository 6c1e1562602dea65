"""The doors of pipelines, each with its own way to prove who sends: all that can be signed, and forged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.house import _listening
from bot.web.hooks import Hooks
from bot.web.problems import own_up, speak_problems
from bot.web.rates import Rates
from tests.engine.house import House, a_house
from tests.hostile.conftest import Troubles
from tests.hostile.runner import Door, Inputs, withstood
from tests.pipelines.contract import Case, Lack, Met
from tests.pipelines.contract.cases import all_cases

CASES = all_cases()
UNLIMITED = Rates(per_second=1e9, burst=10**9)

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("troubles")]


def door_of(case: Case, met: Met, house: House, address: str) -> Door:
    names = count(1)
    within = Lack.BYTES in case.lacks
    said = json.dumps(met.said()).encode() if within else met.sign(met.said()).body

    def sealed(body: bytes) -> dict[str, str]:
        return dict(met.sign(body, name=f"{next(names)}").headers)

    def dressed(body: bytes) -> bytes:
        """Where the signature stands inside, it is made of what is to be said."""
        try:
            return met.sign(json.loads(body), name=f"{next(names)}").body
        except (ValueError, RecursionError):
            return body

    return Door(
        name=case.kind,
        address=address,
        path="/hooks/ci",
        good=lambda: said,
        sealed=sealed,
        dressed=dressed if within else lambda body: body,
        between=house.intake.read_waiting,
    )


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """Where anybody knocks at it."""
    hooks = Hooks(intake=house.intake, public_url="https://sign.acme.example", rates=UNLIMITED)
    app = web.Application(middlewares=[own_up, speak_problems])
    app.router.add_post("/hooks/{connection}", hooks.receive)
    async with _listening(app, "127.0.0.1", 0) as address:
        yield address


def inputs(case: Case) -> int:
    """The gates share one door: each is tried with a part of them."""
    return Inputs // 8 if Lack.RUNS in case.lacks else Inputs


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
async def test_each_withstands_what_strangers_and_key_holders_send(
    case: Case, tmp_path: Path, troubles: Troubles
) -> None:
    async with case.meet() as met:
        met.wire.remembered = {}
        adapters: Any = {"ci": met.pipeline}
        async with a_house(tmp_path, met.clock, pipelines=adapters) as house, served(house) as at:
            async with withstood(door_of(case, met, house, at), inputs(case)) as found:
                assert set(found.total()) & {200, 202}, "nothing came through: what was tried?"
                assert set(found.total()) & {400, 401}
            await house.intake.read_waiting()
        assert met.wire.strayed == []
