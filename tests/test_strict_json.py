"""Whatever two programs might read differently is no message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import Malformed
from bot.strict_json import MAX_DEPTH, MAX_INTEGER, decode

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=12,
)


@given(value=VALUES, escape=st.booleans())
def test_what_was_written_is_what_is_read(value: object, escape: bool) -> None:
    assert decode(json.dumps(value, ensure_ascii=escape).encode()) == value


@given(body=st.binary() | st.text('[]{}":,\\u0d8 \n1eE-+.nultrfas').map(str.encode))
def test_any_bytes_are_a_value_or_malformed(body: bytes) -> None:
    try:
        value = decode(body)
    except Malformed:
        return
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("refused", "accepted", "why"),
    [
        (b'{"a": 1, "a": 1}', b'{"a": 1, "b": 1}', "twice"),
        (b'{"x": {"a": 1, "a": 2}}', b'{"x": {"a": 1}, "a": 2}', "twice"),
        (b'{"a": 1, "\\u0061": 2}', b'{"a": 1, "\\u0062": 2}', "twice"),
        (b"9007199254740992", b"9007199254740991", "beyond"),
        (b"-9007199254740992", b"-9007199254740991", "beyond"),
        (b"1" * 5000, b"1" * 15, "beyond"),
        (b"1e999", b"1e99", "too large"),
        (b"NaN", b"null", "not JSON"),
        (b"-Infinity", b"-1", "not JSON"),
        (b'"\\ud800"', b'"\\ud83d\\ude00"', "surrogate"),
        (b'{"\\udc00x": 1}', b'{"\\\\udc00x": 1}', "surrogate"),
        (b'"\xff"', b'"\xc3\xbf"', "UTF-8"),
        (b'"\xed\xa0\x80"', b'"\xed\x9f\xbf"', "UTF-8"),
        ('"a"'.encode("utf-16"), b'"a"', "UTF-8"),
        (b'\xef\xbb\xbf"a"', b'"\xef\xbb\xbfa"', "not JSON"),
        (b"1 2", b"1 ", "line 1, column 3"),
        (b'{"a": 1,\n "b": }', b'{"a": 1,\n "b": 2}', "line 2, column 7"),
        (b'"a\nb"', b'"a\\nb"', "control character"),
        (b"", b"0", "not JSON"),
    ],
)
def test_an_ambiguous_message_is_refused(refused: bytes, accepted: bytes, why: str) -> None:
    decode(accepted)
    with pytest.raises(Malformed, match=why):
        decode(refused)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_twenty_levels_are_read_and_one_more_is_refused() -> None:
    decode(nested(MAX_DEPTH))
    with pytest.raises(Malformed, match="20 levels"):
        decode(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "hostile", [b"[" * 200_000, b'{"a":' * 200_000, b'["\\"[",' + b"[" * 100_000]
)
def test_a_hostile_depth_is_refused_without_descending(hostile: bytes) -> None:
    with pytest.raises(Malformed, match="20 levels"):
        decode(hostile)


@pytest.mark.parametrize("inside", ["[" * 50, '\\"' + "{[" * 50, "\\\\" * 3, '\\\\\\"[' * 30])
def test_brackets_inside_a_text_are_no_levels(inside: str) -> None:
    assert decode(f'["{inside}"]'.encode()) == json.loads(f'["{inside}"]')


def test_a_sentence_never_repeats_a_long_key() -> None:
    key = "k" * 5000
    with pytest.raises(Malformed) as caught:
        decode(f'{{"{key}": 1, "{key}": 2}}'.encode())
    assert len(str(caught.value)) < 120
