"""One suite for every platform with a gate: what may be announced, and what its answer is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from inspect import signature
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.config.shape_gates import Named
from bot.connections import PLATFORMS
from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.parts import Parts
from bot.pipelines.signatures import secret_key, sign
from bot.ports import (
    Delivery,
    Invalid,
    Pipeline,
    Response,
    Sighting,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from tests.pipelines.gates import Case, Exchange, Strict, all_cases
from tests.pipelines.gates.at_gate import PAGES, configured, documented
from tests.pipelines.signoffs import NOON, REVISION, Outside, a_signoff

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LEAST: dict[str, Any] = {
    "key": "payments-api/deploy/4711",
    "repository": "acme/payments-api",
    "revision": REVISION,
    "environment": "production",
    "title": "Retry refunds",
    "author": {"login": "jun"},
}
GO_ON = (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)
STOP = (Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED, Status.WITHDRAWN)
CASES = all_cases()
NAMED = [case for case in CASES if case.place]


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def a_pipeline(case: Case, send: Any, *places: str, secret: str | None = SECRET) -> GatedPipeline:
    known = {} if secret is None else {"secret": secret}
    return case.make(
        Parts(
            name="ci",
            url=case.url,
            secrets={**known, "api_token": case.token},
            words=case.words,
            lists={"places": places} if places else {},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send,
        )
    )


def a_delivery(sort: str = "change.ready", **data: object) -> Delivery:
    body = json.dumps({"type": sort, "data": LEAST | data}).encode()
    return Delivery(headers=sign(secret_key(SECRET), "msg_1", NOON, body), body=body)


async def announced(case: Case, pipeline: GatedPipeline) -> Change:
    change = await pipeline.read(a_delivery(gate=dict(case.gate)))
    assert isinstance(change, Change)
    return change


async def report(case: Case, send: Any, status: Status) -> None:
    if isinstance(send, Strict):
        send.status = status
    pipeline = a_pipeline(case, send)
    change = await announced(case, pipeline)
    await pipeline.report(a_signoff(status, reply_to=dict(change.reply_to)))


def test_every_kind_of_gate_is_tried_here() -> None:
    gates = {kind for kind, make in PLATFORMS.items() if "GatedPipeline" in str(signature(make))}
    assert {case.kind for case in CASES} == gates


async def test_it_is_a_pipeline_that_keeps_where_the_answer_goes(case: Case) -> None:
    pipeline: Pipeline = a_pipeline(case, Outside())
    assert pipeline.verify(a_delivery()) == "msg_1"
    change = await pipeline.read(a_delivery(gate=dict(case.gate)))
    assert isinstance(change, Change)
    assert change.reply_to
    assert set(map(type, change.reply_to.values())) == {str}


@pytest.mark.parametrize("key", [b"", b"whsec_", b"None", b"\0" * 32])
async def test_without_a_secret_no_delivery_is_let_in(case: Case, key: bytes) -> None:
    """Jobs ask with a token of theirs: whoever knocks signs with nothing, and gets nothing."""
    pipeline = a_pipeline(case, Outside(), secret=None)
    good = a_delivery(gate=dict(case.gate))
    forged = sign(key, "msg_1", NOON, good.body)
    for headers in ({}, good.headers, forged, {**forged, "webhook-signature": "v1, v1,AAAA"}):
        with pytest.raises(Unauthenticated, match="no secret_env"):
            pipeline.verify(Delivery(headers=headers, body=good.body))
        with pytest.raises(Unauthenticated):
            pipeline.door.verify(Delivery(headers=headers, body=good.body))
    data = json.loads(good.body)["data"]
    assert pipeline.read_data(data).reply_to
    with pytest.raises(ValueError, match="whsec_"):
        a_pipeline(case, Outside(), secret="")


async def test_a_change_that_is_ready_names_its_gate_and_one_that_was_pushed_need_not(
    case: Case,
) -> None:
    pipeline = a_pipeline(case, Outside())
    with pytest.raises(Invalid, match="gate: is required"):
        await pipeline.read(a_delivery())
    assert isinstance(await pipeline.read(a_delivery("change.pushed")), Sighting)


@pytest.mark.parametrize("gate", [[], "x", 1, {}, {"unknown": "key"}])
async def test_a_gate_of_another_shape_is_refused(case: Case, gate: object) -> None:
    pipeline = a_pipeline(case, Outside())
    await announced(case, pipeline)
    with pytest.raises(Invalid, match=r"data\.gate"):
        await pipeline.read(a_delivery(gate=gate))
    with pytest.raises(Invalid, match="one_more: is not a field"):
        await pipeline.read(a_delivery(gate={**case.gate, "one_more": "x"}))


async def test_a_place_that_there_cannot_be_is_refused(case: Case) -> None:
    pipeline = a_pipeline(case, Outside())
    assert case.wrong
    for gate, why in case.wrong:
        with pytest.raises(Invalid, match=why):
            await pipeline.read(a_delivery(gate=dict(gate)))


async def test_an_address_beside_the_gate_is_refused(case: Case) -> None:
    with pytest.raises(Invalid, match="callback_url"):
        await a_pipeline(case, Outside()).read(
            a_delivery(gate=dict(case.gate), callback_url="https://evil.example/")
        )


@pytest.mark.parametrize("status", GO_ON)
async def test_it_goes_on_by_just_these_requests(case: Case, status: Status) -> None:
    there = Strict(case, case.proceed)
    await report(case, there, status)
    assert there.satisfied


@pytest.mark.parametrize("status", STOP)
async def test_it_is_stopped_by_just_these_requests(case: Case, status: Status) -> None:
    there = Strict(case, case.stop)
    await report(case, there, status)
    assert there.satisfied


def refusing(exchanges: Any, index: int, answer: Response) -> list[Exchange]:
    """The same up to there, where this is the answer."""
    known = list(exchanges)
    known[index] = replace(known[index], answer=answer)
    index = index if index >= 0 else len(known) + index
    return known[: index + 1]


@pytest.mark.parametrize("status", [302, 401, 408, 425, 429, 500, 502, 503, 504])
async def test_what_may_work_later_is_tried_again(case: Case, status: int) -> None:
    answer = Response(status=status, headers={"retry-after": "90", "location": "https://e.example"})
    for index in range(len(case.proceed)):
        there = Strict(case, refusing(case.proceed, index, answer))
        with pytest.raises(Undelivered) as refused:
            await report(case, there, Status.APPROVED)
        assert not refused.value.final
        assert refused.value.retry_after == timedelta(seconds=90)
        assert len(there.asked) == index + 1
    await report(case, Strict(case, case.proceed), Status.APPROVED)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
async def test_a_no_to_the_answer_itself_is_final(case: Case, status: int) -> None:
    refused_with = refusing(case.proceed, case.acts, Response(status=status))
    there = Strict(case, [*refused_with, *case.afterwards.get(status, ())])
    with pytest.raises(Undelivered) as refused:
        await report(case, there, Status.APPROVED)
    assert refused.value.final
    assert there.satisfied


async def test_who_does_not_answer_is_asked_again(case: Case) -> None:
    for status in (Status.APPROVED, Status.REJECTED):
        with pytest.raises(Unreachable):
            await report(case, Outside(), status)


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"", b"\xff", b"null", b'"x"'])
async def test_an_answer_that_cannot_be_read_stops_nothing_for_good(
    case: Case, body: bytes
) -> None:
    for index, exchange in enumerate(case.proceed):
        if exchange.answer.body:
            there = Strict(case, refusing(case.proceed, index, Response(status=200, body=body)))
            with pytest.raises(Undelivered) as refused:
                await report(case, there, Status.APPROVED)
            assert not refused.value.final


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"a": 1}'])
async def test_an_answer_that_does_not_say_that_it_waits_opens_nothing(
    case: Case, body: bytes
) -> None:
    for index, exchange in enumerate(case.proceed):
        if exchange.answer.body:
            there = Strict(case, refusing(case.proceed, index, Response(status=200, body=body)))
            with pytest.raises(Undelivered):
                await report(case, there, Status.APPROVED)
            assert len(there.asked) == index + 1


async def test_nothing_goes_elsewhere_and_no_address_holds_the_token(case: Case) -> None:
    for status, exchanges in ((Status.APPROVED, case.proceed), (Status.REJECTED, case.stop)):
        there = Strict(case, exchanges)
        await report(case, there, status)
        for asked in there.asked:
            assert asked.url.startswith(f"{case.url}/")
            assert case.token not in asked.url
            assert case.token.encode() not in asked.body


def around(place: str) -> tuple[str, ...]:
    """Globs that do not fit it, but nearly."""
    first, *more = place.split("/")
    outside = ("other/**", f"{place}-2", f"{place}/x", place[:-1], f"{place}/*", place.upper())
    return outside + (("*", first, more[-1], f"*{first}*/*/*") if more else (f"*/{first}",))


def test_just_the_kinds_with_names_may_be_bounded() -> None:
    assert {case.kind for case in NAMED} == {
        kind
        for named in get_args(Named)
        for kind in get_args(named.model_fields["kind"].annotation)
    }


@pytest.mark.parametrize("case", NAMED, ids=lambda case: case.kind)
async def test_a_place_that_the_connection_may_answer_is_answered(case: Case) -> None:
    anywhere = "/".join("*" for _ in case.place.split("/"))
    for glob in (case.place, f"{case.place[:-2]}*", anywhere, "**"):
        there = Strict(case, case.proceed)
        pipeline = a_pipeline(case, there, "nowhere/**", glob)
        change = await announced(case, pipeline)
        await pipeline.report(a_signoff(reply_to=dict(change.reply_to)))
        assert there.satisfied


@pytest.mark.parametrize("case", NAMED, ids=lambda case: case.kind)
async def test_a_place_that_it_may_not_answer_is_not_even_announced(case: Case) -> None:
    pipeline = a_pipeline(case, Outside(), *around(case.place))
    data = LEAST | {"gate": dict(case.gate)}
    with pytest.raises(Invalid, match=r"data\.gate: is not among the places of ci"):
        await pipeline.read(a_delivery(gate=dict(case.gate)))
    with pytest.raises(Invalid, match=r"data\.gate: is not among the places of ci"):
        pipeline.read_data(data)


@pytest.mark.parametrize("case", NAMED, ids=lambda case: case.kind)
@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
async def test_a_place_that_it_may_not_answer_any_more_is_left_alone(
    case: Case, status: Status
) -> None:
    before, there = a_pipeline(case, Outside(), case.place), Strict(case, ())
    change = await announced(case, before)
    with pytest.raises(Undelivered, match="not among the places of ci") as refused:
        await a_pipeline(case, there, *around(case.place)).report(
            a_signoff(status, reply_to=dict(change.reply_to))
        )
    assert refused.value.final
    assert there.asked == []


@pytest.mark.parametrize("case", NAMED, ids=lambda case: case.kind)
def test_the_places_in_its_page_are_those_of_the_adapter(case: Case, tmp_path: Path) -> None:
    config = documented(case.kind).replace("# places:", "places:")
    names = re.findall(r"_env: +(\w+)", config)
    values = {it: SECRET if it.endswith("WEBHOOK_SECRET") else f"{it}-{'x' * 32}" for it in names}
    adapter = configured(tmp_path, config, **values)
    assert isinstance(adapter, GatedPipeline)
    assert adapter.places


def test_each_page_says_what_is_compared(case: Case) -> None:
    page = (PAGES / f"{case.kind}.md").read_text()
    assert len(re.findall(r"^##+ What is compared$", page, re.M)) == 1
    assert ("no `places` for this kind" in page) == (not case.place)


def test_no_job_of_a_page_runs_what_its_checkout_holds() -> None:
    pages = {page.name: page.read_text() for page in PAGES.glob("*.md")}
    assert [name for name, text in pages.items() if "python3 -m" in text] == []
