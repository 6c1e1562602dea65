"""Did Amazon SNS send this message, lately, unchanged, and on a topic that counts?

Signed are not the bytes but certain fields of the body, with a key whose certificate SNS names.
(Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages")
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from bot.clock import Clock
from bot.pipelines.answers import succeeded
from bot.pipelines.codepipeline.certificates import Certificates
from bot.ports import Delivery, Malformed, Request, Send, Unauthenticated, Undelivered
from bot.strict_json import decode

NOTIFICATION = "Notification"
SUBSCRIBE, UNSUBSCRIBE = "SubscriptionConfirmation", "UnsubscribeConfirmation"

OLDEST, EARLIEST = timedelta(hours=1), timedelta(minutes=5)
LONGEST = 512 * 1024
"""Bytes of a body: SNS takes messages of 256 KiB."""

_ARN = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]):"
    r"[0-9]{12}:[A-Za-z0-9_-]{1,256}"
)
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")

_OF_A_CONFIRMATION = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIBE: _OF_A_CONFIRMATION,
    UNSUBSCRIBE: _OF_A_CONFIRMATION,
}
# Version 1 is what SNS signs with unless the topic's owner chose 2. Nobody has found a second text
# to a given SHA-1, which is what a forger would need.
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303
    "2": hashes.SHA256(),
}

# What is signed shows no lengths: of texts with several lines in it, there must be but one.
_Line = Annotated[str, StringConstraints(max_length=4_000, pattern=r"^[^\n]*$")]


@dataclass(frozen=True, slots=True)
class Topic:
    """Raises ValueError for what is no ARN of a topic in a part of AWS that we know."""

    arn: str

    def __post_init__(self) -> None:
        if not _ARN.fullmatch(self.arn):
            raise ValueError("must be the ARN of an SNS topic")

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def suffix(self) -> str:
        """Of the names of all hosts there."""
        china = self.arn.split(":")[1] == "aws-cn"
        return "amazonaws.com.cn" if china else "amazonaws.com"

    @property
    def host(self) -> str:
        """The one host that speaks for this topic."""
        return f"sns.{self.region}.{self.suffix}"

    @property
    def signers(self) -> frozenset[str]:
        """Names that the certificate there may be made out to."""
        region = "us-gov-west-1" if self.region.startswith("us-gov-") else self.region
        names = (f"sns.{self.region}", f"sns-{region}", f"sns-signing.{self.region}", "sns")
        return frozenset(f"{name}.{self.suffix}" for name in names)


class SnsMessage(BaseModel):
    """The body of a delivery; what more there is of it is not signed, and not looked at."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    Type: str
    MessageId: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]
    TopicArn: str
    Message: str
    Timestamp: str
    SignatureVersion: str
    Signature: Annotated[str, StringConstraints(max_length=2_000)]
    SigningCertURL: Annotated[str, StringConstraints(max_length=500)]
    Subject: _Line | None = None
    SubscribeURL: _Line | None = None
    Token: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,2000}$")] | None = None

    @property
    def sent_at(self) -> datetime:
        """Raises ValueError."""
        if not _STAMP.fullmatch(self.Timestamp):
            raise ValueError("is no moment")
        return datetime.fromisoformat(self.Timestamp)

    def signed(self) -> bytes:
        """What the signature is about. Raises Unauthenticated if a field of it is missing."""
        fields = {name: getattr(self, name) for name in _SIGNED[self.Type]}
        if fields.get("Subject", "") is None:
            del fields["Subject"]
        if None in fields.values():
            raise Unauthenticated(f"a {self.Type} without one of its fields")
        return "".join(f"{name}\n{said}\n" for name, said in fields.items()).encode()


def opened(delivery: Delivery) -> SnsMessage:
    """What the body says, nothing of it believed. Raises Malformed."""
    if len(delivery.body) > LONGEST:
        raise Malformed("longer than any message of SNS")
    try:
        return SnsMessage.model_validate(decode(delivery.body))
    except ValidationError as error:
        raise Malformed("not a message as SNS sends it") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsDoor:
    """Lets in what SNS signed of these topics. Whatever else comes costs nobody a request."""

    topics: Mapping[str, Topic]
    certificates: Certificates
    clock: Clock
    send: Send

    def topic(self, message: SnsMessage) -> Topic:
        """Raises Unauthenticated."""
        if message.TopicArn not in self.topics:
            raise Unauthenticated("a topic that is not configured")
        return self.topics[message.TopicArn]

    async def learn(self, delivery: Delivery) -> None:
        """Fetch the certificate this message names, unless it is known: from its topic's own host, and
        only if all else is as it should be. Raises Unauthenticated or Unreachable."""
        message = self._judged(delivery)
        await self.certificates.learn(message.SigningCertURL, self.topic(message).signers)

    def verify(self, delivery: Delivery) -> SnsMessage:
        """Raises Unauthenticated, and nothing else whatever was sent."""
        message = self._judged(delivery)
        key = self.certificates.key(message.SigningCertURL, self.topic(message).signers)
        algorithm = _HASHES[message.SignatureVersion]
        try:
            key.verify(_signature(message), message.signed(), PKCS1v15(), algorithm)
        except InvalidSignature:
            raise Unauthenticated("the signature does not match") from None
        return message

    async def confirm(self, message: SnsMessage) -> None:
        """Tell SNS that we want what the topic says; at an address of ours, not at the one it sent."""
        topic = self.topic(message)
        asked = {
            "Action": "ConfirmSubscription",
            "TopicArn": topic.arn,
            "Token": message.Token or "",
        }
        url = f"https://{topic.host}/?{urlencode(asked)}"
        answer = await self.send(Request(method="GET", url=url))
        if not succeeded(answer.status):
            final = 400 <= answer.status < 500 and answer.status != 429
            raise Undelivered(f"SNS answered {answer.status} to our subscription", final=final)

    def _judged(self, delivery: Delivery) -> SnsMessage:
        """All that can be judged without a key."""
        try:
            message = opened(delivery)
        except Malformed as error:
            raise Unauthenticated(str(error)) from error
        topic = self.topic(message)
        if message.Type not in _SIGNED or message.SignatureVersion not in _HASHES:
            raise Unauthenticated("a type or a signature version that SNS does not have")
        start = f"https://{topic.host}"
        url = message.SigningCertURL
        if not url.startswith(start) or not _CERTIFICATE.fullmatch(url.removeprefix(start)):
            raise Unauthenticated("its certificate is not at its topic's own SNS")
        self._judge_age(message)
        _signature(message)
        message.signed()
        return message

    def _judge_age(self, message: SnsMessage) -> None:
        try:
            age = self.clock() - message.sent_at
        except (ValueError, OverflowError):
            raise Unauthenticated("its timestamp is no moment") from None
        if not -EARLIEST <= age <= OLDEST:
            raise Unauthenticated(f"it is {age.total_seconds():.0f} s old")


def _signature(message: SnsMessage) -> bytes:
    try:
        return base64.b64decode(message.Signature.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Unauthenticated("the signature is not base64") from None
