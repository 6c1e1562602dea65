"""Is it known who has how much before them, whatever happens to what they were asked for?"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bot.domain.events import Delegated, Event, Opened, ReviewTakenBack
from bot.domain.lifecycle import advance, begin
from bot.domain.signoff import Delegation, Signoff
from storage import invitations, recording
from storage.invitations import Count
from storage.store import Store
from tests.builders import (
    NOW,
    SOON,
    an_ask,
    approves,
    asked,
    hours,
    opened,
    reassessed,
    rejects,
    standings,
    time_passes,
    withdrawn,
)


async def begun(store: Store, *people: str) -> Signoff:
    """Two have to agree, so that one approval decides nothing."""
    event: Opened = opened(an_ask(2), invited=asked(*people))
    await store.write(lambda session: recording.insert(session, event, begin(event)))
    return begin(event).signoff


async def happen(store: Store, signoff: Signoff, *events: Event) -> Signoff:
    for event in events:
        step = advance(signoff, event)
        await store.write(partial(recording.update, event=event, step=step))
        signoff = step.signoff
    return signoff


PEOPLE = ("ada", "grace", "pat")


async def load(store: Store, since: datetime = NOW) -> dict[str, Count]:
    return dict(await store.read(lambda session: invitations.load(session, since, PEOPLE)))


async def busy(store: Store) -> set[str]:
    """Whoever has something before them."""
    return {person for person, count in (await load(store)).items() if count.waiting}


def passed_on(by: str, to: str) -> Delegated:
    passed = Delegation(by=by, to=to, at=SOON, reason="Hers.")
    return Delegated(delegation=passed, standings=standings())


async def test_whoever_is_asked_has_it_before_them(store: Store) -> None:
    await begun(store, "ada", "grace")
    once = Count(waiting=1, lately=1)
    assert await load(store) == {"ada": once, "grace": once}
    assert await load(store, NOW + hours(1)) == {person: Count(1, 0) for person in ("ada", "grace")}


async def test_whoever_answered_has_it_no_more_and_was_asked_all_the_same(store: Store) -> None:
    signoff = await begun(store, "ada", "grace")
    await happen(store, signoff, approves("ada"))
    assert await load(store) == {"ada": Count(0, 1), "grace": Count(1, 1)}


async def test_whoever_takes_it_back_has_it_again(store: Store) -> None:
    signoff = await begun(store, "ada", "grace")
    await happen(store, signoff, approves("ada"), ReviewTakenBack(person="ada", at=SOON))
    assert await busy(store) == {"ada", "grace"}


async def test_an_answer_of_somebody_who_was_not_asked_frees_nobody(store: Store) -> None:
    signoff = await begun(store, "grace")
    await happen(store, signoff, approves("ada"))
    assert await busy(store) == {"grace"}


async def test_an_answer_that_counts_no_more_has_to_be_given_anew(store: Store) -> None:
    signoff = await begun(store, "ada", "grace")
    await happen(store, signoff, approves("ada"), reassessed(an_ask(2)))
    assert await busy(store) == {"ada", "grace"}


async def test_what_is_passed_on_is_before_the_other(store: Store) -> None:
    signoff = await begun(store, "ada")
    there = await happen(store, signoff, passed_on("ada", "grace"))
    assert await busy(store) == {"grace"}
    await happen(store, there, passed_on("grace", "ada"))
    assert await busy(store) == {"ada"}


async def test_who_passed_it_on_and_takes_an_approval_back_is_not_asked_again(store: Store) -> None:
    signoff = await begun(store, "ada")
    taken_back = ReviewTakenBack(person="ada", at=SOON)
    await happen(store, signoff, passed_on("ada", "grace"), approves("ada"), taken_back)
    assert await busy(store) == {"grace"}


async def test_whoever_is_asked_when_it_widens_has_it_as_well(store: Store) -> None:
    signoff = await begun(store, "ada", "grace")
    await happen(store, signoff, approves("ada"), time_passes(NOW + hours(1), "pat"))
    assert await busy(store) == {"grace", "pat"}


async def test_what_is_decided_is_before_nobody(store: Store) -> None:
    signoff = await begun(store, "ada", "grace")
    await happen(store, signoff, rejects("ada"))
    assert await busy(store) == set()


async def test_nor_is_what_was_withdrawn(store: Store) -> None:
    signoff = await begun(store, "ada", "grace")
    await happen(store, signoff, withdrawn())
    assert await busy(store) == set()


async def test_how_often_each_was_asked_since_a_moment_of_their_own(store: Store) -> None:
    signoff = await begun(store, "ada")
    await happen(store, signoff, passed_on("ada", "grace"))

    async def asked_since(**begins: datetime) -> dict[str, int]:
        return dict(await store.read(lambda session: invitations.since(session, begins)))

    assert await asked_since(ada=NOW, grace=SOON, pat=NOW) == {"ada": 1, "grace": 1}
    assert await asked_since(ada=SOON, grace=SOON) == {"grace": 1}
    assert await asked_since() == {}


async def test_more_people_than_are_looked_for_at_once(store: Store) -> None:
    people = [f"p{number}" for number in range(invitations.PEOPLE_AT_ONCE + 3)]
    await begun(store, *people)
    found = await store.read(lambda session: invitations.since(session, dict.fromkeys(people, NOW)))
    assert found == dict.fromkeys(people, 1)
