"""What do the flags of `countersign request` say of a change? They stand over what else is known."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.agent import plans
from bot.cli.places import Unclear

LARGEST = 256 << 20
"""Bytes of a plan that are read; of it only a small part is sent."""

_PLAIN = {
    "key": "key",
    "environment": "environment",
    "title": "title",
    "description": "description",
    "repository": "repository",
    "revision": "revision",
    "kind": "kind",
    "artifact_digest": "artifact_digest",
    "callback_url": "callback_url",
}
"""A flag, and the field that it gives."""


def over(arguments: argparse.Namespace, data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with what the flags say; a revision that git resolved stays so. Raises Unclear."""
    said = {field: getattr(arguments, flag) for flag, field in _PLAIN.items()}
    if not arguments.data:
        del said["revision"]
    told = {**data, **{field: value for field, value in said.items() if value}}
    if arguments.base and "base_revision" not in told:
        told |= _base(arguments)
    if arguments.label:
        told["labels"] = list(dict.fromkeys([*told.get("labels", []), *arguments.label]))
    if arguments.gate:
        told["gate"] = {**told.get("gate", {}), **dict(arguments.gate)}
    if ai := _ai(arguments):
        told["ai"] = {**told.get("ai", {}), **ai}
    if arguments.plan:
        told["plan"] = _plan(arguments.plan)
    return told


def data(file: str) -> dict[str, Any]:
    """What `--data` holds. Raises Unclear."""
    said = _json(file, "--data")
    if not isinstance(said, dict):
        raise Unclear("--data must hold an object, the `data` of a change")
    return said


def _base(arguments: argparse.Namespace) -> dict[str, Any]:
    """With `--data` nobody asks git what is meant: it is sent as it is said."""
    return {"base_revision": arguments.base} if arguments.data else {}


def _ai(arguments: argparse.Namespace) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if arguments.ai:
        said["assisted"] = arguments.ai == "yes"
    if arguments.ai_tool:
        said["tools"] = list(arguments.ai_tool)
    if arguments.rationale:
        said["rationale"] = arguments.rationale
    return said


def _plan(file: str) -> dict[str, Any]:
    found = plans.small(_json(file, "--plan"))
    if found is None:
        raise Unclear("--plan must be what `terraform show -json` says of a plan")
    return found


def _json(file: str, flag: str) -> object:
    try:
        raw = sys.stdin.buffer.read(LARGEST + 1) if file == "-" else _read(Path(file))
    except OSError as error:
        raise Unclear(f"{flag}: {error.strerror or 'cannot be read'}") from None
    if len(raw) > LARGEST:
        raise Unclear(f"{flag}: is larger than {LARGEST >> 20} MiB")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Unclear(f"{flag}: is no JSON") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
