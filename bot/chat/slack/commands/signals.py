"""How do signs of attention read? Facts, to whom they are about, and what they do not say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.chat.slack.blocks import context
from bot.chat.slack.commands.answer import Answer, Sort, page, sentence
from bot.chat.slack.richtext import Block, bullets, moment, rich_text, section, words
from bot.domain.attention import ENOUGH, Signals
from bot.domain.spans import duration, harmless

ONESELF = frozenset({"me", "my", "mine", "myself"})
"""What people call themselves."""

NO_VERDICT = (
    "Only you see this. It is no verdict: whoever knows the code by heart decides quickly, and "
    "what was opened outside of Countersign nobody here has seen."
)
TOGETHER = (
    "Of all members together, and only for members: never of one person. It changes on Mondays."
)
TOO_FEW = (
    f"How its members decided: too few to say. It takes {ENOUGH} people in the four weeks before "
    "this one, and nobody with more than half."
)


def to_oneself(signals: Signals, since: datetime) -> Answer:
    """What this person alone is told about themselves."""
    if not signals.reviews:
        return sentence("You decided nothing that was opened in that time.", Sort.OWN)
    number = f"{signals.reviews:,} review{'' if signals.reviews == 1 else 's'} of yours"
    of = section(words("Of what was opened since "), moment(since), words("."))
    facts = [bullets([[words(line)] for line in _lines(signals)])]
    return page(
        number,
        rich_text("signals", of, *facts),
        context(NO_VERDICT, "no_verdict"),
        sort=Sort.OWN,
    )


def of_group(signals: Signals | None, group: str) -> list[Block]:
    """What a member is told of all of them together."""
    if signals is None:
        return [context(TOO_FEW, "too_few")]
    lead = f"How {harmless(group, 60)} decided in the four weeks before this one"
    lines = bullets([[words(line)] for line in _lines(signals)])
    return [
        rich_text("signals", section(words(lead, bold=True)), lines),
        context(TOGETHER, "together"),
    ]


def _lines(signals: Signals) -> Iterable[str]:
    if signals.approved_share is None or signals.opened_share is None:
        yield f"Too few to say more: it takes {ENOUGH}"
        return
    yield f"{_share(signals.approved_share)} approved"
    yield f"Details, or our page, opened before deciding: {_share(signals.opened_share)}"
    yield f"From having it before one to deciding: {_usually(signals.took)}"
    yield f"The same for 100 changed lines: {_usually(signals.per_100_lines)}"
    if signals.busiest_hour is not None:
        yield f"Most decided within one hour: {signals.busiest_hour}"


def _share(share: float) -> str:
    """Never rounded up to all."""
    return f"{int(share * 100)} %"


def _usually(length: timedelta | None) -> str:
    return "too few to say" if length is None else f"{duration(length)} (median)"
