"""The generic message: signed, and answered where it says, below an address of ours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from bot.pipelines.signatures import secret_key, sign
from bot.ports import Delivery, Request, Response
from tests.pipelines.contract import Case, Lack, Met, Wire, as_bytes, spoiled
from tests.pipelines.signoffs import NOON
from tests.pipelines.test_stated import FULL
from tests.pipelines.test_webhook import LEAST, PREFIX, SECRET, a_pipeline


async def ci(request: Request) -> Response:
    return Response(status=204 if "webhook-signature" in request.headers else 401)


def decides(request: Request) -> tuple[str, bool]:
    return request.url, json.loads(request.body)["data"]["proceed"]


def signed(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
    body = as_bytes(said)
    return Delivery(headers=sign(secret_key(SECRET), f"msg_{name}", NOON - age, body), body=body)


def messages() -> list[Any]:
    landed = {"key": LEAST["key"], "detail": "3 of 8 pods are up"}
    return [
        {"type": "change.ready", "data": FULL},
        {"type": "change.pushed", "data": LEAST},
        {"type": "change.deployed", "data": landed},
    ]


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    wire = Wire(ci, decides, PREFIX)
    run = {"url": "https://git.example/pull/12", "callback_url": f"{PREFIX}4711"}

    def said() -> Any:
        return {"type": "change.ready", "data": LEAST | run}

    yield Met(
        pipeline=a_pipeline(send=wire),
        wire=wire,
        said=said,
        sign=signed,
        secrets=(SECRET, SECRET.removeprefix("whsec_"), repr(secret_key(SECRET))),
        forgeries=spoiled("webhook-signature"),
        moves_on=partial(run.update, key="4712", callback_url=f"{PREFIX}4712"),
        also=[(message, signed) for message in messages()],
    )


CASE = Case(
    kind="webhook",
    meet=meet,
    lacks=frozenset({Lack.ENDS, Lack.LANDS, Lack.EXCHANGE, Lack.REFUSAL, Lack.PLACE}),
    refusals=(Response(status=410),),
)
