"""What do earlier revisions, answers in Slack and a senior's word add to the evidence?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.conventions import standard
from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.provenance import (
    KEPT_AT_MOST,
    AiStatus,
    Provenance,
    Statement,
    assess,
    because,
    strongest,
)

THEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOW = THEN + timedelta(hours=1)
OLD, NEW = "a" * 40, "b" * 40
CLAUDE = "Co-Authored-By: Claude Opus 9 <noreply@anthropic.com>"
PLAIN = Change(
    connection="hook",
    key="pay/1",
    repository="acme/pay",
    revision=NEW,
    environment="production",
    title="Retry refunds",
    author=Identity(login="jun", kind="User"),
)


def commit(message: str, letter: str = "c") -> Commit:
    return Commit(sha=letter * 40, message=message)


MARKED = replace(PLAIN, revision=OLD, commits=(commit(CLAUDE),))
EARLIER = assess(MARKED, standard(), at=THEN).findings


def now(
    change: Change = PLAIN,
    before: tuple[Finding, ...] = (),
    statements: tuple[Statement, ...] = (),
    set_aside: frozenset[str] = frozenset(),
) -> Provenance:
    return assess(
        change, standard(), at=NOW, before=before, statements=statements, set_aside=set_aside
    )


def answer(revision: str, *, assisted: bool) -> Statement:
    return Statement(person="jun", assisted=assisted, at=THEN, revision=revision)


def test_what_was_pushed_over_stays_evidence_and_is_shown_as_gone() -> None:
    provenance = now(before=EARLIER)
    (finding,) = provenance.findings
    assert provenance.status is AiStatus.ASSISTED
    assert (finding.present, finding.seen_at, finding.revision) == (False, THEN, OLD)
    assert because(provenance) == (
        "AI-assisted (co-author trailer: Claude Code, in an earlier revision)"
    )


def test_what_is_still_there_was_first_seen_then() -> None:
    (finding,) = now(replace(MARKED, revision=NEW), before=EARLIER).findings
    assert (finding.present, finding.seen_at, finding.revision) == (True, THEN, OLD)
    assert now(replace(MARKED, revision=NEW)).findings[0].seen_at == NOW


def test_what_is_back_again_is_no_longer_gone() -> None:
    gone = now(before=EARLIER).findings
    assert now(replace(MARKED, revision=NEW), before=gone).findings[0].present


def test_a_no_of_an_earlier_revision_answers_for_that_one_alone() -> None:
    denied = now(replace(PLAIN, description="AI-Assisted: no")).findings
    assert now(before=denied).status is AiStatus.UNDECLARED
    assert now(replace(PLAIN, commits=(commit(CLAUDE),)), before=denied).status is AiStatus.ASSISTED


def test_a_no_now_contradicts_the_evidence_of_an_earlier_revision() -> None:
    change = replace(PLAIN, ai=AiStatement(assisted=False))
    assert now(change).status is AiStatus.DECLARED_HUMAN
    assert now(change, before=EARLIER).status is AiStatus.CONTRADICTED


def test_a_yes_in_answer_counts_for_every_later_revision() -> None:
    provenance = now(statements=(answer(OLD, assisted=True),))
    assert provenance.status is AiStatus.ASSISTED
    assert because(provenance) == "AI-assisted (statement: an AI tool)"


def test_a_no_in_answer_counts_for_its_own_revision() -> None:
    assert now(statements=(answer(NEW, assisted=False),)).status is AiStatus.DECLARED_HUMAN
    assert now(statements=(answer(OLD, assisted=False),)).status is AiStatus.UNDECLARED


def test_a_yes_and_a_no_contradict_each_other() -> None:
    both = (answer(OLD, assisted=True), answer(NEW, assisted=False))
    assert now(statements=both).status is AiStatus.CONTRADICTED


def test_what_a_senior_set_aside_stays_listed_and_no_longer_counts() -> None:
    ids = frozenset(finding.id for finding in EARLIER)
    provenance = now(before=EARLIER, set_aside=ids)
    assert (provenance.status, provenance.tools) == (AiStatus.UNDECLARED, ())
    assert [finding.set_aside for finding in provenance.findings] == [True]
    assert now(before=provenance.findings).status is AiStatus.ASSISTED


def test_setting_one_finding_aside_leaves_the_next() -> None:
    ids = frozenset(finding.id for finding in EARLIER)
    twin = replace(MARKED, revision=NEW, commits=(commit(CLAUDE), commit(CLAUDE, "d")))
    assert now(twin, before=EARLIER, set_aside=ids).status is AiStatus.ASSISTED


def test_the_id_of_a_finding_is_what_it_says_and_not_when() -> None:
    (finding,) = EARLIER
    assert finding.id == replace(finding, seen_at=NOW, revision=NEW, present=False).id
    for other in ("source", "tool", "text", "where"):
        assert finding.id != replace(finding, **{other: "else"}).id
    assert replace(finding, text="\ud800").id


def test_no_more_than_a_hundred_are_kept_and_those_that_count_come_first() -> None:
    weak = tuple(replace(EARLIER[0], text=str(n), tier=Tier.INFERRED) for n in range(150))
    aside = replace(EARLIER[0], text="aside", set_aside=True)
    kept = strongest((aside, *weak, EARLIER[0]))
    assert len(kept) == KEPT_AT_MOST
    assert kept[0] == EARLIER[0]
    assert aside not in kept
    assert now(before=(*weak, *EARLIER)).status is AiStatus.ASSISTED


SEVERITY = {
    AiStatus.AUTOMATION: 0,
    AiStatus.DECLARED_HUMAN: 1,
    AiStatus.UNDECLARED: 1,
    AiStatus.SUSPECTED: 2,
    AiStatus.ASSISTED: 3,
    AiStatus.CONTRADICTED: 4,
}
TEXTS = st.sampled_from(["", CLAUDE, "AI-Assisted: no", "I used Claude.", "Made with Cursor"])
CHANGES = st.builds(
    lambda description, message, ai: replace(
        PLAIN, description=description, commits=(commit(message),), ai=ai
    ),
    TEXTS,
    TEXTS,
    st.none() | st.builds(AiStatement, assisted=st.booleans()),
)


@given(CHANGES, st.lists(CHANGES, max_size=3))
@settings(deadline=None)
def test_what_was_seen_before_never_lowers_a_status(change: Change, earlier: list[Change]) -> None:
    before = tuple(finding for one in earlier for finding in now(one).findings)
    assert SEVERITY[now(change, before=before).status] >= SEVERITY[now(change).status]


@given(CHANGES, CHANGES)
@settings(deadline=None)
def test_strong_evidence_of_any_revision_is_never_forgotten(first: Change, second: Change) -> None:
    if now(first).status in (AiStatus.ASSISTED, AiStatus.CONTRADICTED):
        later = now(second, before=now(first).findings)
        assert later.status in (AiStatus.ASSISTED, AiStatus.CONTRADICTED)


@given(CHANGES, TEXTS)
@settings(deadline=None)
def test_taking_a_text_away_adds_no_finding_elsewhere(change: Change, text: str) -> None:
    more = replace(change, commits=(*change.commits, commit(text, "d")))
    assert set(now(change).findings) <= set(now(more).findings)
