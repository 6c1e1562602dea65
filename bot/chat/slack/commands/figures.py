"""Which figures were asked for, and how do they read?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.chat.slack.commands.answer import Answer, Sort, page, sentence
from bot.chat.slack.commands.words import readable
from bot.chat.slack.richtext import Block, bullets, moment, rich_text, section, words
from bot.domain.figures import Figures
from bot.domain.risk import RiskTier
from bot.domain.signoff import Status
from bot.domain.spans import duration, harmless
from bot.domain.wording import AI_ANSWERS
from bot.engine.figures import Counted

USUALLY = timedelta(days=30)
LONGEST_DAYS = 400

_SPAN = re.compile(r"([0-9]{1,5})([dw])", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")

TOO_FEW = "too few to say"

_ENDS = {
    Status.APPROVED: "approved",
    Status.REJECTED: "rejected",
    Status.EXPIRED: "expired",
    Status.SUPERSEDED: "superseded",
    Status.WITHDRAWN: "withdrawn",
    Status.OVERRIDDEN: "overridden",
    Status.NOT_REQUIRED: "not required",
    Status.PENDING: "still waiting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From when on, and the group as it was typed; empty: all."""

    since: datetime
    group: str


def asked(text: str, now: datetime) -> Period | str:
    """What is asked for, or what is wrong with it."""
    before, since, after = _parts(text)
    spans = [word for word in (*before, *after) if _SPAN.fullmatch(word) or _DAY.fullmatch(word)]
    group = " ".join(word for word in (*before, *after) if word not in spans)
    if since and not spans:
        shown = harmless(readable(" ".join(after)), 40)
        return f"Since when? “{shown}” is no day." if shown else "Since when?"
    if len(spans) > 1:
        return "Since when? There are two days in that."
    start = _start(spans[0], now) if spans else now - USUALLY
    return start if isinstance(start, str) else Period(since=start, group=group)


def told(counted: Counted, group: str) -> Answer:
    """The figures, and what they are of."""
    figures = counted.figures
    whose = f" for {harmless(group, 60)}" if group else ""
    if not figures.cases:
        return sentence(f"No sign-off was opened{whose} in that time.", Sort.FACTS)
    lead = f"{_number(figures.cases)} sign-off{'' if figures.cases == 1 else 's'} opened{whose}"
    return page(lead, rich_text("figures", _of(counted), *_facts(figures)))


def _of(counted: Counted) -> Block:
    part = f", of the newest {_number(counted.looked_at)} of all {_number(counted.opened)}"
    cut = part if counted.looked_at < counted.opened else ""
    return section(words("Opened since "), moment(counted.since), words(f"{cut}."))


def _facts(figures: Figures) -> Iterable[Block]:
    ends = [(name, figures.statuses.get(status, 0)) for status, name in _ENDS.items()]
    yield _fact("How they ended", _counts(ends))
    yield _fact("Time to a decision", _took(figures))
    yield _fact("Time to the first review", _median(figures.reviewed_in))
    yield _fact("Decided in time, not expired", _share(figures.in_time))
    yield _fact("People asked for each", _mean(figures.asked))
    ai = sorted(figures.ai.items(), key=lambda it: -it[1])
    yield section(words("Did AI help", bold=True))
    yield bullets([[words(f"{AI_ANSWERS[status]}: {_number(count)}")] for status, count in ai])
    yield _fact("Risk", _counts(_tiers(figures.tiers)))


def _tiers(found: Mapping[RiskTier | None, int]) -> list[tuple[str, int]]:
    known = [(tier.value, found.get(tier, 0)) for tier in reversed(RiskTier)]
    return [*known, ("not assessed", found.get(None, 0))]


def _counts(found: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{_number(count)} {name}" for name, count in found if count)


def _took(figures: Figures) -> str:
    most = figures.decided_in_90
    within = f", nine of ten within {duration(most)}" if most is not None else ""
    return f"{_median(figures.decided_in)}{within}"


def _median(length: timedelta | None) -> str:
    return TOO_FEW if length is None else f"median {duration(length)}"


def _share(share: float | None) -> str:
    """Never rounded up to all."""
    return TOO_FEW if share is None else f"{int(share * 100)} %"


def _mean(found: float | None) -> str:
    return TOO_FEW if found is None else f"{found:.1f} on average"


def _number(count: int) -> str:
    return f"{count:,}"


def _fact(label: str, said: str) -> Block:
    return section(words(f"{label}  ", bold=True), words(said or "none"))


def _parts(text: str) -> tuple[list[str], bool, list[str]]:
    found = text.split()
    for index, word in enumerate(found):
        if word.casefold() == "since":
            return found[:index], True, found[index + 1 :]
    return found, False, []


def _start(word: str, now: datetime) -> datetime | str:
    if span := _SPAN.fullmatch(word):
        days = int(span[1]) * (7 if span[2].casefold() == "w" else 1)
        start = now - timedelta(days=min(days, LONGEST_DAYS + 1))
    else:
        try:
            start = datetime.combine(date.fromisoformat(word), time(), UTC)
        except ValueError:
            return f"Since when? “{word}” is no day."
    if start >= now:
        return "Since when? That is not in the past."
    if now - start > timedelta(days=LONGEST_DAYS):
        return f"That is too long ago: {LONGEST_DAYS} days at most."
    return start
