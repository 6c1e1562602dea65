"""What does a JSON message say, if everybody is to read the same in it?

Two programs may differ over duplicate keys, huge numbers or broken text; here those are errors.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from itertools import accumulate
from json import JSONDecodeError
from typing import NoReturn

from bot.ports import Malformed

MAX_DEPTH = 20
MAX_INTEGER = 2**53 - 1  # beyond it JavaScript, and RFC 8785, round

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def decode(body: bytes) -> object:
    """The value that `body` spells. Raises Malformed, with a sentence that says what and where."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from error
    if _depth(text) > MAX_DEPTH:
        raise Malformed(f"nested more than {MAX_DEPTH} levels deep")
    try:
        value: object = _DECODER.decode(text)
    except JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"not JSON: {error.msg} at {where}") from error
    if _SURROGATE.search(text):
        _refuse_lone_surrogates(value)
    return value


def _depth(text: str) -> int:
    """How deep it nests, found without descending: the parser must not meet a hostile depth."""
    if "\\" in text:
        text = _ESCAPED.sub("", text)
    # With escapes gone, every second piece between quotes lies outside of strings.
    outside = "".join(text.split('"')[::2])
    marks = re.findall(r"[\[\]{}]", outside)
    return max(accumulate(map(_STEP.__getitem__, marks)), default=0)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise Malformed(f"the key {json.dumps(twice[:40])} appears twice in one object")
    return made


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise Malformed(f"the number {digits[:20]} is beyond ±(2^53 - 1)")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed(f"the number {digits[:20]} is too large")
    return number


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("a text holds half of a surrogate pair, which is no character") from error


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
)
