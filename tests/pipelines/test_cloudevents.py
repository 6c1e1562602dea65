"""Subscribers hear of signoffs as signed CloudEvents, in the words of CDEvents."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import Any, get_args

import pytest
from standardwebhooks import Webhook

from bot.domain.effects import News, Publish
from bot.domain.signoff import Status
from bot.pipelines.cloudevents import EventSubscriber
from bot.pipelines.signatures import secret_key
from bot.ports import Response, Subscriber, Undelivered, Unreachable
from tests.pipelines.signoffs import NOON, Outside, a_signoff

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OK = Response(status=202)
ABOUT = {"approvalDetailsUrl", "resourceTargetUrl"}
CONTENT: dict[str, set[str]] = {
    "created": ABOUT | {"requestor"},
    "updated": ABOUT | {"responder", "decision"},
    "closed": ABOUT | {"responder", "decision", "status"},
}
"""As schemas/approval*.json of cdevents/spec want them: all of these, and nothing more."""
DECISIONS = {"escalated", "delegate", "deferred", "requestChanges", "approved", "rejected"}
STATUSES = {"approved", "rejected", "cancelled", "expired"}


def a_subscriber(*answers: Response) -> tuple[EventSubscriber, Outside]:
    outside = Outside(*answers)
    subscriber = EventSubscriber(
        name="lake",
        url="https://events.acme.example/hook",
        keys=(secret_key(SECRET),),
        public_url="https://sign.acme.example",
        clock=lambda: NOON,
        send=outside,
    )
    return subscriber, outside


def news(sort: News, **said: Any) -> Publish:
    return Publish(**({"subscriber": "lake", "news": sort, "at": NOON, "number": 3} | said))


async def event(sort: News, status: Status = Status.APPROVED, **said: Any) -> dict[str, Any]:
    subscriber, outside = a_subscriber(OK)
    await subscriber.publish(a_signoff(status), news(sort, **said))
    found: dict[str, Any] = json.loads(outside.asked[0].body)
    return found


def test_it_is_a_subscriber() -> None:
    subscriber: Subscriber = a_subscriber()[0]
    assert SECRET not in repr(subscriber)


@pytest.mark.parametrize("sort", get_args(News))
async def test_it_is_a_cloud_event_around_a_cd_event(sort: News) -> None:
    said = await event(sort, decision="approved", by="ada")
    assert said["specversion"] == "1.0"
    assert said["type"] == f"dev.cdevents.approval.{sort}.0.1.0"
    assert said["datacontenttype"] == "application/json"
    assert set(said) == {
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data")
    }
    data = said["data"]
    assert set(data) == {"context", "subject", "customData", "customDataContentType"}
    assert set(data["context"]) == {"specversion", "id", "source", "type", "timestamp"}
    same = ("id", "source", "type")
    assert [data["context"][it] for it in same] == [said[it] for it in same]
    assert set(data["subject"]) == {"id", "source", "content"}
    content = data["subject"]["content"]
    assert set(content) == CONTENT[sort]
    assert all(isinstance(it, str) and it for it in content.values())
    assert content.get("decision", "approved") in DECISIONS
    assert content.get("status", "approved") in STATUSES


async def test_who_answered_is_named_and_otherwise_it_is_the_bot() -> None:
    said = await event("updated", decision="approved", by="ada")
    assert said["data"]["subject"]["content"]["responder"] == "urn:countersign:person:ada"
    said = await event("closed", Status.EXPIRED, decision="deferred")
    content = said["data"]["subject"]["content"]
    assert (content["responder"], content["status"]) == ("urn:countersign:bot", "expired")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.APPROVED, "approved"),
        (Status.NOT_REQUIRED, "approved"),
        (Status.OVERRIDDEN, "approved"),
        (Status.REJECTED, "rejected"),
        (Status.EXPIRED, "expired"),
        (Status.SUPERSEDED, "cancelled"),
        (Status.WITHDRAWN, "cancelled"),
    ],
)
async def test_every_end_has_its_word(status: Status, told: str) -> None:
    said = await event("closed", status, decision="approved")
    assert said["data"]["subject"]["content"]["status"] == told
    assert said["data"]["customData"]["status"] == status.value
    assert said["data"]["customData"]["proceed"] is status.proceed


async def test_it_is_signed_as_standard_webhooks_are() -> None:
    subscriber, outside = a_subscriber(OK)
    await subscriber.publish(a_signoff(), news("closed", decision="approved"))
    [asked] = outside.asked
    assert asked.headers["content-type"] == "application/cloudevents+json"
    signed = dict(asked.headers) | {"webhook-timestamp": asked.headers["webhook-timestamp"]}
    assert re.fullmatch(r"evt_sgn_1_3_closed", signed["webhook-id"])
    verifier = Webhook(SECRET)
    expected = verifier.sign(signed["webhook-id"], NOON, asked.body.decode())
    assert signed["webhook-signature"] == expected


async def test_the_same_event_has_the_same_id_and_bytes_however_often() -> None:
    subscriber, outside = a_subscriber(Response(status=503), OK)
    told = news("closed", decision="approved")
    with pytest.raises(Undelivered):
        await subscriber.publish(a_signoff(), told)
    await subscriber.publish(a_signoff(), told)
    first, second = outside.asked
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


@pytest.mark.parametrize(
    ("status", "final"), [(410, True), (400, False), (302, False), (500, False)]
)
async def test_only_2xx_is_success_and_only_410_is_for_good(status: int, final: bool) -> None:
    subscriber, _ = a_subscriber(Response(status=status, headers={"retry-after": "30"}))
    with pytest.raises(Undelivered) as refused:
        await subscriber.publish(a_signoff(), news("created"))
    assert refused.value.final is final
    assert refused.value.retry_after == timedelta(seconds=30)


async def test_who_is_gone_is_sent_nothing_more_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    subscriber, outside = a_subscriber(Response(status=410), Response(status=410), OK)
    both = (subscriber.publish(a_signoff(), news(it)) for it in ("created", "updated"))
    for refused in await asyncio.gather(*both, return_exceptions=True):
        assert isinstance(refused, Undelivered)
        assert refused.final
    asked = len(outside.asked)
    with pytest.raises(Undelivered, match="until the next start") as parked:
        await subscriber.publish(a_signoff(), news("closed"))
    assert parked.value.final
    assert len(outside.asked) == asked
    said = [it for it in caplog.messages if "wants no more" in it]
    assert said == ["subscriber lake wants no more: take it out of the config, or mend it"]


async def test_who_does_not_answer_is_told_again() -> None:
    subscriber, _ = a_subscriber()
    with pytest.raises(Unreachable):
        await subscriber.publish(a_signoff(), news("created"))
