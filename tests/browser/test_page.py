"""Does the play Slack look as Slack does, where it would be easy to flatter?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.demo import changes
from bot.demo.company import AUTHOR
from tests.browser.deeds import Stage, be, go
from tests.playground.cards import Json, modal, plain, text_input

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday."""
OURS = "{date_short_pretty} at {time}"

FORMATTED = "async ([now, at, format]) => { const time = await import('/static/time.js'); time.heartbeat(now); return time.formatted(at, format); }"


async def written(stage: Stage, at: datetime, form: str) -> str:
    moments = [NOON.timestamp(), at.timestamp(), form]
    return str(await stage.page.evaluate(FORMATTED, moments))


AT_TIMES = {
    (2026, 11, 23, 0, 5): "Today at 12:05 AM",
    (2026, 11, 23, 12, 0): "Today at 12:00 PM",
    (2026, 11, 23, 23, 59): "Today at 11:59 PM",
    (2026, 11, 24, 0, 0): "Tomorrow at 12:00 AM",
    (2026, 11, 24, 23, 59): "Tomorrow at 11:59 PM",
    (2026, 11, 22, 9, 7): "Yesterday at 9:07 AM",
    (2026, 11, 25, 10, 0): "Nov 25th at 10:00 AM",
    (2026, 11, 21, 10, 0): "Nov 21st at 10:00 AM",
    (2026, 12, 2, 10, 0): "Dec 2nd at 10:00 AM",
    (2026, 12, 3, 10, 0): "Dec 3rd at 10:00 AM",
    (2026, 12, 13, 10, 0): "Dec 13th at 10:00 AM",
    (2027, 1, 1, 10, 0): "Jan 1st, 2027 at 10:00 AM",
}
BY_FORMAT = {
    "{date_num}": "2026-12-08",
    "{date_slash}": "08/12/2026",
    "{date_short}": "Dec 8th",
    "{date}": "December 8th",
    "{date_pretty}": "December 8th",
    "{date_long}": "Tuesday, December 8th, 2026",
    "{date_long_pretty}": "Tuesday, December 8th, 2026",
    "{date_long_full}": "December 8, 2026",
    "{day_divider_pretty}": "Tuesday, December 8th",
    "{time_secs}": "1:02:03 PM",
    "{ago}": "In 15 days",
    "until {nonsense}": "Until {nonsense}",
}


async def test_a_moment_reads_as_the_format_says_and_does_not_count_down(stage: Stage):
    for day, reads in AT_TIMES.items():
        assert await written(stage, datetime(*day, tzinfo=UTC), OURS) == reads


async def test_every_token_that_slack_knows(stage: Stage):
    at = datetime(2026, 12, 8, 13, 2, 3, tzinfo=UTC)
    for form, reads in BY_FORMAT.items():
        assert await written(stage, at, form) == reads


async def test_how_long_ago(stage: Stage):
    assert (
        await written(stage, datetime(2026, 11, 23, 11, 59, tzinfo=UTC), "{ago}") == "1 minute ago"
    )
    assert await written(stage, datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "{ago}") == "3 hours ago"


async def test_today_is_the_day_of_the_reader(browser: Browser, stage: Stage):
    """Twenty past midnight in London is the evening before in New York."""
    context = await browser.new_context(timezone_id="America/New_York")
    page = await context.new_page()
    await page.goto(stage.scene.slack.page_url)
    at = datetime(2026, 11, 24, 0, 20, tzinfo=UTC)
    assert await written(stage, at, OURS) == "Tomorrow at 12:20 AM"
    there = await page.evaluate(FORMATTED, [NOON.timestamp(), at.timestamp(), OURS])
    assert there == "Today at 7:20 PM"
    await context.close()


async def test_the_card_says_when_it_expires_and_not_in_how_long(stage: Stage):
    await stage.scene.shown(await stage.scene.send(changes.REFUNDS))
    await be(stage, "Ada Park")
    await go(stage, "payments-deploys")
    await stage.playwright.expect(stage.here).to_contain_text("Tomorrow at 10:00 AM")


# What a form begins with.

LONG = "A reason that somebody wrote out at length, because a short one says too little about it"[
    :75
]


def a_form(*, focused: bool) -> Json:
    options = [{"text": plain(f"{number} {LONG}"[:75]), "value": str(number)} for number in (1, 2)]
    select = {"type": "static_select", "action_id": "to", "options": options}
    pick = {"type": "input", "block_id": "to", "label": plain("To whom"), "element": select}
    return modal(pick, text_input(multiline=True, focus_on_load=focused))


async def opened(stage: Stage, form: Json) -> Locator:
    await be(stage, "Jun Ito")
    stage.scene.slack.workspace.views.stack_up(AUTHOR, form)
    await stage.here.get_by_label("Reason").wait_for()
    return stage.here


async def test_a_field_that_asks_for_it_is_focused_wherever_it_stands(stage: Stage):
    form = await opened(stage, a_form(focused=True))
    await stage.playwright.expect(form.get_by_label("Reason")).to_be_focused()


async def test_where_none_asks_for_it_none_is(stage: Stage):
    form = await opened(stage, a_form(focused=False))
    await stage.playwright.expect(form.locator(".fields")).to_be_focused()


async def test_a_form_that_is_drawn_anew_leaves_one_where_one_was(stage: Stage):
    form = await opened(stage, a_form(focused=True))
    await form.get_by_label("To whom").focus()
    view = stage.scene.slack.modal(AUTHOR)
    assert view is not None
    stage.scene.slack.workspace.views.replace(
        view, {**a_form(focused=True), "title": plain("Say it again")}
    )
    await stage.playwright.expect(form.get_by_role("heading")).to_have_text("Say it again")
    await stage.playwright.expect(form.get_by_label("To whom")).to_be_focused()


async def test_a_long_option_stays_inside_its_form(stage: Stage):
    form = await opened(stage, a_form(focused=False))
    select = await form.get_by_label("To whom").bounding_box()
    around = await form.locator(".fields").bounding_box()
    assert select
    assert around
    assert select["x"] + select["width"] <= around["x"] + around["width"]
