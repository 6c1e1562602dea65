"""What went on last somewhere is told to whoever may announce there, and to nobody else."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.demo.scene import SENIOR, Scene
from tests.builders import sha
from tests.web.ci import BEARER, OTHER_SECRET, SIGNOFFS, Ci, Heard

PLACES = "/api/v1/places"
HERE = {"repository": "acme/payments-api", "environment": "production"}
BASE = sha("0")


async def last(ci: Ci, headers: dict[str, str] = BEARER, **other: str) -> Heard:
    return await ci.ask("GET", f"{PLACES}?{urlencode({**HERE, **other})}", headers)


async def revision(ci: Ci, **other: str) -> Any:
    heard = await last(ci, **other)
    assert (heard.status, list(heard.said)) == (200, ["revision"])
    return heard.said["revision"]


async def went_on(ci: Ci, scene: Scene, **facts: Any) -> dict[str, Any]:
    data = await opened(ci, **facts)
    await scene.approve(SENIOR, await scene.shown(data["id"]))
    await scene.shown(data["id"], "Approved")
    return data


async def opened(ci: Ci, **facts: Any) -> dict[str, Any]:
    data = ci.change(**facts)
    heard = await ci.post(json.dumps(data).encode(), BEARER, SIGNOFFS)
    assert heard.status == 202, heard.body
    return {**data, "id": heard.said["id"]}


async def test_it_is_what_went_on_and_not_what_waits(ci: Ci, scene: Scene):
    assert await revision(ci) is None
    data = await went_on(ci, scene)
    assert await revision(ci) == data["revision"]
    await opened(ci)
    assert await revision(ci) == data["revision"]
    assert await revision(ci, environment="staging") is None
    assert await revision(ci, repository="acme/shop") is None


async def test_what_was_told_before_is_compared_with_what_it_was(ci: Ci, scene: Scene):
    """Its job was killed, and is started again after it went on: its change is the same."""
    data = await went_on(ci, scene, base_revision=BASE)
    assert await revision(ci, key=data["key"]) == BASE
    assert await revision(ci, key="another") == data["revision"]
    assert await revision(ci, key=data["key"], environment="staging") is None
    part = await opened(ci, base_revision=BASE, partial=True)
    assert await revision(ci, key=part["key"]) is None
    alone = await opened(ci)
    assert await revision(ci, key=alone["key"]) is None


async def test_another_connection_hears_nothing_of_it(ci: Ci, scene: Scene):
    data = await went_on(ci, scene, base_revision=BASE)
    await scene.stop()
    more = "  other-ci: {kind: webhook, secret_env: OTHER_SECRET, token_env: OTHER_TOKEN}\n"
    scene.config = scene.config.replace("connections:\n", f"connections:\n{more}")
    scene.environ = {"OTHER_SECRET": OTHER_SECRET, "OTHER_TOKEN": "a-token-of-others"}
    await scene.start()
    theirs = {"Authorization": "Bearer a-token-of-others"}
    for key in ("", data["key"]):
        assert (await last(ci, theirs, key=key)).said == {"revision": None}
    assert await revision(ci) == data["revision"]


async def test_each_kind_of_change_has_a_past_of_its_own(ci: Ci, scene: Scene):
    software = await went_on(ci, scene)
    network = await went_on(ci, scene, kind="infrastructure", base_revision=BASE)
    assert await revision(ci) == await revision(ci, kind="software") == software["revision"]
    assert await revision(ci, kind="infrastructure") == network["revision"]
    scaled = await revision(ci, kind="scaling")  # commits that it brings along are software
    assert scaled == software["revision"]
    for kind in ("infrastructure", "software"):  # it is the same change, whatever is asked for
        assert await revision(ci, key=network["key"], kind=kind) == BASE


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "x"}])
async def test_without_a_token_nobody_hears_anything(ci: Ci, headers: dict[str, str]):
    ci.check_problem(await last(ci, headers), 401, "missing, wrong or too old")


@pytest.mark.parametrize(
    "query",
    ["", "repository=acme/x", "environment=production", "repository=&environment=x",
     "repository=a/b%00&environment=x", "repository=a/b&environment=x%0a",
     "repository=a/b&environment=x&key=%00"],
)  # fmt: skip
async def test_what_is_asked_must_be_said(ci: Ci, query: str):
    heard = await ci.get(f"{PLACES}?{query}")
    ci.check_problem(heard, 400, "is missing from the query")


@pytest.mark.parametrize("kind", ["x", "Software", "software%00", "1"])
async def test_a_kind_is_one_or_nothing_is_told(ci: Ci, kind: str):
    heard = await ci.get(f"{PLACES}?repository=a/b&environment=x&kind={kind}")
    ci.check_problem(heard, 400, "kind is one of software, infrastructure, scaling")


@pytest.mark.parametrize("name", ["%ff", "'%20OR%201=1", "x" * 4_000, "%F0%9F%92%A9", "sgn_"])
async def test_what_nobody_has_heard_of_is_not_known(ci: Ci, name: str):
    for query in (f"repository={name}&environment=x", f"repository=a/b&environment=x&key={name}"):
        assert (await ci.get(f"{PLACES}?{query}")).said == {"revision": None}
