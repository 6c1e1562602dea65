"""Does the judge see what is unlawful, and nothing else? One lawful life, and one flaw at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.domain.events import Event, Opened
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff, Verdict
from tests.builders import (
    DIGEST,
    NOW,
    ROSTER,
    SOON,
    a_change,
    an_ask,
    approves,
    hours,
    minutes,
    opened,
    rejects,
    reported,
    sha,
    superseded,
    time_passes,
    withdrawn,
    without_person,
)
from tests.faults.evidence import (
    Entry,
    Evidence,
    InForce,
    Outage,
    Press,
    Received,
    Reminder,
    Waiting,
)
from tests.faults.judge import judge

LATER = NOW + hours(48)
APPROVED = approves("ada", reason="because of 1")
REPORTED = reported(at=SOON + minutes(1))
EXPIRED = time_passes(NOW + hours(8))
NEWER = opened(
    signoff_id="sgn_2", change=a_change(key="2", revision=sha("b")), at=SOON + minutes(2)
)


def entries(*events: Event, of: str = "sgn_1", first: int = 1) -> list[Entry]:
    return [
        Entry(seq=number, signoff=of, event=event, written_at=event.at)
        for number, event in enumerate(events, start=first)
    ]


def as_replayed(trail: Sequence[Entry]) -> dict[str, Signoff]:
    events = [entry.event for entry in trail]
    begun = events[0]
    assert isinstance(begun, Opened)
    return {begun.signoff_id: replay(begun, events[1:])}


def a_report(**facts: Any) -> Received:
    known: dict[str, Any] = {
        "message_id": "msg_sgn_1_approved",
        "signoff": "sgn_1",
        "status": "approved",
        "digest": "sha256:1",
        "at": SOON + minutes(1),
    }
    return Received(**{**known, **facts})


def a_case(*later: Event, start: Opened | None = None, **facts: Any) -> Evidence:
    """Ada approves, and the pipeline hears of it; or whatever happened instead."""
    trail = entries(start or opened(), *(later or (APPROVED, REPORTED)))
    known: dict[str, Any] = {
        "entries": trail,
        "stored": as_replayed(trail) if "stored" not in facts else {},
        "received": [a_report()],
        "attested": frozenset({"sgn_1"}),
        "in_force": [InForce(since=NOW, roster=ROSTER, policy_digest=DIGEST)],
        "presses": [Press(id="c", person="ada", words="because of 1", counted=True)],
        "acknowledged": frozenset({"payments-api/deploy/4711"}),
        "sweep": minutes(1),
        "ended_at": LATER,
    }
    return Evidence(**{**known, **facts})


def an_expiry(at: datetime, **facts: Any) -> Evidence:
    said = {"presses": [], "received": [a_report(status="expired", at=LATER)], **facts}
    return a_case(time_passes(at), **said)


def laws(evidence: Evidence) -> set[str]:
    return {violation.law for violation in judge(evidence)}


@pytest.mark.parametrize(
    "evidence",
    [
        a_case(),
        a_case(received=[a_report(), a_report(at=LATER)]),
        a_case(reported(accepted=False), start=opened(), received=[], presses=[], calm=False),
        a_case(APPROVED, received=[], waiting=[Waiting(signoff="sgn_1", effect="tell_pipeline")], calm=False),
        a_case(withdrawn(), REPORTED, received=[a_report(status="withdrawn")], presses=[]),
        a_case(rejects(), REPORTED, received=[a_report(status="rejected")], presses=[]),
        an_expiry(NOW + hours(8)),
        an_expiry(NOW + hours(11), outages=[Outage(NOW + hours(7), NOW + hours(11))]),
        a_case(reminders=[], start=opened(an_ask(1))),
    ],
)  # fmt: skip
def test_what_is_lawful_passes(evidence: Evidence) -> None:
    assert judge(evidence) == []


@pytest.mark.parametrize(
    ("law", "evidence"),
    [
        ("message id", a_case(received=[a_report(), a_report(message_id="msg_2")])),
        ("disagree", a_case(received=[a_report(), a_report(digest="sha256:2")])),
        ("disagree", a_case(received=[a_report(status="rejected")])),
        ("reported", a_case(received=[a_report(at=NOW)])),
        ("reported", a_case(received=[a_report(), a_report(signoff="sgn_9")])),
        ("reported", a_case(received=[a_report(taken=False)])),
        ("reported", a_case(APPROVED, REPORTED, reported(accepted=False, at=LATER))),
        ("lost", a_case(APPROVED, received=[])),
        ("lost", a_case(APPROVED, received=[], waiting=[Waiting(signoff="sgn_1", effect="tell_pipeline")])),
        ("lost", a_case(attested=frozenset())),
        ("lost", a_case(acknowledged=frozenset({"another"}))),
        ("click", a_case(presses=[Press(id="c", person="ada", words="because of 2", counted=True)])),
        ("reminder", a_case(reminders=[Reminder(signoff="sgn_1", at=SOON)])),
        ("sweep", an_expiry(NOW + hours(11))),
        ("sweep", an_expiry(NOW + hours(11), outages=[Outage(NOW + hours(7), NOW + hours(10))])),
        ("deadlines", a_case(time_passes(NOW), stored={})),
        ("eligible", a_case(in_force=[InForce(since=NOW, roster=without_person(ROSTER, "ada"), policy_digest=DIGEST)])),
        ("policy", a_case(in_force=[InForce(since=NOW, roster=ROSTER, policy_digest="another")])),
        ("database time", a_case(entries=[*entries(opened()), replace(entries(APPROVED, first=2)[0], written_at=LATER)])),
        ("expiry", a_case(entries=[*entries(opened()), replace(entries(APPROVED, first=2)[0], written_at=LATER)])),
        ("chain", a_case(entries=[*entries(opened()), *entries(APPROVED, first=3)])),
        ("final is final", a_case(entries=entries(opened(), APPROVED, approves("grace")))),
        ("replay", a_case(entries=entries(opened()))),
        ("together", a_case(stored={})),
        ("revision", a_case(entries=entries(opened(), approves("ada", revision=sha("b"))))),
        ("status", a_case(entries=entries(opened(an_ask(2)), APPROVED))),
    ],
)  # fmt: skip
def test_what_is_unlawful_is_named(law: str, evidence: Evidence) -> None:
    if not evidence.stored and law != "together":
        evidence = replace(evidence, stored=as_replayed(entries(opened())))
    assert law in laws(evidence)


def test_nothing_waits_on_after_its_expiry() -> None:
    trail = entries(opened())
    waits = a_case(entries=trail, stored=as_replayed(trail), received=[], presses=[], attested=None)
    assert laws(waits) == {"sweep"}
    assert laws(replace(waits, ended_at=NOW + hours(8))) == set()


def test_a_newer_change_ends_the_older_one() -> None:
    ends = superseded(at=NEWER.at)
    older = entries(opened(), ends)
    newer = entries(NEWER, of="sgn_2", first=3)
    stored = {**as_replayed(older), **as_replayed(newer)}
    told = [a_report(status="superseded", at=LATER)]
    case = a_case(presses=[], attested=None, received=told, calm=False)
    lawful = replace(case, entries=[*older, *newer], stored=stored)
    assert laws(lawful) == set()
    waited = [older[0], replace(newer[0], seq=2), replace(older[1], seq=3)]
    assert laws(replace(lawful, entries=waited)) == {"superseded"}


def test_a_change_is_opened_once() -> None:
    first, second = (
        entries(opened(), withdrawn()),
        entries(replace(NEWER, change=a_change(revision=sha("b"))), of="sgn_2", first=3),
    )
    stored = {**as_replayed(first), **as_replayed(second)}
    told = [a_report(status="withdrawn", at=LATER)]
    case = a_case(presses=[], attested=None, received=told, calm=False)
    assert laws(replace(case, entries=[*first, *second], stored=stored)) == {"told twice"}


def test_the_same_click_twice_is_one_review() -> None:
    again = approves("ada", reason="because of 1", at=SOON + minutes(1))
    trail = entries(
        opened(an_ask(2)),
        APPROVED,
        replace(again, review=replace(again.review, verdict=Verdict.REJECT)),
    )
    case = a_case(entries=trail, stored=as_replayed(trail), calm=False, attested=None)
    told = replace(case, received=[a_report(status="rejected")])
    assert laws(told) == {"click"}
