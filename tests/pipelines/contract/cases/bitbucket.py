"""Bitbucket Cloud: a build status of a pull request's head."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.ports import Delivery, Request, Response, Send
from tests.pipelines.bitbucket.test_pipeline import (
    A_COMMIT,
    HEAD,
    OLD,
    PULL,
    PULL_URL,
    SECRET,
    TOKEN,
    URL,
    Forge,
    a_delivery,
    a_page,
    a_pipeline,
    as_delivery,
    said,
)
from tests.pipelines.contract import Case, Ends, Lack, Met, Wire, as_bytes, spoiled, with_header

NEWER = {"source": {"branch": {"name": "retry"}, "commit": {"hash": OLD[:12]}}}


def decides(request: Request) -> tuple[str, bool] | None:
    if "/statuses/" not in request.url:
        return None
    told = json.loads(request.body)
    return f"{request.url} {told['key']}", told["state"] == "SUCCESSFUL"


def sign(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
    return with_header(as_delivery(as_bytes(said)), "x-request-uuid", f"d0a1-{name}")


def push(forge: Forge) -> None:
    """All that it knows of the head, it now knows of the newer one."""
    for place in [it for it in forge.answers if HEAD[:12] in it]:
        newer = place.replace(HEAD, OLD).replace(HEAD[:12], OLD[:12])
        forge.answers[newer] = forge.answers[place]
    forge.answers[PULL_URL] = [said(PULL | NEWER)]
    commit = next(it for it in forge.answers if it.endswith(f"/commit/{OLD[:12]}"))
    forge.answers[commit] = [said({"hash": OLD})]
    listed = next(it for it in forge.answers if f"include={OLD}" in it)
    forge.answers[listed] = [a_page(A_COMMIT | {"hash": OLD})]


def knowing(forge: Forge) -> Send:
    """Of nothing else there is anything to be had."""

    async def answer(request: Request) -> Response:
        known = request.url.removeprefix(URL) in forge.answers
        return await forge(request) if known else Response(status=404)

    return answer


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    forge, pull = Forge(), dict[str, Any]()
    wire = Wire(knowing(forge), decides, f"{URL}/")

    def moves_on() -> None:
        pull.update(NEWER)
        push(forge)

    def becomes(event: str, **now: Any) -> Delivery:
        pull.update(now)
        forge.answers[PULL_URL] = [said(PULL | pull)]
        given = a_delivery(event, pull=pull)
        return with_header(given, "x-request-uuid", event.replace(":", "-"))

    yield Met(
        pipeline=a_pipeline(wire),
        wire=wire,
        said=lambda: json.loads(a_delivery(pull=pull).body),
        sign=sign,
        secrets=(SECRET, TOKEN),
        forgeries=spoiled("x-hub-signature"),
        moves_on=moves_on,
        ends=Ends(
            proposed=lambda: becomes("pullrequest:created"),
            closed=lambda: becomes("pullrequest:rejected", state="DECLINED"),
            merged=lambda: becomes("pullrequest:fulfilled", state="MERGED"),
        ),
    )


CASE = Case(
    kind="bitbucket", meet=meet, lacks=frozenset({Lack.LANDS, Lack.TIMESTAMP, Lack.EXCHANGE})
)
