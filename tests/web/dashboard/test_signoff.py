"""Does the page of a sign-off say what its card says, and offer what its reader may do?"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.company import AT_ONCE
from bot.demo.scene import AUTHOR, OTHER_SENIOR, PRINCIPAL, SENIOR, Scene, playing
from bot.domain.signoff import BY_KEY, Status
from storage import glances
from tests.web.ci import MovableClock
from tests.web.dashboard.hostile import ALL, MARKUP
from tests.web.dashboard.pressing import press, stored
from tests.web.dashboard.sitter import seated
from tests.web.pages.conftest import stepped_up
from tests.web.provider import SECRET, FakeProvider
from tests.web.visitor import PUBLIC

GONE_TO = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
async def provider(clock: MovableClock) -> AsyncIterator[FakeProvider]:
    provider = FakeProvider(clock, redirect_uri=f"{PUBLIC}/signed-in")
    await provider.start()
    yield provider
    await provider.stop()


def buttons(page: str) -> list[str]:
    """What can be pressed at once, or opens a form."""
    found = re.findall(r"<button[^>]*data-(?:deed|opens)=[^>]*>([^<]+)<", page)
    links = re.findall(r'<a class="button primary" href="/decide/[^"]*">([^<]+)<', page)
    return [unescape(it) for it in [*links, *found]]


async def test_each_reader_sees_the_same_and_is_offered_their_own(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    ada, jun, pat = [await seated(scene, user) for user in (SENIOR, AUTHOR, PRINCIPAL)]
    path = f"/signoffs/{signoff}"
    page = await ada.open(path)
    assert "Sign-off needed: acme/payments-api → production" in page
    assert buttons(page) == ["Approve", "Reject…", "I am on it", "Ask the author…", "Pass it on…"]
    assert buttons(await jun.open(path)) == ["Withdraw…"]
    told = await pat.open(path)
    assert buttons(told) == []
    assert "You are not among the reviewers this change needs" in unescape(told)


async def test_what_is_asked_its_risk_and_the_buttons_come_first_and_the_authors_words_last(
    scene: Scene,
) -> None:
    signoff = await scene.send(REFUNDS)
    page = unescape(await (await seated(scene)).open(f"/signoffs/{signoff}"))
    places = [
        page.index(it)
        for it in (
            "<h1>Sign-off needed", REFUNDS["title"], "normal risk", "an AI tool helped",
            'data-deed="approve"', "What changes", "refunds/retry.py", "What policy asks",
            "What happened", "Evidence", "Nobody has checked this", REFUNDS["ai"]["rationale"][:40],
        )
    ]  # fmt: skip
    assert places == sorted(places)


async def test_it_is_decided_there_and_the_page_says_how_to_verify_it(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    assert "It is attested once it is decided." in await ada.open(f"/signoffs/{signoff}")
    heard = await press(ada, signoff, "approve")
    assert (heard.status, heard.said["status"]) == (200, "approved")
    page = unescape(await ada.open(f"/signoffs/{signoff}"))
    assert f"{PUBLIC}/api/v1/signoffs/{signoff}/attestation" in page
    revision = (await stored(scene, signoff)).change.revision
    assert f"countersign verify {signoff}.json --key countersign.pub" in page
    assert f"--revision={revision}" in page
    assert buttons(page) == []
    late = await press(await seated(scene, OTHER_SENIOR), signoff, "reject", reason="no tests")
    assert (late.status, late.said["title"].startswith("Too late")) == (409, True)


async def test_that_its_evidence_was_opened_is_kept_of_who_went_there_and_of_nobody_else(
    scene: Scene,
) -> None:
    """A page that embeds or fetches it shows nobody anything."""
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    path = f"/signoffs/{signoff}"

    async def looked() -> bool:
        first = await scene.house.store.read(lambda s: glances.first(s, signoff, "ada"))
        return first is not None

    for said in (
        {}, {**GONE_TO, "Sec-Fetch-Dest": "iframe"}, {**GONE_TO, "Sec-Fetch-Mode": "cors"},
        {**GONE_TO, "Sec-Fetch-Dest": "empty"},
    ):  # fmt: skip
        assert (await ada.ask("GET", path, headers=said)).status == 200
        assert not await looked()
    await ada.ask("HEAD", path, headers=GONE_TO)
    await ada.ask("GET", f"{path}?part=now&seen=1", headers=GONE_TO)
    assert not await looked()
    await ada.ask("GET", path, headers=GONE_TO)
    assert await looked()


async def test_nobody_is_shown_when_somebody_else_looked(
    tmp_path: Path, clock: MovableClock
) -> None:
    clock.stop()
    config = AT_ONCE.replace("[20s], escalate: 40s, expire: 2m", "[1h], escalate: 2h, expire: 8h")
    environ = {"PUBLIC_URL": PUBLIC}
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        signoff = await scene.send(REFUNDS)
        ada, grace = await seated(scene), await seated(scene, OTHER_SENIOR)
        clock.advance(minutes=11)
        await ada.ask("GET", f"/signoffs/{signoff}", headers=GONE_TO)
        clock.advance(minutes=11)
        await press(ada, signoff, "reject", reason="no tests")
        review = (await stored(scene, signoff)).reviews[-1]
        assert review.looked_at is not None
        for path in (f"/signoffs/{signoff}", "/queue", f"/audit?of={signoff}"):
            page = await grace.open(path)
            assert f"{review.looked_at:%H:%M} UTC" not in page, path
            assert (f"{review.at:%H:%M} UTC" in page) == (path != "/queue")


async def test_the_parts_that_change_say_that_they_did(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    part = await ada.open(f"/signoffs/{signoff}?part=now&seen=1")
    assert ("<html" in part, "Something has changed" in part) == (False, False)
    await press(ada, signoff, "claim")
    assert "Something has changed" in await ada.open(f"/signoffs/{signoff}?part=now&seen=1")
    assert "Ada Park is on it" in await ada.open(f"/signoffs/{signoff}?part=stands")
    odd = await ada.open(f"/signoffs/{signoff}?part=now&seen=<script>alert(1)")
    assert "<script>alert" not in odd


async def test_what_strangers_write_is_shown_and_does_nothing(scene: Scene) -> None:
    path = "x/" + "".join(it for it in ALL if it.isprintable()).replace("//", "")
    files = [{"path": path, "additions": 1, "deletions": 0}]
    signoff = await scene.send(
        REFUNDS,
        title=ALL, description=ALL, files=files,
        ai={**REFUNDS["ai"], "rationale": ALL}, checks=[{"name": ALL[:200], "conclusion": ALL[:90]}],
        author={"login": "jun", "name": ALL[:200], "email": "jun@acme.example"},
    )  # fmt: skip
    ada, jun = await seated(scene), await seated(scene, AUTHOR)
    await press(ada, signoff, "inquire", reason=ALL[:900])
    await press(jun, signoff, "answer", reason=ALL[:900], number=1)
    await press(ada, signoff, "reject", reason=ALL[:900])
    paths = (f"/signoffs/{signoff}", "/queue", "/queue?q=sgn_", f"/audit?of={signoff}", "/audit")
    for path in paths:
        page = await ada.open(path)
        assert "&lt;script&gt;alert(1)" in page
        assert [it for it in MARKUP if it in page] == [], path
        assert ada.csrf not in page.replace(f'data-csrf="{ada.csrf}"', "").replace(
            f'name="csrf" value="{ada.csrf}"', ""
        )
        assert not re.search(r"[\u202a-\u202e\u2028\u200b\ufeff]", page), path
        assert 'href="javascript:' not in page
        assert not re.search(r"\son\w+=", re.sub(r">[^<]*<", "><", page)), path


async def test_nobody_posts_from_elsewhere_nor_without_the_token_of_the_page(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    for bent, status in (
        ({"X_Csrf": "other"}, 403), ({"Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403), ({"Content_Type": "text/plain"}, 415),
        ({"Cookie": ""}, 401),
    ):  # fmt: skip
        page = await ada.open(f"/signoffs/{signoff}")
        once = re.search(r'data-once="([^"]*)"', page)
        assert once
        now = await stored(scene, signoff)
        body = {"once": once[1], "revision": now.change.revision,
                "policy_digest": now.requirement.policy_digest}  # fmt: skip
        heard = await ada.post(f"/signoffs/{signoff}/claim", body, **bent)
        assert heard.status == status, bent
        assert (await stored(scene, signoff)).claim is None
    assert (await press(ada, signoff, "claim")).status == 200


@pytest.mark.parametrize("path", ["/signoffs/sgn_none", "/signoffs/%3Cscript%3E"])
async def test_where_nothing_is_a_page_says_so(scene: Scene, path: str) -> None:
    ada = await seated(scene)
    heard = await ada.get(path)
    assert (heard.status, b"There is no such sign-off." in heard.body) == (404, True)
    assert b"<script>alert" not in heard.body
    signoff = await scene.send(REFUNDS)
    assert (await ada.post(f"/signoffs/{signoff}/explode", {})).status == 404


async def test_while_slack_is_down_one_reads_on_and_decides_nothing(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    ada = await seated(scene)
    await ada.open(f"/signoffs/{signoff}")
    scene.slack.down = True
    heard = await press(ada, signoff, "approve")
    assert (heard.status, "Slack does not say who you are" in heard.said["title"]) == (409, True)
    assert "decideAt" not in heard.said
    scene.slack.down = False
    assert (await press(ada, signoff, "approve")).status == 200


async def test_where_a_key_is_needed_the_page_leads_to_it_and_no_post_passes_for_it(
    tmp_path: Path, clock: MovableClock, provider: FakeProvider
) -> None:
    clock.stop()
    config = stepped_up(AT_ONCE, provider.url)
    environ = {"PUBLIC_URL": PUBLIC, "OIDC_SECRET": SECRET}
    async with playing(tmp_path, clock=clock, config=config, environ=environ) as scene:
        signoff = await scene.send(REFUNDS)
        ada = await seated(scene)
        page = await ada.open(f"/signoffs/{signoff}")
        assert buttons(page)[:2] == ["Approve with your security key…", "Reject…"]
        assert f'href="/decide/{signoff}"' in page
        heard = await press(ada, signoff, "approve", proved=BY_KEY, proof={"how": BY_KEY})
        assert (heard.status, "your security key" in heard.said["title"]) == (409, True)
        scene.slack.down = True
        heard = await press(ada, signoff, "reject", reason="no tests")
        assert (heard.status, heard.said["decideAt"]) == (409, f"/decide/{signoff}")
        scene.slack.down = False
        assert (await stored(scene, signoff)).status is Status.PENDING
        heard = await press(ada, signoff, "reject", reason="no tests")
        assert (heard.status, heard.said["status"]) == (200, "rejected")
