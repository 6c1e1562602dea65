"""Does the page of the trail say what stands in it, and whether it holds?"""

from __future__ import annotations

import re
from html import unescape
from typing import get_args

import pytest
from sqlalchemy import text

from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, Scene
from bot.domain.house_events import (
    Erased,
    HouseEvent,
    IncidentLinked,
    IncidentOpened,
    IncidentResolved,
    KeyUsed,
    ParcelHandled,
    PasskeyAdded,
    PasskeyRemoved,
    RolledBack,
    Unasked,
)
from bot.domain.spans import Moment
from bot.domain.telling_house import told
from storage.store import Session
from tests.builders import NOW, ROSTER, sha
from tests.storage.disarming import disarmed
from tests.web.dashboard.sitter import seated

HOSTILE = "<script>\u202e"

EVENTS: list[tuple[HouseEvent, str]] = [
    (
        PasskeyAdded(
            person="ada", credential="c", key_digest="d", by="pat", how="administrator", at=NOW
        ),
        "A security key of Ada was let in by Pat",
    ),
    (
        PasskeyAdded(
            person="ada", credential="c", key_digest="d", by="operator", how="operator", at=NOW
        ),
        "A security key of Ada was let in by operator",
    ),
    (
        PasskeyRemoved(person="ada", credential="c", by="ada", at=NOW),
        "A security key of Ada was removed",
    ),
    (KeyUsed(keyid="SHA256:x", public_key="k", at=NOW), "The house signs with the key SHA256:x"),
    (
        Erased(
            what="a person", pseudonym="p1", why="asked", by="pat", entries=(), attestations=(),
            at=NOW,
        ),
        "Names were taken out of 0 entries (a person) by pat: “asked”",
    ),
    (
        Unasked(
            connection="ci", key="k", what=f"api{HOSTILE}", environment="production",
            deed="deployed", named=True, at=NOW,
        ),
        "api<script> was deployed to production, and nobody had been asked",
    ),
    (
        RolledBack(
            connection="ci", repository="acme/api", environment="production", signoffs=("sgn_1",),
            to_revision=sha("a"), by="ci", at=NOW,
        ),
        "acme/api in production was rolled back to aaaaaaaaaaaa: sgn_1",
    ),
    (
        IncidentOpened(
            id="inc_1", source="pager", key="INC-7", title="all is down", severity="high",
            environment="production", repositories=(), started_at=NOW, by="pager", at=NOW,
        ),
        "Incident inc_1 was opened by pager: INC-7 all is down",
    ),
    (
        IncidentResolved(id="inc_1", resolved_at=NOW, by="pager", at=NOW),
        "Incident inc_1 is over since ",
    ),
    (
        IncidentLinked(id="inc_1", signoff_id="sgn_1", how="nearby", by="", at=NOW),
        "Incident inc_1 was linked, by time alone, to sgn_1",
    ),
    (
        ParcelHandled(
            lane="payments-ci", signoff_id="sgn_1", effect="tell_pipeline approved", deed="drop",
            why="it is gone", by="pat", at=NOW,
        ),
        "Pat dropped tell_pipeline approved of sgn_1 for payments-ci: “it is gone”",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "said"), EVENTS, ids=lambda it: getattr(it, "kind", ""))
def test_what_happened_to_the_house_is_told_in_words(event: HouseEvent, said: str) -> None:
    when, _, *spans = told(event, ROSTER)
    assert when == Moment(NOW)
    assert "".join(getattr(span, "text", "") for span in spans) == said


def test_every_event_of_the_house_is_told() -> None:
    known = {type(event) for event, _ in EVENTS}
    assert set(get_args(HouseEvent)) <= known


async def test_the_newest_entries_come_first_with_a_way_to_what_they_are_about(
    scene: Scene,
) -> None:
    ada = await seated(scene)
    signoff = await scene.send(REFUNDS)
    page = unescape(await ada.open("/audit"))
    assert "Asked for by payments-ci; asked: " in page
    assert f'href="/signoffs/{signoff}"' in page
    assert page.index("Asked for by") < page.index("The house signs with the key")
    theirs = await ada.open(f"/audit?of={signoff}")
    assert ("The house signs" in theirs, "Asked for by" in theirs) == (False, True)
    house = await ada.open("/audit?of=@house")
    assert ("The house signs" in house, "Asked for by" in house) == (True, False)
    assert "There are none." in await ada.open("/audit?before=1")


async def test_the_newest_are_checked_and_what_was_changed_is_named(scene: Scene) -> None:
    ada = await seated(scene)
    await scene.send(REFUNDS)
    assert "They hold" not in await ada.open("/audit")
    assert "They hold" in await ada.open("/audit?check=newest")

    def spoil(session: Session) -> None:
        disarmed(session.connection())
        session.connection().execute(text("UPDATE audit SET body = '{}' WHERE seq = 2"))

    await scene.house.store.write(spoil)
    page = unescape(await ada.open("/audit?check=newest"))
    assert "It does not hold: entry 2" in page
    assert "It cannot be read, or was erased." in page


async def test_the_commands_stand_there_ready(scene: Scene) -> None:
    ada = await seated(scene)
    page = unescape(await ada.open("/audit"))
    assert "countersign audit verify --checkpoint" in page
    said = re.search(r"countersign export --since (\S+) --until (\S+) ", page)
    assert said
    assert said[1] < said[2] == f"{scene.clock():%Y-%m-%d}"


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", f"before={'9' * 20}", "of=x", "of=sgn_'"]
)
async def test_what_no_page_asks_is_refused(scene: Scene, query: str) -> None:
    ada = await seated(scene, SENIOR)
    assert (await ada.get(f"/audit?{query}")).status == 400
    assert (await ada.get("/audit?before=5&of=sgn_1")).status == 200
