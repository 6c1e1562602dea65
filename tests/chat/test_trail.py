"""Does the trail say in words what happened?"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from bot.chat.slack.richtext import section, spoken
from bot.domain.events import (
    Declared,
    Event,
    EvidenceSetAside,
    Overridden,
    OverrideAsked,
    OverrideReviewed,
    Released,
    Renewed,
    ReviewTakenBack,
    Settled,
    Shipped,
)
from bot.domain.override import NOBODY_MAY, OverrideReview
from bot.domain.overriding import override_of, wanted_of
from bot.domain.provenance import Statement
from bot.domain.proving import TYPED
from bot.domain.signoff import Asked, Carried, SetAside, Shipment
from bot.domain.telling_trail import told
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_review,
    approves,
    opened,
    reassessed,
    rejects,
    reported,
    sha,
    standing,
    superseded,
    time_passes,
    withdrawn,
)
from tests.chat.house import words_in
from tests.domain.test_progress import CLAIMED, answers, asks, passed

SET_ASIDE = SetAside(finding="f" * 32, by="ada", at=SOON, reason="<!here> a quotation")

WANTED = wanted_of("pat", "all is down", "INC-7", SOON, TYPED, 1)


def declared(assisted: bool) -> Declared:
    said = Statement(person="jun", assisted=assisted, at=SOON, revision=sha("a"))
    return Declared(statement=said)


CAST = Carried(signoff_id="sgn_0", revision=sha("0"), policy_digest="sha256:0")
KEPT = (a_review("ada", carried=CAST), a_review("grace", carried=CAST))

ASKED = "Asked for by payments-ci; asked: Ada, Grace"
ANEW = "Policy, people or evidence changed, so it was judged anew"
MANY = tuple(Asked(person=f"p{n}") for n in range(12))

EVENTS: list[tuple[Event, str]] = [
    (opened(), ASKED),
    (opened(invited=()), "Asked for by payments-ci"),
    (
        opened(invited=MANY),
        "Asked for by payments-ci; asked: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more",
    ),
    (
        opened(renews="sgn_0", renewal=1),
        "Asked for by payments-ci again, after sgn_0 expired; asked: Ada, Grace",
    ),
    (opened(carried=KEPT[:1]), f"{ASKED}; kept 1 approval of sgn_0, the identical change"),
    (opened(carried=KEPT), f"{ASKED}; kept 2 approvals of sgn_0, the identical change"),
    (approves(), "Ada approved"),
    (rejects(reason="no tests"), "Ada rejected: “no tests”"),
    (ReviewTakenBack(person="ada", at=SOON), "Ada took that back"),
    (Settled(at=SOON, standings=()), "Nobody took it back, so it counts"),
    (CLAIMED, "Ada is on it until 2026-11-23 10:35 UTC"),
    (Released(person="ada", at=SOON), "Ada let go of it"),
    (Released(person="ada", at=SOON, lapsed=True), "Ada has not come to it in time"),
    (passed("ada", "grace"), "Ada passed it on to Grace: “knows refunds”"),
    (asks("ada"), "Ada asked the author: “Why three times?”"),
    (answers(1), "Jun answered: “It is what they advise.”"),
    (reassessed(), f"{ANEW}; asked now: Ada, Grace"),
    (replace(reassessed(), invited=()), ANEW),
    (declared(True), "Jun said that AI helped"),
    (declared(False), "Jun said that AI did not help"),
    (
        EvidenceSetAside(set_aside=SET_ASIDE, standing=standing("ada")),
        "Ada set evidence aside: “<!here> a quotation”",
    ),
    (time_passes(SOON), "A deadline passed, so these were asked too: Pat, Ruth"),
    (replace(time_passes(SOON), invited=()), "A deadline passed"),
    (superseded(), "Replaced by sgn_2"),
    (withdrawn(), "Withdrawn by Jun: “not today”"),
    (withdrawn(by=""), "Withdrawn by the pipeline: “not today”"),
    (
        OverrideAsked(
            wanted=WANTED,
            standing=standing("pat"),
            rules=NOBODY_MAY,
        ),
        "Pat asked to override it, for INC-7: “all is down”",
    ),
    (
        Overridden(
            override=override_of(WANTED, NOBODY_MAY),
            standings=(),
            rules=NOBODY_MAY,
        ),
        "Pat overrode it, for INC-7: “all is down”",
    ),
    (
        Overridden(
            override=replace(override_of(WANTED, NOBODY_MAY), reason="<!here>", second="ruth"),
            standings=(),
            rules=NOBODY_MAY,
        ),
        "Pat and Ruth overrode it, for INC-7: “<!here>”",
    ),
    (
        OverrideReviewed(
            review=OverrideReview(by="ada", fine=False, note="it could wait", at=SOON),
            standing=standing("ada"),
            rules=NOBODY_MAY,
        ),
        "Ada says the override was wrong: “it could wait”",
    ),
    (Renewed(renewed_as="sgn_2", by="jun", at=SOON), "Asked for again by Jun, as sgn_2"),
    (Renewed(renewed_as="sgn_2", by="", at=SOON), "Asked for again by the pipeline, as sgn_2"),
    (reported(), "The pipeline took our answer"),
    (reported(False, "HTTP 500"), "The pipeline refused our answer: “HTTP 500”"),
    (Shipped(shipment=Shipment(at=SOON, succeeded=True)), "The pipeline deployed it"),
    (
        Shipped(shipment=Shipment(at=SOON, succeeded=False, detail="no room")),
        "The pipeline failed to deploy it: “no room”",
    ),
]


def test_every_sort_of_event_is_looked_at() -> None:
    assert {type(event) for event, _ in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize(("event", "sentence"), EVENTS, ids=[words for _, words in EVENTS])
def test_each_event_is_told_in_a_sentence(event: Event, sentence: str) -> None:
    moment, _, rest = words_in(section(*spoken(told(event, ROSTER)))).partition("  ")
    assert rest == sentence
    assert moment == ("2026-11-23 10:00 UTC" if event.at == NOW else "2026-11-23 10:05 UTC")
