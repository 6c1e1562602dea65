"""An incident is told of: what is written, by whom it may be changed, and do tables and trail agree?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import IncidentKeyUsed, UnknownIncident
from bot.domain.house_events import HouseEvent, IncidentLinked, RolledBack
from bot.domain.outcomes import retold
from bot.domain.signoff import Signoff
from bot.engine.incidents import Known, Telling
from bot.engine.outcomes import Outcomes
from bot.ports import Landing, Trouble
from storage import audit, incidents, moment
from storage.statements import connection_of
from storage.store import Session
from storage.tables import table
from tests.builders import NOW, a_change, ids, sha
from tests.engine.house import House, a_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as made:
        yield made


def outcomes_of(house: House) -> Outcomes:
    numbers = {"inc_": ids("inc_")}
    return Outcomes(store=house.store, bell=house.bell, new_id=lambda prefix: numbers[prefix]())


@pytest.fixture
def outcomes(house: House) -> Outcomes:
    return outcomes_of(house)


def a_telling(**facts: Any) -> Telling:
    known: dict[str, Any] = {
        "source": "ci",
        "key": "INC-4711",
        "title": "Checkout is down",
        "by": "@ci",
        "environment": "production",
        "repositories": ("acme/payments-*",),
    }
    return Telling(**{**known, **facts})


def a_trouble(**facts: Any) -> Trouble:
    known: dict[str, Any] = {
        "connection": "pager",
        "message": "01ABC",
        "key": "Q1ABC",
        "title": "Checkout is down",
        "state": "opened",
        "began": NOW,
        "at": NOW,
        "environment": "production",
        "repositories": ("acme/payments-*",),
    }
    return Trouble(**{**known, **facts})


async def shipped(house: House, key: str, revision: str = "a", **facts: Any) -> Signoff:
    signoff = await house.open(key=key, revision=sha(revision), **facts)
    await house.review(signoff, "ada")
    change = signoff.change
    await house.signoffs.shipped(
        Landing(connection=change.connection, key=change.key, succeeded=True)
    )
    return await house.now(signoff)


async def count(house: House, *signoffs: Signoff) -> None:
    """As the duty that follows the trail does, as far as this needs it."""

    def write(session: Session) -> None:
        say = connection_of(session).execute
        for it in signoffs:
            change, shipment = it.change, it.shipment
            say(
                table("counted")
                .insert()
                .values(
                    signoff_id=it.id,
                    seq=1,
                    connection=change.connection,
                    key=change.key,
                    repository=change.repository,
                    environment=change.environment,
                    kind=change.kind.value,
                    opened_at=it.opened_at,
                    day=0,
                    status=it.status.value,
                    ai="",
                    shipped_at=shipment and shipment.at,
                    ship_failed=0,
                )
            )
        say(table("mark").delete().where(table("mark").c.name == "counted"))
        say(table("mark").insert().values(name="counted", seq=10**6, made=1))

    await house.store.write(write)


async def told(house: House) -> list[HouseEvent]:
    return await house.store.read(lambda session: audit.of_house(session))


async def check_replay(house: House) -> None:
    """What the tables say is what the trail says, and in the same order."""
    past = retold(await told(house))

    def look(session: Session) -> None:
        found = {it.id: it for it in incidents.newest(session, NOW + timedelta(days=999), 999)}
        assert found == past.incidents
        for id in found:
            links = {it.signoff_id: it for it in incidents.links(session, id)}
            assert links == {it.signoff_id: it for it in past.links.get(id, ())}

    await house.store.read(look)


def how(known: Known) -> dict[str, str]:
    return {it.signoff_id: it.how for it in known.links}


async def now(outcomes: Outcomes, id: str = "inc_1") -> Known:
    found = await outcomes.find(id, ["ci", "pager", "@people"])
    assert found
    return found


async def test_it_is_told_once_and_said_once(house: House, outcomes: Outcomes) -> None:
    signoff = await shipped(house, "1")
    first = await outcomes.open(a_telling(signoffs=(signoff.id,)))
    again = await outcomes.open(a_telling(signoffs=(signoff.id,)))
    assert (first.new, again.new) == (True, False)
    assert how(first) == how(again) == {signoff.id: "said"}
    assert len([it for it in await told(house) if isinstance(it, IncidentLinked)]) == 1
    await check_replay(house)


@pytest.mark.parametrize(
    "facts",
    [
        {"title": "Another"},
        {"environment": "staging"},
        {"repositories": ()},
        {"severity": "1"},
        {"started_at": NOW - timedelta(hours=1)},
        {"signoffs": ("sgn_9",)},
    ],
)
async def test_under_the_same_key_nothing_else_is_told(
    outcomes: Outcomes, facts: dict[str, Any]
) -> None:
    await outcomes.open(a_telling())
    with pytest.raises(IncidentKeyUsed):
        await outcomes.open(a_telling(**facts))
    assert (await outcomes.open(a_telling(source="hub", by="@hub", **facts))).new


async def test_by_time_nobody_looks_before_the_trail_is_counted(
    house: House, outcomes: Outcomes
) -> None:
    signoff = await shipped(house, "1")
    house.clock.go_on(timedelta(minutes=5))
    await outcomes.open(a_telling())
    await outcomes.beat()
    assert how(await now(outcomes)) == {}
    await count(house, signoff)
    await outcomes.beat()
    assert how(await now(outcomes)) == {signoff.id: "nearby"}
    await check_replay(house)


async def test_each_is_looked_at_once_over_restarts(house: House, outcomes: Outcomes) -> None:
    signoff = await shipped(house, "1")
    await outcomes.open(a_telling())
    await count(house, signoff)
    await outcomes.beat()
    entries = len(await told(house))
    await outcomes_of(house).beat()
    assert len(await told(house)) == entries


async def test_of_two_one_is_struck_and_the_other_is_left(house: House, outcomes: Outcomes) -> None:
    one = await shipped(house, "1")
    two = await shipped(house, "2", "b", repository="acme/payments-web")
    await outcomes.open(a_telling())
    await count(house, one, two)
    await outcomes.beat()
    assert how(await now(outcomes)) == {one.id: "perhaps", two.id: "perhaps"}
    assert how(await outcomes.strike("inc_1", two.id, "grace")) == {
        one.id: "nearby",
        two.id: "struck",
    }
    assert how(await outcomes.say("inc_1", [two.id], "@ci"))[two.id] == "struck"
    await check_replay(house)


async def test_what_was_deployed_afterwards_or_badly_is_no_suspect(
    house: House, outcomes: Outcomes
) -> None:
    await outcomes.open(a_telling())
    house.clock.go_on(timedelta(minutes=1))
    later = await shipped(house, "1")
    await count(house, later)
    await outcomes.beat()
    assert how(await now(outcomes)) == {}


async def test_over_is_over_and_not_before_it_began(house: House, outcomes: Outcomes) -> None:
    await outcomes.open(a_telling())
    house.clock.go_on(timedelta(hours=1))
    over = await outcomes.resolve("inc_1", "@ci", NOW - timedelta(days=3))
    assert over.incident.resolved_at == NOW
    again = await outcomes.resolve("inc_1", "ada")
    assert again == over
    await check_replay(house)


async def test_there_is_no_such_incident(outcomes: Outcomes) -> None:
    for deed in (
        outcomes.resolve("inc_9", "ada"),
        outcomes.say("inc_9", ["sgn_1"], "ada"),
        outcomes.strike("inc_9", "sgn_1", "ada"),
    ):
        with pytest.raises(UnknownIncident):
            await deed


async def test_pagerduty_opens_ends_and_opens_again(house: House, outcomes: Outcomes) -> None:
    await outcomes.told(a_trouble())
    await outcomes.told(a_trouble())  # it says everything more than once
    house.clock.go_on(timedelta(hours=1))
    over = a_trouble(message="02", state="resolved", at=house.clock())
    await outcomes.told(over)
    assert (await now(outcomes, "Q1ABC")).incident.resolved_at == house.clock()
    house.clock.go_on(timedelta(hours=1))
    await outcomes.told(a_trouble(message="03", at=house.clock()))
    reopened = (await now(outcomes, "Q1ABC")).incident
    assert (reopened.resolved_at, reopened.started_at) == (None, NOW)
    await outcomes.told(over)  # the old end, once more
    assert (await now(outcomes, "Q1ABC")).incident.resolved_at is None
    await check_replay(house)


async def test_an_end_whose_beginning_nobody_heard_of_is_both(
    house: House, outcomes: Outcomes
) -> None:
    house.clock.go_on(timedelta(hours=1))
    await outcomes.told(a_trouble(state="resolved", at=house.clock()))
    it = (await now(outcomes, "Q1ABC")).incident
    assert (it.started_at, it.resolved_at) == (NOW, house.clock())
    await check_replay(house)


async def test_what_comes_late_of_an_earlier_opening_opens_nothing(
    house: House, outcomes: Outcomes
) -> None:
    house.clock.go_on(timedelta(hours=1))
    await outcomes.told(a_trouble(state="resolved", at=house.clock()))
    await outcomes.told(a_trouble(message="00"))
    assert (await now(outcomes, "Q1ABC")).incident.resolved_at == house.clock()


async def test_one_source_cannot_speak_of_the_incident_of_another(outcomes: Outcomes) -> None:
    await outcomes.open(a_telling())
    assert await outcomes.find("INC-4711", ["hub"]) is None
    assert await outcomes.find("inc_1", ["hub"]) is None
    assert await outcomes.find("inc_1", ["ci"])


async def test_titles_and_lists_are_bounded(outcomes: Outcomes) -> None:
    long = a_telling(title="x" * 500, repositories=tuple(f"acme/{it}" for it in range(99)))
    it = (await outcomes.open(long)).incident
    assert (len(it.title), len(it.repositories)) == (200, 20)


async def test_an_older_revision_again_takes_back_what_came_after(house: House) -> None:
    first = await shipped(house, "1", "a")
    house.clock.go_on(timedelta(minutes=1))
    second = await shipped(house, "2", "b")
    house.clock.go_on(timedelta(minutes=1))
    again = Landing(connection=first.change.connection, key="1", succeeded=True, detail="again")
    for _ in range(2):
        await house.signoffs.shipped(again)
    (back,) = [it for it in await told(house) if isinstance(it, RolledBack)]
    assert (back.signoffs, back.to_revision) == ((second.id,), first.change.revision)


async def test_with_the_entry_the_row_goes(
    house: House, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> int:
        raise RuntimeError("the disk is full")

    signoff = await shipped(house, "1")
    with monkeypatch.context() as patched:
        patched.setattr(incidents, "link", breaks)
        with pytest.raises(RuntimeError):
            await outcomes.open(a_telling(signoffs=(signoff.id,)))
    assert await outcomes.newest() == []
    await check_replay(house)


async def test_open_ones_stand_first(house: House, outcomes: Outcomes) -> None:
    await outcomes.open(a_telling(key="old"))
    house.clock.go_on(timedelta(hours=1))
    await outcomes.open(a_telling(key="new"))
    await outcomes.resolve("inc_2", "ada")
    house.clock.go_on(timedelta(hours=1))
    found: Sequence[Known] = await outcomes.newest()
    assert [it.incident.key for it in found] == ["old", "new"]
    assert replace(found[0], new=False) == found[0]
    assert await house.store.read(incidents.open_count) == 1
    assert await house.store.read(moment.now) == house.clock()
    assert a_change().connection
