"""What may happen in the life of one signoff? Small domains, so that things meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from bot.domain.events import (
    Answered,
    Claimed,
    Declared,
    Delegated,
    Event,
    EvidenceSetAside,
    Inquired,
    Opened,
    Reassessed,
    Released,
    ReviewTakenBack,
    Settled,
)
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance, Statement
from bot.domain.signoff import (
    BY_KEY,
    Carried,
    Claim,
    Declaration,
    Delegation,
    Requirement,
    SetAside,
    Signoff,
)
from tests.builders import (
    AN_ASSERTION,
    NOW,
    PAYMENTS,
    PLATFORM,
    ROSTER,
    a_person,
    a_requirement,
    a_review,
    an_ask,
    approves,
    escalate,
    expire,
    minutes,
    opened,
    out_of_groups,
    rejects,
    remind,
    reported,
    sha,
    standing,
    standings,
    superseded,
    time_passes,
    with_person,
    withdrawn,
    without_person,
)
from tests.laws.emergencies import RULES, emergencies

T = TypeVar("T")
Maker = Callable[[Signoff], Event]


class Choose(Protocol):
    """Who chooses: Hypothesis, which shrinks what it finds, or chance, which is much faster."""

    def __call__(self, options: Sequence[T], /) -> T: ...


DEADLINES = (
    remind(NOW + minutes(2)),
    escalate(NOW + minutes(5)),
    expire(NOW + minutes(12)),
)
SHORT = (remind(NOW + minutes(3)), expire(NOW + minutes(6)))

ROSTERS = (
    *(ROSTER,) * 8,
    without_person(ROSTER, "ada"),
    out_of_groups(ROSTER, "ada"),
    with_person(ROSTER, a_person("ada", "mid")),
    with_person(ROSTER, a_person("grace", "guest")),
    with_person(ROSTER, a_person("mallory", "wizard"), PAYMENTS),
)

_ASKS = (
    (an_ask(1),),
    (an_ask(2),),
    (an_ask(2),),
    (an_ask(1), an_ask(1, "principal", PLATFORM)),
    (an_ask(1, "junior", PAYMENTS, PLATFORM), an_ask(1, "staff", PLATFORM)),
    (an_ask(1, "wizard"),),
    (an_ask(0), an_ask(1)),
    (an_ask(1, "senior", "no such group"),),
    (an_ask(3, "senior", PAYMENTS, PLATFORM),),
    (an_ask(1, wider={"no such group"}), an_ask(1, "staff", PLATFORM)),
    (replace(an_ask(1, "senior", "no such group"), people=frozenset({"ada", "jun"})),),
)

_DEADLINES_OF_ALL_SORTS = (DEADLINES, DEADLINES, DEADLINES, SHORT, ())
_PARTS = (("jun",), ("jun",), ("jun",), ("jun", "ada"), ("grace",))
_PEOPLE = ("ada", "ada", "ada", "grace", "grace", "grace", "pat", "jun", "mallory", "x")
_MOMENTS = (0, 0, 1, 1, 1, 2, 2, 4, 5, 6, 11, 12, 13)

# Nine in ten are about what is current: else hardly two reviews would ever meet.
_MOSTLY = (True,) * 9 + (False,)

CAST_BEFORE = Carried(signoff_id="sgn_0", revision=sha("0"), policy_digest="sha256:0")

_PROOFS: tuple[Any, ...] = (
    *({},) * 3,
    *({"proved": BY_KEY, "assertion": AN_ASSERTION},) * 3,
    {"proved": BY_KEY},
    {"assertion": AN_ASSERTION},
    {"proved": BY_KEY, "assertion": AN_ASSERTION, "carried": CAST_BEFORE},
)
"""Where a key is asked for, what only claims to be signed has to be as good as nothing."""


def an_opening(choose: Choose) -> Opened:
    """Now and then with approvals of the identical change, some of which no longer count."""
    requirement, kept = _requirement(choose), choose((*((),) * 8, ("ada",), ("ada", "grace")))
    return opened(
        requirement=requirement,
        contributors=choose(_PARTS),
        provenance=_provenance(choose),
        carried=tuple(
            a_review(person, policy_digest=requirement.policy_digest, carried=CAST_BEFORE, at=NOW)
            for person in kept
        ),
        standings=standings(choose(ROSTERS)),
    )


def a_life(choose: Choose) -> list[Maker]:
    """What happens to one signoff, in the order of time; deadlines are met to the minute."""
    moments = sorted(choose(_MOMENTS) for _ in range(choose(range(9))))
    return [_happening(choose, NOW + minutes(moment)) for moment in moments]


def an_emergency(choose: Choose) -> list[Maker]:
    """A life in which hardly anything but overrides happens, under the same rules all along."""
    rules = choose(RULES)
    moments = sorted(choose((0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 12)) for _ in range(choose(range(2, 8))))
    return [
        emergencies(choose, at, ROSTERS, rules)
        if choose((*(True,) * 5, False))
        else _happening(choose, at)
        for at in (NOW + minutes(moment) for moment in moments)
    ]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Opened, list[Maker]]:
    """An opening and a life, as Hypothesis chooses them."""

    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return an_opening(choose), a_life(choose)


def _requirement(choose: Choose) -> Requirement:
    return a_requirement(
        *choose(_ASKS),
        policy_digest=choose(("sha256:1", "sha256:2")),
        deadlines=choose(_DEADLINES_OF_ALL_SORTS),
        approve_reason=choose((False, False, False, False, True)),
        checklist=choose(((), (), (), (), ("rollback",))),
        grace=choose((timedelta(), timedelta(), timedelta(), minutes(1), minutes(3))),
        declaration=choose((*(Declaration.ASK,) * 10, Declaration.NO, Declaration.REQUIRED)),
        step_up=choose((*(False,) * 6, True)),
    )


def _provenance(choose: Choose) -> Provenance:
    statuses = (AiStatus.ASSISTED, AiStatus.ASSISTED, AiStatus.UNDECLARED, AiStatus.CONTRADICTED)
    return Provenance(status=choose(statuses))


def _happening(choose: Choose, at: datetime) -> Maker:  # noqa: C901 -- one case for each
    match choose((*"rrrrrrrrrrrr", *"aa", "d", "e", *"ttt", *"ssbm", "superseded", "withdrawn", "told")):  # fmt: skip
        case "r":
            return _reviewing(choose, at)
        case "s":
            return _settling(choose, at)
        case "b":
            person = choose(("ada", "grace", "pat"))
            left = standings(choose(ROSTERS))
            return lambda _: ReviewTakenBack(person=person, at=at, standings=left)
        case "m":
            return _arranging(choose, at)
        case "a":
            return _reassessing(choose, at)
        case "d":
            return _declaring(choose, at)
        case "e":
            return _setting_aside(choose, at)
        case "t":
            return lambda _: time_passes(at)
        case "superseded":
            return lambda _: superseded(at=at)
        case "withdrawn":
            return lambda _: withdrawn(at=at)
        case _:
            return lambda _: reported(at=at)


def _reviewing(choose: Choose, at: datetime) -> Maker:
    person, say = choose(_PEOPLE), choose((approves,) * 6 + (rejects,))
    this_revision, this_policy = choose(_MOSTLY), choose(_MOSTLY)
    with_reason, with_points = choose(_MOSTLY), choose(_MOSTLY)
    roster, proof = choose(ROSTERS), choose(_PROOFS)

    def make(signoff: Signoff) -> Event:
        asked = signoff.requirement
        return say(
            person,
            reason="because" if with_reason else " ",
            roster=roster,
            at=at,
            revision=signoff.change.revision if this_revision else sha("b"),
            policy_digest=asked.policy_digest if this_policy else "sha256:other",
            checklist=asked.checklist if with_points else (),
            **proof,
        )

    return make


def _settling(choose: Choose, at: datetime) -> Maker:
    """Where there is nothing to settle yet, time passes instead."""
    roster = choose(ROSTERS)

    def make(signoff: Signoff) -> Event:
        settling = signoff.settling
        if signoff.status.is_final or settling is None or settling.until > at:
            return time_passes(at)
        return Settled(standings=standings(roster), at=at)

    return make


def _arranging(choose: Choose, at: datetime) -> Maker:
    by, to, words = choose(_PEOPLE), choose(_PEOPLE), choose(("because", "because", " "))
    roster, what = choose(ROSTERS), choose("cclgginn")
    mine = standing(by if by in roster.people else "pat", roster)
    claim = Claim(person=mine.person, at=at, until=at + minutes(2))
    passed = Delegation(by=by, to=to, at=at, reason=words)

    def make(_: Signoff) -> Event:
        match what:
            case "c":
                return Claimed(claim=claim, standing=mine)
            case "l":
                return Released(person=by, at=at)
            case "g":
                return Delegated(delegation=passed, standings=standings(roster))
            case "i":
                return Inquired(standing=mine, question=words, at=at)
            case _:
                return Answered(number=1, by=choose_author, answer=words, at=at)

    choose_author = choose(("jun", "jun", "ada"))
    return make


def _reassessing(choose: Choose, at: datetime) -> Maker:
    """Another policy; or the same one, and a roster that knows more of who had a part."""
    same, other, people = choose((True, False)), _requirement(choose), choose(_PARTS)
    provenance = _provenance(choose)

    def make(signoff: Signoff) -> Event:
        return Reassessed(
            requirement=signoff.requirement if same else other,
            contributors=Contributors(people=signoff.contributors.people | frozenset(people)),
            provenance=provenance,
            at=at,
        )

    return make


def _declaring(choose: Choose, at: datetime) -> Maker:
    person, this_revision = choose(("jun", "jun", "ada", "pat")), choose(_MOSTLY)

    def make(signoff: Signoff) -> Event:
        revision = signoff.change.revision if this_revision else sha("b")
        said = Statement(person=person, assisted=False, at=at, revision=revision)
        return Declared(statement=said)

    return make


def _setting_aside(choose: Choose, at: datetime) -> Maker:
    by, reason, roster = choose(("ada", "jun", "pat")), choose(("wrong", " ")), choose(ROSTERS)
    who = by if by in roster.people else "pat"
    aside = SetAside(finding="f", by=by, at=at, reason=reason)
    return lambda _: EvidenceSetAside(set_aside=aside, standing=standing(who, roster))
