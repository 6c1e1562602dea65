"""Is what /signoff answers private, useful, and never an error?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.chat.slack.commands.help import TOPICS
from bot.chat.slack.commands.words import WORDS
from bot.domain.signoff import Status
from bot.playground.faults import Fault
from tests.builders import minutes
from tests.chat.asking import answered, many, said, shared
from tests.chat.house import ADA, APPROVE, House, words_in

AS_OF = "As of 2026-11-23 10:00 UTC"
FACTS = [
    "status",
    "status sgn_1",
    "queue payments-seniors",
    "explain sgn_1",
    "who sgn_1",
    "history sgn_1",
    "metrics",
]
OWN = ["mine", "claim sgn_1", "delegate sgn_1 <@U0GRACE|grace> she knows it", "away 3d"]
ASK_FOR_ONE = ["explain", "who", "history", "claim"]


async def test_status_lists_what_waits_the_oldest_first(house: House) -> None:
    await many(house, 12)
    lines = (await said(house, "U0KIM", "status")).splitlines()
    assert lines[0] == "12 waiting for a sign-off"
    assert lines[1].startswith("acme/payments-0 → production: “Change 0”, risk normal, expires ")
    assert lines[1].endswith(", sgn_1")
    assert lines[-2:] == ["and 2 more", "As of 2026-11-23 10:12 UTC"]
    assert len(lines) == 1 + 10 + 2


async def test_status_with_nothing_to_say_says_so(house: House) -> None:
    answer = await said(house, "U0KIM", "status")
    assert answer == f"Nothing waits for a sign-off.\n{AS_OF}"


@pytest.mark.parametrize(
    "name", ["sgn_1", "SGN_1", "1", "`sgn_1`", "“sgn_1”", "payments-api/deploy/4711"]
)
@pytest.mark.parametrize("words", ["status {}", "{}"])
async def test_one_signoff_is_found_by_id_or_key(house: House, name: str, words: str) -> None:
    await house.ask(description="Longer words")
    assert "Longer words" in await said(house, "U0KIM", words.format(name))


async def test_a_whole_id_wins_over_longer_ones_that_begin_so(house: House) -> None:
    await many(house, 11)
    assert "“Change 0”" in await said(house, "U0KIM", "status sgn_1")
    assert "Sign-off needed" in await said(house, "U0KIM", "status 1")


async def test_several_that_are_called_so_are_listed(house: House) -> None:
    await many(house, 2)
    answer = await said(house, "U0KIM", "status sgn_")
    assert answer.startswith("2 sign-offs are called so")
    assert "sgn_1" in answer
    assert "sgn_2" in answer


async def test_the_key_of_a_renewed_signoff_means_the_one_that_waits(house: House) -> None:
    first = await house.ask()
    house.clock.go_on(minutes(9 * 60))
    await house.signoffs.pass_deadlines()
    await house.settle()
    await house.signoffs.renew(await house.now(first), "jun")
    answer = await said(house, "U0KIM", f"status {first.change.key}")
    assert answer.startswith("Sign-off needed")


async def test_an_unknown_name_gets_a_helpful_answer(house: House) -> None:
    answer = await said(house, "U0KIM", "status <!channel>*x*")
    assert answer == "There is no sign-off called <!channel>*x*. /signoff status lists what waits."
    assert "<" not in house.slack.ephemerals("U0KIM")[-1].text


@pytest.mark.parametrize("name", ["payments-api/deploy/4712", "paymentsapi/deploy/4711", "sgnn_1"])
async def test_a_name_that_is_nearly_right_is_named(house: House, name: str) -> None:
    await house.ask()
    answer = await said(house, "U0KIM", f"explain {name}")
    assert "Did you mean payments-api/deploy/4711?" in answer or "mean sgn_1?" in answer
    assert "Did you mean" not in await said(house, "U0KIM", "explain something-else-altogether")


@pytest.mark.parametrize("words", ["", "mine", "MINE ", "me"])
async def test_mine_shows_what_i_could_decide_with_its_buttons(house: House, words: str) -> None:
    signoff = await house.ask()
    assert "Nothing waits for you" in await said(house, "U0KIM", words)
    assert "1 waiting for you" in await said(house, "U0ADA", words)
    await house.slack.click("U0ADA", house.slack.ephemerals("U0ADA")[-1], APPROVE)
    assert (await house.now(signoff)).status is Status.APPROVED
    await house.settle()
    assert len(house.slack.cards("C0PAY")) == 1


async def test_mine_says_how_many_are_left_out(house: House) -> None:
    await many(house, 11)
    assert "and 1 more" in (await said(house, "U0ADA", "mine")).splitlines()


async def test_a_slip_of_the_pen_is_understood(house: House) -> None:
    answer = await said(house, "U0KIM", "statsu")
    assert answer == (
        "I do not know “statsu”. Did you mean /signoff status? /signoff help lists what I can do."
    )


async def test_an_id_with_a_slip_is_understood_too(house: House) -> None:
    await house.ask()
    answer = await said(house, "U0KIM", "payments-api/deploy/4712")
    assert "Did you mean /signoff status payments-api/deploy/4711?" in answer


async def test_what_is_like_nothing_is_not_guessed_at(house: House) -> None:
    await house.ask()
    answer = await said(house, "U0KIM", "xyzzyx qqq")
    assert answer == "I do not know “xyzzyx qqq”. /signoff help lists what I can do."


@pytest.mark.parametrize("verb", ASK_FOR_ONE)
async def test_what_is_missing_is_said_with_an_example(house: House, verb: str) -> None:
    lines = (await said(house, "U0ADA", verb)).splitlines()
    assert lines == [
        "Which sign-off? Say its ID or its key.",
        f"Usage: /signoff {verb} ID",
        f"Example: /signoff {verb} 4xk2",
    ]


async def test_help_needs_nobody_to_be_known(house: House) -> None:
    house.slack.fail("users.info", Fault.SERVER_ERROR)
    lines = (await said(house, "U0EVE", "help")).splitlines()
    assert [line.split()[1].rstrip(":") for line in lines[:-1]] == list(TOPICS)
    assert "--share" in lines[-1]


@pytest.mark.parametrize("topic", TOPICS)
async def test_there_is_help_with_an_example_about_each_command(house: House, topic: str) -> None:
    answer = await said(house, "U0EVE", f"help {topic}")
    assert answer.startswith(f"/signoff {TOPICS[topic].usage}: ")
    assert f"For example:\n/signoff {TOPICS[topic].examples[0]}".rstrip() in answer


async def test_help_about_nothing_we_know_names_what_was_meant(house: House) -> None:
    assert "Did you mean /signoff help away?" in await said(house, "U0EVE", "help awya")
    answer = await said(house, "U0EVE", "help 🙈")
    assert "Did you mean" not in answer
    assert "/signoff mine" in answer


def test_every_word_is_a_command_that_help_knows() -> None:
    assert set(WORDS.values()) - {"back"} == set(TOPICS)


@pytest.mark.parametrize("words", [*FACTS, *OWN, "sgn_1", "whatever", "away back"])
async def test_guests_learn_nothing_and_change_nothing(house: House, words: str) -> None:
    signoff = await house.ask()
    assert "acme" in await said(house, "U0ADA", "status")
    house.clock.go_on(minutes(2))
    house.slack.change_member(replace(ADA, restricted=True))
    assert "a guest account" in await said(house, "U0ADA", words)
    assert await house.now(signoff) == signoff
    assert await house.personal.away("ada") is None


async def test_while_slack_is_unsure_who_asks_nothing_is_told(house: House) -> None:
    await house.ask()
    house.slack.fail("users.info", Fault.HALF_RESPONSE)
    assert "Slack does not say who you are" in await said(house, "U0ADA", "status")


@pytest.mark.parametrize("words", [*FACTS, *OWN])
async def test_an_answer_says_of_when_it_is_for_nobody_corrects_it(
    house: House, words: str
) -> None:
    await house.ask()
    message = await answered(house, "U0ADA", words)
    assert words_in(message.blocks).splitlines()[-1] == AS_OF
    (stamp,) = message.blocks[-1]["elements"][0]["elements"][1:]
    assert stamp["type"] == "date"


@pytest.mark.parametrize("where", ["{} --share", "--share {}", "{} —share", "{} --SHARE "])
async def test_what_is_shared_is_seen_by_the_channel_wherever_the_word_stands(
    house: House, where: str
) -> None:
    await house.ask()
    message = await shared(house, "U0ADA", where.format("status sgn_1"))
    assert words_in(message.blocks).startswith("Sign-off needed")


@pytest.mark.parametrize("words", FACTS)
async def test_what_is_shared_has_no_buttons_and_says_who_asked_and_when(
    house: House, words: str
) -> None:
    await house.ask()
    message = await shared(house, "U0ADA", f"{words} --share")
    assert "actions" not in {block["type"] for block in message.blocks}
    last = words_in(message.blocks).splitlines()[-1]
    assert last == f"{AS_OF}, asked for by Ada. It stays as it was then."
    assert not house.slack.ephemerals("U0ADA")


@pytest.mark.parametrize("words", OWN)
async def test_what_is_about_oneself_is_never_shared(house: House, words: str) -> None:
    await house.ask()
    assert "it is about you" in await said(house, "U0ADA", f"{words} --share")


@pytest.mark.parametrize("words", ["help", "statsu", "explain nope", "queue nope", "who"])
async def test_what_is_about_the_command_itself_is_not_shared(house: House, words: str) -> None:
    await answered(house, "U0ADA", f"{words} --share")


async def test_a_guest_can_share_nothing(house: House) -> None:
    await house.ask()
    house.slack.change_member(replace(ADA, ultra_restricted=True))
    assert "a guest account" in await said(house, "U0ADA", "status --share")


async def test_the_answer_stays_within_what_slack_takes(house: House) -> None:
    for n in range(12):
        await house.ask(key=f"k{n}", repository=f"acme/payments-{n}{'&' * 90}", title="<" * 300)
    for words in (*FACTS, "mine", "status", "queue", "status sgn_"):
        assert "acme/payments" in await said(house, "U0ADA", words) or words == "metrics"


_WORDS = st.sampled_from(
    [*WORDS, "sgn_1", "1", "<@U0GRACE|g>", "<@U0ADA>", "@ada", "until", "since", "7d", "deputy",
     "--share", "tomorrow", "2026-13-45", "9999w", "<#C0PAY|x>", "<!subteam^S1>", "\u202e", "%_\\"]
)  # fmt: skip
_TEXTS = st.one_of(
    st.lists(st.one_of(_WORDS, st.text(max_size=12)), max_size=7).map(" ".join),
    st.text(max_size=60),
    st.tuples(st.sampled_from(list(WORDS)), st.text(min_size=1, max_size=9)).map(
        lambda it: f"{it[0]} {it[1] * 4000}"[:4000]
    ),
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=_TEXTS)
async def test_any_words_have_an_answer(house: House, text: str) -> None:
    if not await house.board.named("sgn_1"):
        await house.ask()
    written = text.encode("utf-8", "replace").decode()
    answer = await house.slack.command("U0ADA", "/signoff", written, channel="C0PAY")
    assert (answer.status, answer.trouble) == (200, "")
    assert answer.json["text"]
    assert answer.json["blocks"]
