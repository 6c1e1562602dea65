"""An explanation in JSON says all that was answered, and is read again as what it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.asking.choosing import Choice, PassedOver
from bot.domain.explanation import Answer, RuleAnswer
from bot.domain.signoff import Asked
from bot.explained import NotExplained, as_json, read

ANSWER = Answer(True, "all of these", (Answer(True, "production"), Answer(True, "high risk")))
RULE = RuleAnswer(rule="Care", answer=ANSWER, asks="1 × senior", group="Night", origin="server")
CHOICE = Choice(
    asked=(Asked(person="ada", why=("at work until 17:30", "on call for payments")),),
    passed_over=(PassedOver(person="jun", why="had a part in this change"),),
)

words = st.text(max_size=20)
answers = st.recursive(
    st.builds(Answer, st.booleans(), words),
    lambda inner: st.builds(Answer, st.booleans(), words, st.lists(inner, max_size=3).map(tuple)),
    max_leaves=12,
)
rules = st.builds(RuleAnswer, rule=words, answer=answers, asks=words, group=words, origin=words)
choices = st.builds(
    Choice,
    asked=st.lists(
        st.builds(Asked, person=words, why=st.lists(words, max_size=3).map(tuple)), max_size=3
    ).map(tuple),
    passed_over=st.lists(st.builds(PassedOver, person=words, why=words), max_size=3).map(tuple),
)


def said() -> Any:
    return json.loads(json.dumps(as_json((RULE,), (CHOICE,))))


def test_every_rule_stands_there_with_its_tree() -> None:
    assert said()["rules"] == [
        {
            "rule": "Care",
            "group": "Night",
            "origin": "server",
            "met": True,
            "asks": "1 × senior",
            "answer": {
                "met": True,
                "sentence": "all of these",
                "parts": [
                    {"met": True, "sentence": "production", "parts": []},
                    {"met": True, "sentence": "high risk", "parts": []},
                ],
            },
        }
    ]


def test_every_choice_says_who_is_asked_and_who_is_not_and_why() -> None:
    assert said()["choices"] == [
        {
            "asked": [{"person": "ada", "why": ["at work until 17:30", "on call for payments"]}],
            "passed_over": [{"person": "jun", "why": "had a part in this change"}],
        }
    ]


@given(st.lists(rules, max_size=3).map(tuple), st.lists(choices, max_size=3).map(tuple))
def test_what_was_written_is_read_as_it_was(
    rules: tuple[RuleAnswer, ...], choices: tuple[Choice, ...]
) -> None:
    assert read(json.loads(json.dumps(as_json(rules, choices)))) == (rules, choices)


def test_other_keys_are_not_looked_at() -> None:
    assert read({**said(), "signoff": "sgn_1", "current": True}) == ((RULE,), (CHOICE,))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (None, "rules must be a list"),
        ({"rules": []}, "choices must be a list"),
        ({"rules": {}, "choices": []}, "rules must be a list"),
        ({"rules": [7], "choices": []}, "rules[0].rule must be a text"),
        ({"rules": [], "choices": [{}]}, "choices[0].asked must be a list"),
    ],
)
def test_what_is_no_explanation_is_refused_with_the_place(broken: object, sentence: str) -> None:
    with pytest.raises(NotExplained, match=r".") as refused:
        read(broken)
    assert str(refused.value) == sentence


def test_a_sentence_that_is_no_text_is_refused_where_it_stands() -> None:
    broken = said()
    broken["rules"][0]["answer"]["parts"][1]["sentence"] = 7
    with pytest.raises(NotExplained) as refused:
        read(broken)
    assert str(refused.value) == "rules[0].answer.parts[1].sentence must be a text"


def test_a_reason_that_is_no_text_is_refused_where_it_stands() -> None:
    broken = said()
    broken["choices"][0]["asked"][0]["why"] = ["fine", None]
    with pytest.raises(NotExplained) as refused:
        read(broken)
    assert str(refused.value) == "choices[0].asked[0].why[1] must be a text"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | words,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["rules", "choices", "answer", "met", "asked"]), inner, max_size=4
            )
        ),
    )
)
def test_whatever_is_sent_is_read_or_refused(sent: object) -> None:
    try:
        assert as_json(*read(sent))
    except NotExplained as refused:
        if not str(refused):
            raise
