"""Our check can be asked for again, and nobody else's check asks us for anything."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ports import AskedAgain, Invalid
from tests.pipelines.github.test_checks import NAME
from tests.pipelines.meeting import SHA, meeting

OTHER = "c" * 40
OURS = {"id": 1234, "client_id": "Iv1.ours"}
THEIRS = {"id": 666, "client_id": "Iv1.theirs"}


def a_run(**said: Any) -> dict[str, Any]:
    run = {"id": 5, "name": f"{NAME}/main", "head_sha": SHA, "external_id": "sgn_1", "app": OURS}
    return run | said


def a_suite(**said: Any) -> dict[str, Any]:
    return {"id": 9, "head_sha": SHA, "app": OURS} | said


ASKED = AskedAgain(
    connection="github", repository="acme/payments-api", revision=SHA, signoffs=("sgn_1",)
)


async def test_our_check_is_asked_for_again() -> None:
    async with meeting(check=NAME) as here:
        assert await here.pipeline.read(here.github.run_delivery(a_run())) == ASKED
        assert here.github.calls == []


@pytest.mark.parametrize(
    "said",
    [
        {"app": THEIRS},
        {"app": None},
        {"external_id": None},
        {"external_id": ""},
        {"external_id": "../x"},
        {"external_id": "sgn_1\n"},
        {"external_id": "x" * 65},
    ],
)
async def test_a_check_of_another_app_or_without_a_signoff_asks_for_nothing(
    said: dict[str, Any],
) -> None:
    """Another App may write our signoff's name to a check of its own."""
    async with meeting(check=NAME) as here:
        assert await here.pipeline.read(here.github.run_delivery(a_run(**said))) is None
        here.github.suites[9] = [a_run(**said)]
        assert await here.pipeline.read(here.github.suite_delivery(a_suite())) is None


async def test_all_of_ours_are_asked_for_again() -> None:
    async with meeting(check=NAME) as here:
        here.github.suites[9] = [
            a_run(external_id="sgn_1"),
            a_run(external_id="sgn_2"),
            a_run(external_id="sgn_1"),
            a_run(external_id="sgn_3", app=THEIRS),
            a_run(external_id="sgn_4", head_sha=OTHER),
        ]
        found = await here.pipeline.read(here.github.suite_delivery(a_suite()))
    assert isinstance(found, AskedAgain)
    assert (found.revision, found.signoffs) == (SHA, ("sgn_1", "sgn_2"))


async def test_a_suite_of_another_app_is_not_even_looked_at() -> None:
    async with meeting(check=NAME) as here:
        assert await here.pipeline.read(here.github.suite_delivery(a_suite(app=THEIRS))) is None
        assert here.github.calls == []


@pytest.mark.parametrize("action", ["created", "completed", "requested_action", "requested"])
async def test_what_else_happens_to_checks_is_nothing_to_us(action: str) -> None:
    async with meeting(check=NAME) as here:
        assert await here.pipeline.read(here.github.run_delivery(a_run(), action=action)) is None
        assert (
            await here.pipeline.read(here.github.suite_delivery(a_suite(), action=action)) is None
        )


async def test_without_a_check_there_is_nothing_to_ask_for() -> None:
    async with meeting() as here:
        assert await here.pipeline.read(here.github.run_delivery(a_run())) is None
        assert await here.pipeline.read(here.github.suite_delivery(a_suite())) is None


@pytest.mark.parametrize("said", [{"head_sha": "main"}, {"app": {"id": "x"}}, {"external_id": 1}])
async def test_what_has_another_shape_is_told(said: dict[str, Any]) -> None:
    async with meeting(check=NAME) as here:
        with pytest.raises(Invalid):
            await here.pipeline.read(here.github.run_delivery(a_run(**said)))
