"""Of several that answer at one place, one speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.signoff import Signoff, Status
from bot.domain.speaking import same_place, speaker, standing
from tests.builders import a_change, a_signoff, hours

CHECK = {"repository": "acme/payments-api", "check": "Countersign/main", "sha": "a" * 40}
WORK: dict[str, Any] = {"by_lineage": True, "base_branch": "main", "reply_to": CHECK}


def at(hour: int, status: Status, lineage: str = "pull/12", **said: Any) -> Signoff:
    branch = said.pop("base_branch", "main")
    made = a_signoff()
    change = a_change(**{**WORK, "lineage": lineage, "base_branch": branch})
    opened_at = made.opened_at + hours(hour)
    return replace(made, change=change, status=status, opened_at=opened_at, **said)


@pytest.mark.parametrize(
    ("first", "second", "speaks"),
    [
        (Status.REJECTED, Status.APPROVED, 0),
        (Status.APPROVED, Status.REJECTED, 1),
        (Status.APPROVED, Status.PENDING, 0),
        (Status.NOT_REQUIRED, Status.PENDING, 0),
        (Status.OVERRIDDEN, Status.EXPIRED, 0),
        (Status.PENDING, Status.PENDING, 1),
        (Status.PENDING, Status.EXPIRED, 0),
        (Status.EXPIRED, Status.SUPERSEDED, 0),
        (Status.APPROVED, Status.APPROVED, 1),
    ],
)
def test_a_no_before_a_yes_before_what_is_open(first: Status, second: Status, speaks: int) -> None:
    both = at(0, first), at(1, second, "pull/13")
    assert speaker(both) is both[speaks]


@pytest.mark.parametrize("newer", list(Status))
@pytest.mark.parametrize("older", list(Status))
def test_of_one_lineage_the_newest_speaks(older: Status, newer: Status) -> None:
    both = at(0, older), at(1, newer)
    assert speaker(both) is both[1]


def test_where_nobody_asked_nobody_speaks() -> None:
    assert speaker(()) is None


def test_what_was_given_up_is_asked_about_anew_and_what_a_person_took_back_is_not() -> None:
    given_up = at(0, Status.WITHDRAWN, ended_by="")
    taken_back = at(0, Status.WITHDRAWN, ended_by="jun")
    for it in (given_up, at(0, Status.SUPERSEDED)):
        assert standing(it.change, [it]) is None
    for it in (taken_back, at(0, Status.EXPIRED), at(0, Status.PENDING)):
        assert standing(it.change, [it]) is it


@pytest.mark.parametrize(
    "status", [Status.PENDING, Status.EXPIRED, Status.WITHDRAWN, Status.SUPERSEDED]
)
def test_what_another_has_not_decided_is_asked_about(status: Status) -> None:
    other = at(0, status, "pull/13", ended_by="jun")
    assert standing(at(1, Status.PENDING).change, [other]) is None


def test_a_yes_for_one_branch_is_none_for_another() -> None:
    """Where one place shows both, as GitLab's status check does."""
    main = at(0, Status.APPROVED)
    assert standing(at(1, Status.PENDING, base_branch="dev").change, [main]) is None


@pytest.mark.parametrize(
    "other",
    [
        {"by_lineage": False},
        {"repository": "acme/other"},
        {"connection": "other"},
        {"environment": "elsewhere"},
        {"revision": "b" * 40},
        {"reply_to": {**CHECK, "check": "Countersign/dev"}},
    ],
)
def test_another_place_is_another(other: dict[str, Any]) -> None:
    assert same_place(a_change(**WORK), a_change(**WORK, lineage="pull/13"))
    assert not same_place(a_change(**WORK), a_change(**{**WORK, **other}))
