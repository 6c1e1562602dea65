"""Who sits at the dashboard, and who does not: an account of our own workspace that the roster knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from sqlalchemy import text

from bot.clock import system_clock
from bot.demo.scene import GUEST, OTHER_SENIOR, SENIOR, Scene
from bot.playground.openid import KID, TEAM_CLAIM, USER_CLAIM, signed, signing_key
from bot.ports import Unauthenticated
from bot.web import id_tokens, oidc
from tests.web.ci import MovableClock
from tests.web.dashboard.sitter import QUEUE, SEAT, seated, sitter
from tests.web.issuer import public_jwk, resigned, rsa_key, signed_with_public_key, unsigned
from tests.web.visitor import AWAY, PUBLIC


async def test_whoever_signs_in_with_slack_sees_what_waits(scene: Scene) -> None:
    ada = sitter(scene)
    heard = await ada.sign_in()
    assert (heard.status, b'content="0;url=/queue"' in heard.body) == (200, True)
    assert "Ada Park" in await ada.open(QUEUE)
    assert scene.slack.openid.refusals == []


async def test_one_signs_in_under_the_name_that_keeps_our_cookies(scene: Scene) -> None:
    """Whichever name led here, as 127.0.0.1 does in the demo."""
    page = (await sitter(scene).get(QUEUE)).body.decode()
    assert f'href="{PUBLIC}/sign-in?to=/queue"' in page


async def test_at_the_root_one_is_led_to_what_waits(scene: Scene) -> None:
    heard = await sitter(scene).get("/")
    assert (heard.status, heard.headers["location"]) == (302, QUEUE)


# What Slack says, bent in one respect.

Bend = Callable[[dict[str, Any]], str]


def _at(ago: int, *names: str) -> Bend:
    def bend(claims: dict[str, Any]) -> str:
        return signed(claims | dict.fromkeys(names, claims["iat"] - ago))

    return bend


def _said(**claims: Any) -> Bend:
    return lambda good: signed({n: it for n, it in (good | claims).items() if it is not None})


def _named(claim: str, value: Any) -> Bend:
    return _said(**{claim: value})


OURS = "1234.5678"
GOOD: Mapping[str, Bend] = {
    "as it is": _said(),
    "for us in a list": _said(aud=[OURS]),
    "for several, given to us": _said(aud=[OURS, "another"], azp=OURS),
    "made five minutes ago": _at(300, "iat"),
    "signed in long ago, as Slack does not say": _at(9000, "auth_time"),
    "with an address of somebody else": _said(email="grace@acme.example", email_verified=True),
}
BAD: Mapping[str, Bend] = {
    "another workspace": _named(TEAM_CLAIM, "T0ELSE"),
    "no workspace": _named(TEAM_CLAIM, None),
    "several workspaces": _named(TEAM_CLAIM, ["T0PLAY"]),
    "a workspace by its looks": _named(TEAM_CLAIM, "t0play"),
    "nobody of the roster": _named(USER_CLAIM, "U0NOBODY"),
    "nobody, with an address of somebody": _said(
        **{USER_CLAIM: "U0NOBODY", "email": "ada@acme.example", "email_verified": True}
    ),
    "no user": _named(USER_CLAIM, None),
    "an empty user": _named(USER_CLAIM, ""),
    "a user that is a number": _named(USER_CLAIM, 7),
    "a guest": _named(USER_CLAIM, GUEST),
    "another visit": _said(nonce="another"),
    "no visit": _said(nonce=None),
    "another app": _said(aud="another"),
    "several apps": _said(aud=[OURS, "another"]),
    "given to another": _said(azp="another"),
    "another issuer": _said(iss="https://slack.example"),
    "expired": _at(61, "exp"),
    "made long ago": _at(361, "iat"),
    "of the future": _at(-61, "iat"),
    "no time": _said(iat=None),
    "a time that is true": _said(exp=True),
    "a time before all times": _said(iat=-(10**30)),
    "unsigned": lambda claims: unsigned(claims, kid="playground"),
    "signed with the public key": lambda claims: signed_with_public_key(claims),
    "signed with another key": lambda claims: signed(claims, key=rsa_key("two")),
    "of a key that nobody knows": lambda claims: signed(claims, kid="two"),
    "bent": lambda claims: resigned(signed(claims), **{USER_CLAIM: OTHER_SENIOR}),
    "no token": lambda _: "no token",
}


async def test_each_token_differs_from_a_good_one_in_one_respect(
    scene: Scene, clock: MovableClock
) -> None:
    for name, bend in {**GOOD, **BAD}.items():
        clock.advance(seconds=2)  # one address may not begin too often
        ada, scene.slack.openid.token = sitter(scene), bend
        heard = await ada.get(await ada.leave())
        assert (heard.status == 200) is (name in GOOD), (name, heard)
        assert heard.status in (200, 403), name
        assert await ada.is_in() is (name in GOOD), name
    assert scene.slack.openid.refusals == []


def _offered(claims: dict[str, Any]) -> oidc.Offered:
    return oidc.read(signed(claims).encode())


@pytest.mark.parametrize(
    ("team", "ours", "fits"),
    [
        ("T0PLAY", ("T0PLAY",), True),
        ("E0ORG", ("T0PLAY", "E0ORG"), True),
        ("E0ORG", ("T0PLAY",), False),
        ("E0OTHER", ("T0PLAY", "E0ORG"), False),
        ("", ("T0PLAY",), False),
    ],
)
def test_on_enterprise_grid_slack_may_name_the_organisation(
    team: str, ours: tuple[str, ...], fits: bool
) -> None:
    now = system_clock()
    at = int(now.timestamp())
    claims = {"iss": "https://slack.com", "aud": OURS, "iat": at, "exp": at + 300, "nonce": "n"}
    offered = _offered(claims | {TEAM_CLAIM: team, USER_CLAIM: SENIOR})
    key = jwt.PyJWK(public_jwk(signing_key(), KID), "RS256")

    def prove() -> str:
        proved = id_tokens.prove_slack(offered, key, client_id=OURS, now=now, nonce="n", teams=ours)
        return proved.subject

    if fits:
        assert prove() == SENIOR
    else:
        with pytest.raises(Unauthenticated):
            prove()


async def test_we_ask_slack_for_who_it_is_and_for_nothing_else(scene: Scene) -> None:
    heard = await sitter(scene).get(f"/sign-in?to={QUEUE}")
    address = urlsplit(heard.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}/api/" == scene.slack.api_url
    assert asked.pop("state") != asked.pop("nonce")
    assert asked == {
        "response_type": "code",
        "client_id": OURS,
        "redirect_uri": f"{PUBLIC}/signed-in/slack",
        "scope": "openid",
        "team": "T0PLAY",
    }


async def test_slacks_refusal_comes_with_200_and_lets_nobody_in(
    scene: Scene, clock: MovableClock
) -> None:
    ada = sitter(scene)
    back = await ada.leave()
    heard = await ada.get(back.replace("code=", "code=x"))
    assert (heard.status, b"Slack did not confirm who you are" in heard.body) == (403, True)
    assert b"invalid_code" not in heard.body
    back = await ada.leave()
    clock.advance(minutes=10, seconds=1)
    assert (await ada.get(back)).status == 403
    assert not await ada.is_in()
    assert (await ada.sign_in()).status == 200


async def test_while_slack_is_down_nobody_comes_in_and_whoever_is_there_reads_on(
    scene: Scene, clock: MovableClock
) -> None:
    ada, grace = await seated(scene), sitter(scene, OTHER_SENIOR)
    back = await grace.leave()
    scene.slack.down = True
    heard = await grace.get(back)
    assert (heard.status, b"Slack does not answer just now" in heard.body) == (503, True)
    assert not await grace.is_in()
    clock.advance(minutes=6)
    assert await ada.is_in()
    scene.slack.down = False
    assert (await grace.sign_in()).status == 200


# Which browser it is.


async def test_a_sign_in_that_another_browser_began_is_none_here(scene: Scene) -> None:
    theirs = await sitter(scene, OTHER_SENIOR).leave()
    ada = sitter(scene)
    assert (await ada.get(theirs)).status == 403
    await ada.get(f"/sign-in?to={QUEUE}")  # now I have a cookie of that sort, too
    assert (await ada.get(theirs)).status == 403
    assert not await ada.is_in()


async def test_a_code_is_taken_once(scene: Scene) -> None:
    ada = sitter(scene)
    back = await ada.leave()
    again = sitter(scene)
    again.cookies = dict(ada.cookies)
    assert (await ada.get(back)).status == 200
    assert (await again.get(back)).status == 403
    assert not await again.is_in()


async def test_a_name_that_somebody_gave_me_is_not_the_one_i_am_known_by(scene: Scene) -> None:
    ada = sitter(scene)
    ada.cookies[SEAT] = "chosen.by-somebody-else"
    await ada.sign_in()
    assert ada.cookies[SEAT] != "chosen.by-somebody-else"
    first = ada.cookies[SEAT]
    stale = sitter(scene)
    stale.cookies[SEAT] = first
    assert await stale.is_in()
    await ada.sign_in()
    assert ada.cookies[SEAT] != first
    assert await ada.is_in()
    assert not await stale.is_in()  # whoever signs in anew is no longer there by the old name


async def test_who_is_away_is_not_there(scene: Scene) -> None:
    ada = sitter(scene)
    await ada.get(f"/sign-in?to={QUEUE}")
    ada.cookies = {SEAT: ada.cookies[AWAY]}
    assert not await ada.is_in()


async def test_two_pages_of_one_browser_are_one_visit(scene: Scene) -> None:
    ada = await seated(scene)
    other = sitter(scene)
    other.cookies = dict(ada.cookies)
    await other.open(QUEUE)
    assert other.csrf == ada.csrf != ""


async def test_the_cookie_cannot_be_read_and_is_sent_to_us_alone(scene: Scene) -> None:
    ada = sitter(scene)
    await ada.sign_in()
    (line,) = [line for line in ada.last if line.startswith(f"{SEAT}=")]
    for word in ("; HttpOnly", "; Secure", "; Path=/", "; SameSite=Lax", f"; Max-Age={12 * 3600}"):
        assert word in line
    assert "Domain" not in line
    assert AWAY not in ada.cookies


async def test_what_is_stored_opens_nothing(scene: Scene) -> None:
    ada = await seated(scene)
    rows = await scene.house.store.read(
        lambda session: session.connection().execute(text("SELECT id FROM visit")).scalars().all()
    )
    assert ada.cookies[SEAT] not in rows
    for row in rows:
        thief = sitter(scene)
        thief.cookies[SEAT] = f"{row}.{ada.cookies[SEAT].partition('.')[2]}"
        assert not await thief.is_in()


async def test_after_twelve_hours_one_signs_in_again(scene: Scene, clock: MovableClock) -> None:
    ada = await seated(scene)
    clock.advance(hours=11, minutes=59)
    assert await ada.is_in()
    clock.advance(minutes=1)
    assert not await ada.is_in()
