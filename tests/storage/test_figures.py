"""What counts of a signoff: is it read from its document, and by an index?"""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.events import Event
from bot.domain.figures import Case
from bot.domain.lifecycle import advance, begin
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.risk import Risk, RiskTier
from bot.domain.signoff import Carried, Signoff, Status
from storage import documents, figures, recording
from storage.store import Store
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    SOON,
    a_change,
    a_review,
    an_ask,
    approves,
    hours,
    minutes,
    opened,
    rejects,
    sha,
    time_passes,
)


async def insert(store: Store, number: int, **facts: Any) -> Signoff:
    event = opened(
        *facts.pop("asks", ()),
        signoff_id=f"sgn_{number}",
        change=a_change(key=f"k{number}"),
        **facts,
    )
    await store.write(lambda session: recording.insert(session, event, begin(event)))
    return begin(event).signoff


async def happen(store: Store, signoff: Signoff, event: Event) -> Signoff:
    step = advance(signoff, event)
    await store.write(lambda session: recording.update(session, event, step))
    return step.signoff


async def cases(store: Store, since: Any = NOW, limit: int = 100) -> list[Case]:
    return list(await store.read(lambda session: figures.opened_since(session, since, limit)))


async def test_what_counts_is_read_from_the_document(store: Store) -> None:
    risk = Risk(tier=RiskTier.HIGH)
    provenance = Provenance(status=AiStatus.ASSISTED)
    signoff = await insert(store, 1, risk=risk, provenance=provenance)
    await happen(store, signoff, rejects("ada"))
    assert await cases(store) == [
        Case(
            opened_at=NOW,
            status=Status.REJECTED,
            ai=AiStatus.ASSISTED,
            groups=frozenset({PAYMENTS}),
            tier=RiskTier.HIGH,
            asked=2,
            decided_at=SOON,
            reviewed_at=SOON,
        )
    ]


async def test_what_waits_has_no_decision_and_an_old_one_no_risk(store: Store) -> None:
    await insert(store, 1, risk=None)
    (case,) = await cases(store)
    assert (case.status, case.tier) == (Status.PENDING, None)
    assert (case.decided_at, case.reviewed_at) == (None, None)


async def test_the_first_review_that_was_made_on_it_is_the_first(store: Store) -> None:
    carried = a_review(
        "ada", at=NOW, carried=Carried(signoff_id="sgn_0", revision=sha("b"), policy_digest="p")
    )
    signoff = await insert(store, 1, asks=(an_ask(3),), carried=(carried,))
    await happen(store, signoff, approves("grace", at=NOW + minutes(7)))
    (case,) = await cases(store)
    assert case.reviewed_at == NOW + minutes(7)


async def test_the_wider_circle_is_asked_once_it_escalates(store: Store) -> None:
    signoff = await insert(store, 1)
    (before,) = await cases(store)
    await happen(store, signoff, time_passes(NOW + hours(1)))
    (after,) = await cases(store)
    assert before.groups == {PAYMENTS}
    assert after.groups == {PAYMENTS, PLATFORM}


async def test_the_newest_come_first_and_no_more_than_asked_for(store: Store) -> None:
    for n in range(5):
        await insert(store, n, at=NOW + minutes(n))
    found = await cases(store, NOW + minutes(1), limit=3)
    assert [case.opened_at for case in found] == [NOW + minutes(n) for n in (4, 3, 2)]
    count = await store.read(lambda session: figures.count_since(session, NOW + minutes(1)))
    assert count == 4


async def test_no_more_is_read_than_there_is_time_for(store: Store) -> None:
    for n in range(3):
        await insert(store, n, at=NOW + minutes(n))
    length = len(documents.write_signoff(await insert(store, 3, at=NOW + minutes(3))))
    found = await store.read(
        lambda session: figures.opened_since(session, NOW, 100, budget=2 * length + 100)
    )
    assert [case.opened_at for case in found] == [NOW + minutes(3), NOW + minutes(2)]


async def test_one_that_cannot_be_read_hides_no_other(store: Store) -> None:
    for n in range(2):
        await insert(store, n)
    broken = text("UPDATE signoff SET document = '{}' WHERE id = 'sgn_0'")
    await store.write(lambda session: session.execute(broken))
    assert len(await cases(store)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT document FROM signoff WHERE opened_at >= ? ORDER BY opened_at DESC LIMIT 5000",
        "SELECT count(*) FROM signoff WHERE opened_at >= ?",
    ],
)
async def test_they_are_found_by_when_they_were_opened(tmp_path: Path, sql: str) -> None:
    await Store(f"sqlite:///{tmp_path / 'countersign.db'}").close()
    with sqlite3.connect(tmp_path / "countersign.db") as connection:
        asked = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [str(NOW - timedelta(days=30))])
        plan = [row[3] for row in asked]
    connection.close()
    assert len(plan) == 1
    assert plan[0].startswith("SEARCH signoff USING ")
    assert "INDEX ix_signoff_opened_at" in plan[0]
