"""Amazon SNS as far as anybody outside can see it: signed messages, and where its certificate is.

sns = FakeSns(clock)
delivery = sns.notification("hello")
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from bot.ports import Delivery, Request, Response, Unreachable

TOPIC = "arn:aws:sns:eu-central-1:111122223333:approvals"
HOST = "sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"https://{HOST}/SimpleNotificationService-{'0a' * 16}.pem"

# As the reference has it, and not as our code has it.
_ORDER = {
    "Notification": "Message MessageId Subject Timestamp TopicArn Type",
    "SubscriptionConfirmation": "Message MessageId SubscribeURL Timestamp Token TopicArn Type",
    "UnsubscribeConfirmation": "Message MessageId SubscribeURL Timestamp Token TopicArn Type",
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303
    "2": hashes.SHA256(),
}


@cache
def sns_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Made once for all tests: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def a_certificate(
    now: datetime,
    *,
    name: str = "sns.amazonaws.com",
    begins: timedelta = timedelta(days=-30),
    ends: timedelta = timedelta(days=330),
    key: Any = None,
) -> bytes:
    key = key or sns_key()
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(names)
        .issuer_name(names)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def a_curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class FakeSns:
    """Fulfils Send for SNS's own host; whoever asks for another address is told off."""

    clock: Callable[[], datetime]
    answers: dict[str, Response | Exception] = field(default_factory=dict)
    """By address: instead of the right one."""
    asked: list[Request] = field(default_factory=list)
    gate: asyncio.Event | None = None
    pause: float = 0
    _numbers: Any = field(default_factory=lambda: count(1))

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        if self.gate:
            await self.gate.wait()
        if self.pause:
            await asyncio.sleep(self.pause)
        if said := self.answers.get(request.url):
            if isinstance(said, Exception):
                raise said
            return said
        if request.url == CERTIFICATE:
            return Response(status=200, body=a_certificate(self.clock()))
        if request.url.startswith(f"https://{HOST}/SimpleNotificationService-"):
            return Response(status=403, body=b"<Error/>")
        if request.url.startswith(f"https://{HOST}/?Action=ConfirmSubscription&"):
            return Response(status=200, body=b"<ConfirmSubscriptionResponse/>")
        raise Unreachable("nobody is there", sent=False)

    def fields(self, kind: str = "Notification", **more: Any) -> dict[str, Any]:
        """A message without its signature. `None` leaves a field out."""
        number = next(self._numbers)
        confirmation = {
            "SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription&Token=5a5b",
            "Token": "5a5b",
        }
        made = {
            "Type": kind,
            "MessageId": f"22b80b92-fdea-4c2c-8f9d-{number:012}",
            "TopicArn": TOPIC,
            "Message": "hello",
            "Timestamp": f"{self.clock():%Y-%m-%dT%H:%M:%S}.123Z",
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
            **({} if kind == "Notification" else confirmation),
            **more,
        }
        return {name: said for name, said in made.items() if said is not None}

    def sign(self, fields: dict[str, Any], key: rsa.RSAPrivateKey | None = None) -> dict[str, Any]:
        names = [name for name in _ORDER[fields["Type"]].split() if name in fields]
        signed = "".join(f"{name}\n{fields[name]}\n" for name in names).encode()
        algorithm = _HASHES[fields["SignatureVersion"]]
        signature = (key or sns_key()).sign(signed, padding.PKCS1v15(), algorithm)
        return {**fields, "Signature": base64.b64encode(signature).decode()}

    def delivery(self, signed: dict[str, Any]) -> Delivery:
        headers = {
            "content-type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": str(signed.get("Type")),
            "x-amz-sns-message-id": str(signed.get("MessageId")),
            "x-amz-sns-topic-arn": str(signed.get("TopicArn")),
        }
        return Delivery(headers=headers, body=json.dumps(signed).encode())

    def message(self, kind: str = "Notification", **more: Any) -> Delivery:
        return self.delivery(self.sign(self.fields(kind, **more)))
