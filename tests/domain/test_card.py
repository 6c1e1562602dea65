"""Does a card say all that a person has to know, and let nothing of others act in it?"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.card import Card, card_of
from bot.domain.change import AiStatement, Change, Check, Commit
from bot.domain.conditions import When
from bot.domain.events import Event, Renewed, Shipped
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.lifecycle import begin
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.risk import Reason, Risk, RiskTier
from bot.domain.signoff import Carried, Shipment, Signoff, Status
from bot.domain.spans import Link, Moment, Ours, Theirs, duration, harmless
from tests.builders import (
    DIGEST,
    NOW,
    ROSTER,
    SOON,
    a_change,
    a_file,
    a_policy,
    a_requirement,
    a_review,
    a_rule,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    judged,
    minutes,
    opened,
    reassessed,
    rejects,
    reported,
    sha,
    standings,
    superseded,
    time_passes,
    who,
    withdrawn,
)


def said(card: Card, label: str) -> str:
    """The words under a label, as a person reads them."""
    spans = [span for fact in card.facts if fact.label == label for span in fact.spans]
    return "".join(
        span.at.strftime("%d %b %H:%M") if isinstance(span, Moment) else span.text for span in spans
    )


def labels(card: Card) -> list[str]:
    return [fact.label for fact in card.facts]


def shipped(succeeded: bool = True, detail: str = "") -> Shipped:
    at = NOW + minutes(20)
    return Shipped(shipment=Shipment(at=at, succeeded=succeeded, detail=detail))


def showing(signoff: Signoff, **choice: bool) -> Card:
    return card_of(signoff, ROSTER, **choice)


# Making words from outside harmless.

HOSTILE = {
    "bidi override": "a\u202eb",
    "bidi isolate": "a\u2066b\u2069",
    "right-to-left mark": "a\u200fb",
    "zero width space": "a\u200bb",
    "zero width joiner": "a\u200db",
    "word joiner": "a\u2060b",
    "byte order mark": "a\ufeffb",
    "soft hyphen": "a\u00adb",
    "tag character": "a\U000e0041b",
    "null": "a\x00b",
    "escape": "a\x1b[31mb",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "c1 control": "a\x9bb",
    "private use": "a\ue000b",
    "surrogate": "a\ud800b",
    "hangul filler": "a\u3164b",
    "choseong filler": "a\u115fb",
    "jungseong filler": "a\u1160b",
    "half width filler": "a\uffa0b",
    "braille blank": "a\u2800b",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_cannot_be_seen_is_gone(text: str) -> None:
    assert harmless(text, 80).replace("[31m", "") in ("ab", "a b")


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", "\v", "\f", "\x85", "\u2028", "\u2029", "\xa0", "\u3000"])  # fmt: skip
def test_it_is_one_line(space: str) -> None:
    assert harmless(f" a{space}{space}b ", 80) == "a b"


def test_what_can_be_seen_stays() -> None:
    text = "Größe <b> & *fett* 日本語 عربى 🎉 é"
    assert harmless(text, 80) == text


@given(text=st.text(), limit=st.integers(1, 50))
def test_it_is_short_printable_and_steady(text: str, limit: int) -> None:
    line = harmless(text, limit)
    assert len(line) <= limit
    assert all(unicodedata.category(char)[0] != "C" for char in line)
    assert not any(char.isspace() and char != " " for char in line)
    assert harmless(line, limit) == line


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert harmless("abcdef", 6) == "abcdef"
    assert harmless("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (minutes(1), "1 min"),
        (minutes(125), "2 h 5 min"),
        (timedelta(days=2), "48 h 0 min"),
    ],
)
def test_durations(length: timedelta, words: str) -> None:
    assert duration(length) == words


# What it says.

STATUSES = {
    Status.PENDING: a_signoff(),
    Status.APPROVED: after(a_signoff(), approves("ada", reason="read it")),
    Status.REJECTED: after(a_signoff(), rejects("grace", "refunds twice")),
    Status.EXPIRED: after(a_signoff(), time_passes(NOW + hours(8))),
    Status.SUPERSEDED: after(a_signoff(), superseded("sgn_2")),
    Status.WITHDRAWN: after(a_signoff(), withdrawn("jun", "not today")),
    Status.OVERRIDDEN: replace(
        a_signoff(),
        status=Status.OVERRIDDEN,
        decided_at=SOON,
        ended_by="pat",
        ended_why="fire",
    ),
    Status.NOT_REQUIRED: a_signoff(an_ask(0)),
}

LATER = "23 Nov 10:05, after 5 min"

OUTCOMES = {
    Status.PENDING: "",
    Status.APPROVED: f"Approved by Ada, {LATER}: “read it”",
    Status.REJECTED: f"Rejected by Grace, {LATER}: “refunds twice”",
    Status.EXPIRED: "Expired 23 Nov 18:00: nobody decided within 8 h",
    Status.SUPERSEDED: f"Replaced by sgn_2, {LATER}",
    Status.WITHDRAWN: f"Withdrawn by Jun, {LATER}: “not today”",
    Status.OVERRIDDEN: f"Overridden in an emergency by Pat, {LATER}: “fire”",
    Status.NOT_REQUIRED: "Policy asks nobody to sign this",
}


@pytest.mark.parametrize("status", Status)
def test_every_status_has_its_outcome(status: Status) -> None:
    outcome = said(showing(STATUSES[status]), "Outcome")
    assert outcome == OUTCOMES[status]
    assert bool(outcome) is status.is_final


def test_what_the_pipeline_took_back_names_no_person() -> None:
    gone = after(a_signoff(), withdrawn("", "It was closed"))
    assert said(showing(gone), "Outcome") == f"Withdrawn by the pipeline, {LATER}: “It was closed”"


@pytest.mark.parametrize("status", Status)
def test_every_status_has_its_headline(status: Status) -> None:
    card = showing(STATUSES[status])
    assert card.headline.endswith(": acme/payments-api → production")
    assert (card.status, card.open) == (status, not status.is_final)


def test_shadow_says_that_it_is_shadow() -> None:
    card = showing(a_signoff(requirement=a_requirement(shadow=True)))
    assert "shadow" in said(card, "Outcome")


TOLD = "was told to go on 23 Nov 10:05"


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((), "is being told to go on"),
        ((reported(),), TOLD),
        ((reported(False, "HTTP 410"),), "did not accept our answer, 23 Nov 10:05: HTTP 410"),
        ((reported(), shipped()), f"{TOLD}; deployed 23 Nov 10:20"),
        ((reported(), shipped(False, "no room")), f"{TOLD}; failed 23 Nov 10:20: “no room”"),
    ],
    ids=["not yet", "accepted", "refused", "deployed", "failed"],
)
def test_it_says_what_the_pipeline_did(events: tuple[Event, ...], told: str) -> None:
    card = showing(after(STATUSES[Status.APPROVED], *events))
    assert said(card, "Pipeline") == told


@pytest.mark.parametrize(
    ("succeeded", "headline"),
    [(True, "Approved: "), (False, "Approved, deployment failed: ")],
)
def test_the_headline_says_so_where_the_deployment_failed(succeeded: bool, headline: str) -> None:
    card = showing(after(STATUSES[Status.APPROVED], reported(), shipped(succeeded)))
    assert card.headline == f"{headline}acme/payments-api → production"


def test_a_pipeline_that_was_stopped_was_told_to_stop() -> None:
    card = showing(after(STATUSES[Status.REJECTED], reported()))
    assert said(card, "Pipeline") == "was told to stop 23 Nov 10:05"


def test_a_pipeline_without_an_address_asks_itself() -> None:
    card = showing(after(a_signoff(change=a_change(reply_to={})), approves("ada")))
    assert said(card, "Pipeline") == "asks for the answer itself"


def test_an_approval_that_was_kept_says_of_which_change() -> None:
    cast = Carried(signoff_id="sgn_0", revision=sha("0"), policy_digest=DIGEST)
    kept = opened(carried=(a_review("ada", carried=cast),), standings=standings())
    assert "Approved by Ada as sgn_0, the identical change, " in said(
        showing(begin(kept).signoff), "Outcome"
    )


def test_what_expired_can_be_asked_for_again_once() -> None:
    expired = STATUSES[Status.EXPIRED]
    again = after(expired, Renewed(renewed_as="sgn_2", by="jun", at=SOON))
    assert (showing(expired).renewable, showing(again).renewable) == (True, False)
    assert said(showing(again), "Now") == "Asked for again as sgn_2"
    assert not showing(a_signoff()).renewable


def test_a_click_on_it_is_about_what_it_shows() -> None:
    card = showing(a_signoff())
    assert (card.signoff_id, card.revision, card.version) == ("sgn_1", sha("a"), 1)
    assert card.policy_digest == a_requirement().policy_digest


def test_while_it_waits_it_says_what_it_needs_and_until_when() -> None:
    card = showing(a_signoff())
    assert said(card, "Needs") == ("1 × senior or above from payments-seniors; asked: Ada, Grace")
    assert said(card, "Expires") == "23 Nov 18:00; unanswered, the pipeline is stopped"


@pytest.mark.parametrize("status", [status for status in Status if status.is_final])
def test_once_decided_it_asks_for_nothing(status: Status) -> None:
    assert {"Needs", "Expires"}.isdisjoint(labels(showing(STATUSES[status])))


def test_where_nobody_may_sign_it_says_so() -> None:
    nobody = a_requirement(replace(an_ask(), groups=frozenset()))
    card = showing(a_signoff(requirement=nobody, invited=()))
    assert said(card, "Needs") == (
        "1 × senior or above from nobody; nobody could be asked: Details says who may sign"
    )


def test_who_made_it() -> None:
    assert said(showing(a_signoff()), "Who") == "Jun (mid)"
    with_ada = a_signoff(contributors=("jun", "ada"))
    assert said(showing(with_ada), "Who") == "Jun (mid), with Ada"


def test_strangers_are_called_so() -> None:
    change = a_change("ghost")
    parts = Contributors(unknown=("ghost", "x@y.example"))
    card = showing(replace(a_signoff(change=change), contributors=parts))
    assert said(card, "Who") == ("ghost (not in the roster); also, not in the roster: x@y.example")


def test_evidence_is_cut_after_two_and_whole_in_the_details() -> None:
    commits = tuple(
        Commit(sha=f"{n}" * 40, message="x\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
        for n in range(5)
    )
    change = a_change(commits=commits)
    signoff = a_signoff(change=change, provenance=judged(change).facts.provenance)
    assert said(showing(signoff), "AI").endswith("• and 3 more")
    assert said(showing(signoff), "AI").count("•") == 3
    assert said(showing(signoff, detailed=True), "AI").count("•") == 5


def test_files_are_counted_and_the_largest_shown() -> None:
    files = tuple(a_file(f"f{n}.py", additions=n, deletions=0) for n in range(50))
    signoff = a_signoff(change=a_change(files=files))
    short = said(showing(signoff), "Changed")
    assert short.startswith("50 files, +1,225 −0\n• f49.py  +49 −0\n• f48.py")
    assert short.endswith("• and 47 more")
    assert said(showing(signoff, detailed=True), "Changed").endswith("• and 10 more")


def test_files_that_met_a_rule_come_first() -> None:
    files = (a_file("big.py", 999), a_file("infra/main.tf", 1))
    asked = a_requirement(because=("touches infra/**",))
    changed = said(showing(a_signoff(change=a_change(files=files), requirement=asked)), "Changed")
    assert changed.index("infra/main.tf") < changed.index("big.py")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"files": (a_file("a", 1, 2),)}, "1 file, +1 −2\n• a  +1 −2"),
        ({"files": (), "files_complete": True}, "0 files, +0 −0"),
        ({"files": (), "files_complete": False}, "not known: the pipeline did not say which files"),
    ],
)
def test_counts_of_files(facts: dict[str, object], words: str) -> None:
    assert said(showing(a_signoff(change=a_change(**facts))), "Changed") == words


def test_a_list_that_was_cut_off_says_so() -> None:
    card = showing(a_signoff(change=a_change(files_complete=False)))
    assert ", and more than we were shown" in said(card, "Changed")


def test_a_renamed_file_says_what_it_was() -> None:
    moved = replace(a_file("new.py"), previous_path="old.py")
    card = showing(a_signoff(change=a_change(files=(moved,))))
    assert "new.py (was old.py)" in said(card, "Changed")


def test_reviews_with_what_no_longer_counts() -> None:
    two = an_ask(2)
    signoff = after(a_signoff(two), approves("ada"), reassessed(two), approves("grace", policy_digest="sha256:policy-2"))  # fmt: skip
    assert said(showing(signoff), "Reviews") == (
        "\n• Ada approved (under an earlier policy, so it no longer counts) 23 Nov 10:05"
        "\n• Grace approved 23 Nov 10:05"
    )


def test_a_link_is_only_what_an_adapter_vouches_for() -> None:
    told = a_change(url="https://evil.example/pull/12")
    assert not _links(showing(a_signoff(change=told)))
    assert said(showing(a_signoff(change=told)), "Revision").endswith(
        "https://evil.example/pull/12"
    )
    built = replace(told, link="https://github.com/acme/payments-api/pull/12")
    assert _links(showing(a_signoff(change=built))) == [built.link]


def _links(card: Card) -> list[str]:
    return [s.url for fact in card.facts for s in fact.spans if isinstance(s, Link)]


def test_checks_and_rationale_are_shown_if_there_are_any() -> None:
    plain = showing(a_signoff())
    assert ("Checks" in labels(plain), plain.rationale) == (False, None)
    change = a_change(
        checks=(
            Check(name="tests", conclusion="success"),
            Check(name="lint", conclusion="failure"),
        ),
        ai=AiStatement(assisted=True, rationale="retry\nis safer"),
    )
    card = showing(a_signoff(change=change))
    assert said(card, "Checks") == "lint: failure; 1 passed: tests"
    assert card.rationale == Theirs("retry is safer")


@pytest.mark.parametrize(
    ("facts", "form"),
    [({}, False), ({"approve_reason": True}, True), ({"checklist": ("rollback",)}, True)],
)
def test_whether_approving_takes_a_form(facts: dict[str, object], form: bool) -> None:
    assert showing(a_signoff(requirement=a_requirement(**facts))).approve_needs_form is form


def test_the_details_say_more() -> None:
    change = a_change(description="Long story", artifact_digest="sha256:" + "0" * 64)
    card = showing(a_signoff(change=change), detailed=True)
    assert labels(card)[-5:] == ["Description", "Rules met", "Artifact", "Key", "Opened"]
    assert said(card, "Opened") == "23 Nov 10:00 as sgn_1"


# What is said once, and not twice.


def a_risk(kind: str, sentence: str) -> Reason:
    return Reason(kind=kind, tier=RiskTier.NORMAL, points=1, sentence=sentence, paths=("a.py",))


ORDINARY = a_risk("content", "It changes more than documentation.")
LARGE = a_risk("size", "It is large: 67494 lines in 3 files.")


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ((ORDINARY,), "normal\n• Nothing stands out"),
        (
            (LARGE, ORDINARY),
            "normal\n• It is large: a.py\n• It changes more than documentation: a.py",
        ),
    ],
)
def test_where_only_the_ordinary_speaks_for_a_risk_nothing_stands_out(
    reasons: tuple[Reason, ...], words: str
) -> None:
    risky = a_signoff(risk=Risk(tier=RiskTier.NORMAL, reasons=reasons))
    assert said(showing(risky, detailed=True), "Risk") == words


def test_evidence_is_told_where_it_is_about_ai_and_not_again_as_the_reason_of_policy() -> None:
    commit = Commit(sha="1" * 40, message="x\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    told = judged(a_change(commits=(commit,)), a_policy(a_rule(when=When(ai=(AiStatus.ASSISTED,)))))
    signoff = replace(
        a_signoff(requirement=told.judgement.requirement), provenance=told.facts.provenance
    )
    assert any(because.startswith("AI-assisted (") for because in signoff.requirement.because)
    assert said(showing(signoff), "Policy").startswith("AI-assisted")
    assert "AI-assisted (" not in said(showing(signoff), "Policy")
    assert "Claude" in said(showing(signoff), "AI")


def test_brackets_of_what_is_no_evidence_are_kept() -> None:
    asked = a_requirement(because=("touches infra (all of it)", "production"))
    assert said(showing(a_signoff(requirement=asked)), "Policy") == (
        "touches infra (all of it); production"
    )


def test_files_that_a_rule_names_come_first_however_the_rule_words_it() -> None:
    """The sentence is the one that the rule itself says."""
    files = (a_file("big.py", 999), a_file("infra/main.tf", 1))
    change = a_change(files=files)
    policy = a_policy(a_rule(when=When(paths=("infra/**",))))
    requirement = judged(change, policy).judgement.requirement
    changed = said(showing(a_signoff(change=change, requirement=requirement)), "Changed")
    assert changed.index("infra/main.tf") < changed.index("big.py")


# Whose words are where.

EVIL = "<!channel> *x* [y](http://z)\n\u202e`q`\x1b[0m"


def _everything_evil() -> Signoff:
    stranger = who(EVIL, email=EVIL, name=EVIL)
    change = Change(
        connection="payments-ci",
        key=EVIL,
        repository="acme/payments-api",
        revision=sha("a"),
        environment="production",
        title=EVIL,
        author=stranger,
        triggered_by=who(f"2{EVIL}"),
        description=EVIL,
        url=EVIL,
        branch=f"claude/{EVIL}",
        commits=(
            Commit(sha=EVIL, message=f"Co-Authored-By: Claude {EVIL} <noreply@anthropic.com>"),
        ),
        files=(replace(a_file(EVIL), previous_path=EVIL),),
        artifact_digest=EVIL,
        ai=AiStatement(assisted=False, tools=(EVIL,), prompted_by=who(f"3{EVIL}"), rationale=EVIL),
        checks=(Check(name=EVIL, conclusion=EVIL),),
        reply_to={"callback_url": EVIL},
    )
    said = judged(change, a_policy(a_rule()))
    signoff = replace(
        a_signoff(change=change, requirement=said.judgement.requirement),
        provenance=said.facts.provenance,
        contributors=said.facts.contributors,
        risk=said.facts.risk,
    )
    return after(signoff, rejects("ada", EVIL), reported(False, EVIL))


@pytest.mark.parametrize("detailed", [False, True])
def test_nothing_of_theirs_stands_where_we_speak(detailed: bool) -> None:
    card = showing(_everything_evil(), detailed=detailed)
    ours = [s.text for f in card.facts for s in f.spans if isinstance(s, Ours)]
    assert not [text for text in (card.headline, *ours) if "channel" in text or "(http" in text]


@pytest.mark.parametrize("detailed", [False, True])
def test_everything_of_theirs_is_harmless(detailed: bool) -> None:
    card = showing(_everything_evil(), detailed=detailed)
    theirs = [s.text for f in card.facts for s in f.spans if isinstance(s, Theirs)]
    assert (card.rationale is not None) is detailed  # what is decided is shown without it
    rationale = [card.rationale.text] if card.rationale else []
    for text in (card.title.text, *rationale, *theirs):
        assert not [char for char in text if unicodedata.category(char)[0] == "C"]
        assert len(text) < 1600


def test_an_environment_that_a_rule_repeats_is_harmless_too() -> None:
    change = a_change(environment="prod\u202e\nx")
    any_place = a_policy(a_rule(when=When(environment=("*",), repository=("*",))))
    asked = judged(change, any_place).judgement.requirement
    assert asked.because == ("prod x", "repository acme/payments-api")


def test_a_person_who_left_is_named_by_id() -> None:
    card = card_of(STATUSES[Status.APPROVED], replace(ROSTER, people={}), detailed=True)
    assert "Approved by ada" in said(card, "Outcome")


def test_moments_are_left_to_the_reader_s_own_clock() -> None:
    moments = [s.at for f in showing(a_signoff()).facts for s in f.spans if isinstance(s, Moment)]
    assert moments == [NOW + hours(8)]
    assert all(isinstance(at, datetime) and at.tzinfo for at in moments)


CHECKS: dict[str, tuple[tuple[str, ...], str]] = {
    "none": ((), ""),
    "one skipped": (("success", "Skipped"), "1 passed: check 0; 1 skipped: check 1"),
    "one failed": (("success", "failure"), "check 1: failure; 1 passed: check 0"),
    "one runs": (("",), "check 0: not finished"),
    "none passed": (("failure", "timed_out"), "check 0: failure · check 1: timed_out"),
}


@pytest.mark.parametrize("case", CHECKS)
def test_of_checks_those_are_named_that_did_not_pass(case: str) -> None:
    conclusions, words = CHECKS[case]
    checks = tuple(Check(name=f"check {n}", conclusion=it) for n, it in enumerate(conclusions))
    assert said(showing(a_signoff(change=a_change(checks=checks))), "Checks") == words


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        (Tier.DECLARED, "trailer in commit 1: “by a tool”"),
        (Tier.INFERRED, "trailer in commit 1 (inferred): “by a tool”"),
        (Tier.SIGNED, "trailer in commit 1 (signed): “by a tool”"),
    ],
)
def test_evidence_says_where_it_stood_and_how_sure_it_is(tier: Tier, words: str) -> None:
    found = Finding(source="trailer", tool="", tier=tier, text="by a tool", where="commit 1")
    seen = Provenance(status=AiStatus.ASSISTED, findings=(found,))
    assert said(showing(a_signoff(provenance=seen)), "AI") == f"an AI tool helped\n• {words}"
