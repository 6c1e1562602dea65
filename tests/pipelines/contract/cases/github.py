"""GitHub: a job that waits at a deployment protection rule."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.pipelines.github.api import TO_CHECK, GitHubApp
from bot.pipelines.github.checks import Checks
from bot.ports import Delivery, Request
from bot.sender import Sender
from tests.builders import FakeClock
from tests.pipelines.contract import (
    Case,
    Ends,
    Lack,
    Met,
    Signs,
    Wire,
    as_bytes,
    spoiled,
    with_header,
)
from tests.pipelines.github.fake_github import FakeGitHub
from tests.pipelines.meeting import MEBIBYTE, SHA, a_pipeline
from tests.pipelines.signoffs import NOON

NEWER, QUEUED = "3e" * 20, "2d" * 20


def decides(request: Request) -> tuple[str, bool] | None:
    if request.url.endswith("/check-runs"):
        told = json.loads(request.body)
        return f"{told['head_sha']} {told['name']}", told["conclusion"] == "success"
    if not request.url.endswith("/deployment_protection_rule"):
        return None
    return request.url, json.loads(request.body)["state"] == "approved"


def signs(github: FakeGitHub, event: str) -> Signs:
    def sign(said: object, *, name: str = "1", age: timedelta = timedelta()) -> Delivery:
        signed = github.delivery(as_bytes(said), event=event)
        return with_header(signed, "x-github-delivery", f"72d3162e-{name}")

    return sign


def landed(github: FakeGitHub) -> Any:
    return {
        "action": "created",
        "deployment_status": {"state": "success", "description": "done", "environment": "x"},
        "deployment": {"id": 1, "environment": "production", "sha": SHA},
        "workflow_run": {"id": 4711, "run_attempt": 1},
        "repository": {"id": github.repository_id, "full_name": github.repository},
    }


def others(github: FakeGitHub) -> list[tuple[Any, Signs]]:
    pull = github.pull_delivery().body
    group = github.group_delivery(head=QUEUED).body
    told = (("pull_request", json.loads(pull)), ("merge_group", json.loads(group)))
    return [
        (said, signs(github, event))
        for event, said in (*told, ("deployment_status", landed(github)))
    ]


def an_app(github: FakeGitHub, clock: Clock, wire: Wire) -> tuple[GitHubApp, Checks]:
    app = GitHubApp(
        app_id=github.app_id,
        private_key=github.private_key,
        clock=clock,
        send=wire,
        api_url=github.api_url,
        permissions=TO_CHECK,
    )
    return app, Checks(
        connection="github",
        name="countersign",
        environment="merge",
        app=app,
        web_url="https://github.com",
    )


def count(wire: Wire) -> Callable[[], int]:
    return lambda: len([it for it in wire.asked if it.url.endswith("/access_tokens")])


@asynccontextmanager
async def meet() -> AsyncIterator[Met]:
    async with AsyncExitStack() as opened:
        clock = FakeClock(NOON)
        github = await opened.enter_async_context(FakeGitHub(clock=clock, may_check=True))
        sender = Sender(private_prefixes=(github.api_url,), max_body=10 * MEBIBYTE)
        wire = Wire(await opened.enter_async_context(sender), decides, f"{github.api_url}/")
        app, checks = an_app(github, clock, wire)
        github.add_pull(12, head=SHA)
        github.queue(QUEUED)
        run: dict[str, Any] = {"sha": SHA, "run_id": 4711}

        def moves_on() -> None:
            github.add_pull(12, head=NEWER)
            run.update(sha=NEWER, run_id=4712)

        def becomes(action: str, **said: Any) -> Delivery:
            github.say(**said)
            return github.pull_delivery(action=action)

        yield Met(
            pipeline=a_pipeline(app, checks=checks),
            wire=wire,
            said=lambda: json.loads(github.rule_delivery(**run).body),
            sign=signs(github, "deployment_protection_rule"),
            secrets=("It's a Secret to Everybody", f"ghs_{github.app_id}_", "PRIVATE KEY"),
            forgeries=spoiled("x-hub-signature-256"),
            moves_on=moves_on,
            ends=Ends(
                proposed=lambda: becomes("opened"),
                closed=lambda: becomes("closed", state="closed"),
                merged=lambda: becomes("closed", state="closed", merged_at="2026-11-21T10:00:00Z"),
                reopened=lambda: becomes(
                    "reopened", state="open", updated_at="2026-11-21T10:01:00Z"
                ),
            ),
            landed=signs(github, "deployment_status")(landed(github)),
            also=others(github),
            renewed=count(wire),
            clock=clock,
        )


CASE = Case(kind="github", meet=meet, lacks=frozenset({Lack.TIMESTAMP}))
