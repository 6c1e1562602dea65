"""What happens when somebody wants to be reminded later, and when is that by their own clock?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.chat.slack.arranging_forms import UNTIL, snooze_form
from bot.chat.slack.desk import Desk
from bot.chat.slack.presses import Submission
from bot.chat.slack.turns import Done, Turn, Unfinished
from bot.domain.calendar import WorkingHours
from bot.domain.people import Person
from bot.domain.signoff import Signoff

LATER = {
    "30m": ("in 30 minutes", timedelta(minutes=30)),
    "1h": ("in 1 hour", timedelta(hours=1)),
    "3h": ("in 3 hours", timedelta(hours=3)),
}
NEXT_DAY = "day"

NO_CHOICE = "Please choose when."
SAVED = "You are reminded of it {until}, and not before."
SOONER = "That is sooner than you chose, because it expires {expires}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozing:
    desk: Desk

    async def snooze(self, turn: Turn) -> Done:
        """Until when."""
        signoff = await self.desk.find(turn.subject)
        self._check_concerns(signoff, turn.person)
        now, hours = self.desk.clock(), await self._hours(turn.person)
        starts = on_the_clock(next_morning(hours, now), now, hours.zone)
        offered = [*((value, label) for value, (label, _) in LATER.items()), (NEXT_DAY, starts)]
        await self.desk.show(turn.place, snooze_form(signoff, turn.subject, offered), turn.haste)
        return Done()

    async def snoozed(self, turn: Turn, form: Submission) -> Done:
        signoff = await self.desk.find(turn.subject)
        self._check_concerns(signoff, turn.person)
        now, hours = self.desk.clock(), await self._hours(turn.person)
        chosen = form.chosen(UNTIL)
        if chosen != NEXT_DAY and chosen not in LATER:
            raise Unfinished({UNTIL: NO_CHOICE})
        until = next_morning(hours, now) if chosen == NEXT_DAY else now + LATER[chosen][1]
        moment = await self.desk.personal.snooze(turn.person.id, signoff.id, until)
        if moment is None:
            self.desk.check_still_open(await self.desk.find(turn.subject))
        sentences = [SAVED.format(until=on_the_clock(moment or until, now, hours.zone))]
        if moment and moment < until and signoff.expires_at:
            expires = on_the_clock(signoff.expires_at, now, hours.zone)
            sentences.append(SOONER.format(expires=expires))
        return Done(after=signoff, sentence=" ".join(sentences))

    def _check_concerns(self, signoff: Signoff, person: Person) -> None:
        """Only who is asked, or may decide, is reminded of it at all."""
        self.desk.check_still_open(signoff)
        if person.id not in signoff.asked:
            self.desk.check_may_take_part(signoff, person)

    async def _hours(self, person: Person) -> WorkingHours:
        said = await self.desk.personal.preferences(person.id)
        return person.works(said.hours)


def next_morning(hours: WorkingHours, now: datetime) -> datetime:
    """When the next working day after today begins, by the clocks of that person."""
    zone = ZoneInfo(hours.zone)
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    return hours.opens(midnight) or midnight.astimezone(UTC)


def on_the_clock(at: datetime, now: datetime, zone: str) -> str:
    """ "today at 14:30 (Europe/London)": days are named as that person counts them."""
    there, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    days = (there.date() - today).days
    day = {0: "today", 1: "tomorrow"}.get(days) or f"on {there:%A}, {there.day} {there:%B}"
    return f"{day} at {there:%H:%M} ({zone})"
