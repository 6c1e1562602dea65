"""What is pending is judged anew where the roster changed what policy says about it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.conditions import LevelRange, When
from bot.domain.dossier import EMPTY
from bot.domain.lifecycle import begin
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.engine.rulebook import Rulebook
from tests.builders import NOW, ROSTER, SOON, a_change, a_policy, a_rule, asked, without_person

JUNIORS_NEED_TWO = a_policy(
    a_rule("everybody"),
    a_rule("juniors", When(author_level=LevelRange(below="mid")), approvals=2),
)


def _opened() -> Signoff:
    return begin(Rulebook(ROSTER, JUNIORS_NEED_TWO).judge("sgn_1", a_change(), NOW)).signoff


def _with_level(level: str) -> Roster:
    people = {**ROSTER.people, "jun": replace(ROSTER.people["jun"], level=level)}
    return replace(ROSTER, people=people)


def test_where_nothing_changed_nothing_is_asked_anew() -> None:
    assert Rulebook(ROSTER, JUNIORS_NEED_TWO).reassess(_opened(), EMPTY, SOON) is None


def test_an_author_who_was_demoted_meanwhile_is_judged_as_they_now_are() -> None:
    anew = Rulebook(_with_level("junior"), JUNIORS_NEED_TWO).reassess(_opened(), EMPTY, SOON)
    assert anew is not None
    assert max(ask.approvals for ask in anew.requirement.asks) == 2


def test_somebody_who_left_is_no_longer_asked() -> None:
    signoff = replace(_opened(), invited=asked("ada", "grace"))
    rulebook = Rulebook(without_person(ROSTER, "ada"), JUNIORS_NEED_TWO)
    anew = rulebook.reassess(signoff, EMPTY, SOON)
    assert anew is not None
    assert anew.invited == asked("grace")
