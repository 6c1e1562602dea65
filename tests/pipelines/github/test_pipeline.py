"""GitHub Actions holds a job until a deployment protection rule of ours is answered."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, Commit, Identity
from bot.domain.signoff import Status
from bot.ports import (
    Delivery,
    Invalid,
    Malformed,
    Pipeline,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from tests.pipelines.github.fake_github import a_commit, a_file
from tests.pipelines.meeting import SHA, a_pipeline, meeting
from tests.pipelines.signoffs import a_signoff

MERGE = "ab" * 20


def hello(**headers: str) -> Delivery:
    """The example GitHub publishes."""
    published = {
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-hub-signature-256": (
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        ),
    }
    return Delivery(headers=published | headers, body=b"Hello, World!")


def test_the_published_example_is_authentic() -> None:
    pipeline: Pipeline = a_pipeline()
    assert pipeline.verify(hello()) == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert pipeline.fetches


def test_during_a_rotation_either_secret_will_do() -> None:
    both = (b"new", b"It's a Secret to Everybody")
    assert a_pipeline(webhook_secrets=both).verify(hello())
    with pytest.raises(Unauthenticated):
        a_pipeline(webhook_secrets=both[:1]).verify(hello())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-hub-signature-256", ""),
        ("x-hub-signature-256", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
        ("x-hub-signature-256", "sha256=" + "0" * 64),
        ("x-hub-signature-256", "sha256=" + "\u00fc" * 64),
        ("x-hub-signature-256", "sha256=" + "\u0660" * 64),
        (
            "x-hub-signature-256",
            "sha1="
            + hmac.new(b"It's a Secret to Everybody", b"Hello, World!", hashlib.sha1).hexdigest(),
        ),
        ("x-github-delivery", ""),
        ("x-github-delivery", "a b"),
        ("x-github-delivery", "a" * 65),
    ],
)
@pytest.mark.trap(1)
@pytest.mark.trap(2)
def test_one_wrong_header_is_enough_to_be_refused(header: str, value: str) -> None:
    a_pipeline().verify(hello())
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(hello(**{header: value}))


@pytest.mark.trap(1)
@pytest.mark.trap(5)
def test_the_legacy_signature_alone_is_not_enough() -> None:
    sha1 = hmac.new(b"It's a Secret to Everybody", b"Hello, World!", hashlib.sha1).hexdigest()
    given = hello(**{"x-hub-signature": f"sha1={sha1}"})
    a_pipeline().verify(given)
    left = {k: v for k, v in given.headers.items() if k != "x-hub-signature-256"}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(replace(given, headers=left))


@pytest.mark.parametrize("secrets", [(), (b"",)])
def test_a_connection_without_a_secret_is_never_made(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="no webhook secret"):
        a_pipeline(webhook_secrets=secrets)


async def test_a_waiting_job_is_a_change_with_the_facts_of_its_pull_request() -> None:
    async with meeting() as here:
        here.github.add_pull(12, head=SHA)
        change = await here.read()
    jun = Identity(login="jun", kind="User", id="github:501")
    signed = replace(jun, email="jun@acme.example", name="Jun Ito")
    [commit], [file] = change.commits, change.files
    assert commit == Commit(
        sha=SHA,
        message="Retry refunds",
        author=signed,
        committer=signed,
        authored_at=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    )
    assert (file.path, file.additions, file.deletions) == ("refunds/retry.py", 40, 3)
    assert change == Change(
        connection="github",
        key="7/4711/production",
        repository="acme/payments-api",
        revision=SHA,
        environment="production",
        title="Retry refunds",
        author=jun,
        base_revision="b" * 40,
        base_branch="main",
        description="Because they fail.",
        url="https://github.com/acme/payments-api/pull/12",
        link="https://github.com/acme/payments-api/pull/12",
        branch="retry",
        triggered_by=jun,
        commits=(commit,),
        files=(file,),
        lineage="pull/12",
        pushers=(jun,),
        owners=(),
        reply_to={
            "repository": "acme/payments-api",
            "run_id": "4711",
            "run_attempt": "1",
            "environment": "production",
            "installation_id": "99",
        },
        shows_waiting=True,
    )


@pytest.mark.trap(20)
async def test_each_environment_of_a_run_is_a_change_of_its_own() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        first, second = await here.read(), await here.read(environment="EU / live")
    assert (first.key, second.key) == ("7/4711/production", "7/4711/EU / live")


async def test_a_run_that_is_started_again_asks_again() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        first, redelivered = await here.read(), await here.read()
        here.github.start_again()
        second = await here.read()
    assert first == redelivered
    assert (first.key, second.key) == ("7/4711/production", "7/4711.2/production")


async def test_a_merge_commit_is_traced_to_what_was_merged() -> None:
    merged: dict[str, Any] = {"merged_at": "2026-11-21T10:00:00Z", "merge_commit_sha": MERGE}
    async with meeting() as here:
        here.github.add_pull(11, head="c" * 40, title="Holds it too", commits=[a_commit(MERGE)])
        here.github.add_pull(12, head=SHA, **merged)
        change = await here.read(sha=MERGE)
    assert change.title == "Retry refunds"
    assert change.link.endswith("/pull/12")
    assert change.files_complete


@pytest.mark.trap(17)
async def test_both_names_of_a_renamed_file_are_kept() -> None:
    renamed = a_file("new.py", previous_filename="old.py", status="renamed")
    async with meeting() as here:
        here.github.add_pull(head=SHA, files=[renamed])
        assert (await here.read()).paths == ("new.py", "old.py")


@pytest.mark.parametrize(("count", "complete"), [(101, True), (249, True), (250, False)])
async def test_commits_are_complete_below_the_cap(count: int, complete: bool) -> None:
    commits = [a_commit(SHA), *(a_commit(f"{n:040x}") for n in range(1, count))]
    async with meeting() as here:
        here.github.add_pull(head=SHA, commits=commits)
        change = await here.read()
    assert (len(change.commits), change.commits_complete) == (count, complete)


@pytest.mark.parametrize(("count", "complete"), [(2_999, True), (3_000, False)])
async def test_files_are_complete_below_the_cap(count: int, complete: bool) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, files=[a_file(f"{n}.py") for n in range(count)])
        change = await here.read()
    assert (len(change.files), change.files_complete) == (count, complete)


@pytest.mark.parametrize("counts", [{"commits": 2}, {"changed_files": 2}])
async def test_fewer_than_the_pull_request_counts_is_not_complete(counts: dict[str, int]) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, counts=counts)
        change = await here.read()
    assert change.commits_complete is ("commits" not in counts)
    assert change.files_complete is ("changed_files" not in counts)


async def test_a_commit_in_the_midst_of_a_pull_request_has_files_we_cannot_know() -> None:
    async with meeting() as here:
        here.github.add_pull(head="c" * 40, commits=[a_commit(SHA), a_commit("c" * 40)])
        change = await here.read()
    assert not change.files_complete
    assert len(change.commits) == 2


async def test_without_a_pull_request_the_commit_speaks_and_is_not_all() -> None:
    async with meeting() as here:
        here.github.add_commit(SHA)
        change = await here.read()
    assert change.title == "Retry refunds"
    assert change.author.login == "jun"
    assert change.link == f"https://github.com/acme/payments-api/commit/{SHA}"
    assert change.paths == ("refunds/retry.py",)
    assert not change.files_complete
    assert not change.commits_complete


async def test_accounts_that_are_gone_leave_what_git_says() -> None:
    ghost = a_commit(SHA, author=None, committer={})
    async with meeting() as here:
        here.github.add_pull(head=SHA, user=None, body=None, title="", commits=[ghost])
        change = await here.read(sender={"login": "eve"})
    assert change.author == Identity()
    assert change.triggered_by == Identity(login="eve")
    assert change.title == f"Commit {SHA[:12]}"
    assert change.commits[0].author == Identity(email="jun@acme.example", name="Jun Ito")


async def test_whoever_deploys_is_known_where_nobody_sent_it() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        change = await here.read(sender=None)
    assert change.triggered_by == Identity(login="eve")


@pytest.mark.parametrize("event", ["push", "check_run", "ping", "deployment_protection_rul", ""])
async def test_other_events_are_no_change(event: str) -> None:
    async with meeting() as here:
        given = here.github.delivery(b"{}", event=event)
        assert await here.pipeline.read(given) is None


async def test_other_actions_are_no_change() -> None:
    async with meeting() as here:
        assert await here.pipeline.read(here.github.delivery(b'{"action": "created"}')) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"action":1,"action":2}', b"payload=%7B%7D"])
async def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    async with meeting() as here:
        with pytest.raises(Malformed):
            await here.pipeline.read(here.github.delivery(body))


async def test_a_form_is_told_what_to_change() -> None:
    given = a_pipeline()
    headers = {
        "x-github-event": "deployment_protection_rule",
        "content-type": "application/x-www-form-urlencoded",
    }
    with pytest.raises(Malformed, match="application/json"):
        await given.read(Delivery(headers=headers, body=b"payload=%7B%7D"))


RULE = "/deployment_protection_rule"


@pytest.mark.parametrize(
    "make",
    [
        lambda good: good.replace("http://127.0.0.1", "http://evil.example"),
        lambda good: good.replace("http://127.0.0.1", "http://127.0.0.1@evil.example"),
        lambda good: good.replace("acme/payments-api", "acme/other"),
        lambda good: good.replace("4711", "4711/../1"),
        lambda good: good.replace("4711", ""),
        lambda good: good.replace("4711", "\u0664\u0667"),
        lambda good: good.replace("4711", "4" * 20),
        lambda good: good.removesuffix(RULE),
        lambda good: good + RULE,
        lambda good: good + "?x=1",
        lambda good: good + "\n",
        lambda good: good.replace("/api/v3", ""),
    ],
)
async def test_a_run_is_taken_from_an_address_of_its_own_repository_only(make: Any) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        await here.read()
        good = f"{here.github.api_url}/repos/acme/payments-api/actions/runs/4711{RULE}"
        before = len(here.github.calls)
        with pytest.raises(Invalid) as caught:
            await here.read(deployment_callback_url=make(good))
        assert [p.field for p in caught.value.problems] == ["deployment_callback_url"]
        assert len(here.github.calls) == before


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"sha": "main"}, "deployment.sha"),
        ({"sha": f"{SHA}/../x"}, "deployment.sha"),
        ({"environment": ""}, "environment"),
        ({"environment": "a\nb"}, "environment"),
        ({"environment": "production "}, "environment"),
        ({"environment": "production\u200b"}, "environment"),
        ({"environment": "pr\u043eduction"}, "environment"),
        ({"installation": None}, "installation"),
        ({"installation": {"id": "../1"}}, "installation.id"),
        ({"repository": {"id": 7, "full_name": "acme/.."}}, "repository.full_name"),
        ({"repository": {"id": 7, "full_name": "acme/a/b"}}, "repository.full_name"),
        ({"repository": {"id": 7, "full_name": "../a"}}, "repository.full_name"),
    ],
)
async def test_nothing_from_the_payload_bends_a_path(said: dict[str, Any], field: str) -> None:
    async with meeting() as here:
        with pytest.raises(Invalid) as caught:
            await here.read(**said)
        assert [p.field for p in caught.value.problems] == [field]
        assert here.github.calls == []


@given(
    body=st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: json.dumps({"action": "requested", "deployment": value}).encode())
    | st.binary()
)
async def test_any_body_is_nothing_malformed_or_invalid(body: bytes) -> None:
    headers = {"x-github-event": "deployment_protection_rule"}
    with suppress(Malformed, Invalid):
        assert await a_pipeline().read(Delivery(headers=headers, body=body)) is None


RUN = {
    "repository": "acme/payments-api",
    "run_id": "4711",
    "run_attempt": "1",
    "environment": "production",
    "installation_id": "99",
}


@pytest.mark.parametrize("status", [s for s in Status if s.is_final])
async def test_a_decision_lets_the_job_go_on_or_stops_it(status: Status) -> None:
    async with meeting() as here:
        here.github.rule_delivery(sha=SHA)
        await here.pipeline.report(a_signoff(status, reply_to=RUN))
    decision = here.github.decisions[0]
    assert (decision.run_id, decision.environment) == (4711, "production")
    assert decision.state == ("approved" if status.proceed else "rejected")
    assert "sgn_1" in decision.comment


@pytest.mark.trap(23)
async def test_an_old_attempt_is_not_answered_in_place_of_the_new_one() -> None:
    async with meeting() as here:
        here.github.rule_delivery(sha=SHA)
        here.github.start_again()
        await here.pipeline.report(a_signoff(Status.SUPERSEDED, reply_to=RUN))
        with pytest.raises(Undelivered, match="started again") as caught:
            await here.pipeline.report(a_signoff(Status.APPROVED, reply_to=RUN))
        assert caught.value.final
        assert here.github.decisions == []
        await here.pipeline.report(a_signoff(reply_to=RUN | {"run_attempt": "2"}))
        assert [decision.state for decision in here.github.decisions] == ["approved"]


async def test_a_run_that_no_longer_waits_is_final() -> None:
    async with meeting() as here:
        with pytest.raises(Undelivered, match="422") as caught:
            await here.pipeline.report(a_signoff(reply_to=RUN))
    assert caught.value.final


@pytest.mark.parametrize(
    "broken",
    [
        {},
        RUN | {"run_id": "../1"},
        RUN | {"installation_id": ""},
        {"run_id": "1", "installation_id": "1"},
    ],
)
async def test_a_broken_return_address_is_final_and_asks_nobody(broken: dict[str, str]) -> None:
    async with meeting() as here:
        with pytest.raises(Undelivered, match="names no run") as caught:
            await here.pipeline.report(a_signoff(reply_to=broken))
        assert caught.value.final
        assert here.github.calls == []


async def test_nobody_there_is_passed_on() -> None:
    with pytest.raises(Unreachable):
        await a_pipeline().report(a_signoff(reply_to=RUN))


def test_no_secret_is_shown() -> None:
    shown = repr(a_pipeline())
    assert "Secret to Everybody" not in shown
    assert "PRIVATE KEY" not in shown
