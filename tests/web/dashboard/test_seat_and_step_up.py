"""Two ways to sign in, for hours of reading and for minutes of deciding: neither passes for the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import text

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import Scene, playing
from tests.web.ci import MovableClock
from tests.web.dashboard.sitter import QUEUE, SEAT, seated, sitter
from tests.web.pages.conftest import stepped_up
from tests.web.provider import SECRET, FakeProvider
from tests.web.visitor import HERE, PUBLIC, Visitor


def holding(scene: Scene, cookies: dict[str, str]) -> Visitor:
    """A browser with these cookies and no others."""
    return Visitor(scene, FakeProvider(scene.clock), cookies=dict(cookies))


async def change(scene: Scene, statement: str) -> None:
    """As whoever has the database does."""
    await scene.house.store.write(lambda session: session.connection().execute(text(statement)))


@pytest.fixture
async def provider(clock: MovableClock) -> AsyncIterator[FakeProvider]:
    provider = FakeProvider(clock, redirect_uri=f"{PUBLIC}/signed-in")
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def both(tmp_path: Path, clock: MovableClock, provider: FakeProvider) -> AsyncIterator[Scene]:
    """People read after signing in with Slack, and decide after signing in afresh."""
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    config = stepped_up(AT_ONCE, provider.url)
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        yield scene


@pytest.fixture
async def one_for_both(
    tmp_path: Path, clock: MovableClock, provider: FakeProvider
) -> AsyncIterator[Scene]:
    """No Slack is named: the provider of step-up says who people are, for either."""
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    config = stepped_up(AT_ONCE, provider.url)
    slack = (
        'slack: {client_id: "1234.5678", client_secret_env: SLACK_CLIENT_SECRET}, auditors: [pat]'
    )
    config = config.replace(slack, "stays: 1h")
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        yield scene


async def test_a_seat_never_decides_by_key_and_a_fresh_sign_in_is_no_seat(
    both: Scene, provider: FakeProvider
) -> None:
    ada, fresh = await seated(both), Visitor(both, provider)
    await fresh.sign_in("ada")
    assert (await fresh.get("/passkeys")).status == 200
    signoff = await both.send(REFUNDS)
    for path in ("/passkeys", f"/decide/{signoff}", f"/override/{signoff}"):
        for cookies in (ada.cookies, {HERE: ada.cookies[SEAT]}):
            assert (await holding(both, cookies).get(path)).status == 401, path
    for cookies in (fresh.cookies, {SEAT: fresh.cookies[HERE]}):
        assert (await holding(both, cookies).get(QUEUE)).status == 401
    posted = await ada.post("/passkeys/challenge", {"do": "add", "label": "x"})
    assert posted.status == 401


async def test_neither_address_takes_what_was_begun_at_the_other(
    both: Scene, provider: FakeProvider
) -> None:
    """One of the two could be in somebody else's hands: its answer passes for no other's."""
    ada, fresh = sitter(both), Visitor(both, provider)
    provider.sign_in_as("ada")
    by_slack, by_provider = await ada.leave(), await fresh.leave("/passkeys")
    assert (urlsplit(by_slack).path, urlsplit(by_provider).path) == (
        "/signed-in/slack", "/signed-in",
    )  # fmt: skip
    mixed = (
        await ada.get(by_slack.replace("/signed-in/slack", "/signed-in")),
        await fresh.get(by_provider.replace("/signed-in", "/signed-in/slack")),
    )
    assert [heard.status for heard in mixed] == [403, 403]
    assert (await ada.get(by_slack)).status == 200  # nothing was lost by it
    assert (await fresh.get(by_provider)).status == 200


async def test_another_issuer_in_the_answer_is_a_mix_up(
    both: Scene, provider: FakeProvider
) -> None:
    for issuer in ("https://evil.example", provider.url):
        ada = sitter(both)
        back = await ada.leave()
        assert (await ada.get(f"{back}&iss={quote(issuer, safe='')}")).status == 403


async def test_without_slack_the_provider_says_who_sits_there(
    one_for_both: Scene, provider: FakeProvider, clock: MovableClock
) -> None:
    ada = Visitor(one_for_both, provider)
    page = (await ada.get(QUEUE)).body
    assert b"Sign in" in page
    assert b"with Slack" not in page
    await ada.sign_in("ada", QUEUE)
    assert (await ada.get(QUEUE)).status == 200
    assert HERE not in ada.cookies
    assert (await holding(one_for_both, {HERE: ada.cookies[SEAT]}).get("/passkeys")).status == 401
    clock.advance(hours=1)
    assert (await ada.get(QUEUE)).status == 401
    fresh = Visitor(one_for_both, provider)
    await fresh.sign_in("ada")
    assert (await holding(one_for_both, {SEAT: fresh.cookies[HERE]}).get(QUEUE)).status == 401


async def test_a_row_that_somebody_changed_is_no_seat(
    one_for_both: Scene, provider: FakeProvider
) -> None:
    """Who has the database cannot make one of a fresh sign-in, or somebody else of me."""
    fresh = Visitor(one_for_both, provider)
    await fresh.sign_in("ada")
    await change(one_for_both, "UPDATE visit SET sort = 'seat'")
    assert (await holding(one_for_both, {SEAT: fresh.cookies[HERE]}).get(QUEUE)).status == 401
    ada = Visitor(one_for_both, provider)
    await ada.sign_in("ada", QUEUE)
    assert (await ada.get(QUEUE)).status == 200
    await change(one_for_both, "UPDATE visit SET person = 'pat'")
    assert (await ada.get(QUEUE)).status == 401


async def test_a_key_path_is_no_way_in_where_nobody_steps_up(scene: Scene) -> None:
    assert (await sitter(scene).get("/sign-in?to=/passkeys")).status == 400
    assert (await sitter(scene).get(f"/sign-in?to={QUEUE}")).status == 302
