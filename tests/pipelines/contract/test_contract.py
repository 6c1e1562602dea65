"""One suite that every adapter passes: what liars, latecomers and broken networks can do to it."""

from __future__ import annotations

import io
import json
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import TypeAdapter

from bot.connections import PLATFORMS
from bot.domain.change import Change, Kind
from bot.domain.override import NOBODY_MAY, OverrideRules
from bot.domain.signoff import Signoff, Status, Verdict
from bot.ports import (
    Invalid,
    Malformed,
    Response,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from bot.web.hooks import Hooks
from bot.web.problems import own_up, speak_problems
from tests.builders import hours
from tests.engine.house import House, a_house
from tests.engine.test_overriding import confirm, override
from tests.pipelines.contract import Case, Ends, Lack, Met, places, spliced
from tests.pipelines.contract.cases import all_cases

CASES = all_cases()
WRONG: Sequence[Any] = (
    None,
    [],
    {},
    {"a": 1},
    "",
    -1,
    7,
    2**70,
    True,
    "\ud800",
    "x" * 100_000,
    "a\x00\u202eb",
)
MIB = 1 << 20
EITHER = OverrideRules(people=frozenset({"pat", "ruth"}), channel="C0SEC")
EVIL = "https://evil.example/"
FORGES = {"github", "gitlab", "gitea", "bitbucket", "bitbucket-data-center"}
BESIDE = ("https://evil.example", "{}.evil.example", "{}@evil.example", "http://127.0.0.1:9")
"""In place of a scheme and a host: {} is what stood there."""


def having(*lacks: Lack) -> pytest.MarkDecorator:
    """Of those whose protocol has all of this."""
    those = [case for case in CASES if not case.lacks & set(lacks)]
    return pytest.mark.parametrize("case", those, ids=lambda case: case.kind)


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
async def met(case: Case) -> AsyncIterator[Met]:
    async with case.meet() as there:
        yield there
        assert there.wire.strayed == []


def test_every_kind_of_connection_has_a_case() -> None:
    tried = Counter(case.kind for case in CASES)
    assert {*PLATFORMS, "github", "webhook"} <= tried.keys()
    assert set(tried.values()) == {1}


def test_what_a_protocol_lacks_is_little_and_known() -> None:
    lacking = {lack: {case.kind for case in CASES if lack in case.lacks} for lack in Lack}
    gates = lacking[Lack.RUNS]
    assert len(gates) == 8
    assert lacking == {
        Lack.TIMESTAMP: {
            "azure",
            "bitbucket",
            "bitbucket-data-center",
            "gitea",
            "github",
            "terraform-run-task",
        },
        Lack.SIGNATURE: {"azure"},
        Lack.BYTES: {"codepipeline"},
        Lack.EXCHANGE: {case.kind for case in CASES} - {"github", "codepipeline"},
        Lack.REFUSAL: {"webhook"},
        Lack.PLACE: {"webhook"},
        Lack.RUNS: gates,
        Lack.ENDS: {case.kind for case in CASES} - FORGES,
        Lack.LANDS: {case.kind for case in CASES} - {"github", "gitlab"},
    }


# Who is it?


async def test_a_good_delivery_is_a_change_that_can_be_answered(met: Met) -> None:
    change = await met.change()
    assert change.reply_to
    assert set(map(type, change.reply_to.values())) == {str}
    await met.report(change)
    assert [went_on for _, went_on in met.wire.told] == [True]


@pytest.mark.trap(2)
async def test_what_is_forged_is_from_nobody(met: Met) -> None:
    good = met.sign(met.said())
    await met.read(good)
    asked = len(met.wire.asked)
    for forged in met.forgeries(good):
        with pytest.raises(Unauthenticated) as refused:
            await met.read(forged)
        assert not any(secret in str(refused.value) for secret in met.secrets)
    assert len(met.wire.asked) == asked


@having(Lack.SIGNATURE, Lack.BYTES)
@pytest.mark.trap(3)
async def test_the_bytes_are_proved_and_not_what_they_say(case: Case) -> None:
    async with case.meet() as met:
        oddly = json.dumps(met.said(), indent=3, ensure_ascii=False).encode() + b"\n"
        good = met.sign(oddly)
        assert await met.read(good)
        for body in (json.dumps(json.loads(oddly)).encode(), oddly.rstrip()):
            with pytest.raises(Unauthenticated):
                await met.read(replace(good, body=body))


@having(Lack.TIMESTAMP)
async def test_what_is_too_old_or_too_early_is_from_nobody(case: Case) -> None:
    moment = timedelta(seconds=30)
    async with case.meet() as met:
        await met.read(met.sign(met.said(), age=case.fresh - moment))
        for age in (case.fresh + moment, -timedelta(minutes=6)):
            with pytest.raises(Unauthenticated):
                await met.read(met.sign(met.said(), age=age))


# What if it is told again, or in another order?


async def told(house: House, delivery: Any) -> None:
    await house.intake.receive("ci", delivery)
    await house.intake.read_waiting()


@pytest.mark.trap(21)
async def test_told_again_it_is_the_same_question_and_after_an_answer_it_is_none(
    met: Met, tmp_path: Path
) -> None:
    adapters: Any = {"ci": met.pipeline}
    async with a_house(tmp_path, met.clock, pipelines=adapters) as house:
        good = met.sign(met.said())
        for delivery in (good, good, met.sign(met.said(), name="2")):
            await told(house, delivery)
        [signoff] = await house.board.pending()
        asked = "ruth" if signoff.change.kind is Kind.INFRASTRUCTURE else "ada"
        await house.review(signoff, asked, Verdict.REJECT)
        for delivery in (good, met.sign(met.said(), name="3")):
            await told(house, delivery)
        assert await house.board.pending() == []


async def test_the_same_message_has_the_same_id_and_the_same_news_are_the_same(met: Met) -> None:
    good = met.sign(met.said())
    first, again = await met.read(good), await met.read(met.sign(met.said(), name="2"))
    assert met.pipeline.verify(good) == met.pipeline.verify(good)
    assert first == again


@having(Lack.RUNS)
async def test_older_news_after_newer_are_not_taken_for_it(case: Case) -> None:
    async with case.meet() as met:
        before = met.sign(met.said())
        [first] = await met.read(before)
        met.moves_on()
        newer = await met.change()
        older: list[Any] = []
        with suppress(Undelivered):
            older = await met.read(before)
        assert newer.key != first.key
        assert newer.reply_to != first.reply_to
        assert [it for it in older if isinstance(it, Change)] in ([], [first])
        assert await met.change() == newer


@having(Lack.RUNS)
@pytest.mark.trap(23)
async def test_a_late_answer_stays_with_what_was_superseded(case: Case) -> None:
    async with case.meet() as met:
        older = await met.change()
        met.moves_on()
        newer = await met.change()
        with suppress(Undelivered):
            await met.report(older, Status.SUPERSEDED)
        late = list(met.wire.told)
        await met.report(newer)
        [(place, went_on)] = met.wire.told[len(late) :]
        assert went_on
        with suppress(Undelivered):
            await met.report(older, Status.SUPERSEDED)
        assert [went_on for at, went_on in met.wire.told if at == place] == [True]
        assert not any(went_on for _, went_on in late)


# What if it is given up, or somebody goes around us?


@asynccontextmanager
async def proposed(
    case: Case, path: Path, overrides: OverrideRules = NOBODY_MAY
) -> AsyncIterator[tuple[Met, Ends, House, Signoff]]:
    """What waits to be merged, and nobody has signed."""
    async with case.meet() as met:
        adapters: Any = {"ci": met.pipeline}
        async with a_house(path, met.clock, pipelines=adapters, overrides=overrides) as house:
            assert met.ends
            await told(house, met.ends.proposed())
            [signoff] = await house.board.pending()
            adapters[signoff.change.connection] = met.pipeline
            yield met, met.ends, house, signoff


@having(Lack.ENDS)
async def test_what_is_given_up_is_withdrawn_and_asked_about_once_it_is_taken_up(
    case: Case, tmp_path: Path
) -> None:
    async with proposed(case, tmp_path) as (_, ends, house, signoff):
        given_up = ends.closed()
        for _ in range(2):
            await told(house, given_up)
        assert await house.board.pending() == []
        assert (await house.now(signoff)).abandoned
        if ends.reopened:
            await told(house, ends.reopened())
            [again] = await house.board.pending()
            assert again.change.revision == signoff.change.revision
            assert again.id != signoff.id


@having(Lack.ENDS)
async def test_what_is_merged_around_us_says_so_and_waits_no_more(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with proposed(case, tmp_path) as (_, ends, house, signoff):
        around = ends.merged()
        for _ in range(2):
            await told(house, around)
        now = await house.now(signoff)
        assert (now.bypassed, now.status) == (True, Status.WITHDRAWN)
        assert await house.board.pending() == []
        assert caplog.text.count("was merged, though it is pending") == 1


@having(Lack.ENDS)
async def test_what_is_overridden_is_let_go_on_for_a_while(case: Case, tmp_path: Path) -> None:
    async with proposed(case, tmp_path, EITHER) as (met, ends, house, signoff):
        await house.settle()
        before = len(met.wire.told)
        if (await override(house, signoff)).override_asked:  # of whoever made it nobody knows
            await confirm(house, signoff)
        await house.settle()
        assert [went_on for _, went_on in met.wire.told[before:]] == [True]
        house.clock.go_on(hours(1))
        await house.signoffs.pass_deadlines()
        await house.settle()
        there = {at for at, _ in met.wire.told[before:]}
        assert [went_on for _, went_on in met.wire.told[before:]] == [True, False]
        assert len(there) == 1
        assert await house.board.backlog() == {"waiting": 0, "parked": 0, "unread": 0}
        if ends.reopened:
            ends.closed()
            await told(house, ends.reopened())
            [again] = await house.board.pending()
            assert again.change.revision == signoff.change.revision


@having(Lack.ENDS)
async def test_so_does_what_was_refused(case: Case, tmp_path: Path) -> None:
    async with proposed(case, tmp_path) as (_, ends, house, signoff):
        await house.review(signoff, "ada", Verdict.REJECT)
        await told(house, ends.merged())
        now = await house.now(signoff)
        assert (now.bypassed, now.status) == (True, Status.REJECTED)


@having(Lack.ENDS)
async def test_what_was_let_go_on_is_merged_without_a_word(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with proposed(case, tmp_path) as (_, ends, house, signoff):
        for person in ("ada", "grace"):
            if (await house.now(signoff)).status is Status.PENDING:
                await house.review(signoff, person)
        approved = await house.now(signoff)
        assert approved.status is Status.APPROVED
        await told(house, ends.merged())
        assert await house.now(signoff) == approved
        assert "merged" not in caplog.text


@having(Lack.ENDS)
async def test_what_nobody_was_asked_about_is_merged_and_the_log_says_so(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with case.meet() as met:
        adapters: Any = {"ci": met.pipeline}
        async with a_house(tmp_path, met.clock, pipelines=adapters) as house:
            assert met.ends
            await told(house, met.ends.merged())
            assert await house.board.pending() == []
        assert " merged " in caplog.text
        assert "nobody was asked" in caplog.text


@having(Lack.LANDS)
async def test_what_shipped_and_nobody_was_asked_about_is_told(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with case.meet() as met:
        adapters: Any = {"ci": met.pipeline}
        async with a_house(tmp_path, met.clock, pipelines=adapters) as house:
            await told(house, met.landed)
        assert "acme/payments-api to production" in caplog.text
        assert "nobody was asked" in caplog.text


# Where does it lead?


def urls(tree: Any) -> list[tuple[tuple[Any, ...], str]]:
    return [(at, it) for at, it in places(tree) if isinstance(it, str) and "://" in it]


def elsewhere(url: str, host: str) -> str:
    """The same path, at somebody else's."""
    start, _, path = url.partition("://")[2].partition("/")
    return f"{host.format(url.partition('://')[0] + '://' + start)}/{path}"


async def test_no_address_in_a_message_leads_us_elsewhere(met: Met) -> None:
    """Neither are they asked nor answered there, and no credential leaves: nothing at all does."""
    found = urls(met.said())
    assert found
    for host in BESIDE:
        for at, url in found:
            said = spliced(met.said(), at, elsewhere(url, host))
            await answered(met, met.sign(said))
    for said, sign in met.also:
        for at, url in urls(said):
            await answered(met, sign(spliced(said, at, elsewhere(url, EVIL))))
    assert met.wire.strayed == []


async def answered(met: Met, delivery: Any) -> None:
    """Whatever it asks for is let go on, if anything."""
    with suppress(Invalid, Malformed, Undelivered, Unreachable):
        for change in await met.read(delivery):
            if isinstance(change, Change):
                await met.report(change)


@pytest.mark.parametrize(
    "reply_to", [{}, {"callback_url": EVIL}, {"run_id": "1"}, {"url": EVIL, "token": "x"}]
)
async def test_a_return_address_of_another_kind_goes_nowhere(
    case: Case, met: Met, reply_to: dict[str, str]
) -> None:
    change = await met.change()
    asked = len(met.wire.asked)
    if "callback_url" in reply_to or Lack.PLACE not in case.lacks:
        with pytest.raises(Undelivered) as refused:
            await met.report(replace(change, reply_to=reply_to))
        assert refused.value.final
    else:
        await met.report(replace(change, reply_to=reply_to))
    assert len(met.wire.asked) == asked


# Which answers let it go on?


@pytest.mark.parametrize("status", [status for status in Status if status.is_final])
async def test_what_does_not_proceed_never_lets_it_go_on(case: Case, status: Status) -> None:
    async with case.meet() as met:
        change = await met.change()
        with suppress(Undelivered):
            await met.report(change, status)
        assert {went_on for _, went_on in met.wire.told} <= {status.proceed}
        assert met.wire.told or not status.proceed


# What if the platform does not take the answer?


@pytest.mark.trap(22)
async def test_a_credential_that_is_no_good_any_more_is_had_again_once(
    case: Case, met: Met
) -> None:
    change, before = await met.change(), met.renewed()
    if Lack.EXCHANGE in case.lacks:
        with pytest.raises(Undelivered) as refused:
            await met.report(change, fault=case.expired)
        assert not refused.value.final
        await met.report(change)
    else:
        await met.report(change, fault=case.expired)
        assert met.renewed() == before + 1
    assert [went_on for _, went_on in met.wire.told] == [True]


@pytest.mark.trap(22)
async def test_a_no_is_final(case: Case, met: Met) -> None:
    change = await met.change()
    for answer in case.refusals:
        with pytest.raises(Undelivered) as refused:
            await met.report(change, fault=answer)
        assert refused.value.final, answer
    assert met.wire.told == []


@pytest.mark.parametrize("status", [302, 408, 429, 500, 502, 503, 504])
@pytest.mark.trap(22)
async def test_what_may_work_later_is_tried_again(met: Met, status: int) -> None:
    change = await met.change()
    answer = Response(status=status, headers={"retry-after": "90", "location": EVIL})
    with pytest.raises(Undelivered) as refused:
        await met.report(change, fault=answer)
    assert not refused.value.final
    assert refused.value.retry_after == timedelta(seconds=90)
    assert met.wire.told == []
    met.wait(refused.value.retry_after)
    await met.report(change)
    assert [went_on for _, went_on in met.wire.told] == [True]


@pytest.mark.trap(22)
async def test_who_does_not_answer_in_time_is_asked_again(met: Met) -> None:
    change = await met.change()
    met.expects(Status.APPROVED, None)
    met.wire.faults = [Unreachable("it took too long")]
    with pytest.raises(Unreachable):
        await met.report(change)
    assert not met.wire.faults
    await met.report(change)
    assert [went_on for _, went_on in met.wire.told] == [True]


# What if it is no message?


@asynccontextmanager
async def door(house: House) -> AsyncIterator[Any]:
    """As anybody knocks at it."""
    hooks = Hooks(intake=house.intake, public_url="https://sign.acme.example")
    app = web.Application(middlewares=[own_up, speak_problems])
    app.router.add_post("/hooks/{connection}", hooks.receive)
    async with TestClient(TestServer(app)) as platform:
        yield platform


async def test_a_huge_body_is_turned_away_at_the_door(met: Met, tmp_path: Path) -> None:
    adapters: Any = {"ci": met.pipeline}
    largest = (25 if met.pipeline.fetches else 5) * MIB
    async with a_house(tmp_path, met.clock, pipelines=adapters) as house, door(house) as platform:
        answer = await platform.post("/hooks/ci", data=io.BytesIO(b" " * (largest + 1)))
        assert answer.status == 413
    assert met.wire.asked == []


@pytest.mark.trap(4)
@pytest.mark.parametrize(("kind", "mebibytes"), [("webhook", 4), ("gitea", 24)])
async def test_a_body_as_large_as_platforms_send_is_let_in(
    kind: str, mebibytes: int, tmp_path: Path
) -> None:
    [case] = [it for it in CASES if it.kind == kind]
    async with case.meet() as met:
        long = json.dumps(met.said()).encode().ljust(mebibytes * MIB)
        good, adapters = met.sign(long), {"ci": met.pipeline}
        async with a_house(tmp_path, pipelines=adapters) as house, door(house) as platform:
            body, headers = io.BytesIO(good.body), dict(good.headers)
            answer = await platform.post("/hooks/ci", data=body, headers=headers)
            assert answer.status == 202
            await house.intake.read_waiting()
            assert len(await house.board.pending()) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"[]",
        b"null",
        b'"x"',
        b"{}",
    ],
    ids=lambda body: body[:8].decode("latin-1") or "nothing",
)
async def test_what_is_no_message_is_told_so(met: Met, body: bytes) -> None:
    found: list[Any] = []
    with suppress(Malformed, Invalid, Unauthenticated):
        found = await met.read(met.sign(body))
    assert found == []
    assert met.wire.asked == []


async def test_what_is_nested_too_deep_is_told_so(met: Met) -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    found: list[Any] = []
    for at, _ in places(met.said())[1:]:
        if at[0] == "headers":  # these are texts, however they look
            continue
        with suppress(Malformed, Invalid):
            found += await met.read(met.sign(spliced(met.said(), at, deep)))
    assert found == []


async def test_a_wrong_value_in_any_place_breaks_nothing(met: Met) -> None:
    """It is said to be wrong, or makes no difference; what comes of it can be stored and answered."""
    met.wire.remembered = {}
    await met.read(met.sign(met.said()))
    for said, sign in [(met.said(), met.sign), *met.also]:
        for at, _ in places(said):
            for wrong in WRONG:
                with suppress(Malformed, Invalid, Undelivered, Unreachable):
                    for found in await met.read(sign(spliced(said, at, wrong))):
                        assert type(found).__module__ in ("bot.domain.change", "bot.ports")
                        TypeAdapter(type(found)).dump_json(found)


# What can be seen?


@pytest.mark.trap(13)
async def test_no_secret_is_in_any_error_picture_or_log(
    met: Met, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the platform says it all again."""
    change, echo = await met.change(), " ".join(met.secrets).encode()
    shown = [repr(met.pipeline), TypeAdapter(Change).dump_json(change).decode()]
    faults = [Response(status=it, body=echo, headers={"x": "y"}) for it in (302, 401, 404, 500)]
    for fault in (*faults, *case.refusals):
        shown += await problems(met.report(change, fault=fault))
        met.wire.faults = []
    for body in (json.dumps([*met.secrets]).encode(), echo):
        shown += await problems(met.read(met.sign(body)))
    for fault in faults:
        met.wire.down = fault
        shown += await problems(met.read(met.sign(met.said())))
        shown += await problems(met.report(change))
    assert any("answered 500" in it for it in shown)
    shown += [caplog.text, *(it.url for it in met.wire.asked)]
    for secret in met.secrets:
        assert [it for it in shown if secret in it] == []


async def problems(doing: Awaitable[object]) -> list[str]:
    """What a log would hold of it, with all that led to it."""
    try:
        await doing
    except (Malformed, Invalid, Unauthenticated, Undelivered, Unreachable) as problem:
        return [repr(problem), *traceback.format_exception(problem)]
    return []
