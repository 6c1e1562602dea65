"""Does an approval count that somebody's own key signed, and no other?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from fido2 import cbor
from fido2.cose import CoseKey

from bot.demo.changes import REFUNDS
from bot.demo.scene import SENIOR, TOKEN, Scene
from bot.domain.signoff import BY_KEY, Status
from bot.web.access import ACCESS, Access
from storage import glances
from tests.hostile.people import as_payload, interaction, subject_of
from tests.hostile.slack import signed
from tests.web.authenticator import PRESENT, VERIFIED, raw, text
from tests.web.ci import Ci, MovableClock
from tests.web.pages.conftest import Holder, stored
from tests.web.visitor import HERE, PUBLIC, Visitor


async def test_what_my_key_signed_counts_and_is_kept(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    heard = await ada.decide(signoff, key)
    assert (heard.status, heard.said["status"]) == (200, "approved"), heard.body
    after = await stored(scene, signoff)
    assert after.status is Status.APPROVED
    review = after.reviews[-1]
    assert (review.person, review.proved, review.level) == ("ada", BY_KEY, "senior")
    assert await scene.house.board.broken() is None


async def test_what_is_kept_can_be_checked_without_us(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """By the public key alone: that she approved exactly this, and nobody else did."""
    ada, key = await holder("ada")
    await ada.decide(signoff, key)
    kept = (await stored(scene, signoff)).reviews[-1].assertion
    assert kept is not None
    statement = json.loads(kept.statement)
    assert (statement["verdict"], statement["person"], statement["signoff"]) == (
        "approve",
        "ada",
        signoff,
    )
    client = raw(kept.client_data)
    challenge = hashlib.sha256(kept.statement.encode()).digest()
    assert raw(json.loads(client)["challenge"]) == challenge
    signed = raw(kept.authenticator_data) + hashlib.sha256(client).digest()
    CoseKey.parse(dict(cbor.decode(raw(kept.public_key)))).verify(signed, raw(kept.signature))  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["APPROVE", "APPROVE_FORM"])
async def test_a_press_in_slack_is_not_enough(
    ci: Ci, scene: Scene, signoff: str, name: str
) -> None:
    """Not even one that Slack signed, from a card that had the button, or a form from before."""
    found = await stored(scene, signoff)
    sent = interaction(name, SENIOR, subject_of(found).pack())
    body = as_payload(json.dumps(sent).encode())
    heard = await ci.post(body, signed(body, scene.clock()), "/slack/events")
    assert heard.status == 200
    after = await stored(scene, signoff)
    assert (after.status, after.reviews) == (Status.PENDING, ())


async def test_rejecting_takes_no_key_in_slack_and_may_have_one_here(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    heard = await ada.decide(signoff, key, "reject")
    assert (heard.status, heard.said["status"]) == (200, "rejected")
    assert (await stored(scene, signoff)).reviews[-1].assertion is not None


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://sign.acme.example.evil.example"},
        {"origin": "http://sign.acme.example"},
        {"rp": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"type": "webauthn.create"},
        {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"cross_origin": True},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
        {"signature": b""},
        {"id": b"another credential"},
    ],
    ids=str,
)
async def test_what_is_signed_in_another_way_is_refused(
    scene: Scene, holder: Holder, signoff: str, bent: dict[str, object]
) -> None:
    ada, key = await holder("ada")
    heard = await ada.decide(signoff, key, **bent)
    assert heard.status == 409, heard.body
    assert (await stored(scene, signoff)).reviews == ()
    assert (await ada.decide(signoff, key)).said["status"] == "approved"


async def test_a_key_of_somebody_else_does_not_sign_for_me(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, _ = await holder("ada")
    _, graces = await holder("grace")
    assert (await ada.decide(signoff, graces)).status == 409
    assert (await stored(scene, signoff)).reviews == ()


async def test_a_key_that_waits_decides_nothing(
    scene: Scene, visitor: Visitor, signoff: str
) -> None:
    await visitor.sign_in("ada")
    key = visitor.key()
    await visitor.add_key(key)
    assert "no security key that can decide" in await visitor.open(f"/decide/{signoff}")
    assert (await visitor.decide(signoff, key)).status == 409
    assert (await stored(scene, signoff)).reviews == ()


async def test_a_copy_of_a_key_gives_itself_away(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """Its counter went on without us, and then back."""
    ada, key = await holder("ada", count=40)
    assert (await ada.decide(signoff, key, count=7)).status == 409
    assert (await ada.decide(signoff, key, count=41)).status == 200


async def test_a_key_that_does_not_count_may_decide_again(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada", count=None)
    assert (await ada.decide(signoff, key, "reject")).status == 200


async def test_the_same_message_twice_is_one_review(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    asked = (await ada.challenge(signoff)).said
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    first, second = [await ada.post(f"/decide/{signoff}", said) for _ in range(2)]
    assert (first.status, second.status) == (200, 200)
    assert len((await stored(scene, signoff)).reviews) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verdict", "reject"),
        ("reason", "something else"),
        ("revision", "b" * 40),
        ("person", "grace"),
        ("nonce", "0" * 32),
        ("at", "2026-11-23T10:00:00.000Z"),
        ("signoff", "sgn_other"),
        ("v", "countersign-passkey/1"),
    ],
)
async def test_a_statement_that_we_did_not_give_is_none(
    scene: Scene, holder: Holder, signoff: str, name: str, value: str
) -> None:
    """Though her key would sign it: nobody can prepare one for her beforehand."""
    ada, key = await holder("ada")
    asked = (await ada.challenge(signoff)).said
    told = {**json.loads(asked["statement"]), name: value}
    statement = json.dumps(told, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(statement.encode()).digest()
    assertion = key.sign(asked, challenge=text(digest))
    heard = await ada.post(f"/decide/{signoff}", {"statement": statement, "assertion": assertion})
    assert heard.status == 400, heard.body
    assert (await stored(scene, signoff)).reviews == ()


async def test_a_statement_of_another_visit_is_none(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    asked = (await ada.challenge(signoff)).said
    await ada.sign_in("ada")
    await ada.open(f"/decide/{signoff}")
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    assert (await ada.post(f"/decide/{signoff}", said)).status == 400


async def test_after_five_minutes_one_has_to_sign_in_again(
    scene: Scene, holder: Holder, signoff: str, clock: MovableClock
) -> None:
    ada, key = await holder("ada")
    asked = (await ada.challenge(signoff)).said
    clock.advance(minutes=6, seconds=1)
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    heard = await ada.post(f"/decide/{signoff}", said)
    assert (heard.status, heard.said["title"].startswith("Your sign-in is over")) == (401, True)
    assert (await ada.get(f"/decide/{signoff}")).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"X_Csrf": "x"}, 403),
        ({"X_Csrf": ""}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 409),  # it is let in, and told that the page is not the newest
    ],
    ids=str,
)
async def test_another_site_cannot_make_me_decide(
    holder: Holder, signoff: str, headers: dict[str, str], status: int
) -> None:
    ada, _ = await holder("ada")
    await ada.open(f"/decide/{signoff}")
    asked = {"verdict": "approve", "reason": "r", "revision": "", "policy_digest": ""}
    heard = await ada.post(f"/decide/{signoff}/challenge", asked, **headers)
    assert heard.status == status, heard.body


async def test_whoever_had_a_part_is_told_so_and_cannot(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    jun, _ = await holder("jun")
    assert "You had a part in this change" in await jun.open(f"/decide/{signoff}")
    heard = await jun.challenge(signoff)
    assert (heard.status, "You had a part" in heard.said["title"]) == (409, True)
    assert (await stored(scene, signoff)).reviews == ()


async def test_it_may_have_become_somebodys_own_meanwhile(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """What counts is decided when it is sent, not when it was asked for."""
    ada, key = await holder("ada")
    asked = (await ada.challenge(signoff)).said
    grace, graces = await holder("grace")
    assert (await grace.decide(signoff, graces)).status == 200
    said = {"statement": asked["statement"], "assertion": key.sign(asked)}
    heard = await ada.post(f"/decide/{signoff}", said)
    assert (heard.status, heard.said["title"].startswith("Too late")) == (409, True)


async def test_nobody_touches_their_key_for_nothing(holder: Holder, signoff: str) -> None:
    ada, _ = await holder("ada")
    heard = await ada.challenge(signoff, "reject", reason=" . ")
    assert (heard.status, "say why" in heard.said["title"]) == (409, True)


async def test_who_left_the_workspace_cannot(scene: Scene, holder: Holder, signoff: str) -> None:
    """As by a click: Slack is asked at that moment."""
    ada, key = await holder("ada")
    known = scene.slack.workspace.people
    there, known[SENIOR] = known[SENIOR], replace(known[SENIOR], deleted=True)
    heard = await ada.decide(signoff, key)
    assert (heard.status, "deactivated" in heard.said["title"]) == (409, True), heard.body
    assert (await stored(scene, signoff)).reviews == ()
    known[SENIOR] = there
    assert (await ada.decide(signoff, key)).status == 200


async def test_it_works_while_slack_is_down(scene: Scene, holder: Holder, signoff: str) -> None:
    ada, key = await holder("ada")
    await scene.slack.stop()
    assert (await ada.decide(signoff, key)).said["status"] == "approved"


@pytest.mark.parametrize(
    ("method", "pattern"), [it for it, asked in ACCESS.items() if asked is Access.PERSON]
)
async def test_every_page_asks_who_it_is(
    scene: Scene, visitor: Visitor, signoff: str, method: str, pattern: str
) -> None:
    """Whatever else somebody has: what opens the API, or a cookie that we never gave."""
    body = {} if method == "POST" else None
    for headers in (
        {},
        {"Authorization": f"Bearer {TOKEN}"},
        {"Cookie": f"{HERE}=x"},
        {
            "Cookie": f"{HERE}={signoff}; {HERE}=y",
            "Origin": PUBLIC,
            "Content-Type": "application/json",
        },
    ):
        path = pattern.replace("{id}", signoff)
        heard = await visitor.ask(method, path, body, headers)
        assert heard.status in (401, 403), (headers, heard)
        other = await visitor.ask(method, pattern.replace("{id}", "sgn_nothing"), body, headers)
        told = heard.body.replace(signoff.encode(), b"sgn_nothing")
        assert (heard.status, told) == (other.status, other.body)


async def test_strangers_see_the_same_whatever_there_is(visitor: Visitor, signoff: str) -> None:
    there = await visitor.get(f"/decide/{signoff}")
    nothing = await visitor.get("/decide/sgn_nothing")
    assert (there.status, nothing.status) == (401, 401)
    assert there.body.replace(signoff.encode(), b"") == nothing.body.replace(b"sgn_nothing", b"")
    assert b"Refund" not in there.body


async def test_nothing_of_theirs_is_markup(scene: Scene, holder: Holder) -> None:
    payload = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    found = await scene.send(REFUNDS, title=payload, description=payload)
    ada, _ = await holder("ada")
    page = await ada.open(f"/decide/{found}")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_pages_are_locked_down(visitor: Visitor) -> None:
    for path in ("/decide/sgn_x", "/passkeys", "/static/page.css", "/signed-in", "/sign-in?to=/x"):
        headers = (await visitor.get(path)).headers
        assert headers["content-security-policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["strict-transport-security"]
        assert headers["cache-control"] == ("no-cache" if "static" in path else "no-store")
    assert (await visitor.get("/static/..%2f..%2faccess.py")).status == 404
    assert HERE not in visitor.cookies


async def test_our_page_shows_the_evidence_so_who_decides_there_has_looked(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    ada, key = await holder("ada")
    await ada.ask("HEAD", f"/decide/{signoff}")
    await ada.decide(signoff, key)
    review = (await stored(scene, signoff)).reviews[-1]
    assert review.looked_at is not None
    assert review.looked_at <= review.at
    assert await scene.house.board.broken() is None


async def test_who_has_not_opened_our_page_has_not_looked(
    scene: Scene, holder: Holder, signoff: str
) -> None:
    """The twin: a browser that asks for nothing but whether it is there."""
    ada, _ = await holder("ada")
    await ada.ask("HEAD", f"/decide/{signoff}")
    found = await scene.house.store.read(lambda session: glances.first(session, signoff, "ada"))
    assert found is None
    await ada.open(f"/decide/{signoff}")
    assert await scene.house.store.read(lambda session: glances.first(session, signoff, "ada"))
