"""A message counts only if somebody with our secret sent it, unchanged, just now."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bot.pipelines.signatures import secret_key, sign, verify, verify_hex, verify_secret
from bot.ports import Unauthenticated
from tests.pipelines.signoffs import NOON

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = secret_key(SECRET)
OTHER = b"o" * 32
BODY = b'{"test": 2432232314}'


def signed(**headers: str) -> dict[str, str]:
    return sign(KEY, "msg_1", NOON, BODY) | headers


def test_the_published_example_comes_out() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, BODY)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(
    key=st.binary(min_size=24, max_size=64),
    body=st.text(st.characters(codec="utf-8")),
    message_id=st.from_regex(r"msg_[A-Za-z0-9]{1,40}", fullmatch=True),
)
def test_the_published_library_agrees(key: bytes, body: str, message_id: str) -> None:
    library = Webhook("whsec_" + base64.b64encode(key).decode())
    ours = sign(key, message_id, NOON, body.encode())
    assert ours["webhook-signature"] == library.sign(message_id, NOON, body)
    assert verify((key,), ours, body.encode(), NOON) == message_id


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert sign(KEY, "msg_1", elsewhere, BODY) == signed()


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_five_minutes_either_way_are_fresh(seconds: int) -> None:
    assert verify((KEY,), signed(), BODY, NOON + timedelta(seconds=seconds)) == "msg_1"


@pytest.mark.parametrize("seconds", [-301, 301, 10**8])
def test_an_older_or_later_message_is_refused(seconds: int) -> None:
    with pytest.raises(Unauthenticated, match="old"):
        verify((KEY,), signed(), BODY, NOON + timedelta(seconds=seconds))


def test_during_a_rotation_either_secret_will_do() -> None:
    assert verify((OTHER, KEY), signed(), BODY, NOON) == "msg_1"
    assert verify((KEY, OTHER), signed(), BODY, NOON) == "msg_1"
    with pytest.raises(Unauthenticated, match="match"):
        verify((OTHER,), signed(), BODY, NOON)


def test_one_good_signature_among_several_is_enough() -> None:
    good = signed()["webhook-signature"]
    headers = signed(**{"webhook-signature": f"v1a,xyz v1,AAAA {good} v2,zzz"})
    assert verify((KEY,), headers, BODY, NOON) == "msg_1"


@pytest.mark.parametrize("keys", [(), (b"",)])
def test_without_a_secret_nobody_is_authentic(keys: tuple[bytes, ...]) -> None:
    headers = sign(b"", "msg_1", NOON, BODY)
    with pytest.raises(Unauthenticated, match="match"):
        verify(keys, headers, BODY, NOON)


def test_another_body_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="match"):
        verify((KEY,), signed(), BODY + b" ", NOON)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", ""),
        ("webhook-id", "msg_2"),
        ("webhook-id", "msg 1"),
        ("webhook-id", "msg.1"),
        ("webhook-id", "msg_1\n"),
        ("webhook-id", "m" * 257),
        ("webhook-id", "msgü"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "123.7"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", " 1795262400"),
        ("webhook-timestamp", "१७९५२६२४००"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-timestamp", "1795262401"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,ü"),
        ("webhook-signature", "v1,\udcff"),
        ("webhook-signature", "v2," + "A" * 44),
    ],
)
@pytest.mark.trap(24)
def test_one_broken_header_is_enough_to_be_refused(header: str, value: str) -> None:
    assert verify((KEY,), signed(), BODY, NOON)
    with pytest.raises(Unauthenticated):
        verify((KEY,), signed(**{header: value}), BODY, NOON)


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
        st.text() | st.just("1795262400") | st.just("msg_1"),
    )
)
@pytest.mark.trap(24)
def test_whatever_the_headers_hold_it_is_refused_properly(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        verify((KEY,), headers, BODY, NOON)


def test_the_bounds_of_id_and_body_cannot_be_moved() -> None:
    with pytest.raises(ValueError, match="without dots"):
        sign(KEY, "msg_1.1795262400", NOON, BODY)


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        (SECRET.removeprefix("whsec_"), "begin with whsec_"),
        ("whsec_" + "hush!" * 9, "base64"),
        ("whsec_ünü", "base64"),
        ("whsec_" + base64.b64encode(b"k" * 23).decode(), "24 to 64"),
        ("whsec_" + base64.b64encode(b"k" * 65).decode(), "24 to 64"),
        ("whsec_", "24 to 64"),
    ],
)
def test_a_secret_in_another_form_is_refused_and_not_repeated(secret: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        secret_key(secret)
    assert "hush" not in str(caught.value)


# And the simpler ways?


def in_hex(key: bytes, body: bytes = BODY, digest: str = "sha256") -> str:
    return hmac.digest(key, body, digest).hex()


def test_any_of_our_keys_proves_a_body() -> None:
    verify_hex([OTHER, KEY], BODY, "x-proof", in_hex(KEY))
    verify_hex([KEY], BODY, "x-proof", f"sha256={in_hex(KEY)}", prefix="sha256=")
    verify_hex([KEY], BODY, "x-proof", in_hex(KEY, digest="sha512"), digest="sha512")
    verify_secret(["gehören".encode()], "x-proof", "gehören")


@pytest.mark.parametrize(
    "offered",
    [
        "",
        "sha256=",
        in_hex(KEY),
        f"sha256={in_hex(KEY).upper()}",
        f"sha256={in_hex(KEY)[:-1]}",
        f"sha256={in_hex(KEY)}0",
        f"sha256={in_hex(KEY)} ",
        f"sha256=sha256={in_hex(KEY)}",
        f"sha256={in_hex(KEY, b'another')}",
        f"sha256={in_hex(OTHER)}",
        f"sha256={in_hex(b'')}",
        f"sha256={in_hex(KEY, digest='sha512')}",
        "sha256=" + "\u0663" * 64,
        "ä\udcff",
    ],
)
@pytest.mark.parametrize("keys", [[KEY], [b"", KEY], [b""], []])
def test_anything_else_proves_nothing(keys: list[bytes], offered: str) -> None:
    with pytest.raises(Unauthenticated, match="x-proof is missing or does not match"):
        verify_hex(keys, BODY, "x-proof", offered, prefix="sha256=")


@pytest.mark.parametrize("secret", ["", "hush?"])
@pytest.mark.parametrize("offered", ["", "hush", "hush? ", "HUSH?", "hush\udcff", "ä\udcff"])
def test_nothing_but_the_secret_is_the_secret(secret: str, offered: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify_secret([secret.encode()], "x-proof", offered)
    assert "hush" not in str(refused.value)
