"""Azure DevOps: the check's own headers, and a body that we chose."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.ports import Delivery, Request, Response
from tests.pipelines.contract import Case, Lack, Met, Wire, as_bytes, spoiled
from tests.pipelines.test_azure import BODY, HEADERS, PLAN, PROJECT, SECRET, TOKEN, URL, a_pipeline

MARK = "x-countersign-secret"


async def devops(request: Request) -> Response:
    known = request.headers.get("authorization") == f"Bearer {TOKEN}"
    return Response(status=200 if known else 401)


def decides(request: Request) -> tuple[str, bool] | None:
    plan, found, _ = request.url.partition("/events")
    said = json.loads(request.body)["result"] if found else ""
    return (plan, said == "succeeded") if found else None


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    wire = Wire(devops, decides, f"{URL}/")
    headers = {name: it for name, it in HEADERS.items() if name != MARK}

    def said() -> Any:
        return {"headers": dict(headers), "body": BODY}

    def sign(said: Any, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
        whole = said if isinstance(said, dict) else {"headers": headers, "body": said}
        told = whole["headers"] if isinstance(whole.get("headers"), dict) else {}
        # A header is a text or is not there.
        texts = {it: str(value) for it, value in told.items() if value is not None}
        return Delivery(headers={**texts, MARK: SECRET}, body=as_bytes(whole.get("body")))

    yield Met(
        pipeline=a_pipeline(wire),
        wire=wire,
        said=said,
        sign=sign,
        secrets=(SECRET, TOKEN),
        forgeries=spoiled(MARK, covers_body=False),
        moves_on=lambda: headers.update(planid=PROJECT, jobid=PLAN),
    )


CASE = Case(
    kind="azure",
    meet=meet,
    lacks=frozenset({Lack.ENDS, Lack.LANDS, Lack.TIMESTAMP, Lack.SIGNATURE, Lack.EXCHANGE}),
)
