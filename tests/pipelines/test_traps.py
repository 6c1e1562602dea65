"""What have others stumbled over, that no test of one adapter is about? (tests/laws/test_traps.py)"""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.pipelines.github.comment import comment
from bot.ports import Delivery, Invalid, Response, Unauthenticated
from tests.pipelines.codepipeline.meeting import meeting as at_aws
from tests.pipelines.gates import Strict
from tests.pipelines.gates.cases.circleci import CASE as CIRCLECI
from tests.pipelines.gates.test_gates import a_delivery, report
from tests.pipelines.gates.test_gates import a_pipeline as at_gate
from tests.pipelines.gitlab.meeting import SHA, a_decision
from tests.pipelines.gitlab.meeting import meeting as at_gitlab
from tests.pipelines.meeting import meeting as at_github
from tests.pipelines.signoffs import Outside, a_signoff
from tests.pipelines.test_webhook import PREFIX, a_pipeline

CHECKED = {
    "repository": "acme/payments-api",
    "installation_id": "99",
    "check": "Countersign/main",
    "sha": SHA,
}


@pytest.mark.trap(9)
async def test_a_callback_that_is_only_kept_for_later_is_not_told_again() -> None:
    """It may be lost there; but told again, the next who waits would take it for an answer to them."""
    outside = Outside(Response(status=202))
    await a_pipeline(send=outside).report(a_signoff(reply_to={"callback_url": f"{PREFIX}4711"}))
    assert len(outside.asked) == 1


@pytest.mark.trap(11)
@pytest.mark.parametrize(
    "expires", ["2026-11-28T20:22Z", "2026-11-28T20:22:59Z", "in a week", "", None]
)
async def test_when_an_approval_expires_is_only_shown(expires: str | None) -> None:
    async with at_aws() as here:
        said = {} if expires is None else {"expires": expires}
        change = await here.read(here.aws.message(approval=said))
    assert isinstance(change, Change)
    assert (expires or "") in change.description


@pytest.mark.trap(19)
def test_a_comment_to_a_run_of_github_has_1024_characters() -> None:
    because = tuple("x" * 199 for _ in range(9))
    for reason in ("é`" * 5_000, "no\n" * 5_000, "\u202e" * 5_000):
        said = comment(a_signoff(Status.REJECTED, reason=reason, because=because))
        assert 0 < len(said.encode()) <= 1_024


@pytest.mark.trap(19)
@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED, Status.EXPIRED])
async def test_what_a_check_offers_to_be_clicked_is_short(status: Status) -> None:
    async with at_github(check="Countersign") as here:
        signoff = a_signoff(status, reply_to=CHECKED)
        tell = here.pipeline.report if status.is_final else here.pipeline.show_waiting
        await tell(signoff)
        [check] = here.github.checks
    offered: list[dict[str, str]] = check.get("actions", [])
    assert len(offered) <= 3
    for action in offered:
        assert len(action["label"]) <= 20
        assert len(action["description"]) <= 40
        assert len(action["identifier"]) <= 20
    assert len(check["output"]["summary"]) <= 65_535


@pytest.mark.trap(26)
@pytest.mark.parametrize(
    ("status", "word"), [(Status.APPROVED, "passed"), (Status.REJECTED, "failed")]
)
async def test_what_gitlab_took_for_failed_meanwhile_is_decided_all_the_same(
    status: Status, word: str
) -> None:
    """It gives up on "pending" after two minutes; people need longer. The answer comes when it comes."""
    async with at_gitlab() as here:
        here.gitlab.add_request(12, head=SHA, state="opened", merged_at=None)
        change = await here.asked()
        for _ in range(2):
            await here.pipeline.show_waiting(a_decision(change, Status.PENDING))
        await here.tell(change, status)
        assert [it["status"] for it in here.gitlab.checks] == ["pending", "pending", word]


@pytest.mark.trap(27)
async def test_circleci_itself_announces_nothing_and_the_job_that_holds_is_asked_for() -> None:
    """Whatever it sends of workflows comes too early or too late: a job before the hold tells us."""
    pipeline = at_gate(CIRCLECI, Outside())
    theirs = Delivery(
        headers={
            "circleci-event-type": "workflow-completed",
            "circleci-signature": "v1=" + "0" * 64,
        },
        body=b'{"id":"x","type":"workflow-completed","workflow":{"status":"on_hold"}}',
    )
    with pytest.raises(Unauthenticated):
        pipeline.verify(theirs)
    with pytest.raises(Invalid):
        await pipeline.read(theirs)
    announced: Any = await pipeline.read(a_delivery(gate=dict(CIRCLECI.gate)))
    assert "approval_request_id" not in announced.reply_to
    there = Strict(CIRCLECI, CIRCLECI.proceed)
    await report(CIRCLECI, there, Status.APPROVED)
    assert [asked.url.rpartition("/")[2] for asked in there.asked].count("job") == 1
