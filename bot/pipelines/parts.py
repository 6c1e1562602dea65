"""What is an adapter made of? What the config says of its connection, and how we reach the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.pipelines.platform import Platform
from bot.ports import Send, WentOn


async def nothing_went_on(repository: str, environment: str) -> str:
    """For whoever has no engine to ask."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`url` is the platform's, without a slash at its end. `secrets` are values, called as in the config
    without `_env`, `former` those of before which still count; `words` and `lists` are the other keys of this kind that were given.
    """

    name: str
    url: str
    secrets: Mapping[str, str] = field(repr=False)
    former: Mapping[str, str] = field(repr=False, default_factory=dict)
    words: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    link_prefix: str
    public_url: str
    clock: Clock
    send: Send
    went_on: WentOn = nothing_went_on

    def proofs(self, called: str) -> tuple[str, ...]:
        """The secrets of this name with which the other side may prove itself, that of now first."""
        return tuple(it[called] for it in (self.secrets, self.former) if called in it)

    def keys(self, called: str) -> tuple[bytes, ...]:
        return tuple(it.encode() for it in self.proofs(called))

    def platform(self, name: str, headers: Mapping[str, str]) -> Platform:
        """Its HTTP API; `name` is for people, `headers` prove who we are."""
        return Platform(name=name, url=self.url, headers=headers, clock=self.clock, send=self.send)
