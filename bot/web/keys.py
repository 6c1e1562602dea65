"""With which keys is what we sign verified? `/api/v1/keys`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Keys:
    """`published` names them, the one that signs now first. With those of `webhook` nothing but
    callbacks is verified: whoever takes them for the others would let a callback vouch for a change.
    """

    published: Callable[[], Sequence[Mapping[str, str | None]]]
    webhook: Sequence[Mapping[str, str]] = ()

    async def get(self, _: web.Request) -> web.Response:
        """Public: that is what they are for."""
        return web.json_response({"keys": list(self.published()), "webhook": list(self.webhook)})
