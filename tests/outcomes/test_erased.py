"""Whoever is named by an incident can be erased: in the trail and in the tables alike."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from bot.domain.erasing import Eraser, Names
from bot.domain.house_events import HOUSE
from bot.domain.outcomes import retold
from storage import audit, documents, erasing, erasing_rows, fading_incidents, incidents
from storage.store import Session
from tests.builders import NOW
from tests.engine.house import a_house
from tests.outcomes.test_incidents import a_telling, outcomes_of

NAMED = {
    "title": 'Mona "Müller" broke checkout',
    "key": "mona",
    "by": "mona",
    "source": "@people",
    "repositories": ("acme/payments-*", "mona/dotfiles"),
}


async def test_what_is_old_says_neither_who_nor_in_which_words(tmp_path: Path) -> None:
    """What is younger, and what no person said, stays as it is."""

    def look(session: Session) -> None:
        told = erasing.entries_of(session, HOUSE)
        changed = list(fading_incidents.entries(told, NOW + timedelta(hours=1)))
        new = {it.entry.seq: it.body for it in changed}
        events = [
            documents.read_house_event(json.loads(new.get(it.seq, it.body))["event"]) for it in told
        ]
        for name, found in fading_incidents.rows(session, told, changed).items():
            erasing_rows.rename(session, name, found)
        past = retold(events)
        later = NOW + timedelta(days=1)
        assert {it.id: it for it in incidents.newest(session, later, 9)} == past.incidents
        for id in ("inc_1", "inc_2", "inc_3"):
            assert incidents.links(session, id) == past.links[id]
        assert [past.incidents[f"inc_{it}"].title for it in (1, 2, 3)] == [
            "(erased 1)",
            "(erased 3)",
            "Checkout is down",
        ]
        by = [past.links[f"inc_{it}"][0].by for it in (1, 2, 3)]
        assert by[0].startswith("erased-")
        assert by[1:] == ["@ci", "ada"]

    async with a_house(tmp_path) as house:
        outcomes = outcomes_of(house)
        await outcomes.open(a_telling(**NAMED, signoffs=("sgn_1",)))
        await outcomes.open(a_telling(signoffs=("sgn_1",)))
        house.clock.go_on(timedelta(hours=2))
        await outcomes.open(a_telling(key="new", by="ada", signoffs=("sgn_1",)))
        await house.store.write(look)


async def test_rows_say_what_is_left_of_their_entries(tmp_path: Path) -> None:
    eraser = Eraser(Names(words=("mona",), texts=("Müller",)), "erased-1")

    def look(session: Session) -> None:
        events = [
            documents.read_house_event(eraser.value(documents.house_event_facts(it)))
            for it in audit.of_house(session)
        ]
        for name in ("incident", "incident_of"):
            found = list(erasing_rows.renamed(session, name, eraser))
            assert found
            erasing_rows.rename(session, name, found)
        past = retold(events)
        assert {it.id: it for it in incidents.newest(session, NOW, 9)} == past.incidents
        assert incidents.links(session, "inc_1") == past.links["inc_1"]
        left = repr(past)
        assert "mona" not in left.casefold()
        assert "Müller" not in left

    async with a_house(tmp_path) as house:
        outcomes = outcomes_of(house)
        await outcomes.open(a_telling(**NAMED, signoffs=("sgn_1",)))
        await house.store.write(look)
