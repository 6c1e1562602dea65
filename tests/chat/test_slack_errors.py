"""What becomes of what hangs in Slack when Slack fails us, in each way that it can?

docs/slack-errors.md is the table of these ways; the last tests hold the two together.
"""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.slack import api, client, people
from bot.chat.slack.blocks import fallback
from bot.domain.signoff import Signoff, Verdict
from bot.engine.bell import Bell
from bot.engine.patience import Patience
from bot.engine.reconciler import SWEEP_EVERY, Reconciler
from bot.engine.tenure import Tenure
from bot.playground.faults import Fault
from bot.playground.things import Message
from tests.builders import a_click, a_file, minutes, sha
from tests.chat.house import DETAILS, House, a_house

SECONDS = timedelta(seconds=1)
PLACES = {"C0PAY", "@U0ADA", "@U0GRACE"}
AFTER_THE_LONGEST_PAUSE = [30 * SECONDS] * 24
POST, CHANGE = "chat.postMessage", "chat.update"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Whose other channel takes what cannot hang in its own."""
    async with a_house(tmp_path, fallback="C0PLAT") as house:
        yield house


@contextmanager
def failing(house: House, method: str, name: str) -> Iterator[None]:
    """Slack does so, each time; nobody waits ten seconds for it here."""
    api = house.room.chat.api
    if name == "stall":
        house.room.chat.api = replace(api, within=0.05)
    house.slack.fail(method, PASSING[name], times=None)
    yield
    house.room.chat.api = api
    house.slack.heal()


def marked(house: House) -> dict[str, list[Message]]:
    """What hangs anywhere, by the mark under which we would find it again."""
    found = defaultdict(list)
    for channel in house.slack.workspace.channels:
        for message in house.slack.messages(channel):
            if mark := (message.metadata or {}).get("event_payload", {}).get("mark"):
                found[mark].append(message)
    return dict(found)


def cards(house: House, signoff: Signoff) -> dict[str, list[Message]]:
    """By place, the cards of this signoff."""
    lead = f"card {signoff.id} "
    every = marked(house).items()
    return {mark.removeprefix(lead): found for mark, found in every if mark.startswith(lead)}


async def approve(house: House, signoff: Signoff) -> None:
    await house.signoffs.review(a_click(signoff), Verdict.APPROVE)
    await house.settle()


async def pass_time(house: House, *lengths: timedelta) -> None:
    for length in lengths:
        house.clock.go_on(length)
        await house.reconciler.beat()
        await house.settle()


async def wanting(house: House) -> int:
    return (await house.board.surfaces()).get("wanting", 0)


async def assert_true(house: House, signoff: Signoff, places: set[str] = PLACES) -> None:
    """One card at each place, which shows what is so; nothing hangs twice; nothing is owed."""
    now = await house.now(signoff)
    assert cards(house, signoff).keys() == places
    assert [mark for mark, found in marked(house).items() if len(found) > 1] == []
    for place, (card,) in cards(house, signoff).items():
        reader = place.removeprefix("@U0").lower() if place.startswith("@") else ""
        assert card.text == fallback(house.board.card(now, reader=reader))
    assert await wanting(house) == 0


# No answer, or none that says anything.

SLOWER = {
    "429": Fault.RATE_LIMITED(7),
    "429 without Retry-After": Fault.RATE_LIMITED(None),
    "429 with a huge Retry-After": Fault.RATE_LIMITED(86_400),
    **{code: Fault.ERROR(code) for code in sorted(api.RATE_LIMITED)},
}
UNSENT = {"500": Fault.SERVER_ERROR, "dropped before": Fault.DROP_BEFORE}
UNSENT |= {"HTML with 200": Fault.HTML(200), "HTML with 503": Fault.HTML(503)}
UNSENT |= {code: Fault.ERROR(code) for code in sorted(api.DOUBTFUL)}
UNHEARD = {
    "empty": Fault.EMPTY_RESPONSE,
    "half JSON": Fault.HALF_RESPONSE,
    "cut body": Fault.CUT_RESPONSE,
    "dropped after": Fault.DROP_AFTER,
    "stall": Fault.HANG(30),
}
"""Slack did it, and we do not know."""

PASSING = {**SLOWER, **UNSENT, **UNHEARD, "an error nobody knows": Fault.ERROR("something_new")}


@pytest.mark.parametrize("name", PASSING)
async def test_what_could_not_be_posted_hangs_once_slack_is_well(house: House, name: str) -> None:
    with failing(house, POST, name):
        signoff = await house.ask()
        await pass_time(house, *[5 * SECONDS] * 3)
        hung = cards(house, signoff)
        assert all(len(found) == 1 for found in hung.values())
        assert bool(hung) is (name in UNHEARD)
    await pass_time(house, *AFTER_THE_LONGEST_PAUSE)
    await assert_true(house, signoff)


@pytest.mark.parametrize("name", PASSING)
async def test_what_could_not_be_corrected_is_true_once_slack_is_well(
    house: House, name: str
) -> None:
    signoff = await house.ask()
    with failing(house, CHANGE, name):
        await approve(house, signoff)
        await pass_time(house, *[5 * SECONDS] * 3)
        assert await wanting(house) > 0
    await pass_time(house, *AFTER_THE_LONGEST_PAUSE)
    assert cards(house, signoff)["C0PAY"][0].text.startswith("Approved")
    await assert_true(house, signoff)


async def test_while_slack_is_down_nothing_is_lost_and_nothing_is_posted_twice(
    house: House,
) -> None:
    house.slack.down = True
    signoff = await house.ask()
    await pass_time(house, *[20 * SECONDS] * 3)
    assert house.room.trouble
    house.slack.down = False
    await pass_time(house, *[30 * SECONDS] * 5)
    assert not house.room.trouble
    await assert_true(house, signoff)


async def test_whether_a_lost_answer_was_a_card_is_looked_up_before_anything_is_posted(
    house: House,
) -> None:
    house.slack.fail(POST, Fault.DROP_AFTER, times=3)
    signoff = await house.ask()
    await pass_time(house, *[minutes(1)] * 3)
    looked = [arguments for method, arguments in house.slack.calls if "history" in method]
    assert len(looked) == 3
    await assert_true(house, signoff)


async def test_a_question_in_a_thread_whose_answer_was_lost_is_not_asked_twice(
    house: House,
) -> None:
    signoff = await house.ask()
    house.slack.fail(POST, Fault.DROP_AFTER, times=2)
    await house.signoffs.inquire(a_click(signoff), "Why retry twice?")
    await house.settle()
    await pass_time(house, *[minutes(1)] * 3)
    await assert_true(house, signoff)


# Too fast.


@pytest.mark.parametrize(("asked", "waits"), [(7, 7), (None, 30), (86_400, 600)])
async def test_a_lane_waits_as_long_as_slack_says_within_reason_and_the_others_go_on(
    house: House, asked: int | None, waits: int
) -> None:
    house.slack.fail(POST, Fault.RATE_LIMITED(asked))
    signoff = await house.ask()
    [late] = PLACES - cards(house, signoff).keys()
    await pass_time(house, (waits - 1) * SECONDS)
    assert late not in cards(house, signoff)
    await pass_time(house, SECONDS)
    await assert_true(house, signoff)
    assert house.slack.refusals[POST] == 1


async def test_a_restart_does_not_forget_that_a_lane_waits(house: House) -> None:
    house.slack.fail(CHANGE, Fault.RATE_LIMITED(60))
    signoff = await house.ask()
    await approve(house, signoff)
    before = house.slack.refusals[CHANGE], len(house.slack.calls)
    await pass_time(house, 30 * SECONDS)
    restarted = reborn(house)
    await restarted.settle()
    assert (house.slack.refusals[CHANGE], len(house.slack.calls)) == before
    house.clock.go_on(30 * SECONDS)
    await restarted.settle()
    await assert_true(house, signoff)


def reborn(house: House) -> Reconciler:
    return Reconciler(
        store=house.store,
        tenure=Tenure(store=house.store, task="chat", holder=secrets.token_hex(4)),
        pieces=house.reconciler.pieces,
        chat=house.room.chat,
        clock=house.clock,
        bell=Bell(),
        patience=Patience(),
        fallback="C0PLAT",
    )


# A place that is closed.

CLOSED_CHANNELS = {
    "is_archived": lambda house: house.slack.admin.archive("C0PAY"),
    "not_in_channel": lambda house: house.slack.admin.kick("C0PAY"),
    "channel_not_found": lambda house: house.slack.admin.drop_channel("C0PAY"),
}


@pytest.mark.parametrize("name", CLOSED_CHANNELS)
async def test_what_cannot_hang_in_its_channel_hangs_in_the_fallback_and_the_operator_is_told(
    house: House, name: str
) -> None:
    CLOSED_CHANNELS[name](house)
    signoff = await house.ask()
    await assert_true(house, signoff, {"C0PLAT", "@U0ADA", "@U0GRACE"})
    [told] = [m for m in house.slack.messages("C0PLAT") if "cannot hang in C0PAY" in m.text]
    assert name in told.text
    await approve(house, signoff)
    await assert_true(house, signoff, {"C0PLAT", "@U0ADA", "@U0GRACE"})


@pytest.mark.parametrize("name", ["is_archived", "not_in_channel"])
async def test_once_the_channel_is_open_again_the_card_hangs_there_and_the_warning_is_taken_back(
    house: House, name: str
) -> None:
    CLOSED_CHANNELS[name](house)
    signoff = await house.ask()
    house.slack.admin.unarchive("C0PAY")
    house.slack.admin.invite("C0PAY")
    await pass_time(house, SWEEP_EVERY, SWEEP_EVERY, minutes(1))
    await assert_true(house, signoff, PLACES | {"C0PLAT"})
    assert any("can be reached again" in m.text for m in house.slack.messages("C0PLAT"))


async def test_in_a_channel_that_was_archived_later_the_card_stays_as_it_was(house: House) -> None:
    signoff = await house.ask()
    house.slack.admin.archive("C0PAY")
    await approve(house, signoff)
    hung = cards(house, signoff)
    assert {place: found[0].text[:8] for place, found in hung.items()} == {
        "C0PAY": "Sign-off",
        "@U0ADA": "Approved",
        "@U0GRACE": "Approved",
    }
    [told] = [m for m in house.slack.messages("C0PLAT") if "cannot hang in C0PAY" in m.text]
    assert "is_inactive" in told.text
    house.slack.admin.unarchive("C0PAY")
    await pass_time(house, SWEEP_EVERY, SWEEP_EVERY, minutes(1))
    await assert_true(house, signoff)


@pytest.mark.parametrize("code", sorted(client.NO_SUCH_PLACE))
async def test_who_cannot_be_written_to_keeps_nobody_else_from_hearing(
    house: House, code: str
) -> None:
    house.slack.admin.close_dms("U0ADA", error=code)
    signoff = await house.ask()
    await assert_true(house, signoff, PLACES - {"@U0ADA"})
    tried = len(house.slack.calls)
    await pass_time(house, *[minutes(1)] * 5)
    assert len(house.slack.calls) == tried
    house.slack.admin.open_dms("U0ADA")
    await house.signoffs.claim(a_click(signoff, "grace"))
    await house.settle()
    await assert_true(house, signoff)


# The whole app.


@pytest.mark.parametrize("code", sorted(client.OURS_TO_MEND))
async def test_locked_out_we_fall_silent_and_lose_nothing(house: House, code: str) -> None:
    before = await house.ask()
    house.slack.admin.revoke_token(error=code)
    after = await house.ask(key="another", repository="acme/payments-web", revision=sha("c"))
    await approve(house, before)
    assert bool(house.room.trouble) is (code in api.LOCKED_OUT)
    house.slack.calls.clear()
    await pass_time(house, *[5 * SECONDS] * 5)
    assert [method for method, _ in house.slack.calls if method in (POST, CHANGE)] == []
    house.slack.admin.restore_token()
    await pass_time(house, *[30 * SECONDS] * 5)
    assert not house.room.trouble
    await assert_true(house, before)
    await assert_true(house, after)


# A message that cannot be changed, and one that is not taken.


async def test_a_card_that_was_deleted_is_hung_up_once_more_and_then_left_alone(
    house: House,
) -> None:
    signoff = await house.ask()
    house.slack.remove("C0PAY", house.card().ts)
    await house.signoffs.claim(a_click(signoff, "ada"))
    await house.settle()
    await assert_true(house, signoff)
    [again] = cards(house, signoff)["C0PAY"]
    house.slack.remove("C0PAY", again.ts)
    await house.signoffs.release(a_click(signoff, "ada"))
    await house.settle()
    await approve(house, signoff)
    await assert_true(house, signoff, PLACES - {"C0PAY"})


@pytest.mark.parametrize("code", sorted(client.FROZEN))
async def test_a_card_that_cannot_be_changed_is_corrected_in_its_thread(
    house: House, code: str
) -> None:
    signoff = await house.ask()
    house.slack.fail(CHANGE, Fault.ERROR(code), times=None)
    await approve(house, signoff)
    [card] = cards(house, signoff)["C0PAY"]
    notes = [m for m in house.slack.messages("C0PAY") if "out of date: Approved" in m.text]
    assert [note.thread_ts for note in notes] == [card.ts]
    assert all(block["type"] != "actions" for note in notes for block in note.blocks)
    assert await wanting(house) == 0
    said = len(house.slack.messages("C0PAY"))
    await pass_time(house, *[minutes(1)] * 3)
    assert len(house.slack.messages("C0PAY")) == said


async def test_where_a_thread_takes_nothing_a_note_hangs_by_itself(house: House) -> None:
    """All codes of it are tried in test_client.py."""
    house.slack.fail(POST, Fault.ERROR("restricted_action_thread_locked"), times=None)
    signoff = await house.ask()
    house.slack.heal()
    await pass_time(house, *[minutes(1)] * 3)
    await assert_true(house, signoff)


@pytest.mark.parametrize("code", sorted(client.TOO_MUCH))
async def test_a_card_slack_does_not_take_hangs_at_its_leanest(house: House, code: str) -> None:
    house.slack.fail(POST, Fault.ERROR(code))
    signoff = await house.ask(files=tuple(a_file(f"src/{n}.py") for n in range(300)))
    await assert_true(house, signoff)


@pytest.mark.parametrize("code", sorted(client.TOO_MUCH))
async def test_what_is_not_taken_even_so_is_given_up_until_it_changes(
    house: House, code: str
) -> None:
    house.slack.fail(POST, Fault.ERROR(code), times=None)
    signoff = await house.ask()
    assert cards(house, signoff) == {}
    tried = len(house.slack.calls)
    await pass_time(house, *[minutes(1)] * 5)
    assert len(house.slack.calls) == tried
    house.slack.heal()
    await house.signoffs.claim(a_click(signoff, "ada"))
    await house.settle()
    await assert_true(house, signoff, PLACES | {"C0PLAT"})


# Forms, details and pages.


@pytest.mark.parametrize("code", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger"])
async def test_a_form_that_does_not_open_is_said_in_private(house: House, code: str) -> None:
    signoff = await house.ask()
    house.slack.fail("views.open", Fault.ERROR(code))
    answer = await house.slack.click("U0ADA", house.card(), DETAILS)
    assert answer.status == 200
    assert "did not open the form" in await house.whispered("U0ADA")
    assert house.slack.modal("U0ADA") is None
    await assert_true(house, signoff)


@pytest.mark.parametrize("fault", [Fault.ERROR("hash_conflict"), Fault.SERVER_ERROR], ids=str)
async def test_a_page_that_could_not_be_drawn_is_drawn_again(house: House, fault: Fault) -> None:
    house.slack.fail("views.publish", fault, times=None)
    await house.slack.open_home("U0ADA")
    await house.settle()
    assert house.slack.home("U0ADA") is None
    house.slack.heal()
    await pass_time(house, *[minutes(1)] * 2)
    assert house.slack.home("U0ADA") is not None


async def test_a_page_that_comes_too_often_waits_with_all_pages_and_the_cards_go_on(
    house: House,
) -> None:
    house.slack.fail("views.publish", Fault.RATE_LIMITED(20))
    await house.slack.open_home("U0ADA")
    await house.settle()
    signoff = await house.ask()
    assert cards(house, signoff).keys() == PLACES
    assert house.slack.home("U0ADA") is None
    await pass_time(house, 20 * SECONDS)
    assert house.slack.home("U0ADA") is not None


@pytest.mark.parametrize("code", sorted(people.INVISIBLE))
async def test_who_is_not_known_to_slack_decides_nothing(house: House, code: str) -> None:
    signoff = await house.ask()
    house.slack.fail("users.info", Fault.ERROR(code), times=None)
    await house.slack.click("U0ADA", house.card(), "signoff_approve")
    await house.whispered("U0ADA")
    assert not (await house.now(signoff)).reviews


# The table.


@dataclass(frozen=True, slots=True)
class Row:
    codes: tuple[str, ...]
    does: str
    tests: tuple[str, ...]


def table() -> list[Row]:
    text = (Path(__file__).parents[2] / "docs" / "slack-errors.md").read_text()
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    quoted = [[re.findall(r"`([^`]+)`", cell) for cell in line] for line in lines[1:]]
    return [
        Row(codes=tuple(codes), does=line[1].strip(), tests=tuple(tests))
        for line, (codes, _, tests) in zip(lines[1:], quoted, strict=True)
    ]


def test_each_row_of_the_table_names_a_test_that_there_is() -> None:
    here = Path(__file__).parent
    for row in table():
        assert row.does
        assert row.tests
        for name in row.tests:
            file, _, test = name.partition("::")
            assert re.search(rf"^(?:async )?def {test}\(", (here / file).read_text(), re.M), name


def test_each_error_of_the_issue_is_in_the_table() -> None:
    told = {code for row in table() for code in row.codes}
    assert sorted(set(_OF_THE_ISSUE.split()) - told) == []


_OF_THE_ISSUE = """
    message_not_found channel_not_found is_archived not_in_channel edit_window_closed
    cant_update_message msg_too_long invalid_blocks account_inactive token_revoked user_not_found
    hash_conflict expired_trigger_id Retry-After 500
"""


def test_each_error_that_the_code_knows_is_in_the_table() -> None:
    told = {code for row in table() for code in row.codes}
    known = api.LOCKED_OUT | api.RATE_LIMITED | api.DOUBTFUL | client.NO_SUCH_PLACE
    known |= client.GONE | client.NO_THREAD | client.FROZEN | client.TOO_MUCH | client.OURS_TO_MEND
    assert sorted((known | people.INVISIBLE) - told) == []
