"""How does a person say when they work, when they want their peace, and whether they want a daily
list?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.desk import Desk
from bot.chat.slack.names import SETTINGS_FORM
from bot.chat.slack.presses import Submission, press_of, submission_of
from bot.chat.slack.richtext import Block, plain, rich_text, section, words
from bot.domain.calendar import working_hours
from bot.domain.errors import Refusal
from bot.domain.people import Person
from bot.domain.quiet import window
from bot.domain.spans import harmless
from bot.engine.personal import Preferences

HOURS, QUIET, DIGEST = "hours", "quiet", "digest"

LONGEST = 40
"""Characters of what may be hours."""

NO_HOURS = "Please write it like 09:00-17:30, or leave it empty."
BACKWARDS = "Work has to begin before it ends. For a night shift, leave it empty."
NO_TIME = "It begins and ends at the same time. Choose two, or leave it empty."

_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?", re.ASCII)

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    desk: Desk

    async def ask(self, ack: AsyncAck, body: Body) -> None:
        """What they said before, to be changed."""
        press = press_of(body)
        try:
            person = await self.desk.person(press.clicker)
            wishes = await self.desk.personal.preferences(person.id)
            await self.desk.show(press.place, settings_form(wishes, person))
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()

    async def save(self, ack: AsyncAck, body: Body) -> None:
        form = submission_of(body)
        try:
            person = await self.desk.person(form.clicker)
        except Refusal as refusal:
            await self.desk.refuse(ack, form, refusal)
            return
        said = wishes_of(form)
        if not isinstance(said, Preferences):
            await ack(response_action="errors", errors=dict(said))
            return
        await self.desk.personal.prefer(person.id, said)
        await self.desk.personal.draw_page(form.clicker.user)
        await ack()


def settings_form(wishes: Preferences, person: Person) -> Block:
    """Every answer may stay empty."""
    clock = f"By your own clock ({_zone(person)})."
    usual = harmless(person.hours, LONGEST) or "09:00-17:00"
    return {
        "type": "modal",
        "callback_id": SETTINGS_FORM,
        "title": plain("Settings"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "blocks": [
            rich_text("about", section(words("These are for you alone. They change who is "
                                             "asked and when you hear of it, and nothing that "
                                             "anybody decides. How you decided lately, for your "
                                             "eyes alone: /signoff metrics me"))),
            _hours(HOURS, "Working hours", "09:00-17:30", wishes.hours,
                   f"{clock} From Monday to Friday. Empty: {usual}, as configured."),
            _hours(QUIET, "Quiet hours", "20:00-08:00", wishes.quiet,
                   f"{clock} Nothing is sent to you then, unless its risk is critical. "
                   "Empty: none."),
            _digest(wishes.digest),
        ],
    }  # fmt: skip


def wishes_of(form: Submission) -> Preferences | Mapping[str, str]:
    """What the form says, or what is wrong with it, by block."""
    hours, quiet = tidied(form.text(HOURS)), tidied(form.text(QUIET))
    wrong = {HOURS: _wrong_hours(hours), QUIET: _wrong_quiet(quiet)}
    if any(wrong.values()):
        return {block: why for block, why in wrong.items() if why}
    return Preferences(hours=hours, quiet=quiet, digest=bool(form.ticked(DIGEST)))


def tidied(written: str) -> str:
    """ "9 – 17.30" is 09:00-17:30; what is no such thing stays as it is, and is refused."""
    parts = re.split(r"\s*(?:-|–|—|to|until)\s*", written.strip())
    found = [_CLOCK.fullmatch(part) for part in parts]
    if len(found) != 2 or not all(found):
        return written
    return "-".join(f"{int(it[1]):02}:{it[2] or '00'}" for it in found if it)


def wishes_said(wishes: Preferences, person: Person) -> Block:
    """How one is treated, as a line of rich text."""
    if wishes.hours:
        hours = f"Working hours {wishes.hours}"
    else:
        hours = f"Working hours {harmless(person.hours, LONGEST) or '09:00-17:00'}, as configured"
    quiet = f"quiet {wishes.quiet}" if wishes.quiet else "no quiet hours"
    digest = "a daily list" if wishes.digest else "no daily list"
    return section(words(f"{hours} · {quiet} · {digest} ({_zone(person)})."))


def _wrong_hours(hours: str) -> str:
    if not hours:
        return ""
    found = window(hours)
    if found is None:
        return _no_window(hours)
    return "" if found[0] < found[1] else BACKWARDS


def _wrong_quiet(quiet: str) -> str:
    return _no_window(quiet) if quiet and window(quiet) is None else ""


def _no_window(written: str) -> str:
    start, _, end = written.partition("-")
    is_time = window(f"{start}-00:00") or window(f"{start}-00:01")
    return NO_TIME if start == end and is_time else NO_HOURS


def _zone(person: Person) -> str:
    return working_hours("", person.timezone).zone


def _hours(block_id: str, label: str, example: str, said: str, hint: str) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": block_id,
        "max_length": LONGEST,
        "placeholder": plain(example),
    }
    if said:
        element["initial_value"] = said
    return _input(block_id, label, hint, element)


def _digest(wanted: bool) -> Block:
    option = {"text": plain("Send me what waits for me, in one message"), "value": "yes"}
    element: Block = {"type": "checkboxes", "action_id": DIGEST, "options": [option]}
    if wanted:
        element["initial_options"] = [option]
    return _input(DIGEST, "Daily list", "Each working day, when your hours begin.", element)


def _input(block_id: str, label: str, hint: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "hint": plain(hint),
        "optional": True,
        "element": element,
    }
