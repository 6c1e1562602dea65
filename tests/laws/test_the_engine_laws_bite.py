"""Would the inspector on the street notice a bug in the engine or the storage?"""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path

import pytest

from bot.domain.signoff import Verdict
from bot.ports import Undelivered, Unreachable
from tests.builders import PAYMENTS, ROSTER, a_change, a_click, a_person, minutes, sha, with_person
from tests.laws.mutants import Edit, Mutant, grown
from tests.laws.street import Street
from tests.laws.test_engine_laws import NEWCOMER, POLICIES

LIFECYCLE, AUDIT = "bot/domain/lifecycle.py", "storage/audit.py"
OUTBOX, INBOX = "storage/outbox.py", "storage/inbox.py"
RECORDING, KEEPING = "storage/recording.py", "bot/engine/keeping.py"
OPENING, CLICKS = "bot/engine/opening.py", "bot/engine/clicks.py"
SIGNOFFS = "bot/engine/signoffs.py"
HOUSE = (LIFECYCLE, AUDIT, OUTBOX, INBOX, RECORDING, KEEPING, OPENING, CLICKS, SIGNOFFS)
"""What is made anew for every mutant, each of those before it."""

TWO, TWO_AGAIN = POLICIES[0], POLICIES[1]


def bug(name: str, module: str, old: str, new: str) -> Mutant:
    return Mutant(name, (Edit(module, old, new),))


MUTANTS = (
    bug("the audit entry is not appended", RECORDING, "    audit.append_all(session, [(step.signoff.id, event) for event, step in steps])\n", ""),
    bug("effects are not written", RECORDING, "    promise(session, step.signoff, promised, event.at)\n", ""),
    bug("deadlines stay as they were", RECORDING, '"status": signoff.status.value,\n        "next_due": signoff.next_due,\n        "document"', '"status": signoff.status.value,\n        "next_due": None,\n        "document"'),
    bug("the column says something else than the document", RECORDING, '"status": signoff.status.value,\n        "next_due": signoff.next_due,\n        "document"', '"status": "pending",\n        "next_due": signoff.next_due,\n        "document"'),
    bug("not what was written is hashed", AUDIT, '"leaf": leaf_of(body),', '"leaf": leaf_of(body[1:]),'),
    bug("a click is not remembered", INBOX, "_ADMIT.run(session, row) == 1", "_ADMIT.run(session, row) is not None"),
    bug("a refused report is forgotten", OUTBOX, 'state="parked", error=error[:500]', 'signoff_id="sgn_none", error=error[:500]'),
    bug("what time and policy did is not caught up with", CLICKS, "signoff = self._caught_up(session, click, at)\n        if click.on", "signoff = self.keeper.load(session, click.signoff_id)\n        if click.on"),
    bug("nothing is superseded", OPENING, "older = () if keep_older else before.older", "older = ()"),
    bug("a key is reused", OPENING, "if before.digest != told_as and before.known.change != change:", "if False:"),
    bug("a known change is opened again as it was", OPENING, "return Opening(before.known, new=False)", "return Opening(before.known, new=True)"),
    bug("a report is completed before it is recorded", SIGNOFFS, "                self._keeper.note(session, noted)\n", "                raise Apart\n"),
    bug("a report is never recorded", SIGNOFFS, "                self._keeper.note(session, noted)\n", "                pass\n"),
    bug("contributors are those of the opening", LIFECYCLE, "        contributors=event.contributors,\n        provenance=", "        provenance="),
)  # fmt: skip


async def a_busy_day(street: Street) -> None:
    """One of everything that can happen, looked at by the inspector after each."""
    await street.move_in(ROSTER, TWO)
    await _a_change_that_two_approve(street)
    await _revisions_one_after_another(street)
    await _deadlines(street)
    await _somebody_the_roster_learns_of(street)
    await street.move_out()


async def _a_change_that_two_approve(street: Street) -> None:
    await street.tell(a_change(key="0"))
    await street.inspect()
    await _press(street, "0", "ada")
    await _press(street, "0", "ada")
    await street.tell(a_change(key="0"))
    await street.tell(a_change(key="0", title="something else"))
    shown = await _signoff(street, "0")
    await street.move_in(ROSTER, TWO_AGAIN)
    await street.click(a_click(shown, "grace", id="on an old card"), Verdict.APPROVE, "")
    await street.inspect()
    for person in ("ada", "jun", "pat", "grace"):
        await _press(street, "0", person)
    await _deliver(street, Unreachable("down"), Undelivered("HTTP 500"))
    await _press(street, "0", "ada")


async def _revisions_one_after_another(street: Street) -> None:
    await street.tell(a_change(key="1", environment="staging"))
    await street.tell(a_change(key="2", environment="staging", revision=sha("b")))
    await street.inspect()
    await _press(street, "1", "ada")
    await _press(street, "2", "ada", Verdict.REJECT)
    await _deliver(street, Undelivered("HTTP 410", final=True))


async def _deadlines(street: Street) -> None:
    await street.tell(a_change(key="3"))
    for length in (15, 50):
        street.clock.go_on(minutes(length))
        await street.house.signoffs.pass_deadlines()
        await street.inspect()
    street.clock.go_on(minutes(55))
    await _press(street, "3", "ada")
    await _deliver(street)


async def _somebody_the_roster_learns_of(street: Street) -> None:
    await street.tell(a_change("newcomer", key="4"))
    await _press(street, "4", "ada")
    known = with_person(ROSTER, NEWCOMER, PAYMENTS)
    await street.move_in(with_person(known, a_person("ruth", "staff"), PAYMENTS), TWO_AGAIN)
    for person in ("ann", "ruth"):
        await _press(street, "4", person)
    await _deliver(street)


async def _press(street: Street, key: str, person: str, verdict: Verdict = Verdict.APPROVE) -> None:
    """Press twice: the second time it is the same click."""
    signoff = await _signoff(street, key)
    for _ in range(2):
        await street.click(a_click(signoff, person), verdict, "because")
        await street.inspect()


async def _deliver(street: Street, *troubles: Exception) -> None:
    street.pipeline.answers = deque(troubles)
    for _ in range(3):
        await street.house.settle()
        await street.inspect()
        street.clock.go_on(minutes(2))


async def _signoff(street: Street, key: str) -> object:
    found = await street.house.board.signoff(street.known[key][1])
    assert found
    return found


def test_the_twin_passes(tmp_path: Path) -> None:
    with grown(Mutant("twin", ()), *HOUSE) as engine:
        asyncio.run(a_busy_day(Street(tmp_path, engine.Signoffs)))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    with grown(mutant, *HOUSE) as engine, pytest.raises(AssertionError):
        asyncio.run(_a_day_at_most(Street(tmp_path, engine.Signoffs)))


async def _a_day_at_most(street: Street) -> None:
    try:
        async with asyncio.timeout(20):
            await a_busy_day(street)
    finally:
        await street.move_out()
