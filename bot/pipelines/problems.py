"""What is wrong with a message, in words for the person who has to mend it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.ports import Invalid, Malformed, Problem
from bot.strict_json import decode

Shape = TypeVar("Shape", bound=BaseModel)

MOST = 100  # a list of 5,000 bad files is explained well enough by the first hundred
LONGEST_ECHO = 80

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
_UNPRINTABLE = re.compile(r"[^ -~]")

_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "is not a field we know; is it a typing error?",
    "string_type": lambda _: "must be a text",
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "string_too_short": lambda _: "must not be empty",
    "int_type": lambda _: "must be a whole number",
    "greater_than_equal": lambda c: f"must be at least {c['ge']}",
    "less_than_equal": lambda c: f"must be at most {c['le']}",
    "bool_type": lambda _: "must be true or false",
    "list_type": lambda _: "must be a list",
    "too_long": lambda c: (
        f"must have at most {c['max_length']} entries; leave it out if there are more"
    ),
    "model_type": lambda _: "must be an object",
    "literal_error": lambda c: f"must be {c['expected']}",
}


def json_object(body: bytes) -> dict[str, Any]:
    """What a delivery says. Raises Malformed."""
    said = decode(body)
    if not isinstance(said, dict):
        raise Malformed("a message must be a JSON object, sent as application/json")
    return said


def valid(
    model: type[Shape],
    said: object,
    formats: Mapping[str, str],
    *,
    root: str = "",
    context: Mapping[str, Any] | None = None,
) -> Shape:
    """What came to us, in the shape that we know. Raises Invalid, as `invalid` says."""
    try:
        return model.model_validate(said, context=context)
    except ValidationError as error:
        raise invalid(error, root=root, formats=formats) from error


def invalid(error: ValidationError, *, root: str, formats: Mapping[str, str]) -> Invalid:
    """Every problem at once. `root` is what was validated ("data"); `formats` has a sentence for
    each pattern of the model."""
    # Without input: it came from outside, and it may be large or secret.
    found = error.errors(include_url=False, include_input=False)
    problems = [
        Problem(path(root, e["loc"]), _sentence(e["type"], e.get("ctx", {}), formats))
        for e in found[:MOST]
    ]
    if len(found) > MOST:
        problems.append(Problem(root, f"has {len(found) - MOST} more problems"))
    return Invalid(*problems)


def path(root: str, loc: Iterable[int | str]) -> str:
    """Where something stands, "data.files[3].path"; keys from outside are made printable."""
    steps = (f"[{key}]" if isinstance(key, int) else _dotted(key) for key in loc)
    return (root + "".join(steps)).removeprefix(".")


def _dotted(key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    shown = _UNPRINTABLE.sub("?", key.replace('"', "?"))
    return f'."{shown if len(shown) <= LONGEST_ECHO else shown[: LONGEST_ECHO - 3] + "..."}"'


def _sentence(kind: str, context: Mapping[str, Any], formats: Mapping[str, str]) -> str:
    if kind == "string_pattern_mismatch":
        return formats[context["pattern"]]
    if kind == "value_error":
        return str(context["error"])
    known = _SENTENCES.get(kind)
    return known(context) if known else "is not valid"
