"""What names a value, so that equal ones have the same name in every process, and others another?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from functools import lru_cache


def digest_of(value: object) -> str:
    """Over all that is in it; dataclasses count as mappings of what they were made of."""
    return sha256(json.dumps(plain(value), sort_keys=True, separators=(",", ":")))


def sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def plain(value: object) -> object:
    """As JSON has it; without what a dataclass works out for itself."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case timedelta():
            return int(value.total_seconds())
        case time() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(it) for key, it in value.items()}
        case frozenset():
            return _sorted(value)
        case tuple() | list():
            return [plain(it) for it in value]
        case _:
            return _parts(value)


@lru_cache(maxsize=256)
def _sorted(values: frozenset[object]) -> list[object]:
    """Many people share a calendar with hundreds of days in it."""
    return sorted((plain(it) for it in values), key=repr)


def _parts(value: object) -> object:
    if not is_dataclass(value):
        raise TypeError(f"no canonical form for {type(value)}")
    return {it.name: plain(getattr(value, it.name)) for it in fields(value) if it.init}
