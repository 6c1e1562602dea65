"""What does each phrase of a step do in the browser?

Bold is what one presses, chooses or fills in; quoted is what one then reads, or what one writes;
`code` is what one types. A step in which anything so marked is left over has no deed for it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.demo import changes
from bot.demo.scene import Scene
from tests.clocks import MovableClock
from tests.web.pages.conftest import let_in
from tests.web.provider import FakeProvider

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

HERE = "dialog[open], body:not(:has(dialog[open])) #timeline"
"""Where one looks and presses: the form that is open, and where there is none, the place."""

BOLD, QUOTED = r"\*\*([^*]+)\*\*", "“([^”]+)”"
MARKED = re.compile(r"\*\*|[“”`]")


@dataclass(slots=True, kw_only=True)
class Own:
    """Our own pages, in a browser that has a security key; `person` is who sits before it."""

    page: Page
    provider: FakeProvider
    address: str
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    page: Page
    scene: Scene
    clock: MovableClock
    playwright: Any
    """Its module, which this machine may not have."""
    own: Own | None = None

    @property
    def here(self) -> Locator:
        return self.page.locator(HERE)

    @property
    def ours(self) -> Own:
        """Raises LookupError where nobody steps up."""
        if self.own is None:
            raise LookupError("this walk has no step-up")
        return self.own

    def button(self, label: str) -> Locator:
        """The newest with this label: a screen reader hears more of it, after a colon."""
        name = re.compile(rf"^{re.escape(label)}( \(\d+\))?(, shown below)?(: .*)?$")
        return self.here.get_by_role("button", name=name)


Deed = Callable[..., Awaitable[None]]


async def be(stage: Stage, name: str) -> None:
    person = stage.page.get_by_role("radio", name=name)
    await person.click()
    await stage.playwright.expect(person).to_be_checked()
    if stage.own:
        stage.own.person = name.partition(" ")[0].lower()


async def go(stage: Stage, place: str) -> None:
    places = stage.page.get_by_role("navigation", name="Places")
    await places.get_by_role("button", name=re.compile(rf"^(# )?{place}( \d+ new)?")).click()
    heading = stage.page.get_by_role("heading", level=1)
    await stage.playwright.expect(heading).to_have_text(re.compile(rf"^(# )?{place}$"))


async def _press(stage: Stage, label: str) -> None:
    await stage.button(label).last.click()


async def _press_first(stage: Stage, label: str) -> None:
    await stage.button(label).first.click()


async def _choose(stage: Stage, label: str) -> None:
    await stage.here.get_by_role("button", name="More options").last.click()
    await _item(stage, label)


async def _choose_for_message(stage: Stage, label: str) -> None:
    await stage.here.get_by_role("button", name="Message actions").last.click()
    await _item(stage, label)


async def _choose_shortcut(stage: Stage, label: str) -> None:
    await stage.page.get_by_role("button", name="Shortcuts").click()
    await _item(stage, label)


async def _item(stage: Stage, label: str) -> None:
    item = stage.page.get_by_role("menuitem", name=re.compile(rf"^{re.escape(label)}"))
    await item.filter(visible=True).click()


async def _pick(stage: Stage, label: str) -> None:
    await stage.here.get_by_role("radio", name=label).check()


async def _select(stage: Stage, option: str, field: str) -> None:
    await _field(stage, field).select_option(label=option)


async def _tick(stage: Stage, label: str) -> None:
    await stage.here.get_by_role("checkbox", name=label).check()


async def _tick_all(stage: Stage) -> None:
    points = stage.here.get_by_role("checkbox")
    await points.first.wait_for()
    for point in await points.all():
        await point.check()


async def _write(stage: Stage, words: str, field: str) -> None:
    await _field(stage, field).fill(words)


async def _type(stage: Stage, line: str) -> None:
    """ID is that of what was asked for last, which one reads on its card."""
    words = line.split(" ")
    if "ID" in words:
        found = await stage.scene.house.board.named(next(reversed(stage.scene.pipeline.runs)))
        line = " ".join(found[0].id if word == "ID" else word for word in words)
    await stage.page.get_by_label("Message or command").fill(line)
    await stage.page.get_by_role("button", name="Send", exact=True).click()


async def _read(stage: Stage, words: str) -> None:
    await stage.playwright.expect(stage.here).to_contain_text(words)


async def _not_read(stage: Stage, words: str) -> None:
    await stage.playwright.expect(stage.here).not_to_contain_text(words)


async def _pipeline(stage: Stage, words: str) -> None:
    run = stage.page.locator("#runs article").first
    await stage.playwright.expect(run).to_contain_text(words)


async def _landed(stage: Stage, what: str) -> None:
    key = next(reversed(stage.scene.pipeline.runs))
    failed = "" if what == "is done" else "The health check of 2 of 6 pods failed."
    assert await stage.scene.landed(key, failed=failed) in (200, 202)


async def _announce(stage: Stage) -> None:
    await stage.scene.send(changes.WORDS)


async def _health(stage: Stage, path: str, word: str) -> None:
    """Asked again until it says so: it looks at Slack now and then."""
    async with asyncio.timeout(10):
        while word not in json.dumps(await stage.scene.get(path)):
            await stage.scene.slack.bell.heard(0.05)


async def _offered(stage: Stage, label: str) -> None:
    await stage.playwright.expect(stage.button(label).last).to_be_visible()


async def _not_offered(stage: Stage, label: str) -> None:
    await stage.playwright.expect(stage.button(label)).to_have_count(0)


async def _later(stage: Stage, amount: str, unit: str) -> None:
    stage.clock.ahead += timedelta(**{unit if unit.endswith("s") else f"{unit}s": int(amount)})
    await stage.scene.house.heartbeat.beat()


async def _switch(stage: Stage, what: str, name: str) -> None:
    await stage.page.get_by_role("button", name="Admin").click()
    switch = stage.page.get_by_role("switch", name=name)
    await switch.set_checked(what == "on")
    await stage.page.get_by_role("button", name="Dismiss").click()


async def _follow(stage: Stage, label: str) -> None:
    """What opens elsewhere opens where the key is."""
    button, link = stage.button(label), stage.here.get_by_role("link", name=label)
    async with stage.page.context.expect_page() as opened:
        await button.or_(link).last.click()
    elsewhere = await opened.value
    await elsewhere.wait_for_url(re.compile("^http"), wait_until="commit")
    await stage.ours.page.goto(elsewhere.url)
    await elsewhere.close()


async def _visit(stage: Stage, path: str) -> None:
    await stage.ours.page.goto(stage.ours.address + path)


async def _sign_in(stage: Stage) -> None:
    page = stage.ours.page
    stage.ours.provider.sign_in_as(stage.ours.person)
    await page.get_by_role("link", name="Sign in to").click()
    await page.click("#ok")


async def _press_on_page(stage: Stage, label: str) -> None:
    await stage.ours.page.get_by_role("button", name=label, exact=True).click()


async def _write_on_page(stage: Stage, words: str, field: str) -> None:
    await stage.ours.page.get_by_label(re.compile(f"^{re.escape(field)}")).fill(words)


async def _read_on_page(stage: Stage, words: str) -> None:
    await stage.playwright.expect(stage.ours.page.locator("main")).to_contain_text(words)


async def _let_in(stage: Stage) -> None:
    await let_in(stage.scene, stage.ours.person)


def _field(stage: Stage, label: str) -> Locator:
    return stage.here.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$"))


DEEDS: dict[str, Deed] = {
    rf"You are {BOLD}": be,
    rf"[Oo]pen {BOLD}": go,
    rf"[Pp]ress {BOLD}(?! at the first)": _press,
    rf"[Pp]ress {BOLD} at the first": _press_first,
    rf"and then {BOLD}": _press,
    rf"[Cc]hoose {BOLD} in the menu `⋯`": _choose,
    rf"[Cc]hoose {BOLD} in the message's own menu": _choose_for_message,
    rf"[Cc]hoose {BOLD} in the menu `⚡`": _choose_shortcut,
    rf"[Pp]ick {BOLD}": _pick,
    rf"[Ss]elect {BOLD} under {BOLD}": _select,
    rf"[Tt]ick {BOLD}": _tick,
    r"[Tt]ick every point": _tick_all,
    rf"[Ww]rite {QUOTED} under {BOLD}": _write,
    r"[Tt]ype `([^`]+)`": _type,
    rf"[Pp]ipeline says {QUOTED}": _pipeline,
    r"CI announces another change": _announce,
    rf"`(/readyz)` says {QUOTED}": _health,
    r"the deployment (is done|fails)": _landed,
    rf"(?:no longer says|does not say) {QUOTED}": _not_read,
    rf"{QUOTED}": _read,
    rf"(?:with|and) {BOLD}": _offered,
    rf"without {BOLD}": _not_offered,
    r"(\d+) (seconds?|minutes?|hours?) later": _later,
    rf"[Ss]witch (on|off) {BOLD}": _switch,
    rf"[Ff]ollow {BOLD}": _follow,
    r"[Oo]pen `(/[a-z]+)` in your browser": _visit,
    r"sign in afresh": _sign_in,
    rf"[Pp]ress {BOLD} on the page": _press_on_page,
    rf"[Ww]rite {QUOTED} under {BOLD} on the page": _write_on_page,
    rf"[Tt]he page says {QUOTED}": _read_on_page,
    r"[Ww]hoever runs the server lets it in": _let_in,
}

LOOKS = (_read, _not_read, _pipeline, _offered, _not_offered, _health, _read_on_page)
"""The deeds that change nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """One phrase of a step, and what it does."""

    phrase: str
    pattern: str
    words: tuple[str, ...]


def deeds_of(step: str) -> list[Told]:
    """In the order in which they are told. Raises ValueError for what is marked and no deed."""
    found, at = [], 0
    while phrase := _next(step, at):
        told, start, end = phrase
        _check_unmarked(step[at:start], step)
        found.append(told)
        at = end
    _check_unmarked(step[at:], step)
    return found


async def do(stage: Stage, told: Told) -> None:
    await DEEDS[told.pattern](stage, *told.words)


def _next(step: str, at: int) -> tuple[Told, int, int] | None:
    """The nearest; of those that begin together the longest."""
    matches = [(match, name) for name in DEEDS if (match := re.compile(name).search(step, at))]
    if not matches:
        return None
    match, name = min(matches, key=lambda one: (one[0].start(), -one[0].end()))
    told = Told(match[0], name, tuple(match.groups()))
    return told, match.start(), match.end()


def _check_unmarked(prose: str, step: str) -> None:
    if MARKED.search(prose):
        raise ValueError(f"nobody knows how to do {prose.strip()!r} in: {step}")
