"""Is an override that says that security keys signed it looked at as an approval is?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot import auditing
from bot.auditing import approvals
from bot.domain.events import Overridden, OverrideAsked
from bot.domain.override import OverrideRules
from bot.domain.proving import BY_KEY, BY_SIGN_IN, Assertion, Shown
from bot.domain.signoff import Signoff, Status
from bot.engine.attesting import decided_by
from bot.engine.clicks import Proof
from bot.web.pages.statements import EMERGENCY
from storage import attestations
from tests.builders import AN_ASSERTION, a_click, minutes, sha
from tests.engine.house import a_house
from tests.test_auditing import checkpointing, vouch
from tests.test_auditing_deep import added, asserted, flaws, removed, tell
from tests.web.authenticator import SoftKey

Captured = pytest.CaptureFixture[str]
Assert = Callable[[SoftKey, Signoff], Assertion]
URL = "https://sign.acme.example"
INCIDENT, WHY = "INC-4711", "checkout is down"
ALONE = OverrideRules(people=frozenset({"pat", "grace"}), channel="C0SECURITY", step_up=True)
TWO = replace(ALONE, second=True)
LATER = minutes(14)


def a_key() -> SoftKey:
    return SoftKey(origin=URL, rp="sign.acme.example")


def asks(key: SoftKey, it: Signoff, **lies: object) -> Assertion:
    """What the key of whoever overrides signs."""
    said = {"v": EMERGENCY, "do": "override", "person": "pat", "verdict": "", "policyDigest": None,
            "of": "", "asked": "", "incident": INCIDENT, "reason": WHY}  # fmt: skip
    return asserted(key, it, **{**said, **lies})


def confirms(key: SoftKey, it: Signoff, **lies: object) -> Assertion:
    at = f"{(it.opened_at + LATER).isoformat()[:19]}Z"
    said = {"do": "confirm", "person": "grace", "of": "pat", "at": at}
    return asks(key, it, **{**said, **lies})


def by_key(made: Assertion) -> Proof:
    """As if somebody had looked at what it signed."""
    return Proof(how=BY_KEY, assertion=made, used=None)


async def overridden(folder: Path, made: Assert = asks, *, let_in: bool = True) -> Path:
    key = a_key()
    async with a_house(folder, overrides=ALONE) as house:
        if let_in:
            await tell(house, [added(key, "pat")])
        signoff = await house.open()
        click = a_click(signoff, "pat")
        proof = by_key(made(key, signoff))
        done = await house.signoffs.override(click, INCIDENT, WHY, proof)
        assert done.status is Status.OVERRIDDEN
        await house.settle()
        await checkpointing(house.store, house.clock).covering(1)
    return vouched(folder)


async def confirmed(
    folder: Path, first: Assert = asks, second: Assert = confirms, *, loses_it: bool = False
) -> Path:
    """Fourteen minutes later; `loses_it`: whoever asked has no key any more."""
    one, other = a_key(), a_key()
    async with a_house(folder, overrides=TWO) as house:
        await tell(house, [added(one, "pat"), added(other, "grace")])
        signoff = await house.open()
        asked = await house.signoffs.override(
            a_click(signoff, "pat"), INCIDENT, WHY, by_key(first(one, signoff))
        )
        assert asked.override_asked
        if loses_it:
            await tell(house, [replace(removed(one), person="pat")])
        house.clock.go_on(LATER)
        done = await house.signoffs.confirm_override(
            a_click(signoff, "grace", id="confirm"),
            asked.override_asked,
            by_key(second(other, signoff)),
        )
        assert done.status is Status.OVERRIDDEN
        await house.settle()
        await checkpointing(house.store, house.clock).covering(1)
    return vouched(folder)


def vouched(folder: Path) -> Path:
    file = folder / "countersign.db"
    vouch(file)
    return file


def against(file: Path, capsys: Captured) -> list[str]:
    return [why for kind, _, why in flaws(file, capsys) if kind == "signoff"]


# Alone.


async def test_what_their_own_key_signed_holds(tmp_path: Path, capsys: Captured) -> None:
    assert against(await overridden(tmp_path), capsys) == []


FORGED: Mapping[str, tuple[str, Assert]] = {
    "garbage": ("made with a key that is not among theirs", lambda key, it: AN_ASSERTION),
    "a garbage signature": (
        "its signature does not fit",
        lambda key, it: replace(asks(key, it), signature="c2ln"),
    ),
    "an approval": (
        "they decided on another v",
        lambda key, it: asks(key, it, v="countersign-decision/1"),
    ),
    "a confirmation": (
        "they decided on another do",
        lambda key, it: asks(key, it, do="confirm"),
    ),
    "of somebody's asking": (
        "they decided on another of",
        lambda key, it: asks(key, it, of="grace"),
    ),
    "of another incident": (
        "they decided on another incident",
        lambda key, it: asks(key, it, incident="INC-1"),
    ),
    "for another reason": (
        "they decided on another reason",
        lambda key, it: asks(key, it, reason="fun"),
    ),
    "of another revision": (
        "they decided on another revision",
        lambda key, it: asks(key, it, revision=sha("f")),
    ),
    "of another signoff": (
        "they decided on another signoff",
        lambda key, it: asks(key, it, signoff="sgn_9"),
    ),
    "of seven minutes before": (
        "they decided at another moment",
        lambda key, it: asks(key, it, at=f"{(it.opened_at - minutes(7)).isoformat()[:19]}Z"),
    ),
}


@pytest.mark.parametrize("what", FORGED)
async def test_what_no_key_signed_is_named(what: str, tmp_path: Path, capsys: Captured) -> None:
    why, made = FORGED[what]
    [said] = against(await overridden(tmp_path, made), capsys)
    assert said.startswith("the override by pat is not theirs: ")
    assert said.endswith(why)


async def test_so_is_a_key_that_nobody_let_in(tmp_path: Path, capsys: Captured) -> None:
    [said] = against(await overridden(tmp_path, let_in=False), capsys)
    assert said.endswith("made with a key that is not among theirs")


# Two.


@pytest.mark.parametrize("loses_it", [False, True])
async def test_what_two_keys_signed_holds(
    tmp_path: Path, capsys: Captured, *, loses_it: bool
) -> None:
    """Though the first was removed before the second confirmed it: it was theirs when they asked."""
    assert against(await confirmed(tmp_path, loses_it=loses_it), capsys) == []


async def test_the_key_that_asked_is_looked_at(tmp_path: Path, capsys: Captured) -> None:
    def forged(key: SoftKey, it: Signoff) -> Assertion:
        return replace(asks(key, it), signature="c2ln")

    found = against(await confirmed(tmp_path, forged), capsys)
    assert found == ["the override by pat is not theirs: its signature does not fit"]


CONFIRMED: Mapping[str, tuple[str, Assert]] = {
    "a garbage signature": (
        "its signature does not fit",
        lambda key, it: replace(confirms(key, it), signature="c2ln"),
    ),
    "an override": ("another do", lambda key, it: confirms(key, it, do="override")),
    "what somebody else asked": ("another of", lambda key, it: confirms(key, it, of="ada")),
    "of another incident": ("another incident", lambda key, it: confirms(key, it, incident="I-1")),
    "when it was asked": (
        "they decided at another moment",
        lambda key, it: confirms(key, it, at=f"{it.opened_at.isoformat()[:19]}Z"),
    ),
}


@pytest.mark.parametrize("what", CONFIRMED)
async def test_the_key_that_confirmed_it_is_looked_at(
    what: str, tmp_path: Path, capsys: Captured
) -> None:
    why, made = CONFIRMED[what]
    [said] = against(await confirmed(tmp_path, second=made), capsys)
    assert said.startswith("the confirmation by grace is not theirs: ")
    assert said.endswith(why)


# What was erased of it.


async def test_what_was_erased_of_it_is_excused_and_nothing_else(tmp_path: Path) -> None:
    with auditing.snapshot(f"sqlite:///{await confirmed(tmp_path)}") as session:
        told = attestations.told(session, "sgn_1")
    [asked] = [it for it in told if isinstance(it.event, OverrideAsked)]
    [done] = [it for it in told if isinstance(it.event, Overridden)]
    _, signoff = decided_by(told)

    def found(first: Shown, second: Shown, *erased: int) -> list[str]:
        assert isinstance(asked.event, OverrideAsked)
        assert isinstance(done.event, Overridden)
        wanted = replace(asked.event.wanted, shown=first)
        override = replace(done.event.override, shown=first, second_shown=second)
        entries = [
            replace(asked, event=replace(asked.event, wanted=wanted)),
            replace(done, event=replace(done.event, override=override)),
        ]
        said = approvals.unproved(signoff, entries, approvals.Tenures(), erased)
        return [why.partition(" is not theirs")[0] for why in said]

    gone = Assertion(**dict.fromkeys(Assertion.__dataclass_fields__, "erased-7f"))
    both = (asked.seq, done.seq)
    erased, forged = Shown(how=BY_KEY, assertion=gone), Shown(how=BY_KEY, assertion=AN_ASSERTION)
    assert found(erased, erased, *both) == []
    assert found(erased, erased) == ["the override by pat", "the confirmation by grace"]
    assert found(forged, erased, *both) == ["the override by pat"]
    assert found(erased, forged, *both) == ["the confirmation by grace"]
    assert found(Shown(how=BY_KEY), erased, *both) == ["the override by pat"]
    assert found(Shown(how=BY_SIGN_IN), Shown(how=BY_SIGN_IN)) == []
