"""GitLab tells of jobs, merge requests and deployments; some of them wait for a signoff."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.change import Change, Identity
from bot.pipelines.signatures import secret_key, sign
from bot.ports import (
    Delivery,
    Discreet,
    Invalid,
    Landing,
    Malformed,
    Pipeline,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from tests.pipelines.gitlab.fake_gitlab import (
    CHECK_SECRET,
    PROJECT,
    SIGNING,
    START,
    TOKEN,
    FakeGitLab,
    a_build,
)
from tests.pipelines.gitlab.meeting import SECRETS, SHA, a_pipeline, meeting
from tests.pipelines.signoffs import NOON, Outside

SECRET = {"api_token": TOKEN, "webhook_secret": "gänseblümchen"}
JUN = Identity(login="jun", id="gitlab:501")
EVE = Identity(login="eve", id="gitlab:502")


def without(delivery: Delivery, *names: str) -> Delivery:
    return replace(delivery, headers={k: v for k, v in delivery.headers.items() if k not in names})


def with_headers(delivery: Delivery, **headers: str) -> Delivery:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(delivery, headers={**delivery.headers, **more})


def hello(**headers: str) -> Delivery:
    return with_headers(FakeGitLab().delivery({}), **headers)


def test_a_signed_delivery_is_authentic_under_the_id_it_is_repeated_with() -> None:
    pipeline: Pipeline = a_pipeline()
    assert pipeline.verify(hello()) == "f5e5f430-f57b-4e6e-9fac-000000000001"
    assert pipeline.verify(hello()) == pipeline.verify(hello())
    assert pipeline.fetches


@pytest.mark.parametrize(
    "make",
    [
        lambda it: replace(it, body=it.body + b" "),
        lambda it: with_headers(it, webhook_signature="v1,AAAA"),
        lambda it: with_headers(it, webhook_signature="v1,\u00fc"),
        lambda it: with_headers(it, webhook_id="another"),
        lambda it: with_headers(it, webhook_timestamp="1"),
        lambda it: without(it, "webhook-signature"),
        lambda it: without(it, "webhook-signature", "webhook-id", "webhook-timestamp"),
    ],
)
def test_whatever_is_forged_or_missing_is_refused(make: Any) -> None:
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(make(hello()))


def test_a_stale_delivery_is_refused() -> None:
    old = FakeGitLab().delivery({}, at=NOON - timedelta(minutes=6))
    with pytest.raises(Unauthenticated, match="old"):
        a_pipeline().verify(old)


@pytest.mark.trap(7)
def test_a_secret_token_never_stands_in_for_a_missing_signature() -> None:
    both = SECRETS | {"webhook_secret": SECRET["webhook_secret"]}
    right = with_headers(
        without(hello(), "webhook-signature"), x_gitlab_token=SECRET["webhook_secret"]
    )
    assert a_pipeline(secrets=SECRET).verify(right)
    with pytest.raises(Unauthenticated):
        a_pipeline(secrets=both).verify(right)


@pytest.mark.parametrize("offered", ["", "gänseblumchen", "gänseblümche", "\udcff", "x" * 9_999])
def test_another_secret_token_is_refused(offered: str) -> None:
    with pytest.raises(Unauthenticated):
        a_pipeline(secrets=SECRET).verify(hello(x_gitlab_token=offered))
    with pytest.raises(Unauthenticated):
        a_pipeline(secrets=SECRET).verify(hello())


def test_older_versions_are_known_by_event_hook_and_text() -> None:
    pipeline = a_pipeline(secrets=SECRET)
    old = without(hello(x_gitlab_token=SECRET["webhook_secret"]), "idempotency-key")
    again = replace(old, body=b'{"a": 1}')
    assert pipeline.verify(old) == pipeline.verify(old)
    assert pipeline.verify(old).startswith("13792a34-cac6-4fda-95a8-c58e00a3954e-1a2b3c4d-")
    assert pipeline.verify(old) != pipeline.verify(again)
    assert pipeline.verify(without(old, "x-gitlab-event-uuid", "x-gitlab-webhook-uuid"))


def test_a_secret_token_is_not_stored() -> None:
    pipeline: Any = a_pipeline(secrets=SECRET)
    assert isinstance(pipeline, Discreet)
    kept = pipeline.sealed(hello(x_gitlab_token=SECRET["webhook_secret"]))
    assert SECRET["webhook_secret"] not in kept.headers.values()
    assert kept.headers["x-gitlab-event"] == "Merge Request Hook"


def test_a_signed_webhook_is_judged_by_that_signature_alone() -> None:
    assert a_pipeline().verify(hello(x_gitlab_signature="0" * 64))


@pytest.mark.parametrize("prefix", ["", "sha256="])
def test_a_status_check_is_proved_by_its_shared_secret(prefix: str) -> None:
    digest = hmac.new(CHECK_SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
    given = Delivery(headers={"x-gitlab-signature": prefix + digest}, body=b"{}")
    assert a_pipeline().verify(given) == a_pipeline().verify(given)
    for wrong in ("0" * 64, digest.upper(), digest[:-1], "\u0660" * 64, ""):
        with pytest.raises(Unauthenticated):
            a_pipeline().verify(replace(given, headers={"x-gitlab-signature": wrong}))
    with pytest.raises(Unauthenticated):
        a_pipeline(secrets=SECRET).verify(given)


async def test_with_the_secret_of_a_status_check_nothing_else_is_told() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(sha=SHA)
        body = here.gitlab.pipeline_delivery(sha=SHA).body
        forged = Delivery(headers={"x-gitlab-signature": "any"}, body=body)
        assert await here.pipeline.read(forged) is None
        assert here.gitlab.calls == []


@pytest.mark.parametrize("secrets", [{}, {"webhook_secret": ""}, {"status_check_secret": "x"}])
def test_a_connection_without_a_secret_is_never_made(secrets: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs a signing token or a secret token"):
        a_pipeline(secrets={"api_token": TOKEN, **secrets})


async def test_a_manual_job_is_a_change_with_the_facts_of_its_merge_request() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        change = await here.read(user={"id": 502, "username": "eve", "email": "[REDACTED]"})
        url = f"{here.gitlab.url}/acme/payments-api/-/merge_requests/12"
    [commit], [file] = change.commits, change.files
    assert (commit.sha, commit.author.email) == (SHA, "jun@acme.example")
    assert (file.path, file.additions, file.deletions, file.counted) == (
        "refunds/retry.py",
        2,
        1,
        True,
    )
    assert change == Change(
        connection="gitlab",
        key="7/657/production",
        repository="acme/payments-api",
        revision=SHA,
        environment="production",
        title="Retry refunds",
        author=JUN,
        base_revision=START,
        base_branch="main",
        description="Because they fail.",
        url=url,
        link=url,
        branch="retry",
        triggered_by=EVE,
        commits=(commit,),
        files=(file,),
        lineage="merge_requests/12",
        labels=("refunds",),
        pushers=(EVE,),
        owners=(),
        reply_to={"gate": "manual-job", "project": "7", "job": "657", "sha": SHA},
    )


async def test_who_merged_it_and_who_started_the_pipeline_have_a_part() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        assert (await here.read()).pushers == (JUN, EVE)


async def test_a_blocked_deployment_is_found_though_nothing_tells_of_it() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        here.gitlab.add_deployment(40, sha=SHA, job=656)
        here.gitlab.add_deployment(41, sha=SHA, job=657)
        change = await here.read(builds=[a_build(657, manual=False, when="on_success")])
    assert change.key == "7/657/production"
    assert change.reply_to == {
        "gate": "deployment-approval",
        "project": "7",
        "deployment": "41",
        "job": "657",
        "sha": SHA,
    }


async def test_a_blocked_deployment_of_another_revision_is_not_this_one() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        here.gitlab.add_deployment(41, sha=START)
        assert await here.read_all() == ()


@pytest.mark.parametrize(
    ("gates", "blocked", "found"),
    [
        (("deployment-approval",), False, None),
        (("deployment-approval",), True, "deployment-approval"),
        (("manual-job",), True, "manual-job"),
        (("status-check",), True, None),
        (("deployment-approval", "manual-job"), False, "manual-job"),
    ],
)
async def test_only_gates_of_ours_are_asked_about(
    gates: tuple[str, ...], blocked: bool, found: str | None
) -> None:
    async with meeting(gate=gates) as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        if blocked:
            here.gitlab.add_deployment(41, sha=SHA)
        changes = await here.read_all()
    assert [it.reply_to["gate"] for it in changes] == ([found] if found else [])


async def test_only_environments_of_ours_are_asked_about() -> None:
    builds = [a_build(1), a_build(2, environment={"name": "review/x", "action": "start"})]
    async with meeting(environments=("prod*",)) as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(1, sha=SHA)
        here.gitlab.add_job(2, sha=SHA)
        assert (await here.read(builds=builds)).key == "7/1/production"


async def test_each_environment_has_one_job_at_a_time() -> None:
    staging = {"name": "staging", "action": "start"}
    builds = [a_build(9), a_build(8), a_build(7, environment=staging), a_build(6, status="success")]
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        for job in (6, 7, 8, 9):
            here.gitlab.add_job(job, sha=SHA)
        changes = await here.read_all(builds=builds)
        assert [it.key for it in changes] == ["7/7/staging", "7/8/production"]
        assert len(here.calls("/merge_requests/12/diffs")) == 1


async def test_a_job_at_no_gate_of_ours_does_not_hide_the_next() -> None:
    async with meeting(gate=("deployment-approval",)) as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(8, sha=SHA)
        here.gitlab.add_job(9, sha=SHA)
        here.gitlab.add_deployment(41, sha=SHA, job=9)
        assert (await here.read(builds=[a_build(8), a_build(9)])).key == "7/9/production"


@pytest.mark.parametrize(
    "said",
    [
        {"status": "skipped"},
        {"status": "success"},
        {"environment": None},
        {"environment": {"name": "production", "action": "stop"}},
        {"environment": {"name": "production", "action": "prepare"}},
        {"environment": {"name": "pr\u043eduction", "action": "start"}},
        {"environment": {"name": " production", "action": "start"}},
        {"environment": {"name": "x" * 101, "action": "start"}},
        {"manual": False},
    ],
)
async def test_jobs_that_do_not_wait_to_deploy_are_left_alone(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        assert await here.read_all(builds=[a_build(657, **said)]) == ()


@pytest.mark.parametrize("said", [{"status": "running"}, {"pipeline": {"id": 1, "sha": START}}])
async def test_a_delivery_that_is_not_true_any_more_asks_for_nothing(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA, **said)
        assert await here.read_all() == ()
        assert here.calls("merge_requests") == []


async def test_a_job_that_is_retried_asks_again() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        for job in (657, 658):
            here.gitlab.add_job(job, sha=SHA)
        first, redelivered = await here.read(), await here.read()
        second = await here.read(builds=[a_build(658)])
    assert first == redelivered
    assert (first.key, second.key) == ("7/657/production", "7/658/production")


async def test_a_status_check_is_a_change_at_its_head() -> None:
    async with meeting() as here:
        here.gitlab.add_request(
            12, head=SHA, state="opened", merged_at=None, merge_user=None, merged_by=None
        )
        change = await here.asked()
    assert (change.key, change.environment) == (
        f"7/merge_requests/12/0d6e4079e367/{SHA}/3",
        "merge",
    )
    assert (change.revision, change.by_lineage) == (SHA, True)
    assert change.files_complete
    assert change.commits_complete
    assert change.reply_to == {
        "gate": "status-check",
        "project": "7",
        "request": "12",
        "check": "3",
        "sha": SHA,
    }


async def test_a_status_check_of_an_older_head_has_facts_we_cannot_know() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, state="opened", merged_at=None)
        change = await here.asked(last_commit={"id": "c" * 40})
    assert change.revision == "c" * 40
    assert not change.files_complete
    assert not change.commits_complete


@pytest.mark.parametrize("said", [{"state": "merged"}, {"state": "closed"}, {"last_commit": None}])
async def test_what_cannot_be_merged_is_not_asked_about(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        assert await here.pipeline.read(here.gitlab.check_delivery(**said)) is None
    async with meeting(gate=("manual-job",)) as here:
        here.gitlab.add_request(12, head=SHA)
        assert await here.pipeline.read(here.gitlab.check_delivery()) is None


async def test_a_push_is_seen_as_it_was_even_if_its_head_is_gone() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, state="opened", merged_at=None)
        before = here.gitlab.request_delivery(action="update", oldrev=START)
        here.gitlab.say(sha="c" * 40, title="Another", description="", labels=[])
        seen: Any = await here.pipeline.read(before)
    change = seen.change
    assert (change.key, change.environment) == (f"7/merge_requests/12/{SHA}", "")
    assert (change.title, change.description) == ("Retry refunds", "Because they fail.")
    assert (change.labels, change.lineage) == (("refunds",), "merge_requests/12")
    assert [it.sha for it in change.commits] == [SHA]
    assert change.commits_complete
    assert not change.files_complete
    assert change.pushers == (JUN,)


async def test_to_edit_makes_nobody_a_contributor() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, state="opened", merged_at=None)
        assert (await here.see(action="update")).pushers == ()
        assert (await here.see(action="open")).pushers == (JUN,)
        assert (await here.see(action="open", user=None)).pushers == ()


async def test_a_forgotten_head_leaves_what_the_delivery_says() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, state="opened", merged_at=None)
        change = await here.see(action="open", last_commit={"id": "d" * 40})
    assert (change.commits, change.commits_complete) == ((), False)


@pytest.mark.parametrize("action", ["approved", "unapproved", "approval", ""])
async def test_other_actions_are_nothing_to_us(action: str) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        assert await here.pipeline.read(here.gitlab.request_delivery(action=action)) is None
        assert here.gitlab.calls == []


@pytest.mark.parametrize(
    ("status", "succeeded"), [("success", True), ("failed", False), ("canceled", False)]
)
async def test_how_a_deployment_ended_is_told_under_the_key_of_its_job(
    status: str, succeeded: bool
) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_job(657, sha=SHA)
        key = (await here.read()).key
        landed = await here.pipeline.read(here.gitlab.deployment_delivery(status))
    assert landed == Landing(
        connection="gitlab",
        key=key,
        succeeded=succeeded,
        what="4f4f4f4f of acme/payments-api to production",
        environment="production",
    )


async def test_a_deployment_under_way_is_nothing_to_us() -> None:
    given = FakeGitLab().deployment_delivery("running")
    assert await a_pipeline().read(given) is None


@pytest.mark.parametrize(
    ("said", "where"),
    [({"job": None}, "production"), ({"environment": ""}, ""), ({"environment": "\x00x"}, "x")],
)
async def test_what_no_job_can_have_asked_about_is_told_without_a_key(
    said: dict[str, Any], where: str
) -> None:
    landed = await a_pipeline().read(FakeGitLab().deployment_delivery("success", **said))
    assert isinstance(landed, Landing)
    assert (landed.key, landed.environment) == ("", where)
    assert landed.what.startswith("4f4f4f4f of acme/payments-api to ")


@pytest.mark.parametrize("kind", ["push", "build", "note", "tag_push", "", None, 7, {}])
async def test_other_events_are_nothing_to_us(kind: Any) -> None:
    given = FakeGitLab().delivery({"object_kind": kind, "project": PROJECT})
    assert await a_pipeline().read(given) is None


DEEP = b'{"object_kind":"pipeline","builds":' + b"[" * 90_000 + b"]" * 90_000 + b"}"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff", DEEP])
async def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        await a_pipeline().read(FakeGitLab().delivery(body))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"project": {**PROJECT, "id": "7/../8"}}, "project.id"),
        ({"project": {**PROJECT, "id": 0}}, "project.id"),
        ({"project": None}, "project"),
        ({"object_attributes": {"id": 1, "sha": "main"}}, "object_attributes.sha"),
        ({"builds": "many"}, "builds"),
        ({"builds": [{"id": -1}]}, "builds[0].id"),
    ],
)
async def test_wrong_content_is_invalid(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await a_pipeline().read(FakeGitLab().pipeline_delivery(sha=SHA, **said))
    assert [problem.field for problem in caught.value.problems] == [field]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
_KEYS = ("object_attributes", "project", "builds", "user", "external_approval_rule", "status")


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["pipeline", "merge_request", "deployment"]),
    said=st.dictionaries(st.sampled_from(_KEYS), _JSON),
)
async def test_nothing_else_comes_of_anything(kind: str, said: dict[str, Any]) -> None:
    with suppress(Invalid, Malformed, Undelivered, Unreachable):
        await a_pipeline().read(FakeGitLab().delivery({"object_kind": kind, **said}))


async def test_no_address_of_a_payload_is_ever_used() -> None:
    outside = Outside()
    pipeline = a_pipeline(send=outside)
    evil = PROJECT | {"web_url": "https://evil.example", "http_url": "https://evil.example"}
    with pytest.raises(Unreachable):
        await pipeline.read(FakeGitLab().pipeline_delivery(sha=SHA, project=evil))
    [asked] = outside.asked
    assert asked.url == "https://gitlab.acme.example/api/v4/projects/7/jobs/657"


def test_nothing_secret_shows() -> None:
    shown = repr(a_pipeline(secrets=SECRETS | {"webhook_secret": "hush"}))
    for secret in (TOKEN, SIGNING, CHECK_SECRET, "hush", repr(secret_key(SIGNING))):
        assert secret not in shown


def test_a_check_may_pass_after_it_failed_and_a_deployment_may_not() -> None:
    assert a_pipeline(gate=("status-check",)).reopens
    assert not a_pipeline().reopens


async def test_the_header_does_not_say_what_the_body_is() -> None:
    async with meeting() as here:
        payload = json.loads(here.gitlab.deployment_delivery("success").body)
        given = here.gitlab.delivery(payload, event="Push Hook")
        assert isinstance(await here.pipeline.read(given), Landing)


def test_a_signature_of_other_words_does_not_count() -> None:
    other = sign(secret_key(SIGNING), "id-1", NOON, b"[]")
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=other, body=b"{}"))
