"""Does a condition hold for every change, or for none? Then it says something else than meant.

This finds what somebody wrote by mistake, not every way to write it on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import PydanticCustomError

from bot.config.patterns import share
from bot.config.view import View
from bot.domain.change import Kind
from bot.domain.provenance import AiStatus
from bot.domain.risk import RiskTier

_EVERY: Mapping[str, frozenset[str]] = {
    "kind": frozenset(Kind),
    "ai": frozenset(AiStatus),
    "risk": frozenset(RiskTier),
}
_GLOBS = {"environment", "repository", "paths", "branch"}


def always(when: View) -> bool:
    """Whether nothing can keep it from holding."""
    if when.value is None:
        return True
    return isinstance(when.value, dict) and all(map(_always, when.entries().values()))


def never(when: View) -> bool:
    """Whether nothing can make it hold."""
    inner = when["any"].items()
    return (
        any(map(never, when["all"].items()))
        or (bool(inner) and all(map(never, inner)))
        or any(map(always, when["not"].items()))
    )


def _always(condition: View) -> bool:
    match condition.name:
        case "all":
            return all(map(always, condition.items()))
        case "any":
            return any(map(always, condition.items()))
        case "not":
            return all(map(never, condition.items()))
        case "sample":
            return _is_all(condition.value)
        case name if name in _GLOBS:
            return any(not set(text) - {"*", "/"} for text, _ in condition.texts())
        case name if name in _EVERY:
            return {text for text, _ in condition.texts()} >= _EVERY[name]
        case _:
            return False


def _is_all(sample: object) -> bool:
    try:
        return share(sample) == 10_000
    except PydanticCustomError:
        return False
