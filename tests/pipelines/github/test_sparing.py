"""What GitHub said before is not said again; and nobody is shown what only another may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.pipelines.github.api import Access, GitHubApp
from bot.pipelines.github.refusals import NotThere
from bot.pipelines.github.sparing import LARGEST, Remembered
from bot.ports import Request, Response, Undelivered
from tests.pipelines.github.fake_github import app_key, pem
from tests.pipelines.github.test_api import OURS, Hands

JSON = {"content-type": "application/json"}
PATH = "/repos/acme/payments-api/pulls/12"
THEIRS = Access(installation=7, repository="evil/payments-api")


@dataclass
class GitHub:
    """Gives each installation a token of its own, and answers conditional questions; fulfils Send."""

    said: bytes = b'{"number": 12}'
    etag: str = '"one"'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    lives: str = "2099-01-01T00:00:00Z"
    asked: list[Request] = field(default_factory=list)
    given: int = 0

    async def __call__(self, request: Request) -> Response:
        if request.url.endswith("/access_tokens"):
            self.given += 1
            body = b'{"token": "ghs_%d", "expires_at": "%s"}' % (self.given, self.lives.encode())
            return Response(status=201, headers=JSON, body=body)
        self.asked.append(request)
        if self.status != 200:
            return Response(status=self.status, headers=JSON | self.headers, body=self.said)
        if request.headers.get("if-none-match") == self.etag:
            return Response(status=304, headers={"etag": self.etag})
        return Response(status=200, headers=JSON | {"etag": self.etag}, body=self.said)

    @property
    def conditions(self) -> list[str | None]:
        return [it.headers.get("if-none-match") for it in self.asked]


def an_app(github: GitHub, clock: Hands | None = None) -> GitHubApp:
    clock = clock or Hands()
    return GitHubApp(app_id="1", private_key=pem(app_key()), clock=clock, send=github)


async def test_what_is_the_same_is_asked_for_and_not_sent_again() -> None:
    github = GitHub()
    app = an_app(github)
    assert [await app.get(OURS, PATH) for _ in range(3)] == [{"number": 12}] * 3
    assert github.conditions == [None, '"one"', '"one"']


async def test_what_is_new_takes_the_place_of_what_was_known() -> None:
    github = GitHub()
    app = an_app(github)
    await app.get(OURS, PATH)
    github.said, github.etag = b'{"number": 13}', '"two"'
    assert [(await app.get(OURS, PATH))["number"] for _ in range(2)] == [13, 13]
    assert github.conditions == [None, '"one"', '"two"']


async def test_another_installation_is_never_asked_with_what_this_one_saw() -> None:
    """Were the very same address asked for: whoever may not see it gets no word of it."""
    github = GitHub()
    app = an_app(github)
    await app.get(OURS, PATH)
    github.said = b'{"number": 99}'
    assert (await app.get(THEIRS, PATH))["number"] == 99
    assert github.conditions == [None, None]


async def test_a_304_to_whoever_did_not_ask_for_it_is_no_answer() -> None:
    github = GitHub(status=304)
    with pytest.raises(Undelivered, match="304") as caught:
        await an_app(github).get(OURS, PATH)
    assert not caught.value.final


@pytest.mark.parametrize("status", [404, 403])
async def test_what_we_may_not_see_any_more_is_forgotten(status: int) -> None:
    github = GitHub()
    app = an_app(github)
    await app.get(OURS, PATH)
    github.status, github.said = status, b'{"message": "Not Found"}'
    with pytest.raises(NotThere if status == 404 else Undelivered):
        await app.get(OURS, PATH)
    github.status = 200
    await app.get(OURS, PATH)
    assert github.conditions == [None, '"one"', None]


async def test_with_the_next_token_everything_is_asked_for_anew() -> None:
    clock = Hands()
    github = GitHub(lives="2026-11-21T13:00:00Z")
    app = an_app(github, clock)
    await app.get(OURS, PATH)
    clock.now += timedelta(minutes=56)
    github.lives = "2026-11-21T15:00:00Z"
    await app.get(OURS, PATH)
    assert github.conditions == [None, None]


async def test_only_what_is_read_is_remembered() -> None:
    github = GitHub()
    app = an_app(github)
    for _ in range(2):
        await app.post(OURS, PATH, {"x": 1})
        await app.ask("GET", "/app/hook/deliveries")
    assert github.conditions == [None] * 4


@pytest.mark.parametrize("etag", ["", "one", '"a\nb"', '"' + "x" * 201 + '"', '"\u00e9"'])
async def test_a_name_that_cannot_be_said_back_is_not_said(etag: str) -> None:
    github = GitHub(etag=etag)
    app = an_app(github)
    for _ in range(2):
        await app.get(OURS, PATH)
    assert github.conditions == [None, None]


def test_little_is_kept_the_latest_used() -> None:
    kept = Remembered(most=3_000)
    urls = [Request(method="GET", url=f"https://x/{n}") for n in range(4)]
    for asked in urls[:3]:
        kept.keep(asked, Response(status=200, headers={"etag": '"1"'}, body=b"x" * 500))
    assert kept.of(urls[0])
    kept.keep(urls[3], Response(status=200, headers={"etag": '"1"'}, body=b"x" * 500))
    assert [kept.of(it) is not None for it in urls] == [True, False, True, True]


def test_what_is_large_is_not_kept() -> None:
    kept, asked = Remembered(), Request(method="GET", url="https://x/")
    kept.keep(asked, Response(status=200, headers={"etag": '"1"'}, body=b"x" * (LARGEST + 1)))
    assert kept.of(asked) is None


def test_no_token_is_to_be_seen() -> None:
    kept = Remembered()
    asked = Request(method="GET", url="https://x/", headers={"authorization": "Bearer ghs_hush"})
    kept.keep(asked, Response(status=200, headers={"etag": '"1"'}, body=b"hush"))
    assert "hush" not in repr(kept)
    assert "ghs_hush" not in str(kept._known)


async def test_while_github_wants_us_to_wait_the_installation_asks_nothing() -> None:
    clock = Hands()
    github = GitHub(status=403, headers={"retry-after": "90"})
    app = an_app(github, clock)
    for _ in range(3):
        with pytest.raises(Undelivered) as caught:
            await app.get(OURS, PATH)
        assert not caught.value.final
        assert caught.value.retry_after == timedelta(seconds=90)
    assert len(github.asked) == 1
    github.status = 200
    await app.get(THEIRS, PATH)
    clock.now += timedelta(seconds=91)
    assert await app.get(OURS, PATH) == {"number": 12}


async def test_a_permission_that_is_missing_stops_nothing_else() -> None:
    github = GitHub(status=403, said=b'{"message": "Resource not accessible"}')
    app = an_app(github)
    with pytest.raises(Undelivered) as caught:
        await app.get(OURS, PATH)
    assert caught.value.final
    github.status, github.said = 200, b"{}"
    assert await app.get(OURS, PATH) == {}
