"""A connection that may speak of some repositories alone announces no change of another's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.agent.vouching import Wanted, against
from bot.domain.conditions import When
from bot.domain.policy import Demand, Rule
from bot.domain.signoff import Signoff, Status
from bot.domain.statement import Position, statement_of
from bot.ports import Delivery, Invalid, Sighting
from tests.builders import NOW, a_change, a_policy, a_rule, sha
from tests.engine.house import FakePipeline, House, a_house

POLICY = a_policy(
    a_rule("code", when=When(none=(When(branch=("docs",)),))),
    Rule(name="docs", when=When(branch=("docs",)), require=Demand(approvals=0)),
)
SANDBOX = {"sandbox-ci": ("acme/sandbox", "acme/sandbox-*")}


async def _stated_by(house: House, connection: str, branch: str) -> Signoff:
    """The same repository, revision and environment, with facts that suit whoever states them."""
    return await house.open(connection=connection, branch=branch)


def _good_for(signoff: Signoff, *connections: str) -> list[str]:
    nowhere = Position(origin="o", seq=1, leaf="00", checkpoint="", proof=())
    told = statement_of(signoff, nowhere, NOW + timedelta(hours=24), {})
    wanted = Wanted(
        repository="acme/payments-api",
        revision=sha("a"),
        environment="production",
        connections=connections,
        at=NOW,
    )
    return against(told, wanted)


async def test_what_another_connection_vouches_for_can_be_told_apart(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=POLICY) as house:
        asked = await _stated_by(house, "payments-ci", "main")
        lied = await _stated_by(house, "sandbox-ci", "docs")
        assert (asked.status, lied.status) == (Status.PENDING, Status.NOT_REQUIRED)
        assert _good_for(lied) == []  # so a gate has to say whom it believes
        assert _good_for(lied, "sandbox-ci") == []
        assert _good_for(lied, "payments-ci") == ["sandbox-ci asked for it, and not payments-ci"]


@pytest.mark.parametrize(
    ("repository", "theirs"),
    [
        ("acme/sandbox", True),
        ("acme/sandbox-two", True),
        ("acme/payments-api", False),
        ("ACME/sandbox", False),
        ("acme/sandbox/../payments-api", False),
    ],
)
async def test_a_connection_announces_its_own_repositories(
    repository: str, theirs: bool, tmp_path: Path
) -> None:
    async with a_house(tmp_path, policy=POLICY) as house:
        house.signoffs.reach = SANDBOX
        change = a_change(connection="sandbox-ci", repository=repository)
        assert await house.open(connection="payments-ci", repository=repository)  # bound by nothing
        if theirs:
            assert (await house.signoffs.open(change)).new
            await house.signoffs.see(Sighting(change))
            return
        for said in (house.signoffs.open(change), house.signoffs.see(Sighting(change))):
            with pytest.raises(Invalid, match="is none that sandbox-ci speaks of"):
                await said


async def test_what_is_fetched_of_another_is_parked(tmp_path: Path) -> None:
    """A delivery was stored and answered: nobody is asked, and an operator sees why."""
    pipelines = {"payments-ci": FakePipeline(fetches=True)}
    async with a_house(tmp_path, policy=POLICY, pipelines=pipelines) as house:
        house.signoffs.reach = {"payments-ci": ("acme/sandbox",)}
        house.pipeline.says[b"one"] = a_change()
        house.pipeline.says[b"two"] = a_change(key="two", repository="acme/sandbox")
        for body in (b"one", b"two"):
            headers = {"signature": "good", "id": body.decode()}
            await house.intake.receive("payments-ci", Delivery(headers=headers, body=body))
        await house.intake.read_waiting()
        found = await house.board.pending()
        assert [it.change.repository for it in found] == ["acme/sandbox"]
