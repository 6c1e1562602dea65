"""What waits to be written, how is it carried out, and who is told what came of it?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm.session import JoinTransactionMode
from sqlmodel import Session

from bot.clock import Clock
from storage import moment
from storage.statements import savepoint

T = TypeVar("T")
V = TypeVar("V")
Unit = Callable[[Session], T]
Many = Callable[[Session, Sequence[V]], object]


@dataclass(slots=True)
class Work:
    """One waiting unit, and whom to tell. `outcome` is its result or the exception. What waits
    beside others of the same `many` may be done with them: its own is the one for `value`.
    """

    unit: Unit[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    many: Many[Any] | None = None
    value: Any = None
    outcome: Any = None
    failed: bool = False


def kind(work: Work) -> object:
    return work.many or id(work)


def together(works: list[Work]) -> Work:
    """One unit for all of them, which are of one kind."""
    first, values = works[0], [work.value for work in works]
    return replace(first, unit=lambda session: first.many and first.many(session, values))


def run(connection: Connection, work: Work, now: Clock) -> None:
    """One unit in a savepoint of its own: its failure undoes it and none of its neighbours."""
    info = moment.given(now)
    mode: JoinTransactionMode = "create_savepoint"  # only if it asks for more than statements
    session = Session(connection, join_transaction_mode=mode, expire_on_commit=False, info=info)
    try:
        with savepoint(connection, "unit"):
            work.outcome = _outcome(session, work.unit)
    except Exception as problem:  # noqa: BLE001 -- raised again where `write` was awaited
        work.outcome, work.failed = problem, True


def _outcome(session: Session, unit: Unit[T]) -> T:
    try:
        outcome = unit(session)
        if session.in_transaction():
            session.commit()
        return outcome
    finally:
        if session.in_transaction():
            session.close()


def tell(group: list[Work]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Work]] = {}
    for work in group:
        by_loop.setdefault(work.loop, []).append(work)
    for loop, works in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, works)


def _resolve(works: list[Work]) -> None:
    for work in works:
        if work.future.done():
            continue
        if work.failed:
            work.future.set_exception(work.outcome)
        else:
            work.future.set_result(work.outcome)
