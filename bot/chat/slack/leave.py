"""How does a person say that they are away, and what do they read of it?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.chat.slack.presses import Submission
from bot.chat.slack.richtext import Block, plain, rich_text, section, spoken, words
from bot.domain.calendar import working_hours
from bot.domain.people import Person, Roster
from bot.domain.spans import Moment, Ours, Span
from bot.engine.board import Away

GO_AWAY, COME_BACK, AWAY_FORM = "signoff_go_away", "signoff_come_back", "signoff_away_form"

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


def away_section(away: Away | None, roster: Roster) -> list[Block]:
    """Whether one is away, and the buttons that change it."""
    buttons = [_button(GO_AWAY, "I am away…" if away is None else "Change…")]
    if away is not None:
        buttons.append({**_button(COME_BACK, "I am back"), "style": "primary"})
    return [
        rich_text("away", section(*spoken(_standing(away, roster)))),
        {"type": "actions", "block_id": "away:change", "elements": buttons},
    ]


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
    form: Submission, person: Person, roster: Roster, now: datetime
) -> Away | Mapping[str, str]:
    """What the form says, or what is wrong with it, by block."""
    day, deputy = _day(form.day(BACK_ON)), roster.by_slack(form.user(DEPUTY))
    today = now.astimezone(_zone(person)).date()
    wrong = {}
    if form.day(BACK_ON) and (why := _wrong_day(day, today)):
        wrong[BACK_ON] = why
    if form.user(DEPUTY) and (deputy is None or deputy.id == person.id):
        wrong[DEPUTY] = NO_COLLEAGUE if deputy is None else NOT_ONESELF
    if wrong:
        return wrong
    until = datetime.combine(day, time(), _zone(person)).astimezone(UTC) if day else None
    return Away(until, deputy.id if deputy else "")


def _standing(away: Away | None, roster: Roster) -> list[Span]:
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
