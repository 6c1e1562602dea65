"""A callback that anybody can check, and that vouches for nothing else."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bot import checkpoint, signing
from bot.checkpoint import BadNote
from bot.clock import system_clock
from bot.pipelines.public_signatures import HEADER, message, public_key, signed_in_public
from bot.pipelines.result import message as callback
from bot.pipelines.signatures import secret_key, sign
from bot.ports import Request, Response
from tests.pipelines.signoffs import NOON, a_signoff

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BODY = b'{"type":"signoff.approved"}'


async def sent(headers: dict[str, str], body: bytes = BODY) -> Request:
    seen: list[Request] = []

    async def send(request: Request) -> Response:
        seen.append(request)
        return Response(status=204)

    request = Request(method="POST", url="https://ci.example/", headers=headers, body=body)
    assert (await signed_in_public(send, KEY.sign)(request)).status == 204
    return seen[0]


async def test_there_are_two_signatures_and_both_fit() -> None:
    request = await sent(sign(secret_key(SECRET), "msg_1", NOON, BODY))
    first, second = request.headers[HEADER].split(" ")
    assert first == sign(secret_key(SECRET), "msg_1", NOON, BODY)[HEADER]
    version, _, made = second.partition(",")
    assert version == "v1a"
    stamp = str(int(NOON.timestamp())).encode()
    KEY.public_key().verify(base64.b64decode(made, validate=True), b"msg_1." + stamp + b"." + BODY)


async def test_the_published_library_that_knows_only_v1_goes_on_working() -> None:
    request = await sent(sign(secret_key(SECRET), "msg_1", system_clock(), BODY))
    assert Webhook(SECRET).verify(BODY, dict(request.headers)) == {"type": "signoff.approved"}
    assert request.body == BODY


async def test_what_has_no_signature_gets_none() -> None:
    """What goes to a platform's own API, say."""
    assert (await sent({"content-type": "application/json"})).headers == {
        "content-type": "application/json"
    }


def test_the_key_is_spelt_as_receivers_want_it() -> None:
    raw = signing.raw(KEY.public_key())
    told = public_key(raw)
    assert base64.b64decode(told.removeprefix("whpk_"), validate=True) == raw


def test_openssl_agrees(tmp_path: Path) -> None:
    request = asyncio.run(sent(sign(secret_key(SECRET), "msg_1", NOON, BODY)))
    files = {
        "key.pem": signing.pem(KEY.public_key()).encode(),
        "said": b"msg_1.%d." % NOON.timestamp() + BODY,
        "made": base64.b64decode(request.headers[HEADER].rpartition(",")[2]),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in said -sigfile made"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0


# Can it be taken for something else that an Ed25519 key signs here?


@given(
    message_id=st.from_regex(r"[!-\-/-~]{1,256}", fullmatch=True) | st.just("DSSEv1"),
    stamp=st.integers(min_value=0, max_value=10**11),
    body=st.binary(max_size=200) | st.just(b"28 application/vnd.in-toto+json 2 {}"),
)
def test_no_message_is_what_an_envelope_signs(message_id: str, stamp: int, body: bytes) -> None:
    """An envelope's begins "DSSEv1 "; an id has no space, and all ids are looked at first."""
    headers = sign(secret_key(SECRET), message_id, datetime.fromtimestamp(stamp, UTC), body)
    request = Request(method="POST", url="", headers=headers, body=body)
    assert not message(request).startswith(b"DSSEv1 ")


@pytest.mark.parametrize("message_id", ["DSSEv1 28 application/vnd", "a b", "a.b", "a\nb", ""])
def test_an_id_that_could_pretend_is_never_signed(message_id: str) -> None:
    with pytest.raises(ValueError, match="without dots"):
        sign(secret_key(SECRET), message_id, NOON, BODY)


@pytest.mark.parametrize("reason", ["fine", "x\n4800\n" + "A" * 43 + "=\n"])
def test_no_message_of_ours_is_what_a_checkpoint_signs(reason: str) -> None:
    """A note has three lines; what we call back with is JSON in one, whatever people write."""
    body = callback(a_signoff(reason=reason), "https://sign.acme.example")
    headers = sign(secret_key(SECRET), "msg_sgn_1_approved", NOON, body)
    said = message(Request(method="POST", url="", headers=headers, body=body)).decode()
    assert "\n" not in said
    with pytest.raises(BadNote):
        checkpoint.read(f"{said}\n— x AAAAAAAAAAA=\n")
