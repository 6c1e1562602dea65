"""GitHub tells what came of a job that was let go on; of other deployments nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipelines.told import LONGEST_DETAIL
from bot.ports import Delivery, Invalid, Landing, Malformed
from tests.pipelines.meeting import SHA, a_pipeline, meeting

TOLD: Mapping[str, Any] = {
    "action": "created",
    "deployment_status": {"id": 5, "state": "success", "description": ""},
    "deployment": {"id": 1, "sha": SHA, "environment": "production"},
    "repository": {"id": 77, "full_name": "acme/payments-api"},
    "workflow_run": {"id": 4711, "run_attempt": 1},
}


def a_delivery(event: str = "deployment_status", **said: Any) -> Delivery:
    """GitHub's payload, as far as we read it; `said` replaces its parts."""
    return Delivery(headers={"x-github-event": event}, body=json.dumps({**TOLD, **said}).encode())


def a_state(state: str, **said: Any) -> dict[str, Any]:
    return {"deployment_status": {**TOLD["deployment_status"], "state": state, **said}}


async def read(**said: Any) -> Landing:
    landing = await a_pipeline().read(a_delivery(**said))
    assert isinstance(landing, Landing)
    return landing


async def test_a_deployment_that_succeeded_is_known_by_the_key_of_its_job() -> None:
    async with meeting() as here:
        here.github.add_pull(12, head=SHA)
        asked = await here.read()
        ours = {"id": here.github.repository_id, "full_name": here.github.repository}
        landed = await here.pipeline.read(a_delivery(repository=ours))
    assert landed == Landing(
        connection="github",
        key=asked.key,
        succeeded=True,
        what=f"{SHA} of acme/payments-api to production",
        environment="production",
    )


async def test_so_is_one_of_a_run_that_was_started_again() -> None:
    again = await read(workflow_run={"id": 4711, "run_attempt": 2})
    assert (await read()).key == "77/4711/production"
    assert again.key == "77/4711.2/production"


@pytest.mark.parametrize(
    ("state", "succeeded"), [("success", True), ("failure", False), ("error", False)]
)
async def test_its_last_state_says_what_came_of_it(state: str, succeeded: bool) -> None:
    assert (await read(**a_state(state))).succeeded is succeeded


@pytest.mark.parametrize("state", ["pending", "queued", "waiting", "in_progress", "inactive", ""])
async def test_before_that_there_is_nothing_to_tell(state: str) -> None:
    assert await a_pipeline().read(a_delivery(**a_state(state))) is None


@pytest.mark.parametrize(
    ("said", "what", "environment"),
    [
        ({"workflow_run": None}, f"{SHA} of acme/payments-api to production", "production"),
        (
            {"deployment": {"id": 1, "environment": "Preview \u2013 acme\nx\u202e"}},
            "something of acme/payments-api to Preview \u2013 acme x",
            "Preview \u2013 acme x",
        ),
        ({"deployment": {"id": 1}}, "something of acme/payments-api to no environment", ""),
    ],
    ids=["by no job", "an environment no rule asks for", "none"],
)
async def test_what_nobody_could_have_asked_about_has_no_key(
    said: dict[str, Any], what: str, environment: str
) -> None:
    landed = await read(**said)
    assert (landed.key, landed.what, landed.environment) == ("", what, environment)


@pytest.mark.parametrize("said", [{"action": "deleted"}, {"event": "deployment"}])
async def test_a_deployment_that_is_not_ours_is_no_trouble(said: dict[str, Any]) -> None:
    assert isinstance(await a_pipeline().read(a_delivery()), Landing)
    assert await a_pipeline().read(a_delivery(**said)) is None


async def test_what_somebody_wrote_to_it_becomes_one_harmless_line() -> None:
    written = "3 of 8 pods\n\u202eare\x00 up  " + "x" * 300
    said = (await read(**a_state("failure", description=written))).detail
    assert said.startswith("3 of 8 pods are up xxx")
    assert (len(said), said.isprintable()) == (LONGEST_DETAIL, True)
    assert (await read(**a_state("failure", description=None))).detail == ""


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"repository": {"id": 77, "full_name": "../x"}}, "repository.full_name"),
        ({"repository": None}, "repository"),
        ({"workflow_run": {"id": "x"}}, "workflow_run.id"),
        ({"deployment_status": "success"}, "deployment_status"),
    ],
)
async def test_what_has_another_shape_is_told(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await a_pipeline().read(a_delivery(**said))
    assert [problem.field for problem in caught.value.problems] == [field]


PARTS = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(["success", "error", "production"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(said=st.dictionaries(st.sampled_from(sorted(set(TOLD) - {"action"})), PARTS))
async def test_any_payload_is_something_nothing_or_invalid(said: dict[str, Any]) -> None:
    with suppress(Malformed, Invalid):
        found = await a_pipeline().read(a_delivery(**said))
        assert found is None or isinstance(found, Landing)


def test_a_run_that_was_told_no_has_ended() -> None:
    assert not a_pipeline().reopens
