"""As a GitHub App we hold one short-lived token for each repository, and heed what GitHub says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.pipelines.github.api import Access, GitHubApp
from bot.pipelines.github.refusals import NotThere
from bot.ports import Response, Undelivered
from bot.sender import Sender
from tests.pipelines.github.fake_github import FakeGitHub, app_key, pem
from tests.pipelines.signoffs import NOON, Outside

SHA = "4f" * 20
OURS = Access(installation=99, repository="acme/payments-api")
PATH = f"/repos/acme/payments-api/commits/{SHA}"


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def an_app(clock: Hands | None = None) -> AsyncIterator[tuple[GitHubApp, FakeGitHub]]:
    clock = clock or Hands()
    async with FakeGitHub(clock=clock) as github:
        github.add_commit(SHA)
        async with Sender(private_prefixes=(github.api_url,)) as send:
            yield (
                GitHubApp(
                    app_id=github.app_id,
                    private_key=github.private_key,
                    clock=clock,
                    send=send,
                    api_url=github.api_url + "/",
                ),
                github,
            )


def tokens(github: FakeGitHub) -> int:
    return sum("access_tokens" in call for call in github.calls)


@pytest.mark.trap(13)
async def test_many_calls_at_once_share_one_token() -> None:
    async with an_app() as (app, github):
        await asyncio.gather(*(app.get(OURS, PATH) for _ in range(10)))
        assert tokens(github) == 1


async def test_a_token_is_renewed_five_minutes_before_it_ends() -> None:
    clock = Hands()
    async with an_app(clock) as (app, github):
        await app.get(OURS, PATH)
        clock.now += timedelta(minutes=54)
        await app.get(OURS, PATH)
        assert tokens(github) == 1
        clock.now += timedelta(minutes=1)
        await app.get(OURS, PATH)
        assert tokens(github) == 2


async def test_a_revoked_token_is_replaced_once() -> None:
    async with an_app() as (app, github):
        await app.get(OURS, PATH)
        github.revoke_tokens()
        assert (await app.get(OURS, PATH))["sha"] == SHA
        assert tokens(github) == 2


async def test_a_token_that_is_never_good_is_not_renewed_for_ever() -> None:
    async with an_app() as (app, github):
        github.fail("GET /repos", 401, times=9)
        with pytest.raises(Undelivered, match="fresh token") as caught:
            await app.get(OURS, PATH)
        assert not caught.value.final
        assert tokens(github) == 2


async def test_a_key_github_does_not_know_says_what_to_look_at() -> None:
    async with an_app() as (app, _):
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        stranger = GitHubApp(
            app_id=app.app_id,
            private_key=pem(other),
            clock=app.clock,
            send=app.send,
            api_url=app.api_url,
        )
        await app.get(OURS, PATH)
        with pytest.raises(Undelivered, match="app_id"):
            await stranger.get(OURS, PATH)


@pytest.mark.parametrize("minutes", [-15, 15])
async def test_a_clock_that_is_far_off_is_refused(minutes: int) -> None:
    clock, ours = Hands(), Hands()
    async with an_app(clock) as (app, _):
        await app.get(OURS, PATH)
        ours.now += timedelta(minutes=minutes)
        late = GitHubApp(
            app_id=app.app_id,
            private_key=app.private_key,
            clock=ours,
            send=app.send,
            api_url=app.api_url,
        )
        with pytest.raises(Undelivered, match="our clock"):
            await late.get(OURS, PATH)


@pytest.mark.parametrize(
    ("status", "headers", "body", "pause"),
    [
        (403, {"retry-after": "30"}, b"{}", timedelta(seconds=30)),
        (429, {"retry-after": "99999"}, b"{}", timedelta(hours=1)),
        (
            403,
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(NOON.timestamp()) + 600),
            },
            b"{}",
            timedelta(minutes=10),
        ),
        (
            429,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 99},
            b"{}",
            timedelta(minutes=1),
        ),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit"}', timedelta(minutes=1)),
        (429, {}, b"{}", timedelta(minutes=1)),
        (500, {}, b"<html>", None),
        (502, {"retry-after": "5"}, b"", timedelta(seconds=5)),
        (301, {"location": "https://evil.example/"}, b"", None),
        (408, {}, b"", None),
    ],
)
async def test_what_will_pass_is_tried_again_when_github_says(
    status: int, headers: dict[str, str], body: bytes, pause: timedelta | None
) -> None:
    async with an_app() as (app, github):
        github.fail("GET /repos", status, headers=headers, body=body)
        with pytest.raises(Undelivered, match=str(status)) as caught:
            await app.get(OURS, PATH)
    assert not caught.value.final
    assert caught.value.retry_after == pause


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422])
async def test_what_will_not_pass_is_final(status: int) -> None:
    async with an_app() as (app, github):
        github.fail("GET /repos", status)
        with pytest.raises(Undelivered, match=str(status)) as caught:
            await app.get(OURS, PATH)
    assert caught.value.final


@pytest.mark.parametrize(
    ("status", "body", "is_not_there"),
    [
        (404, b'{"message": "Not Found", "status": "404"}', True),
        (404, b'{"message": "No commit found for the ref 4f4f"}', False),
        (404, b'["Not Found"]', False),
        (404, b"Not Found", False),
        (404, b"", False),
        (404, b"[" * 100_000, False),
        (410, b'{"message": "Not Found"}', False),
    ],
)
async def test_only_plain_words_say_that_something_is_not_there(
    status: int, body: bytes, is_not_there: bool
) -> None:
    async with an_app() as (app, github):
        github.fail("GET /repos", status, body=body)
        with pytest.raises(Undelivered, match=str(status)) as caught:
            await app.get(OURS, PATH)
    assert caught.value.final
    assert isinstance(caught.value, NotThere) is is_not_there


@pytest.mark.parametrize("half", [r"\ud83d", r"\udca9", r"\udca9\ud83d"])
async def test_half_a_character_is_an_answer_that_cannot_be_read(half: str) -> None:
    async with an_app() as (app, github):
        github.fail("GET /repos", 200, body=b'{"title": "\\ud83d\\udca9"}')
        assert await app.get(OURS, PATH) == {"title": "\U0001f4a9"}
        github.fail("GET /repos", 200, body=f'{{"title": "{half}"}}'.encode())
        with pytest.raises(Undelivered, match="cannot be read"):
            await app.get(OURS, PATH)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff", "application/json"),
        (b"{}", "application/json; charset=klingon"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_tried_again(body: bytes, kind: str) -> None:
    async with an_app() as (app, github):
        github.fail("GET /repos", 200, body=body, headers={"Content-Type": kind})
        with pytest.raises(Undelivered, match="cannot be read") as caught:
            await app.get(OURS, PATH)
    assert not caught.value.final


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"token": "", "expires_at": "2026-11-21T13:00:00Z"}',
        b'{"token": "a\\nb", "expires_at": "2026-11-21T13:00:00Z"}',
        b'{"token": "hush", "expires_at": "2026-11-21T13:00:00"}',
        b'{"token": "hush", "expires_at": "soon"}',
    ],
)
async def test_a_token_that_cannot_be_read_is_not_shown(body: bytes) -> None:
    async with an_app() as (app, github):
        github.fail("access_tokens", 201, body=body)
        with pytest.raises(Undelivered, match="cannot be read") as caught:
            await app.get(OURS, PATH)
        assert "hush" not in str(caught.value)
        await app.get(OURS, PATH)


def test_a_key_that_is_none_is_refused_and_not_repeated() -> None:
    ed25519 = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for wrong in ("", "hush", ed25519.decode(), pem(app_key())[:200]):
        with pytest.raises(ValueError, match="private key") as caught:
            GitHubApp(app_id="1", private_key=wrong, clock=Hands(), send=Outside())
        assert "hush" not in str(caught.value)


async def test_a_failed_token_leaves_nothing_behind() -> None:
    outside = Outside(Response(status=503), Response(status=503))
    app = GitHubApp(app_id="1", private_key=pem(app_key()), clock=Hands(), send=outside)
    for _ in range(2):
        with pytest.raises(Undelivered, match="503"):
            await app.get(OURS, PATH)
    assert [r.url.rpartition("/")[2] for r in outside.asked] == ["access_tokens"] * 2
