"""A pull request of Gitea or Forgejo waits for a status of its head."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change, Mark
from bot.domain.signoff import Signoff, Status
from bot.pipelines.gitea import pipeline as gitea
from bot.pipelines.gitea.pipeline import GiteaPipeline
from bot.pipelines.parts import Parts
from bot.ports import (
    Delivery,
    Invalid,
    Request,
    Response,
    Sighting,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from tests.pipelines.asked import asked
from tests.pipelines.signoffs import NOON, Outside, a_signoff

SECRET = "a-webhook-secret-of-this-connection"
TOKEN = "gto-0123456789abcdef0123456789abcdef"
URL = "https://git.acme.example"
HEAD, OLD, BASE, ROOT = "4f" * 20, "3e" * 20, "1a" * 20, "0b" * 20
PULLS = "/api/v1/repos/acme/payments-api/pulls/12"
STATUSES = f"/api/v1/repos/acme/payments-api/statuses/{HEAD}"
LESS = "&stat=false&verification=false&files=false"
FILES, COMMITS = f"{PULLS}/files?page=1&limit=50", f"{PULLS}/commits?page=1&limit=50{LESS}"

JUN = {"id": 7, "login": "jun", "email": "jun@acme.example", "full_name": "Jun"}
PULL: dict[str, Any] = {
    "number": 12,
    "title": "Retry refunds",
    "body": "Once more.",
    "state": "open",
    "merged": False,
    "user": JUN,
    "labels": [{"id": 1, "name": "backend"}],
    "html_url": "https://evil.example/pulls/12",
    "head": {"ref": "retry", "sha": HEAD, "label": "retry"},
    "base": {"ref": "main", "sha": BASE},
    "merge_base": ROOT,
    "changed_files": 2,
    "updated_at": "2026-11-21T11:59:57Z",
}
LATER = "Sat, 21 Nov 2026 12:00:02 GMT"
ANSWERED = {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}
A_FILE: dict[str, Any] = {
    "filename": "app.py",
    "status": "changed",
    "additions": 3,
    "deletions": 1,
    "changes": 4,
}
MOVED: dict[str, Any] = {
    "filename": "new/b.py",
    "previous_filename": "old/b.py",
    "status": "renamed",
    "additions": 0,
    "deletions": 0,
}
A_COMMIT: dict[str, Any] = {
    "sha": HEAD,
    "commit": {
        "message": "Retry refunds\n\nAssisted-by: a tool",
        "author": {"name": "Jun", "email": "jun@acme.example", "date": "2026-11-21T10:00:00+01:00"},
        "committer": {"name": "Jun", "email": "jun@acme.example", "date": "soon"},
    },
    "author": JUN,
    "committer": None,
}
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def a_page(*entries: object, more: str = "false") -> Response:
    return Response(status=200, headers={"x-hasmore": more}, body=json.dumps(entries).encode())


def said(value: object) -> Response:
    return Response(status=200, headers=ANSWERED, body=json.dumps(value).encode())


class Forge:
    """Answers each address as told, in order, the last answer again and again."""

    def __init__(self, **pull: object) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, list[Response]] = {
            PULLS: [said(PULL | pull)],
            FILES: [a_page(A_FILE, MOVED)],
            COMMITS: [a_page(A_COMMIT)],
            STATUSES: [Response(status=201)],
        }

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        assert request.url.startswith(f"{URL}/"), request.url
        assert request.headers["authorization"] == f"token {TOKEN}"
        assert TOKEN not in request.url
        answers = self.answers[request.url.removeprefix(URL)]
        return answers.pop(0) if len(answers) > 1 else answers[0]


async def nowhere(_: Request) -> Response:
    raise AssertionError("nothing is sent")


def a_pipeline(send: Any = None, *, secret: str = SECRET) -> GiteaPipeline:
    return gitea.make(
        Parts(
            name="forge",
            url=URL,
            secrets={"webhook_secret": secret, "api_token": TOKEN},
            words={"check": "countersign", "check_environment": "merge"},
            lists={},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send or Forge(),
        )
    )


def signature(body: bytes, key: str = SECRET) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def as_delivery(body: bytes, brand: str = "gitea", event: str = "pull_request") -> Delivery:
    headers = {
        f"x-{brand}-delivery": "d0a1-1",
        f"x-{brand}-event": event,
        f"x-{brand}-signature": signature(body),
        "x-github-event": "pull_request",
        "x-hub-signature-256": f"sha256={signature(body)}",
    }
    return Delivery(headers=headers, body=body)


def a_delivery(action: str = "opened", brand: str = "gitea", **more: object) -> Delivery:
    pull = more.pop("pull", {})
    assert isinstance(pull, dict)
    told = {
        "action": action,
        "number": 12,
        "pull_request": PULL | pull,
        "repository": {"id": 3, "full_name": "acme/payments-api"},
        "sender": {"login": "kim"},
    }
    return as_delivery(json.dumps(told | more).encode(), brand)


async def a_change(forge: Forge | None = None, delivery: Delivery | None = None) -> Change:
    return asked(await a_pipeline(forge).read(delivery or a_delivery()))


async def a_decision(status: Status = Status.APPROVED) -> Signoff:
    return replace(a_signoff(status), change=await a_change())


# Who is it?


@pytest.mark.parametrize("brand", ["gitea", "forgejo"])
def test_both_forges_prove_themselves(brand: str) -> None:
    assert a_pipeline().verify(a_delivery(brand=brand)) == "d0a1-1"


BODY = a_delivery().body


@pytest.mark.parametrize(
    "offered",
    [
        "",
        " ",
        "0" * 64,
        signature(BODY).upper(),
        signature(BODY)[:-1],
        signature(BODY + b" "),
        signature(BODY, "another"),
        signature(BODY, ""),
        f"sha256={signature(BODY)}",
        "ä\udcff",
        "٣" * 64,
    ],
)
@pytest.mark.parametrize("brand", ["gitea", "forgejo"])
@pytest.mark.trap(6)
def test_what_is_not_signed_with_our_secret_is_from_nobody(offered: str, brand: str) -> None:
    good = a_delivery(brand=brand)
    headers = {**good.headers, f"x-{brand}-signature": offered}
    with pytest.raises(Unauthenticated) as refused:
        a_pipeline().verify(Delivery(headers=headers, body=good.body))
    assert SECRET not in str(refused.value)


def test_a_bad_signature_is_not_rescued_by_another() -> None:
    headers = {**a_delivery().headers, "x-forgejo-signature": ""}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=headers, body=BODY))
    github = {"x-hub-signature-256": f"sha256={signature(BODY)}", "x-gitea-delivery": "d"}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=github, body=BODY))


@pytest.mark.parametrize("delivery_id", ["", "a b", "x" * 65, "ä"])
def test_a_delivery_without_an_id_is_refused(delivery_id: str) -> None:
    headers = {**a_delivery().headers, "x-gitea-delivery": delivery_id}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=headers, body=BODY))


# What does it say?


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronized", "edited"])
async def test_a_pull_request_waits_to_be_merged(action: str) -> None:
    change = await a_change(None, a_delivery(action))
    assert (change.repository, change.revision) == ("acme/payments-api", HEAD)
    assert (change.environment, change.base_branch, change.branch) == ("merge", "main", "retry")
    assert (change.title, change.description) == ("Retry refunds", "Once more.")
    assert (change.author.login, change.author.email) == ("jun", "jun@acme.example")
    assert [it.login for it in change.pushers] == ["kim"]
    assert change.link == f"{URL}/acme/payments-api/pulls/12"
    assert (change.lineage, change.labels) == ("pull/12", ("backend",))
    assert (change.shows_waiting, change.by_lineage) == (True, True)


async def test_its_commits_and_files_are_known_to_be_all() -> None:
    change = await a_change()
    assert (change.commits_complete, change.files_complete) == (True, True)
    [commit] = change.commits
    assert commit.message.endswith("Assisted-by: a tool")
    assert (commit.author.login, commit.author.name) == ("jun", "Jun")
    assert commit.authored_at == NOON.replace(hour=9)
    assert change.paths == ("app.py", "new/b.py", "old/b.py")
    assert [it.status for it in change.files] == ["modified", "renamed"]
    assert all(Mark.UNSEEN in it.marks for it in change.files)


async def test_it_reads_on_while_there_is_more() -> None:
    forge = Forge(changed_files=2)
    forge.answers[FILES] = [a_page(A_FILE, more="true")]
    forge.answers[FILES.replace("page=1", "page=2")] = [a_page(MOVED)]
    change = await a_change(forge)
    assert len(change.files) == 2
    assert change.files_complete


def _never_ends(forge: Forge) -> None:
    for page in range(1, 61):
        forge.answers[FILES.replace("page=1", f"page={page}")] = [a_page(A_FILE, more="true")]
        forge.answers[COMMITS.replace("page=1", f"page={page}")] = [a_page(A_COMMIT, more="true")]


def _does_not_say(forge: Forge) -> None:
    forge.answers[FILES] = [said([A_FILE, MOVED])]
    forge.answers[COMMITS] = [said([A_COMMIT])]


def _is_pushed_to(forge: Forge) -> None:
    forge.answers[PULLS] = [said(PULL), said(PULL | {"head": {"ref": "retry", "sha": OLD}})]


def _is_sent_elsewhere(forge: Forge) -> None:
    forge.answers[PULLS] = [said(PULL), said(PULL | {"base": {"ref": "dev", "sha": BASE}})]


def _is_sent_elsewhere_and_back(forge: Forge) -> None:
    forge.answers[PULLS] = [said(PULL), said(PULL | {"updated_at": "2026-11-21T11:59:58Z"})]


def _was_merged_from_elsewhere(forge: Forge) -> None:
    forge.answers[PULLS] = [said(PULL), said(PULL | {"merge_base": OLD})]


def _does_not_say_when(forge: Forge) -> None:
    forge.answers[PULLS] = [said(PULL | {"updated_at": None})]


def _has_no_clock(forge: Forge) -> None:
    forge.answers[PULLS] = [replace(said(PULL), headers={})]


@pytest.mark.parametrize(
    "happens",
    [
        _never_ends,
        _does_not_say,
        _is_pushed_to,
        _is_sent_elsewhere,
        _is_sent_elsewhere_and_back,
        _was_merged_from_elsewhere,
        _does_not_say_when,
        _has_no_clock,
    ],
)
async def test_a_list_that_may_not_be_whole_is_not_taken_for_it(
    happens: Callable[[Forge], None],
) -> None:
    forge = Forge()
    happens(forge)
    change = await a_change(forge)
    assert (change.commits_complete, change.files_complete) == (False, False)


@pytest.mark.parametrize("moment", ["12:00:00Z", "13:00:00+01:00", "12:00:01Z"])
async def test_what_may_change_within_the_same_second_is_asked_again_after_it(moment: str) -> None:
    """It could be sent elsewhere and back, and nothing that the forge says would show it."""
    forge = Forge(updated_at=f"2026-11-21T{moment}")
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(forge).read(a_delivery())
    assert (refused.value.final, refused.value.retry_after) == (False, timedelta(seconds=2))
    forge.answers[PULLS] = [replace(it, headers={"date": LATER}) for it in forge.answers[PULLS]]
    change = await a_change(forge)
    assert (change.commits_complete, change.files_complete) == (True, True)


async def test_commits_without_the_head_and_fewer_files_than_counted_are_not_all() -> None:
    forge = Forge(changed_files=3)
    forge.answers[COMMITS] = [a_page(A_COMMIT | {"sha": OLD})]
    change = await a_change(forge)
    assert (change.commits_complete, change.files_complete) == (False, False)


@pytest.mark.parametrize("name", ["a\ufffd.py", "a/../b.py", "/a.py", "a\u202e.py", "a//b"])
async def test_a_name_that_rules_cannot_read_is_as_good_as_unknown(name: str) -> None:
    forge = Forge(changed_files=1)
    forge.answers[FILES] = [a_page(A_FILE | {"filename": name})]
    assert not (await a_change(forge)).files_complete


async def test_what_was_pushed_over_is_only_remembered() -> None:
    forge = Forge()
    seen = await a_pipeline(forge).read(a_delivery(pull={"head": {"ref": "retry", "sha": OLD}}))
    assert isinstance(seen, Sighting)
    assert seen.change.revision == OLD
    assert seen.change.lineage == "pull/12"
    assert (seen.change.commits_complete, seen.change.files_complete) == (False, False)


async def test_other_words_are_only_seen_and_their_writer_pushed_nothing() -> None:
    seen = await a_pipeline().read(a_delivery("edited", changes={"title": {"from": "x"}}))
    assert isinstance(seen, Sighting)
    assert seen.change.pushers == ()
    for changes in ({"ref": {"from": "dev"}}, {"title": {}, "ref": {}}, {}, None):
        assert asked(await a_pipeline().read(a_delivery("edited", changes=changes))).key


async def test_sent_to_another_branch_it_is_another_change_with_another_status() -> None:
    here = await a_change()
    there = await a_change(Forge(base={"ref": "release/1", "sha": BASE}))
    assert here.key != there.key
    assert (here.lineage, here.environment) == (there.lineage, there.environment)
    assert here.reply_to["status"] == "countersign/main"
    assert there.reply_to["status"] == "countersign/release/1"


async def test_what_is_in_no_known_state_is_nothing() -> None:
    assert await a_pipeline(Forge(state="")).read(a_delivery()) is None


@pytest.mark.parametrize("action", ["assigned", "label_updated", "", None, [], {}])
async def test_another_action_is_nothing(action: Any) -> None:
    assert await a_pipeline(nowhere).read(a_delivery(action)) is None


@pytest.mark.parametrize("event", ["push", "issues", "pull_request_comment", ""])
async def test_another_event_is_nothing(event: str) -> None:
    assert await a_pipeline(nowhere).read(as_delivery(b"{", event=event)) is None


@pytest.mark.parametrize(
    "more",
    [
        {"repository": {"full_name": "acme"}},
        {"repository": {"full_name": "acme/../../admin"}},
        {"repository": {"full_name": "https://evil.example/x"}},
        {"repository": None},
        {"pull": {"number": "12/../13"}},
        {"pull": {"number": 0}},
        {"pull": {"head": {"ref": "x", "sha": "main"}}},
        {"pull": {"head": None}},
        {"pull": {"base": []}},
        {"pull_request": "x"},
        {"changes": 7},
        {"sender": 7},
    ],
)
async def test_what_says_something_wrong_is_invalid(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await a_pipeline(nowhere).read(a_delivery(**more))


async def test_no_step_leads_out_of_the_repository() -> None:
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(nowhere).read(a_delivery(repository={"full_name": "../admin"}))
    assert refused.value.final


async def test_what_the_forge_does_not_show_us_is_given_up() -> None:
    forge = Forge()
    forge.answers[PULLS] = [Response(status=404)]
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(forge).read(a_delivery())
    assert refused.value.final
    with pytest.raises(Unreachable):
        await a_pipeline(Outside()).read(a_delivery())


# And the answer?


@pytest.mark.parametrize("status", [*GO_ON, *STOP])
async def test_the_head_has_a_status_by_one_request_to_the_byte(status: Status) -> None:
    forge = Forge()
    await a_pipeline(forge).report(await a_decision(status))
    [asked] = forge.asked
    assert (asked.method, asked.url) == ("POST", f"{URL}{STATUSES}")
    assert dict(asked.headers) == {
        "accept": "application/json",
        "content-type": "application/json",
        "authorization": f"token {TOKEN}",
    }
    told = json.loads(asked.body)
    assert told.pop("description").endswith("(Countersign sgn_1)")
    assert told == {
        "context": "countersign/main",
        "state": "success" if status in GO_ON else "failure",
    }


async def test_whoever_looks_there_sees_that_it_waits() -> None:
    forge = Forge()
    await a_pipeline(forge).show_waiting(await a_decision(Status.PENDING))
    assert json.loads(forge.asked[0].body) == {
        "context": "countersign/main",
        "state": "pending",
        "description": "Waits for a sign-off (Countersign sgn_1)",
    }
