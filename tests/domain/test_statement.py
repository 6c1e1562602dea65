"""Does a statement say what was decided, exactly that, and nothing that is nobody's business?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from bot.agent import vouching
from bot.agent.trail import place_of
from bot.agent.vouching import Wanted
from bot.domain import statement
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.override import Override
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.proving import BY_KEY, BY_SIGN_IN, Shown
from bot.domain.signoff import Signoff
from tests import attested
from tests.builders import (
    AN_ASSERTION,
    NOW,
    PAYMENTS,
    SOON,
    a_change,
    a_requirement,
    a_review,
    a_signoff,
    after,
    approves,
    hours,
    rejects,
    sha,
    standing,
)
from tests.statements import a_statement

ARTIFACT = "sha256:" + "d" * 64
WANTED = Wanted(
    repository="acme/payments-api",
    revision=sha("a"),
    environment="production",
    artifact=ARTIFACT,
    at=SOON + hours(1),
)


def approved(**facts: Any) -> Signoff:
    change = a_change(**{"artifact_digest": ARTIFACT, **facts})
    return after(a_signoff(change=change), approves("ada", revision=change.revision))


def test_it_is_of_the_sort_that_is_verified() -> None:
    assert statement.PREDICATE_TYPE == vouching.PREDICATE_TYPE
    assert statement.STATEMENT_TYPE == vouching.STATEMENT_TYPE


def test_what_was_approved_may_go_on() -> None:
    said = a_statement(approved())
    assert vouching.against(said, WANTED) == []
    assert place_of(said["predicate"], [attested.public(attested.KEY)]).seq == attested.SEQ


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"revision": sha("b")}, "it is about bbb"),
        ({"repository": "acme/ledger"}, "it is about acme/ledger"),
        ({"environment": "staging"}, "it is about staging"),
        ({"artifact_digest": "sha256:" + "0" * 64}, "it is about the artifact sha256:000"),
        ({"artifact_digest": ""}, "it is about no artifact"),
    ],
)
def test_another_change_may_not(told: dict[str, str], why: str) -> None:
    (first, *_) = vouching.against(a_statement(approved(**told)), WANTED)
    assert first.startswith(why)


def test_what_was_rejected_may_not() -> None:
    change = a_change(artifact_digest=ARTIFACT)
    said = a_statement(after(a_signoff(change=change), rejects("ada")))
    assert vouching.against(said, WANTED) == ["it lets nothing go on: it is rejected"]


def test_what_was_waved_through_in_shadow_mode_may_not() -> None:
    change, shadow = a_change(artifact_digest=ARTIFACT), a_requirement(shadow=True)
    said = a_statement(a_signoff(change=change, requirement=shadow))
    assert said["predicate"]["proceed"] is True
    assert vouching.against(said, WANTED) == [
        "nobody was asked in earnest: the policy was in shadow mode"
    ]


def test_it_is_good_from_the_decision_until_it_ends() -> None:
    told = a_statement(approved())["predicate"]
    assert told["notBefore"] == told["decidedAt"] == "2026-11-23T10:05:00Z"
    assert told["expiresAt"] == "2026-11-24T10:05:00Z"
    too_late = replace(WANTED, at=SOON + timedelta(days=1))
    assert vouching.against(a_statement(approved()), too_late) != []


def test_every_moment_is_spelt_in_one_way() -> None:
    """Whatever the offset and the fraction: then texts compare as moments do."""
    east = timezone(timedelta(hours=5, minutes=30))
    moment = SOON.replace(microsecond=999_999).astimezone(east)
    assert statement.stamp(moment) == "2026-11-23T10:05:00Z"
    assert vouching.moment(statement.stamp(moment)) == SOON


def test_without_an_artifact_there_is_no_subject_for_it() -> None:
    said = a_statement(approved(artifact_digest=""))
    assert [it["digest"] for it in said["subject"]] == [{"gitCommit": sha("a")}]
    assert said["predicate"]["artifactClaimedBy"] is None


def test_the_tree_stands_beside_the_commit_where_it_was_told() -> None:
    said = a_statement(approved(tree=sha("c")))
    assert said["subject"][0]["digest"] == {"gitCommit": sha("a"), "gitTree": sha("c")}
    assert vouching.against(said, WANTED) == []


def test_who_says_what_was_built_is_named() -> None:
    assert a_statement(approved())["predicate"]["artifactClaimedBy"] == "payments-ci"


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("", "acme/payments-api"),
        ("https://github.com/acme/payments-api/pull/7", "git+https://github.com/acme/payments-api"),
        ("https://git.x.example:8443/acme/payments-api", "git+https://git.x.example:8443/acme/payments-api"),
        ("https://max:secret@github.com/acme/payments-api/", "git+https://github.com/acme/payments-api"),
        ("https://ci.acme.example/jobs/acme/payments-api/4", "acme/payments-api"),
        ("https://github.com/acme/payments-api-2/pull/7", "acme/payments-api"),
        ("http://github.com/acme/payments-api/pull/7", "acme/payments-api"),
        ("https://[broken/acme/payments-api", "acme/payments-api"),
        ("https://h:x/acme/payments-api", "acme/payments-api"),
    ],
)  # fmt: skip
def test_a_repository_has_the_address_its_platform_gave_it(link: str, name: str) -> None:
    assert a_statement(approved(link=link))["subject"][0]["name"] == name


def test_who_approved_as_what_and_how_they_proved_it() -> None:
    review = a_review("ada", assertion=AN_ASSERTION, proved="web-oidc+webauthn", level="mid")
    signoff = replace(approved(), reviews=(review,))
    (told,) = a_statement(signoff, {review: standing("ada")})["predicate"]["reviews"]
    assert (told["person"], told["level"], told["groups"]) == ("ada", "senior", [PAYMENTS])
    assert told["proved"] == "web-oidc+webauthn"
    assert told["assertion"]["statement"] == AN_ASSERTION.statement
    assert told["assertion"].keys() == {
        *("credential", "publicKey", "statement"),
        *("clientData", "authenticatorData", "signature"),
    }


def test_when_they_opened_the_evidence_or_that_nobody_saw_them() -> None:
    opened = a_review("ada", looked_at=SOON)
    for review, said in ((opened, statement.stamp(SOON)), (replace(opened, looked_at=None), None)):
        (told,) = a_statement(replace(approved(), reviews=(review,)))["predicate"]["reviews"]
        assert told["evidenceOpened"] == said


def test_of_whom_no_standing_is_known_the_level_is_what_the_review_says() -> None:
    (told,) = a_statement(approved())["predicate"]["reviews"]
    assert (told["groups"], told["assertion"]) == ([], None)


def test_what_was_asked_for_and_what_goes_along() -> None:
    told = a_statement(replace(approved(), along=("sgn_0",)))["predicate"]
    assert told["asks"] == [{"approvals": 1, "level": "senior", "groups": [PAYMENTS], "people": []}]
    assert told["along"] == ["sgn_0"]
    assert told["override"] is None


def test_what_was_signed_to_override_it_is_in_it() -> None:
    at = NOW
    by_key = Shown(how=BY_KEY, assertion=AN_ASSERTION)
    made = Override(by="pat", reason="it is down", incident="INC-7", at=at, until=at, review_by=at,
                    second="ruth", shown=by_key, second_shown=Shown(how=BY_SIGN_IN))  # fmt: skip
    told = a_statement(replace(approved(), override=made))["predicate"]["override"]
    assert (told["by"], told["proved"], told["second"]) == ("pat", "web-oidc+webauthn", "ruth")
    assert told["assertion"]["signature"] == AN_ASSERTION.signature
    assert (told["secondProved"], told["secondAssertion"]) == ("web-oidc", None)


def test_no_address_and_no_stranger_s_words_are_in_it() -> None:
    found = Finding(
        source="trailer",
        tool="Claude Code",
        tier=Tier.DECLARED,
        text="Co-authored-by: Eve <eve@evil.example>",
        where=sha("a"),
    )
    signoff = replace(
        approved(title="Ignore all rules"),
        contributors=Contributors(people=frozenset({"jun"}), unknown=("eve@evil.example", "bob")),
        provenance=Provenance(status=AiStatus.ASSISTED, findings=(found,)),
    )
    said = json.dumps(a_statement(signoff), ensure_ascii=False)
    for word in ("eve@evil.example", "Co-authored-by", "Ignore all rules"):
        assert word not in said
    assert a_statement(signoff)["predicate"]["unknownContributors"] == ["e…@evil.example", "bob"]


def test_another_title_is_another_digest() -> None:
    one, other = (a_statement(approved(title=it))["predicate"]["titleDigest"] for it in "ab")
    assert one != other
