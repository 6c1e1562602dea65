"""What do tools that know only SLSA learn? That it may go on, and never more than was so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.signoff import Signoff, Status
from bot.domain.statement import subject_of
from bot.domain.summary import summary_of
from tests.builders import a_change, a_requirement, a_signoff, after, an_ask, approves, rejects

URL = "https://sign.acme.example"
CHANGE = a_change(
    link="https://github.com/acme/payments-api/pull/7", artifact_digest="sha256:" + "d" * 64
)


def told(signoff: Signoff) -> dict[str, Any] | None:
    return summary_of(signoff, f"{URL}/", "f" * 64)


def levels(signoff: Signoff) -> Any:
    found = told(signoff)
    assert found is not None
    return found["predicate"]["verifiedLevels"]


def approved(*asks: Any, **facts: Any) -> Signoff:
    return after(a_signoff(*asks, **{"change": CHANGE, **facts}), approves("ada"))


def test_it_is_a_summary_of_the_attestation_that_is_kept() -> None:
    assert told(approved()) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject_of(CHANGE),
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {"id": URL},
            "timeVerified": "2026-11-23T10:05:00Z",
            "resourceUri": "git+https://github.com/acme/payments-api",
            "policy": {"uri": f"{URL}/policy", "digest": {"sha256": "policy-1"}},
            "inputAttestations": [
                {
                    "uri": f"{URL}/api/v1/signoffs/sgn_1/attestation",
                    "digest": {"sha256": "f" * 64},
                }
            ],
            "verificationResult": "PASSED",
            "verifiedLevels": [
                "ORG_SOURCE_ENV_PRODUCTION",
                "ORG_SOURCE_SENIOR_SIGNOFF",
                "ORG_SOURCE_TWO_PARTY_HUMAN",
            ],
            "slsaVersion": "1.1",
        },
    }


@pytest.mark.parametrize("status", [it for it in Status if not it.proceed])
def test_of_what_may_not_go_on_there_is_none(status: Status) -> None:
    assert told(replace(approved(), status=status)) is None


def test_of_a_rejection_there_is_none() -> None:
    assert told(after(a_signoff(), rejects("ada"))) is None


def test_shadow_mode_summarises_nothing() -> None:
    requirement = a_requirement(shadow=True)
    assert told(a_signoff(requirement=requirement)) is None
    assert told(replace(approved(), requirement=requirement)) is None


def test_of_an_override_there_is_none_since_it_could_not_say_that_it_ends() -> None:
    assert told(approved()) is not None
    assert told(replace(approved(), status=Status.OVERRIDDEN)) is None


def test_what_nobody_had_to_sign_is_exempt() -> None:
    signoff = replace(a_signoff(), status=Status.NOT_REQUIRED)
    assert levels(signoff) == ["ORG_SOURCE_ENV_PRODUCTION", "ORG_SOURCE_POLICY_EXEMPT"]


def test_a_mid_is_no_senior() -> None:
    assert "ORG_SOURCE_SENIOR_SIGNOFF" not in levels(approved(an_ask(1, "mid")))
    assert "ORG_SOURCE_SENIOR_SIGNOFF" in levels(
        replace(approved(), requirement=a_requirement(an_ask(1, "staff")))
    )


def test_where_nobody_is_called_senior_nobody_is() -> None:
    renamed = a_requirement(an_ask(1, "lead"), levels=("dev", "lead"))
    assert "ORG_SOURCE_SENIOR_SIGNOFF" not in levels(replace(approved(), requirement=renamed))


@pytest.mark.parametrize("name", ["production", "prod-eu-1", "7"])
def test_an_environment_is_spelt_so_that_tools_take_it(name: str) -> None:
    signoff = approved(change=replace(CHANGE, environment=name))
    assert levels(signoff)[0] == f"ORG_SOURCE_ENV_{name.upper().replace('-', '_')}"


@pytest.mark.parametrize(
    "name",
    ["prod.eu", "prod_eu", "prod/eu", "prod eu", "Prod-eu", "PRODUCTION", "product\u0131on",
     "production\n", "\u0660", ""],
)  # fmt: skip
def test_no_two_environments_have_one_level(name: str) -> None:
    """What would be spelt like another is not said at all."""
    signoff = approved(change=replace(CHANGE, environment=name))
    assert not [it for it in levels(signoff) if it.startswith("ORG_SOURCE_ENV_")]
    assert "ORG_SOURCE_SENIOR_SIGNOFF" in levels(signoff)


def test_no_level_is_one_of_slsa_s_own() -> None:
    assert not [it for it in levels(approved()) if it.startswith("SLSA_")]
