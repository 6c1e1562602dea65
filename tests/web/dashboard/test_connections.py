"""Does everybody see how the pipelines do, and may administrators alone do something about it?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import PRINCIPAL, SENIOR, Scene, playing
from bot.domain.house_events import ParcelHandled
from storage import audit, parcels
from tests.web.ci import MovableClock
from tests.web.dashboard.hostile import ALL, MARKUP
from tests.web.dashboard.sitter import Sitter, seated
from tests.web.visitor import PUBLIC

CONFIG = AT_ONCE + "\nadministrators: [pat]\n"


@pytest.fixture
async def scene(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Scene]:
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC}
    async with playing(tmp_path, clock=clock, config=CONFIG, environ=environ) as scene:
        yield scene


async def parked(scene: Scene) -> int:
    """An answer that the pipeline did not take, and nothing tries any more."""
    signoff = await scene.send(REFUNDS)
    number = 4711
    insert = text(
        "INSERT INTO outbox (id, signoff_id, lane, effect, since, due_at, attempts, lease, state, "
        "error) SELECT :id, id, 'payments-ci', :effect, opened_at, opened_at, 9, 0, 'parked', :error "
        "FROM signoff WHERE id = :signoff"
    )
    facts = {"id": number, "effect": EFFECT, "error": ALL[:480], "signoff": signoff}
    await scene.house.store.write(lambda session: session.connection().execute(insert, facts))
    return number


EFFECT = '{"status":"expired","kind":"tell_pipeline"}'


async def there(scene: Scene) -> list[str]:
    listed = await scene.house.store.read(lambda session: parcels.listed(session, 50))
    return [it.state for it in listed.parcels if it.id == 4711]


async def handled(scene: Scene) -> list[ParcelHandled]:
    found = await scene.house.store.read(lambda s: audit.of_house(s, "parcel_handled"))
    return [it for it in found if isinstance(it, ParcelHandled)]


async def send(who: Sitter, deed: str, **said: str) -> tuple[int, str]:
    await who.open("/connections")
    heard = await who.post(f"/connections/parcels/4711/{deed}", said)
    return heard.status, heard.said.get("sentence") or heard.said.get("title")


async def test_each_connection_stands_there_with_how_it_does(scene: Scene) -> None:
    ada = await seated(scene)
    page = unescape(await ada.open("/connections"))
    assert "payments-ci" in page
    assert "webhook" in page
    assert "not lately" in page
    assert "Nothing was put off, and nothing is parked." in page
    await scene.send(REFUNDS)
    assert "0 s ago" in await ada.open("/connections")


async def test_what_is_parked_is_seen_by_all_and_handled_by_administrators(scene: Scene) -> None:
    await parked(scene)
    ada, pat = await seated(scene, SENIOR), await seated(scene, PRINCIPAL)
    page = await ada.open("/connections")
    assert "<strong>4711</strong>" in page
    assert ("Send again" in page, "waits for an administrator" in page) == (False, True)
    assert [it for it in MARKUP if it in page] == []
    assert "&lt;script&gt;" in page
    assert "Send again" in await pat.open("/connections")
    assert (await send(ada, "retry"))[0] == 403
    assert (await send(ada, "drop", why="it is gone", typed="4711"))[0] == 403
    assert (await there(scene), await handled(scene)) == (["parked"], [])


async def test_an_administrator_sends_it_again_and_the_trail_says_so(scene: Scene) -> None:
    await parked(scene)
    pat = await seated(scene, PRINCIPAL)
    assert (await send(pat, "retry"))[0] == 200
    (event,) = await handled(scene)
    assert (event.by, event.deed, event.lane) == ("pat", "retry", "payments-ci")
    assert await there(scene) != ["parked"]
    assert (await send(pat, "retry"))[0] == 409
    assert len(await handled(scene)) == 1


async def test_dropping_takes_a_reason_and_its_number_once_more(scene: Scene) -> None:
    await parked(scene)
    pat = await seated(scene, PRINCIPAL)
    assert "why" in (await send(pat, "drop", typed="4711"))[1]
    assert "Type the number" in (await send(pat, "drop", why="it is gone", typed="471"))[1]
    assert await there(scene) == ["parked"]
    assert (await send(pat, "drop", why="it is gone", typed="4711"))[0] == 200
    (event,) = await handled(scene)
    assert (event.deed, event.why, event.effect) == ("drop", "it is gone", "tell_pipeline expired")
    assert await there(scene) == []


async def test_while_the_chat_is_down_nothing_is_handled(scene: Scene) -> None:
    await parked(scene)
    pat = await seated(scene, PRINCIPAL)
    scene.slack.down = True
    status, told = await send(pat, "drop", why="it is gone", typed="4711")
    assert (status, "Slack does not say who you are" in told) == (409, True)
    assert await there(scene) == ["parked"]
    scene.slack.down = False
    assert (await send(pat, "drop", why="it is gone", typed="4711"))[0] == 200


@pytest.mark.parametrize("id", ["x", "9" * 20, "4712"])
async def test_what_is_not_there_is_not_handled(scene: Scene, id: str) -> None:
    await parked(scene)
    pat = await seated(scene, PRINCIPAL)
    await pat.open("/connections")
    heard = await pat.post(f"/connections/parcels/{id}/retry", {})
    assert heard.status in (404, 409)
    assert await handled(scene) == []
