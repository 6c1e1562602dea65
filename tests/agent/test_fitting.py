"""What is too long to be sent loses its longest patches first, and says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.agent import fitting, plans
from bot.domain.risk.plans import resources

MIB = 1 << 20


def file(path: str, patch: str) -> dict[str, Any]:
    return {"path": path, "additions": 1, "deletions": 0, "patch": patch}


def test_what_fits_is_sent_as_it_is() -> None:
    data = {"title": "é", "files": [file("a", "+x")]}
    body, said = fitting.body(data)
    assert (json.loads(body), said) == (data, [])


def test_the_longest_patches_go_first_and_no_more_than_needed() -> None:
    sizes = {"a": 1, "b": 3, "c": 2, "d": 4}
    files = [file(name, "+" * (size * MIB)) for name, size in sizes.items()]
    data = {"files": files, "commits": []}
    body, said = fitting.body(data)
    assert len(body) <= fitting.LARGEST
    told = {it["path"]: "patch" in it for it in json.loads(body)["files"]}
    assert told == {"a": True, "b": False, "c": True, "d": False}
    assert said == ["the longest patches, 2 of them, are left out: those files count as not seen"]
    assert all("patch" in it for it in files)


@pytest.mark.parametrize("over", [0, 1])
def test_a_body_may_be_exactly_as_long_as_is_read(over: int) -> None:
    empty = len(json.dumps({"files": [file("a", "")]}, separators=(",", ":")))
    body, said = fitting.body({"files": [file("a", "x" * (fitting.LARGEST - empty + over))]})
    assert (len(body) == fitting.LARGEST, bool(said)) == (not over, bool(over))


def test_a_list_is_left_out_as_a_whole() -> None:
    commits = [{"sha": "a" * 40, "message": "x" * 60_000} for _ in range(100)]
    body, said = fitting.body({"title": "t", "commits": commits, "files": [file("a", "+")]})
    assert set(json.loads(body)) == {"title", "files"}
    assert "the commits are left out" in said[-1]


def test_what_cannot_be_left_out_is_too_long() -> None:
    with pytest.raises(fitting.TooLong):
        fitting.body({"description": "x" * 6 * MIB})


def test_of_a_plan_only_what_is_looked_at_is_kept() -> None:
    entry = {
        "address": "aws_db.main",
        "values": "secret",
        "change": {
            "actions": ["delete", "create"],
            "replace_paths": [["name"]],
            "before": {"password": "secret"},
        },
    }
    plan = {
        "format_version": "1.2",
        "variables": {"token": "secret"},
        "resource_changes": [entry],
        "deferred_changes": [{"reason": "x", "resource_change": entry}],
    }
    small = plans.small(plan)
    assert "secret" not in json.dumps(small)
    assert resources(small) == resources(plan)
    assert resources(plan)


@pytest.mark.parametrize("plan", [None, [], {}, {"format_version": 1}, {"resource_changes": []}])
def test_another_document_is_no_plan(plan: object) -> None:
    assert plans.small(plan) is None


@pytest.mark.parametrize("entry", [None, 5, {}, {"change": []}, {"change": {"actions": 5}}])
def test_an_entry_we_do_not_understand_stays_one(entry: object) -> None:
    plan = {"format_version": "1", "resource_changes": [entry]}
    assert resources(plans.small(plan)) == resources(plan)
