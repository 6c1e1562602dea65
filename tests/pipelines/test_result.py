"""A pipeline learns the decision in one form, whichever way it asks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from bot.domain.signoff import Signoff, Status
from bot.pipelines.result import message, result, stamp
from tests.pipelines.signoffs import NOON, REVISION, a_signoff

URL = "https://sign.acme.example"


def test_an_approval_says_everything_that_was_agreed() -> None:
    said = result(a_signoff(), URL)
    digest = said.pop("decision_digest")
    assert isinstance(digest, str)
    assert digest.startswith("sha256:")
    assert said == {
        "id": "sgn_1",
        "connection": "payments-ci",
        "key": "payments-api/deploy/4711",
        "repository": "acme/payments-api",
        "revision": REVISION,
        "environment": "production",
        "status": "approved",
        "proceed": True,
        "reviews": [
            {
                "person": "ada",
                "verdict": "approve",
                "at": "2026-11-21T12:00:00Z",
                "reason": "read it all",
            }
        ],
        "because": ["AI-assisted", "production"],
        "policy_digest": "sha256:policy",
        "attestation_url": f"{URL}/api/v1/signoffs/sgn_1/attestation",
    }


@pytest.mark.parametrize("status", list(Status))
def test_only_three_statuses_let_the_pipeline_proceed(status: Status) -> None:
    may = {Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED}
    assert result(a_signoff(status), URL)["proceed"] is (status in may)


def test_while_it_waits_there_is_no_decision_to_digest() -> None:
    said = result(a_signoff(Status.PENDING), URL)
    assert (said["status"], said["proceed"], said["decision_digest"]) == ("pending", False, "")


def test_anyone_can_recompute_the_digest() -> None:
    said = result(a_signoff(), URL)
    decision = {k: v for k, v in said.items() if k not in ("decision_digest", "attestation_url")}
    # All keys and values here are ASCII without numbers, where sorted compact JSON is RFC 8785.
    canonical = json.dumps(decision, sort_keys=True, separators=(",", ":")).encode()
    assert said["decision_digest"] == "sha256:" + hashlib.sha256(canonical).hexdigest()


def test_the_digest_is_of_the_decision_and_not_of_where_we_live() -> None:
    here, there = (result(a_signoff(), url)["decision_digest"] for url in (URL, "http://x"))
    other = result(a_signoff(reason="hm"), URL)["decision_digest"]
    assert here == there != other


def test_a_message_is_the_same_bytes_each_time() -> None:
    assert message(a_signoff(), URL) == message(a_signoff(), f"{URL}/")
    said = json.loads(message(a_signoff(), URL))
    assert (said["type"], said["timestamp"]) == ("signoff.approved", "2026-11-21T12:00:00Z")
    assert said["data"] == result(a_signoff(), URL)


@pytest.mark.parametrize(
    "undecided", [a_signoff(Status.PENDING), replace(a_signoff(), decided_at=None)]
)
def test_what_is_not_decided_is_never_reported(undecided: Signoff) -> None:
    message(a_signoff(), URL)
    with pytest.raises(ValueError, match="not decided"):
        message(undecided, URL)


def test_a_moment_is_told_in_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert stamp(elsewhere) == "2026-11-21T12:00:00Z"
    assert stamp(elsewhere + timedelta(milliseconds=5)) == "2026-11-21T12:00:00.005000Z"
