"""docs/using.md is true: a browser takes every step of it, in its order, and reads what it says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.demo import changes
from bot.demo.scene import FALLBACK_CHANNEL, Scene, playing
from tests.browser.conftest import EVERY_DAY
from tests.browser.deeds import DEEDS, LOOKS, Own, Stage, be, deeds_of, do, go
from tests.browser.reading import DOCUMENT, Walk, pictures, walks
from tests.browser.test_step_up import home, insert_key, with_a_key
from tests.clocks import QUICKLY, MovableClock
from tests.web.pages.conftest import stepped_up
from tests.web.provider import SECRET, FakeProvider

MAY_OVERRIDE = f"\noverride: {{people: [pat], channel: {FALLBACK_CHANNEL}}}\n"
TEXT = DOCUMENT.read_text()
WALKS = walks(TEXT)


@pytest_asyncio.fixture(loop_scope="session")
async def provider(clock: MovableClock) -> AsyncIterator[FakeProvider]:
    provider = FakeProvider(clock)
    await provider.start()
    yield provider
    await provider.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    tmp_path: Path, clock: MovableClock, walk: Walk, provider: FakeProvider
) -> AsyncIterator[Scene]:
    """Somebody may override; where one is equipped for it, approving and that take a key."""
    config = EVERY_DAY + MAY_OVERRIDE
    if walk.equipped:
        config = stepped_up(config, provider.url)
    environ = {"OIDC_SECRET": SECRET} if walk.equipped else {}
    async with playing(
        tmp_path, clock=clock, config=config, environ=environ, patience=QUICKLY
    ) as scene:
        provider.redirect_uri = f"{home(scene)}/signed-in"
        yield scene


@pytest_asyncio.fixture(loop_scope="session")
async def stage(stage: Stage, walk: Walk, provider: FakeProvider) -> AsyncIterator[Stage]:
    """With a second tab for our own pages, where that is needed."""
    if not walk.equipped:
        yield stage
        return
    page = await stage.page.context.new_page()
    await insert_key(page)
    yield replace(stage, own=Own(page=page, provider=provider, address=home(stage.scene)))


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.title)
async def test_what_it_says_is_so(walk: Walk, stage: Stage):
    await _begin(walk, stage)
    for number, step in enumerate(walk.steps, 1):
        for told in deeds_of(step):
            try:
                await do(stage, told)
            except (AssertionError, stage.playwright.Error) as problem:
                seen = await stage.here.all_inner_texts()
                where = f"{walk.title}, step {number}, {told.phrase!r}"
                why = str(problem).partition("Actual value")[0]
                pytest.fail(f"{where}: {why}\n\nOn the page:\n{' '.join(seen)}", pytrace=False)


async def _begin(walk: Walk, stage: Stage) -> None:
    """Be that person, at that place, once the changes hang there."""
    person, place, *names = walk.given
    for name in names:
        await stage.scene.shown(await stage.scene.send(getattr(changes, name)))
    await be(stage, person)
    await go(stage, place)
    if walk.equipped == "a key":
        own = stage.ours
        await with_a_key(own.page, stage.scene, own.provider, own.person)
        await own.page.context.clear_cookies()


# The document itself.


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.title)
def test_every_step_says_what_one_then_sees(walk: Walk):
    for step in walk.steps:
        assert any(DEEDS[told.pattern] in LOOKS for told in deeds_of(step)), step


def test_no_deed_is_left_that_no_step_tells():
    told = {told.pattern for walk in WALKS for step in walk.steps for told in deeds_of(step)}
    assert set(DEEDS) - told == set()


def test_its_pictures_are_there():
    assert pictures(TEXT)
    assert [name for name in pictures(TEXT) if not (DOCUMENT.parent / name).is_file()] == []


def test_its_pictures_are_no_burden_to_a_clone():
    sizes = [path.stat().st_size for path in (DOCUMENT.parent / "pictures").glob("*.png")]
    assert max(sizes) < 180_000
    assert sum(sizes) < 4_000_000


def test_every_picture_is_shown_or_linked_somewhere():
    others = (DOCUMENT.parents[1] / "README.md", *DOCUMENT.parent.glob("*.md"))
    told = {*pictures(TEXT), *(name for it in others for name in pictures(it.read_text()))}
    there = {path.name for path in (DOCUMENT.parent / "pictures").glob("*.png")}
    assert there - {Path(name).name for name in told} == set()


def test_what_its_table_of_contents_names_is_there():
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", it.lower()).replace(" ", "-") for it in headings}
    named = re.findall(r"\]\(#([^)]+)\)", TEXT)
    assert named
    assert set(named) <= anchors
