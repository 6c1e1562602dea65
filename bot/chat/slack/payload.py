"""What stands in what Slack sent? Read without trusting it to have any shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]


def inner(body: Payload, *names: str) -> Payload:
    for name in names:
        body = as_object(body.get(name))
    return body


def as_object(value: object) -> Payload:
    return value if isinstance(value, dict) else {}


def objects(body: Payload, name: str) -> list[Payload]:
    value = body.get(name)
    return [as_object(one) for one in value] if isinstance(value, list) else []


def text(body: Payload, name: str) -> str:
    """Half a character cannot be stored, so it becomes a question mark."""
    value = body.get(name)
    whole = value if isinstance(value, str) else ""
    return whole.encode("utf-8", "replace").decode()
