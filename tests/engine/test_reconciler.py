"""Does everything in the chat show what is so, whatever the chat and people do to it?"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.clock import system_clock
from bot.domain.change import Commit
from bot.domain.errors import AlreadyDecided, NotAReviewer
from bot.domain.notes import Alarm, Asking, Question, Reply
from bot.domain.signoff import Signoff, Status, Verdict
from bot.domain.sla import Sla
from bot.engine.reconciler import FORGOTTEN_AFTER
from bot.ports import (
    CardRef,
    Limit,
    LockedOut,
    NoSuchPlace,
    Pace,
    Surface,
    Undelivered,
    Unreachable,
)
from storage import nudges, reconciling, surfaces
from storage.surfaces import Want
from tests.builders import (
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_click,
    a_file,
    a_person,
    a_policy,
    a_rule,
    hours,
    minutes,
    sha,
    who,
    with_person,
)
from tests.engine.house import FakeChat, House, a_house

WIDE = a_policy(a_rule(sla="s"), slas={"s": Sla(escalate_to=(PLATFORM,))})
LOST = Unreachable("the answer was lost")
DOWN = Unreachable("refused", sent=False)
GONE_FOR_GOOD = NoSuchPlace("is_archived")
TWO = a_policy(a_rule(approvals=2))
MARKED = Commit(
    sha=sha("1"), message="x\n\nCo-Authored-By: Claude <noreply@anthropic.com>", author=who("jun")
)


async def truth(house: House, signoff: Signoff) -> bool:
    """Whether every card that hangs anywhere shows the signoff as it is."""
    await house.settle()
    now = await house.now(signoff)
    people = {f"@{person.slack}": person.id for person in house.rulebook.roster.people.values()}
    return all(
        replace(card, version=0)
        == replace(house.board.card(now, reader=people.get(house.chat.places[ref], "")), version=0)
        for ref, card in house.chat.cards.items()
        if card.signoff_id == signoff.id and ref not in house.chat.removed
    )


def cards_at(house: House, place: str) -> set[CardRef]:
    return {ref for ref in house.chat.cards if house.chat.places[ref] == place}


async def test_cards_are_corrected_where_they_hang(house: House) -> None:
    signoff = await house.open()
    assert await truth(house, signoff)
    hung = set(house.chat.cards)
    await house.review(signoff)
    assert await truth(house, signoff)
    assert set(house.chat.cards) == hung


async def test_many_changes_of_a_card_are_one_correction(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    house.chat.calls.clear()
    for number in range(5):
        await house.signoffs.claim(a_click(signoff, "ada", id=f"{number}"))
        house.clock.go_on(timedelta(seconds=1))
    await house.settle()
    assert len(house.chat.calls) == 3  # the channel, Ada and Grace: each once
    assert await truth(house, signoff)


async def test_nothing_is_sent_twice_because_somebody_looked_too_early(house: House) -> None:
    """What was seen as wanting may have been made true while we were looking."""
    signoff = await house.open()
    rows = await house.store.read(lambda s: reconciling.wanting(s, house.clock(), (), 9))
    await house.settle()
    house.chat.calls.clear()
    for row in rows:
        await house.reconciler._deliver(row)
    assert house.chat.calls == []
    assert await truth(house, signoff)


async def test_what_looks_the_same_is_not_sent_again(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    house.chat.calls.clear()
    await house.store.write(lambda s: surfaces.mark(s, signoff.id, house.clock()))
    await house.settle()
    assert house.chat.calls == []


async def test_what_one_place_refuses_the_others_show(house: House) -> None:
    house.chat.answers["@U0ADA"] = deque([DOWN])
    signoff = await house.open()
    await house.settle()
    assert {"@U0GRACE", "C0PAY"} <= set(house.chat.places.values())
    assert "@U0ADA" not in house.chat.places.values()
    house.clock.go_on(minutes(2))
    assert await truth(house, signoff)
    assert house.chat.on("@U0ADA")


async def test_a_place_that_refuses_for_good_is_tried_again_at_the_next_change_only(
    house: House,
) -> None:
    house.chat.answers["@U0ADA"] = deque([GONE_FOR_GOOD])
    signoff = await house.open()
    await house.settle()
    house.clock.go_on(hours(3))
    await house.reconciler.settle()
    assert house.chat.on("@U0ADA") == []
    await house.signoffs.claim(a_click(signoff, "grace"))
    await house.settle()
    assert len(house.chat.on("@U0ADA")) == 1


async def test_an_answer_that_was_lost_makes_no_second_card(house: House) -> None:
    """What was posted is found again by its mark."""
    house.chat.loses_answers = True
    house.chat.answers["C0PAY"] = deque([LOST])
    signoff = await house.open()
    await house.settle()
    house.clock.go_on(minutes(2))
    assert await truth(house, signoff)
    assert len(house.chat.on("C0PAY")) == 1
    assert house.chat.searches == ["C0PAY"]


async def test_where_nothing_was_posted_it_is_posted_after_all(house: House) -> None:
    house.chat.answers["C0PAY"] = deque([LOST])
    signoff = await house.open()
    await house.settle()
    assert house.chat.on("C0PAY") == []
    house.clock.go_on(minutes(2))
    assert await truth(house, signoff)
    assert len(house.chat.on("C0PAY")) == 1


async def test_nobody_looks_for_what_was_surely_not_sent(house: House) -> None:
    house.chat.answers["C0PAY"] = deque([DOWN])
    await house.open()
    await house.settle()
    house.clock.go_on(minutes(2))
    await house.settle()
    assert house.chat.searches == []


async def test_if_nobody_can_look_the_card_that_is_one_too_many_ends_at_the_first_click(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, policy=TWO) as house:
        house.chat.loses_answers, house.chat.remembers = True, False
        house.chat.answers["C0PAY"] = deque([LOST])
        signoff = await house.open()
        await house.settle()
        orphan = next(ref for ref, at in house.chat.places.items() if at == "C0PAY")
        house.clock.go_on(minutes(2))
        await house.settle()
        assert len(house.chat.on("C0PAY")) == 2
        await house.review(signoff, "ada", on=orphan)
        await house.settle()
        assert len(house.chat.on("C0PAY")) == 1
        assert isinstance(house.chat.pieces[orphan], Alarm)
        assert await truth(house, signoff)


async def test_a_card_whose_answer_was_lost_is_taken_for_ours_when_it_is_clicked(
    house: House,
) -> None:
    house.chat.loses_answers, house.chat.remembers = True, False
    house.chat.answers["C0PAY"] = deque([LOST])
    signoff = await house.open()
    await house.settle()
    (orphan,) = cards_at(house, "C0PAY")
    await house.review(signoff, "ada", on=orphan)
    house.clock.go_on(minutes(2))
    assert await truth(house, signoff)
    assert len(house.chat.on("C0PAY")) == 1


async def test_a_known_card_is_not_adopted(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    known = next(iter(house.chat.cards))
    await house.review(signoff, on=known)
    assert await truth(house, signoff)
    assert len(house.chat.cards) == 3


@pytest.mark.parametrize(("person", "refusal"), [("grace", AlreadyDecided), ("kim", NotAReviewer)])
async def test_an_orphan_is_corrected_even_if_the_click_on_it_is_refused(
    house: House, person: str, refusal: type[Exception]
) -> None:
    signoff = await house.open()
    if refusal is AlreadyDecided:
        await house.review(signoff)
    await house.settle()
    orphan = CardRef("C0ELSE", "m99")
    with pytest.raises(refusal):
        await house.review(signoff, person, on=orphan)
    await house.settle()
    assert isinstance(house.chat.pieces[orphan], Alarm)


async def test_a_card_that_was_deleted_is_hung_up_once_more(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    (first,) = cards_at(house, "C0PAY")
    house.chat.removed.add(first)
    await house.signoffs.claim(a_click(signoff, "ada"))
    await house.settle()
    (second,) = cards_at(house, "C0PAY") - {first}
    house.chat.removed.add(second)
    await house.signoffs.release(a_click(signoff, "ada"))
    await house.settle()
    await house.review(signoff)
    await house.settle()
    assert cards_at(house, "C0PAY") == {first, second}


async def test_one_that_was_deleted_is_not_hung_up_to_say_that_it_is_over(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    (first,) = cards_at(house, "C0PAY")
    house.chat.removed.add(first)
    await house.review(signoff)
    await house.settle()
    assert cards_at(house, "C0PAY") == {first}


async def test_direct_messages_are_not_begun_once_it_is_decided(house: House) -> None:
    signoff = await house.review(await house.open())
    assert await truth(house, signoff)
    assert set(house.chat.places.values()) == {"C0PAY"}


@pytest.mark.parametrize(("verdict", "hears"), [(Verdict.REJECT, True), (Verdict.APPROVE, False)])
async def test_whoever_made_it_hears_of_an_end_that_leaves_something_to_them(
    house: House, verdict: Verdict, hears: bool
) -> None:
    signoff = await house.open(commits=(MARKED,))
    await house.settle()
    await house.review(signoff, verdict=verdict)
    assert await truth(house, signoff)
    assert bool(house.chat.on("@U0JUN")) is hears


async def test_whoever_made_it_hears_that_it_expired(house: House) -> None:
    await house.open(commits=(MARKED,))
    house.clock.go_on(hours(8))
    await house.signoffs.pass_deadlines()
    await house.settle()
    (card,) = house.chat.on("@U0JUN")
    assert card.status is Status.EXPIRED


async def test_of_what_was_superseded_before_anybody_saw_it_nobody_hears(house: House) -> None:
    old = await house.open()
    new = await house.open(key="newer", revision=sha("b"))
    await house.settle()
    assert {card.signoff_id for card in house.chat.cards.values()} == {new.id}
    assert (await house.now(old)).status is Status.SUPERSEDED


async def test_those_that_were_begun_are_corrected(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    await house.review(signoff)
    assert await truth(house, signoff)
    assert len(house.chat.cards) == 3


async def test_what_nobody_has_to_sign_bothers_nobody(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy(shadow=True)) as house:
        await house.open()
        await house.settle()
        assert house.chat.cards == {}
        assert house.pipeline.taken == [("msg_sgn_1_not_required", "not_required")]


async def test_when_it_escalates_the_wider_circle_sees_it(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=WIDE) as house:
        await house.open()
        await house.settle()
        house.clock.go_on(hours(1))
        await house.signoffs.pass_deadlines()
        await house.settle()
        everybody = {"@U0ADA", "@U0GRACE", "@U0PAT", "@U0RUTH", "C0PAY", "C0PLAT"}
        assert {at for at in house.chat.places.values() if house.chat.on(at)} == everybody


async def test_a_deadline_reminds_who_has_not_answered_and_nobody_else(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=TWO) as house:
        signoff = await house.open()
        await house.review(signoff, "ada")
        house.clock.go_on(minutes(15))
        await house.signoffs.pass_deadlines()
        due = await house.store.read(lambda s: nudges.people_due(s, house.clock()))
        assert due == ["grace"]


async def test_while_somebody_is_on_it_nobody_else_is_reminded(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(minutes(14))
    await house.signoffs.claim(a_click(signoff, "grace"))
    house.clock.go_on(minutes(1))
    await house.signoffs.pass_deadlines()
    due = await house.store.read(lambda s: nudges.people_due(s, house.clock()))
    assert due == ["grace"]


async def test_a_claim_lapses_and_the_cards_say_so(house: House) -> None:
    signoff = await house.open()
    await house.signoffs.claim(a_click(signoff, "grace"))
    assert await truth(house, signoff)
    house.clock.go_on(minutes(30))
    await house.signoffs.pass_deadlines()
    assert (await house.now(signoff)).claim is None
    assert await truth(house, signoff)


async def test_of_what_is_decided_nobody_is_reminded(house: House) -> None:
    signoff = await house.open()
    house.clock.go_on(minutes(15))
    await house.signoffs.pass_deadlines()
    await house.review(signoff)
    due = await house.store.read(lambda s: nudges.people_due(s, house.clock()))
    assert due == []


async def test_who_has_no_slack_is_not_written_to(tmp_path: Path) -> None:
    mute = with_person(ROSTER, a_person("grace", slack=""))
    async with a_house(tmp_path, roster=mute) as house:
        await house.open()
        await house.settle()
        assert not house.chat.on("@U0GRACE")


async def test_where_the_group_has_no_channel_it_hangs_in_another(tmp_path: Path) -> None:
    """A sign-off that hangs nowhere would be seen by nobody."""
    silent = replace(ROSTER.groups[PAYMENTS], channel="")
    roster = replace(ROSTER, groups={**ROSTER.groups, PAYMENTS: silent})
    async with a_house(tmp_path, roster=roster) as house:
        await house.open()
        await house.settle()
        assert house.chat.on("C0PLAT")


async def test_what_cannot_hang_in_its_channel_hangs_in_the_fallback_with_a_word_to_the_operator(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, fallback="C0OPS") as house:
        house.chat.answers["C0PAY"] = deque([GONE_FOR_GOOD] * 20)
        signoff = await house.open()
        await house.settle()
        assert len(house.chat.on("C0OPS")) == 1
        (told,) = house.chat.notes("C0OPS", Alarm)
        assert "C0PAY" in told.text
        assert "is_archived" in told.text
        house.chat.answers.clear()
        await house.review(signoff)
        assert await truth(house, signoff)


async def test_the_fallback_itself_may_be_gone_and_nothing_goes_round_in_circles(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path, fallback="C0OPS") as house:
        for place in ("C0PAY", "C0OPS"):
            house.chat.answers[place] = deque([GONE_FOR_GOOD] * 50)
        signoff = await house.open()
        await house.settle()
        assert len(house.chat.answers["C0OPS"]) >= 45
        house.chat.answers.clear()
        await house.signoffs.claim(a_click(signoff, "ada"))
        assert await truth(house, signoff)


async def test_locked_out_nothing_is_tried_and_nothing_is_lost(house: House) -> None:
    for place in ("C0PAY", "@U0ADA", "@U0GRACE", "@U0JUN"):
        house.chat.answers[place] = deque([LockedOut("token_revoked")])
    signoff = await house.open()
    await house.settle()
    tried = len(house.chat.calls)
    for _ in range(3):
        house.clock.go_on(timedelta(seconds=5))
        await house.settle()
    assert len(house.chat.calls) == tried
    for _ in range(8):
        house.clock.go_on(timedelta(seconds=31))
        await house.settle()
    assert await truth(house, signoff)
    assert {"C0PAY", "@U0ADA", "@U0GRACE"} <= set(house.chat.places.values())


async def test_asked_to_slow_down_only_that_lane_waits_and_tries_once_it_may(house: House) -> None:
    pause = Undelivered("ratelimited", retry_after=timedelta(seconds=30))
    house.chat.answers["C0PAY"] = deque([pause])
    signoff = await house.open()
    await house.settle()
    assert not house.chat.on("C0PAY")
    assert house.chat.on("@U0ADA")
    house.clock.go_on(timedelta(seconds=29))
    await house.settle()
    assert not house.chat.on("C0PAY")
    house.clock.go_on(timedelta(seconds=1))
    assert await truth(house, signoff)


async def test_no_faster_than_the_chat_takes_it_and_the_most_urgent_first(tmp_path: Path) -> None:
    one_a_second = Limit(5, timedelta(seconds=5))
    chat = FakeChat(pace=Pace(post=one_a_second, change=one_a_second, home=one_a_second))
    async with a_house(tmp_path, chat=chat, keep_older=frozenset({"payments-ci"})) as house:
        for number in range(6):
            await house.open(key=f"{number}", commits=(MARKED,))
        await house.open(key="x", commits=(MARKED,), files=(a_file("db/migrations/1_drop.sql"),))
        counts = []
        for _ in range(6):
            await house.settle()
            counts.append(len(house.chat.on("C0PAY")))
            house.clock.go_on(timedelta(seconds=5))
        assert counts[:2] == [5, 7]
        assert house.chat.on("C0PAY")[0].signoff_id == "sgn_7"


async def test_what_nobody_will_read_costs_nobody_a_turn(tmp_path: Path) -> None:
    """Whoever announces without end supersedes what never hung; others are asked all the same."""
    one_a_minute = Limit(1, timedelta(minutes=1))
    chat = FakeChat(pace=Pace(post=one_a_minute, change=one_a_minute, home=one_a_minute))
    async with a_house(tmp_path, chat=chat) as house:
        for number in range(30):
            await house.open(key=f"{number}", repository="acme/payments-flood")
        real = await house.open(key="real", repository="acme/payments-web")
        for _ in range(3):
            await house.settle()
            house.clock.go_on(timedelta(minutes=1))
        assert real.id in [card.signoff_id for card in house.chat.on("C0PAY")]


async def test_the_question_to_the_author_hangs_below_the_card_and_is_closed(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    (question,) = house.chat.notes("C0PAY", Question)
    (card,) = [ref for ref, it in house.chat.cards.items() if house.chat.places[ref] == "C0PAY"]
    (asked,) = [ref for ref, it in house.chat.pieces.items() if it is question]
    assert house.chat.threads[asked] == card
    assert house.chat.notes("@U0JUN", Question)
    await house.review(signoff)
    await house.settle()
    assert all(it.answer for it in house.chat.notes("C0PAY", Question))


async def test_a_question_reaches_the_author_and_the_answer_whoever_asked(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    await house.signoffs.inquire(a_click(signoff, "ada"), "Why retry twice?")
    await house.settle()
    for place in ("C0PAY", "@U0JUN"):
        (asking,) = house.chat.notes(place, Asking)
        assert (asking.question.text, asking.closed) == ("Why retry twice?", "")
    await house.signoffs.answer(a_click(signoff, "jun"), 1, "The first may be lost.")
    await house.settle()
    for place in ("C0PAY", "@U0ADA"):
        (reply,) = house.chat.notes(place, Reply)
        assert reply.answer.text == "The first may be lost."
    assert all(it.closed for it in house.chat.notes("@U0JUN", Asking))


async def test_two_passes_at_once_post_nothing_twice(house: House) -> None:
    house.chat.gate = asyncio.Event()
    signoff = await house.open()
    passes = [asyncio.create_task(house.reconciler.settle()) for _ in range(2)]
    await asyncio.sleep(0)
    house.chat.gate.set()
    await asyncio.gather(*passes)
    assert len(house.chat.on("C0PAY")) == 1
    assert await truth(house, signoff)


async def test_what_was_perhaps_shown_is_shown_again_even_if_it_is_as_it_was_before(
    house: House,
) -> None:
    """Claimed, of which the answer is lost, and let go of: the card has to lose the claim again."""
    signoff = await house.open()
    await house.settle()
    house.chat.loses_answers = True
    house.chat.answers["C0PAY"] = deque([LOST])
    await house.signoffs.claim(a_click(signoff, "ada"))
    await house.settle()
    await house.signoffs.release(a_click(signoff, "ada", id="release"))
    house.clock.go_on(minutes(2))
    assert await truth(house, signoff)


async def test_after_a_crash_what_was_being_shown_is_shown_again(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        signoff = await house.open()
        await house.settle()
        await house.signoffs.claim(a_click(signoff, "ada"))
        wanting = await house.store.read(lambda s: reconciling.wanting(s, house.clock(), (), 9))
        assert all(row.digest for row in wanting)
        await house.store.write(reconciling.start_over)
        wanting = await house.store.read(lambda s: reconciling.wanting(s, house.clock(), (), 9))
        assert wanting
        assert not any(row.digest for row in wanting)


async def test_a_question_waits_for_the_card_below_which_it_hangs(house: House) -> None:
    house.chat.answers["C0PAY"] = deque([DOWN])
    await house.open()
    await house.settle()
    assert house.chat.notes("C0PAY", Question) == []
    for _ in range(3):
        house.clock.go_on(minutes(1))
        await house.settle()
    (card,) = cards_at(house, "C0PAY")
    (asked,) = [ref for ref, it in house.chat.pieces.items() if isinstance(it, Question)
                and house.chat.places[ref] == "C0PAY"]  # fmt: skip
    assert house.chat.threads[asked] == card


async def test_where_no_card_can_hang_the_question_hangs_by_itself(house: House) -> None:
    house.chat.answers["C0PAY"] = deque([GONE_FOR_GOOD])
    await house.open()
    for _ in range(3):
        await house.settle()
        house.clock.go_on(minutes(1))
    (asked,) = [ref for ref, it in house.chat.pieces.items() if isinstance(it, Question)
                and house.chat.places[ref] == "C0PAY"]  # fmt: skip
    assert house.chat.threads[asked] is None


async def test_after_a_restart_what_is_true_is_not_sent_again(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.open()
        await house.settle()
        chat, clock, ids = house.chat, house.clock, house.signoffs.new_id
    chat.calls.clear()
    async with a_house(tmp_path, clock, chat=chat, new_id=ids) as house:
        await house.signoffs.reassess()
        await house.settle()
        assert chat.calls == []


async def test_another_fallback_takes_over_what_waits(tmp_path: Path) -> None:
    lone = replace(ROSTER, groups={id: replace(it, channel="") for id, it in ROSTER.groups.items()})
    async with a_house(tmp_path, roster=lone, fallback="C0OLD") as house:
        signoff = await house.open()
        await house.settle()
        assert house.chat.on("C0OLD") == [house.board.card(signoff)]
        known = {"roster": lone, "chat": house.chat, "new_id": house.signoffs.new_id}
    async with a_house(tmp_path, house.clock, fallback="C0NEW", **known) as house:
        await house.signoffs.reassess()
        await house.settle()
        assert house.chat.on("C0NEW") == [house.board.card(signoff)]


async def test_what_was_decided_long_ago_is_let_go_of_and_what_waits_is_not(house: House) -> None:
    old = await house.review(await house.open(key="old"))
    waiting = await house.open(key="new", repository="acme/payments-web")
    await house.settle()
    house.clock.go_on(FORGOTTEN_AFTER + hours(1))
    await house.reconciler.beat()
    hung = {
        signoff.id: await house.store.read(lambda s, id=signoff.id: surfaces.hung(s, id))
        for signoff in (old, waiting)
    }
    assert (bool(hung[old.id]), bool(hung[waiting.id])) == (False, True)


async def test_what_should_wait_for_the_morning_need_not_once_it_is_critical(house: House) -> None:
    ada = Surface(user="U0ADA")
    morning = house.clock() + hours(8)
    for not_before in (morning, None):
        want = Want(sort="card", at=ada, not_before=not_before)
        await house.store.write(lambda s, w=want: surfaces.want(s, "sgn_9", [w], house.clock()))
        rows = await house.store.read(lambda s: reconciling.wanting(s, house.clock(), (), 9))
        assert bool(rows) is (not_before is None)


async def test_the_alarm_is_set_for_the_lane_that_opens_first(tmp_path: Path) -> None:
    slow, quick = Limit(1, hours(1)), Limit(1, timedelta(milliseconds=20))
    chat = FakeChat(pace=Pace(post=quick, change=slow, home=slow))
    clock = system_clock
    async with a_house(tmp_path, clock, chat=chat, keep_older=frozenset({"payments-ci"})) as house:
        first = await house.open(key="0", commits=(MARKED,))
        await house.settle()
        await house.signoffs.claim(a_click(first, "ada"))
        await house.settle()  # the lane of corrections is full for an hour now
        running = asyncio.create_task(house.reconciler.run())
        for number in range(1, 4):
            await house.open(key=f"{number}", commits=(MARKED,))
        house.reconciler.wake()
        async with asyncio.timeout(5):
            while len(house.chat.on("C0PAY")) < 4:  # noqa: ASYNC110 -- the chat rings no bell
                await asyncio.sleep(0.01)
        running.cancel()
        await house.reconciler.finish()


@dataclass
class Turnstile:
    """Lets calls of the chat through one by one, in the place of its gate."""

    waiting: list[asyncio.Event] = field(default_factory=list)

    async def wait(self) -> None:
        self.waiting.append(asyncio.Event())
        await self.waiting[-1].wait()

    async def reach(self, number: int) -> None:
        async with asyncio.timeout(5):
            while len(self.waiting) < number:  # noqa: ASYNC110 -- it rings no bell
                await asyncio.sleep(0.005)


async def test_what_changes_while_it_is_shown_is_shown_again_though_other_places_hang(
    house: House,
) -> None:
    house.chat.gate = turnstile = Turnstile()  # type: ignore[assignment]
    running = asyncio.create_task(house.reconciler.run())
    signoff = await house.open(commits=(MARKED,))
    await turnstile.reach(3)  # the channel, Ada and Grace
    await house.signoffs.claim(a_click(signoff, "ada"))
    turnstile.waiting[0].set()
    await turnstile.reach(4)
    running.cancel()
    for call in turnstile.waiting:
        call.set()
    await house.reconciler.finish()


async def test_what_ends_together_is_no_reason_to_look_again_and_again(house: House) -> None:
    looks = list[str]()

    def listen(_: object, __: object, statement: str, *___: object) -> None:
        looks.extend(["look"] if "RECURSIVE" in statement and "surface" in statement else [])

    event.listen(house.store._ground.reading, "before_cursor_execute", listen)
    house.chat.gate = asyncio.Event()
    running = asyncio.create_task(house.reconciler.run())
    await house.open(commits=(MARKED,))
    async with asyncio.timeout(20):
        while len(house.reconciler._under_way) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        house.chat.gate.set()
        while len(house.chat.calls) < 3 or house.reconciler._under_way:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    running.cancel()
    await house.reconciler.finish()
    assert len(looks) <= 3  # at the start, at the ring, and when all three hang
