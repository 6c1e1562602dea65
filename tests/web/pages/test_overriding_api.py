"""Can a person override by the API who has just signed in, and can nobody and nothing else?"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import FALLBACK_CHANNEL, PRINCIPAL, TOKEN, Scene, playing
from bot.domain.override import CONFIRM_WITHIN
from bot.domain.proving import BY_SIGN_IN
from bot.domain.signoff import Status
from bot.domain.statement import stamp
from tests.builders import NOW
from tests.web.ci import Ci, Heard, MovableClock
from tests.web.issuer import rsa_key
from tests.web.pages.conftest import stepped_up, stored
from tests.web.provider import SECRET, FakeProvider
from tests.web.schemas import misfits
from tests.web.test_openapi import WHOLE, responses
from tests.web.visitor import PUBLIC

PEOPLE = "people: [pat, grace]"
RULES = f"\noverride: {{{PEOPLE}, channel: {FALLBACK_CHANNEL}, step_up: false, minutes: 30, review: 2h}}\n"
SIGNOFFS = "/api/v1/signoffs"


@pytest.fixture
def rules() -> str:
    return RULES


@pytest.fixture
async def scene(
    tmp_path: Path, clock: MovableClock, provider: FakeProvider, rules: str
) -> AsyncIterator[Scene]:
    clock.stop()
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    config = stepped_up(AT_ONCE.replace("expire: 2m", "expire: 8h"), provider.url) + rules
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        yield scene


@pytest.fixture
def ci(scene: Scene) -> Ci:
    return Ci(scene)


@pytest.fixture
async def night(scene: Scene) -> str:
    return await scene.send(REFUNDS)


def token(provider: FakeProvider, person: str = "pat", **bent: Any) -> str:
    """As the provider gives it to whoever signs in by themselves; nobody asked with a nonce."""
    provider.sign_in_as(person)
    provider.bent = {"nonce": None, **bent}
    return provider.signed(provider.claims({}))


async def said(ci: Ci, signoff: str, what: str = "", **facts: Any) -> Mapping[str, Any]:
    """A body as it has to be, but for `facts`."""
    now = await stored(ci.scene, signoff)
    revision, asked = now.change.revision, now.override_asked
    bodies: dict[str, dict[str, Any]] = {
        "": {"incident": "INC-4711", "reason": "checkout is down"},
        "/confirm": {
            "incident": "INC-4711",
            "of": asked.by if asked else "pat",
            "asked": stamp(asked.at if asked else NOW),
        },
        "/review": {"verdict": "fine", "reason": "I looked at it"},
    }
    return {"revision": revision, **bodies[what], **facts}


def encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode()


async def ask(ci: Ci, signoff: str, bearer: str, what: str = "", **facts: Any) -> Heard:
    return await ci.ask(
        "POST",
        f"{SIGNOFFS}/{signoff}/override{what}",
        {"Authorization": f"Bearer {bearer}"},
        encoded(await said(ci, signoff, what, **facts)),
    )


def fits(heard: Heard, what: str = "") -> None:
    """What was heard is what the description promises."""
    operation = WHOLE["paths"][f"{SIGNOFFS}/{{id}}/override{what}"]["post"]
    told = dict(responses(operation))[str(heard.status)]
    content = told["content"][heard.headers["content-type"].partition(";")[0]]
    assert list(misfits(heard.said, content["schema"], WHOLE)) == [], heard.body


# A person who has just signed in.


async def test_a_fresh_sign_in_lets_it_go_on(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    heard = await ask(ci, night, token(provider))
    assert (heard.status, heard.said["status"], heard.said["proceed"]) == (200, "overridden", True)
    assert (heard.said["environment"], heard.said["override_until"][-1]) == ("production", "Z")
    fits(heard)
    after = await stored(scene, night)
    assert after.override
    assert (after.override.by, after.override.shown.how) == ("pat", BY_SIGN_IN)
    await scene.house.settle()
    [run] = scene.pipeline.runs.values()
    assert run.state == "deployed"


async def test_whoever_did_not_hear_the_answer_asks_again(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    mine = token(provider)
    first, second = [await ask(ci, night, mine) for _ in range(2)]
    assert (first.status, second.status, first.said) == (200, 200, second.said)
    kinds = [event.kind for event in await scene.house.board.trail(night)]
    assert kinds.count("overridden") == 1


async def test_it_works_while_slack_is_down(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    await scene.slack.stop()
    assert (await ask(ci, night, token(provider))).status == 200


@pytest.mark.parametrize(
    "rules", [RULES.replace("minutes", "second: true, minutes")], ids=["it takes two"]
)
async def test_a_second_person_confirms_it(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    mine, theirs = token(provider), token(provider, "grace")
    heard = await ask(ci, night, mine)
    assert (heard.status, heard.said["proceed"]) == (202, False)
    assert heard.said["override_asked"]["by"] == "pat"
    fits(heard)
    assert (await ask(ci, night, mine, "/confirm")).status == 409
    assert (await ask(ci, night, theirs, "/confirm", incident="INC-1")).status == 409
    assert (await stored(scene, night)).status is Status.PENDING
    heard = await ask(ci, night, theirs, "/confirm")
    assert (heard.status, heard.said["status"]) == (200, "overridden")
    fits(heard, "/confirm")


@pytest.mark.parametrize(
    "rules", [RULES.replace("minutes", "second: true, minutes")], ids=["it takes two"]
)
@pytest.mark.parametrize("again_by", ["pat", "grace", None])
async def test_what_was_asked_again_since_is_not_what_was_read(
    ci: Ci, clock: MovableClock, provider: FakeProvider, night: str, again_by: str | None
) -> None:
    """For the same incident: by somebody else, or by the same one for another reason."""
    await ask(ci, night, token(provider))
    read = await said(ci, night, "/confirm")
    if again_by:
        clock.ahead += CONFIRM_WITHIN
        again = await ask(ci, night, token(provider, again_by), reason="while we are at it")
        assert again.status == 202
    other = token(provider, "pat" if again_by == "grace" else "grace")
    heard = await ask(ci, night, other, "/confirm", **read)
    assert heard.status == (409 if again_by else 200)
    fits(heard, "/confirm")
    for missing in ("of", "asked"):
        body = {name: it for name, it in read.items() if name != missing}
        path = f"{SIGNOFFS}/{night}/override/confirm"
        heard = await ci.ask("POST", path, {"Authorization": f"Bearer {other}"}, encoded(body))
        ci.check_problem(heard, 422)


async def test_somebody_else_reviews_it(ci: Ci, provider: FakeProvider, night: str) -> None:
    mine = token(provider)
    await ask(ci, night, mine)
    assert (await ask(ci, night, mine, "/review")).status == 409
    theirs = token(provider, "ada")
    wrong = await ask(ci, night, theirs, "/review", verdict="perhaps")
    ci.check_problem(wrong, 422)
    heard = await ask(ci, night, theirs, "/review", verdict="wrong")
    assert heard.status == 200
    fits(heard, "/review")
    after = await stored(ci.scene, night)
    assert after.override
    assert after.override.reviewed
    assert (after.override.reviewed.by, after.override.reviewed.fine) == ("ada", False)


# Nobody and nothing else.


async def test_the_token_of_a_connection_never_does(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    """What asks for a signature cannot let itself go without one."""
    for what in ("", "/confirm", "/review"):
        heard = await ask(ci, night, TOKEN, what)
        ci.check_problem(heard, 403, "Only a person can override")
        fits(heard, what)
    assert (await stored(scene, night)).status is Status.PENDING
    assert (await ask(ci, night, token(provider))).status == 200


@pytest.mark.parametrize(
    ("bent", "status"),
    [
        ({"iss": "https://token.actions.githubusercontent.com"}, 403),
        ({"aud": "another-app"}, 401),
        ({"aud": ["countersign", "another-app"], "azp": "another-app"}, 401),
        ({"auth_time": None}, 401),
        ({"auth_time": 1}, 401),
        ({"exp": 1}, 401),
        ({"sub": ""}, 401),
        ({"sub": "sub-of-nobody", "email": "nobody@acme.example"}, 403),
        ({"email_verified": False}, 403),
        ({}, 200),
    ],
    ids=str,
)
async def test_what_is_no_fresh_sign_in_of_somebody_we_know_is_refused(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str, bent: dict[str, Any], status: int
) -> None:
    heard = await ask(ci, night, token(provider, **bent))
    assert heard.status == status, heard.body
    fits(heard)
    overridden = (await stored(scene, night)).status is Status.OVERRIDDEN
    assert overridden is (status == 200)


async def test_a_sign_in_of_six_minutes_ago_is_too_old(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str, clock: MovableClock
) -> None:
    old = token(provider, exp=int(clock().timestamp()) + 3600)
    clock.advance(minutes=6, seconds=1)
    assert (await ask(ci, night, old)).status == 401
    assert (await stored(scene, night)).status is Status.PENDING
    assert (await ask(ci, night, token(provider))).status == 200


async def test_a_token_that_another_key_signed_is_none(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    token(provider)
    forged = provider.signed(provider.claims({}), key=rsa_key("two"))
    assert (await ask(ci, night, forged)).status == 401
    assert (await stored(scene, night)).status is Status.PENDING


async def test_who_left_the_workspace_cannot(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    known = scene.slack.workspace.people
    there, known[PRINCIPAL] = known[PRINCIPAL], replace(known[PRINCIPAL], deleted=True)
    assert (await ask(ci, night, token(provider))).status == 409
    known[PRINCIPAL] = there
    assert (await ask(ci, night, token(provider))).status == 200


async def test_whoever_may_not_is_told_who_may(ci: Ci, provider: FakeProvider, night: str) -> None:
    heard = await ask(ci, night, token(provider, "ada"))
    ci.check_problem(heard, 409, "You are not among those who may")
    fits(heard)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"revision": "b" * 40}, 409),
        ({"incident": "not a name!"}, 409),
        ({"reason": "..."}, 409),
        ({"reason": "x" * 1001}, 422),
        ({"reason": 7}, 422),
        ({"reason": None}, 422),
        ({"confirm": "yes"}, 422),
    ],
    ids=str,
)
async def test_what_is_missing_or_too_much_is_said(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str, facts: dict[str, Any], status: int
) -> None:
    heard = await ask(ci, night, token(provider), **facts)
    assert heard.status == status, heard.body
    fits(heard)
    assert (await stored(scene, night)).status is Status.PENDING
    assert (await ask(ci, night, token(provider))).status == 200


async def test_what_is_not_there_is_not_there(ci: Ci, provider: FakeProvider, night: str) -> None:
    body = encoded(await said(ci, night))
    path, headers = f"{SIGNOFFS}/sgn_x/override", {"Authorization": f"Bearer {token(provider)}"}
    ci.check_problem(await ci.ask("POST", path, headers, body), 404, "no such signoff")


async def test_nobody_hammers_at_it(ci: Ci, provider: FakeProvider, night: str) -> None:
    mine, other = token(provider), token(provider, "ada")
    heard = [await ask(ci, night, mine, incident="!") for _ in range(21)]
    assert [it.status for it in heard[-2:]] == [409, 429]
    fits(heard[-1])
    assert (await ask(ci, night, other)).status == 409


@pytest.mark.parametrize("rules", [RULES.replace("step_up: false, ", "")], ids=["by key"])
async def test_where_a_key_is_asked_for_the_sign_in_alone_is_not_enough(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    heard = await ask(ci, night, token(provider))
    told = ci.check_problem(heard, 409, "your security key here")
    assert told["detail"] == f"Open {PUBLIC}/override/{night}"
    assert (await stored(scene, night)).status is Status.PENDING


async def test_without_step_up_there_is_no_such_route_and_it_says_why(
    ci: Ci, scene: Scene, provider: FakeProvider, night: str
) -> None:
    await scene.stop()
    scene.config = AT_ONCE + RULES.replace("step_up: false, ", "")
    await scene.start()
    for what in ("", "/confirm", "/review"):
        heard = await ask(ci, night, token(provider), what)
        ci.check_problem(heard, 404, "countersign.yaml has no step_up")
        fits(heard, what)
