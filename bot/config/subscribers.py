"""Who else hears of signoffs?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.config import shape_connections as shape
from bot.config.shape_former import former_names
from bot.domain.effects import News


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """`events` are what it wants to hear, at `url`; `secret_env` names a variable, `former` the one of
    before.
    """

    name: str
    url: str
    secret_env: str
    events: frozenset[News]
    former: Mapping[str, str] = field(default_factory=dict)


def subscriber(name: str, written: shape.Subscriber) -> Subscriber:
    return Subscriber(
        name=name,
        url=written.url,
        secret_env=written.secret_env,
        events=frozenset(written.events),
        former=former_names(written),
    )
