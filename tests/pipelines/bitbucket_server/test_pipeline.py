"""A pull request of Bitbucket Data Center waits for a build status of its head."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.change import Change, Mark
from bot.domain.signoff import Signoff, Status
from bot.pipelines.bitbucket_server import pipeline as bitbucket_server
from bot.pipelines.bitbucket_server.pipeline import BitbucketServerPipeline
from bot.pipelines.parts import Parts
from bot.ports import (
    Delivery,
    Invalid,
    Request,
    Response,
    Sighting,
    Unauthenticated,
    Undelivered,
)
from tests.pipelines.asked import asked
from tests.pipelines.signoffs import NOON, a_signoff

SECRET = "a-webhook-secret-of-this-connection"
TOKEN = "BBDC-an-access-token-of-this-repository"
URL = "https://git.acme.example/bitbucket"
HEAD, OLD = "4f" * 20, "3e" * 20
MAIN, RELEASE = "1a" * 20, "0b" * 20
HERE = "/rest/api/latest/projects/acme/repos/payments-api"
PULL_URL = f"{HERE}/pull-requests/12"
CHANGES = f"{PULL_URL}/changes?limit=1000&withComments=false"
BUILDS = f"{HERE}/commits/{HEAD}/builds"
NO_SUCH = "com.atlassian.bitbucket.content.NoSuchPathException"


def commits_url(base: str = MAIN, start: int = 0) -> str:
    return f"{HERE}/commits?until={HEAD}&since={base}&limit=100&start={start}"


def policy_url(revision: str) -> str:
    return f"{HERE}/raw/.countersign.yaml?at={revision}"


COMMITS = commits_url()

JUN = {"id": 7, "name": "jun", "slug": "jun", "emailAddress": "jun@acme.example"}
KIM = {"id": 8, "name": "kim", "slug": "kim", "displayName": "Kim"}
REPOSITORY = {
    "slug": "payments-api",
    "project": {"key": "acme"},
    "links": {"self": [{"href": "https://evil.example/"}], "clone": []},
}
FORK = {"slug": "payments-api", "project": {"key": "~mallory"}}
FROM = {"id": "refs/heads/retry", "latestCommit": HEAD, "repository": REPOSITORY}
TO = {
    "id": "refs/heads/main",
    "displayId": "release/1",
    "latestCommit": MAIN,
    "repository": REPOSITORY,
}
TO_RELEASE = TO | {"id": "refs/heads/release/1", "displayId": "main", "latestCommit": RELEASE}
PULL: dict[str, Any] = {
    "id": 12,
    "version": 3,
    "title": "Retry refunds",
    "description": "Once more.",
    "state": "OPEN",
    "updatedDate": 1_763_719_200_000,
    "author": {"user": JUN},
    "fromRef": FROM,
    "toRef": TO,
    "links": {"self": [{"href": "https://evil.example/pull/12"}]},
}


def a_place(*components: str) -> dict[str, object]:
    return {"components": list(components), "toString": "not/read.py"}


A_FILE: dict[str, Any] = {"type": "MODIFY", "path": a_place("app.py")}
MOVED: dict[str, Any] = {
    "type": "MOVE",
    "path": a_place("new", "b.py"),
    "srcPath": a_place("old", "b.py"),
}
COPIED: dict[str, Any] = {
    "type": "COPY",
    "path": a_place("d.py"),
    "srcPath": a_place("old", "d.py"),
}
GONE: dict[str, Any] = {"type": "DELETE", "path": a_place("c.py")}
A_COMMIT: dict[str, Any] = {
    "id": HEAD,
    "message": "Retry refunds\n\nAssisted-by: a tool",
    "authorTimestamp": 1_795_251_600_000,
    "author": JUN,
    "committer": {"name": "Kim", "emailAddress": "kim@acme.example"},
}
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def said(value: object) -> Response:
    return Response(status=200, body=json.dumps(value).encode())


def a_page(*values: object, **more: object) -> Response:
    whole = {"isLastPage": True, "nextPageStart": None, "toHash": HEAD, "limit": 1000}
    return said({"values": values, **whole, **more})


def is_not_there(name: str = NO_SUCH) -> Response:
    body = {"errors": [{"context": None, "message": "no", "exceptionName": name}]}
    return Response(status=404, body=json.dumps(body).encode())


class Forge:
    """Answers each address as told, in order, the last answer again and again."""

    def __init__(self, **pull: object) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, list[Response]] = {
            PULL_URL: [said(PULL | pull)],
            CHANGES: [a_page(A_FILE, MOVED, COPIED, GONE)],
            COMMITS: [a_page(A_COMMIT)],
            commits_url(RELEASE): [a_page(A_COMMIT)],
            policy_url(HEAD): [is_not_there()],
            policy_url(MAIN): [is_not_there()],
            policy_url(RELEASE): [is_not_there()],
            BUILDS: [Response(status=204)],
        }

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        assert request.url.startswith(f"{URL}/"), request.url
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in request.url
        answers = self.answers[request.url.removeprefix(URL)]
        return answers.pop(0) if len(answers) > 1 else answers[0]


async def nowhere(_: Request) -> Response:
    raise AssertionError("nothing is sent")


def a_pipeline(
    send: Any = None, *, secret: str = SECRET, most: int = 1_000
) -> BitbucketServerPipeline:
    return bitbucket_server.make(
        Parts(
            name="forge",
            url=URL,
            secrets={"webhook_secret": secret, "api_token": TOKEN},
            words={
                "check": "countersign",
                "check_environment": "merge",
                "page_max_changes": str(most),
            },
            lists={},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send or Forge(),
        )
    )


def signature(body: bytes, key: str = SECRET, digest: str = "sha256") -> str:
    return hmac.new(key.encode(), body, digest).hexdigest()


def as_delivery(body: bytes, event: str = "pr:opened") -> Delivery:
    headers = {
        "x-request-id": "d872ad25-24fe-4278-a73a-2a10ed6b653d",
        "x-event-key": event,
        "x-hub-signature": f"sha256={signature(body)}",
    }
    return Delivery(headers=headers, body=body)


def a_delivery(event: str = "pr:opened", **more: object) -> Delivery:
    pull = more.pop("pull", {})
    assert isinstance(pull, dict)
    told = {"eventKey": event, "pullRequest": PULL | pull, "actor": KIM}
    return as_delivery(json.dumps(told | more).encode(), event)


async def a_change(forge: Forge | None = None, delivery: Delivery | None = None) -> Change:
    return asked(await a_pipeline(forge).read(delivery or a_delivery()))


async def a_sighting(forge: Forge, delivery: Delivery) -> Change:
    found = await a_pipeline(forge).read(delivery)
    assert isinstance(found, Sighting)
    return found.change


async def a_decision(status: Status = Status.APPROVED) -> Signoff:
    return replace(a_signoff(status), change=await a_change())


# Who is it?


BODY = a_delivery().body


@pytest.mark.parametrize(
    "offered",
    [
        None,
        "",
        "sha256=",
        signature(BODY),
        f"sha256={signature(BODY).upper()}",
        f"sha256={signature(BODY + b' ')}",
        f"sha256={signature(BODY, 'another')}",
        f"sha256={signature(BODY, '')}",
        f"sha1={signature(BODY, digest='sha1')}",
        f"sha256={signature(BODY, digest='sha1')}",
        "sha256=" + "٣" * 64,
        "ä\udcff",
    ],
)
def test_what_is_not_signed_with_our_secret_is_from_nobody(offered: str | None) -> None:
    headers = {**a_delivery().headers, "x-hub-signature": offered}
    told = {name: it for name, it in headers.items() if it is not None}
    told["x-hub-signature-256"] = f"sha256={signature(BODY)}"
    with pytest.raises(Unauthenticated) as refused:
        a_pipeline().verify(Delivery(headers=told, body=BODY))
    assert SECRET not in str(refused.value)


def test_a_ping_that_is_not_signed_opens_nothing() -> None:
    headers = {"x-request-id": "1", "x-event-key": "diagnostics:ping"}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=headers, body=b'{"test": true}'))


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 65, "ä"])
def test_a_delivery_without_an_id_is_refused(request_id: str) -> None:
    headers = {**a_delivery().headers, "x-request-id": request_id}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=headers, body=BODY))


# What does it say?


@pytest.mark.parametrize("event", ["pr:opened", "pr:from_ref_updated", "pr:reopened"])
async def test_a_pull_request_waits_to_be_merged(event: str) -> None:
    change = await a_change(None, a_delivery(event))
    assert (change.repository, change.revision) == ("acme/payments-api", HEAD)
    assert (change.environment, change.base_branch, change.branch) == ("merge", "main", "retry")
    assert (change.title, change.description) == ("Retry refunds", "Once more.")
    assert change.link == f"{URL}/projects/acme/repos/payments-api/pull-requests/12"
    assert (change.lineage, change.base_revision) == ("pull/12", "")
    assert (change.shows_waiting, change.by_lineage) == (True, True)
    assert change.owners is None


async def test_its_people_are_users_of_bitbucket() -> None:
    change = await a_change()
    assert change.author.login == "jun"
    assert [(it.login, it.name) for it in change.pushers] == [("kim", "Kim")]


async def test_a_name_that_git_says_is_nobodys_login() -> None:
    """Whoever commits writes whatever name they like; a user that Bitbucket knows has an id."""
    forge = Forge()
    forge.answers[COMMITS] = [a_page(A_COMMIT | {"author": {"name": "ada", "emailAddress": "x@y"}})]
    [commit] = (await a_change(forge)).commits
    assert (commit.author.login, commit.author.name) == ("", "ada")
    assert (await a_change(None, a_delivery(actor={"name": "ada"}))).pushers == ()


async def test_its_commits_and_files_are_known_to_be_all() -> None:
    change = await a_change()
    assert (change.commits_complete, change.files_complete) == (True, True)
    [commit] = change.commits
    assert (commit.author.login, commit.author.email) == ("jun", "jun@acme.example")
    assert (commit.committer.login, commit.committer.email) == ("", "kim@acme.example")
    assert commit.authored_at == NOON.replace(hour=9)
    assert change.paths == ("app.py", "new/b.py", "old/b.py", "d.py", "c.py")
    assert [it.status for it in change.files] == ["modified", "renamed", "added", "removed"]
    assert all(Mark.UNSEEN in it.marks and not it.counted for it in change.files)


@pytest.mark.parametrize("moment", [10**400, -(10**18), 1.5, True, "now", None])
async def test_any_date_can_stand_in_git(moment: object) -> None:
    forge = Forge()
    forge.answers[COMMITS] = [a_page(A_COMMIT | {"authorTimestamp": moment})]
    [commit] = (await a_change(forge)).commits
    assert commit.authored_at is None


async def test_of_a_fork_the_repository_it_goes_into_is_asked_and_told() -> None:
    """What the fork is, and who owns it, is none of our business."""
    source = {"fromRef": FROM | {"repository": FORK, "id": "refs/heads/main"}}
    forge = Forge(**source)
    change = await a_change(forge, a_delivery(pull=source))
    assert change.repository == change.reply_to["repository"] == "acme/payments-api"
    assert (change.commits_complete, change.files_complete) == (True, True)
    await a_pipeline(forge).report(replace(a_signoff(), change=change))
    assert all(it.url.startswith(f"{URL}{HERE}/") for it in forge.asked)
    assert "ref" not in json.loads(forge.asked[-1].body)


async def test_it_asks_at_addresses_of_its_own_and_nowhere_else() -> None:
    forge = Forge()
    await a_change(forge)
    assert [it.url.removeprefix(URL) for it in forge.asked] == [
        PULL_URL,
        COMMITS,
        CHANGES,
        PULL_URL,
        policy_url(MAIN),
    ]


async def test_commits_are_read_page_by_page() -> None:
    forge = Forge()
    forge.answers[COMMITS] = [a_page(A_COMMIT, isLastPage=False, nextPageStart=1)]
    forge.answers[commits_url(start=1)] = [a_page(A_COMMIT | {"id": OLD})]
    change = await a_change(forge)
    assert [it.sha for it in change.commits] == [HEAD, OLD]
    assert change.commits_complete


@pytest.mark.parametrize(
    "more",
    [
        {"isLastPage": False},
        {"isLastPage": False, "nextPageStart": 0},
        {"isLastPage": False, "nextPageStart": -1},
        {"isLastPage": None, "nextPageStart": None},
    ],
)
async def test_a_page_that_leads_nowhere_is_not_the_last(more: dict[str, object]) -> None:
    forge = Forge()
    forge.answers[COMMITS] = [a_page(A_COMMIT, **more)]
    forge.answers[CHANGES] = [a_page(A_FILE, **more)]
    change = await a_change(forge)
    assert (change.commits_complete, change.files_complete) == (False, False)
    assert len([it for it in forge.asked if "/commits?" in it.url]) == 1


async def test_pages_that_never_end_are_left_after_three() -> None:
    forge = Forge()
    for start in range(5):
        more = {"isLastPage": False, "nextPageStart": start + 1}
        forge.answers[commits_url(start=start)] = [a_page(A_COMMIT, **more)]
    assert not (await a_change(forge)).commits_complete
    assert len([it for it in forge.asked if "/commits?" in it.url]) == 3


async def test_as_many_files_as_bitbucket_ever_lists_may_be_more() -> None:
    forge = Forge()
    forge.answers[CHANGES.replace("1000", "4")] = forge.answers[CHANGES]
    change = asked(await a_pipeline(forge, most=4).read(a_delivery()))
    assert not change.files_complete
    forge.answers[CHANGES] = [a_page(A_FILE, MOVED, limit=2)]
    assert not (await a_change(forge)).files_complete


def _is_pushed_to(forge: Forge) -> None:
    after = PULL | {"fromRef": FROM | {"latestCommit": OLD}}
    forge.answers[PULL_URL] = [said(PULL), said(after)]


def _is_sent_elsewhere(forge: Forge) -> None:
    forge.answers[PULL_URL] = [said(PULL), said(PULL | {"toRef": TO_RELEASE})]


def _is_sent_elsewhere_and_back(forge: Forge) -> None:
    forge.answers[PULL_URL] = [said(PULL), said(PULL | {"version": 5})]


def _is_a_list_of_another_head(forge: Forge) -> None:
    forge.answers[CHANGES] = [a_page(A_FILE, toHash=OLD)]


def _is_a_list_of_who_knows_what(forge: Forge) -> None:
    forge.answers[CHANGES] = [a_page(A_FILE, toHash=None)]


@pytest.mark.parametrize(
    "happens",
    [
        _is_pushed_to,
        _is_sent_elsewhere,
        _is_sent_elsewhere_and_back,
        _is_a_list_of_another_head,
        _is_a_list_of_who_knows_what,
    ],
)
async def test_files_of_another_moment_are_not_taken_for_all(
    happens: Callable[[Forge], None],
) -> None:
    forge = Forge()
    happens(forge)
    assert not (await a_change(forge)).files_complete


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "MODIFY"},
        {"type": "MODIFY", "path": a_place()},
        {"type": "MODIFY", "path": a_place("a", "..", "b.py")},
        {"type": "MODIFY", "path": a_place("a\u202e.py")},
    ],
)
async def test_a_file_that_rules_cannot_read_makes_the_list_unknown(entry: object) -> None:
    forge = Forge()
    forge.answers[CHANGES] = [a_page(A_FILE, entry)]
    assert not (await a_change(forge)).files_complete


@pytest.mark.parametrize("commits", [[], [A_COMMIT | {"id": OLD}]])
async def test_commits_without_the_head_are_not_all(commits: list[Any]) -> None:
    forge = Forge()
    forge.answers[COMMITS] = [a_page(*commits)]
    assert not (await a_change(forge)).commits_complete


# Which policy of its own?


async def test_the_policy_of_the_branch_it_goes_into_counts_and_not_that_of_the_head() -> None:
    forge = Forge()
    forge.answers[policy_url(MAIN)] = [Response(status=200, body=b"\xef\xbb\xbfrules: []")]
    forge.answers[policy_url(HEAD)] = [Response(status=200, body=b"rules: [none]")]
    assert (await a_change(forge)).policies == ("rules: []",)
    assert forge.asked[-1].headers["accept"] == "*/*"  # as it is, and not wrapped in JSON


@pytest.mark.parametrize(
    "files", [a_page({"type": "MODIFY", "path": a_place(".countersign.yaml")}), a_page(limit=0)]
)
async def test_a_change_that_may_touch_it_is_held_to_both(files: Response) -> None:
    forge = Forge()
    forge.answers[CHANGES] = [files]
    forge.answers[policy_url(MAIN)] = [Response(status=200, body=b"rules: []")]
    forge.answers[policy_url(HEAD)] = [Response(status=200, body=b"rules: [none]")]
    if files.body == a_page(limit=0).body:
        forge.answers[CHANGES] = [a_page(isLastPage=False)]
    assert (await a_change(forge)).policies == ("rules: []", "rules: [none]")


@pytest.mark.parametrize("body", [b"\xff", b"#" * 65_537])
async def test_a_policy_that_cannot_be_read_is_none_that_can(body: bytes) -> None:
    forge = Forge()
    forge.answers[policy_url(MAIN)] = [Response(status=200, body=body)]
    assert (await a_change(forge)).policies == ("cannot be read",)


@pytest.mark.parametrize(
    "answer",
    [
        is_not_there("com.atlassian.bitbucket.commit.NoSuchCommitException"),
        Response(status=403),
        Response(status=503),
    ],
)
async def test_a_policy_that_is_kept_from_us_is_not_taken_for_none(answer: Response) -> None:
    forge = Forge()
    forge.answers[policy_url(MAIN)] = [answer]
    with pytest.raises(Undelivered):
        await a_pipeline(forge).read(a_delivery())


# Which of several?


async def test_what_was_pushed_over_is_seen_and_asked_nobody() -> None:
    old = {"fromRef": FROM | {"latestCommit": OLD}}
    seen = await a_sighting(Forge(), a_delivery(pull=old))
    assert (seen.revision, seen.commits_complete, seen.files_complete) == (OLD, False, False)


async def test_other_words_are_seen_and_ask_nobody_anew() -> None:
    before = {"id": "refs/heads/main", "displayId": "main", "latestCommit": MAIN}
    edited = a_delivery("pr:modified", previousTarget=before, previousTitle="x")
    seen = await a_sighting(Forge(title="Other words"), edited)
    assert (seen.title, seen.pushers) == ("Other words", ())


async def test_sent_to_another_branch_it_is_another_change_with_another_status() -> None:
    before = {"id": "refs/heads/main", "displayId": "release/1", "latestCommit": MAIN}
    sent = a_delivery("pr:modified", pull={"toRef": TO_RELEASE}, previousTarget=before)
    forge = Forge(toRef=TO_RELEASE)
    here, there = await a_change(), await a_change(forge, sent)
    assert here.key != there.key
    assert (here.lineage, here.environment) == (there.lineage, there.environment)
    assert here.reply_to["status"] == "countersign/main"
    assert there.reply_to["status"] == "countersign/release/1"
    await a_pipeline(forge).report(replace(a_signoff(), change=here))
    await a_pipeline(forge).report(replace(a_signoff(), change=there))
    first, second = (json.loads(it.body) for it in forge.asked[-2:])
    assert (first["parent"], second["parent"]) == ("countersign/main", "countersign/release/1")
    assert first["key"] != second["key"]


async def test_a_late_answer_is_for_the_commit_that_was_asked_about() -> None:
    forge = Forge()
    newer = {"fromRef": FROM | {"latestCommit": OLD}}
    decision = await a_decision(Status.SUPERSEDED)
    forge.answers[PULL_URL] = [said(PULL | newer)]
    await a_pipeline(forge).report(decision)
    [asked] = forge.asked
    assert asked.url == f"{URL}{BUILDS}"
    assert json.loads(asked.body)["state"] == "FAILED"


@pytest.mark.parametrize("state", ["", "open"])
async def test_what_is_not_open_by_now_is_nothing(state: str) -> None:
    assert await a_pipeline(Forge(state=state)).read(a_delivery()) is None


@pytest.mark.parametrize("event", ["repo:refs_changed", "pr:comment:added", "diagnostics:ping", ""])
async def test_another_event_is_nothing(event: str) -> None:
    assert await a_pipeline(nowhere).read(as_delivery(b"{", event=event)) is None


@pytest.mark.parametrize(
    "pull",
    [
        {"id": "12/../13"},
        {"id": 0},
        {"fromRef": None},
        {"fromRef": FROM | {"latestCommit": HEAD[:12]}},
        {"fromRef": FROM | {"latestCommit": "main"}},
        {"toRef": TO | {"id": "refs/tags/main"}},
        {"toRef": TO | {"id": "main"}},
        {"toRef": TO | {"repository": None}},
        {"toRef": TO | {"repository": {"slug": "a/b", "project": {"key": "acme"}}}},
        {"toRef": TO | {"repository": {"slug": "a", "project": {"key": "../../x"}}}},
        {"toRef": TO | {"repository": {"slug": "a\n", "project": {"key": "acme"}}}},
        {"author": 7},
        {"author": {"user": {"id": "x"}}},
        {"title": ["x"]},
    ],
)
async def test_what_says_something_wrong_is_invalid(pull: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await a_pipeline(nowhere).read(a_delivery(pull=pull))


@pytest.mark.parametrize("more", [{"pullRequest": "x"}, {"actor": 7}, {"previousTarget": []}])
async def test_so_is_a_message_of_another_shape(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await a_pipeline(nowhere).read(a_delivery(**more))


@pytest.mark.parametrize("key", [".", ".."])
async def test_no_name_leads_out_of_where_repositories_are(key: str) -> None:
    repository = {"slug": key, "project": {"key": key}}
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(nowhere).read(a_delivery(pull={"toRef": TO | {"repository": repository}}))
    assert refused.value.final


# And the answer?


@pytest.mark.parametrize("status", [*GO_ON, *STOP])
async def test_the_head_has_a_status_by_one_request_to_the_byte(status: Status) -> None:
    forge = Forge()
    await a_pipeline(forge).report(await a_decision(status))
    [asked] = forge.asked
    assert (asked.method, asked.url) == ("POST", f"{URL}{BUILDS}")
    assert dict(asked.headers) == {
        "accept": "application/json",
        "content-type": "application/json",
        "authorization": f"Bearer {TOKEN}",
    }
    told = json.loads(asked.body)
    assert told.pop("description").endswith("(Countersign sgn_1)")
    assert told == {
        "key": f"countersign-{hashlib.sha256(b'countersign/main').hexdigest()}",
        "parent": "countersign/main",
        "state": "SUCCESSFUL" if status in GO_ON else "FAILED",
        "name": "countersign/main",
        "url": f"{URL}/projects/acme/repos/payments-api/pull-requests/12",
    }


async def test_whoever_looks_there_sees_that_it_waits() -> None:
    forge = Forge()
    await a_pipeline(forge).show_waiting(await a_decision(Status.PENDING))
    told = json.loads(forge.asked[0].body)
    assert told["state"] == "INPROGRESS"
    assert told["description"] == "Waits for a sign-off (Countersign sgn_1)"
