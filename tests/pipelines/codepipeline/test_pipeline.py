"""AWS CodePipeline waits at a manual approval: who is asked about what, and what it is told."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from bot import settings
from bot.clock import system_clock
from bot.connections import pipelines, trusted_prefixes
from bot.domain.change import Change, Identity
from bot.pipelines.codepipeline import aws as aws_calls
from bot.pipelines.codepipeline.pipeline import CodePipeline
from bot.pipelines.codepipeline.sns import Topic
from bot.ports import (
    Invalid,
    Learns,
    Malformed,
    Request,
    Response,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from bot.settings import SettingsError
from tests.engine.house import a_house
from tests.pipelines.codepipeline.fake_codepipeline import (
    ACTION,
    PIPELINE,
    REGION,
    SHA,
    STAGE,
)
from tests.pipelines.codepipeline.fake_sns import CERTIFICATE, HOST, TOPIC
from tests.pipelines.codepipeline.meeting import MEBIBYTE, Here, meeting


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with meeting() as met:
        yield met


# In: what waits is what CodePipeline says.


async def test_an_approval_that_waits_becomes_a_change(here: Here):
    change = await here.change()
    assert change == Change(
        connection="aws",
        key=change.key,
        repository="acme/payments-api",
        revision=SHA,
        environment="production",
        title="Retry refunds",
        author=Identity(),
        description="payments waits at Production, Sign-off, until 2026-11-28T20:22Z",
        url=f"https://github.com/acme/payments-api/commit/{SHA}",
        link=f"https://github.com/acme/payments-api/commit/{SHA}",
        branch="main",
        commits=change.commits,
        commits_complete=False,
        files_complete=False,
        reply_to={
            "region": REGION,
            "pipeline": PIPELINE,
            "stage": STAGE,
            "action": ACTION,
            "token": here.aws.token,
        },
    )
    assert [commit.message for commit in change.commits] == ["Retry refunds\n\nThey are slow."]
    assert change.key.startswith(f"payments/{here.aws.execution}/")
    assert here.aws.token not in change.key
    assert here.aws.calls == ["GetPipeline", "GetPipelineState", "GetPipelineExecution"]


async def test_what_the_message_says_of_the_change_is_not_believed(here: Here):
    custom = json.dumps({"repository": "acme/harmless", "environment": "staging"})
    change = await here.read(here.aws.message(approval={"customData": custom}))
    assert (change.repository, change.environment) == ("acme/payments-api", "production")


async def test_who_wrote_the_pipeline_may_say_more(here: Here):
    here.aws.custom = json.dumps(
        {
            "repository": "acme/monorepo",
            "environment": "eu production",
            "url": "https://wiki.acme.example/payments",
        }
    )
    change = await here.change()
    assert (change.repository, change.environment) == ("acme/monorepo", "eu production")
    assert (change.url, change.link) == ("https://wiki.acme.example/payments", "")


async def test_words_for_people_are_shown(here: Here):
    here.aws.custom = "Mind the\x00 refunds"
    assert (await here.change()).description.endswith("\nMind the refunds")


@pytest.mark.parametrize(
    "custom",
    [
        '{"repo": "acme/x"}',
        '{"repository": "x"}',
        '{"repository": "acme/../x"}',
        '{"environment": " production"}',
        '{"environment": "#{variables.Where}"}',
        '{"environment": 7}',
        '{"url": "javascript:alert(1)"}',
        "{" * 50,
        '{"repository": "acme/x", "repository": "acme/y"}',
    ],
)
async def test_custom_data_are_said_right_or_the_change_is_parked(here: Here, custom: str):
    here.aws.custom = custom
    with pytest.raises(Invalid, match="CustomData"):
        await here.read()


@pytest.mark.parametrize(
    ("provider", "source", "repository", "branch"),
    [
        ("CodeCommit", {"RepositoryName": "pay", "BranchName": "main"}, "codecommit/pay", "main"),
        ("GitHub", {"Owner": "acme", "Repo": "pay", "Branch": "live"}, "acme/pay", "live"),
        ("CodeStarSourceConnection", {"FullRepositoryId": "acme/sub/pay"}, "acme/sub/pay", ""),
    ],
)
async def test_each_git_source_names_its_repository(
    here: Here, provider: str, source: dict[str, str], repository: str, branch: str
):
    here.aws.provider, here.aws.source = provider, source
    change = await here.change()
    assert (change.repository, change.branch) == (repository, branch)


async def test_a_repository_that_nobody_names_is_asked_for(here: Here):
    here.aws.provider, here.aws.source = "Custom", {}
    with pytest.raises(Invalid, match="custom data"):
        await here.read()
    here.aws.custom = '{"repository": "acme/pay"}'
    assert (await here.change()).repository == "acme/pay"


@pytest.mark.parametrize(
    "revision",
    [
        "KYtxgnFUZdwZkMKAMYBmVMq1r2fWlfmu",
        "sha256:" + "a" * 64,
        SHA[:12],
        SHA.upper(),
        "",
        f"{SHA}\n",
    ],
)
async def test_what_is_no_commit_cannot_be_signed(here: Here, revision: str):
    here.aws.revisions[0]["revisionId"] = revision
    with pytest.raises(Invalid, match="no full commit id"):
        await here.read()


async def test_no_source_at_all(here: Here):
    here.aws.revisions = []
    with pytest.raises(Invalid, match="no full commit id"):
        await here.read()


async def test_what_else_is_shipped_is_said(here: Here):
    here.aws.revisions.append({"name": "ConfigOutput", "revisionId": "KYtxgnFUZdwZ"})
    assert "It ships ConfigOutput too, at KYtxgnFUZdwZ" in (await here.change()).description


async def test_of_several_commits_somebody_has_to_say_which(here: Here):
    here.aws.revisions.append({"name": "ConfigOutput", "revisionId": "5e" * 20})
    with pytest.raises(Invalid, match="several commits"):
        await here.read()
    for source in ("SourceOutput", "Source"):
        here.aws.custom = json.dumps({"source": source})
        assert (await here.change()).revision == SHA
    here.aws.custom = '{"source": "Nobody"}'
    with pytest.raises(Invalid, match="no full commit id"):
        await here.read()


@pytest.mark.parametrize(
    ("summary", "title"),
    [
        ("Fix it\nreally", "Fix it"),
        ("", f"payments: {SHA[:12]}"),
        ("[1]", "[1]"),
        ('{"CommitMessage": 7}', '{"CommitMessage": 7}'),
        ('{"CommitMessage": "\\ud800"}', '{"CommitMessage": "\\ud800"}'),
        ("a\u202eb\x00c", "abc"),
    ],
)
async def test_the_title_is_the_first_line_of_the_commit(here: Here, summary: str, title: str):
    here.aws.revisions[0]["revisionSummary"] = summary
    change = await here.change()
    assert change.title == title
    assert "\x00" not in repr(change.commits)


@pytest.mark.parametrize(
    ("kind", "arn", "who"),
    [
        ("StartPipelineExecution", "arn:aws:iam::111122223333:user/ops/jun", Identity(login="jun")),
        (
            "ManualRollback",
            "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1a2b/jun@acme.example",
            Identity(email="jun@acme.example"),
        ),
        # Anybody may name their session as they like.
        ("StartPipelineExecution", "arn:aws:sts::111122223333:assumed-role/Admin/ada", None),
        ("StartPipelineExecution", "arn:aws:iam::111122223333:root", None),
        ("WebhookV2", "arn:aws:iam::111122223333:user/jun", None),
    ],
)
async def test_who_started_it_by_hand_took_part(
    here: Here, kind: str, arn: str, who: Identity | None
):
    here.aws.trigger = {"triggerType": kind, "triggerDetail": arn}
    assert (await here.change()).triggered_by == who


async def test_the_pipeline_is_read_as_it_was_for_this_execution(here: Here):
    here.aws.custom = '{"environment": "eu production"}'
    here.aws.newer_custom = '{"environment": "staging"}'
    assert (await here.change()).environment == "eu production"


async def test_parallel_executions_are_told_apart(here: Here):
    here.aws.mode = "PARALLEL"
    change = await here.change()
    assert change.key.startswith(f"payments/{here.aws.execution}/")
    assert here.aws.calls == ["GetPipeline", "ListActionExecutions", "GetPipelineExecution"]


async def test_a_stage_that_is_tried_again_is_another_question(here: Here):
    first = await here.change()
    execution = here.aws.execution
    here.aws.wait()
    here.aws.execution = execution
    assert (await here.change()).key != first.key


# In: what does not wait, and what is no approval.


async def test_what_waits_no_more_is_nobodys_business(here: Here):
    here.clock.go_on(timedelta(minutes=3))
    sent = f"{here.clock() - timedelta(minutes=3):%Y-%m-%dT%H:%M:%S}.000Z"
    message = here.aws.message()
    here.aws.wait()  # a later one took its place
    assert await here.read(message, Timestamp=sent) is None
    for status in ("Succeeded", "Failed", "Abandoned"):
        here.aws.status = status
        assert await here.read(Timestamp=sent) is None
    here.aws.status, here.aws.execution_status = "InProgress", "Stopping"
    assert await here.read(Timestamp=sent) is None


async def test_codepipeline_may_take_a_moment_to_show_it(here: Here):
    message = here.aws.message()
    here.aws.wait()
    with pytest.raises(Undelivered, match="yet") as caught:
        await here.read(message)
    assert not caught.value.final


@pytest.mark.parametrize(
    "message",
    ["", "hello", "[]", "7", "null", '{"alarm": 1}', "[" * 5_000, '{"a":1,"a":2}', "\x00"],
)
async def test_other_things_on_the_topic_are_no_approvals(here: Here, message: str):
    assert await here.read(message) is None
    assert here.aws.calls == []


@pytest.mark.parametrize(
    "more",
    [
        {"approval": {"token": "x"}},
        {"approval": {"token": None}},
        {"approval": {"pipelineName": "../x"}},
        {"approval": {"pipelineName": "a" * 101}},
        {"approval": {"stageName": ["Production"]}},
        {"region": "us-east-1"},
        {"region": "evil.com/"},
        {"region": None},
    ],
)
async def test_an_approval_that_is_none_is_parked_with_the_reason(here: Here, more: dict[str, Any]):
    with pytest.raises(Invalid):
        await here.read(here.aws.message(**more))
    assert here.aws.calls == []


async def test_a_topic_speaks_for_its_own_region_alone(here: Here):
    """Though another topic, that counts too, is of the region that the message names."""
    other = Topic(TOPIC.replace("eu-central-1", "us-east-1"))
    here.pipeline = replace(
        here.pipeline,
        door=replace(here.pipeline.door, topics={TOPIC: Topic(TOPIC), other.arn: other}),
        apis={**here.pipeline.apis, "us-east-1": here.pipeline.apis[REGION]},
    )
    with pytest.raises(Invalid, match="region of its topic"):
        await here.read(here.aws.message(region="us-east-1"))


async def test_nothing_is_fetched_but_the_certificate(here: Here):
    await here.change()
    assert [request.url for request in here.sns.asked] == [CERTIFICATE]


async def test_a_pipeline_of_another_account_is_not_there(here: Here):
    with pytest.raises(Undelivered) as caught:
        await here.read(here.aws.message(approval={"pipelineName": "theirs"}))
    assert caught.value.final


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"pipeline": 7}', b"[" * 9_999, b"\xff", b'{"pipeline":{"version":"x"}}'],
)
async def test_an_answer_that_cannot_be_read_is_asked_for_again(here: Here, body: bytes):
    here.aws.fail("GetPipeline", "", 200, body=body)
    with pytest.raises(Undelivered) as caught:
        await here.read()
    assert not caught.value.final
    await here.change()


async def test_a_huge_answer_is_cut_off(here: Here):
    here.aws.fail("GetPipeline", "", 200, body=b" " * (MEBIBYTE + 1))
    with pytest.raises(Unreachable):
        await here.read()


async def test_subscribing_and_being_unsubscribed(here: Here, caplog: pytest.LogCaptureFixture):
    for kind in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        delivery = here.sns.message(kind)
        await here.pipeline.learn(delivery)
        here.pipeline.verify(delivery)
        assert await here.pipeline.read(delivery) is None
    asked = [request.url for request in here.sns.asked]
    assert asked[0] == CERTIFICATE
    assert [url.startswith(f"https://{HOST}/?Action=Confirm") for url in asked[1:]] == [True]
    loud = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(loud) == 1
    assert TOPIC in loud[0].getMessage()
    assert here.aws.calls == []


# In the engine: proved first, stored then.


async def test_a_forged_message_is_never_stored(here: Here, tmp_path: Path):
    doors: Any = {"aws": here.pipeline}
    async with a_house(tmp_path, here.clock, pipelines=doors) as house:
        real = here.sns.message(Message=here.aws.message())
        said = json.loads(real.body)
        forged = here.sns.delivery({**said, "Message": here.aws.message(region=None)})
        unsigned = here.sns.delivery(here.sns.fields(Message=here.aws.message()))
        nowhere = here.sns.message(SigningCertURL=CERTIFICATE.replace("0a0a", "ffff"))
        for wrong in (forged, unsigned, nowhere):
            with pytest.raises(Unauthenticated):
                await house.intake.receive("aws", wrong)
        here.sns.answers[CERTIFICATE] = Unreachable("cut off")
        here.pipeline.door.certificates._known.clear()
        with pytest.raises(Unreachable):
            await house.intake.receive("aws", real)
        assert await house.intake._waiting() == ()
        here.sns.answers.clear()
        for _ in range(3):  # SNS repeats itself
            assert await house.intake.receive("aws", real) is None
        await house.intake.read_waiting()
        assert [it.change.revision for it in await house.board.pending()] == [SHA]


def test_it_is_one_that_learns(here: Here):
    assert isinstance(here.pipeline, Learns)
    assert here.pipeline.fetches
    assert not here.pipeline.reopens


async def test_read_alone_raises_only_what_it_may(here: Here):
    delivery = here.sns.message()
    with pytest.raises(Malformed):
        await here.pipeline.read(replace(delivery, body=b"{}"))


# The config.

CONFIG = """\
people: {{ada: {{name: Ada, level: senior, slack: U0ADA}}}}
groups: {{all: {{members: ada}}}}
connections:
  aws: {{kind: codepipeline, {more}}}
"""


def _chosen(tmp_path: Path, more: str) -> settings.Settings:
    file = tmp_path / "countersign.yaml"
    file.write_text(CONFIG.format(more=more))
    environ = {
        "COUNTERSIGN_CONFIG": str(file),
        "SLACK_BOT_TOKEN": "xoxb-some-token",
        "SLACK_SIGNING_SECRET": "some-signing-secret",
    }
    return settings.read(environ)


async def _nowhere(_: Request) -> Response:
    raise AssertionError("nothing leaves the house here")


def test_the_config_makes_it(tmp_path: Path):
    other = TOPIC.replace("eu-central-1", "us-east-1")
    chosen = _chosen(tmp_path, f'topics: ["{TOPIC}", "{other}"], environment: live')
    made: Any = pipelines(chosen, system_clock, _nowhere)["aws"]
    assert isinstance(made, CodePipeline)
    assert {region: api.url for region, api in made.apis.items()} == {
        "eu-central-1": "https://codepipeline.eu-central-1.amazonaws.com",
        "us-east-1": "https://codepipeline.us-east-1.amazonaws.com",
    }
    assert set(made.door.topics) == {TOPIC, other}
    assert made.environment == "live"
    assert trusted_prefixes(chosen) == ()


def test_one_topic_needs_no_brackets_and_an_endpoint_may_be_private(tmp_path: Path):
    chosen = _chosen(tmp_path, f'topics: "{TOPIC}", url: "https://vpce.acme.example/"')
    made: Any = pipelines(chosen, system_clock, _nowhere)["aws"]
    assert made.apis[REGION].url == "https://vpce.acme.example"
    assert made.environment == "production"
    assert trusted_prefixes(chosen) == ("https://vpce.acme.example/",)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("topics: approvals", "ARN"),
        ("topics: []", "topics"),
        ("environment: live", "topics"),
        (f'topics: "{TOPIC}", environment: " live"', "space"),
    ],
)
def test_a_config_that_is_wrong_is_told_so(tmp_path: Path, more: str, word: str):
    with pytest.raises(SettingsError, match=word):
        _chosen(tmp_path, more)


def test_one_endpoint_is_of_one_region(tmp_path: Path):
    other = TOPIC.replace("eu-central-1", "us-east-1")
    chosen = _chosen(tmp_path, f'topics: ["{TOPIC}", "{other}"], url: "https://vpce.acme.example"')
    with pytest.raises(ValueError, match="several regions"):
        pipelines(chosen, system_clock, _nowhere)


def test_without_botocore_one_is_told_how_to_get_it(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(aws_calls, "find_spec", MappingProxyType({}).get)
    with pytest.raises(ValueError, match=r"requirements/aws\.txt"):
        pipelines(_chosen(tmp_path, f'topics: "{TOPIC}"'), system_clock, _nowhere)
