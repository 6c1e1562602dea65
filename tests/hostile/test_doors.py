"""The other doors, of the whole house: the API, tokens of jobs, all that Slack sends, the side door."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from bot.chat.slack.commands.help import TOPICS
from bot.demo.scene import AUTHOR, GUEST, SENIOR, Scene
from tests.clocks import MovableClock
from tests.hostile import people
from tests.hostile.corpus import BODIES, WRONG, bits
from tests.hostile.runner import Door, Inputs, withstood
from tests.hostile.slack import JSON, signed
from tests.web.ci import BEARER, SIGNOFFS, Ci
from tests.web.issuer import FakeIssuer, part, rsa_key
from tests.web.test_oidc import trusting
from tests.web.test_side_door import RETRY, a_door, ask

WHO = (SENIOR, AUTHOR, GUEST, "U0NOBODY", "")
CLEARLY = {0, 200, 202, 400, 401, 403, 404, 405, 408, 409, 411, 413, 414, 415, 422, 429, 431}

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("troubles")]


async def test_changes_announced_with_a_token(ci: Ci, scene: Scene, clock: MovableClock) -> None:
    def good() -> bytes:
        clock.advance(seconds=1)  # or there would be too many of them
        return json.dumps(ci.change()).encode()

    scene.slack.down = True  # the play Slack forgets nothing, and memory is looked at
    door = Door(
        name="api", address=scene.address, path=SIGNOFFS, good=good, sealed=lambda _: BEARER
    )
    async with withstood(door) as found:
        assert set(found.total()) <= CLEARLY
        assert {202, 400, 401, 422} <= set(found.total())


async def test_questions_at_any_address(ci: Ci, scene: Scene) -> None:
    known = (await ci.announce_by_token()).said["id"]
    card = await scene.shown(known)
    await scene.approve(SENIOR, card)  # or it would be worth waiting for

    def astray(random: Random) -> str:
        id = quote(bits(random, known.encode()), safe="!~*'();:@&=+$,[]") or "x"
        odd = quote(str(random.choice(WRONG)).encode("utf-8", "replace"), safe="/.")[:4_000]
        after = random.choice(("", "/attestation", "/explanation", "/renew", f"/{odd}"))
        query = random.choice(("", f"?wait={odd}", f"?{odd}", "?wait=30&wait=x", "?wait=-1"))
        return f"{random.choice((SIGNOFFS, SIGNOFFS, '/hooks', ''))}/{random.choice((known, id, odd))}{after}{query}"

    door = Door(
        name="questions",
        address=scene.address,
        path=f"{SIGNOFFS}/{known}",
        good=lambda: b"",
        sealed=lambda _: BEARER,
        method="GET",
        astray=astray,
    )
    async with withstood(door) as found:
        assert set(found.total()) <= CLEARLY
        assert {200, 400, 404} <= set(found.total())


@pytest.fixture
async def issuer(scene: Scene) -> AsyncIterator[FakeIssuer]:
    issuer = FakeIssuer(scene.clock)
    await issuer.start()
    await trusting(scene, issuer)
    yield issuer
    await issuer.stop()


async def test_tokens_of_jobs(ci: Ci, scene: Scene, issuer: FakeIssuer) -> None:
    """Claims and headers of every kind, most of them under a signature that is right."""
    random = Random("tokens")  # noqa: S311

    def token(claims: bytes, lies: float = 0.3) -> str:
        header = json.dumps({"alg": "RS256", "typ": "JWT", "kid": "one"}).encode()
        if random.random() < lies:
            header = random.choice(BODIES)(random, header)
        text = f"{part(header)}.{part(claims)}".encode()
        key = rsa_key("nobody's" if random.random() < lies else "one")
        mac = urlsafe_b64encode(key.sign(text, PKCS1v15(), SHA256())).rstrip(b"=").decode()
        return f"{text.decode()}.{mac}"

    door = Door(
        name="tokens",
        address=scene.address,
        path=f"{SIGNOFFS}/sgn_unknown",
        good=lambda: json.dumps(issuer.claims(sha="a" * 40)).encode(),
        sealed=lambda body: {"Authorization": f"Bearer {token(body)}"},
        method="GET",
        taken=frozenset({404, 401, 503}),
        forgiven=frozenset({503}),  # its key may be one that we shall hear of in a minute
    )
    async with withstood(door, Inputs // 2) as found:
        assert set(found.total()) <= CLEARLY | {503}
        assert {401, 403, 404} <= set(found.total())
    assert len(issuer.asked) < 20, "whoever sends tokens has us ask for keys as often as they like"
    honest = token(json.dumps(issuer.claims(sha="a" * 40)).encode(), lies=0)
    assert (await ci.ask("GET", door.path, {"Authorization": f"Bearer {honest}"})).status == 404


# Slack.


@pytest.fixture
async def value(ci: Ci, scene: Scene) -> str:
    """What the buttons of a card that hangs hold."""
    signoff = await scene.house.board.signoff((await ci.announce_by_token()).said["id"])
    assert signoff
    await scene.shown(signoff.id)
    return people.subject_of(signoff).pack()


def slack_door(
    name: str,
    scene: Scene,
    good: Callable[[], bytes],
    dressed: Callable[[bytes], bytes] = lambda body: body,
    sort: str = "application/x-www-form-urlencoded",
) -> Door:
    return Door(
        name=name,
        address=scene.address,
        path="/slack/events",
        good=good,
        dressed=dressed,
        sealed=lambda body: signed(body, scene.clock(), sort=sort),
        between=scene.house.settle,
    )


@pytest.mark.parametrize("sort", ["buttons", "forms", "shortcuts"])
async def test_what_people_press_and_send(scene: Scene, value: str, sort: str) -> None:
    ends = {"forms": ("_FORM",), "shortcuts": ("_SHORTCUT",)}
    mine = [it for it in people.NAMES if it.endswith(ends.get(sort, ("",)))]
    if sort == "buttons":
        mine = [it for it in mine if not it.endswith(("_FORM", "_SHORTCUT"))]
    numbers = count()

    def good() -> bytes:
        number = next(numbers)
        name, who = mine[number % len(mine)], WHO[number // len(mine) % len(WHO)]
        return json.dumps(people.interaction(name, who, value)).encode()

    async with withstood(slack_door(sort, scene, good, people.as_payload)) as found:
        assert set(found.total()) <= CLEARLY
        assert {200, 400, 401} <= set(found.total())


async def test_what_people_type(scene: Scene, value: str) -> None:
    numbers = count()

    def good() -> bytes:
        number = next(numbers)
        word = list(TOPICS)[number % len(TOPICS)]
        text = f"{word} {json.loads(value)['s']} <@U0ADA|ada>"
        return json.dumps(people.command(WHO[number % len(WHO)], text)).encode()

    def dressed(body: bytes) -> bytes:
        try:
            fields = json.loads(body)
            return urlencode(fields).encode() if isinstance(fields, dict) else quote(body).encode()
        except (ValueError, RecursionError):
            return urlencode({**dict(parse_qsl(good())), "text": body}).encode()

    async with withstood(slack_door("commands", scene, good, dressed)) as found:
        assert set(found.total()) <= CLEARLY
        assert {200, 401} <= set(found.total())


async def test_what_slack_tells(scene: Scene, value: str) -> None:
    numbers = count(1)

    def good() -> bytes:
        number = next(numbers)
        return json.dumps(people.event(WHO[number % len(WHO)], number)).encode()

    async with withstood(slack_door("events", scene, good, sort=JSON)) as found:
        assert set(found.total()) <= CLEARLY
        assert {200, 400, 401} <= set(found.total())


# The operator's own door, on this machine.


async def test_orders_through_the_side_door(tmp_path: Path) -> None:
    random, statuses = Random("orders"), set()  # noqa: S311
    async with a_door(tmp_path) as (path, _, _):
        for number in range(Inputs):
            order = random.choice(BODIES)(random, RETRY)
            async with asyncio.timeout(1):
                answer = await ask(path, order[:60_000] + b"\n" * (number % 2))
            statuses.add(bool(answer.get("problem")))
        assert await ask(path, RETRY) == {"done": 0, "problem": ""}
    assert statuses == {True, False}
