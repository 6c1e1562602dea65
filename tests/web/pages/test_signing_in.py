"""Who gets in, and who does not: whoever the provider says signed in just now, in this browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from bot.demo.scene import Scene
from tests.web.ci import MovableClock
from tests.web.issuer import resigned, rsa_key, signed_with_public_key, unsigned
from tests.web.pages.conftest import stepped_up
from tests.web.provider import FakeProvider
from tests.web.visitor import AWAY, HERE, Visitor


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/passkeys")).status == 200


async def test_whoever_signs_in_gets_in(visitor: Visitor) -> None:
    heard = await visitor.sign_in("ada")
    assert heard.status == 200, heard.body
    assert b'content="0;url=/passkeys"' in heard.body
    assert "Ada Park" in await visitor.open("/passkeys")


async def test_no_cookie_of_ours_can_be_read_or_sent_elsewhere(visitor: Visitor) -> None:
    await visitor.get("/sign-in?to=/passkeys")
    (left,) = visitor.last
    await visitor.sign_in("ada")
    (here,) = [line for line in visitor.last if line.startswith(HERE + "=")]
    for line in (left, here):
        assert "; HttpOnly" in line
        assert "; Secure" in line
        assert "; Path=/" in line
        assert "Domain" not in line
    assert "SameSite=Lax" in left
    assert "SameSite=Strict" in here
    assert AWAY not in visitor.cookies


async def test_what_is_stored_opens_nothing(scene: Scene, visitor: Visitor) -> None:
    await visitor.sign_in("ada")
    rows = await scene.house.store.read(
        lambda session: session.connection().execute(text("SELECT id FROM visit")).scalars().all()
    )
    assert visitor.cookies[HERE] not in rows
    stolen = Visitor(scene, visitor.provider, cookies={HERE: rows[0]})
    assert not await is_in(stolen)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "https://evil.example/decide/sgn_a", "/decide/sgn_a/../..", "/decide/",
        "/decide/sgn_A", "/decide/sgn_a?x=1", "/decide/sgn_a%0a", "", "/passkeys/", "/metrics",
        "javascript:alert(1)", "/decide/sgn_a\n",
    ],
)  # fmt: skip
async def test_nobody_is_led_elsewhere(visitor: Visitor, wanted: str) -> None:
    from urllib.parse import quote  # noqa: PLC0415

    heard = await visitor.get(f"/sign-in?to={quote(wanted, safe='')}")
    assert (heard.status, "location" in heard.headers) == (400, False)


Bend = Callable[[FakeProvider], Any]
AT = 300 + 60


def _claims(**bent: Any) -> Bend:
    def bend(provider: FakeProvider) -> None:
        provider.bent = bent

    return bend


def _ago(seconds: int, *names: str) -> Bend:
    def bend(provider: FakeProvider) -> None:
        at = int(provider.clock().timestamp()) - seconds
        provider.bent = dict.fromkeys(names, at)

    return bend


def _token(make: Callable[[FakeProvider, dict[str, Any]], str]) -> Bend:
    def bend(provider: FakeProvider) -> None:
        asked = next(iter(provider.codes.values()))
        provider.token = make(provider, provider.claims(asked))

    return bend


GOOD: dict[str, Bend] = {
    "as it is": _claims(),
    "for several, given to us": _claims(aud=["countersign", "another"], azp="countersign"),
    "signed in five minutes ago": _ago(300, "auth_time"),
    "address in capitals": _claims(email="KIT.S@Acme.example"),
    "by what the provider calls them alone": _claims(email=None, sub="sub-of-pat"),
}
BAD: dict[str, Bend] = {
    "for another": _claims(aud="another"),
    "for several, given to another": _claims(aud=["countersign", "another"], azp="another"),
    "for several, given to nobody": _claims(aud=["countersign", "another"]),
    "given to another": _claims(azp="another"),
    "of another issuer": _claims(iss="https://evil.example"),
    "of another visit": _claims(nonce="another"),
    "without nonce": _claims(nonce=None),
    "without auth_time": _claims(auth_time=None),
    "signed in long ago": _ago(AT + 1, "auth_time"),
    "signed in to-morrow": _ago(-90, "auth_time"),
    "expired": _ago(61, "exp"),
    "of the future": _ago(-61, "iat"),
    "time as text": _claims(auth_time="now"),
    "time as truth": _claims(auth_time=True),
    "of nobody": _claims(sub=""),
    "subject is a number": _claims(sub=7),
    "address not verified": _claims(email_verified=False),
    "address verified in words": _claims(email_verified="true"),
    "address of nobody": _claims(email="nobody@acme.example"),
    "address with the sign of Kelvin": _claims(email="\u212ait.s@acme.example"),
    "address with a long s": _claims(email="kit.\u017f@acme.example"),
    "address in wide letters": _claims(email="\uff4bit.s@acme.example"),
    "address with a space behind it": _claims(email="kit.s@acme.example "),
    "address with a wide space behind it": _claims(email="kit.s@acme.example\u2003"),
    "address with a control character behind it": _claims(email="kit.s@acme.example\x1f"),
    "address of somebody whom the config knows otherwise": _claims(email="pat@acme.example"),
    "unsigned": _token(lambda _, claims: unsigned(claims)),
    "signed with the public key": _token(lambda _, claims: signed_with_public_key(claims)),
    "signed with another key": _token(lambda it, claims: it.signed(claims, key=rsa_key("two"))),
    "of a key that nobody knows": _token(lambda it, claims: it.signed(claims, kid="two")),
    "bent": _token(lambda it, claims: resigned(it.signed(claims), sub="sub-of-grace")),
    "no token": _token(lambda *_: "no token"),
}


@pytest.fixture
async def scene(tmp_path: Any, clock: MovableClock, provider: FakeProvider) -> Any:
    """Pat is known by what the provider calls them; all others by their address."""
    from bot.demo.company import AT_ONCE  # noqa: PLC0415
    from bot.demo.scene import playing  # noqa: PLC0415
    from tests.web.provider import SECRET  # noqa: PLC0415
    from tests.web.visitor import PUBLIC  # noqa: PLC0415

    clock.stop()
    config = stepped_up(AT_ONCE, provider.url).replace("pat: {", "pat: {oidc: sub-of-pat, ")
    config = config.replace("[jun@acme.example]", "[jun@acme.example, kit.s@acme.example]")
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        yield scene


@pytest.mark.parametrize("bend", [*GOOD.values(), *BAD.values()], ids=[*GOOD, *BAD])
async def test_each_token_differs_from_a_good_one_in_one_respect(
    visitor: Visitor, provider: FakeProvider, bend: Bend
) -> None:
    provider.sign_in_as("ada")
    back = await visitor.leave("/passkeys")
    bend(provider)
    heard = await visitor.get(back)
    assert provider.refusals == []
    good = bend in GOOD.values()
    assert heard.status == (200 if good else 403), heard.body
    assert await is_in(visitor) is good


async def test_a_code_is_taken_once(visitor: Visitor, provider: FakeProvider) -> None:
    provider.sign_in_as("ada")
    back = await visitor.leave("/passkeys")
    before = dict(visitor.cookies)
    assert (await visitor.get(back)).status == 200
    again = Visitor(visitor.scene, provider, cookies=before)
    assert (await again.get(back)).status == 403
    assert not await is_in(again)


async def test_a_sign_in_that_another_browser_began_is_none_here(
    scene: Scene, visitor: Visitor, provider: FakeProvider
) -> None:
    """Else I would act in the name of whoever sent me the link."""
    provider.sign_in_as("grace")
    theirs = await Visitor(scene, provider).leave("/passkeys")
    assert (await visitor.get(theirs)).status == 403
    await visitor.get("/sign-in?to=/passkeys")  # now I have a cookie of that sort, too
    assert (await visitor.get(theirs)).status == 403
    assert not await is_in(visitor)


async def test_the_name_one_left_with_is_not_the_one_one_is_known_by(visitor: Visitor) -> None:
    await visitor.get("/sign-in?to=/passkeys")
    before = visitor.cookies[AWAY]
    await visitor.sign_in("ada")
    assert visitor.cookies[HERE] != before
    forged = Visitor(visitor.scene, visitor.provider, cookies={HERE: before})
    assert not await is_in(forged)


async def test_whoever_takes_too_long_begins_again(
    visitor: Visitor, provider: FakeProvider, clock: MovableClock
) -> None:
    provider.sign_in_as("ada")
    back = await visitor.leave("/passkeys")
    clock.advance(minutes=10, seconds=1)
    assert (await visitor.get(back)).status == 403


async def test_a_provider_that_is_down_is_told_in_words(
    visitor: Visitor, provider: FakeProvider
) -> None:
    provider.down = True
    heard = await visitor.get("/sign-in?to=/passkeys")
    assert (heard.status, b"does not answer" in heard.body) == (503, True)
    provider.down = False
    assert (await visitor.sign_in("ada")).status == 200


async def test_another_issuer_in_the_answer_is_a_mix_up(
    visitor: Visitor, provider: FakeProvider
) -> None:
    provider.sign_in_as("ada")
    back = await visitor.leave("/passkeys")
    assert (await visitor.get(f"{back}&iss=https%3A%2F%2Fevil.example")).status == 403


async def test_a_provider_that_refuses_our_code_lets_nobody_in(
    visitor: Visitor, provider: FakeProvider
) -> None:
    provider.sign_in_as("ada")
    back = await visitor.leave("/passkeys")
    provider.codes.clear()
    heard = await visitor.get(back)
    assert (heard.status, b"did not confirm who you are" in heard.body) == (403, True)
    assert not await is_in(visitor)


async def test_whoever_knocks_too_often_waits(visitor: Visitor) -> None:
    statuses = [(await visitor.get("/sign-in?to=/passkeys")).status for _ in range(62)]
    assert statuses[:60] == [302] * 60
    assert statuses[-1] == 429


async def test_behind_a_proxy_nobody_locks_the_others_out(visitor: Visitor, scene: Scene) -> None:
    await scene.stop()
    scene.environ = {**scene.environ, "COUNTERSIGN_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}
    await scene.start()

    async def knock(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return (await visitor.ask("GET", "/sign-in?to=/passkeys", headers=headers)).status

    attacker = [await knock(f"198.51.100.{number}, 203.0.113.9") for number in range(62)]
    assert attacker[:60] == [302] * 60
    assert attacker[-1] == 429  # however many addresses it makes up in front of its own
    assert await knock("203.0.113.10") == 302
