"""`verify`: what may go on does, whatever may not says why, and nothing is verified unbound."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import attested
from tests.attested import ARTIFACT, ENVIRONMENT, ORIGIN, OTHER, REPOSITORY, REVISION
from tests.cli.verify_job import verify
from tests.verifiers import FINE, REFUSED, Case, made, overridden, said

Captured = pytest.CaptureFixture[str]
WHOLE = len(attested.LEAVES)


# The table that docs/verify.sh is tested by, too.


@pytest.mark.parametrize("name", FINE)
def test_what_may_go_on(name: str, tmp_path: Path, capsys: Captured) -> None:
    it = made(FINE[name])
    assert verify(it, tmp_path) == 0
    told, trouble = capsys.readouterr()
    assert told.startswith(f"verified: {REPOSITORY} at {REVISION}")
    assert attested.SIGNOFF in told
    assert trouble == ""


@pytest.mark.parametrize("case", REFUSED, ids=lambda it: it.name)
def test_what_may_not(case: Case, tmp_path: Path, capsys: Captured) -> None:
    assert verify(case.bend(made(FINE[case.twin])), tmp_path) == 1
    told, trouble = capsys.readouterr()
    assert told == ""
    assert trouble.startswith("countersign: not verified: ")
    assert case.why in trouble


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in REFUSED}) == len(REFUSED)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, capsys: Captured) -> None:
    bent = said(status="rejected", proceed=False, environment="staging", audit=None)(
        made(FINE["as it is"])
    )
    assert verify(replace(bent, repository="acme/ledger"), tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [
        "countersign: not verified: it is about acme/payments-api, and this is acme/ledger",
        "countersign: not verified: it is about staging, and this is production",
        "countersign: not verified: it lets nothing go on: it is rejected",
        "countersign: not verified: it does not say where it stands in the audit trail",
    ]


def test_nothing_is_believed_of_what_nobody_signed(tmp_path: Path, capsys: Captured) -> None:
    """Not even in what is said: a forger shall write nothing into the log."""
    bent = replace(said(repository="forged/words")(made(FINE["as it is"])), signer=OTHER)
    assert verify(bent, tmp_path, "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "problems": ["none of these keys signed it, or it was changed since"],
    }


# What is told.


def test_people_are_told_who_said_so(tmp_path: Path, capsys: Captured) -> None:
    it = made(FINE["with its artifact"])
    assert verify(it, tmp_path) == 0
    first, who, last = capsys.readouterr().out.splitlines()
    assert first.startswith(
        f"verified: {REPOSITORY} at {REVISION} ({ARTIFACT}) may go to {ENVIRONMENT} until 20"
    )
    assert who.startswith("approved by ada (senior, slack-click) 20")
    assert last.startswith(f"{attested.SIGNOFF}; entry 5 of {WHOLE} in {ORIGIN}; signed by SHA256:")


def test_an_override_is_not_told_as_an_approval(tmp_path: Path, capsys: Captured) -> None:
    assert verify(made(FINE["overridden"]), tmp_path) == 0
    told = capsys.readouterr().out
    assert "OVERRIDDEN by max: INC-7, “down”" in told
    assert "approved" not in told


def test_what_nobody_had_to_sign_says_so(tmp_path: Path, capsys: Captured) -> None:
    assert verify(made(FINE["nobody had to sign"]), tmp_path) == 0
    assert "nobody had to approve it: AI-assisted" in capsys.readouterr().out


def test_programs_are_told_what_it_says(tmp_path: Path, capsys: Captured) -> None:
    it = made(FINE["as it is"])
    assert verify(it, tmp_path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["problems"]) == (True, [])
    assert (told["status"], told["revision"]) == ("approved", REVISION)
    assert [it["person"] for it in told["approvals"]] == ["ada"]
    assert told["audit"] == {"origin": ORIGIN, "seq": attested.SEQ, "size": WHOLE}
    assert verify(replace(it, environment="staging"), tmp_path, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["problems"] == ["it is about production, and this is staging"]
    assert told["environment"] == "production"


def test_words_of_strangers_move_nothing_in_a_log(tmp_path: Path, capsys: Captured) -> None:
    review = made(FINE["as it is"]).statement["predicate"]["reviews"][0]
    odd = "ada\x1b[2J\n##vso[task.complete]\u202e"
    assert verify(said(reviews=[{**review, "person": odd}])(made(FINE["as it is"])), tmp_path) == 0
    told = capsys.readouterr().out
    assert len(told.splitlines()) == 3
    assert not {"\x1b", "\u202e"} & set(told)
    assert "##vso[" not in told
    assert verify(said(environment=odd)(made(FINE["as it is"])), tmp_path) == 1
    trouble = capsys.readouterr().err
    assert len(trouble.splitlines()) == 1
    assert "##vso[" not in trouble


@pytest.mark.parametrize(
    "odd",
    [{"reviews": 7}, {"reviews": [7]}, {"because": {}, "status": "not_required"}, {"signoff": []},
     {"override": 7, "status": "overridden"}, {"reviews": [{"verdict": "approve", "person": {}}] * 50}],
)  # fmt: skip
def test_what_is_only_told_may_be_anything(odd: Any, tmp_path: Path, capsys: Captured) -> None:
    assert verify(said(**odd)(made(FINE["as it is"])), tmp_path) == 0
    assert verify(said(**odd)(made(FINE["as it is"])), tmp_path, "--json") == 0
    capsys.readouterr()


# Overrides, and other moments.


def test_an_override_is_not_good_enough_where_none_is_wanted(
    tmp_path: Path, capsys: Captured
) -> None:
    assert verify(made(FINE["as it is"]), tmp_path, "--no-override") == 0
    assert verify(overridden(made(FINE["as it is"])), tmp_path, "--no-override") == 1
    assert "it was overridden" in capsys.readouterr().err


def test_another_moment_is_said(tmp_path: Path, capsys: Captured) -> None:
    it = made(FINE["as it is"])
    later = it.now + timedelta(hours=22)
    assert verify(it, tmp_path, "--at", later.isoformat()) == 0
    assert capsys.readouterr().err.startswith("countersign: as of ")
    assert verify(it, tmp_path, "--at", (later + timedelta(hours=2)).isoformat()) == 1
    assert capsys.readouterr().err.startswith("countersign: as of ")
    assert verify(replace(it, now=later), tmp_path) == 0
    assert "as of" not in capsys.readouterr().err


@pytest.mark.parametrize("odd", ["yesterday", "2026-11-22", "2026-11-22T10:00:00"])
def test_a_moment_without_its_offset_is_none(odd: str, tmp_path: Path, capsys: Captured) -> None:
    assert verify(made(FINE["as it is"]), tmp_path, "--at", odd) == 2
    assert "--at must be" in capsys.readouterr().err
