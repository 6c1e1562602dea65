"""Does everybody see what waits, for whom, and first what waits for themselves?"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from html import unescape

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.scene import AUTHOR, OTHER_SENIOR, Scene
from bot.domain.risk.reasons import RiskTier
from bot.web.dashboard.queue import A_PAGE, Filters
from bot.web.dashboard.rows import age, row_of
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_change,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    minutes,
)
from tests.domain.test_progress import CLAIMED, SETTLED
from tests.web.ci import MovableClock
from tests.web.dashboard.pressing import press
from tests.web.dashboard.sitter import seated, sitter


async def test_what_waits_for_the_reader_comes_first_and_stands_there_once(scene: Scene) -> None:
    ada = await seated(scene)
    assert "Nothing waits." in await ada.open("/queue")
    ids = [
        await scene.send(REFUNDS, repository=f"acme/payments-{n}", title=f"Change {n}")
        for n in range(2)
    ]
    page = unescape(await ada.open("/queue"))
    assert "2 wait for a signature, 2 of them for yours." in page
    assert "waits for you, Grace Hill" in page
    assert [page.count(f'href="/signoffs/{id}"') for id in ids] == [1, 1]
    assert "Everything else that waits" not in page
    jun = unescape(await (await seated(scene, AUTHOR)).open("/queue"))
    assert "2 wait for a signature, none of them for yours." in jun
    assert (jun.index("Everything that waits") < jun.index(ids[0]), "For you" in jun) == (
        True,
        False,
    )


async def test_what_somebody_has_decided_is_not_theirs_any_more_and_stands_under_lately(
    scene: Scene,
) -> None:
    signoff = await scene.send(REFUNDS)
    await scene.approve(OTHER_SENIOR, await scene.shown(signoff))
    ada = await seated(scene)
    page = unescape(await ada.open("/queue"))
    assert page.index("Nothing waits.") < page.index("Lately") < page.index(signoff)
    assert "Approved" in page[page.index("Lately") :]


async def test_filters_find_what_is_like_that_and_the_address_keeps_them(scene: Scene) -> None:
    ada = await seated(scene)
    first = await scene.send(REFUNDS, repository="acme/payments-1")
    other = await scene.send(REFUNDS, repository="acme/payments-2", environment="canary")
    for query, there in (
        ("group=payments-seniors", (True, True)),
        ("group=platform", (False, False)),
        ("environment=canary", (False, True)),
        ("risk=critical", (False, False)),
    ):
        page = unescape(await ada.open(f"/queue?{query}"))
        chosen = page[page.index("What waits, as chosen") : page.index("Lately")]
        assert (first in chosen, other in chosen) == there, query
        assert f'hx-get="/queue?part=list&{query}' in page
    assert "Nothing that waits is like that." in await ada.open("/queue?risk=critical")


async def test_one_is_found_by_id_the_beginning_of_it_or_key(scene: Scene) -> None:
    ada = await seated(scene)
    signoff = await scene.send(REFUNDS)
    found = await scene.house.board.signoff(signoff)
    assert found
    for wanted in (signoff, signoff[:9], found.change.key):
        page = unescape(await ada.open(f"/queue?q={wanted}"))
        assert signoff in page[page.index("Found for") : page.index('<div id="list"')], wanted
    assert "No sign-off has that id or key" in await ada.open("/queue?q=%3Cscript%3Ealert(1)")


async def test_one_is_found_by_what_is_known_of_it_once_it_is_decided(
    scene: Scene, clock: MovableClock
) -> None:
    ada = await seated(scene)
    waits = await scene.send(REFUNDS, repository="acme/payments-waits")
    over = await scene.send(REFUNDS, repository="acme/payments-over")
    await press(ada, over, "reject", reason="no tests")
    tomorrow = f"{clock() + timedelta(days=1):%Y-%m-%d}"
    for query, there in (
        ("repository=PAYMENTS-OVER", (False, True)), ("status=pending", (True, False)),
        ("status=rejected&repository=payments", (False, True)),
        (f"since={clock():%Y-%m-%d}", (True, True)), (f"since={tomorrow}", (False, False)),
        ("status=approved", (False, False)),
    ):  # fmt: skip
        page = unescape(await ada.open(f"/queue?{query}"))
        found = page[page.index("<h2>Found") : page.index('<div id="list"')]
        assert (waits in found, over in found) == there, query
        assert ("No sign-off is like that." in found) == (there == (False, False)), query
    for query in ("status=x", "since=x", "since=2026-13-01", "status=pending&before=x"):
        assert (await ada.get(f"/queue?{query}")).status == 400, query


async def test_the_part_that_changes_is_a_part_and_hears_of_what_came(scene: Scene) -> None:
    ada = await seated(scene)
    part = await ada.open("/queue?part=list")
    assert ("<html" in part, "Nothing waits." in part, "<details" in part) == (False, True, False)
    signoff = await scene.send(REFUNDS)
    assert signoff in await ada.open("/queue?part=list")


@pytest.mark.parametrize("after_", [
    "x", "2026-11-23~sgn_1", "2026-11-23T10:00:00~sgn_1", "2026-99-23T10:00:00+00:00~sgn_1",
    "2026-11-23T10:00:00%2B00:00~other", "2026-11-23T10:00:00%2B00:00~sgn_1'--",
])  # fmt: skip
async def test_where_a_page_begins_is_said_by_us_and_by_nobody_else(
    scene: Scene, after_: str
) -> None:
    ada = await seated(scene)
    assert (await ada.get(f"/queue?after={after_}")).status == 400
    assert (await ada.get("/queue?after=2026-11-23T10:00:00%2B00:00~sgn_1")).status == 200


async def test_the_next_page_goes_on_where_this_one_ended(scene: Scene) -> None:
    jun = await seated(scene, AUTHOR)
    sent = [scene.send(REFUNDS, repository=f"acme/payments-{n}") for n in range(A_PAGE + 3)]
    ids = await asyncio.gather(*sent)
    seen, path = [], "/queue"
    while path:
        page = unescape(await jun.open(path))
        rows = page[page.index("Everything that waits") : page.index("Lately")]
        seen.append(re.findall(r'class="place" href="/signoffs/(sgn_\w+)"', rows))
        more = re.search(r'href="(/queue\?after=[^"]+)">The next ones', page)
        path = more[1] if more else ""
    assert [len(it) for it in seen] == [A_PAGE, 3]
    assert {id for it in seen for id in it} == set(ids)


async def test_strangers_see_nothing_of_it(scene: Scene) -> None:
    signoff = await scene.send(REFUNDS)
    for path in ("/queue", "/queue?part=list", f"/signoffs/{signoff}", "/audit", "/connections"):
        heard = await sitter(scene).get(path)
        assert (heard.status, b"acme/payments" in heard.body) == (401, False)


# A row.


def test_a_row_says_whose_word_is_missing() -> None:
    two = a_signoff(an_ask(2))
    assert row_of(two, ROSTER, NOW).waits_for == "waits for Ada, Grace"
    assert row_of(two, ROSTER, NOW, "grace").waits_for == "waits for you, Ada"
    half = after(two, approves("ada"))
    assert row_of(half, ROSTER, NOW).waits_for == "waits for Grace"
    assert row_of(after(two, CLAIMED), ROSTER, NOW).waits_for.endswith("; Ada is on it")
    assert row_of(after(two, CLAIMED), ROSTER, NOW, "ada").waits_for.endswith("; you are on it")
    settling = after(a_signoff(requirement=a_requirement(grace=minutes(1))), approves("ada"))
    assert row_of(settling, ROSTER, NOW).waits_for == "about to count"
    assert row_of(after(settling, SETTLED), ROSTER, SOON).stands == "Approved"


def test_of_many_the_first_are_named_and_nobody_is_said_to_be_nobody() -> None:
    requirement = a_requirement(an_ask(2))
    nobody = a_signoff(requirement=requirement, invited=())
    assert row_of(nobody, ROSTER, NOW).waits_for == "waits for nobody"


def test_it_is_at_risk_once_three_quarters_of_its_time_are_over() -> None:
    signoff = a_signoff()
    assert signoff.expires_at == NOW + hours(8)
    for passed, late, left in (
        (hours(0), False, "expires in 8 h 0 min"),
        (hours(6), False, "expires in 2 h 0 min"),
        (hours(6) + minutes(1), True, "expires in 1 h 59 min"),
        (hours(9), True, "out of time"),
    ):
        row = row_of(signoff, ROSTER, NOW + passed)
        assert (row.late, row.left) == (late, left)


@pytest.mark.parametrize(("length", "said"), [
    (timedelta(seconds=-5), "0 s"), (timedelta(minutes=50), "50 min"),
    (timedelta(hours=47), "47 h 0 min"), (timedelta(hours=50), "2 days"),
])  # fmt: skip
def test_an_age_is_said_as_people_say_it(length: timedelta, said: str) -> None:
    assert age(length) == said


def test_a_filter_admits_what_has_all_that_was_chosen() -> None:
    signoff = a_signoff(change=a_change(environment="production"))
    tier = signoff.risk.tier if signoff.risk else RiskTier.LOW
    assert Filters().admit(signoff)
    assert Filters(environment="production", group="payments-seniors").admit(signoff)
    assert not Filters(environment="canary").admit(signoff)
    assert not Filters(group="platform").admit(signoff)
    assert Filters(risk=tier.value).admit(signoff) == (signoff.risk is not None)
