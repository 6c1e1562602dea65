"""HCP Terraform: a run task, with the token of that run alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.ports import Delivery, Request, Response
from tests.pipelines.contract import Case, Lack, Met, Wire, as_bytes, spoiled
from tests.pipelines.run_task.test_pipeline import (
    CALLBACK,
    KEY,
    PAYLOAD,
    PLAN_URL,
    TOKEN,
    URL,
    a_pipeline,
    as_delivery,
    as_plan,
)


async def hcp(request: Request) -> Response:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Response(status=401)
    return as_plan() if request.url == PLAN_URL else Response(status=200)


def decides(request: Request) -> tuple[str, bool] | None:
    if request.method != "PATCH":
        return None
    return request.url, json.loads(request.body)["data"]["attributes"]["status"] == "passed"


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    wire, payload = Wire(hcp, decides, f"{URL}/"), dict(PAYLOAD)
    newer = {
        "task_result_id": "taskrs-2",
        "task_result_callback_url": CALLBACK.replace("/5ea8", "/6ea8"),
    }

    def sign(said: Any, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
        if isinstance(said, dict) and said.get("run_created_at") == PAYLOAD["run_created_at"]:
            said = {**said, "run_created_at": f"2026-11-21T11:59:00.00{name}Z"}
        return as_delivery(as_bytes(said))

    yield Met(
        pipeline=a_pipeline(wire),
        wire=wire,
        said=lambda: dict(payload),
        sign=sign,
        secrets=(KEY, TOKEN),
        forgeries=spoiled("x-tfc-task-signature"),
        moves_on=lambda: payload.update(newer),
    )


CASE = Case(
    kind="terraform-run-task",
    meet=meet,
    lacks=frozenset({Lack.ENDS, Lack.LANDS, Lack.TIMESTAMP, Lack.EXCHANGE}),
)
