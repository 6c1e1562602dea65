"""What does the shape's refusal mean, in plain words? And what may editors expect?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from bot.config.mistakes import Path, shown
from bot.config.shape import File

Words = Callable[[ErrorDetails], str]
_SORT = re.compile(r"^(function-|literal\[|constrained-)|\w\[.+\]$")
Node = dict[str, Any]


def schema(model: type[BaseModel] = File) -> dict[str, Any]:
    """The JSON Schema of `countersign.yaml`, for editors."""
    body = model.model_json_schema(by_alias=True, schema_generator=_ForEditors)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body}


class _ForEditors(GenerateJsonSchema):
    """Without null, which we refuse, and without titles that only repeat the key."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        if isinstance(schema.get("default"), str | int | tuple):
            return super().default_schema(schema)
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def refusals(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    """Each thing the shape refused: where, and why."""
    for details in error.errors(include_url=False):
        if details["type"] == "too_short" and details["input"]:
            continue  # it only lost the items that are refused by themselves
        yield _path(details), _words(details, model)


def _words(details: ErrorDetails, model: type[BaseModel]) -> str:
    match details["type"]:
        case "extra_forbidden":
            *parents, key = details["loc"]
            return f"unknown key{closest(str(key), _keys(parents, model))}"
        case "union_tag_not_found":
            kinds = [kind for node in _nodes(details["loc"], model) for kind in _choices(node)]
            return f"needs a kind: {_alternatives(kinds)}"
        case other:
            words = _WORDS.get(other)
            return words(details) if words else details["msg"]


def closest(name: str, known: list[str]) -> str:
    """`; did you mean environment?`, or the few there are to choose from."""
    similar = get_close_matches(name, known, n=1, cutoff=0.6)
    if similar:
        return f"; did you mean {shown(similar[0])}?"
    return f"; there is {listed(known)}" if known else ""


def listed(names: list[str]) -> str:
    more = "" if len(names) <= _LISTED else f" and {len(names) - _LISTED} more"
    return ", ".join(shown(name) for name in names[:_LISTED]) + more


_LISTED = 12


def _path(details: ErrorDetails) -> Path:
    """Without what pydantic adds: the kind of a connection or a rota, and `[key]`."""
    # One of several sorts of a value: "function-before[…]", "literal['never']".
    loc = tuple(it for it in details["loc"] if not (isinstance(it, str) and _SORT.search(it)))
    if details["type"] == "union_tag_invalid":
        return (*loc, "kind")
    if loc[:1] in (("connections",), ("rotas",)) and len(loc) > 2:
        loc = (*loc[:2], *loc[3:])
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _keys(path: Iterable[int | str], model: type[BaseModel]) -> list[str]:
    return [name for node in _nodes(path, model) for name in node.get("properties", {})]


def _nodes(path: Iterable[int | str], model: type[BaseModel]) -> list[Node]:
    """The schemas for what stands at a path."""
    root = _known(model)
    nodes = [root]
    for step in path:
        nodes = [child for node in nodes for child in _below(node, step, root)]
    return nodes


@cache
def _known(model: type[BaseModel]) -> Node:
    return schema(model)


def _below(node: Node, step: int | str, root: Node) -> Iterator[Node]:
    """The kind of a connection is one of its choices."""
    choices = _choices(node)
    if step in choices:
        yield from _resolved(choices[str(step)], root)
        return
    inner = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    inner = inner or next(iter(node.get("patternProperties", {}).values()), None)
    if inner:
        yield from _resolved(inner, root)


def _choices(node: Node) -> Mapping[str, Node]:
    """By kind."""
    mapping = node.get("discriminator", {}).get("mapping", {})
    return {kind: {"$ref": ref} for kind, ref in mapping.items()}


def _resolved(node: Node, root: Node) -> Iterator[Node]:
    """Behind its reference, and each of its alternatives."""
    if name := str(node.get("$ref", "")).rpartition("/")[2]:
        yield from _resolved(root["$defs"][name], root)
        return
    yield node
    for alternative in node.get("anyOf", ()):
        yield from _resolved(alternative, root)


def _alternatives(words: list[str]) -> str:
    *before, last = words or [""]
    return f"{', '.join(before)} or {last}" if before else last


def _choice(details: ErrorDetails) -> str:
    known = [
        part.strip("' ") for part in _context(details, "expected").replace(" or ", ",").split(",")
    ]
    if known == ["True"]:
        return "must be true; leave it out otherwise"
    return (
        f"must be {' or '.join(known)}" if len(known) < 3 else f"must be one of {', '.join(known)}"
    )


def _kind(details: ErrorDetails) -> str:
    known = _context(details, "expected_tags").replace("'", "").split(", ")
    tag = _context(details, "tag")
    return f"no kind is called {shown(tag)}{closest(tag, known)}"


def _text(details: ErrorDetails) -> str:
    bare = isinstance(details["input"], int | float)
    return "must be text; put it in quotes" if bare else "must be text"


def _too_long(details: ErrorDetails) -> str:
    return f"must have at most {_context(details, 'max_length')} items"


def _context(details: ErrorDetails, key: str) -> str:
    return str(details.get("ctx", {}).get(key, ""))


def _plainly(message: str) -> Words:
    return lambda details: message


_MAPPING = _plainly("must be a mapping, as in `key: value`")
_LIST = _plainly("must be a list, as in [one, two]")
_WHOLE = _plainly("must be a whole number")
_WORDS: Mapping[str, Words] = {
    "missing": _plainly("is missing"),
    "string_type": _text,
    "string_unicode": _plainly("holds half a character"),
    "string_too_short": _plainly("must not be empty"),
    "string_too_long": lambda d: f"must be at most {_context(d, 'max_length')} characters long",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "greater_than_equal": lambda d: f"must be {_context(d, 'ge')} or more",
    "less_than_equal": lambda d: f"must be {_context(d, 'le')} or less",
    "bool_type": _plainly("must be true or false"),
    "literal_error": _choice,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dict_type": _MAPPING,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": _plainly("must not be empty"),
    "too_long": _too_long,
    "union_tag_invalid": _kind,
    "countersign": lambda details: details["msg"],
}
