"""A job tells of incidents and deployments: only of its own, and whatever it sends has a clear answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.house_events import IncidentOpened, RolledBack, Unasked
from bot.domain.signoff import Signoff
from bot.engine.outcomes import beside
from bot.pipelines import stated_outcomes
from bot.ports import Landing
from bot.web.api import Api, Door
from bot.web.incidents import IncidentApi, Readers
from bot.web.openapi import described
from bot.web.problems import own_up, speak_problems
from storage import audit
from tests.builders import NOW, sha
from tests.engine.house import FakePipeline, House, a_house
from tests.web.schemas import misfits

URL = "https://countersign.example.com"
WHOLE: Any = described(URL)
Tell = Callable[..., Awaitable[tuple[int, Any]]]
GOOD = {
    "key": "INC-4711",
    "title": "Checkout is down",
    "severity": "1",
    "environment": "production",
    "repository": "acme/payments-api",
    "started_at": NOW.isoformat(),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    pipelines = {"payments-ci": FakePipeline(), "other-ci": FakePipeline()}
    async with a_house(tmp_path, pipelines=pipelines) as house:
        yield house


@pytest.fixture
async def tell(house: House) -> AsyncIterator[Tell]:
    async with telling(house) as told:
        yield told


@asynccontextmanager
async def telling(house: House) -> AsyncIterator[Tell]:
    unused: Any = None
    api = Api(
        doors=tuple(
            Door(connection=it, token=it.encode(), read=None) for it in ("payments-ci", "other-ci")
        ),
        signoffs=house.signoffs,
        board=house.board,
        result=unused,
        attested=unused,
        public_url=URL,
    )
    incidents = IncidentApi(
        api=api,
        outcomes=beside(house.signoffs),
        read=Readers(
            incident=stated_outcomes.incident,
            changed=stated_outcomes.changed,
            deployment=stated_outcomes.deployment,
        ),
        reach={"payments-ci": ("acme/payments-*",)},
    )
    app = web.Application(middlewares=[own_up, speak_problems])
    app.router.add_post("/api/v1/incidents", incidents.open)
    app.router.add_patch("/api/v1/incidents/{id}", incidents.change)
    app.router.add_post("/api/v1/deployments", incidents.deployed)
    async with TestClient(TestServer(app)) as client:

        async def tell(
            path: str, said: object, who: str = "payments-ci", method: str = "POST"
        ) -> tuple[int, Any]:
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            headers = {"Authorization": f"Bearer {who}"}
            async with client.request(
                method, f"/api/v1/{path}", headers=headers, data=body
            ) as answer:
                return answer.status, json.loads(await answer.read())

        yield tell


async def shipped(house: House, key: str = "1", **facts: Any) -> Signoff:
    signoff = await house.open(key=key, revision=sha("a"), **facts)
    await house.review(signoff, "ada")
    where = signoff.change.connection
    await house.signoffs.shipped(Landing(connection=where, key=key, succeeded=True))
    return await house.now(signoff)


async def told(house: House, kind: type[Any]) -> list[Any]:
    found = await house.store.read(lambda session: audit.of_house(session))
    return [it for it in found if isinstance(it, kind)]


def fits(path: str, method: str, status: int, said: Any) -> None:
    """What was heard is what the description promises there."""
    answer = WHOLE["paths"][f"/api/v1/{path}"][method]["responses"][str(status)]
    schema = answer["content"]["application/json"]["schema"]
    assert list(misfits(said, schema, WHOLE)) == []


async def test_from_the_first_word_to_the_last(house: House, tell: Tell) -> None:
    signoff = await shipped(house)
    status, said = await tell("incidents", {**GOOD, "signoffs": [signoff.id]})
    assert (status, said["signoffs"]) == (201, [{"id": signoff.id, "how": "said"}])
    fits("incidents", "post", 201, said)
    assert await tell("incidents", {**GOOD, "signoffs": [signoff.change.key]}) == (200, said)
    house.clock.go_on(timedelta(minutes=40))
    status, over = await tell("incidents/INC-4711", {"state": "resolved"}, method="PATCH")
    assert (status, over["state"]) == (200, "resolved")
    assert over["resolved_at"] == house.clock().astimezone(UTC).isoformat()
    fits("incidents/{id}", "patch", 200, over)
    assert len(await told(house, IncidentOpened)) == 1


async def test_a_revision_names_what_let_it_go_on(house: House, tell: Tell) -> None:
    signoff = await shipped(house)
    _, said = await tell("incidents", {**GOOD, "revisions": [sha("a"), sha("f")]})
    assert said["signoffs"] == [{"id": signoff.id, "how": "said"}]
    _, other = await tell("incidents", {**GOOD, "revisions": [sha("a")]}, "other-ci")
    assert other["signoffs"] == []


async def test_under_its_key_another_incident_is_refused(house: House, tell: Tell) -> None:
    await tell("incidents", GOOD)
    status, said = await tell("incidents", {**GOOD, "title": "Another"})
    assert status == 409
    assert "PATCH" in said["title"]
    assert (await tell("incidents", {**GOOD, "title": "Another"}, "other-ci"))[0] == 201


async def test_nobody_speaks_for_another(house: House, tell: Tell) -> None:
    """Each refusal beside the same word of whom it belongs to."""
    signoff = await shipped(house)
    _, mine = await tell("incidents", GOOD)
    names = {**GOOD, "key": "INC-2", "signoffs": [signoff.id]}
    for token, status in (("other-ci", 422), ("payments-ci", 201)):
        assert (await tell("incidents", names, token))[0] == status
    for name in (mine["id"], "INC-4711", "inc_unknown", "a%00b", "..", "x" * 300, "%F0%9F%98%80"):
        said = await tell(f"incidents/{name}", {"state": "resolved"}, "other-ci", "PATCH")
        assert said[0] == 404, name
    assert (await tell(f"incidents/{mine['id']}", {"state": "resolved"}, method="PATCH"))[0] == 200
    strange = {**GOOD, "key": "INC-3", "repository": "acme/website"}
    status, problem = await tell("incidents", strange)
    assert (status, problem["errors"][0]["field"]) == (422, "repository")
    assert (await tell("incidents", strange, "other-ci"))[0] == 201  # it is bounded to none
    assert (await tell("incidents", GOOD, "no-such-token"))[0] == 401


async def test_a_deployment_is_told(house: House, tell: Tell) -> None:
    signoff = await house.open(key="1")
    await house.review(signoff, "ada")
    status, said = await tell("deployments", {"key": "1", "succeeded": True})
    assert (status, said) == (200, {"signoff": signoff.id})
    fits("deployments", "post", 200, said)
    assert (await house.now(signoff)).shipment
    assert (await tell("deployments", {"key": "9", "succeeded": True}))[1] == {"signoff": None}
    assert [it.key for it in await told(house, Unasked)] == ["9"]


async def test_a_roll_back_is_told_once_of_ones_own(house: House, tell: Tell) -> None:
    signoff, waiting = await shipped(house), await house.open(key="2", revision=sha("b"))
    back = {"rolled_back": "1", "to_revision": sha("c")}
    assert (await tell("deployments", back, "other-ci"))[0] == 404
    assert (await tell("deployments", {"rolled_back": waiting.change.key}))[0] == 409
    for _ in range(2):
        assert (await tell("deployments", back))[0] == 200
    (event,) = await told(house, RolledBack)
    assert (event.signoffs, event.to_revision) == ((signoff.id,), sha("c"))


WRONG: list[Any] = [
    {"key": ""}, {"key": "a b"}, {"key": "x" * 101}, {"key": "INC/1"}, {"key": 7}, {"key": None},
    {"key": "é"}, {"title": ""}, {"title": " x"}, {"title": "a\nb"}, {"title": "x" * 201},
    {"title": ["x"]}, {"severity": 1}, {"severity": "x" * 41}, {"environment": " production"},
    {"environment": "x" * 101}, {"repository": "acme"}, {"repository": "acme/../x"},
    {"started_at": "yesterday"}, {"started_at": 0}, {"started_at": "0001-01-01T00:00:00Z"},
    {"started_at": "9999-12-31T23:59:59Z"}, {"started_at": "2026-11-21T10:00:00"},
    {"signoffs": "sgn_1"}, {"signoffs": ["sgn_unknown"]}, {"signoffs": [1]}, {"signoffs": [""]},
    {"signoffs": ["x"] * 21}, {"signoffs": ["\u0000"]}, {"revisions": ["abc"]},
    {"revisions": [sha("a")] * 51}, {"revisions": [sha("a")], "repository": None},
    {"revisions": [sha("a")], "environment": None}, {"unknown": 1}, {"id": "inc_1"},
]  # fmt: skip


async def test_whatever_is_wrong_is_said_by_name_and_nothing_is_written(
    house: House, tell: Tell
) -> None:
    for wrong in WRONG:
        status, said = await tell("incidents", {**GOOD, **wrong})
        assert status == 422, wrong
        assert said["errors"], wrong
    assert await told(house, IncidentOpened) == []
    assert (await tell("incidents", GOOD))[0] == 201


HOSTILE: list[Any] = [
    b"", b"[]", b"null", b'"x"', b"{", b"\xff", b'{"key": "a", "key": "b"}', b"[" * 3_000,
    b'{"key": "\\ud800", "title": "x"}', b'{"key": 1e999}', {}, {"rolled_back": None},
    {"rolled_back": 1}, {"rolled_back": "1", "key": "1"}, {"key": "1"}, {"succeeded": True},
    {"key": "1", "succeeded": "yes"}, {"key": "1", "succeeded": True, "at": NOW.isoformat()},
    {"state": "open"}, {"state": 1}, {"resolved_at": "x"}, {"resolved_at": "9999-12-31T00:00:00Z"},
    {"signoffs": ["sgn_unknown"]}, {"signoffs": {}},
]  # fmt: skip


async def test_whatever_is_sent_has_a_clear_answer(tell: Tell) -> None:
    await tell("incidents", GOOD)
    for path, method in (
        ("incidents", "POST"),
        ("incidents/INC-4711", "PATCH"),
        ("deployments", "POST"),
    ):
        for said in HOSTILE:
            status, problem = await tell(path, said, method=method)
            harmless = path.endswith("4711") and said == {}
            assert status == 200 if harmless else status in (400, 422), (path, said, problem)
    assert (await tell("incidents", b" " * 70_000))[0] == 413
