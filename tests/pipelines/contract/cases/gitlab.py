"""GitLab: a manual job, told by a webhook with a signing token."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.pipelines.signatures import secret_key, sign
from bot.ports import Delivery, Request
from bot.sender import Sender
from tests.pipelines.contract import Case, Ends, Lack, Met, Wire, as_bytes, spoiled
from tests.pipelines.gitlab.fake_gitlab import CHECK_SECRET, SIGNING, TOKEN, FakeGitLab, a_build
from tests.pipelines.gitlab.meeting import MEBIBYTE, SHA, a_pipeline
from tests.pipelines.signoffs import NOON

NEWER = "3e" * 20


def decides(request: Request) -> tuple[str, bool] | None:
    if request.url.endswith("/status_check_responses"):
        return request.url, json.loads(request.body)["status"] == "passed"
    job, _, act = request.url.rpartition("/")
    return (job, act == "play") if act in ("play", "cancel") else None


def signed(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
    body = as_bytes(said)
    return Delivery(headers=sign(secret_key(SIGNING), f"id-{name}", NOON - age, body), body=body)


def others(gitlab: FakeGitLab) -> list[Any]:
    told = (
        gitlab.request_delivery(action="open"),
        gitlab.check_delivery(),
        gitlab.deployment_delivery("success"),
    )
    return [json.loads(it.body) for it in told]


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    async with AsyncExitStack() as opened:
        gitlab = await opened.enter_async_context(FakeGitLab())
        sender = Sender(private_prefixes=(f"{gitlab.url}/",), max_body=10 * MEBIBYTE)
        wire = Wire(await opened.enter_async_context(sender), decides, f"{gitlab.url}/")
        gitlab.add_request(12, head=SHA)
        gitlab.add_job(657, sha=SHA)
        run: dict[str, Any] = {"sha": SHA, "builds": [a_build(657)]}

        def moves_on() -> None:
            gitlab.add_request(13, head=NEWER)
            gitlab.add_job(658, sha=NEWER)
            run.update(sha=NEWER, builds=[a_build(658)])

        def becomes(action: str, state: str, **said: Any) -> Delivery:
            gitlab.say(state=state, merged_at="2026-11-21T10:00:00Z" if state == "merged" else None)
            return gitlab.request_delivery(action=action, state=state, **said)

        def proposed() -> Delivery:
            gitlab.say(state="opened", merged_at=None)
            return gitlab.check_delivery()

        yield Met(
            pipeline=a_pipeline(url=gitlab.url, send=wire),
            wire=wire,
            said=lambda: json.loads(gitlab.pipeline_delivery(**run).body),
            sign=signed,
            secrets=(TOKEN, SIGNING, repr(secret_key(SIGNING)), CHECK_SECRET),
            forgeries=spoiled("webhook-signature"),
            moves_on=moves_on,
            ends=Ends(
                proposed=proposed,
                closed=lambda: becomes("close", "closed"),
                merged=lambda: becomes("merge", "merged"),
                reopened=lambda: becomes("reopen", "opened", updated_at="2026-11-21 10:01:00 UTC"),
            ),
            landed=gitlab.deployment_delivery("success", job=4711),
            also=[(message, signed) for message in others(gitlab)],
        )


CASE = Case(kind="gitlab", meet=meet, lacks=frozenset({Lack.EXCHANGE}))
