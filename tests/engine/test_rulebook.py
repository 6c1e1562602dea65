"""What is pending is judged anew where the roster changed, and whoever is refused reads who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config.conventions import standard
from bot.config.digests import digest_of
from bot.domain.conditions import LevelRange, When
from bot.domain.dossier import EMPTY
from bot.domain.errors import (
    NotAReviewer,
    NotClaimed,
    NotTheirs,
    OwnChange,
    Refusal,
    TheirOwnChange,
    TheySaid,
    Yourself,
)
from bot.domain.events import DeadlinePassed
from bot.domain.lifecycle import advance, begin
from bot.domain.people import Roster
from bot.domain.risk import RiskRules
from bot.domain.signoff import Claim, Signoff
from bot.domain.sla import Sla
from bot.engine.rulebook import JUDGING, Rulebook, one_of
from tests.builders import (
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    SOON,
    a_change,
    a_group,
    a_person,
    a_policy,
    a_review,
    a_roster,
    a_rule,
    asked,
    hours,
    minutes,
    with_person,
    without_person,
)

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


LEADS = "leads"
TALL = a_roster(
    people=(*ROSTER.people.values(), a_person("pat", "principal"), a_person("lea", "principal")),
    groups=(*ROSTER.groups.values(), a_group(PLATFORM, "pat"), a_group(LEADS, "lea")),
)


def _climbing(*reminders: int) -> Rulebook:
    """Of the platform after an hour, managers after four; reminders after so many minutes."""
    sla = Sla(
        remind=tuple(map(minutes, reminders)),
        escalate=hours(1),
        escalate_to=(PLATFORM,),
        managers=hours(4),
        managers_to=(LEADS,),
    )
    digest = f"sha256:{len(reminders)}"
    return Rulebook(TALL, a_policy(a_rule(sla="slow"), slas={"slow": sla}, digest=digest))


@pytest.mark.parametrize(
    ("before", "after"), [((15,), (5, 10, 15, 20, 25)), ((5, 10, 15, 20, 25), (15,))]
)
def test_who_joined_stays_and_nobody_joins_early_however_often_it_reminds(
    before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    """The old deadlines that passed say nothing of which of the new ones did."""
    opened = begin(_climbing(*before).judge("sgn_1", a_change(), NOW)).signoff
    rung = DeadlinePassed(at=NOW + minutes(70), invited=asked("ada", "pat"))
    escalated = replace(advance(opened, rung).signoff, invited=asked("ada", "pat", "lea"))
    anew = _climbing(*after).reassess(escalated, EMPTY, NOW + minutes(70))
    assert anew is not None
    assert anew.invited == asked("ada", "pat")


def test_its_name_tells_how_we_judge_and_where_cards_hang_too() -> None:
    rulebook = Rulebook(ROSTER, JUNIORS_NEED_TWO)
    said = {"policy": JUNIORS_NEED_TWO, "roster": ROSTER, "risk": RiskRules()}
    known = {**said, "conventions": standard().version, "fallback_channel": "", "config": ""}
    assert rulebook.digest == digest_of({**known, "judging": JUDGING})
    assert rulebook.digest != digest_of({**known, "judging": f"not {JUDGING}"})
    assert rulebook.digest != replace(rulebook, fallback_channel="C0OPS").digest
    assert rulebook.digest != replace(rulebook, config_digest="sha256:1").digest


WIDE = with_person(
    with_person(ROSTER, a_person("ruth", "staff"), PAYMENTS), a_person("pat", "principal"), PAYMENTS
)
"""Four may review what is of payments: ada, grace, ruth and pat."""


def _told(refusal: Refusal, roster: Roster = ROSTER, person: str = "", **facts: object) -> str:
    signoff = replace(_opened(), **facts)  # type: ignore[arg-type]
    return Rulebook(roster, JUNIORS_NEED_TWO).explain(refusal, signoff, person).sentence


@pytest.mark.parametrize("refusal", [OwnChange(), NotAReviewer(wanted="1 senior")])
def test_whoever_may_not_decide_reads_who_may(refusal: Refusal) -> None:
    assert _told(refusal).endswith(" Ada or Grace may sign it off.")


def test_where_nobody_may_that_is_said() -> None:
    alone = without_person(without_person(ROSTER, "ada"), "grace")
    assert _told(OwnChange(), alone).endswith(" Nobody in the roster may sign it off.")


@pytest.mark.parametrize(
    "refusal", [Yourself(), TheySaid(), TheirOwnChange(), NotTheirs(wanted="1 senior")]
)
def test_of_those_who_can_be_asked_the_asker_is_none(refusal: Refusal) -> None:
    assert _told(refusal, person="ada").endswith(" Grace can be asked.")


def test_nor_is_anybody_who_has_reviewed_it() -> None:
    said = (a_review("grace"),)
    assert _told(TheySaid(), WIDE, "ada", reviews=said).endswith(" Ruth or Pat can be asked.")
    assert _told(TheySaid(), ROSTER, "ada", reviews=said).endswith(" Nobody else can be asked.")


def test_whoever_is_not_on_it_reads_who_is() -> None:
    claim = Claim(person="ada", at=NOW, until=SOON)
    assert _told(NotClaimed(), person="grace", claim=claim) == "You are not on it. Ada is."
    assert _told(NotClaimed(), person="grace") == "You are not on it."


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("", ""),
        ("A", "A"),
        ("AB", "A or B"),
        ("ABCDE", "A, B, C, D or E"),
        ("ABCDEFG", "A, B, C, D, E or 2 more"),
    ],
)
def test_of_many_only_the_first_are_named(names: str, said: str) -> None:
    assert one_of(list(names)) == said
