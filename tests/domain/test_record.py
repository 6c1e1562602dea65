"""Does a record say what its entries tell, all that auditors ask for, and nothing that nobody told?"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import AiStatement, Check
from bot.domain.events import Event, Opened, Overridden, OverrideReviewed, Settled, Shipped
from bot.domain.override import Override, OverrideReview, OverrideRules
from bot.domain.people import Contributors
from bot.domain.record import Integrity, Population, nested, record_of
from bot.domain.record_columns import COLUMNS, UNRECORDED
from bot.domain.retelling import Entry, Retold, retold
from bot.domain.risk.reasons import ROLL_BACK
from bot.domain.signoff import Ask, Shipment
from tests.builders import (
    NOW,
    PAYMENTS,
    ROSTER,
    SOON,
    a_change,
    a_person,
    a_requirement,
    a_review,
    approves,
    expire,
    hours,
    minutes,
    opened,
    out_of_groups,
    rejects,
    reported,
    sha,
    standing,
    standings,
    time_passes,
    who,
    with_person,
    withdrawn,
)

POPULATION = Population(id="p", since=NOW, until=NOW + hours(24))
HOLDS = Integrity(
    seq=2,
    leaf="b" * 64,
    size=8,
    root="c" * 64,
    proof=("cHJvb2Y=",),
    attestation="d" * 64,
    keyid="SHA256:x",
    until="2026-11-24T10:05:00Z",
    erased=(),
    flaws=(),
)


def told(*events: Event, **facts: Any) -> Retold:
    first = opened(**facts)
    return retold([Entry(n, f"{n:064x}", it) for n, it in enumerate((first, *events), 1)])


def record(*events: Event, found: Integrity = HOLDS, **facts: Any) -> Mapping[str, Any]:
    return record_of(told(*events, **facts), found, POPULATION)


def shipped(succeeded: bool = True, after: float = 10) -> Shipped:
    at = NOW + minutes(after)
    return Shipped(shipment=Shipment(at=at, succeeded=succeeded, detail="by hand"))


def overridden(**facts: Any) -> Overridden:
    known: dict[str, Any] = {
        "by": "pat",
        "reason": "customers cannot pay",
        "incident": "INC-7",
        "at": SOON,
        "until": SOON + hours(1),
        "review_by": SOON + hours(24),
    }
    rules = OverrideRules(people=frozenset({"pat"}))
    made = Override(**{**known, **facts})
    return Overridden(override=made, standings=(standing("pat"),), rules=rules)


LIVES: dict[str, tuple[Event, ...]] = {
    "pending": (),
    "approved": (approves("ada"), reported(), shipped()),
    "rejected": (rejects("ada"),),
    "expired": (time_passes(NOW + hours(8)),) * 1,
    "withdrawn": (withdrawn(),),
    "overridden": (overridden(),),
}


@pytest.mark.parametrize("life", LIVES)
def test_every_record_has_all_columns_in_their_order(life: str) -> None:
    facts = {"requirement": a_requirement(deadlines=(expire(NOW + hours(8)),))}
    found = record(*LIVES[life], **facts)
    assert tuple(found) == COLUMNS
    assert found["decision.status"] == life
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("life", LIVES)
def test_what_nobody_tells_us_is_null(life: str) -> None:
    facts = {"requirement": a_requirement(deadlines=(expire(NOW + hours(8)),))}
    found = record(*LIVES[life], **facts)
    assert [found[column] for column in UNRECORDED] == [None] * len(UNRECORDED)


def test_nothing_is_made_up_of_what_is_only_asked_for() -> None:
    found = record()
    nothing = {
        *(
            "decision.reason",
            "change.tree",
            "change.ticket",
            "change.description",
            "ai.prompted_by",
        ),
        *("timeline.decided_at", "timeline.first_viewed_at", "timeline.deployed_at"),
        *("timeline.waited_seconds", "timeline.answered_in_time", "outcome.deployed"),
        *("outcome.pipeline_took_answer", "emergency.by", "integrity.verify_command"),
    }
    assert {column for column in nothing if found[column] is not None} == set()
    assert found["decision.by"] == []


def test_nested_by_groups() -> None:
    flat = dict.fromkeys(COLUMNS, 1)
    inside = nested(flat)
    count = sum(len(it) if isinstance(it, dict) else 1 for it in inside.values())
    assert count == len(COLUMNS)
    assert inside["record_id"] == 1


# People.


def test_an_approver_stands_there_as_they_were_then() -> None:
    review = a_review("ada", reason="read it", looked_at=SOON - minutes(2))
    was = replace(standing("ada"), level="principal")
    event = replace(approves("ada"), review=review, standings=(was,))
    (said,) = record(event)["people.reviews"]
    assert (said["person"], said["level"], said["groups"]) == ("ada", "principal", [PAYMENTS])
    assert (said["reason"], said["proved"]) == ("read it", "slack-click")
    assert said["evidence_opened"] == "2026-11-23T10:03:00Z"
    assert record(event)["timeline.first_viewed_at"] == "2026-11-23T10:03:00Z"


def test_whether_an_approver_had_a_part_is_worked_out_anew() -> None:
    assert record(approves("ada"))["people.approver_is_contributor"] is False
    made = told(approves("ada"))
    bent = replace(made.signoff, contributors=Contributors(people=frozenset({"ada", "jun"})))
    found = record_of(replace(made, signoff=bent), HOLDS, POPULATION)
    assert found["people.approver_is_contributor"] is True


def test_addresses_are_veiled() -> None:
    author = who(email="jun@acme.example")
    unknown = Contributors(people=frozenset({"jun"}), unknown=("max@else.example", "max"))
    ai = AiStatement(assisted=True, prompted_by=who(email="kim@acme.example"))
    event = replace(opened(change=a_change(author, ai=ai)), contributors=unknown)
    made = retold([Entry(1, "a", event)])
    found = record_of(made, HOLDS, POPULATION)
    assert found["people.requester"] == "j…@acme.example"
    assert found["people.unknown_contributors"] == ["m…@else.example", "max"]
    assert found["ai.prompted_by"] == "k…@acme.example"
    text = json.dumps(found)
    assert "jun@" not in text
    assert "kim@" not in text


# The change.


@pytest.mark.parametrize(
    ("title", "branch", "ticket"),
    [
        ("PAY-4711: retry", "x", "PAY-4711"),
        ("Retry", "feature/PAY-12-retry", "PAY-12"),
        ("Retry (A1B-3)", "", "A1B-3"),
        ("UTF-8 and PAY-1", "", "UTF-8"),
        ("retry pay-1", "", None),
        ("XPAY-1x2", "", "XPAY-1"),
        ("Retry", "", None),
    ],
)
def test_the_first_that_looks_like_a_ticket(title: str, branch: str, ticket: str | None) -> None:
    change = a_change(title=title, branch=branch)
    assert record(change=change)["change.ticket"] == ticket


def test_checks_and_who_knew_the_way_back() -> None:
    change = a_change(checks=(Check(name="unit", conclusion="success"),))
    requirement = a_requirement(checklist=(ROLL_BACK,))
    review = replace(approves("ada"), review=a_review("ada", checklist=(ROLL_BACK,)))
    found = record(review, change=change, requirement=requirement)
    assert found["testing.checks"] == [{"name": "unit", "conclusion": "success", "url": None}]
    assert found["rollback.known_to"] == ["ada"]


# How it went.


def test_from_asking_to_the_end() -> None:
    found = record(approves("ada"), reported(), shipped())
    assert found["timeline.waited_seconds"] == 300
    assert found["timeline.answered_in_time"] is True
    assert [it["what"] for it in found["timeline.events"]] == [
        "opened",
        "reviewed: approve by ada",
        "reported: taken",
        "shipped",
    ]
    assert [it["seq"] for it in found["timeline.events"]] == [1, 2, 3, 4]
    assert (found["outcome.deployed"], found["outcome.deployed_without_yes"]) == (True, False)


@pytest.mark.parametrize(
    ("events", "unasked"),
    [
        ((shipped(),), True),
        ((shipped(after=2), approves("ada")), True),
        ((approves("ada"), shipped()), False),
        ((approves("ada"), shipped(succeeded=False)), False),
        ((rejects("ada"), shipped()), True),
        ((overridden(), shipped()), False),
        ((overridden(until=SOON + minutes(30)), shipped(after=95)), False),
        ((overridden(until=SOON + minutes(30)), shipped(after=96)), True),
    ],
)
def test_what_was_deployed_before_a_yes(events: tuple[Event, ...], unasked: bool) -> None:
    assert record(*events)["outcome.deployed_without_yes"] is unasked


def test_an_emergency_and_who_looked_at_it_afterwards() -> None:
    review = OverrideReview(by="ruth", fine=False, note="call next time", at=SOON + hours(2))
    afterwards = OverrideReviewed(
        review=review,
        standing=standing("ruth"),
        rules=OverrideRules(people=frozenset({"pat", "ruth"})),
    )
    found = record(overridden(), afterwards)
    assert (found["decision.by"], found["decision.reason"]) == (["pat"], "customers cannot pay")
    assert (found["emergency.incident"], found["emergency.overridden"]) == ("INC-7", True)
    assert (found["emergency.reviewed_by"], found["emergency.review_fine"]) == ("ruth", False)
    assert found["policy.exceptions"] == ["override"]


@pytest.mark.parametrize("grace", [timedelta(0), minutes(5)], ids=["at once", "after a while"])
@pytest.mark.parametrize("left", [True, False])
def test_only_whose_approval_counted_is_named(left: bool, grace: timedelta) -> None:
    """Ada approved and has left the group since: she is among the reviews, and decided nothing."""
    ask = Ask(approvals=2, level="senior", groups=frozenset({PAYMENTS}))
    there = with_person(ROSTER, a_person("lin"), PAYMENTS)
    now = out_of_groups(there, "ada") if left else there
    events: list[Event] = [approves("ada", roster=there), approves("grace", roster=now)]
    if left:
        events.append(approves("lin", roster=now))
    if grace:
        events.append(Settled(standings=standings(there), at=SOON + hours(1)))
    found = record(*events, requirement=a_requirement(ask, grace=grace))
    assert found["decision.status"] == "approved"
    assert found["decision.by"] == (["grace", "lin"] if left else ["ada", "grace"])
    assert "ada" in {it["person"] for it in found["people.reviews"]}


def test_the_last_reason_of_those_who_decided() -> None:
    assert record(rejects("ada", reason="no tests"))["decision.reason"] == "no tests"
    assert record(withdrawn("jun", "not today"))["decision.by"] == ["jun"]


# Integrity.


def test_the_command_is_what_a_shell_takes() -> None:
    change = a_change(environment="a b; rm -rf $HOME", artifact_digest="sha256:" + "e" * 64)
    command = record(approves("ada"), change=change)["integrity.verify_command"]
    assert shlex.split(command) == [
        "countersign",
        "verify",
        "sgn_1.json",
        "--key",
        "countersign.pub",
        "--repository=acme/payments-api",
        f"--revision={sha('a')}",
        "--environment=a b; rm -rf $HOME",
        "--artifact=sha256:" + "e" * 64,
        "--at=2026-11-23T10:05:00Z",
    ]


@pytest.mark.parametrize("event", [rejects("ada"), withdrawn()])
def test_nothing_verifies_what_was_not_let_go_on(event: Event) -> None:
    found = record(event)
    assert (found["integrity.verify_command"], found["timeline.valid_until"]) == (None, None)
    assert record(approves("ada"))["timeline.valid_until"] == HOLDS.until


def test_a_record_that_does_not_hold_says_so() -> None:
    found = record(
        approves("ada"), found=replace(HOLDS, flaws=("it is not what its entries tell",))
    )
    assert found["integrity.verified"] is False
    assert found["integrity.flaws"] == ["it is not what its entries tell"]
    assert record(approves("ada"))["integrity.verified"] is True


def test_entries_that_begin_with_nothing_tell_nothing() -> None:
    with pytest.raises(ValueError, match="begin with its opening"):
        retold([])
    with pytest.raises(ValueError, match="begin with its opening"):
        retold([Entry(1, "a", approves("ada"))])


def test_what_decided_is_the_entry_that_ended_it() -> None:
    made = told(approves("ada"), reported(), shipped())
    assert made.decided is not None
    assert made.decided.seq == 2
    assert told().decided is None
    assert isinstance(made.entries[0].event, Opened)
