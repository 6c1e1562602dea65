"""`kill -9` after every commit and before every delivery: nothing is lost, nothing said twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.demo.changes import CANARY, REFUNDS, change
from bot.demo.scene import AT_ONCE, CHANNEL, SENIOR, Scene, reading, staged
from bot.domain.events import Reviewed
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff
from bot.engine.board import Board
from bot.parts import rulebook
from bot.playground.faults import Fault
from bot.playground.things import Message
from bot.signing import verify
from storage.store import Store
from tests.engine.house import a_board
from tests.faults.supervisor import Death, Supervisor, a_nursery, supervised

ONE_SENIOR = AT_ONCE.replace("members: [ada, grace]", "members: [ada]")
IN_A_SECOND = ONE_SENIOR.replace(
    "instant: {remind: [1s], escalate: 2s, expire: 3s, escalate_to: [platform]}",
    "instant: {remind: [], escalate: never, expire: 1s}",
)
LANES = 2
"""Houses at once: one for each core of a small machine."""

Nurseries = tuple[Process, ...]

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a story ends: the status, the run's state, and what every card says."""

    status: str
    state: str
    words: str


APPROVED = Ending(status="approved", state="deployed", words="was told to go on")
EXPIRED = Ending(status="expired", state="stopped", words="was told to stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A change on its way to an ending, whatever happens to the house meanwhile."""

    scene: Scene
    house: Supervisor
    ending: Ending

    async def announce(self, template: Any) -> str:
        """As CI does: the same message until it is answered."""
        data = change(template, 1, "")
        data["callback_url"] = self.scene.pipeline.callback_url(data["key"])
        self.scene.pipeline.start(data["key"], data["title"])
        life = 0
        while True:
            life = await self.house.life(after=life)
            with suppress(aiohttp.ClientError):
                status, answer = await self.scene.announce(data, "evt_1")
                assert status in (200, 202), answer
                return str(answer["id"])

    async def approve(self, card: Message) -> None:
        """As people do: Slack says that it did not work, so they press the button again."""
        life = 0
        while True:
            life = await self.house.life(after=life)
            answer = await self.scene.press(SENIOR, card, "Approve")
            if answer.ok:
                return

    async def quiet(self) -> None:
        """Once the pipeline knows, and nothing waits in the outbox, and the house is open."""
        await self.scene.slack.wait_for(
            lambda: self._state() == self.ending.state and not _waiting(self.scene.folder),
            timeout=15,
        )
        await self.house.life()

    async def nothing_hangs_twice(self) -> None:
        """One card at each place, whoever died over posting it; and each is true."""
        await self.scene.slack.wait_for(self._all_true)
        assert len(self.scene.slack.cards(CHANNEL)) == 1
        assert len(self.scene.slack.messages_to(SENIOR)) <= 1

    def cards(self) -> list[Message]:
        return [*self.scene.slack.cards(CHANNEL), *self.scene.slack.messages_to(SENIOR)]

    def check_pipeline(self, signoff_id: str) -> None:
        """Told at least once, and never anything else."""
        assert self._state() == self.ending.state
        accepted = [heard for heard in self.scene.pipeline.heard if heard.accepted]
        assert {heard.id for heard in accepted} == {f"msg_{signoff_id}_{self.ending.status}"}
        assert len({json.dumps(heard.body) for heard in accepted}) == 1
        assert len(accepted) == len(self.scene.pipeline.heard)

    async def check_evidence(self, signoff_id: str, reviews: int) -> None:
        """What the stopped house left behind tells one true story."""
        async with _left_behind(self.scene) as board:
            [signoff] = await board.recent()
            opened, *later = await board.trail(signoff_id)
            assert replay(opened, later) == signoff
            assert await board.broken() is None
            assert await board.backlog() == {"waiting": 0, "parked": 0, "unread": 0}
            self._check_signoff(signoff, signoff_id, reviews)
            assert sum(isinstance(event, Reviewed) for event in later) == reviews
            statement = verify(await board.attestation(signoff_id), self.scene.public_key())
            assert statement["predicate"]["status"] == self.ending.status
            assert statement["subject"][0]["digest"]["gitCommit"] == signoff.change.revision

    def _check_signoff(self, signoff: Signoff, signoff_id: str, reviews: int) -> None:
        assert (signoff.id, signoff.status) == (signoff_id, self.ending.status)
        assert len(signoff.reviews) == reviews
        assert signoff.report is not None
        assert signoff.report.accepted

    def _all_true(self) -> bool:
        said = [reading(card.blocks) for card in self.cards()]
        return all(self.ending.words in words and "Approve " not in words for words in said)

    def _state(self) -> str:
        [run] = self.scene.pipeline.runs.values()
        return run.state


async def a_senior_approves(story: Story) -> None:
    signoff_id = await story.announce(REFUNDS)
    await story.approve(await story.scene.shown(signoff_id))


async def nobody_answers(story: Story) -> None:
    await story.announce(CANARY)


async def an_answer_of_slack_is_lost(story: Story) -> None:
    """It dies when Slack has hung up both cards, and has not yet said so."""
    story.scene.slack.fail("chat.postMessage", Fault.HANG(60), times=None)
    signoff_id = await story.announce(REFUNDS)
    await story.scene.slack.wait_for(lambda: len(story.cards()) == 2)
    story.house.kill()
    story.scene.slack.heal()
    await story.approve(await story.scene.shown(signoff_id))


async def an_answer_of_the_pipeline_is_lost(story: Story) -> None:
    """It dies when the pipeline has taken its message, and has not yet said so."""
    pipeline = story.scene.pipeline

    def at_once() -> None:
        if len(pipeline.heard) == 1:
            story.house.kill()

    pipeline.on_change = at_once
    await a_senior_approves(story)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What happens, by which config, and how it has to end after how many reviews."""

    play: Callable[[Story], Awaitable[None]]
    config: str = ONE_SENIOR
    ending: Ending = APPROVED
    reviews: int = 1


APPROVAL = Plot(play=a_senior_approves)
EXPIRY = Plot(play=nobody_answers, config=IN_A_SECOND, ending=EXPIRED, reviews=0)


async def _survives(folder: Path, plot: Plot, nursery: Process, *deaths: Death) -> Story:
    """Play it in a house that dies so, and check everything that may never be otherwise."""
    await asyncio.to_thread(folder.mkdir)
    async with staged(folder, config=plot.config) as scene:
        async with supervised(scene, nursery, deaths) as house:
            story = Story(scene=scene, house=house, ending=plot.ending)
            await plot.play(story)
            await story.quiet()
            await story.nothing_hangs_twice()
        [signoff_id] = {heard.body["data"]["id"] for heard in scene.pipeline.heard}
        story.check_pipeline(signoff_id)
        await story.check_evidence(signoff_id, plot.reviews)
    return story


async def _survives_every(folder: Path, plot: Plot, moment: str, nurseries: Nurseries) -> int:
    """Die at the first such moment, the second and so on, until there are no more; how many."""
    for first in count(1, LANES):
        async with asyncio.TaskGroup() as lanes:
            stories = [
                lanes.create_task(_survives(folder / str(n), plot, nursery, {moment: n}))
                for n, nursery in enumerate(nurseries, first)
            ]
        if not any(story.result().house.deaths for story in stories):
            return first - 1
    raise AssertionError


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nurseries() -> AsyncIterator[Nurseries]:
    """One for each lane, for all the tests: it takes longer to be ready than a life lasts."""
    async with AsyncExitStack() as stack:
        begun = (stack.enter_async_context(a_nursery()) for _ in range(LANES))
        yield tuple(await asyncio.gather(*begun))


@pytest.mark.parametrize("plot", [APPROVAL, EXPIRY], ids=["approval", "expiry"])
async def test_after_every_commit(tmp_path: Path, plot: Plot, nurseries: Nurseries):
    assert await _survives_every(tmp_path, plot, "after_commit", nurseries) >= 12


@pytest.mark.parametrize("plot", [APPROVAL, EXPIRY], ids=["approval", "expiry"])
async def test_before_every_delivery(tmp_path: Path, plot: Plot, nurseries: Nurseries):
    """Two cards are hung up, corrected, and corrected once the pipeline is told: seven at least."""
    assert await _survives_every(tmp_path, plot, "before_delivery", nurseries) >= 7


async def test_between_what_slack_did_and_what_we_heard_of_it(tmp_path: Path, nurseries: Nurseries):
    plot = Plot(play=an_answer_of_slack_is_lost)
    story = await _survives(tmp_path / "house", plot, nurseries[0])

    assert story.house.deaths == 1
    assert len(story.cards()) == 2


async def test_between_what_the_pipeline_did_and_what_we_heard_of_it(
    tmp_path: Path, nurseries: Nurseries
):
    plot = Plot(play=an_answer_of_the_pipeline_is_lost)
    story = await _survives(tmp_path / "house", plot, nurseries[0])

    assert story.house.deaths == 1
    assert len(story.scene.pipeline.heard) == 2


async def test_again_and_again(tmp_path: Path, nurseries: Nurseries):
    deaths = [{"after_commit": 8}] * 4
    story = await _survives(tmp_path / "house", APPROVAL, nurseries[0], *deaths)

    assert story.house.deaths >= 2


@asynccontextmanager
async def _left_behind(scene: Scene) -> AsyncIterator[Board]:
    chosen = scene.settings()
    store = Store(chosen.database_url)
    try:
        yield a_board(store, rulebook(chosen))
    finally:
        await store.close()


def _waiting(folder: Path) -> int:
    """How much is not carried out or not shown, in the database of a house that is running."""
    uri = f"file:{folder / 'countersign.db'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        promised = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        wanting = database.execute("SELECT count(*) FROM surface WHERE state = 'wanting'")
        return int(promised) + int(wanting.fetchone()[0])


def _posted(message: Message) -> datetime:
    return datetime.fromtimestamp(float(message.ts), UTC)
