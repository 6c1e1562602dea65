"""A pull request of Bitbucket Cloud waits for a build status of its head."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot import config
from bot.config.connections import PlatformConnection
from bot.domain.change import Change, Mark
from bot.domain.signoff import Signoff, Status
from bot.pipelines.bitbucket import pipeline as bitbucket
from bot.pipelines.bitbucket.pipeline import BitbucketPipeline
from bot.pipelines.parts import Parts
from bot.ports import (
    Delivery,
    Invalid,
    Request,
    Response,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from tests.pipelines.asked import asked
from tests.pipelines.signoffs import NOON, Outside, a_signoff

SECRET = "a-webhook-secret-of-this-connection"
TOKEN = "ATCTT3-a-repository-access-token"
URL = "https://api.bitbucket.org"
HEAD, OLD = "4f" * 20, "3e" * 20
BASE, OTHER = "1a" * 6, "0b" * 6
MAIN, RELEASE = "1a" * 20, "0b" * 20
HERE = "/2.0/repositories/acme/payments-api"
PULL_URL = f"{HERE}/pullrequests/12"
THE_HEAD, THE_BASE = f"{HERE}/commit/{HEAD[:12]}", f"{HERE}/commit/{BASE}"
DIFFSTAT = f"{HERE}/diffstat/{HEAD}..{MAIN}?pagelen=100&topic=true"
COMMITS = f"{HERE}/commits?pagelen=100&include={HEAD}&exclude={MAIN}"
ELSEWHERE = f"{HERE}/diffstat/acme/payments-api:{HEAD}%0D{MAIN}?topic=true"
STATUSES = f"{HERE}/commit/{HEAD}/statuses/build"

JUN = {"uuid": "{7f0b1c2d-1111-4222-8333-444455556666}", "nickname": "ada", "display_name": "Jun"}
KIM = {"uuid": "{8f0b1c2d-1111-4222-8333-444455556666}", "nickname": "kim", "display_name": "Kim"}
PULL: dict[str, Any] = {
    "id": 12,
    "title": "Retry refunds",
    "description": "Once more.",
    "state": "OPEN",
    "author": JUN,
    "source": {"branch": {"name": "retry"}, "commit": {"hash": HEAD[:12]}},
    "destination": {"branch": {"name": "main"}, "commit": {"hash": BASE}},
    "links": {"diffstat": {"href": "https://evil.example/"}},
}
A_FILE: dict[str, Any] = {
    "status": "modified",
    "lines_added": 3,
    "lines_removed": 1,
    "old": {"path": "app.py"},
    "new": {"path": "app.py"},
}
MOVED: dict[str, Any] = {
    "status": "renamed",
    "lines_added": 0,
    "lines_removed": 0,
    "old": {"path": "old/b.py"},
    "new": {"path": "new/b.py"},
}
GONE: dict[str, Any] = {
    "status": "removed",
    "lines_added": 0,
    "lines_removed": 9,
    "old": {"path": "c.py"},
    "new": None,
}
A_COMMIT: dict[str, Any] = {
    "hash": HEAD,
    "message": "Retry refunds\n\nAssisted-by: a tool",
    "date": "2026-11-21T10:00:00+01:00",
    "author": {"raw": "Jun <jun@acme.example>", "user": JUN},
}
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)


def said(value: object) -> Response:
    return Response(status=200, body=json.dumps(value).encode())


def a_page(*values: object, **more: object) -> Response:
    return said({"values": values, "pagelen": 100, **more})


def leads_to(address: str) -> Response:
    return Response(status=302, headers={"location": address})


class Forge:
    """Answers each address as told, in order, the last answer again and again."""

    def __init__(self, **pull: object) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, list[Response]] = {
            PULL_URL: [said(PULL | pull)],
            HERE: [said({"mainbranch": {"name": "main"}})],
            THE_HEAD: [said({"hash": HEAD})],
            THE_BASE: [said({"hash": MAIN})],
            DIFFSTAT: [a_page(A_FILE, MOVED, GONE)],
            COMMITS: [a_page(A_COMMIT)],
            STATUSES: [Response(status=201)],
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
    send: Any = None, *, secret: str = SECRET, branches: tuple[str, ...] = ()
) -> BitbucketPipeline:
    return bitbucket.make(
        Parts(
            name="forge",
            url=URL,
            secrets={"webhook_secret": secret, "api_token": TOKEN},
            words={
                "check": "countersign",
                "check_environment": "merge",
                "web_url": "https://bitbucket.org",
            },
            lists={"branches": branches} if branches else {},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send or Forge(),
        )
    )


def signature(body: bytes, key: str = SECRET, digest: str = "sha256") -> str:
    return hmac.new(key.encode(), body, digest).hexdigest()


def as_delivery(body: bytes, event: str = "pullrequest:created") -> Delivery:
    headers = {
        "x-request-uuid": "d0a1-1",
        "x-event-key": event,
        "x-hub-signature": f"sha256={signature(body)}",
        "x-attempt-number": "1",
    }
    return Delivery(headers=headers, body=body)


def a_delivery(event: str = "pullrequest:created", **more: object) -> Delivery:
    pull = more.pop("pull", {})
    assert isinstance(pull, dict)
    told = {
        "pullrequest": PULL | pull,
        "repository": {"uuid": "{1}", "full_name": "acme/payments-api"},
        "actor": KIM,
    }
    return as_delivery(json.dumps(told | more).encode(), event)


async def a_change(forge: Forge | None = None, delivery: Delivery | None = None) -> Change:
    return asked(await a_pipeline(forge).read(delivery or a_delivery()))


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
@pytest.mark.trap(5)
def test_what_is_not_signed_with_our_secret_is_from_nobody(offered: str | None) -> None:
    headers = {**a_delivery().headers, "x-hub-signature": offered}
    told = {name: it for name, it in headers.items() if it is not None}
    told["x-hub-signature-256"] = f"sha256={signature(BODY)}"
    with pytest.raises(Unauthenticated) as refused:
        a_pipeline().verify(Delivery(headers=told, body=BODY))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("request_uuid", ["", "a b", "x" * 65, "ä"])
def test_a_delivery_without_an_id_is_refused(request_uuid: str) -> None:
    headers = {**a_delivery().headers, "x-request-uuid": request_uuid}
    with pytest.raises(Unauthenticated):
        a_pipeline().verify(Delivery(headers=headers, body=BODY))


# What does it say?


@pytest.mark.parametrize("event", ["pullrequest:created", "pullrequest:updated"])
async def test_a_pull_request_waits_to_be_merged(event: str) -> None:
    change = await a_change(None, a_delivery(event))
    assert (change.repository, change.revision) == ("acme/payments-api", HEAD)
    assert (change.environment, change.base_branch, change.branch) == ("merge", "main", "retry")
    assert (change.title, change.description) == ("Retry refunds", "Once more.")
    assert change.link == "https://bitbucket.org/acme/payments-api/pull-requests/12"
    assert (change.lineage, change.base_revision) == ("pull/12", "")
    assert (change.shows_waiting, change.by_lineage) == (True, True)


async def test_people_are_their_uuids_and_not_the_names_they_choose() -> None:
    change = await a_change()
    assert change.author.login == "7f0b1c2d-1111-4222-8333-444455556666"
    assert [it.login for it in change.pushers] == ["8f0b1c2d-1111-4222-8333-444455556666"]
    assert "ada" not in json.dumps([it.login for it in (change.author, *change.pushers)])


async def test_its_commits_and_files_are_known_to_be_all() -> None:
    change = await a_change()
    assert (change.commits_complete, change.files_complete) == (True, True)
    [commit] = change.commits
    assert (commit.author.email, commit.author.name) == ("jun@acme.example", "Jun")
    assert commit.author.login == "7f0b1c2d-1111-4222-8333-444455556666"
    assert commit.authored_at == NOON.replace(hour=9)
    assert change.paths == ("app.py", "new/b.py", "old/b.py", "c.py")
    assert [it.status for it in change.files] == ["modified", "renamed", "removed"]
    assert all(Mark.UNSEEN in it.marks for it in change.files)


@pytest.mark.parametrize(
    ("raw", "email", "name"),
    [
        ("Jun <jun@acme.example>", "jun@acme.example", "Jun"),
        ("<jun@acme.example>", "jun@acme.example", ""),
        ("jun@acme.example", "", "jun@acme.example"),
        ("A <b> <c@d>", "", "A <b> <c@d>"),
        (None, "", ""),
        ("<" * 50_000, "", "<" * 50_000),
    ],
)
async def test_what_git_says_of_an_author_is_read_strictly(
    raw: str | None, email: str, name: str
) -> None:
    forge = Forge()
    forge.answers[COMMITS] = [a_page(A_COMMIT | {"author": {"raw": raw}})]
    [commit] = (await a_change(forge)).commits
    assert (commit.author.email, commit.author.name, commit.author.login) == (email, name, "")


async def test_it_reads_on_where_it_is_led_within_the_repository() -> None:
    forge, second = Forge(), f"{HERE}/commits?pagelen=100&page=aBc-_%3D"
    forge.answers[COMMITS] = [a_page(A_COMMIT, next=f"{URL}{second}")]
    forge.answers[second] = [a_page(A_COMMIT | {"hash": OLD})]
    change = await a_change(forge)
    assert [it.sha for it in change.commits] == [HEAD, OLD]
    assert change.commits_complete


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/2.0/repositories/acme/payments-api/commits",
        f"{URL}.evil.example{HERE}/commits",
        "https://api.bitbucket.org@evil.example/",
        f"{URL}/2.0/repositories/acme/another/commits",
        f"{URL}/2.0/repositories/acme/payments-api2/commits",
        f"{URL}{HERE}/../another/commits",
        f"{URL}{HERE}/x/..",
        f"{URL}{HERE}/%2e%2e/another",
        f"{URL}{HERE}/x\\..\\y",
        f"{URL}{HERE}/x\r\ny",
        f"{URL}{HERE}",
        f"{HERE}/commits",
        "http://api.bitbucket.org/2.0/repositories/acme/payments-api/commits",
        "",
    ],
)
async def test_it_is_not_led_anywhere_else(address: str) -> None:
    for place, answer in (
        (COMMITS, a_page(A_COMMIT, next=address)),
        (DIFFSTAT, leads_to(address)),
    ):
        forge = Forge()
        forge.answers[place] = [answer]
        with pytest.raises(Undelivered) as refused:
            await a_pipeline(forge).read(a_delivery())
        assert refused.value.final
        known = {f"{URL}{it}" for it in Forge().answers}
        assert {it.url for it in forge.asked} <= known


def _never_ends(forge: Forge) -> None:
    forge.answers[COMMITS] = [a_page(A_COMMIT, next=f"{URL}{COMMITS}")]
    forge.answers[DIFFSTAT] = [a_page(A_FILE, next=f"{URL}{DIFFSTAT}")]


def _counts_more(forge: Forge) -> None:
    forge.answers[COMMITS] = [a_page(A_COMMIT, size=2)]
    forge.answers[DIFFSTAT] = [a_page(A_FILE, size=2)]


def _is_pushed_to(forge: Forge) -> None:
    source = PULL["source"] | {"commit": {"hash": OLD[:12]}}
    forge.answers[PULL_URL] = [said(PULL), said(PULL | {"source": source})]


def _is_sent_elsewhere(forge: Forge) -> None:
    other = {"branch": {"name": "dev"}, "commit": {"hash": OTHER}}
    forge.answers[PULL_URL] = [said(PULL), said(PULL | {"destination": other})]


@pytest.mark.parametrize("happens", [_never_ends, _counts_more, _is_pushed_to, _is_sent_elsewhere])
async def test_a_list_that_may_not_be_whole_is_not_taken_for_it(
    happens: Callable[[Forge], None],
) -> None:
    forge = Forge()
    happens(forge)
    change = await a_change(forge)
    assert (change.commits_complete, change.files_complete) == (False, False)


@pytest.mark.parametrize(
    "entry",
    [
        {"status": "modified", "old": None, "new": None},
        A_FILE | {"new": {"path": "a/../b.py"}},
        A_FILE | {"new": {"path": "a\u202e.py"}},
    ],
)
async def test_a_file_that_rules_cannot_read_makes_the_list_unknown(entry: object) -> None:
    forge = Forge()
    forge.answers[DIFFSTAT] = [a_page(A_FILE, entry)]
    assert not (await a_change(forge)).files_complete


@pytest.mark.parametrize("commits", [[], [A_COMMIT | {"hash": OLD}]])
async def test_commits_without_the_head_are_not_all(commits: list[Any]) -> None:
    forge = Forge()
    forge.answers[COMMITS] = [a_page(*commits)]
    assert not (await a_change(forge)).commits_complete


async def test_files_and_commits_are_asked_for_by_the_full_hashes_of_both_ends() -> None:
    forge = Forge()
    await a_change(forge)
    assert [it.url.removeprefix(URL) for it in forge.asked] == [
        PULL_URL,
        HERE,
        THE_HEAD,
        THE_BASE,
        DIFFSTAT,
        COMMITS,
        PULL_URL,
    ]


async def test_two_commits_that_begin_alike_are_not_mixed() -> None:
    """Twelve digits of one can be made to fit another: its files are those of one of them."""
    twin = HEAD[:12] + "0" * 28
    forge = Forge()
    forge.answers[THE_HEAD] = [said({"hash": HEAD}), said({"hash": twin})]
    forge.answers[COMMITS] = [a_page(A_COMMIT | {"hash": twin})]
    change = await a_change(forge)
    assert (change.revision, change.reply_to["sha"]) == (HEAD, HEAD)
    assert not change.commits_complete


@pytest.mark.parametrize("place", [THE_HEAD, THE_BASE])
@pytest.mark.parametrize(
    "answer",
    [
        said({"hash": OLD}),
        said({"hash": HEAD[:12]}),
        said({"hash": HEAD.upper()}),
        said({"hash": None}),
        said({}),
        Response(status=404),
        Response(status=409),
    ],
)
async def test_an_end_that_bitbucket_does_not_name_in_full_is_not_guessed(
    place: str, answer: Response
) -> None:
    forge = Forge()
    forge.answers[place] = [answer]
    with pytest.raises(Undelivered):
        await a_pipeline(forge).read(a_delivery())


async def test_only_what_goes_into_the_main_branch_is_asked_about() -> None:
    """Bitbucket counts builds of a head: a yes for dev would count for main as well."""
    to = {"destination": {"branch": {"name": "dev"}, "commit": {"hash": BASE}}}
    forge = Forge(**to)
    assert await a_pipeline(forge).read(a_delivery(pull=to)) is None
    forge.answers[HERE] = [said({"mainbranch": None})]
    assert await a_pipeline(forge).read(a_delivery(pull=to)) is None


async def test_or_what_goes_into_the_branches_that_were_chosen() -> None:
    chosen = ("release/*", "dev")
    assert await a_pipeline(Forge(), branches=chosen).read(a_delivery()) is None
    for name in ("dev", "release/1"):
        to = {"destination": {"branch": {"name": name}, "commit": {"hash": BASE}}}
        forge = Forge(**to)
        assert asked(await a_pipeline(forge, branches=chosen).read(a_delivery(pull=to))).key
        assert not [it for it in forge.asked if it.url == f"{URL}{HERE}"]


async def test_what_was_pushed_over_or_sent_elsewhere_has_a_delivery_of_its_own() -> None:
    for told in (
        {"source": PULL["source"] | {"commit": {"hash": OLD[:12]}}},
        {"destination": {"branch": {"name": "dev"}, "commit": {"hash": BASE}}},
    ):
        assert await a_pipeline().read(a_delivery(pull=told)) is None


async def test_sent_to_another_branch_it_is_another_change_with_another_status() -> None:
    to = {"destination": {"branch": {"name": "release/1"}, "commit": {"hash": OTHER}}}
    forge = Forge(**to)
    for place, old in ((DIFFSTAT, MAIN), (COMMITS, MAIN)):
        forge.answers[place.replace(old, RELEASE)] = forge.answers[place]
    forge.answers[f"{HERE}/commit/{OTHER}"] = [said({"hash": RELEASE})]
    pipeline = a_pipeline(forge, branches=("release/*",))
    here, there = await a_change(), asked(await pipeline.read(a_delivery(pull=to)))
    assert here.key != there.key
    assert (here.lineage, here.environment) == (there.lineage, there.environment)
    assert here.reply_to["status"] == "countersign/main"
    assert there.reply_to["status"] == "countersign/release/1"


@pytest.mark.parametrize("state", ["", "open"])
async def test_what_is_not_open_by_now_is_nothing(state: str) -> None:
    assert await a_pipeline(Forge(state=state)).read(a_delivery()) is None


@pytest.mark.parametrize("event", ["repo:push", "diagnostics:ping", ""])
async def test_another_event_is_nothing(event: str) -> None:
    assert await a_pipeline(nowhere).read(as_delivery(b"{", event=event)) is None


@pytest.mark.parametrize(
    "more",
    [
        {"repository": {"full_name": "acme"}},
        {"repository": {"full_name": "acme/../../admin"}},
        {"repository": None},
        {"pull": {"id": "12/../13"}},
        {"pull": {"id": 0}},
        {"pull": {"source": None}},
        {"pull": {"source": {"branch": {"name": "x"}, "commit": {"hash": "main"}}}},
        {"pull": {"source": {"branch": {"name": "x"}, "commit": None}}},
        {"pullrequest": "x"},
        {"actor": 7},
    ],
)
async def test_what_says_something_wrong_is_invalid(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await a_pipeline(nowhere).read(a_delivery(**more))


async def test_it_is_led_on_once_and_no_further() -> None:
    forge = Forge()
    forge.answers[DIFFSTAT] = [leads_to(f"{URL}{ELSEWHERE}")]
    forge.answers[ELSEWHERE] = [a_page(A_FILE)]
    assert (await a_change(forge)).paths == ("app.py",)
    forge.answers[ELSEWHERE] = [leads_to(f"{URL}{ELSEWHERE}")]
    with pytest.raises(Undelivered):
        await a_pipeline(forge).read(a_delivery())
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
        "authorization": f"Bearer {TOKEN}",
    }
    told = json.loads(asked.body)
    assert told.pop("description").endswith("(Countersign sgn_1)")
    assert told == {
        "key": f"countersign-{hashlib.sha256(b'countersign/main').hexdigest()[:28]}",
        "state": "SUCCESSFUL" if status in GO_ON else "FAILED",
        "name": "countersign/main",
        "url": "https://bitbucket.org/acme/payments-api/pull-requests/12",
    }
    assert len(told["key"]) == 40


async def test_whoever_looks_there_sees_that_it_waits() -> None:
    forge = Forge()
    await a_pipeline(forge).show_waiting(await a_decision(Status.PENDING))
    told = json.loads(forge.asked[0].body)
    assert told["state"] == "INPROGRESS"
    assert told["description"] == "Waits for a sign-off (Countersign sgn_1)"


def test_the_config_chooses_branches() -> None:
    chosen = config.load(
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\n"
        "groups: {all: {members: ada}}\n"
        "connections:\n"
        "  forge: {kind: bitbucket, webhook_secret_env: HOOK, api_token_env: TOKEN,\n"
        "          branches: [main, release/*]}\n"
    )
    connection = chosen.connections["forge"]
    assert isinstance(connection, PlatformConnection)
    assert connection.lists["branches"] == ("main", "release/*")
