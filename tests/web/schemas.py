"""Does a value fit a JSON Schema? As much of the language as our own description uses; the rest is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

SORTS: Mapping[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    "integer": int, "number": (int, float),
}  # fmt: skip
SAID = {"description", "example", "format"}
Document = Mapping[str, Any]


def misfits(value: Any, schema: Document, whole: Document, at: str = "$") -> Iterator[str]:
    """What is wrong, and where."""
    for word, said in schema.items():
        if word not in SAID:
            yield from _WORDS[word](value, said, schema, whole, at)


def _ref(value: Any, said: str, _: Document, whole: Document, at: str) -> Iterator[str]:
    found: Any = whole
    for step in said.removeprefix("#/").split("/"):
        found = found[step]
    yield from misfits(value, found, whole, at)


def _type(value: Any, said: Any, _: Document, __: Document, at: str) -> Iterator[str]:
    sorts = [said] if isinstance(said, str) else said
    fits = [it for it in sorts if isinstance(value, SORTS[it])]
    if not fits or (isinstance(value, bool) and "boolean" not in sorts):
        yield f"{at} is no {said}"


def _object(
    value: Any, said: Document, schema: Document, whole: Document, at: str
) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in said:
            yield from misfits(inner, said[key], whole, f"{at}.{key}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}.{key} is not known"


def _items(value: Any, said: Document, _: Document, whole: Document, at: str) -> Iterator[str]:
    for number, inner in enumerate(value if isinstance(value, list) else ()):
        yield from misfits(inner, said, whole, f"{at}[{number}]")


def _any(value: Any, said: Any, _: Document, whole: Document, at: str) -> Iterator[str]:
    if all(list(misfits(value, one, whole, at)) for one in said):
        yield f"{at} fits none of them"


def _when(sort: Any, fits: Any) -> Any:
    """What is said of values of one sort alone."""

    def check(value: Any, said: Any, _: Document, __: Document, at: str) -> Iterator[str]:
        if isinstance(value, sort) and not isinstance(value, bool) and not fits(value, said):
            yield f"{at} is not as {said!r} wants it"

    return check


_WORDS: Mapping[str, Any] = {
    "$ref": _ref,
    "type": _type,
    "properties": _object,
    "additionalProperties": lambda *_: (),
    "items": _items,
    "anyOf": _any,
    "required": _when(dict, lambda value, said: set(said) <= set(value)),
    "enum": _when(object, lambda value, said: value in said),
    "const": _when(object, lambda value, said: value == said),
    "pattern": _when(str, lambda value, said: re.search(said, value) is not None),
    "minLength": _when(str, lambda value, said: len(value) >= said),
    "maxLength": _when(str, lambda value, said: len(value) <= said),
    "minItems": _when(list, lambda value, said: len(value) >= said),
    "maxItems": _when(list, lambda value, said: len(value) <= said),
    "minimum": _when((int, float), lambda value, said: value >= said),
    "maximum": _when((int, float), lambda value, said: value <= said),
}
