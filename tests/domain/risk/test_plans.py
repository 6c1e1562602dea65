"""What would a Terraform plan do, and to which resources?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Resource
from bot.domain.risk.plans import RESOURCES_AT_MOST, resources


def a_plan(*entries: object, **more: object) -> dict[str, Any]:
    return {"format_version": "1.2", "planned_values": {}, "resource_changes": [*entries], **more}


def entry(address: str, *actions: str, **more: object) -> dict[str, Any]:
    return {"address": address, "change": {"actions": [*actions], **more}}


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create"], "create"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["delete", "create"], "replace"),
        (["create", "delete"], "replace"),
        (["forget"], "forget"),
        (["create", "forget"], "forget"),
        (["delete", "dance"], "delete"),
        (["dance"], "unreadable"),
        ([], "unreadable"),
    ],
)
def test_what_is_done_has_one_word(actions: list[str], action: str):
    assert resources(a_plan(entry("aws_x.y", *actions))) == (
        Resource(address="aws_x.y", action=action),
    )


@pytest.mark.parametrize("action", ["no-op", "read"])
def test_what_changes_nothing_is_left_out(action: str):
    assert resources(a_plan(entry("aws_x.y", action))) == ()


def test_what_forces_a_replacement_is_kept():
    paths = [["engine_version"], ["ebs_block_device", 0, "size"]]
    found = resources(a_plan(entry("aws_db.x", "delete", "create", replace_paths=paths)))
    assert found is not None
    assert found[0].forced == ("engine_version", "ebs_block_device.0.size")


@pytest.mark.parametrize("paths", [None, "x", [None], [[{}]], [[1.5]], {}])
def test_odd_paths_of_a_replacement_are_no_failure(paths: object):
    found = resources(a_plan(entry("aws_db.x", "delete", "create", replace_paths=paths)))
    assert found is not None
    assert found[0].action == "replace"


@pytest.mark.parametrize(
    "other",
    [
        None,
        [],
        "plan",
        {},
        {"resource_changes": []},
        {"format_version": 1, "resource_changes": []},
        {"format_version": "1.0", "values": {"root_module": {}}},
        {"format_version": "1.0", "resource_changes": {}},
    ],
)
def test_what_is_no_plan(other: object):
    assert resources(other) is None


def test_a_plan_that_changes_nothing_may_leave_the_list_out():
    assert resources({"format_version": "1.2", "planned_values": {}}) == ()


@pytest.mark.parametrize(
    "odd",
    [
        None,
        1,
        {},
        {"address": 3, "change": {"actions": "delete"}},
        {"change": []},
        {"change": {"actions": ["delete", 3]}},
    ],
)
def test_an_entry_nobody_can_read_is_not_left_out(odd: object):
    assert resources(a_plan(odd)) == (Resource(address="", action="unreadable"),)


def test_what_is_deferred_counts_too():
    deferred = [{"reason": "x", "resource_change": entry("aws_x.y", "delete")}, None]
    found = resources(a_plan(deferred_changes=deferred))
    assert found is not None
    assert [it.action for it in found] == ["delete", "unreadable"]


def test_a_long_plan_is_cut_at_its_harmless_end():
    made = [entry(f"aws_x.y{number}", "create") for number in range(RESOURCES_AT_MOST)]
    found = resources(a_plan(*made, entry("aws_db.last", "delete")))
    assert found is not None
    assert len(found) == RESOURCES_AT_MOST
    assert found[0] == Resource(address="aws_db.last", action="delete")


def test_the_order_of_a_plan_does_not_matter():
    entries = [entry("b.x", "create"), entry("a.x", "create"), entry("c.x", "delete")]
    assert resources(a_plan(*entries)) == resources(a_plan(*entries[::-1]))


def moved(before: object, after: object, *actions: str, **more: object) -> list[Any]:
    found = resources(
        a_plan(entry("aws_x.y", *(actions or ("update",)), before=before, after=after, **more))
    )
    assert found is not None
    return [(it.name, it.before, it.after) for it in found[0].moves]


@pytest.mark.parametrize(
    "name", ["min_size", "max_size", "desired_capacity", "desired_count", "replicas", "memory"]
)
def test_an_update_says_which_bounds_it_moves(name: str):
    assert moved({name: 12, "tags": {}}, {name: 3, "tags": {}}) == [(name, "12", "3")]
    assert moved({name: 12}, {name: 12}) == []
    assert moved({name: 12}, {name: 3}, "delete", "create") == []


def test_bounds_further_down():
    before = {"scaling_config": [{"max_size": 12, "min_size": 2}]}
    after = {"scaling_config": [{"max_size": 3, "min_size": 2}]}
    assert moved(before, after) == [("scaling_config.0.max_size", "12", "3")]


def test_what_is_no_bound_is_not_looked_at():
    assert moved({"name": "a", "port": 80}, {"name": "b", "port": 81}) == []


def test_a_bound_that_is_only_known_later_has_no_number():
    later = {"after_unknown": {"max_size": True}}
    assert moved({"max_size": 12}, {}, **later) == [("max_size", "12", "True")]
    assert moved({"max_size": 12}, {"max_size": None}) == [("max_size", "12", None)]


def test_many_values_deep_down_do_no_harm():
    deep: dict[str, Any] = {"quota": 10**9_000}
    for _ in range(500):
        deep = {"x": deep, "max_size": 3}
    assert moved({f"quota{it}_limit": it for it in range(5_000)}, deep)
    assert moved({"quota": 1}, {"quota": 10**9_000}) == [("quota", "1", "a huge number")]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "address",
                    "change",
                    "actions",
                    "replace_paths",
                    "before",
                    "after",
                    "max_size",
                    "x",
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(_JSON, _JSON)
def test_no_json_makes_it_fail(odd: object, deferred: object):
    resources(odd)
    resources(a_plan(odd, deferred_changes=deferred))
