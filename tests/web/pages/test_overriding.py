"""Can somebody override on our own page, with their own key, also while Slack is down?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fido2 import cbor
from fido2.cose import CoseKey

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import (
    CHANNEL,
    FALLBACK_CHANNEL,
    OTHER_SENIOR,
    PRINCIPAL,
    Scene,
    playing,
    reading,
)
from bot.domain.proving import BY_COMMAND, BY_KEY, BY_SIGN_IN
from bot.domain.signoff import Status
from tests.web.authenticator import PRESENT, SoftKey, raw, text
from tests.web.ci import Heard, MovableClock
from tests.web.pages.conftest import Holder, stepped_up, stored
from tests.web.provider import SECRET, FakeProvider
from tests.web.visitor import PUBLIC, Visitor

ALONE = (
    f"\noverride: {{people: [pat, grace], channel: {FALLBACK_CHANNEL}, minutes: 30, review: 2h}}\n"
)


@pytest.fixture
def rules() -> str:
    return ALONE


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
async def night(scene: Scene) -> str:
    """Jun's change waits, and everybody who may approve it sleeps."""
    return await scene.send(REFUNDS)


async def challenge(visitor: Visitor, signoff: str, do: str = "override", **facts: Any) -> Heard:
    await visitor.open("/passkeys")  # for its token: where there is nothing to do there is no form
    found = await stored(visitor.scene, signoff)
    asked = found.override_asked
    body = {
        "do": do,
        "revision": found.change.revision,
        "incident": "INC-4711",
        "reason": "checkout is down",
        "verdict": "fine",
        "asked": asked.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if asked
        else "",
        **facts,
    }
    return await visitor.post(f"/override/{signoff}/challenge", body)


async def do(
    visitor: Visitor, signoff: str, key: SoftKey | None, do: str = "override", **facts: Any
) -> Heard:
    asked = await challenge(visitor, signoff, do, **facts)
    if asked.status != 200:
        return asked
    said = {"statement": asked.said["statement"]}
    if key:
        said["assertion"] = key.sign(asked.said)
    return await visitor.post(f"/override/{signoff}", said)


async def command(scene: Scene, user: str, words: str) -> str:
    before = len(scene.slack.ephemerals(user))
    channel = CHANNEL if user == OTHER_SENIOR else FALLBACK_CHANNEL
    await scene.slack.command(user, "/signoff", words, channel=channel)
    told = scene.slack.ephemerals(user)[before:]
    return reading(told[-1].blocks) if told else ""


# With their key, and with nothing less.


async def test_what_my_key_signed_goes_on_and_is_kept(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    heard = await do(pat, night, key)
    assert (heard.status, heard.said["status"]) == (200, "overridden"), heard.body
    assert "it may go on until" in heard.said["sentence"]
    after = await stored(scene, night)
    assert after.override
    assert (after.override.by, after.override.shown.how) == ("pat", BY_KEY)
    await scene.house.settle()
    [run] = scene.pipeline.runs.values()
    assert run.state == "deployed"
    assert await scene.house.board.broken() is None


async def test_what_is_kept_can_be_checked_without_us(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    await do(pat, night, key)
    after = await stored(scene, night)
    assert after.override
    kept = after.override.shown.assertion
    assert kept
    told = json.loads(kept.statement)
    wanted = {"v": "countersign-override/1", "do": "override", "signoff": night, "person": "pat",
              "incident": "INC-4711", "reason": "checkout is down", "environment": "production",
              "revision": after.change.revision, "audience": PUBLIC}  # fmt: skip
    assert {name: told[name] for name in wanted} == wanted
    client = raw(kept.client_data)
    assert raw(json.loads(client)["challenge"]) == hashlib.sha256(kept.statement.encode()).digest()
    signed = raw(kept.authenticator_data) + hashlib.sha256(client).digest()
    CoseKey.parse(dict(cbor.decode(raw(kept.public_key)))).verify(signed, raw(kept.signature))  # type: ignore[call-overload]


async def test_a_session_of_slack_is_not_enough_and_is_led_to_the_page(
    scene: Scene, night: str
) -> None:
    """Whoever took over the account gets a link, and behind it a sign-in and a key."""
    told = await command(scene, PRINCIPAL, f"override {night} INC-4711 checkout is down")
    assert "your security key here, so nothing was done yet" in told
    assert f"{PUBLIC}/override/{night}" in str(scene.slack.ephemerals(PRINCIPAL)[-1].blocks)
    assert (await stored(scene, night)).status is Status.PENDING
    assert "security key" in await command(scene, PRINCIPAL, f"override {night}")


@pytest.mark.parametrize("rules", [ALONE.replace("minutes", "step_up: false, minutes")])
async def test_unless_that_was_declined(scene: Scene, night: str) -> None:
    told = await command(scene, PRINCIPAL, f"override {night} INC-4711 checkout is down")
    assert told.startswith("Overridden")
    after = await stored(scene, night)
    assert after.override
    assert after.override.shown.how == BY_COMMAND


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://sign.acme.example.evil.example"},
        {"flags": PRESENT},
        {"cross_origin": True},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
    ],
    ids=str,
)
async def test_what_is_signed_in_another_way_is_refused(
    scene: Scene, holder: Holder, night: str, bent: dict[str, Any]
) -> None:
    pat, key = await holder("pat")
    asked = (await challenge(pat, night)).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked, **bent)}
    assert (await pat.post(f"/override/{night}", said)).status == 409
    assert (await stored(scene, night)).status is Status.PENDING
    assert (await do(pat, night, key)).status == 200


async def test_without_the_key_that_is_there_nothing_happens(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, _ = await holder("pat")
    assert (await do(pat, night, None)).status == 409
    assert (await stored(scene, night)).status is Status.PENDING


async def test_who_has_no_key_is_told_so_and_cannot(
    scene: Scene, visitor: Visitor, night: str
) -> None:
    await visitor.sign_in("pat")
    assert "you have none that can decide yet" in await visitor.open(f"/override/{night}")
    heard = await do(visitor, night, None)
    assert (heard.status, "your security key" in heard.said["title"]) == (409, True)
    assert (await stored(scene, night)).status is Status.PENDING


@pytest.mark.parametrize("rules", [ALONE.replace("minutes", "step_up: false, minutes")])
async def test_where_that_was_declined_the_sign_in_is_enough(
    scene: Scene, visitor: Visitor, night: str
) -> None:
    await visitor.sign_in("pat")
    assert "Override in an emergency" in await visitor.open(f"/override/{night}")
    assert (await do(visitor, night, None)).status == 200
    after = await stored(scene, night)
    assert after.override
    assert after.override.shown.how == BY_SIGN_IN


async def test_a_decision_that_was_signed_is_no_override(
    scene: Scene, holder: Holder, night: str
) -> None:
    """Nor the other way round: each says what it is."""
    grace, key = await holder("grace")
    asked = (await grace.challenge(night, "reject")).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    assert (await grace.post(f"/override/{night}", said)).status == 400
    asked = (await challenge(grace, night)).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    assert (await grace.post(f"/decide/{night}", said)).status == 400
    assert (await stored(scene, night)).status is Status.PENDING


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("incident", "INC-1"),
        ("reason", "something else"),
        ("revision", "b" * 40),
        ("do", "review"),
        ("signoff", "sgn_other"),
        ("person", "grace"),
    ],
)
async def test_a_statement_that_we_did_not_give_is_none(
    scene: Scene, holder: Holder, night: str, name: str, value: str
) -> None:
    pat, key = await holder("pat")
    asked = (await challenge(pat, night)).said
    told = {**json.loads(asked["statement"]), name: value}
    statement = json.dumps(told, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(statement.encode()).digest()
    assertion = key.sign(asked, challenge=text(digest))
    heard = await pat.post(f"/override/{night}", {"statement": statement, "assertion": assertion})
    assert heard.status == 400, heard.body
    assert (await stored(scene, night)).status is Status.PENDING


async def test_a_statement_about_one_signoff_overrides_no_other(
    scene: Scene, holder: Holder, night: str
) -> None:
    other = await scene.send(REFUNDS, environment="staging")
    pat, key = await holder("pat")
    asked = (await challenge(pat, night)).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    assert (await pat.post(f"/override/{other}", said)).status == 400
    assert (await stored(scene, other)).override is None
    assert (await pat.post(f"/override/{night}", said)).status == 200


async def test_the_same_message_twice_is_one_override(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    asked = (await challenge(pat, night)).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    first, second = [await pat.post(f"/override/{night}", said) for _ in range(2)]
    assert (first.status, second.status, first.body) == (200, 200, second.body)
    kinds = [event.kind for event in await scene.house.board.trail(night)]
    assert kinds.count("overridden") == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"X_Csrf": "x"}, 403),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 200),
    ],
    ids=str,
)
async def test_another_site_cannot_make_me_override(
    holder: Holder, scene: Scene, night: str, headers: dict[str, str], status: int
) -> None:
    pat, _ = await holder("pat")
    await pat.open(f"/override/{night}")
    body = {"do": "override", "incident": "INC-1", "reason": "it is down"}
    body["revision"] = (await stored(scene, night)).change.revision
    heard = await pat.post(f"/override/{night}/challenge", body, **headers)
    assert heard.status == status, heard.body


async def test_after_five_minutes_one_has_to_sign_in_again(
    scene: Scene, holder: Holder, night: str, clock: MovableClock
) -> None:
    pat, key = await holder("pat")
    asked = (await challenge(pat, night)).said
    clock.advance(minutes=6, seconds=1)
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    heard = await pat.post(f"/override/{night}", said)
    assert (heard.status, "sign-in is over" in heard.said["title"]) == (401, True)
    assert (await pat.get(f"/override/{night}")).status == 401


async def test_to_strangers_it_looks_the_same_whatever_there_is(
    visitor: Visitor, night: str
) -> None:
    known, unknown = [await visitor.get(f"/override/{id}") for id in (night, "sgn_unknown")]
    assert known.status == unknown.status == 401
    assert known.body.replace(night.encode(), b"ID") == unknown.body.replace(b"sgn_unknown", b"ID")


# Who may, and who may not.


async def test_whoever_may_not_is_told_who_may(scene: Scene, holder: Holder, night: str) -> None:
    ada, key = await holder("ada")
    page = await ada.open(f"/override/{night}")
    assert "You are not among those who may do that in an emergency." in page
    assert 'id="override"' not in page
    heard = await do(ada, night, key)
    assert (heard.status, "not among those" in heard.said["title"]) == (409, True)
    assert (await stored(scene, night)).status is Status.PENDING


@pytest.mark.parametrize(
    "facts",
    [{"incident": ""}, {"incident": "checkout!"}, {"reason": " . "}, {"revision": "b" * 40}],
    ids=str,
)
async def test_what_is_missing_is_said_before_they_touch_their_key(
    scene: Scene, holder: Holder, night: str, facts: dict[str, str]
) -> None:
    """A revision is looked at when it is sent: a page shows one alone."""
    pat, key = await holder("pat")
    assert (await do(pat, night, key, **facts)).status == 409
    assert (await stored(scene, night)).status is Status.PENDING
    assert (await do(pat, night, key)).status == 200


async def test_who_left_the_workspace_cannot(scene: Scene, holder: Holder, night: str) -> None:
    pat, key = await holder("pat")
    known = scene.slack.workspace.people
    there, known[PRINCIPAL] = known[PRINCIPAL], replace(known[PRINCIPAL], deleted=True)
    heard = await do(pat, night, key)
    assert (heard.status, "deactivated" in heard.said["title"]) == (409, True), heard.body
    assert (await stored(scene, night)).status is Status.PENDING
    known[PRINCIPAL] = there
    assert (await do(pat, night, key)).status == 200


async def test_it_works_while_slack_is_down(scene: Scene, holder: Holder, night: str) -> None:
    """That is what the page is for; what is to be told is told once it is back."""
    pat, key = await holder("pat")
    await scene.slack.stop()
    assert (await do(pat, night, key)).said["status"] == "overridden"
    await scene.house.dispatcher.settle()
    [run] = scene.pipeline.runs.values()
    assert run.state == "deployed"
    assert (await scene.house.board.surfaces())["wanting"] >= 5


async def test_whoever_may_is_led_there_from_where_people_decide(
    holder: Holder, visitor: Visitor, night: str
) -> None:
    pat, _ = await holder("pat")
    link = f'href="/override/{night}"'
    assert link in await pat.open(f"/decide/{night}")
    await visitor.sign_in("ada")
    assert link not in await visitor.open(f"/decide/{night}")


async def test_what_is_decided_is_over(scene: Scene, holder: Holder, night: str) -> None:
    ada, keys = await holder("ada")
    await ada.decide(night, keys)
    pat, key = await holder("pat")
    assert "This is over" in await pat.open(f"/override/{night}")
    assert (await do(pat, night, key)).status == 409


# Two people.


@pytest.mark.parametrize("rules", [ALONE.replace("minutes", "second: true, minutes")])
async def test_a_second_key_confirms_what_the_first_one_signed(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    assert "Ask to override" in await pat.open(f"/override/{night}")
    heard = await do(pat, night, key)
    assert heard.said["sentence"].startswith("Not yet: somebody else who may has to confirm it by")
    assert "it only has to be confirmed" in await pat.open(f"/override/{night}")
    await scene.house.settle()
    asking = [it for it in scene.slack.messages(FALLBACK_CHANNEL) if "asks to override" in it.text]
    assert f"{PUBLIC}/override/{night}" in str(asking[-1].blocks)
    told = await command(scene, OTHER_SENIOR, f"override confirm {night}")
    assert "your security key here, so nothing was done yet" in told
    grace, other = await holder("grace")
    page = await grace.open(f"/override/{night}")
    assert "Pat Okafor asks to override" in page
    assert ("INC-4711" in page, "checkout is down" in page) == (True, True)
    assert (await do(pat, night, key, "confirm")).status == 409
    assert (await do(grace, night, other, "confirm")).said["status"] == "overridden"
    after = await stored(scene, night)
    assert after.override
    it = after.override
    assert it.second_shown
    assert (it.by, it.second, it.shown.how, it.second_shown.how) == ("pat", "grace", BY_KEY, BY_KEY)
    assert it.second_shown.assertion
    told = json.loads(it.second_shown.assertion.statement)
    assert (told["do"], told["of"], told["incident"]) == ("confirm", "pat", "INC-4711")


@pytest.mark.parametrize("rules", [ALONE.replace("minutes", "second: true, minutes")])
async def test_what_is_confirmed_is_what_was_read(
    scene: Scene, holder: Holder, night: str, clock: MovableClock
) -> None:
    """It ran out and somebody asked anew, for something else, while the page was open."""
    pat, key = await holder("pat")
    await do(pat, night, key)
    clock.advance(minutes=13)
    grace, other = await holder("grace")
    asked = (await challenge(grace, night, "confirm")).said
    said = {"statement": asked["statement"], "assertion": other.sign(asked)}
    clock.advance(minutes=3)
    await pat.sign_in("pat")
    assert (await do(pat, night, key, incident="INC-1")).status == 200
    heard = await grace.post(f"/override/{night}", said)
    assert (heard.status, "Nobody has asked" in heard.said["title"]) == (409, True)
    heard = await challenge(grace, night, "confirm", asked="2026-11-23T10:00:00.000Z")
    assert (heard.status, "Nobody has asked" in heard.said["title"]) == (409, True)
    assert (await do(grace, night, other, "confirm")).status == 200


@pytest.mark.parametrize("rules", [ALONE.replace("minutes", "second: true, minutes")])
async def test_who_asked_and_left_since_is_not_confirmed(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    await do(pat, night, key)
    grace, other = await holder("grace")
    known = scene.slack.workspace.people
    there, known[PRINCIPAL] = known[PRINCIPAL], replace(known[PRINCIPAL], deleted=True)
    heard = await do(grace, night, other, "confirm")
    assert (heard.status, "no full member" in heard.said["title"]) == (409, True), heard.body
    assert (await stored(scene, night)).status is Status.PENDING
    known[PRINCIPAL] = there
    assert (await do(grace, night, other, "confirm")).status == 200


# Too many of them.


@pytest.mark.parametrize("rules", [ALONE.replace("minutes", "per_month: 1, minutes")])
async def test_beyond_what_is_meant_for_a_month_it_takes_two(
    scene: Scene, holder: Holder, night: str
) -> None:
    pat, key = await holder("pat")
    assert (await do(pat, night, key)).said["status"] == "overridden"
    second = await scene.send(REFUNDS, environment="canary")
    page = await pat.open(f"/override/{second}")
    assert "It would be the 2nd override of this month, and after 1 it takes two people." in page
    assert (await do(pat, second, key)).said["status"] == "pending"
    grace, other = await holder("grace")
    assert (await do(grace, second, other, "confirm")).said["status"] == "overridden"
    after = await stored(scene, second)
    assert after.override
    assert (after.override.nth, after.override.per_month) == (2, 1)


async def test_what_somebody_unknown_had_a_part_in_takes_two_and_says_so(
    scene: Scene, holder: Holder
) -> None:
    pat, key = await holder("pat")
    other = {"login": "pats-other", "name": "Pat O.", "email": "pats-other@gmail.example"}
    strange = await scene.send(REFUNDS, author=other)
    assert (await stored(scene, strange)).contributors.unknown
    page = await pat.open(f"/override/{strange}")
    assert "Somebody whom the roster does not know had a part in this change" in page
    assert "Ask to override" in page
    assert (await do(pat, strange, key)).said["status"] == "pending"
    grace, hers = await holder("grace")
    assert (await do(grace, strange, hers, "confirm")).said["status"] == "overridden"


# The next day.


@pytest.mark.parametrize("verdict", ["fine", "wrong"])
async def test_somebody_else_reviews_it_here(
    scene: Scene, holder: Holder, visitor: Visitor, night: str, verdict: str
) -> None:
    pat, key = await holder("pat")
    await do(pat, night, key)
    page = await pat.open(f"/override/{night}")
    assert "You had a part in this change or in its override" in page
    await visitor.sign_in("ada")  # without a key: it changes nothing of the decision
    assert "Was that fine?" in await visitor.open(f"/override/{night}")
    heard = await do(visitor, night, None, "review", verdict=verdict, reason="I looked at it")
    assert heard.said["sentence"] == "Your review was recorded."
    after = await stored(scene, night)
    assert after.override
    assert after.override.reviewed
    assert (after.override.reviewed.by, after.override.reviewed.fine) == ("ada", verdict == "fine")
    assert "This is over" in await visitor.open(f"/override/{night}")


async def test_what_nobody_reviewed_comes_first(
    scene: Scene, holder: Holder, night: str, clock: MovableClock
) -> None:
    pat, key = await holder("pat")
    await do(pat, night, key)
    clock.advance(hours=3)
    second = await scene.send(REFUNDS, environment="canary")
    await pat.sign_in("pat")
    page = await pat.open(f"/override/{second}")
    assert f"The override of {night} should have been reviewed by now" in page
    assert f'href="/override/{night}"' in page
    assert (await do(pat, second, key)).status == 409


async def test_where_nobody_may_it_says_so(scene: Scene, holder: Holder, night: str) -> None:
    await scene.stop()
    scene.config = scene.config.replace(ALONE, "")
    await scene.start()
    pat, _ = await holder("pat")
    assert "Nobody may override here" in await pat.open(f"/override/{night}")
