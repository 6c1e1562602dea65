"""The page of outcomes: incidents stand there, whatever they are called, and anybody there may say what they are of."""

from __future__ import annotations

from html import escape

from bot.demo.changes import CANARY, REFUNDS
from bot.demo.scene import Scene
from bot.domain.outcomes import PEOPLE
from bot.engine.incidents import Known, Telling
from bot.engine.outcomes import Outcomes, beside
from tests.web.ci import Ci
from tests.web.dashboard.sitter import Sitter, seated, sitter

HOSTILE = '"><script>alert(1)</script> <b hx-get="/sign-out">'


async def told(outcomes: Outcomes, *signoffs: str, key: str = "INC-4711") -> Known:
    telling = Telling(
        source=PEOPLE, key=key, title=HOSTILE, by="ada", environment=HOSTILE, signoffs=signoffs
    )
    return await outcomes.open(telling)


async def now(outcomes: Outcomes, id: str) -> dict[str, str]:
    found = await outcomes.find(id)
    assert found
    return {it.signoff_id: it.how for it in found.links}


async def said(reader: Sitter, known: Known, deed: str, signoff: str = "") -> int:
    heard = await reader.post(f"/outcomes/{known.incident.id}/{deed}", {"signoff": signoff})
    return heard.status


async def test_what_is_told_is_shown_and_may_be_put_right(scene: Scene) -> None:
    ci, outcomes = Ci(scene), beside(scene.house.signoffs)
    one, two = [(await ci.announce_by_token()).said["id"] for _ in (REFUNDS, CANARY)]
    known, reader = await told(outcomes, one), await seated(scene)
    shown = (await reader.get("/outcomes")).body.decode()
    assert escape(HOSTILE, quote=False).split(" ")[0].strip('"') in shown.replace("&#34;", '"')
    assert "<script>alert" not in shown
    assert "<b hx-get" not in shown
    assert one in shown
    assert await said(reader, known, "strike", one) == 200
    assert await said(reader, known, "say", two) == 200
    assert await now(outcomes, known.incident.id) == {one: "struck", two: "said"}
    assert "It is over" in shown
    assert await said(reader, known, "over") == 200
    assert "It is over" not in (await reader.get("/outcomes")).body.decode()


async def test_what_cannot_be_is_refused_and_changes_nothing(scene: Scene) -> None:
    ci, outcomes = Ci(scene), beside(scene.house.signoffs)
    one = (await ci.announce_by_token()).said["id"]
    known, reader = await told(outcomes, one), await seated(scene)
    assert await said(reader, known, "say", "sgn_unknown") == 400
    assert await said(reader, known, "say", "\0") == 400
    assert await said(reader, known, "burn", one) == 404
    assert (await reader.post("/outcomes/inc_none/strike", {"signoff": one})).status == 409
    stranger = sitter(scene)
    assert (await stranger.get("/outcomes")).status == 401
    assert await said(stranger, known, "strike", one) in (401, 403)
    assert await now(outcomes, known.incident.id) == {one: "said"}
    assert await said(reader, known, "strike", one) == 200
