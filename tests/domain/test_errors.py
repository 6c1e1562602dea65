"""Is every refusal a sentence that a person can read?"""

from __future__ import annotations

import inspect
import string

import pytest

from bot.domain import errors
from bot.domain.errors import (
    AlreadyDecided,
    GuestMayNotReview,
    NotAReviewer,
    Refusal,
    UnknownPerson,
    UnknownSignoff,
)

REFUSALS = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, Refusal) and found is not Refusal
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_each_is_one_finished_sentence(refusal: type[Refusal]) -> None:
    wanted = {name for _, name, _, _ in string.Formatter().parse(refusal.__doc__ or "") if name}
    sentence = refusal(**dict.fromkeys(wanted, "something")).sentence
    assert sentence[0].isupper() or sentence.startswith("something")
    assert sentence.endswith((".", "something"))
    assert "{" not in sentence
    assert "\n" not in sentence


def test_there_are_some() -> None:
    assert len(REFUSALS) >= 10


def test_no_sentence_shouts_or_stumbles() -> None:
    for refusal in REFUSALS:
        said = inspect.getdoc(refusal) or ""
        assert not set(said) & set("!—;"), refusal


def test_the_facts_stand_in_the_sentence() -> None:
    assert UnknownSignoff(name="sgn_x").sentence == "There is no sign-off called sgn_x."
    assert AlreadyDecided(status="approved").sentence == (
        "Too late: this sign-off is already approved."
    )


def test_braces_in_a_fact_are_only_text() -> None:
    assert "{name}" in UnknownSignoff(name="{name}").sentence


def test_notes_are_read_after_it() -> None:
    refusal = NotAReviewer(wanted="1 senior")
    refusal.add_note("Ada may.")
    assert refusal.sentence.endswith("needs: 1 senior. Ada may.")


@pytest.mark.parametrize("sort", ["a guest account", "a bot", "deactivated", "not confirmed yet"])
def test_whoever_is_turned_away_reads_why_whatever_they_wanted(sort: str) -> None:
    """It is read by who answers a question or goes on leave, and not by reviewers alone."""
    sentences = (GuestMayNotReview(sort=sort).sentence, UnknownPerson().sentence)
    assert sentences[0].startswith(f"Your Slack account is {sort}. ")
    assert not [said for said in sentences if "review" in said]


def test_a_fact_that_is_missing_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        UnknownSignoff()
