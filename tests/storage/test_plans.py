"""What is looked up at every beat, request or click goes by an index, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.ports import CardRef
from storage import (
    attention,
    figures,
    glances,
    inbox,
    invitations,
    listings,
    nudges,
    outbox,
    overrides,
    preferences,
    reading,
    reconciling,
    rulebooks,
    searching,
    surfaces,
)
from storage.store import Session, Store
from tests.builders import a_change

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MADE = {"anon_1", "json_each"}
SMALL = {"destination", "lanes", "pause", "preference", "rulebook", "lease", "leave", *MADE}
"""Tables that stay so, and what a query makes for itself."""

SOON_GONE = {"outbox", "outbox_1"}
"""What is carried out is deleted: only the parked, which are few, are counted row by row."""

AT_EVERY_BEAT: dict[str, Callable[[Session], object]] = {
    "deadlines that have passed": lambda s: reading.due(s, NOW, ("sgn_1",), 25),
    "what another rulebook judged": lambda s: reading.judged_otherwise(s, "sha256:1", ("sgn_1",)),
    "the next deadline": lambda s: reading.next_deadline(s, NOW),
    "the next effect": outbox.next_due,
    "whether an effect is due": lambda s: outbox.is_due(s, NOW, {}),
    "whether a delivery waits": inbox.is_due,
    "the next delivery": inbox.next_due,
    "who is to be reminded": lambda s: nudges.people_due(s, NOW),
    "of what": lambda s: nudges.of(s, "ada", NOW),
    "the next reminder": nudges.next_due,
    "what hangs wrong": lambda s: reconciling.wanting(s, NOW, ("post C1",), 8),
    "the next of that": lambda s: reconciling.next_due(s, NOW),
    "whose rules are in force": rulebooks.newest,
    "the last list of a reader": lambda s: listings.last(s, "digest", "@ada"),
    "what people want": preferences.everybody,
}
AT_EVERY_REQUEST: dict[str, Callable[[Session], object]] = {
    "a signoff": lambda s: reading.signoff(s, "sgn_1"),
    "a change that arrives": lambda s: reading.before(s, a_change()),
    "several signoffs": lambda s: reading.documents_of(s, ("sgn_1", "sgn_2")),
    "its key": lambda s: reading.by_key(s, "payments-ci", "4711"),
    "what waits for the same change": lambda s: reading.pending_of(s, a_change()),
    "what waits for the same place": lambda s: searching.pending_at(s, a_change()),
    "a name that somebody typed": lambda s: searching.named(s, "sgn_abc"),
    "an id that somebody typed": lambda s: searching.with_id(s, "sgn_abc"),
    "what waits, and how many": lambda s: (searching.waiting(s), searching.first_pending(s, 500)),
    "what waits for somebody": lambda s: searching.concerning(s, ("ada", "seniors"), 500),
    "names like one that was mistyped": lambda s: searching.names(s, 400),
    "what was opened last": searching.recent,
    "what expired": lambda s: searching.expired_of(s, "ada", NOW),
    "what somebody reviewed": lambda s: searching.reviewed_by(s, "ada", NOW, 20),
    "how many were opened": lambda s: figures.count_since(s, NOW),
    "what was overridden, and nobody reviewed": lambda s: overrides.counted(s, NOW),
    "how many effects wait": outbox.backlog,
    "how many messages wait": surfaces.backlog,
    "what hangs of a signoff": lambda s: surfaces.hung(s, "sgn_1"),
    "lists about a signoff": lambda s: listings.about(s, "sgn_1"),
    "whether somebody looked": lambda s: glances.first(s, "sgn_1", "ada"),
    "how somebody decided": lambda s: attention.decided_by(s, {"ada"}, NOW),
    "how a group decided": lambda s: attention.decided_by(s, {"ada", "bo"}, NOW, NOW),
    "who was asked how much today": lambda s: invitations.since(s, {"ada": NOW, "bo": NOW}),
}
ALL = {**AT_EVERY_BEAT, **AT_EVERY_REQUEST}


@contextmanager
def _told(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its parameters."""
    told: list[tuple[str, Any]] = []

    def listen(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        told.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    yield told
    event.remove(engine, "before_cursor_execute", listen)


def _plan(session: Session, statement: str, parameters: Any) -> list[str]:
    """One line a step."""
    if statement.startswith("SET "):
        return []
    connection = session.connection()
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(row[3]) for row in cursor.fetchall()]
    cursor.execute("SET LOCAL enable_seqscan = off")  # of no rows any plan is as good
    cursor.execute(f"EXPLAIN {statement}", parameters)
    return [str(row[0]) for row in cursor.fetchall()]


def _reads_all(step: str) -> bool:
    """Whether it reads a table that grows from end to end."""
    words = step.split()
    if "Seq" in words:
        return words[words.index("on") + 1] not in SMALL | SOON_GONE
    if words[0] != "SCAN" or {"USING", "CONSTANT"} & set(words):
        return False
    return words[1] not in SMALL | SOON_GONE and not words[1].startswith("(")


@pytest.mark.parametrize("look_up", ALL.values(), ids=ALL)
async def test_no_look_up_reads_a_whole_table(
    database_url: str, look_up: Callable[[Session], object]
):
    store = Store(database_url)
    try:
        with _told(store._ground.reading) as told:
            await store.read(look_up)
        asked = list(told)
        plans = await store.read(lambda session: [_plan(session, *it) for it in asked])
    finally:
        await store.close()
    assert any(plans)
    assert [step for plan in plans for step in plan if _reads_all(step)] == []


async def test_the_place_of_a_card_is_found_at_once(database_url: str):
    store = Store(database_url)
    try:
        with _told(store._ground.writing) as told:
            await store.write(lambda s: surfaces.adopt(s, "sgn_1", CardRef("C1", "1.1"), "C1", NOW))
        asked = [it for it in told if it[0].startswith("SELECT surface")]
        plans = await store.read(lambda session: [_plan(session, *it) for it in asked])
    finally:
        await store.close()
    assert any(plans)
    assert [step for plan in plans for step in plan if _reads_all(step)] == []


def test_what_reads_all_is_known_when_it_is_seen():
    assert _reads_all("SCAN signoff")
    assert _reads_all("  ->  Seq Scan on signoff  (cost=0.00..1.00 rows=1 width=32)")
    assert not _reads_all("SCAN signoff USING COVERING INDEX signoff_open")
    assert not _reads_all("SEARCH signoff USING INDEX signoff_due (next_due<?)")
    assert not _reads_all("Index Scan using signoff_pkey on signoff  (cost=0.00..1.00 rows=1)")
