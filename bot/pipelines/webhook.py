"""How does any pipeline that can sign JSON ask for a signoff, and hear of the decision?

Both directions use one secret and Standard Webhooks headers, so a team without one of the named
adapters needs nothing but an HMAC library.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.addresses import matches_prefix
from bot.clock import Clock
from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.answers import judge
from bot.pipelines.problems import json_object, valid
from bot.pipelines.result import message
from bot.pipelines.signatures import sign_with_each, verify
from bot.pipelines.stated import StatedChange, StatedLanding
from bot.pipelines.stated_words import FORMATS
from bot.ports import (
    Delivery,
    Invalid,
    Landing,
    Problem,
    Request,
    Send,
    Sighting,
    Undelivered,
)

READY, PUSHED = "change.ready", "change.pushed"
DEPLOYED, FAILED = "change.deployed", "change.failed"
_SORTS = (READY, PUSHED, DEPLOYED, FAILED)
_ANY_SORT = f'must be "{READY}", "{PUSHED}", "{DEPLOYED}" or "{FAILED}"'

LONG_BODY = 64 * 1024
"""Bytes; a longer message is read in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPipeline:
    """Fulfils `bot.ports.Pipeline`.

    `secrets` are keys (`signatures.secret_key`), the newest first: any of them verifies, and each
    signs, as the receiver may know but one of them. Results go to addresses under `callback_prefix` only. Addresses of changes under
    `link_prefix` are vouched for, so that cards link to them. `stated` is the shape of `data`.
    """

    name: str
    secrets: tuple[bytes, ...] = field(repr=False)
    clock: Clock
    send: Send
    public_url: str
    callback_prefix: str = ""
    link_prefix: str = ""
    stated: type[StatedChange] = StatedChange

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError(f"connection {self.name} has no secret")

    @property
    def reopens(self) -> bool:
        return True

    @property
    def fetches(self) -> bool:
        return False

    def verify(self, delivery: Delivery) -> str:
        return verify(self.secrets, delivery.headers, delivery.body, self.clock())

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        if len(delivery.body) > LONG_BODY:
            return await asyncio.to_thread(self._read, delivery)
        return self._read(delivery)

    def read_data(self, data: object) -> Change:
        """The change that the `data` of a message states. Raises Invalid with every problem."""
        return self._state(data, pushed=False)

    def _read(self, delivery: Delivery) -> Change | Sighting | Landing:
        envelope = json_object(delivery.body)
        sort = envelope.get("type")
        if not isinstance(sort, str):
            raise Invalid(Problem("type", f'must be a text such as "{READY}"'))
        if sort not in _SORTS:
            raise Invalid(Problem("type", _ANY_SORT))
        if "data" not in envelope:
            raise Invalid(Problem("data", "is required"))
        data = envelope["data"]
        if sort in (DEPLOYED, FAILED):
            return self._landed(data, succeeded=sort == DEPLOYED)
        change = self._state(data, pushed=sort == PUSHED)
        return Sighting(change) if sort == PUSHED else change

    def _landed(self, data: object, *, succeeded: bool) -> Landing:
        stated = valid(StatedLanding, data, FORMATS, root="data")
        return Landing(
            connection=self.name,
            key=stated.key,
            succeeded=succeeded,
            detail=(stated.detail or "").strip(),
        )

    def _state(self, data: object, *, pushed: bool) -> Change:
        context = {"callback_prefix": self.callback_prefix, "pushed": pushed}
        stated = valid(self.stated, data, FORMATS, root="data", context=context)
        return stated.change(connection=self.name, link_prefix=self.link_prefix)

    async def report(self, signoff: Signoff) -> None:
        url = signoff.change.reply_to.get("callback_url", "")
        if not url:
            return
        # The config may have changed since this address was accepted.
        if not matches_prefix(url, self.callback_prefix):
            raise Undelivered(
                f"its callback_url is not under the callback_prefix of {self.name}", final=True
            )
        body, now = message(signoff, self.public_url), self.clock()
        signed = sign_with_each(self.secrets, f"msg_{signoff.id}_{signoff.status}", now, body)
        headers = {"content-type": "application/json", **signed}
        answer = await self.send(Request(method="POST", url=url, headers=headers, body=body))
        judge(answer, "the callback", now)
