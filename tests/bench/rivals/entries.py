"""Who takes part in which benchmark? Ours too, by the same names in their own modules."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.rivals.contest import Entry

SQLITE, POSTGRESQL, NONE = "SQLite", "PostgreSQL", "none"
BARE = "bare aiohttp client"

STORING = 0.004
"""Seconds that storing a signoff may take, before it is due."""

_RIVAL = "tests.bench.rivals"
_TIMERS_OURS, _DELIVERIES_OURS = "tests.bench.timers_ours", "tests.bench.deliveries_ours"
"""Each has `CONTENDERS`, by name."""

_TORN = "tests.bench.timers_torn"
_ALONE = ("one process", "killed once")


def _rivals(package: str, *names: str) -> Iterator[Entry]:
    """Several ways to use the same thing: none of them does all that ours does."""
    module = f"{_RIVAL}.{package}_deliveries"
    needs = (package, "asyncpg") if package == "pgqueuer" else (package,)
    return (Entry(name=it, store=POSTGRESQL, module=module, needs=needs) for it in names)


TIMERS = (
    Entry(name="Countersign on SQLite", store=SQLITE, module=_TIMERS_OURS, lead=STORING),
    Entry(
        name="APScheduler's store on SQLite",
        store=SQLITE,
        module=f"{_RIVAL}.apscheduler_timers",
        needs=("apscheduler",),
    ),
    Entry(name="Countersign on PostgreSQL", store=POSTGRESQL, module=_TIMERS_OURS, lead=STORING),
    Entry(
        name="APScheduler's store on PostgreSQL",
        store=POSTGRESQL,
        module=f"{_RIVAL}.apscheduler_timers",
        needs=("apscheduler",),
    ),
    Entry(
        name="procrastinate",
        store=POSTGRESQL,
        module=f"{_RIVAL}.procrastinate_timers",
        needs=("procrastinate", "psycopg_pool"),
    ),
    Entry(
        name="pgqueuer",
        store=POSTGRESQL,
        module=f"{_RIVAL}.pgqueuer_timers",
        needs=("pgqueuer", "asyncpg", "psycopg_pool"),
    ),
    Entry(
        name="DBOS sleep",
        store=POSTGRESQL,
        module=f"{_RIVAL}.dbos_timers",
        needs=("dbos", "psycopg_pool"),
        lead=0.012,
        crowd=2_000,
    ),
)

TORN = tuple(
    Entry(name=f"Countersign on {store}, {how}", store=store, module=_TORN, lead=STORING)
    for store, ways in ((SQLITE, _ALONE), (POSTGRESQL, (*_ALONE, "three processes")))
    for how in ways
)

DELIVERIES = (
    Entry(name=BARE, store=NONE, module=f"{_RIVAL}.posting"),
    Entry(name="Countersign on SQLite", store=SQLITE, module=_DELIVERIES_OURS),
    Entry(name="Countersign on PostgreSQL", store=POSTGRESQL, module=_DELIVERIES_OURS),
    *_rivals("procrastinate", "procrastinate", "procrastinate, no cap"),
    *_rivals(
        "pgqueuer",
        "pgqueuer, one at a time to each",
        "pgqueuer, no order",
        "pgqueuer, no order, no cap",
    ),
    *_rivals("dbos", "DBOS", "DBOS, one at a time to each", "DBOS, no order, no cap"),
)
