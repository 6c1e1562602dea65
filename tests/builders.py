"""What do tests talk about? A small company, and sentences about it: say what matters, no more.

The house: jun (mid) writes; ada and grace (senior) are the payments-seniors, who own
acme/payments-*; pat (principal) and ruth (staff) are the platform group, who own what nobody
claims; kim is a junior of payments; mallory is a guest whose level the ladder does not list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import count
from typing import Any

from bot.config.conventions import standard
from bot.domain.change import Change, FileChange, Identity
from bot.domain.conditions import When
from bot.domain.events import (
    DeadlinePassed,
    Event,
    Opened,
    Reassessed,
    Reported,
    Reviewed,
    Superseded,
    Withdrawn,
)
from bot.domain.judging import Judged, Rules, judge
from bot.domain.lifecycle import advance, begin
from bot.domain.people import Contributors, Group, Person, Roster, Standing
from bot.domain.policy import Demand, Policy, Rule
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.risk import RiskRules
from bot.domain.signoff import (
    Ask,
    Asked,
    Assertion,
    Deadline,
    DeadlineKind,
    Report,
    Requirement,
    Review,
    Signoff,
    Verdict,
)
from bot.domain.sla import Sla
from bot.engine.clicks import Click

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A Monday morning."""

SOON = NOW + timedelta(minutes=5)
"""When people answer, if nothing else is said: before anything is due."""

LEVELS = ("junior", "mid", "senior", "staff", "principal")
DIGEST = "sha256:policy-1"
PAYMENTS, PLATFORM = "payments-seniors", "platform"


def sha(letter: str = "a") -> str:
    """A full revision: forty times one hex digit."""
    return letter * 40


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, length: timedelta) -> datetime:
        self.now += length
        return self.now


def ids(prefix: str = "sgn_") -> Any:
    """A maker of ids: sgn_1, sgn_2 and so on."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


# People.


def a_person(id: str, level: str = "senior", **facts: Any) -> Person:
    """Somebody whose login, address and Slack id follow from their id."""
    known: dict[str, Any] = {
        "name": id.capitalize(),
        "slack": f"U0{id.upper()}",
        "logins": frozenset({id}),
        "emails": frozenset({f"{id}@acme.example"}),
    }
    return Person(id=id, level=level, **{**known, **facts})


def a_group(id: str, *members: str, **facts: Any) -> Group:
    return Group(id=id, members=members, **facts)


def a_roster(
    people: Iterable[Person], groups: Iterable[Group], levels: tuple[str, ...] = LEVELS
) -> Roster:
    return Roster(
        people={person.id: person for person in people},
        groups={group.id: group for group in groups},
        levels=levels,
    )


ROSTER = a_roster(
    people=(
        a_person("jun", "mid"),
        a_person("kim", "junior"),
        a_person("ada", "senior"),
        a_person("grace", "senior"),
        a_person("ruth", "staff"),
        a_person("pat", "principal"),
        a_person("mallory", "guest"),
    ),
    groups=(
        a_group(PAYMENTS, "ada", "grace", channel="C0PAY", owns=("acme/payments-*",)),
        a_group(PLATFORM, "pat", "ruth", channel="C0PLAT"),
    ),
)


def with_person(roster: Roster, person: Person, *groups: str) -> Roster:
    """The roster once this person has joined or changed, and is a member of `groups` too."""
    joined = {
        id: replace(group, members=tuple(dict.fromkeys((*group.members, person.id))))
        if id in groups
        else group
        for id, group in roster.groups.items()
    }
    return replace(roster, people={**roster.people, person.id: person}, groups=joined)


def without_person(roster: Roster, *ids: str) -> Roster:
    """The roster once these people have left; the groups still name them."""
    return replace(roster, people={id: p for id, p in roster.people.items() if id not in ids})


def out_of_groups(roster: Roster, *ids: str) -> Roster:
    """The roster once these people are in no group any more."""
    left = {
        id: replace(group, members=tuple(m for m in group.members if m not in ids))
        for id, group in roster.groups.items()
    }
    return replace(roster, groups=left)


def standing(person: str, roster: Roster = ROSTER) -> Standing:
    found = roster.standing(person)
    assert found is not None, f"{person} is not in the roster"
    return found


def standings(roster: Roster = ROSTER) -> tuple[Standing, ...]:
    """What everybody in the roster is entitled to."""
    return tuple(standing(person, roster) for person in roster.people)


def who(login: str = "", **names: str) -> Identity:
    return Identity(login=login, **names)


# Changes.


def a_file(path: str = "refunds/retry.py", additions: int = 40, deletions: int = 3) -> FileChange:
    return FileChange(path=path, additions=additions, deletions=deletions)


def a_change(author: str | Identity = "jun", **facts: Any) -> Change:
    """Jun's change to payments-api, on its way to production; nobody said whether AI helped."""
    known: dict[str, Any] = {
        "connection": "payments-ci",
        "key": "payments-api/deploy/4711",
        "repository": "acme/payments-api",
        "revision": sha("a"),
        "environment": "production",
        "title": "Retry refunds",
        "author": who(author) if isinstance(author, str) else author,
        "files": (a_file(),),
        "reply_to": {"callback_url": "https://ci.acme.example/signoff/4711"},
    }
    return Change(**{**known, **facts})


# Policy.


def an_ask(
    approvals: int = 1, level: str = "senior", *groups: str, wider: Iterable[str] = ()
) -> Ask:
    return Ask(
        approvals=approvals,
        level=level,
        groups=frozenset(groups or {PAYMENTS}),
        wider=frozenset(wider),
    )


def a_rule(name: str = "production", when: When | None = None, **demand: Any) -> Rule:
    return Rule(name=name, when=when or When(environment=("production",)), require=Demand(**demand))


def a_policy(*rules: Rule, **facts: Any) -> Policy:
    """One rule about production, if no other is given."""
    slas: Mapping[str, Sla] = facts.pop("slas", {})
    return Policy(rules=rules or (a_rule(),), slas=slas, **{"digest": DIGEST, **facts})


def remind(at: datetime) -> Deadline:
    return Deadline(at, DeadlineKind.REMIND)


def escalate(at: datetime) -> Deadline:
    return Deadline(at, DeadlineKind.ESCALATE)


def expire(at: datetime) -> Deadline:
    return Deadline(at, DeadlineKind.EXPIRE)


DEADLINES = (
    remind(NOW + minutes(15)),
    remind(NOW + minutes(45)),
    escalate(NOW + hours(1)),
    expire(NOW + hours(8)),
)


def a_requirement(*asks: Ask, **facts: Any) -> Requirement:
    """One senior of payments-seniors; platform joins after an hour; eight hours in all.

    `wider` joins every ask that does not say for itself who does.
    """
    wider = facts.pop("wider", frozenset({PLATFORM}))
    widened = (ask if ask.wider else replace(ask, wider=wider) for ask in asks or (an_ask(),))
    known: dict[str, Any] = {
        "levels": LEVELS,
        "owners": (PAYMENTS,),
        "rules": ("production",),
        "because": ("production",),
        "policy_digest": DIGEST,
        "deadlines": DEADLINES,
    }
    return Requirement(asks=tuple(widened), **{**known, **facts})


def the_rules(policy: Policy | None = None, roster: Roster = ROSTER, **facts: Any) -> Rules:
    """Everything a config says: this policy and roster, the standard conventions, no own files."""
    known: dict[str, Any] = {
        "conventions": standard(),
        "risk": RiskRules(),
        "read_policy": lambda text: None,
    }
    return Rules(policy=policy or a_policy(), roster=roster, **{**known, **facts})


def judged(
    change: Change | None = None,
    policy: Policy | None = None,
    roster: Roster = ROSTER,
    **case: Any,
) -> Judged:
    """What all rules together say about a change that was opened NOW."""
    return judge(the_rules(policy, roster), change or a_change(), NOW, **case)


# Signoffs, and what happens to them.


def asked(*people: str) -> tuple[Asked, ...]:
    return tuple(Asked(person=person) for person in people)


def opened(*asks: Ask, **facts: Any) -> Opened:
    """The opening of jun's change; `asks` is short for a requirement of these asks."""
    contributors = frozenset(facts.pop("contributors", ("jun",)))
    known: dict[str, Any] = {
        "signoff_id": "sgn_1",
        "change": a_change(),
        "provenance": Provenance(status=AiStatus.UNDECLARED),
        "contributors": Contributors(people=contributors),
        "requirement": a_requirement(*asks),
        "invited": asked("ada", "grace"),
        "at": NOW,
    }
    return Opened(**{**known, **facts})


def a_signoff(*asks: Ask, **facts: Any) -> Signoff:
    """A signoff as it stands when it was just opened."""
    return begin(opened(*asks, **facts)).signoff


def after(signoff: Signoff, *events: Event) -> Signoff:
    """How it stands once all this has happened."""
    return reduce(lambda s, event: advance(s, event).signoff, events, signoff)


def a_review(person: str = "ada", verdict: Verdict = Verdict.APPROVE, **facts: Any) -> Review:
    known: dict[str, Any] = {
        "at": SOON,
        "revision": sha("a"),
        "policy_digest": DIGEST,
    }
    return Review(person=person, verdict=verdict, **{**known, **facts})


AN_ASSERTION = Assertion(
    credential="Y3JlZA",
    public_key="a2V5",
    statement='{"v":"countersign-decision/1"}',
    client_data="Y2xpZW50",
    authenticator_data="YXV0aA",
    signature="c2ln",
)
"""As it is kept; nobody checks it again where a test only counts."""


def approves(person: str = "ada", *, roster: Roster = ROSTER, **facts: Any) -> Reviewed:
    """They approve, while everybody stands as `roster` says."""
    return Reviewed(review=a_review(person, **facts), standings=standings(roster))


def rejects(
    person: str = "ada",
    reason: str = "refunds twice on a time-out",
    *,
    roster: Roster = ROSTER,
    **facts: Any,
) -> Reviewed:
    review = a_review(person, Verdict.REJECT, reason=reason, **facts)
    return Reviewed(review=review, standings=standings(roster))


def time_passes(to: datetime, *invited: str) -> DeadlinePassed:
    return DeadlinePassed(at=to, invited=asked(*(invited or ("pat", "ruth"))))


def superseded(by: str = "sgn_2", at: datetime = SOON) -> Superseded:
    return Superseded(by=by, at=at)


def withdrawn(by: str = "jun", reason: str = "not today", at: datetime = SOON) -> Withdrawn:
    return Withdrawn(by=by, reason=reason, at=at)


def reassessed(
    *asks: Ask,
    at: datetime = SOON,
    digest: str = "sha256:policy-2",
    contributors: Iterable[str] = ("jun",),
    provenance: Provenance | None = None,
    **facts: Any,
) -> Reassessed:
    return Reassessed(
        requirement=a_requirement(*asks, policy_digest=digest, **facts),
        contributors=Contributors(people=frozenset(contributors)),
        provenance=provenance or Provenance(status=AiStatus.UNDECLARED),
        invited=asked("ada", "grace"),
        at=at,
    )


def reported(accepted: bool = True, detail: str = "", at: datetime = SOON) -> Reported:
    return Reported(report=Report(at=at, accepted=accepted, detail=detail))


def a_click(signoff: Signoff, person: str = "ada", id: str = "", **facts: Any) -> Click:
    """A click on the card of this signoff as it stands; its id follows from who clicks on what."""
    known: dict[str, Any] = {
        "signoff_id": signoff.id,
        "revision": signoff.change.revision,
        "policy_digest": signoff.requirement.policy_digest,
    }
    name = id or f"{person} on {signoff.id} at {signoff.version}"
    return Click(id=name, person=person, **{**known, **facts})
