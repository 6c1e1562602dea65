"""Do we say to GitHub what its own description allows, and can we read what it gives as examples?"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.domain.signoff import Status
from bot.pipelines.github.api import TO_CHECK, GitHubApp
from bot.pipelines.github.checks import Checks
from bot.pipelines.github.missed import Missed
from bot.pipelines.github.pipeline import EVENTS, GitHubPipeline
from bot.ports import Invalid, Malformed, Request, Response, Undelivered
from tests.cli.job import ROOT
from tests.peers.programs import node_module, of_python
from tests.pipelines.github.fake_github import BASE, FakeGitHub, a_commit, app_key, pem
from tests.pipelines.meeting import SHA, a_pipeline, meeting
from tests.pipelines.signoffs import NOON, REVISION, a_signoff

NAME = "Countersign"
RUN = {
    "repository": "acme/payments-api",
    "run_id": "4711",
    "environment": "production",
    "installation_id": "99",
    "run_attempt": "1",
}
CHECK = {
    "repository": "acme/payments-api",
    "installation_id": "99",
    "check": NAME,
    "sha": REVISION,
}
FAILED = {"id": 1, "event": "merge_group", "delivered_at": "2026-11-21T11:00:00Z"}
TOKEN = "/app/installations/{installation_id}/access_tokens"
RULE = "/repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule"
CHECKS = "/repos/{owner}/{repo}/check-runs"


def complaints(requests: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """What GitHub's description says against each request."""
    described = node_module("@octokit/openapi") / "generated" / "api.github.com.json"
    done = subprocess.run(
        [of_python("python"), str(ROOT / "tests" / "peers" / "check_openapi.py")],
        input=json.dumps({"description": str(described), "requests": requests}).encode(),
        capture_output=True,
        check=True,
        timeout=50,
    )
    said: list[dict[str, Any]] = json.loads(done.stdout)
    return said


def undescribed(asked: list[str]) -> list[str]:
    """Of these addresses to GET, those whose path or a word of whose query GitHub does not describe."""
    file = node_module("@octokit/openapi") / "generated" / "api.github.com.json"
    description = json.loads(file.read_text())
    return [it for it in asked if not set(_words(it)) <= _taken(description, urlsplit(it).path)]


def _words(address: str) -> list[str]:
    return [name for name, _ in parse_qsl(urlsplit(address).query)] + ["GET"]


def _taken(description: dict[str, Any], path: str) -> set[str]:
    """The words that a query to this path may hold; nothing at all if nobody may GET it."""
    parts = path.strip("/").split("/")
    for known, methods in description["paths"].items():
        wanted = known.strip("/").split("/")
        same = len(wanted) == len(parts) and all(
            w[:1] == "{" or w == p for w, p in zip(wanted, parts, strict=True)
        )
        if same and "get" in methods:
            named = methods["get"].get("parameters", [])
            shared = description["components"]["parameters"]
            full = [shared[it["$ref"].rpartition("/")[2]] if "$ref" in it else it for it in named]
            return {it["name"] for it in full if it["in"] == "query"} | {"GET"}
    return set()


class GitHub:
    """Takes whatever it is told, and keeps the bodies; fulfils Send."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, Any]] = []
        self.got: list[str] = []

    async def __call__(self, request: Request) -> Response:
        path = urlsplit(request.url).path
        if request.method == "POST" and request.body:
            self.posted.append((path, json.loads(request.body)))
        if request.method == "GET":
            self.got.append(request.url)
        answer: object = {"run_attempt": 1, "check_runs": []}
        headers = {"content-type": "application/json"}
        if path.endswith("/access_tokens"):
            answer = {"token": "ghs_1", "expires_at": "2099-01-01T00:00:00Z"}
        if path.endswith("/deliveries"):
            answer = [FAILED | {"guid": path + request.url}]
            headers["link"] = f'<{request.url}&cursor=v1_1>; rel="next"'
        return Response(status=200, headers=headers, body=json.dumps(answer).encode())


def pipeline(github: GitHub) -> GitHubPipeline:
    key = pem(app_key())
    app = GitHubApp(
        app_id="1", private_key=key, clock=lambda: NOON, send=github, permissions=TO_CHECK
    )
    checks = Checks(
        connection="github", name=NAME, environment="merge", app=app, web_url="https://github.com"
    )
    return a_pipeline(app, checks=checks)


async def test_what_we_send_is_as_github_describes_it() -> None:
    """Of every decision, as long as our words can be."""
    github = GitHub()
    ours = pipeline(github)
    long = "no `test` " * 500
    for status in Status:
        for address in (RUN, CHECK):
            signoff = a_signoff(status, reply_to=address, reason=long, ended_why=long)
            tell = ours.report if status.is_final else ours.show_waiting
            await tell(signoff)
    said = complaints(github.posted)
    assert {it["path"] for it in said} == {TOKEN, RULE, CHECKS}
    assert [it for it in said if it["errors"]] == []


async def test_what_we_ask_for_is_as_github_describes_it() -> None:
    """What was missed, on several pages, and the checks of a suite that is asked for again."""
    github = GitHub()
    ours = pipeline(github)
    await Missed(app=ours.app, clock=lambda: NOON, events=EVENTS).ask_again()
    suite = {"id": 9, "head_sha": REVISION, "app": {"id": 1}}
    async with FakeGitHub(clock=lambda: NOON) as fake:
        await ours.read(fake.suite_delivery(suite))
    assert [it for it in github.got if "status=success" in it and "cursor=" in it]
    assert [it for it in github.got if "/check-suites/" in it]
    assert undescribed(github.got) == []
    base = "https://api.github.com"
    wrong = [f"{base}/app/hook/deliveries?state=failure", f"{base}/repos/a/b/check-suite/9"]
    assert undescribed(wrong) == wrong


async def test_what_a_deployment_is_asked_about_is_as_github_describes_it() -> None:
    """With another pull request that ships along, and what went on before."""
    merged = {"merged_at": "2026-11-21T10:00:00Z"}
    other, joined = "c" * 40, "d" * 40
    async with meeting() as here:
        here.github.add_pull(11, head=other, merge_commit_sha=joined, **merged)
        here.github.add_pull(12, head=SHA, **merged)
        here.github.between(BASE, SHA, commits=[a_commit(joined), a_commit(SHA)])
        assert (await here.read()).commits_complete
        asked = [it.removeprefix("GET ") for it in here.github.calls if it.startswith("GET ")]
    told = [f"https://api.github.com{it}" for it in asked if "/contents/" not in it]
    assert [it for it in told if "/compare/" in it]
    assert [it for it in told if "/pulls/11/commits" in it]
    assert undescribed(told) == []


def test_the_description_would_refuse_what_is_wrong() -> None:
    """So that the test above proves something."""
    number = {"repositories": [7], "permissions": {"checks": "own"}}
    (said,) = complaints([("/app/installations/99/access_tokens", number)])
    assert len(said["errors"]) == 2
    (said,) = complaints([(f"/repos/{RUN['repository']}/check-runs", {"name": NAME})])
    assert said["errors"]


def examples() -> list[tuple[str, dict[str, Any]]]:
    """The event and the payload of each of GitHub's own examples."""
    file = node_module("@octokit/webhooks-examples") / "api.github.com" / "index.json"
    return [
        (event["name"], it) for event in json.loads(file.read_text()) for it in event["examples"]
    ]


async def test_every_example_of_githubs_is_read_or_refused_in_words() -> None:
    """Those that do not say their installation, too: examples are of webhooks of all kinds."""
    ours = pipeline(GitHub())
    read = Counter[str]()
    for event, payload in examples():
        for said in (payload, {**payload, "installation": {"id": 99}}):
            body = json.dumps(said).encode()
            delivery = FakeGitHub(clock=lambda: NOON).delivery(body, event=event)
            ours.verify(delivery)
            found: object
            try:
                found = await ours.read(delivery)
            except (Invalid, Malformed, Undelivered) as why:
                found = type(why)
            read[event] += found is not None
    assert read.total() > 0
    assert not [event for event, count in read.items() if count and event not in EVENTS]
