"""Does the description say what is there? Programs are written by it, and attackers made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.demo.scene import SENIOR, Scene
from bot.pipelines.stated import StatedChange
from bot.web.access import ACCESS, Access
from bot.web.openapi import described
from tests.pipelines.test_stated import FULL
from tests.web.ci import BEARER, PROBLEM, SIGNOFFS, Ci, Heard
from tests.web.schemas import misfits

WHOLE: Any = described("https://sign.acme.example")
SCHEMAS = WHOLE["components"]["schemas"]
PREFIX = "/api/"


def operations() -> Iterator[tuple[str, str, Any]]:
    for path, methods in WHOLE["paths"].items():
        yield from (
            (verb.upper(), path, it) for verb, it in methods.items() if verb != "parameters"
        )


def responses(operation: Any) -> Iterator[tuple[str, Any]]:
    for status, said in operation["responses"].items():
        name = said.get("$ref", "").rpartition("/")[2]
        yield status, WHOLE["components"]["responses"][name] if name else said


def test_every_route_of_the_api_is_described_and_no_other() -> None:
    told = {(method, path) for method, path, _ in operations()}
    assert told == {it for it in ACCESS if it[1].startswith(PREFIX)}


def test_what_needs_no_token_is_said_to_need_none() -> None:
    for method, path, operation in operations():
        public = ACCESS[method, path] is Access.PUBLIC
        assert (operation.get("security", WHOLE["security"]) == []) is public, path
        assert ("401" in operation["responses"]) is not public, path


def test_every_error_is_a_problem() -> None:
    for _, path, operation in operations():
        for status, said in responses(operation):
            if status >= "400":
                assert set(said["content"]) == {PROBLEM}, (path, status)


def test_every_example_fits_its_schema() -> None:
    contents = [
        content
        for _, _, operation in operations()
        for told in (
            operation.get("requestBody", {"content": {}}),
            *(it for _, it in responses(operation)),
        )
        for content in told["content"].values()
        if "example" in content
    ]
    assert len(contents) > 10
    for content in contents:
        assert list(misfits(content["example"], content["schema"], WHOLE)) == []


def test_a_change_is_described_as_it_is_read() -> None:
    """`gate` is only for those connections that have one."""
    said, read = SCHEMAS["Change"], StatedChange.model_fields
    assert set(said["properties"]) == {*read, "gate"}
    demanded = {name for name, it in read.items() if it.is_required()}
    assert set(said["required"]) == {*demanded, "environment"}
    assert list(misfits(FULL, said, WHOLE)) == []
    assert list(misfits({**FULL, "comits": []}, said, WHOLE)) == ["$.comits is not known"]


@pytest.mark.parametrize(
    ("name", "value"), [("revision", "A" * 40), ("author", {"name": "x"}), ("files", [{}]), ("title", 7)]
)  # fmt: skip
async def test_what_the_description_refuses_the_house_refuses(
    ci: Ci, name: str, value: Any
) -> None:
    change = ci.change()
    assert list(misfits(change, SCHEMAS["Change"], WHOLE)) == []
    assert list(misfits({**change, name: value}, SCHEMAS["Change"], WHOLE))
    wrong = await ci.announce_by_token(**{**change, name: value})
    assert ci.check_problem(wrong, 422)["errors"][0]["field"].startswith(f"data.{name}")
    assert (await ci.announce_by_token(**change)).status == 202


def fits(heard: Heard, path: str, method: str = "get") -> None:
    """What was heard is what the description promises there."""
    said = dict(responses(WHOLE["paths"][path][method]))[str(heard.status)]
    content = said["content"][heard.headers["content-type"].partition(";")[0]]
    assert list(misfits(heard.said, content["schema"], WHOLE)) == [], heard.body


async def test_what_is_answered_is_what_is_described(ci: Ci, scene: Scene) -> None:
    opened = await ci.announce_by_token()
    fits(opened, SIGNOFFS, "post")
    id = opened.said["id"]
    fits(await ci.get(f"{SIGNOFFS}/{id}/explanation"), f"{SIGNOFFS}/{{id}}/explanation")
    fits(await ci.get(f"{SIGNOFFS}/{id}/attestation"), f"{SIGNOFFS}/{{id}}/attestation")
    fits(await ci.ask("POST", f"{SIGNOFFS}/{id}/renew", BEARER), f"{SIGNOFFS}/{{id}}/renew", "post")
    await scene.approve(SENIOR, await scene.shown(id))
    await scene.shown(id, "Approved")
    fits(await ci.get(f"{SIGNOFFS}/{id}?wait=5"), f"{SIGNOFFS}/{{id}}")
    fits(await ci.get(f"{SIGNOFFS}/{id}/attestation"), f"{SIGNOFFS}/{{id}}/attestation")
    place = "/api/v1/places"
    fits(await ci.get(f"{place}?repository=acme/payments-api&environment=production"), place)
    fits(await ci.get(f"{place}?repository=acme/payments-api"), place)
    fits(await ci.get(f"{SIGNOFFS}/sgn_unknown"), f"{SIGNOFFS}/{{id}}")
    fits(await ci.ask("GET", f"{SIGNOFFS}/{id}"), f"{SIGNOFFS}/{{id}}")
    fits(await ci.get(f"{SIGNOFFS}/{id}?wait=x"), f"{SIGNOFFS}/{{id}}")


async def test_it_is_served_with_our_own_address(ci: Ci, scene: Scene) -> None:
    heard = await ci.ask("GET", "/api/v1/openapi.json")
    assert heard.status == 200
    assert heard.said == json.loads(json.dumps(described(scene.settings().public_url)))
