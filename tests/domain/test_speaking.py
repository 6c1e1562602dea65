"""Of several that answer at one place, one speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.override import Override
from bot.domain.signoff import Signoff, Status
from bot.domain.speaking import same_place, speaker, standing
from tests.builders import NOW, a_change, a_signoff, hours, minutes

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
    assert speaker(both, NOW) is both[speaks]


@pytest.mark.parametrize("newer", list(Status))
@pytest.mark.parametrize("older", list(Status))
def test_of_one_lineage_the_newest_speaks(older: Status, newer: Status) -> None:
    both = at(0, older), at(1, newer)
    assert speaker(both, NOW) is both[1]


def overridden(hour: int = 0, lineage: str = "pull/12", **more: Any) -> Signoff:
    it = Override(
        by="pat",
        reason="checkout is down",
        incident="INC-7",
        at=NOW,
        until=NOW + hours(1),
        review_by=NOW + hours(24),
        **more,
    )
    return at(hour, Status.OVERRIDDEN, lineage, override=it)


def test_an_override_is_a_yes_until_it_ends() -> None:
    it, other = overridden(), at(1, Status.PENDING, "pull/13")
    before, then = NOW + hours(1) - minutes(1), NOW + hours(1)
    assert standing(other.change, [it], before) is it
    assert standing(it.change, [it], before) is it
    assert speaker([it, other], before) is it
    assert standing(other.change, [it], then) is None
    assert standing(it.change, [it], then) is None
    assert speaker([it, other], then) is other
    assert speaker([it], then) is it


def test_as_whom_we_are_let_in_is_no_place() -> None:
    """Nobody is asked anew about a rejected commit because the app was installed again."""
    one, other = ({**CHECK, "installation_id": id} for id in ("1", "2"))
    elsewhere = {**other, "check": "Countersign/dev"}
    first = a_change(**{**WORK, "reply_to": one})
    assert same_place(first, a_change(**{**WORK, "reply_to": other}))
    assert not same_place(first, a_change(**{**WORK, "reply_to": elsewhere}))


def test_where_nobody_asked_nobody_speaks() -> None:
    assert speaker((), NOW) is None


def test_what_was_given_up_is_asked_about_anew_and_what_a_person_took_back_is_not() -> None:
    given_up = at(0, Status.WITHDRAWN, ended_by="")
    taken_back = at(0, Status.WITHDRAWN, ended_by="jun")
    for it in (given_up, at(0, Status.SUPERSEDED)):
        assert standing(it.change, [it], NOW) is None
    for it in (taken_back, at(0, Status.EXPIRED), at(0, Status.PENDING)):
        assert standing(it.change, [it], NOW) is it


@pytest.mark.parametrize(
    "status", [Status.PENDING, Status.EXPIRED, Status.WITHDRAWN, Status.SUPERSEDED]
)
def test_what_another_has_not_decided_is_asked_about(status: Status) -> None:
    other = at(0, status, "pull/13", ended_by="jun")
    assert standing(at(1, Status.PENDING).change, [other], NOW) is None


def test_a_yes_for_one_branch_is_none_for_another() -> None:
    """Where one place shows both, as GitLab's status check does."""
    main = at(0, Status.APPROVED)
    assert standing(at(1, Status.PENDING, base_branch="dev").change, [main], NOW) is None


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
