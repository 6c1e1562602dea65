"""Bitbucket Data Center: a build status of a pull request's head."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.ports import Delivery, Request, Response, Send
from tests.pipelines.bitbucket_server.test_pipeline import (
    A_COMMIT,
    A_FILE,
    BUILDS,
    CHANGES,
    COMMITS,
    FROM,
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

NEWER = {"fromRef": FROM | {"latestCommit": OLD}}


def decides(request: Request) -> tuple[str, bool] | None:
    if not request.url.endswith("/builds"):
        return None
    told = json.loads(request.body)
    return f"{request.url} {told['key']}", told["state"] == "SUCCESSFUL"


def sign(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
    return with_header(as_delivery(as_bytes(said)), "x-request-id", f"d0a1-{name}")


def push(forge: Forge) -> None:
    forge.answers[PULL_URL] = [said(PULL | NEWER)]
    forge.answers[COMMITS.replace(HEAD, OLD)] = [a_page(A_COMMIT | {"id": OLD})]
    forge.answers[CHANGES] = [a_page(A_FILE, toHash=OLD)]
    forge.answers[BUILDS.replace(HEAD, OLD)] = [Response(status=204)]


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
        return with_header(given, "x-request-id", event.replace(":", "-"))

    yield Met(
        pipeline=a_pipeline(wire),
        wire=wire,
        said=lambda: json.loads(a_delivery(pull=pull).body),
        sign=sign,
        secrets=(SECRET, TOKEN),
        forgeries=spoiled("x-hub-signature"),
        moves_on=moves_on,
        ends=Ends(
            proposed=lambda: becomes("pr:opened"),
            closed=lambda: becomes("pr:declined", state="DECLINED"),
            merged=lambda: becomes("pr:merged", state="MERGED"),
            reopened=lambda: becomes("pr:reopened", state="OPEN", updatedDate=1_763_719_260_000),
        ),
    )


CASE = Case(
    kind="bitbucket-data-center",
    meet=meet,
    lacks=frozenset({Lack.LANDS, Lack.TIMESTAMP, Lack.EXCHANGE}),
)
