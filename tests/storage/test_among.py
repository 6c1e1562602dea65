"""Is one value that holds many as good as a list that is written out?"""

from __future__ import annotations

from collections.abc import Collection

import pytest
from sqlalchemy import Table, select

from storage.among import among
from storage.statements import Statement
from storage.store import Session, Store
from storage.tables import table
from tests.storage.test_plans import _plan, _reads_all, _told

_LEASE, _OUTBOX, _SIGNOFF = table("lease"), table("outbox"), table("signoff")
_TASKS = Statement(select(_LEASE.c.task).where(among(_LEASE.c.task, "these")))
_OTHERS = Statement(select(_LEASE.c.task).where(~among(_LEASE.c.task, "these")))
_EPOCHS = Statement(select(_LEASE.c.epoch).where(among(_LEASE.c.epoch, "these")))
_PUT = Statement(_LEASE.insert(), *_LEASE.c.keys())

TASKS = ("chat", 'a "quoted" one', "it's", "back\\slash", "größer", "🙂", "[1]", "7")
SOME: dict[str, Collection[str]] = {
    "none": (),
    "another": ("nobody",),
    "one": ("7",),
    "all": TASKS,
    "a set": set(TASKS),
    "odd ones": TASKS[1:5],
}


async def filled(store: Store) -> None:
    def unit(session: Session) -> None:
        now = session.info["now"]()
        rows = [
            {"task": it, "holder": "us", "epoch": at, "until": now} for at, it in enumerate(TASKS)
        ]
        _PUT.run_all(session, rows)

    await store.write(unit)


@pytest.mark.parametrize("these", SOME.values(), ids=SOME)
async def test_texts_are_found_that_are_among_them_and_no_others(
    store: Store, these: Collection[str]
) -> None:
    await filled(store)
    found = await store.read(lambda session: _TASKS.rows(session, {"these": these}))
    others = await store.read(lambda session: _OTHERS.rows(session, {"these": these}))
    assert {task for (task,) in found} == set(TASKS) & set(these)
    assert {task for (task,) in others} == set(TASKS) - set(these)


@pytest.mark.parametrize("these", [(), (3,), [0, 3, 99, 3], range(2, 5)], ids=str)
async def test_numbers_are_found_too(store: Store, these: Collection[int]) -> None:
    await filled(store)
    found = await store.read(lambda session: _EPOCHS.rows(session, {"these": these}))
    assert {epoch for (epoch,) in found} == set(range(len(TASKS))) & set(these)


@pytest.mark.parametrize(
    ("of", "these"),
    [(_SIGNOFF, ["sgn_1", "sgn_2"]), (_OUTBOX, [1, 2])],
    ids=["texts", "numbers"],
)
async def test_the_primary_key_is_used(
    store: Store, of: Table, these: Collection[str] | Collection[int]
) -> None:
    statement = Statement(select(*of.c).where(among(of.c.id, "these")))
    with _told(store._ground.reading) as told:
        await store.read(lambda session: statement.rows(session, {"these": these}))
    (asked,) = [it for it in told if it[0].startswith("SELECT")]
    steps = await store.read(lambda session: _plan(session, *asked))
    assert any(word in step for step in steps for word in ("PRIMARY KEY", "autoindex", "_pkey"))
    assert [step for step in steps if _reads_all(step) or f"Seq Scan on {of.name}" in step] == []
