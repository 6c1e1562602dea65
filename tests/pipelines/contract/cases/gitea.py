"""Gitea and Forgejo: a status of a pull request's head."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.ports import Delivery, Request, Response, Send
from tests.pipelines.contract import Case, Ends, Lack, Met, Wire, as_bytes, spoiled, with_header
from tests.pipelines.gitea.test_pipeline import (
    A_COMMIT,
    COMMITS,
    OLD,
    PULL,
    PULLS,
    SECRET,
    STATUSES,
    TOKEN,
    URL,
    Forge,
    a_delivery,
    a_page,
    a_pipeline,
    as_delivery,
    said,
)

NEWER = {"head": {"ref": "retry", "sha": OLD, "label": "retry"}}

LATER = "2026-11-21T11:58:57Z"


def decides(request: Request) -> tuple[str, bool] | None:
    if "/statuses/" not in request.url:
        return None
    told = json.loads(request.body)
    return f"{request.url} {told['context']}", told["state"] == "success"


def sign(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
    return with_header(as_delivery(as_bytes(said)), "x-gitea-delivery", f"d0a1-{name}")


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
        forge.answers[PULLS] = [said(PULL | NEWER)]
        forge.answers[COMMITS] = [a_page(A_COMMIT | {"sha": OLD})]
        forge.answers[f"{STATUSES.rpartition('/')[0]}/{OLD}"] = [Response(status=201)]

    def becomes(event: str, **now: Any) -> Delivery:
        pull.update(now)
        forge.answers[PULLS] = [said(PULL | pull)]
        given = a_delivery(event, pull=pull)
        return with_header(given, "x-gitea-delivery", event.replace(":", "-"))

    yield Met(
        pipeline=a_pipeline(wire),
        wire=wire,
        said=lambda: json.loads(a_delivery(pull=pull).body),
        sign=sign,
        secrets=(SECRET, TOKEN),
        forgeries=spoiled("x-gitea-signature"),
        moves_on=moves_on,
        ends=Ends(
            proposed=lambda: becomes("opened"),
            closed=lambda: becomes("closed", state="closed", merged=False),
            merged=lambda: becomes("closed", state="closed", merged=True),
            reopened=lambda: becomes("reopened", state="open", merged=False, updated_at=LATER),
        ),
    )


CASE = Case(kind="gitea", meet=meet, lacks=frozenset({Lack.LANDS, Lack.TIMESTAMP, Lack.EXCHANGE}))
