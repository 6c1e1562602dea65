"""A real house on PostgreSQL, with a proxy before everything it talks to: what came of it all?"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy.exc import SQLAlchemyError

from bot import signing
from bot.demo.changes import REFUNDS, change
from bot.demo.company import AS_FAST_AS_YOU_PRESS
from bot.demo.scene import CHANNEL, OTHER_SENIOR, SENIOR, Scene, reading, staged
from bot.demo.screen import is_about
from bot.domain.signoff import Signoff
from bot.house import open_house
from bot.playground.courier import Answer
from bot.playground.things import Message
from storage.store import Session
from tests.clocks import QUICKLY
from tests.faults import records
from tests.faults.evidence import Evidence, Outage, Received
from tests.faults.judge import judge
from tests.faults.proxy import Faults, Proxy, a_proxy

HEALED_WITHIN = 10
"""Seconds after which everything has to be true again."""

PRESSED_AGAIN_AFTER = 0.05


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """`scene` is on the other side of the proxies. What CI was told that we have is kept here."""

    scene: Scene
    database: Proxy
    slack: Proxy
    pipeline: Proxy
    acknowledged: set[str] = field(default_factory=set)
    outages: list[Outage] = field(default_factory=list)
    _sent: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    async def announce(self, template: Mapping[str, Any] = REFUNDS, **facts: Any) -> str:
        """As CI does: the same message until it is taken; the signoff's id."""
        data = self._change(template, **facts)
        message_id = f"evt_{data['key'].replace('/', '_')}"
        while True:
            with suppress(aiohttp.ClientError):
                status, answer = await self.scene.announce(data, message_id)
                if status in (200, 202):
                    self.acknowledged.add(data["key"])
                    return str(answer["id"])
                assert status == 503, answer
            await asyncio.sleep(PRESSED_AGAIN_AFTER)

    async def signoff(self, signoff_id: str) -> Signoff:
        found = await self.scene.house.board.signoff(signoff_id)
        assert found is not None
        return found

    async def approve(self, signoff_id: str) -> Answer:
        """As people do: what did not work they press again, and what Slack had no answer to."""
        card = await self.scene.shown(signoff_id)
        while True:
            answer = await self.scene.press(SENIOR, card, "Approve")
            if answer.ok and await self._is_decided(signoff_id):
                return answer
            await asyncio.sleep(PRESSED_AGAIN_AFTER)

    async def ends_well(self, *signoff_ids: str, words: str = "was told to go on") -> None:
        """Nothing waits, every card is true, there is one at each place, and no law was broken."""
        await self._until(lambda: all(self._is_true(it, words) for it in signoff_ids))
        await self.settled()
        for signoff_id in signoff_ids:
            assert [len(cards) for cards in self._cards(signoff_id)].count(0) < 3
            assert all(len(cards) <= 1 for cards in self._cards(signoff_id)), signoff_id
        assert judge(await self.evidence()) == []
        assert await self.scene.house.board.broken() is None

    async def evidence(self, sweep: timedelta | None = None) -> Evidence:
        at = self.scene.clock()
        known = {"acknowledged": frozenset(self.acknowledged), "outages": self.outages}

        def unit(session: Session) -> Evidence:
            return records.read(session, self._received(), at, sweep=sweep, **known)

        return await self.scene.house.store.read(unit)

    def _change(self, template: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
        number = next(self._sent)
        data = {**change(template, number, ""), **facts}
        data["callback_url"] = self.scene.pipeline.callback_url(data["key"])
        self.scene.pipeline.start(data["key"], data["title"])
        return data

    async def _until(self, condition: Callable[[], bool]) -> None:
        await self.scene.slack.wait_for(condition, timeout=HEALED_WITHIN)

    async def _is_decided(self, signoff_id: str) -> bool:
        try:
            found = await self.scene.house.board.signoff(signoff_id)
        except SQLAlchemyError:
            return False
        return found is not None and found.status.is_final

    async def settled(self) -> None:
        """Nothing is to be told or shown any more."""
        async with asyncio.timeout(HEALED_WITHIN):
            while True:
                waiting = (await self.scene.house.board.backlog())["waiting"]
                wanting = (await self.scene.house.board.surfaces()).get("wanting", 0)
                if not waiting + wanting:
                    return
                await asyncio.sleep(PRESSED_AGAIN_AFTER)

    def _cards(self, signoff_id: str) -> list[list[Message]]:
        slack = self.scene.slack
        places = (slack.cards(CHANNEL), slack.messages_to(SENIOR), slack.messages_to(OTHER_SENIOR))
        return [[card for card in there if is_about(card, signoff_id)] for there in places]

    def _is_true(self, signoff_id: str, words: str) -> bool:
        cards = [card for there in self._cards(signoff_id) for card in there]
        return bool(self.scene.card(signoff_id)) and all(
            words in reading(card.blocks) for card in cards
        )

    def _received(self) -> list[Received]:
        """That it came before the decision would be seen by the trail: it has no time of its own."""
        return [
            Received(
                message_id=heard.id,
                signoff=heard.body["data"]["id"],
                status=heard.body["data"]["status"],
                digest=hashlib.sha256(json.dumps(heard.body).encode()).hexdigest(),
                at=self.scene.clock(),
                taken=heard.accepted,
            )
            for heard in self.scene.pipeline.heard
        ]


def healed(*proxies: Proxy) -> None:
    for proxy in proxies:
        proxy.suffer(Faults())


@asynccontextmanager
async def surrounded(folder: Path, database_url: str, **how: Any) -> AsyncIterator[Surroundings]:
    """The house is open, and reaches everything through a proxy. It goes by the database's clock;
    `how` is as for `staged`.
    """
    await asyncio.to_thread(signing.load_or_make, folder / "key.pem")
    async with AsyncExitStack() as stack:
        database = stack.enter_context(a_proxy(database_url))
        scene = await stack.enter_async_context(staged(folder, **{"patience": QUICKLY, **how}))
        slack = stack.enter_context(a_proxy(scene.slack.api_url))
        pipeline = stack.enter_context(a_proxy(scene.pipeline.callback_prefix))
        scene.pipeline._base = pipeline.url.removesuffix("/callback/")
        scene.environ = {
            **scene.environ,
            "DATABASE_URL": database.url,
            "SLACK_API_URL": slack.url,
            "COUNTERSIGN_SIGNING_KEY": str(folder / "key.pem"),
        }
        opening = open_house(scene.settings(), pace=AS_FAST_AS_YOU_PRESS, **scene.options)
        scene._house = house = await stack.enter_async_context(opening)
        scene.slack.connect(f"{house.url}/slack/events")
        stack.callback(healed, database, slack, pipeline)
        yield Surroundings(scene=scene, database=database, slack=slack, pipeline=pipeline)
