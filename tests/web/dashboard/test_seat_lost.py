"""Who is there no more, what do strangers see, and what can another site make a browser do?"""

from __future__ import annotations

from urllib.parse import quote

from bot.demo.changes import REFUNDS
from bot.demo.scene import AUTHOR, GUEST, OTHER_SENIOR, SENIOR, Scene
from bot.web.access import ACCESS, Access
from bot.web.dashboard.seats import AT_ONCE
from tests.web.ci import MovableClock
from tests.web.dashboard.sitter import FORM, QUEUE, SEAT, seated, signed_out, sitter

SEATED = [it for it, asked in ACCESS.items() if asked is Access.SEAT]
PAGES = [path for method, path in SEATED if method == "GET"]
DEEDS = [path for method, path in SEATED if method == "POST" and path != "/sign-out"]


async def restart(scene: Scene, config: str) -> None:
    await scene.stop()
    scene.config = config
    await scene.start()


# Whoever is not there any more.


async def test_a_guest_is_told_so_and_sees_nothing(scene: Scene) -> None:
    max_ = sitter(scene, GUEST)
    heard = await max_.sign_in()
    assert (heard.status, b"a guest account" in heard.body) == (403, True)
    assert SEAT not in max_.cookies
    assert (await sitter(scene, AUTHOR).sign_in()).status == 200  # no senior; they may read


async def test_whoever_leaves_slack_is_out_within_five_minutes(
    scene: Scene, clock: MovableClock
) -> None:
    ada, grace = await seated(scene), await seated(scene, OTHER_SENIOR)
    scene.slack.admin.deactivate(SENIOR)
    clock.advance(minutes=5, seconds=1)
    heard = await ada.get(QUEUE)
    assert (heard.status, b"deactivated" in heard.body) == (403, True)
    assert b"<nav" not in heard.body
    assert await grace.is_in()
    scene.slack.admin.reactivate(SENIOR)
    clock.advance(minutes=5, seconds=1)
    assert not await ada.is_in()  # the seat is gone, whatever Slack says now
    assert (await ada.sign_in()).status == 200


async def test_whoever_leaves_the_roster_is_out_at_once(scene: Scene) -> None:
    ada, grace = await seated(scene), await seated(scene, OTHER_SENIOR)
    known = scene.config
    await restart(scene, known.replace("slack: U0ADA", "slack: U0EVE"))
    heard = await ada.get(QUEUE)
    assert (heard.status, b"not in Countersign&#39;s roster" in heard.body) == (403, True)
    assert await grace.is_in()
    await restart(scene, known)
    assert not await ada.is_in()


# What strangers see, and where they are led.


async def test_strangers_see_the_same_whatever_there_is(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    nobody = sitter(scene)
    seen = set()
    for path in PAGES:
        for id in (signoff, "sgn_unknown"):
            at = path.replace("{id}", id).replace("{name}", "waiting")
            heard = await nobody.get(at)
            assert heard.status == 401, path
            seen.add(heard.body.replace(quote(at).encode(), b"/queue"))
    assert len(seen) == 1
    assert b"<nav" not in seen.pop()


ELSEWHERE = (
    "//evil.example", "https://evil.example/queue", "/queue/../../x", "/queue?x=1", "/queue%0a",
    "/queue\n", "queue", "/Queue", "/signoffs/", "/signoffs/sgn_A", "/signoffs/sgn_a/approve",
    "/live", "/sign-out", "javascript:alert(1)", "/\\evil.example", "",
)  # fmt: skip


async def test_nobody_is_led_elsewhere(scene: Scene) -> None:
    for wanted in ELSEWHERE:
        heard = await sitter(scene).get(f"/sign-in?to={quote(wanted, safe='')}")
        assert (heard.status, "location" in heard.headers) == (400, False), wanted
    assert (await sitter(scene).get("/sign-in?to=/signoffs/sgn_a")).status == 302


# What another site could make a browser do.


async def test_another_site_cannot_sign_me_out_and_i_can(scene: Scene) -> None:
    ada, grace = await seated(scene), await seated(scene, OTHER_SENIOR)
    forged = [
        await signed_out(ada, Origin="https://evil.example"),
        await signed_out(ada, Origin=""),
        await signed_out(ada, Origin="null"),
        await signed_out(ada, Sec_Fetch_Site="cross-site"),
        await signed_out(ada, Sec_Fetch_Site="same-site"),
        await signed_out(ada, Content_Type="text/plain"),
        await signed_out(ada, csrf="x"),
        await signed_out(ada, csrf=grace.csrf),
    ]
    assert {heard.status for heard in forged} == {403, 415}
    assert await ada.is_in()
    copied = sitter(scene)
    copied.cookies = dict(ada.cookies)
    heard = await signed_out(ada)
    assert (heard.status, heard.headers["Location"]) == (303, QUEUE)
    assert f'{SEAT}=""' in heard.headers["Set-Cookie"]
    assert not await copied.is_in()
    assert await grace.is_in()
    assert (await signed_out(ada)).status == 303  # once more, from a page that was left open


async def test_a_deed_is_taken_from_a_page_of_ours_that_is_open(
    scene: Scene, clock: MovableClock
) -> None:
    """Of each there is: with everything right it is heard, whatever becomes of it then."""
    signoff = await scene.send(REFUNDS)
    ada, grace = await seated(scene), await seated(scene, OTHER_SENIOR)
    for path in DEEDS:
        clock.advance(seconds=10)
        at = path.replace("{id}", signoff).replace("{deed}", "no-such-deed")
        forged = [
            await ada.post(at, {}, Origin="https://evil.example"),
            await ada.post(at, {}, Origin="null"),
            await ada.post(at, {}, Sec_Fetch_Site="same-site"),
            await ada.post(at, {}, Content_Type="text/plain"),
            await ada.post(at, {}, Content_Type=FORM),
            await ada.post(at, {}, X_Csrf=""),
            await ada.post(at, {}, X_Csrf=grace.csrf),
        ]
        assert {heard.status for heard in forged} == {403, 415}, path
        assert (await sitter(scene).post(at, {})).status == 401, path
        heard = await ada.post(at, {})
        assert heard.status not in (401, 415), path
        assert b"did not come from" not in heard.body, path


async def test_pages_are_locked_down(scene: Scene) -> None:
    ada, nobody = await seated(scene), sitter(scene)
    for heard in (await ada.get(QUEUE), await nobody.get(QUEUE), await nobody.get("/")):
        assert heard.headers["cache-control"] == "no-store"
        policy = heard.headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "script-src 'self';"):
            assert rule in policy
        assert "unsafe" not in policy
        assert heard.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" in heard.headers
    assert (await ada.get(QUEUE)).headers["referrer-policy"] == "same-origin"


async def test_a_part_of_a_page_makes_the_whole_be_loaded_once_the_seat_is_over(
    scene: Scene, clock: MovableClock
) -> None:
    ada = await seated(scene)
    clock.advance(hours=12)
    heard = await ada.ask("GET", f"{QUEUE}?part=list", headers={"HX-Request": "true"})
    assert (heard.status, heard.headers["hx-refresh"], heard.body) == (401, "true", b"")


async def test_whoever_asks_too_much_waits_and_nobody_else_does(
    scene: Scene, clock: MovableClock
) -> None:
    ada, grace = await seated(scene), await seated(scene, OTHER_SENIOR)
    clock.advance(minutes=1)
    statuses = [(await ada.get("/me")).status for _ in range(AT_ONCE + 1)]
    assert statuses == [200] * AT_ONCE + [429]
    heard = await ada.get("/me")
    assert (heard.status, heard.headers["retry-after"]) == (429, "1")
    assert await grace.is_in()
    clock.advance(seconds=1)
    assert await ada.is_in()


async def test_what_is_not_there_is_said_on_a_page(scene: Scene) -> None:
    ada = await seated(scene)
    heard = await ada.get("/signoffs/sgn_unknown")
    assert (heard.status, heard.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"There is no such sign-off" in heard.body
