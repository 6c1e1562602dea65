"""Is exactly that signed which was decided, once, and never what somebody wrote over it?"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from bot import signing
from bot.agent import trail, vouching
from bot.agent.vouching import Wanted
from bot.domain.override import Override
from bot.domain.signoff import Ask, Signoff
from bot.domain.statement import statement_of
from bot.engine.attesting import Attesting, decided_by
from bot.engine.checkpointing import Checkpointing
from bot.ports import Undelivered, Unreachable
from bot.signing import Signer
from storage import attestations, audit, checkpoints
from storage.attestations import Told
from storage.audit import leaf_of
from storage.store import Session
from tests.builders import (
    NOW,
    PAYMENTS,
    ROSTER,
    a_change,
    a_person,
    a_requirement,
    approves,
    hours,
    minutes,
    opened,
    out_of_groups,
    sha,
    with_person,
)
from tests.engine.house import House
from tests.statements import POSITION
from tests.storage.disarming import disarmed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNER = Signer.of(KEY)
PUBLIC = signing.raw(SIGNER.public)
URL = "https://sign.acme.example"
DAY = timedelta(days=1)


@pytest.fixture
def attesting(house: House) -> Attesting:
    made = attesting_in(house)
    house.dispatcher.carrier.attest = made.made
    return made


def attesting_in(house: House, signer: Signer = SIGNER) -> Attesting:
    checkpointing = Checkpointing(
        store=house.store,
        origin="sign.acme.example/audit",
        public=PUBLIC,
        sign=signer.sign,
        clock=house.clock,
        remote=signer.remote,
    )
    return Attesting(
        store=house.store,
        sign=signer.envelope,
        checkpointing=checkpointing,
        valid_for=DAY,
        public_url=URL,
        remote=signer.remote,
    )


async def approved(house: House, number: int = 1) -> Signoff:
    """Decided, and nothing of it carried out."""
    change = a_change(key=f"deploy/{number}", environment=f"production-{number}")
    opened = (await house.signoffs.open(change)).signoff
    if opened.status.is_final:
        return opened
    return await house.review(opened)


def wanted(house: House, signoff: Signoff) -> Wanted:
    return Wanted(
        repository="acme/payments-api",
        revision=sha("a"),
        environment=signoff.change.environment,
        at=house.clock() + minutes(1),
    )


async def sizes(house: House) -> list[int]:
    return await house.store.read(lambda s: [it.size for it in checkpoints.all_of(s)])


@pytest.fixture
async def decided(house: House) -> Signoff:
    return await approved_in_production(house)


async def approved_in_production(house: House) -> Signoff:
    opened = (await house.signoffs.open(a_change())).signoff
    return await house.review(opened)


# What is signed.


async def test_whoever_deploys_can_verify_it(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    signed = await attesting.made(decided.id)
    said: Any = signing.verify(signed.envelope, SIGNER.public)
    assert vouching.against(said, wanted(house, decided)) == []
    place = trail.place_of(said["predicate"], [PUBLIC])
    (entry,) = [it for it in await _told(house, decided) if it.seq == place.seq]
    assert (entry.event.kind, entry.leaf) == ("reviewed", said["predicate"]["audit"]["leaf"])
    (review,) = said["predicate"]["reviews"]
    assert (review["person"], review["level"], review["groups"]) == ("ada", "senior", [PAYMENTS])


async def test_its_summary_names_the_very_bytes_that_are_kept(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    await house.settle()
    kept = await attesting.kept(decided.id)
    assert kept.summary is not None
    summary: Any = signing.verify(kept.summary, SIGNER.public)
    (attestation,) = summary["predicate"]["inputAttestations"]
    assert attestation["digest"] == {"sha256": hashlib.sha256(kept.envelope.encode()).hexdigest()}


async def test_what_comes_after_the_decision_is_no_part_of_it(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    before: Any = signing.verify((await attesting.made(decided.id)).envelope, SIGNER.public)
    await house.settle()
    assert (await house.now(decided)).report is not None
    after: Any = signing.verify((await attesting.made(decided.id)).envelope, SIGNER.public)
    assert after == before


async def test_the_first_that_is_kept_stays(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    first, second = await asyncio.gather(attesting.kept(decided.id), attesting.kept(decided.id))
    assert first == second
    await house.settle()
    assert await house.board.attestation(decided.id) == first.envelope
    assert await attesting.kept(decided.id) == first


async def test_a_burst_shares_a_checkpoint(house: House, attesting: Attesting) -> None:
    many = [await approved(house, number) for number in range(12)]
    await asyncio.gather(*(attesting.made(it.id) for it in many))
    assert len(await sizes(house)) == 1


async def test_nothing_is_signed_before_it_is_decided(house: House, attesting: Attesting) -> None:
    opened = (await house.signoffs.open(a_change())).signoff
    with pytest.raises(Undelivered, match="not decided yet"):
        await attesting.made(opened.id)
    await house.review(opened)
    await attesting.made(opened.id)


async def test_what_there_is_not_is_not_signed(attesting: Attesting) -> None:
    with pytest.raises(Undelivered, match="nothing was signed"):
        await attesting.made("sgn_none")


async def test_an_override_is_good_no_longer_than_it_lasts(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    now = house.clock()
    override = Override(
        by="pat", reason="it is down", incident="INC-7", at=now, until=now + hours(1),
        review_by=now + DAY,
    )  # fmt: skip
    assert attesting._until(decided) == now + DAY
    assert attesting._until(replace(decided, override=override)) == now + hours(1)


# What somebody who owns the database writes is not signed.

Insider = Callable[[Session, Signoff], None]


def another_approver(session: Session, decided: Signoff) -> None:
    _in_document(session, decided, '"person":"ada"', '"person":"pat"')


def another_revision(session: Session, decided: Signoff) -> None:
    _in_document(session, decided, sha("a"), sha("b"))


def another_environment(session: Session, decided: Signoff) -> None:
    _in_document(session, decided, '"environment":"production"', '"environment":"staging"')


def in_the_entry(session: Session, decided: Signoff) -> None:
    disarmed(session.connection())
    _in_entries(session, '"person":"ada"', '"person":"pat"', hashed=False)


def in_both(session: Session, decided: Signoff) -> None:
    another_approver(session, decided)
    in_the_entry(session, decided)


def unknown_event(session: Session, decided: Signoff) -> None:
    disarmed(session.connection())
    _in_entries(session, '"kind":"reviewed"', '"kind":"blessed"', hashed=True)


def without_its_opening(session: Session, decided: Signoff) -> None:
    disarmed(session.connection())
    session.connection().execute(text("DELETE FROM audit WHERE body LIKE '%\"opened\"%'"))


@pytest.mark.parametrize(
    "insider",
    [
        another_approver,
        another_revision,
        another_environment,
        in_the_entry,
        in_both,
        unknown_event,
        without_its_opening,
    ],
)
async def test_what_was_edited_is_not_signed(
    house: House, attesting: Attesting, decided: Signoff, insider: Insider
) -> None:
    await house.store.write(lambda session: insider(session, decided))
    with pytest.raises(Undelivered, match="nothing was signed") as refused:
        await attesting.made(decided.id)
    assert refused.value.final


async def test_an_entry_that_was_covered_and_then_rewritten_is_not_signed(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    """Hashed anew, and the document with it: only the checkpoint knows."""
    seq = (await _told(house, decided))[-1].seq
    await attesting.checkpointing.covering(seq)

    def rewrite(session: Session) -> None:
        disarmed(session.connection())
        another_approver(session, decided)
        _in_entries(session, '"person":"ada"', '"person":"pat"', hashed=True)

    await house.store.write(rewrite)
    with pytest.raises(Unreachable, match="run countersign audit verify"):
        await attesting.made(decided.id)


async def test_it_is_parked_and_an_operator_hears_of_it(
    house: House, attesting: Attesting, decided: Signoff
) -> None:
    assert attesting.trouble() == []
    await house.store.write(lambda session: another_approver(session, decided))
    await house.settle()
    assert await house.board.attestation(decided.id) is None
    assert attesting.trouble() == ["1 decision was not signed: run countersign audit verify"]
    assert (await house.board.backlog())["parked"] == 1


# A key that is elsewhere.


async def test_a_key_elsewhere_may_be_away_for_a_while(house: House, decided: Signoff) -> None:
    away = [Unreachable("the vault is sealed")] * 2

    def sign(message: bytes) -> bytes:
        if away:
            raise away.pop()
        return KEY.sign(message)

    attesting = attesting_in(house, Signer(SIGNER.public, sign, remote=True))
    house.dispatcher.carrier.attest = attesting.made
    await house.settle()
    assert await house.board.attestation(decided.id) is None
    assert attesting.trouble() == []
    house.clock.go_on(hours(1))
    await house.settle()
    house.clock.go_on(hours(1))
    await house.settle()
    envelope = await house.board.attestation(decided.id)
    assert envelope is not None
    signing.verify(envelope, SIGNER.public)


async def _told(house: House, signoff: Signoff) -> list[attestations.Told]:
    return await house.store.read(lambda s: attestations.told(s, signoff.id))


def _in_document(session: Session, decided: Signoff, old: str, new: str) -> None:
    found = session.connection().execute(
        text("UPDATE signoff SET document = replace(document, :old, :new) WHERE id = :id"),
        {"old": old, "new": new, "id": decided.id},
    )
    assert found.rowcount == 1
    (document,) = session.connection().execute(
        text("SELECT document FROM signoff WHERE id = :id"), {"id": decided.id}
    ).one()  # fmt: skip
    assert new in document


def _in_entries(session: Session, old: str, new: str, *, hashed: bool) -> None:
    changed = 0
    for entry in list(audit.entries(session)):
        body = entry.body.replace(old, new)
        if body == entry.body:
            continue
        leaf = leaf_of(body.encode()) if hashed else entry.leaf
        session.connection().execute(
            text("UPDATE audit SET body = :body, leaf = :leaf WHERE seq = :seq"),
            {"body": body, "leaf": leaf, "seq": entry.seq},
        )
        changed += 1
    assert changed


@pytest.mark.parametrize("left", [True, False])
def test_only_those_whose_approval_counted_decided(left: bool) -> None:
    """Of all reviews, as they count at that moment; who left their group before stands among them."""
    ask = Ask(approvals=2, level="senior", groups=frozenset({PAYMENTS}))
    there = with_person(ROSTER, a_person("lin"), PAYMENTS)
    now = out_of_groups(there, "ada") if left else there
    events = (
        opened(requirement=a_requirement(ask)),
        approves("ada", roster=there),
        approves("grace", roster=now),
        *([approves("lin", roster=now)] if left else []),
    )
    told = [Told(seq, f"{seq:064x}", event) for seq, event in enumerate(events, 1)]
    decided, _ = decided_by(told)
    assert decided
    statement: Any = statement_of(
        decided.signoff, POSITION, NOW + DAY, decided.standings, decided.deciders
    )
    said = statement["predicate"]
    assert said["decidedBy"] == (["grace", "lin"] if left else ["ada", "grace"])
    assert "ada" in {it["person"] for it in said["reviews"]}
