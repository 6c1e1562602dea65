"""A manual approval of AWS CodePipeline is answered once, with credentials that are good."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from bot.domain.signoff import Status
from bot.pipelines.codepipeline import aws as aws_calls
from bot.pipelines.codepipeline.aws import Wallet
from bot.ports import (
    Undelivered,
    Unreachable,
)
from tests.pipelines.codepipeline.fake_codepipeline import (
    ACCESS,
    SECRET,
    SESSION,
)
from tests.pipelines.codepipeline.meeting import Here, meeting


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with meeting() as met:
        yield met


# Out.


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.APPROVED, "Approved"),
        (Status.OVERRIDDEN, "Approved"),
        (Status.NOT_REQUIRED, "Approved"),
        (Status.REJECTED, "Rejected"),
        (Status.EXPIRED, "Rejected"),
        (Status.SUPERSEDED, "Rejected"),
        (Status.WITHDRAWN, "Rejected"),
    ],
)
async def test_the_decision_is_told_with_the_token(here: Here, status: Status, told: str):
    await here.report(status, ended_by="ada")
    (result,) = here.aws.results
    assert result["token"] == here.aws.token
    assert result["result"]["status"] == told
    assert result["result"]["summary"].endswith("(Countersign sgn_1)")


@pytest.mark.trap(19)
async def test_a_summary_has_512_characters_and_one_line(here: Here):
    await here.report(Status.REJECTED, reason="no\n\u202e" + "é" * 5_000)
    summary = here.aws.results[0]["result"]["summary"]
    assert len(summary) <= 512
    assert summary.isprintable()


async def test_told_twice_it_is_told_once(here: Here):
    reply_to = dict((await here.change()).reply_to)
    await here.report(reply_to=reply_to)
    await here.report(reply_to=reply_to)
    assert len(here.aws.results) == 1


@pytest.mark.parametrize(
    "code", ["InvalidApprovalTokenException", "ApprovalAlreadyCompletedException"]
)
async def test_what_somebody_else_answered_is_said(here: Here, code: str):
    reply_to = dict((await here.change()).reply_to)
    here.aws.status, here.aws.summary = "Succeeded", "looks fine to me"
    here.aws.fail("PutApprovalResult", code)
    with pytest.raises(Undelivered, match="answered before") as caught:
        await here.report(reply_to=reply_to)
    assert caught.value.final


async def test_our_no_is_not_taken_for_our_yes(here: Here):
    reply_to = dict((await here.change()).reply_to)
    await here.report(Status.REJECTED, reply_to=reply_to)
    with pytest.raises(Undelivered, match="answered before"):
        await here.report(Status.APPROVED, reply_to=reply_to)


@pytest.mark.trap(23)
async def test_a_late_answer_does_not_reach_a_later_execution(here: Here):
    reply_to = dict((await here.change()).reply_to)
    here.aws.wait()
    for status in (Status.APPROVED, Status.SUPERSEDED):
        with pytest.raises(Undelivered, match="answered before") as caught:
            await here.report(status, reply_to=reply_to)
        assert caught.value.final
    assert here.aws.results == []


@pytest.mark.parametrize("name", ["stage", "action", "pipeline"])
async def test_a_place_that_is_gone_is_gone(here: Here, name: str):
    reply_to = {**(await here.change()).reply_to, name: "Renamed"}
    with pytest.raises(Undelivered, match="not there any more") as caught:
        await here.report(reply_to=reply_to)
    assert caught.value.final


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "us-east-1"},
        {"region": "evil.com/"},
        {"token": "x"},
        {"pipeline": "a b"},
        {"stage": ""},
    ],
)
async def test_an_address_that_is_none_is_not_used(here: Here, wrong: dict[str, str]):
    reply_to = {**(await here.change()).reply_to, **wrong}
    here.aws.calls.clear()
    with pytest.raises(Undelivered, match="return address") as caught:
        await here.report(reply_to=reply_to)
    assert caught.value.final
    with pytest.raises(Undelivered):
        await here.report(reply_to={"callback_url": "https://evil.example/"})
    assert here.aws.calls == []


@pytest.mark.parametrize(
    ("code", "status", "final"),
    [
        ("ThrottlingException", 400, False),
        ("TooManyRequestsException", 429, False),
        ("AccessDeniedException", 400, False),
        ("InternalFailure", 500, False),
        ("ServiceUnavailable", 503, False),
        ("ValidationException", 400, True),
        ("SerializationException", 400, True),
        ("", 403, True),
        ("", 302, False),
    ],
)
async def test_what_a_refusal_means(here: Here, code: str, status: int, final: bool):
    reply_to = dict((await here.change()).reply_to)
    here.aws.fail("PutApprovalResult", code, status, headers={"retry-after": "7"})
    with pytest.raises(Undelivered) as caught:
        await here.report(reply_to=reply_to)
    assert caught.value.final is final
    assert caught.value.retry_after == timedelta(seconds=7)
    await here.report(reply_to=reply_to)
    assert len(here.aws.results) == 1


async def test_the_word_for_an_error_may_stand_in_a_header(here: Here):
    reply_to = dict((await here.change()).reply_to)
    said = {"x-amzn-errortype": "StageNotFoundException:http://internal.amazon.com/"}
    here.aws.fail("PutApprovalResult", "", headers=said, body=b"<html>")
    with pytest.raises(Undelivered, match="not there any more"):
        await here.report(reply_to=reply_to)


async def test_if_nobody_is_there_it_is_tried_again(here: Here):
    reply_to = dict((await here.change()).reply_to)
    await here.aws.__aexit__(None, None, None)
    with pytest.raises(Unreachable):
        await here.report(reply_to=reply_to)
    await here.aws.__aenter__()


# Credentials.


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException"])
async def test_credentials_that_ended_are_looked_for_anew_once(here: Here, code: str):
    reply_to = dict((await here.change()).reply_to)
    here.aws.fail("PutApprovalResult", code)
    await here.report(reply_to=reply_to)
    assert (here.looked, len(here.aws.results)) == (2, 1)
    here.aws.wait()
    here.aws.fail("PutApprovalResult", code, times=2)
    with pytest.raises(Undelivered) as caught:
        await here.report(reply_to={**reply_to, "token": here.aws.token})
    assert not caught.value.final


async def test_newer_credentials_are_used(here: Here):
    here.found.insert(0, Credentials("AKIDOLD", "old secret", None))
    await here.change()
    assert here.looked == 2


async def test_credentials_are_kept(here: Here):
    await here.change()
    await here.report()
    assert here.looked == 1


async def test_without_a_session_there_is_no_session_token(here: Here):
    here.found = [Credentials("AKIDUSER", "a user's secret")]
    here.aws.keys = {"AKIDUSER": ("a user's secret", "")}
    await here.change()


async def test_wrong_credentials_do_not_pass_the_fake(here: Here):
    """Or the tests above would prove nothing."""
    here.found = [Credentials(ACCESS, "another secret", SESSION)]
    with pytest.raises(Undelivered, match="InvalidSignatureException") as caught:
        await here.read()
    assert not caught.value.final
    assert "secret" not in repr(caught.value)


async def test_no_credentials_anywhere(here: Here):
    here.found = [None]
    with pytest.raises(Undelivered, match="no AWS credentials") as caught:
        await here.read()
    assert not caught.value.final


async def test_credentials_that_cannot_be_had(here: Here, monkeypatch: pytest.MonkeyPatch):
    class Broken:
        def get_frozen_credentials(self) -> Any:
            raise OSError(f"{SECRET} is what I read")

    here.found = [Broken()]
    with pytest.raises(Undelivered, match="OSError") as caught:
        await here.read()
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)

    def slow() -> Any:
        threading.Event().wait(0.2)

    monkeypatch.setattr(aws_calls, "SECONDS", 0.01)
    wallet = Wallet(slow)
    with pytest.raises(Undelivered, match="in time"):
        await wallet.keys()


async def test_the_usual_ways_are_botocores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    wallet = Wallet()
    with pytest.raises(Undelivered, match="no AWS credentials"):
        await wallet.keys()
    (tmp_path / "credentials").write_text(
        f"[default]\naws_access_key_id = {ACCESS}\naws_secret_access_key = {SECRET}\n"
    )
    keys = await wallet.keys()
    assert (keys.access_key, keys.secret_key) == (ACCESS, SECRET)
    assert SECRET not in repr(wallet)


async def test_an_endpoint_with_a_path_is_signed_as_well():
    async with meeting("/through/proxy") as here:
        await here.report()
        assert len(here.aws.results) == 1


async def test_no_secret_is_in_what_can_be_seen(here: Here):
    await here.change()
    told = repr(here.pipeline) + repr(here.pipeline.apis)
    assert SECRET not in told
    assert SESSION not in told
