"""Which steps of a signoff does whoever traces hear of, and whoever counts?"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.effects import Attest, Publish, ShowWaiting, TakeBack, TellPipeline
from bot.domain.signoff import Signoff
from bot.engine.opening import Opening
from bot.otlp import ROOT, Fact
from bot.ports import Delivery
from bot.tallies import TAKEN, Tallies
from bot.tracing import Traces, caller_of
from storage.outbox import Item

_CALLED = {
    Attest: "attest",
    Publish: "publish",
    ShowWaiting: "show_waiting",
    TakeBack: "take_back",
    TellPipeline: "report",
}


def received(
    traces: Traces,
    opening: Opening | None,
    began: datetime,
    ended: datetime,
    delivery: Delivery,
) -> None:
    """A message came then that a signoff was opened for."""
    if opening is None or not opening.new or not traces.heard:
        return
    signoff, caller = opening.signoff, caller_of(delivery.headers)
    size, connection = len(delivery.body), signoff.change.connection
    facts: dict[str, Fact] = {"connection": connection, "bytes": size}
    traces.tell(signoff.id, "receive", began, ended, facts, caller)


def judged(traces: Traces, signoff: Signoff, began: datetime, ended: datetime) -> None:
    """What a change needs was found out, and is stored."""
    if not traces.heard:
        return
    tier = signoff.risk.tier.value if signoff.risk else ""
    connection, status = signoff.change.connection, signoff.status.value
    facts = {"connection": connection, "status": status, "tier": tier}
    traces.tell(signoff.id, "judge", began, ended, facts)


def reviewed(
    traces: Traces, signoff: Signoff, began: datetime, ended: datetime, verdict: str, proved: str
) -> None:
    """Somebody's review counted."""
    if traces.heard:
        facts = {"verdict": verdict, "proved": proved, "status": signoff.status.value}
        traces.tell(signoff.id, "review", began, ended, facts)


def carried(
    traces: Traces, tallies: Tallies, item: Item, began: datetime, seconds: float, outcome: str
) -> None:
    """Once an effect was carried out, or was not."""
    tallies.delivered(item.lane, outcome, seconds)
    if not traces.heard:
        return
    ended = began + timedelta(seconds=seconds)
    facts: dict[str, Fact] = {
        "destination": item.lane,
        "attempt": item.attempts + 1,
        "outcome": outcome,
    }
    traces.tell(item.signoff_id, _CALLED[type(item.effect)], began, ended, facts)
    if outcome == TAKEN and isinstance(item.effect, Attest):
        _over(traces, item.signoff)


def _over(traces: Traces, signoff: Signoff | None) -> None:
    """It was decided, and that is attested: the whole is told, which happens once."""
    if signoff is None or signoff.decided_at is None:
        return
    opened, decided, status = signoff.opened_at, signoff.decided_at, signoff.status.value
    if last := max((it.at for it in signoff.reviews), default=None):
        count = len(signoff.reviews)
        traces.tell(signoff.id, "settle", last, decided, {"status": status, "reviews": count})
    tier = signoff.risk.tier.value if signoff.risk else ""
    facts = {"status": status, "tier": tier, "connection": signoff.change.connection}
    traces.tell(signoff.id, ROOT, opened, decided, facts)
