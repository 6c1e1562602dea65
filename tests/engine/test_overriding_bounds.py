"""Does an override take a key where people have keys, and two people once there are too many?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import Commit
from bot.domain.emergency import Emergency, ordinal
from bot.domain.errors import (
    KeyRefused,
    NoOverrideAsked,
    NotVouchedFor,
    OverrideByKey,
    OwnOverride,
    StaleRevision,
)
from bot.domain.house_events import PasskeyAdded
from bot.domain.override import OverrideRules
from bot.domain.proving import BY_KEY, BY_SIGN_IN
from bot.domain.signoff import Signoff, Status
from bot.engine.clicks import Proof
from bot.engine.letting_in import let_in_by_hand
from bot.engine.stepping_up import Passkey, State, Used
from storage import audit, overrides, passkeys
from tests.builders import AN_ASSERTION, NOW, a_click, hours, minutes, sha, who
from tests.engine.house import House, a_house, a_house_at
from tests.engine.test_overriding import INCIDENT, SECURITY, WHY, confirm, override
from tests.vouching import VOUCHING, signed_for

BOUNDED = OverrideRules(
    people=frozenset({"pat", "grace"}), channel=SECURITY, per_month=1, review_within=hours(72)
)
KEYED = OverrideRules(people=frozenset({"pat", "grace"}), channel=SECURITY, step_up=True)
CREDENTIAL = "pats-key"
USED = Used(person="pat", credential=CREDENTIAL, sign_count=1)
SIGNED = Proof(how=BY_KEY, assertion=AN_ASSERTION, used=USED)


@pytest.fixture
async def bounded(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, overrides=BOUNDED) as made:
        yield made


@pytest.fixture
async def keyed(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, overrides=KEYED) as made:
        await made.store.write(lambda session: passkeys.add(session, _key()))
        await let_in_by_hand(made.store, VOUCHING, CREDENTIAL)
        yield made


def _key() -> Passkey:
    return Passkey(
        id=CREDENTIAL,
        person="pat",
        public_key="a2V5",
        sign_count=0,
        label="blue",
        at=NOW,
        state=State.WAITING,
    )


async def signed(house: House, signoff: Signoff, proof: Proof, person: str = "pat") -> Signoff:
    click = a_click(signoff, person, id=f"{person} {proof}")
    return await house.signoffs.override(click, INCIDENT, WHY, proof)


# Too many in a month.


async def test_beyond_the_budget_it_takes_two_and_everybody_reads_that(bounded: House) -> None:
    first = await override(bounded, await bounded.open())
    assert first.override
    assert (first.override.nth, first.override.second) == (1, "")
    bounded.clock.go_on(minutes(1))
    second = await bounded.open(key="2", environment="staging")
    asked = await override(bounded, second)
    assert (asked.status, asked.override) == (Status.PENDING, None)
    with pytest.raises(OwnOverride):
        await confirm(bounded, second, "pat")
    after = await confirm(bounded, second, "grace")
    assert after.override
    assert (after.override.nth, after.override.second) == (2, "grace")
    await bounded.settle()
    said = [
        " ".join(str(span) for span in note.spans)
        for note in bounded.chat.notes(SECURITY, Emergency)
        if note.lead.startswith("Emergency override")
    ]
    assert ["the 2nd of this month, and 1 were meant to be enough" in it for it in said] == [
        False,
        True,
    ]
    assert await bounded.board.broken() is None


# Somebody nobody knows.


def by_a_stranger(**said: Any) -> dict[str, Any]:
    """Who may be pat, under a name of which the roster does not know that it is theirs."""
    other = who("", email="pats-other@gmail.example", name="Pat O.")
    facts = {"author": other, "commits": (Commit(sha=sha("a"), author=other),)}
    return {**facts, "commits_complete": True, "files_complete": True, **said}


async def test_what_a_stranger_made_takes_two(tmp_path: Path) -> None:
    rules = replace(BOUNDED, per_month=0)
    async with a_house(tmp_path, overrides=rules) as house:
        signoff = await house.open(**by_a_stranger())
        assert signoff.contributors.unknown
        asked = await override(house, signoff)
        assert (asked.status, asked.override) == (Status.PENDING, None)
        with pytest.raises(OwnOverride):
            await confirm(house, signoff, "pat")
        after = await confirm(house, signoff, "grace")
        assert after.override
        assert (after.override.by, after.override.second) == ("pat", "grace")
        house.clock.go_on(minutes(1))
        known = await house.open(key="2", environment="staging")
        assert (await override(house, known)).override, "and of those we know one is enough"
        assert await house.board.broken() is None


async def test_the_next_month_begins_anew(bounded: House) -> None:
    """At midnight of the first, in UTC: a moment before it takes two, and then one."""
    await override(bounded, await bounded.open())
    begins = datetime(2026, 12, 1, tzinfo=UTC)
    for key, at, status in (
        ("2", begins - timedelta(seconds=1), Status.PENDING),
        ("3", begins, Status.OVERRIDDEN),
    ):
        bounded.clock.now = at
        for late in await bounded.board.unreviewed():
            click = a_click(late, "ada", id=f"review {late.id}")
            await bounded.signoffs.review_override(click, "it was right", fine=True)
        opened = await bounded.open(key=key, environment=f"env-{key}")
        assert (await override(bounded, opened)).status is status


async def test_what_was_opened_last_month_counts_in_this_one(bounded: House) -> None:
    bounded.clock.now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    first = await bounded.open()
    second = await bounded.open(key="2", environment="staging")
    bounded.clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    await override(bounded, first)
    bounded.clock.go_on(minutes(1))
    assert (await override(bounded, second)).status is Status.PENDING
    assert (await bounded.board.overrides()).this_month == 1


async def test_what_nobody_confirmed_is_not_counted(bounded: House) -> None:
    await override(bounded, await bounded.open())
    bounded.clock.go_on(minutes(1))
    asked = await override(bounded, await bounded.open(key="2", environment="staging"))
    assert asked.override_asked
    assert (await bounded.board.overrides()).this_month == 1


async def test_it_is_counted_on_every_store(database_url: str) -> None:
    async with a_house_at(database_url, overrides=BOUNDED) as house:
        await override(house, await house.open())
        now = house.clock()
        counted = await house.store.read(lambda session: overrides.this_month(session, now))
        later = await house.store.read(
            lambda session: overrides.this_month(session, now + timedelta(days=40))
        )
        assert (counted, later) == (1, 0)


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (22, "22nd"), (111, "111th")],
)  # fmt: skip
def test_how_a_number_is_said(number: int, word: str) -> None:
    assert ordinal(number) == word


# With a key.


async def test_a_command_of_the_chat_is_not_enough_where_keys_are_asked_for(keyed: House) -> None:
    signoff = await keyed.open()
    for proof in (
        Proof(),
        Proof(how=BY_SIGN_IN),
        Proof(how=BY_KEY),
        Proof(how=BY_SIGN_IN, assertion=AN_ASSERTION),
    ):
        with pytest.raises(OverrideByKey):
            await signed(keyed, signoff, proof)
    with pytest.raises(OverrideByKey):
        await override(keyed, signoff)
    assert (await keyed.now(signoff)).status is Status.PENDING
    after = await signed(keyed, signoff, SIGNED)
    assert after.override
    assert (after.status, after.override.shown.assertion) == (Status.OVERRIDDEN, AN_ASSERTION)
    assert await keyed.board.broken() is None


@pytest.mark.parametrize(
    "used",
    [
        replace(USED, person="grace"),
        replace(USED, credential="another"),
        replace(USED, sign_count=0),
    ],
    ids=["of another", "of nobody", "a copy"],
)
async def test_a_key_that_is_not_theirs_overrides_nothing(keyed: House, used: Used) -> None:
    signoff = await keyed.open()
    await signed(keyed, await keyed.open(key="2", environment="staging"), SIGNED)
    with pytest.raises(KeyRefused):
        await signed(keyed, signoff, replace(SIGNED, used=used))
    assert (await keyed.now(signoff)).status is Status.PENDING
    again = replace(SIGNED, used=replace(USED, sign_count=2))
    assert (await signed(keyed, signoff, again)).status is Status.OVERRIDDEN


@pytest.mark.parametrize("vouches", [False, True])
async def test_a_key_that_nobody_vouches_for_overrides_nothing(
    tmp_path: Path, *, vouches: bool
) -> None:
    """Its row and its entry are there, as whoever writes the database writes them."""
    come = PasskeyAdded(
        person="pat",
        credential=CREDENTIAL,
        key_digest=passkeys.digest_of("a2V5"),
        by="operator",
        how="operator",
        at=NOW,
    )
    event = signed_for(come) if vouches else come
    async with a_house(tmp_path, overrides=KEYED) as house:
        active = replace(_key(), state=State.ACTIVE)
        await house.store.write(lambda session: passkeys.add(session, active))
        await house.store.write(lambda session: audit.append_house(session, event))
        signoff = await house.open()
        if vouches:
            assert (await signed(house, signoff, SIGNED)).status is Status.OVERRIDDEN
            return
        with pytest.raises(NotVouchedFor):
            await signed(house, signoff, SIGNED)
        assert (await house.now(signoff)).status is Status.PENDING


async def test_a_key_that_was_removed_meanwhile_overrides_nothing(keyed: House) -> None:
    signoff = await keyed.open()
    await keyed.store.write(lambda s: passkeys.become(s, CREDENTIAL, State.REVOKED, "pat"))
    with pytest.raises(KeyRefused):
        await signed(keyed, signoff, SIGNED)
    assert (await keyed.now(signoff)).status is Status.PENDING


# What they read is what they do.


async def test_it_is_of_the_revision_they_read(bounded: House) -> None:
    signoff = await bounded.open()
    with pytest.raises(StaleRevision):
        await bounded.signoffs.override(a_click(signoff, "pat", revision=sha("b")), INCIDENT, WHY)
    assert (await bounded.now(signoff)).status is Status.PENDING
    assert (await override(bounded, signoff)).status is Status.OVERRIDDEN


async def test_what_is_confirmed_is_what_was_read(bounded: House) -> None:
    await override(bounded, await bounded.open())
    bounded.clock.go_on(minutes(1))
    signoff = await bounded.open(key="2", environment="staging")
    asked = (await override(bounded, signoff)).override_asked
    assert asked
    for wanted, goes_on in ((replace(asked, incident="INC-1"), False), (asked, True)):
        click = a_click(signoff, "grace", id=f"confirm {wanted.incident}")
        if goes_on:
            after = await bounded.signoffs.confirm_override(click, wanted)
            assert after.status is Status.OVERRIDDEN
        else:
            with pytest.raises(NoOverrideAsked):
                await bounded.signoffs.confirm_override(click, wanted)
