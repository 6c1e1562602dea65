"""What is left out of a change that is too long to be sent? The longest patches, and then lists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LARGEST = 5 << 20
"""Bytes of a body that the server reads."""

_LISTS = ("commits", "files", "codeowners")
"""Left out as a whole, in this order, if patches are not enough: a part of one is no list."""


class TooLong(Exception):
    """Nothing is left that may be left out."""


def body(data: Mapping[str, Any]) -> tuple[bytes, list[str]]:
    """The body to send, and a sentence for each kind of thing that had to be left out of it."""
    lighter, dropped = _without_patches(data)
    said = [f"the longest patches, {dropped} of them, are left out: those files count as not seen"]
    said = said if dropped else []
    for name in _LISTS:
        if _size(lighter) <= LARGEST:
            break
        if lighter.pop(name, None) is not None:
            said.append(f"the {name} are left out, so stricter rules apply: they are too long")
    if _size(lighter) > LARGEST:
        raise TooLong
    return _encoded(lighter), said


def decoded(body: bytes) -> Any:
    """What was put into a body."""
    return json.loads(body)


def _without_patches(data: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The longest go first; nobody changes what was given."""
    files = [dict(file) for file in data.get("files") or ()]
    lighter = {**data, "files": files} if files else dict(data)
    over, dropped = _size(data) - LARGEST, 0
    patched = [file for file in files if file.get("patch")]
    for file in sorted(patched, key=lambda file: -len(file["patch"])):
        if over <= 0:
            break
        over -= _size({"patch": file.pop("patch")}) - 1  # its braces, but not its comma
        dropped += 1
    return lighter, dropped


def _size(value: Mapping[str, Any]) -> int:
    return len(_encoded(value))


def _encoded(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")
