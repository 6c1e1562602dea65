"""Two at once, two hundred times: does each find what the other did, and does only one of it count?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from bot.domain.events import DeadlinePassed, Reviewed, Superseded
from bot.domain.signoff import Status
from storage.postgresql import TURN
from tests.faults.judge import judge
from tests.faults.mutated import Edit
from tests.faults.racers import Outcome, Racers, racers
from tests.faults.races import SHORT
from tests.postgres import Server

ROUNDS = 200

IT_WAITS = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """Which race has to bring it to light, and as what: laws, or names of troubles."""

    name: str
    edit: Edit
    race: str
    shows: frozenset[str]
    rounds: int = 5


POSTGRESQL, KEEPING = "storage/postgresql.py", "bot/engine/keeping.py"
OPENING = "bot/engine/opening.py"
BUGS = (
    Bug(
        name="nobody takes turns",
        edit=(
            POSTGRESQL,
            "AS MATERIALIZED (SELECT pg_advisory_xact_lock(:number))",
            "AS MATERIALIZED (SELECT CAST(:number AS bigint))",
        ),
        race="two clicks",
        shows=frozenset({"IntegrityError", "replay", "lost", "click"}),
        rounds=50,
    ),
    Bug(
        name="the time is that before the turn",
        edit=(
            POSTGRESQL,
            "SELECT :holder, :token, clock_timestamp() FROM known",
            "SELECT :holder, :token, transaction_timestamp() FROM known",
        ),
        race="a click in time",
        shows=frozenset({"late"}),
    ),
    Bug(
        name="a click by an older roster counts",
        edit=(KEEPING, "            raise Outdated\n", "            pass\n"),
        race="a click behind a roster",
        shows=frozenset({"eligible", "approved"}),
    ),
    Bug(
        name="a click by an older policy counts",
        edit=(KEEPING, "            raise Outdated\n", "            pass\n"),
        race="a click behind a policy",
        shows=frozenset({"policy"}),
    ),
    Bug(
        name="a change is opened by an older policy",
        edit=(OPENING, "            raise Outdated\n", "            pass\n"),
        race="a change behind a policy",
        shows=frozenset({"policy"}),
    ),
)


@pytest.fixture(scope="module")
def two() -> Iterator[Racers]:
    with racers() as started:
        yield started


@pytest.fixture
def on_postgres(postgres: Server) -> Iterator[str]:
    url = postgres.new_database()
    yield url
    postgres.drop(url)


def lawful(outcome: Outcome) -> None:
    assert not outcome.troubles, outcome.troubles[:3]
    assert not judge(outcome.evidence), [str(it) for it in judge(outcome.evidence)[:5]]


def statuses(outcome: Outcome) -> Counter[Status]:
    return Counter(signoff.status for signoff in outcome.evidence.stored.values())


def test_two_clicks_by_two_people(two: Racers, database_url: str) -> None:
    """Where one approval is enough, one of both counts; where two are asked for, both do."""
    outcome = two.race("two clicks", database_url)
    lawful(outcome)
    assert statuses(outcome) == {Status.APPROVED: ROUNDS}
    assert outcome.counted == len(outcome.events(Reviewed)) == ROUNDS * 3 // 2


def test_the_same_click_three_times(two: Racers, database_url: str) -> None:
    outcome = two.race("the same click", database_url)
    lawful(outcome)
    assert statuses(outcome) == {Status.APPROVED: ROUNDS // 2, Status.PENDING: ROUNDS // 2}
    assert outcome.counted == len(outcome.evidence.presses) == 3 * ROUNDS
    assert len(outcome.events(Reviewed)) == ROUNDS


def test_a_click_and_the_expiry(two: Racers, database_url: str) -> None:
    outcome = two.race("a click and the expiry", database_url)
    lawful(outcome)
    found = statuses(outcome)
    assert found[Status.APPROVED] == outcome.counted
    assert found[Status.APPROVED] + found[Status.EXPIRED] == ROUNDS


def test_a_click_and_a_push(two: Racers, database_url: str) -> None:
    outcome = two.race("a click and a push", database_url)
    lawful(outcome)
    found = statuses(outcome)
    assert found[Status.PENDING] == ROUNDS
    assert found[Status.APPROVED] == outcome.counted
    assert found[Status.SUPERSEDED] == len(outcome.events(Superseded)) == ROUNDS - outcome.counted


@pytest.mark.parametrize("what", ["roster", "policy"])
def test_a_click_and_a_change_of_the_rules(two: Racers, database_url: str, what: str) -> None:
    """It counts by the rules that are in force at its moment, or it is to be pressed again."""
    outcome = two.race(f"a click and a {what}", database_url, at_once=5)
    lawful(outcome)
    assert statuses(outcome)[Status.APPROVED] == outcome.counted
    assert len(outcome.evidence.in_force) == 2 * ROUNDS // 5


@pytest.mark.parametrize("what", ["a click behind a roster", "a click behind a policy"])
def test_whoever_goes_by_older_rules_counts_nothing(
    two: Racers, database_url: str, what: str
) -> None:
    outcome = two.race(what, database_url, rounds=5)
    lawful(outcome)
    assert outcome.counted == 0
    assert statuses(outcome) == {Status.PENDING: 5}


def test_whoever_goes_by_older_rules_opens_nothing(two: Racers, database_url: str) -> None:
    """By these it would have needed nobody."""
    outcome = two.race("a change behind a policy", database_url, rounds=5)
    lawful(outcome)
    assert not outcome.evidence.stored


def test_two_schedulers(two: Racers, database_url: str) -> None:
    outcome = two.race("two schedulers", database_url)
    lawful(outcome)
    assert statuses(outcome) == {Status.EXPIRED: ROUNDS}
    passed = Counter(entry.signoff for entry in outcome.events(DeadlinePassed))
    assert set(passed.values()) <= {1, 2}, "a deadline passed twice"
    assert len(outcome.evidence.received) == ROUNDS, "told more than once though nobody failed"


def test_a_click_is_judged_by_the_time_at_which_its_turn_came(
    two: Racers, on_postgres: str
) -> None:
    outcome = after_a_wait(two, on_postgres)
    lawful(outcome)
    assert [press.counted for press in outcome.evidence.presses] == [False]
    assert statuses(outcome) == {Status.EXPIRED: 1}


def after_a_wait(two: Racers, url: str) -> Outcome:
    """Of a click that came in time, and whose turn came when the signoff had expired."""
    two.open("a click in time", url)
    with psycopg.connect(url, autocommit=True) as before, psycopg.connect(url) as writer:
        two.prepare(1)
        writer.execute("SELECT pg_advisory_xact_lock(%s)", (TURN,))
        with two.first_goes(1):
            while not before.execute(IT_WAITS).fetchall():
                time.sleep(0.005)
            (waiting,) = before.execute(IT_WAITS).fetchone() or ("",)
            before.execute("SELECT pg_sleep(%s)", (SHORT.expire.total_seconds(),))
            assert waiting
            writer.commit()
    return two.finish(url)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_found(on_postgres: str, bug: Bug) -> None:
    with racers([bug.edit]) as two:
        if bug.race == "a click in time":
            outcome = after_a_wait(two, on_postgres)
            found = {"late"} if outcome.counted else set()
        else:
            outcome = two.race(bug.race, on_postgres, rounds=bug.rounds)
            found = {it.law for it in judge(outcome.evidence)}
    assert bug.shows & (found | {it.partition(":")[0] for it in outcome.troubles})
