"""Gerrit: the vote is on the commit that was decided on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.gates.gerrit import GerritGate
from bot.ports import Response, Sighting, TakesBack, Undelivered
from tests.pipelines.gates import Strict
from tests.pipelines.gates.at_gate import SECRET, a_pipeline, configured, documented
from tests.pipelines.gates.cases.gerrit import CASE, VOTED
from tests.pipelines.gates.test_gates import a_delivery, report
from tests.pipelines.signoffs import REVISION, Outside, a_signoff

GATE = {"change": "payments/api~4711"}


async def test_the_answer_of_gerrit_begins_with_what_is_no_json() -> None:
    there = Strict(CASE, [replace(CASE.proceed[0], answer=VOTED)])
    await report(CASE, there, Status.APPROVED)
    assert there.satisfied


async def test_the_vote_is_never_on_whatever_is_current() -> None:
    signoff = a_signoff(reply_to=GATE)
    older = replace(signoff, change=replace(signoff.change, revision="ab" * 32))
    there = Outside(Response(status=200))
    await a_pipeline(CASE, there).report(older)
    assert there.asked[0].url.endswith(f"/revisions/{'ab' * 32}/review")


async def test_a_change_that_is_closed_takes_no_vote() -> None:
    with pytest.raises(Undelivered) as refused:
        await report(CASE, Outside(Response(status=409, body=b"change is closed")), Status.APPROVED)
    assert refused.value.final


async def test_an_override_that_ended_is_a_no_to_the_same_commit() -> None:
    there = Outside(Response(status=200), Response(status=200))
    signoff = a_signoff(Status.OVERRIDDEN, reply_to=GATE)
    pipeline = a_pipeline(CASE, there)
    assert isinstance(pipeline, TakesBack)
    await pipeline.report(signoff)
    await pipeline.take_back(signoff)
    went_on, ended = there.asked
    assert ended.url == went_on.url
    assert b":1}" in went_on.body
    assert b":-1}" in ended.body
    assert b"The override has ended" in ended.body


async def test_of_what_is_submitted_nothing_is_taken_back() -> None:
    closed = Outside(Response(status=409, body=b"change is closed"))
    await a_pipeline(CASE, closed).take_back(a_signoff(Status.OVERRIDDEN, reply_to=GATE))
    forbidden = Outside(Response(status=403))
    with pytest.raises(Undelivered):
        await a_pipeline(CASE, forbidden).take_back(a_signoff(Status.OVERRIDDEN, reply_to=GATE))


async def test_a_change_by_its_number_alone() -> None:
    there = Outside(Response(status=200))
    await report(replace(CASE, gate={"change": "4711"}), there, Status.APPROVED)
    where = f"{CASE.url}/a/changes/4711/revisions/{REVISION}/review"
    assert there.asked[0].url == where


@pytest.mark.parametrize("change", ["..~1", ".~1", "%2e%2e~1", "a?b~1", "a#b~1", "a\\..\\b~1"])
async def test_a_projects_name_leads_nowhere_else(change: str) -> None:
    there = Outside(Response(status=200))
    await a_pipeline(CASE, there).report(a_signoff(reply_to={"change": change}))
    (asked,) = there.asked
    assert asked.url.startswith(f"{CASE.url}/a/changes/")
    assert asked.url.count("/") == CASE.url.count("/") + 6


async def test_the_label_is_the_configs() -> None:
    there = Outside(Response(status=200))
    words: dict[str, Any] = {"user": "countersign", "label": "Countersigned"}
    await report(replace(CASE, words=words), there, Status.APPROVED)
    assert b'"labels":{"Countersigned":1}' in there.asked[0].body


async def read(**data: Any) -> Change:
    change = await a_pipeline(CASE, Outside()).read(a_delivery(**data))
    assert isinstance(change, Change)
    return change


async def test_only_a_newer_patch_set_takes_the_place_of_an_older_one() -> None:
    older, other = await read(gate=GATE), await read(gate={"change": "payments/api~4712"})
    newer = await read(gate={"change": "4711"}, revision="ab" * 20, url="https://g.example/4711/2")
    assert newer.supersedes(older)
    assert not newer.supersedes(other)
    named = await read(gate=GATE, lineage="review/12")
    assert named.lineage == "gerrit/4711"  # whatever the job calls it
    assert newer.supersedes(named)


async def test_a_patch_set_that_was_pushed_needs_no_gate() -> None:
    pushed = a_delivery("change.pushed", url="https://g.example/4711")
    sighting = await a_pipeline(CASE, Outside()).read(pushed)
    assert isinstance(sighting, Sighting)
    assert sighting.change.lineage == "https://g.example/4711"


def test_a_vote_may_be_changed_after_nobody_answered_in_time() -> None:
    assert a_pipeline(CASE, Outside()).reopens


def test_the_config_of_its_page_makes_it(tmp_path: Path) -> None:
    secrets = {
        "GERRIT_WEBHOOK_SECRET": SECRET,
        "GERRIT_JOB_TOKEN": "job-token",
        "GERRIT_HTTP_PASSWORD": "gerrit-password",
    }
    adapter = configured(tmp_path, documented("gerrit"), **secrets)
    assert isinstance(adapter, GatedPipeline)
    assert isinstance(adapter.gate, GerritGate)
    assert adapter.gate.label == "Senior-Sign-Off"
    assert adapter.gate.platform.headers["authorization"] == CASE.headers["authorization"]
