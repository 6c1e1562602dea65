"""Who else hears of signoffs?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.config import shape_connections as shape
from bot.domain.effects import News


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """`events` are what it wants to hear, at `url`; `secret_env` names a variable."""

    name: str
    url: str
    secret_env: str
    events: frozenset[News]


def subscriber(name: str, written: shape.Subscriber) -> Subscriber:
    return Subscriber(
        name=name,
        url=written.url,
        secret_env=written.secret_env,
        events=frozenset(written.events),
    )
