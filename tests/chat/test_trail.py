"""Does the trail say in words what happened?"""

from __future__ import annotations

import pytest

from bot.chat.slack.richtext import section, spoken
from bot.chat.slack.trail import told
from bot.domain.events import Declared, Event, EvidenceSetAside
from bot.domain.provenance import Statement
from bot.domain.signoff import Carried, SetAside
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

SET_ASIDE = SetAside(finding="f" * 32, by="ada", at=SOON, reason="<!here> a quotation")


def declared(assisted: bool) -> Declared:
    said = Statement(person="jun", assisted=assisted, at=SOON, revision=sha("a"))
    return Declared(statement=said)


CAST = Carried(signoff_id="sgn_0", revision=sha("0"), policy_digest="sha256:0")
KEPT = (a_review("ada", carried=CAST), a_review("grace", carried=CAST))

EVENTS: list[tuple[Event, str]] = [
    (opened(), "Asked for by payments-ci"),
    (
        opened(carried=KEPT[:1]),
        "Asked for by payments-ci; kept 1 approval of sgn_0, the identical change",
    ),
    (
        opened(carried=KEPT),
        "Asked for by payments-ci; kept 2 approvals of sgn_0, the identical change",
    ),
    (approves(), "Ada approved"),
    (rejects(reason="no tests"), "Ada rejected: “no tests”"),
    (reassessed(), "Policy, people or evidence changed, so it was judged anew"),
    (declared(True), "Jun said that AI helped"),
    (declared(False), "Jun said that AI did not help"),
    (
        EvidenceSetAside(set_aside=SET_ASIDE, standing=standing("ada")),
        "Ada set evidence aside: “<!here> a quotation”",
    ),
    (time_passes(SOON), "A deadline passed"),
    (superseded(), "Replaced by sgn_2"),
    (withdrawn(), "Withdrawn by Jun: “not today”"),
    (reported(), "The pipeline took our answer"),
    (reported(False, "HTTP 500"), "The pipeline refused our answer: “HTTP 500”"),
]


@pytest.mark.parametrize(("event", "sentence"), EVENTS, ids=[words for _, words in EVENTS])
def test_each_event_is_told_in_a_sentence(event: Event, sentence: str) -> None:
    moment, _, rest = words_in(section(*spoken(told(event, ROSTER)))).partition("  ")
    assert rest == sentence
    assert moment == ("2026-11-23 10:00 UTC" if event.at == NOW else "2026-11-23 10:05 UTC")
