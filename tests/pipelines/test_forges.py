"""A pull request waits for a status of its head: what is alike, whichever forge it is on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot import settings
from bot.connections import pipelines, trusted_prefixes
from bot.ports import Herald, Malformed, Pipeline, Response, Undelivered, Unreachable
from tests.builders import FakeClock
from tests.pipelines.asked import asked
from tests.pipelines.bitbucket import test_pipeline as bitbucket
from tests.pipelines.bitbucket_server import test_pipeline as data_center
from tests.pipelines.gitea import test_pipeline as gitea
from tests.pipelines.signoffs import Outside, a_signoff


class Case(NamedTuple):
    """`room` has the tests of its own; `asked` are addresses it reads, `told` where it answers."""

    room: Any
    asked: tuple[str, ...]
    told: str
    config: str


CASES = {
    "gitea": Case(
        room=gitea,
        asked=(gitea.PULLS, gitea.FILES, gitea.COMMITS),
        told=gitea.STATUSES,
        config=f"kind: gitea, url: '{gitea.URL}/'",
    ),
    "bitbucket": Case(
        room=bitbucket,
        asked=(bitbucket.PULL_URL, bitbucket.THE_HEAD, bitbucket.DIFFSTAT, bitbucket.COMMITS),
        told=bitbucket.STATUSES,
        config="kind: bitbucket",
    ),
    "bitbucket-data-center": Case(
        room=data_center,
        asked=(data_center.PULL_URL, data_center.CHANGES, data_center.COMMITS),
        told=data_center.BUILDS,
        config=f"kind: bitbucket-data-center, url: '{data_center.URL}/'",
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def test_it_is_a_pipeline_that_shows_that_it_waits(case: Case) -> None:
    pipeline: Pipeline = case.room.a_pipeline()
    assert isinstance(pipeline, Herald)
    assert (pipeline.fetches, pipeline.reopens) == (True, True)
    delivery = case.room.a_delivery()
    assert pipeline.verify(delivery) in delivery.headers.values()


def test_a_connection_without_a_secret_is_none(case: Case) -> None:
    with pytest.raises(ValueError, match="has no secret"):
        case.room.a_pipeline(secret="")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b"null", b"payload=1"])
async def test_what_is_no_message_is_malformed(case: Case, body: bytes) -> None:
    with pytest.raises(Malformed):
        await case.room.a_pipeline(case.room.nowhere).read(case.room.as_delivery(body))


def _places(*kinds: str) -> list[Any]:
    return [
        pytest.param(CASES[kind], place, id=f"{kind} {place.partition('?')[0][-12:]}")
        for kind in kinds
        for place in CASES[kind].asked
    ]


async def _is_asked_again(case: Case, place: str, answer: Response) -> None:
    forge = case.room.Forge()
    forge.answers[place] = [answer]
    with pytest.raises(Undelivered) as refused:
        await case.room.a_pipeline(forge).read(case.room.a_delivery())
    assert not refused.value.final
    forge.answers[place] = case.room.Forge().answers[place]
    assert asked(await case.room.a_pipeline(forge).read(case.room.a_delivery())).key


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=500),
        Response(status=429, headers={"retry-after": "90"}),
        Response(status=401),
        Response(status=200, body=b"<html>"),
        Response(status=200, body=b"[" * 100_000),
        Response(status=200, body=b"{}"),
        Response(status=200, body=b'[{"a": 1}]'),
        Response(status=200, body=b"\xff"),
        Response(status=200, body=b'{"title": "\\ud800"}'),
    ],
)
@pytest.mark.parametrize(("case", "place"), _places(*CASES))
async def test_what_the_forge_cannot_say_now_is_asked_again(
    case: Case, place: str, answer: Response
) -> None:
    await _is_asked_again(case, place, answer)


@pytest.mark.parametrize(("case", "place"), _places("gitea", "bitbucket-data-center"))
async def test_it_is_not_led_anywhere(case: Case, place: str) -> None:
    led = Response(status=302, headers={"location": "https://evil.example/"})
    await _is_asked_again(case, place, led)


async def test_half_a_character_is_neither_stored_nor_sent(case: Case) -> None:
    """It can be decoded; and in no field may it be taken for a text."""
    place = case.asked[0]
    whole = case.room.Forge().answers[place][0]
    assert whole.body.count(b"Retry refunds") == 1
    half = replace(whole, body=whole.body.replace(b"Retry refunds", b"Retry \\ud800"))
    await _is_asked_again(case, place, half)


async def test_where_nobody_answers_it_is_asked_again(case: Case) -> None:
    with pytest.raises(Unreachable):
        await case.room.a_pipeline(Outside()).read(case.room.a_delivery())


# And the answer?


@pytest.mark.parametrize("status", [302, 401, 408, 429, 500, 503])
async def test_what_may_work_later_is_tried_again(case: Case, status: int) -> None:
    forge, decision = case.room.Forge(), await case.room.a_decision()
    answer = Response(status=status, headers={"retry-after": "90", "location": "https://e.example"})
    forge.answers[case.told] = [answer, Response(status=201)]
    with pytest.raises(Undelivered) as refused:
        await case.room.a_pipeline(forge).report(decision)
    assert not refused.value.final
    assert refused.value.retry_after == timedelta(seconds=90)
    await case.room.a_pipeline(forge).report(decision)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
async def test_a_no_is_final(case: Case, status: int) -> None:
    forge = case.room.Forge()
    forge.answers[case.told] = [Response(status=status, body=case.room.TOKEN.encode())]
    with pytest.raises(Undelivered) as refused:
        await case.room.a_pipeline(forge).report(await case.room.a_decision())
    assert refused.value.final
    for shown in (str(refused.value), repr(case.room.a_pipeline(forge))):
        assert case.room.TOKEN not in shown
        assert case.room.SECRET not in shown


@pytest.mark.parametrize(
    "other",
    [
        {"sha": "3e" * 20},
        {"sha": "main"},
        {"sha": ""},
        {"repository": "acme/another"},
        {"repository": "../.."},
        {"status": ""},
    ],
)
async def test_another_commit_or_repository_has_no_answer(
    case: Case, other: dict[str, str]
) -> None:
    decision = await case.room.a_decision()
    elsewhere = replace(decision.change, reply_to={**decision.change.reply_to, **other})
    with pytest.raises(Undelivered) as refused:
        await case.room.a_pipeline(case.room.nowhere).report(replace(decision, change=elsewhere))
    assert refused.value.final


@pytest.mark.parametrize("reply_to", [{}, {"callback_url": "https://e.example/"}])
async def test_a_return_address_of_another_kind_goes_nowhere(
    case: Case, reply_to: dict[str, str]
) -> None:
    with pytest.raises(Undelivered) as refused:
        await case.room.a_pipeline(case.room.nowhere).report(a_signoff(reply_to=reply_to))
    assert refused.value.final


def test_the_config_makes_one(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "countersign.yaml"
    file.write_text(
        "people: {ada: {name: Ada, level: senior, slack: U0ADA}}\n"
        "groups: {all: {members: ada}}\n"
        "connections:\n"
        f"  forge: {{{case.config}, webhook_secret_env: HOOK, api_token_env: TOKEN}}\n"
    )
    chosen = settings.read(
        {
            "COUNTERSIGN_CONFIG": str(file),
            "SLACK_BOT_TOKEN": "xoxb-some-token",
            "SLACK_SIGNING_SECRET": "some-signing-secret",
            "HOOK": case.room.SECRET,
            "TOKEN": case.room.TOKEN,
        }
    )
    made: Any = pipelines(chosen, FakeClock(), case.room.nowhere)["forge"]
    wanted = case.room.a_pipeline()
    assert made == replace(wanted, platform=made.platform)
    assert made.platform.headers == wanted.platform.headers
    assert case.room.TOKEN in made.platform.headers["authorization"]
    assert trusted_prefixes(chosen) == (f"{case.room.URL}/",)
