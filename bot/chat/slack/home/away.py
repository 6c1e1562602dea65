"""How does a person say that they are away, or back, and what do they read of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.desk import Desk
from bot.chat.slack.names import AWAY_FORM, COME_BACK, GO_AWAY
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import press_of, submission_of
from bot.chat.slack.richtext import Block, plain, rich_text, section, spoken, words
from bot.domain.calendar import working_hours
from bot.domain.errors import Refusal
from bot.domain.people import Person, Roster
from bot.domain.spans import Moment, Ours, Span
from bot.engine.personal import Away

BACK_ON, DEPUTY = "back_on", "deputy"

LONGEST = timedelta(days=400)

WHAT_IT_MEANS = (
    "While you are away you are asked only where too few others may sign. "
    "What waits for you already stays with you."
)
NO_DAY = "That is no day. Choose one, or leave it empty."
NOT_LATER = "Choose a day after today, or leave it empty."
TOO_FAR = "That is too far ahead. Leave it empty, and say here when you are back."
NOT_ONESELF = "Somebody else has to stand in for you."
NO_COLLEAGUE = "This person is not in Countersign's roster. Choose somebody who is."

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    desk: Desk

    async def ask(self, ack: AsyncAck, body: Body) -> None:
        """Until when, and who stands in."""
        press = press_of(body)
        try:
            person = await self.desk.person(press.clicker)
            away = await self.desk.personal.away(person.id)
            await self.desk.show(press.place, away_form(away, person, self.desk.roster))
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()

    async def leave(self, ack: AsyncAck, body: Body) -> None:
        form = submission_of(body)
        try:
            person = await self.desk.person(form.clicker)
        except Refusal as refusal:
            await self.desk.refuse(ack, form, refusal)
            return
        said = absence_of(
            form.day(BACK_ON), form.user(DEPUTY), person, self.desk.roster, self.desk.clock()
        )
        if not isinstance(said, Away):
            await ack(response_action="errors", errors=dict(said))
            return
        await go(self.desk, form.clicker, person, said)
        await ack()

    async def come_back(self, ack: AsyncAck, body: Body) -> None:
        press = press_of(body)
        try:
            person = await self.desk.person(press.clicker)
            await go(self.desk, press.clicker, person, None)
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()


async def go(desk: Desk, clicker: Clicker, person: Person, away: Away | None) -> None:
    """Away, or back; their own page says it too."""
    await desk.personal.go_away(person.id, away)
    await desk.personal.draw_page(clicker.user)


def away_said(away: Away | None, roster: Roster) -> Block:
    """Whether one is away, as a line of rich text."""
    return section(*spoken(whereabouts(away, roster)))


def away_buttons(away: Away | None) -> list[Block]:
    """What changes it."""
    if away is None:
        return [_button(GO_AWAY, "I am away…")]
    back = {**_button(COME_BACK, "I am back"), "style": "primary"}
    return [_button(GO_AWAY, "Change…"), back]


def away_form(away: Away | None, person: Person, roster: Roster) -> Block:
    """From when on one is back, and who stands in; both may stay empty."""
    back: Block = {"type": "datepicker", "action_id": BACK_ON}
    if away and away.until:
        back["initial_date"] = away.until.astimezone(_zone(person)).date().isoformat()
    deputy: Block = {"type": "users_select", "action_id": DEPUTY}
    known = roster.people.get(away.deputy) if away else None
    if known and known.slack:
        deputy["initial_user"] = known.slack
    zone = _zone(person).key
    return {
        "type": "modal",
        "callback_id": AWAY_FORM,
        "title": plain("I am away"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            rich_text("about", section(words(WHAT_IT_MEANS))),
            _input(
                BACK_ON,
                "Back on",
                f"The day from whose start on you are there again ({zone}). "
                "Empty: until you say that you are back.",
                back,
            ),
            _input(
                DEPUTY,
                "Who stands in for you",
                "Somebody in Countersign's roster. Where they may sign, they are asked sooner.",
                deputy,
            ),
        ],
    }


def absence_of(
    back_on: str, deputy: str, person: Person, roster: Roster, now: datetime
) -> Away | Mapping[str, str]:
    """What these say, a day and somebody's Slack id, or what is wrong with them, by block."""
    day, known = _day(back_on), roster.by_slack(deputy)
    today = now.astimezone(_zone(person)).date()
    wrong = {}
    if back_on and (why := _wrong_day(day, today)):
        wrong[BACK_ON] = why
    if deputy and (known is None or known.id == person.id):
        wrong[DEPUTY] = NO_COLLEAGUE if known is None else NOT_ONESELF
    if wrong:
        return wrong
    until = datetime.combine(day, time(), _zone(person)).astimezone(UTC) if day else None
    return Away(until, known.id if known else "")


def whereabouts(away: Away | None, roster: Roster) -> list[Span]:
    if away is None:
        return [Ours("You are asked as usual.")]
    if away.until:
        until: list[Span] = [Ours("You are away. Back: "), Moment(away.until), Ours(".")]
    else:
        until = [Ours("You are away until you say that you are back.")]
    deputy = f" {roster.name(away.deputy)} stands in for you." if away.deputy else ""
    return [*until, Ours(deputy)]


def _wrong_day(day: date | None, today: date) -> str:
    if day is None:
        return NO_DAY
    if day <= today:
        return NOT_LATER
    return TOO_FAR if day > today + LONGEST else ""


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _zone(person: Person) -> ZoneInfo:
    """Where the person's clock hangs; UTC where we do not know it."""
    return ZoneInfo(working_hours("", person.timezone).zone)


def _button(action_id: str, label: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(label)}


def _input(block_id: str, label: str, hint: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "hint": plain(hint),
        "optional": True,
        "element": element,
    }
