"""PagerDuty tells of incidents: who is believed, what is understood, and nothing else happens."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from bot.pipelines.pagerduty import LARGEST, PagerDutyPipeline
from bot.ports import Delivery, Invalid, Malformed, Trouble, Unauthenticated
from tests.builders import NOW, FakeClock

NEW, OLD = b"new-secret-of-pagerduty", b"old-secret-of-pagerduty"


def pipeline(*secrets: bytes) -> PagerDutyPipeline:
    return PagerDutyPipeline(
        name="pager",
        secrets=secrets or (NEW, OLD),
        environment="production",
        services={"PABC123": ("acme/payments-*",)},
        clock=FakeClock(),
    )


def an_event(sort: str = "incident.triggered", **facts: Any) -> dict[str, Any]:
    """As PagerDuty's documentation shows it."""
    data = {
        "id": "PGR0VU2",
        "type": "incident",
        "self": "https://api.pagerduty.com/incidents/PGR0VU2",
        "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
        "number": 2,
        "status": "triggered",
        "incident_key": "d3640fbd41094207a1c11e58e46b1662",
        "created_at": NOW.isoformat().replace("+00:00", "Z"),
        "title": "A little bump in the road",
        "service": {"id": "PABC123", "summary": "API Service", "type": "service_reference"},
        "assignees": [],
        "priority": {"id": "PSO75BM", "summary": "P1", "type": "priority_reference"},
        "urgency": "high",
        "resolve_reason": None,
    }
    event = {
        "id": "01DEN0V2VIUEN7XKW",
        "event_type": sort,
        "resource_type": "incident",
        "occurred_at": NOW.isoformat().replace("+00:00", "Z"),
        "agent": None,
        "client": None,
        "data": {**data, **facts.pop("data", {})},
    }
    return {"event": {**event, **facts}}


def signature(body: bytes, key: bytes = NEW) -> str:
    return f"v1={hmac.digest(key, body, 'sha256').hex()}"


def delivery(said: object, *, offered: str | None = None) -> Delivery:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    header = signature(body) if offered is None else offered
    return Delivery(headers={"x-pagerduty-signature": header}, body=body)


async def read(said: object) -> Trouble | None:
    it, there = delivery(said), pipeline()
    there.verify(it)
    return await there.read(it)


async def test_an_incident_is_opened() -> None:
    assert await read(an_event()) == Trouble(
        connection="pager",
        message="01DEN0V2VIUEN7XKW",
        key="PGR0VU2",
        title="A little bump in the road",
        state="opened",
        began=NOW,
        at=NOW,
        severity="P1",
        environment="production",
        repositories=("acme/payments-*",),
    )


@pytest.mark.parametrize(
    ("sort", "state"),
    [
        ("incident.triggered", "opened"),
        ("incident.reopened", "opened"),
        ("incident.resolved", "resolved"),
        ("incident.acknowledged", ""),
        ("incident.priority_updated", ""),
        ("service.created", ""),
        ("pagey.ping", ""),
    ],
)
async def test_only_its_beginning_and_its_end_are_heard(sort: str, state: str) -> None:
    found = await read(an_event(sort))
    assert (found.state if found else "") == state


async def test_a_ping_without_an_incident_is_nothing() -> None:
    ping = {"event": {"id": "1", "event_type": "pagey.ping", "data": {"message": "Hello"}}}
    assert await read(ping) is None


async def test_of_a_service_that_nobody_mapped_no_repository_is_known() -> None:
    found = await read(an_event(data={"service": {"id": "PXXXXXX"}}))
    assert found
    assert found.repositories == ()


async def test_what_is_left_out_is_not_made_up() -> None:
    bare = an_event(data={"title": None, "service": None, "priority": None, "urgency": None})
    found = await read(bare)
    assert found
    assert (found.title, found.severity, found.repositories) == ("PagerDuty PGR0VU2", "", ())


async def test_a_title_is_one_line_of_bounded_length() -> None:
    found = await read(an_event(data={"title": "x" * 400 + "\nmore"}))
    assert found
    assert found.title == "x" * 200


@pytest.mark.parametrize("key", [NEW, OLD])
def test_while_secrets_are_exchanged_either_is_good(key: bytes) -> None:
    body = json.dumps(an_event()).encode()
    pipeline().verify(delivery(body, offered=signature(body, key)))
    both = f"{signature(body, b'another')},{signature(body, key)}"
    pipeline().verify(delivery(body, offered=both))


BODY = json.dumps(an_event()).encode()


@pytest.mark.parametrize(
    "offered",
    [
        "",
        "v1=",
        signature(BODY, b"forged"),
        signature(BODY).removeprefix("v1="),
        signature(BODY).replace("v1=", "v2="),
        signature(BODY)[:-1],
        signature(BODY).upper(),
        signature(BODY + b" "),
        ",".join([signature(BODY, b"forged")] * 10 + [signature(BODY)]),
        "v1=é",
        "v1=\udcff",
    ],
)
def test_what_is_forged_is_from_nobody(offered: str) -> None:
    with pytest.raises(Unauthenticated):
        pipeline().verify(delivery(BODY, offered=offered))
    pipeline().verify(delivery(BODY))


def test_a_missing_header_or_secret_proves_nothing() -> None:
    with pytest.raises(Unauthenticated):
        pipeline().verify(Delivery(headers={}, body=BODY))
    for none in ((), (b"",)):
        with pytest.raises(ValueError, match="no secret"):
            PagerDutyPipeline(
                name="pager", secrets=none, environment="", services={}, clock=FakeClock()
            )


def test_a_body_that_was_changed_by_one_byte_is_from_nobody() -> None:
    changed = BODY.replace(b"bump", b"lump")
    with pytest.raises(Unauthenticated):
        pipeline().verify(delivery(changed, offered=signature(BODY)))


def test_what_is_huge_is_not_even_hashed() -> None:
    with pytest.raises(Malformed):
        pipeline().verify(delivery(b" " * (LARGEST + 1)))
    pipeline().verify(delivery(b" " * LARGEST))


@pytest.mark.parametrize(
    ("ago", "good"),
    [
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, seconds=-1), False),
    ],
)
async def test_what_is_stale_is_not_told_once_more(ago: timedelta, good: bool) -> None:
    stale = an_event(occurred_at=(NOW - ago).isoformat())
    if good:
        found = await read(stale)
        assert found
        assert found.at <= NOW
    else:
        with pytest.raises(Unauthenticated):
            await read(stale)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"event": null}',
        b'{"event": []}',
        b'{"event": {"event_type": 1}}',
        b'{"event": {"event_type": "incident.triggered", "event_type": "pagey.ping"}}',
        b'{"event": {"id": 1e999}}',
        b"\xff\xfe",
        b"[" * 5_000,
    ],
)
async def test_what_is_no_message_is_malformed(said: bytes) -> None:
    with pytest.raises(Malformed):
        await read(said)


@pytest.mark.parametrize(
    "facts",
    [
        {"id": 7},
        {"id": ""},
        {"id": "x" * 101},
        {"id": "with space"},
        {"occurred_at": None},
        {"occurred_at": 1},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2026-11-21T10:00:00"},
        {"data": {"id": ""}},
        {"data": {"id": "a/b"}},
        {"data": {"id": ["x"]}},
        {"data": {"id": "x" * 65}},
        {"data": {"title": 5}},
        {"data": {"title": "x" * 10_001}},
        {"data": {"service": "PABC123"}},
        {"data": {"service": {"id": None}}},
        {"data": {"priority": [1]}},
        {"data": {"urgency": {"a": 1}}},
        {"data": {"created_at": True}},
    ],
)
async def test_wrong_types_are_refused_by_name(facts: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        await read(an_event(**facts))
    assert all(it.field.startswith("event.") for it in refused.value.problems)
