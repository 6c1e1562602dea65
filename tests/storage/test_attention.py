"""Who decided what: is it read from the document, of these people alone, and by an index?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.attention import Decided
from bot.domain.signoff import Carried
from storage import attention
from storage.store import Store
from tests.builders import NOW, a_review, an_ask, approves, hours, minutes, rejects, sha
from tests.storage.test_figures import happen, insert


async def decided(store: Store, *people: str, **span: Any) -> list[Decided]:
    given = {"since": NOW, **span}
    return list(await store.read(lambda s: attention.decided_by(s, frozenset(people), **given)))


async def test_what_counts_is_read_from_the_document(store: Store) -> None:
    signoff = await insert(store, 1)
    await happen(store, signoff, rejects("ada", at=NOW + minutes(7)))
    assert await decided(store, "ada") == [
        Decided(
            person="ada",
            at=NOW + minutes(7),
            approved=False,
            asked_at=NOW,
            looked_at=None,
            lines=43,
        )
    ]


async def test_of_one_signoff_only_what_these_people_said(store: Store) -> None:
    signoff = await insert(store, 1, asks=(an_ask(2),))
    signoff = await happen(store, signoff, approves("ada"))
    await happen(store, signoff, approves("grace"))
    assert [it.person for it in await decided(store, "ada")] == ["ada"]
    assert [it.person for it in await decided(store, "grace")] == ["grace"]
    assert sorted(it.person for it in await decided(store, "ada", "grace")) == ["ada", "grace"]
    assert await decided(store, "ada", "grace", since=NOW + hours(1)) == []
    assert await decided(store, "pat", "ruth") == []
    assert await decided(store) == []


async def test_what_was_carried_on_took_nobody_any_time(store: Store) -> None:
    from_before = Carried(signoff_id="sgn_0", revision=sha("b"), policy_digest="p")
    carried = a_review("ada", at=NOW, carried=from_before)
    signoff = await insert(store, 1, asks=(an_ask(3),), carried=(carried,))
    await happen(store, signoff, approves("grace"))
    assert [it.person for it in await decided(store, "ada", "grace")] == ["grace"]


async def test_when_they_opened_the_evidence_comes_along(store: Store) -> None:
    looked = a_review("ada", at=NOW + minutes(9), looked_at=NOW + minutes(4))
    signoff = await insert(store, 1, asks=(an_ask(2),))
    event = approves("ada")
    await happen(store, signoff, type(event)(review=looked, standings=event.standings))
    (found,) = await decided(store, "ada")
    assert (found.looked_at, found.took) == (NOW + minutes(4), minutes(5))


async def test_one_that_cannot_be_read_hides_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2):
        await happen(store, await insert(store, number), approves("ada"))

    def spoil(session: Any) -> None:
        spoilt = "UPDATE signoff SET document = document || '}' WHERE id = 'sgn_1'"
        session.connection().execute(text(spoilt))

    await store.write(spoil)
    assert len(await decided(store, "ada")) == 1
    assert "cannot be counted" in caplog.text
