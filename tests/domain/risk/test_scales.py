"""Which settings scale or limit something, and how do two of their values compare?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.risk.scales import Bound, bound_of, known_name, quantity, shown_value


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("replicas", Bound.SIZE),
        ("spec.replicas", Bound.SIZE),
        ("replicaCount", Bound.SIZE),
        ("maxReplicas", Bound.SIZE),
        ("max_size", Bound.SIZE),
        ("desired_capacity", Bound.SIZE),
        ("NODE_COUNT", Bound.SIZE),
        ("minReplicas", Bound.FLOOR),
        ("min_size", Bound.FLOOR),
        ("requests.cpu", Bound.FLOOR),
        ("limits.cpu", Bound.CEILING),
        ("memory", Bound.CEILING),
        ("DB_POOL_SIZE", Bound.CEILING),
        ("spring.datasource.hikari.maximum-pool-size", Bound.CEILING),
        ("MAX_CONNECTIONS", Bound.CEILING),
        ("maxconn", Bound.CEILING),
        ("containerConcurrency", Bound.CEILING),
        ("rateLimit", Bound.CEILING),
        ("compute_quota", Bound.CEILING),
        ("timeout", Bound.PACE),
        ("readTimeoutMs", Bound.PACE),
        ("terminationGracePeriodSeconds", Bound.PACE),
        ("averageUtilization", Bound.PACE),
    ],
)
def test_names_that_scale_or_limit(name: str, bound: Bound):
    assert bound_of(name) is bound


@pytest.mark.parametrize(
    "name",
    ["", "name", "image", "port", "description", "unlimited", "tax_rate", "size", "count", "1"],
)
def test_names_that_do_not(name: str):
    assert bound_of(name) is None


@pytest.mark.parametrize(
    ("name", "smaller", "larger"),
    [
        ("replicas", "3", "12"),
        ("cpu", "500m", "1"),
        ("memory", "900Mi", "1Gi"),
        ("memory", "512m", "1g"),
        ("memory", "1000000", "1Gi"),
        ("memory", "1G", "1Gi"),
        ("timeout", "90s", "2m"),
        ("timeout", "900ms", "1s"),
        ("timeout", "30", "1m"),
        ("rateLimit", "100r/m", "10r/s"),
        ("quota", "9_999", "10_000"),
        ("averageUtilization", "50%", "80%"),
        ("pods", "-1", "0"),
    ],
)
def test_values_compare_across_their_units(name: str, smaller: str, larger: str):
    left, right = quantity(name, smaller), quantity(name, larger)
    assert left is not None
    assert right is not None
    assert left[0] == right[0]
    assert left[1] < right[1]


@pytest.mark.parametrize(
    "text", ["", "var.count", "0x3", "3e2", "a lot", "${N}", "--3", "1,5", "٣x", "1" * 50]
)
def test_what_is_no_plain_number_is_unreadable(text: str):
    assert quantity("replicas", text) is None


def test_a_share_and_a_number_are_of_different_dimensions():
    share, number = quantity("maxReplicas", "50%"), quantity("maxReplicas", "50")
    assert share is not None
    assert number is not None
    assert share[0] != number[0]


def test_our_own_names_for_settings():
    assert known_name("spec.maxReplicas") == "max replicas"
    assert known_name("x-ignore-all-that.replicas") == "replicas"
    assert known_name("description") == ""


def test_a_value_is_shown_with_units_we_know_and_without_others():
    assert shown_value("memory", " 512Mi ") == "512Mi"
    assert shown_value("replicas", "3 admin") == "3"
    assert shown_value("replicas", "var.x") == ""


def test_a_heap_of_512m_is_smaller_than_one_of_4g():
    small, large = quantity("maxHeapSize", "512m"), quantity("maxHeapSize", "4g")
    assert small is not None
    assert large is not None
    assert small[1] < large[1]


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_text_makes_it_fail(name: str, value: str):
    bound_of(name)
    quantity(name, value)
