"""Amazon SNS knocks, and those who say they are: only what it signed, lately, comes in."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.pipelines.codepipeline import certificates
from bot.pipelines.codepipeline.certificates import Certificates
from bot.pipelines.codepipeline.sns import LONGEST, SnsDoor, Topic
from bot.ports import Delivery, Response, Unauthenticated, Undelivered, Unreachable
from tests.builders import FakeClock
from tests.pipelines.codepipeline.fake_sns import (
    CERTIFICATE,
    HOST,
    TOPIC,
    FakeSns,
    a_certificate,
    a_curve_key,
    sns_key,
)

KINDS = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sns(clock: FakeClock) -> FakeSns:
    return FakeSns(clock)


@pytest.fixture
def door(sns: FakeSns, clock: FakeClock) -> SnsDoor:
    return a_door(sns, clock, TOPIC)


def a_door(sns: FakeSns, clock: FakeClock, *arns: str) -> SnsDoor:
    return SnsDoor(
        topics={arn: Topic(arn) for arn in arns},
        certificates=Certificates(send=sns, clock=clock),
        clock=clock,
        send=sns,
    )


async def let_in(door: SnsDoor, delivery: Delivery) -> str:
    await door.learn(delivery)
    return door.verify(delivery).MessageId


async def refused(door: SnsDoor, delivery: Delivery) -> None:
    with pytest.raises(Unauthenticated):
        await let_in(door, delivery)
    with pytest.raises(Unauthenticated):
        door.verify(delivery)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_sns_signed_comes_in(sns: FakeSns, door: SnsDoor, kind: str, version: str):
    fields = sns.fields(kind, SignatureVersion=version)
    assert await let_in(door, sns.delivery(sns.sign(fields))) == fields["MessageId"]


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "", "APPROVAL NEEDED: production"])
@pytest.mark.trap(10)
async def test_a_subject_is_signed_if_there_is_one(
    sns: FakeSns, door: SnsDoor, subject: str | None, version: str
):
    await let_in(door, sns.message(Subject=subject, SignatureVersion=version))


@pytest.mark.trap(10)
async def test_a_signature_that_leaves_the_subject_out_is_none(sns: FakeSns, door: SnsDoor):
    signed = sns.sign(sns.fields())
    await refused(door, sns.delivery({**signed, "Subject": "added later"}))


async def test_the_headers_prove_nothing(sns: FakeSns, door: SnsDoor):
    delivery = sns.message()
    bare = Delivery(headers={}, body=delivery.body)
    assert await let_in(door, bare) == door.verify(delivery).MessageId


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", KINDS)
async def test_no_field_may_be_another_or_missing(
    sns: FakeSns, door: SnsDoor, kind: str, version: str
):
    subject = "a subject" if kind == "Notification" else None
    signed = sns.sign(sns.fields(kind, Subject=subject, SignatureVersion=version))
    await let_in(door, sns.delivery(signed))
    for name, said in signed.items():
        other = {
            "Signature": signed["Signature"].swapcase(),
            "Type": next(it for it in KINDS if it != kind),
            "SignatureVersion": "1" if version == "2" else "2",
        }.get(name, f"{said}0")
        for wrong in (other, None, "", 7, [said], {}):
            await refused(door, sns.delivery({**signed, name: wrong}))
        await refused(door, sns.delivery({n: v for n, v in signed.items() if n != name}))
    await let_in(door, sns.delivery(signed))


async def test_fields_cannot_flow_into_one_another(sns: FakeSns, door: SnsDoor):
    """What is signed has no lengths in it: the same bytes may be another message in disguise."""
    fields = sns.fields(Message="a\nMessageId\nb\nSubject\nc", Subject="d")
    signed = sns.sign(fields)
    await let_in(door, sns.delivery(signed))
    flown = f"c\nMessageId\n{fields['MessageId']}\nSubject\nd"
    await refused(
        door, sns.delivery({**signed, "Message": "a", "MessageId": "b", "Subject": flown})
    )


async def test_another_key_is_not_sns(sns: FakeSns, door: SnsDoor):
    await refused(door, sns.delivery(sns.sign(sns.fields(), key=sns_key(1))))


@pytest.mark.parametrize(
    "signature",
    ["", "é", "=", "AAAA", "not base64!", "A" * 5_000, base64.b64encode(b"x" * 256).decode()],
)
async def test_a_signature_is_right_or_it_is_not(sns: FakeSns, door: SnsDoor, signature: str):
    await refused(door, sns.delivery({**sns.fields(), "Signature": signature}))


@pytest.mark.parametrize("version", ["0", "3", "", "SHA256"])
async def test_other_versions_do_not_exist(sns: FakeSns, door: SnsDoor, version: str):
    await refused(door, sns.delivery({**sns.sign(sns.fields()), "SignatureVersion": version}))


# Where the certificate is.

ELSEWHERE = [
    CERTIFICATE.replace("https:", "http:"),
    CERTIFICATE.replace("https://", "https://ada@"),
    CERTIFICATE.replace("https://", f"https://{HOST}:x@"),
    CERTIFICATE.replace(HOST, f"{HOST}:8443"),
    CERTIFICATE.replace(HOST, f"{HOST}:443"),
    CERTIFICATE.replace(HOST, f"{HOST}."),
    CERTIFICATE.replace(HOST, "sns.evil.com"),
    CERTIFICATE.replace(HOST, f"{HOST}.evil.com"),
    CERTIFICATE.replace(HOST, f"evil.com/{HOST}"),
    CERTIFICATE.replace(HOST, f"evil.com#{HOST}"),
    CERTIFICATE.replace(HOST, f"evil.com\\@{HOST}"),
    CERTIFICATE.replace(HOST, f"{HOST}@evil.com"),
    CERTIFICATE.replace(HOST, "sns.us-east-1.amazonaws.com"),
    CERTIFICATE.replace(HOST, f"{HOST}.cn"),
    CERTIFICATE.replace(HOST, "s3.eu-central-1.amazonaws.com"),
    CERTIFICATE.replace(HOST, "sns-eu-central-1.amazonaws.com"),
    CERTIFICATE.replace(HOST, "127.0.0.1"),
    CERTIFICATE.replace("/Simple", "/bucket/Simple"),
    CERTIFICATE.replace("/Simple", "/../Simple"),
    CERTIFICATE.replace("Simple", "%53imple"),
    CERTIFICATE.replace(".pem", ".pem?x=1"),
    CERTIFICATE.replace(".pem", ".pem#x"),
    CERTIFICATE.replace(".pem", ".txt"),
    CERTIFICATE.replace("0a0a", "0A0g"),
    f"{CERTIFICATE}\n",
    f" {CERTIFICATE}",
    CERTIFICATE.upper(),
    CERTIFICATE.removeprefix(f"https://{HOST}"),
    "file:///etc/ssl/certs/ca.pem",
    "",
]  # fmt: skip


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_a_certificate_from_anywhere_else_is_not_even_fetched(
    sns: FakeSns, door: SnsDoor, url: str
):
    await refused(door, sns.message(SigningCertURL=url))
    assert sns.asked == []


@pytest.mark.parametrize(
    ("arn", "host", "name"),
    [
        ("arn:aws-cn:sns:cn-north-1:111122223333:t", "sns.cn-north-1.amazonaws.com.cn",
         "sns-cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-east-1:111122223333:t", "sns.us-gov-east-1.amazonaws.com",
         "sns-us-gov-west-1.amazonaws.com"),
        ("arn:aws:sns:af-south-1:111122223333:t", "sns.af-south-1.amazonaws.com",
         "sns-signing.af-south-1.amazonaws.com"),
    ],
)  # fmt: skip
async def test_other_parts_of_aws_have_names_of_their_own(
    sns: FakeSns, clock: FakeClock, arn: str, host: str, name: str
):
    url = CERTIFICATE.replace(HOST, host)
    sns.answers[url] = Response(status=200, body=a_certificate(clock(), name=name))
    await let_in(a_door(sns, clock, arn), sns.message(TopicArn=arn, SigningCertURL=url))


@pytest.mark.parametrize(
    "name",
    ["evil.com", "sns.amazonaws.com.evil.com", "*.amazonaws.com", "sns.us-east-1.amazonaws.com",
     "sns-signing.us-east-1.amazonaws.com", "SNS.amazonaws.com", "s3.amazonaws.com"],
)  # fmt: skip
async def test_a_certificate_made_out_to_somebody_else_counts_nothing(
    sns: FakeSns, door: SnsDoor, clock: FakeClock, name: str
):
    sns.answers[CERTIFICATE] = Response(status=200, body=a_certificate(clock(), name=name))
    await refused(door, sns.message())


async def test_a_certificate_is_valid_for_its_time(sns: FakeSns, clock: FakeClock):
    for span in (
        {"begins": timedelta(hours=1)},
        {"begins": timedelta(days=-9), "ends": -timedelta(1)},
    ):
        sns.answers[CERTIFICATE] = Response(status=200, body=a_certificate(clock(), **span))
        await refused(a_door(sns, clock, TOPIC), sns.message())


async def test_a_known_certificate_ends_too(sns: FakeSns, door: SnsDoor, clock: FakeClock):
    await let_in(door, sns.message())
    clock.go_on(timedelta(days=400))
    await refused(door, sns.message())


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
async def test_what_is_no_certificate_proves_nothing(sns: FakeSns, door: SnsDoor, body: bytes):
    sns.answers[CERTIFICATE] = Response(status=200, body=body)
    await refused(door, sns.message())


async def test_a_key_is_rsa(sns: FakeSns, door: SnsDoor, clock: FakeClock):
    body = a_certificate(clock(), key=a_curve_key())
    sns.answers[CERTIFICATE] = Response(status=200, body=body)
    await refused(door, sns.message())


async def test_a_key_is_strong(sns: FakeSns, door: SnsDoor, clock: FakeClock):
    weak = sns_key(2, 1024)
    sns.answers[CERTIFICATE] = Response(status=200, body=a_certificate(clock(), key=weak))
    await refused(door, sns.delivery(sns.sign(sns.fields(), key=weak)))


async def test_a_certificate_is_not_read_without_end(sns: FakeSns, door: SnsDoor, clock: FakeClock):
    body = a_certificate(clock()) + b"\n" * certificates.LARGEST
    sns.answers[CERTIFICATE] = Response(status=200, body=body)
    await refused(door, sns.message())


async def test_a_redirect_is_not_followed(sns: FakeSns, door: SnsDoor):
    elsewhere = Response(status=302, headers={"location": "https://evil.com/x.pem"})
    sns.answers[CERTIFICATE] = elsewhere
    await refused(door, sns.message())
    assert {request.url for request in sns.asked} == {CERTIFICATE}


# Fetching it, when anybody may ask us to.


async def test_it_is_fetched_once(sns: FakeSns, door: SnsDoor):
    for _ in range(3):
        await let_in(door, sns.message())
    assert [(it.method, it.url, it.body) for it in sns.asked] == [("GET", CERTIFICATE, b"")]


async def test_it_is_fetched_once_for_all_who_wait_for_it(sns: FakeSns, door: SnsDoor):
    sns.gate = asyncio.Event()
    waiting = [asyncio.create_task(let_in(door, sns.message())) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting[0].cancel()  # who began it went away
    sns.gate.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
    assert all(isinstance(it, str) for it in ended[1:])
    assert len(sns.asked) == 1


async def test_what_leads_nowhere_is_left_alone_for_a_while(
    sns: FakeSns, door: SnsDoor, clock: FakeClock
):
    nowhere = CERTIFICATE.replace("0a0a", "ffff")
    for _ in range(5):
        await refused(door, sns.message(SigningCertURL=nowhere))
    assert len(sns.asked) == 1
    clock.go_on(timedelta(minutes=6))
    await refused(door, sns.message(SigningCertURL=nowhere))
    assert len(sns.asked) == 2


async def test_strangers_cannot_have_us_fetch_much_at_a_time(sns: FakeSns, door: SnsDoor):
    sns.gate = asyncio.Event()
    urls = [CERTIFICATE.replace("0a0a0a0a", f"{number:08x}") for number in range(40)]
    waiting = [asyncio.create_task(let_in(door, sns.message(SigningCertURL=url))) for url in urls]
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(sns.asked) == certificates.AT_ONCE
    sns.gate.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    turned_away = [it for it in ended if isinstance(it, Unreachable)]
    assert len(turned_away) == 40 - certificates.AT_ONCE - certificates.MOST_WAITING
    await let_in(door, sns.message())


@pytest.mark.parametrize("times", [1, 3])
async def test_strangers_who_never_stop_do_not_keep_sns_out(
    sns: FakeSns, door: SnsDoor, times: int
):
    """Each knows the topic, and names a new address of SNS's whenever the last one was refused."""
    numbers, template = itertools.count(), json.loads(sns.message().body)

    async def stranger() -> None:
        while True:
            url = CERTIFICATE.replace("0a0a0a0a", f"{next(numbers):08x}")
            forged = sns.delivery(template | {"SigningCertURL": url})
            for _ in range(times):
                with suppress(Unauthenticated, Unreachable):
                    await door.learn(forged)
                await asyncio.sleep(0)

    sns.pause = 0.001
    strangers = [asyncio.create_task(stranger()) for _ in range(100)]
    await asyncio.sleep(0.05)
    tries, let = 0, ""
    try:
        while not let and tries < 50:  # so often SNS tries
            tries += 1
            with suppress(Unreachable):
                let = await let_in(door, sns.message())
            await asyncio.sleep(0.002)
    finally:
        for it in strangers:
            it.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
    assert let
    assert tries <= times + 2


async def test_a_crowd_in_one_region_keeps_nobody_out_of_another(sns: FakeSns, clock: FakeClock):
    there = TOPIC.replace("eu-central-1", "us-east-1")
    door, url = a_door(sns, clock, TOPIC, there), CERTIFICATE.replace("eu-central-1", "us-east-1")
    sns.answers[url] = Response(status=200, body=a_certificate(clock()))
    sns.gate = asyncio.Event()
    crowd = [CERTIFICATE.replace("0a0a0a0a", f"{number:08x}") for number in range(60)]
    waiting = [asyncio.create_task(let_in(door, sns.message(SigningCertURL=it))) for it in crowd]
    await asyncio.sleep(0.01)
    asked = len(sns.asked)
    genuine = asyncio.create_task(let_in(door, sns.message(TopicArn=there, SigningCertURL=url)))
    await asyncio.sleep(0.01)
    assert [it.url for it in sns.asked[asked:]] == [url]
    sns.gate.set()
    assert await genuine
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_is_kept_of_strangers_has_an_end(
    sns: FakeSns, door: SnsDoor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(certificates, "MOST_KEPT_OUT", 3)
    for number in range(6):
        url = CERTIFICATE.replace("0a0a0a0a", f"{number:08x}")
        await refused(door, sns.message(SigningCertURL=url))
    assert len(door.certificates._nowhere) == 3


@pytest.mark.parametrize(
    "trouble",
    [Response(status=500), Response(status=503), Response(status=429), Unreachable("cut off")],
)
async def test_if_sns_is_down_nobody_can_say(
    sns: FakeSns, door: SnsDoor, trouble: Response | Exception
):
    sns.answers[CERTIFICATE] = trouble
    delivery = sns.message()
    with pytest.raises(Unreachable):
        await door.learn(delivery)
    with pytest.raises(Unauthenticated):
        door.verify(delivery)
    del sns.answers[CERTIFICATE]
    await let_in(door, delivery)


async def test_nobody_waits_for_ever(sns: FakeSns, door: SnsDoor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(certificates, "SECONDS", 0.01)
    sns.gate = asyncio.Event()
    with pytest.raises(Unreachable):
        await door.learn(sns.message())


# Topics, time, and what is no message at all.


@pytest.mark.parametrize(
    "arn",
    [
        TOPIC + "2",
        TOPIC[:-1],
        TOPIC.replace("111122223333", "999922223333"),
        TOPIC.replace("eu-central-1", "us-east-1"),
        TOPIC.upper(),
        f"{TOPIC}:8e1ba1f5-subscription",
        "",
    ],
)
async def test_other_topics_do_not_count_though_sns_signed(sns: FakeSns, door: SnsDoor, arn: str):
    await refused(door, sns.message(TopicArn=arn))
    assert sns.asked == []


@pytest.mark.parametrize(
    "age", [timedelta(hours=1, seconds=5), timedelta(days=9), timedelta(minutes=-6)]
)
async def test_old_messages_and_early_ones_stay_outside(
    sns: FakeSns, door: SnsDoor, clock: FakeClock, age: timedelta
):
    at = clock() - age
    await refused(door, sns.message(Timestamp=f"{at:%Y-%m-%dT%H:%M:%S}.000Z"))
    assert sns.asked == []


@pytest.mark.parametrize("age", [timedelta(minutes=59), timedelta(minutes=-4)])
async def test_sns_may_try_for_an_hour_and_clocks_may_differ(
    sns: FakeSns, door: SnsDoor, clock: FakeClock, age: timedelta
):
    at = clock() - age
    await let_in(door, sns.message(Timestamp=f"{at:%Y-%m-%dT%H:%M:%S}.000Z"))


@pytest.mark.parametrize(
    "stamp", ["", "now", "2026-13-41T25:61:61Z", "2026-11-21T12:00:00", "2026-11-21T12:00:00+09:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "\uff12\uff10\uff12\uff16-11-21T12:00:00Z"]
)  # fmt: skip
async def test_a_moment_is_written_in_one_way(sns: FakeSns, door: SnsDoor, stamp: str):
    await refused(door, sns.message(Timestamp=stamp))


async def test_the_same_message_again_has_the_same_id(sns: FakeSns, door: SnsDoor):
    delivery = sns.message()
    assert await let_in(door, delivery) == await let_in(door, delivery)


BROKEN: list[bytes] = [
    b"", b"{}", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000,
    b'{"Type":"Notification","Type":"Notification"}', b"{" + b" " * LONGEST + b"}", b"1" * 5_000,
    json.dumps({"Type": "Notification"}).encode(), b'{"Message":"\\ud800"}',
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
async def test_what_is_no_message_is_refused_and_breaks_nothing(door: SnsDoor, body: bytes):
    await refused(door, Delivery(headers={}, body=body))


async def test_a_message_has_an_end(sns: FakeSns, door: SnsDoor):
    signed = sns.sign(sns.fields())
    await let_in(door, sns.delivery({**signed, "not signed": "x"}))
    await refused(door, sns.delivery({**signed, "not signed": "x" * LONGEST}))


# Subscribing.


async def test_a_subscription_is_confirmed_at_an_address_of_ours(sns: FakeSns, door: SnsDoor):
    evil = sns.message("SubscriptionConfirmation", SubscribeURL="https://evil.com/", Token="ab&c=d")
    await door.learn(evil)
    await door.confirm(door.verify(evil))
    arn = TOPIC.replace(":", "%3A")
    confirmed = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={arn}&Token=ab%26c%3Dd"
    assert [request.url for request in sns.asked] == [CERTIFICATE, confirmed]


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (404, True), (429, False), (500, False), (302, False)]
)
async def test_a_subscription_that_is_not_taken(
    sns: FakeSns, door: SnsDoor, status: int, final: bool
):
    delivery = sns.message("SubscriptionConfirmation")
    await door.learn(delivery)
    url = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC.replace(':', '%3A')}&Token=5a5b"
    sns.answers[url] = Response(status=status)
    with pytest.raises(Undelivered) as caught:
        await door.confirm(door.verify(delivery))
    assert caught.value.final is final
    assert "5a5b" not in str(caught.value)


@pytest.mark.parametrize("arn", ["", "approvals", "arn:aws:sqs:eu-central-1:111122223333:q", f"{TOPIC}.fifo", "arn:aws:sns:evil.com/x:111122223333:t", f"{TOPIC}\n", "arn:aws-iso:sns:us-iso-east-1:111122223333:t"])  # fmt: skip
def test_a_topic_is_an_arn(arn: Any):
    with pytest.raises(ValueError, match="ARN"):
        Topic(arn)
