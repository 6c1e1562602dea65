"""Which settings that scale or limit something does a diff move, and from where to where?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Setting
from bot.domain.risk.dials import SETTINGS_AT_MOST, moved_settings
from bot.domain.risk.hunks import read_patch


def moved(*lines: str, path: str = "deploy/web.yaml") -> list[tuple[str, str | None, str | None]]:
    return [(it.name, it.before, it.after) for it in settings(*lines, path=path)]


def settings(*lines: str, path: str = "deploy/web.yaml") -> tuple[Setting, ...]:
    old = sum(line[:1] != "+" for line in lines)
    new = sum(line[:1] != "-" for line in lines)
    patch = "\n".join((f"@@ -1,{old} +1,{new} @@", *lines))
    return moved_settings(path, read_patch(patch))[0]


@pytest.mark.parametrize(
    ("path", "before", "after", "name"),
    [
        ("deploy/web.yaml", "  replicas: 12", "  replicas: 3", "replicas"),
        ("deploy/web.yml", '  replicas: "12"', "  replicas: '3'", "replicas"),
        ("hpa.json", '  "maxReplicas": 12,', '  "maxReplicas": 3,', "maxReplicas"),
        ("main.tf", "  max_size = 12", "  max_size         = 3", "max_size"),
        ("prod.tfvars", "node_count=12", "node_count=3 # fewer", "node_count"),
        ("app.toml", "pool_size = 12", "pool_size = 3", "pool_size"),
        ("application.properties", "hikari.maximum-pool-size=12", "hikari.maximum-pool-size=3",
         "hikari.maximum-pool-size"),
        ("nginx.conf", "    worker_connections 12;", "    worker_connections 3;", "worker_connections"),
        ("haproxy.cfg", "  maxconn 12", "  maxconn 3", "maxconn"),
        (".env.production", "MAX_CONNECTIONS=12", "MAX_CONNECTIONS=3", "MAX_CONNECTIONS"),
        ("Dockerfile", "ENV WEB_CONCURRENCY=12", "ENV WEB_CONCURRENCY=3", "WEB_CONCURRENCY"),
        ("deploy/web.yaml", "  args: [--max-instances=12]", "  args: [--max-instances=3]", "max-instances"),
    ],
)  # fmt: skip
def test_the_common_ways_to_write_a_setting(path: str, before: str, after: str, name: str):
    found = moved(f"-{before}", f"+{after}", path=path)
    assert found == [(name, "12", "3")]


def test_other_kinds_of_files_hold_no_settings():
    assert moved("-replicas = 12", "+replicas = 3", path="scale.py") == []
    assert moved("-replicas = 12", "+replicas = 3", path="scale.toml") != []


def test_what_was_not_there_before_or_is_not_there_after():
    assert moved("+replicas: 3") == [("replicas", None, "3")]
    assert moved("-replicas: 3") == [("replicas", "3", None)]


def test_what_only_moved_is_no_setting_that_moved():
    assert moved("-replicas: 3", "+  replicas: 3") == []


def test_a_comment_sets_nothing():
    assert moved("-replicas: 12", "+# replicas: 12") == [("replicas", "12", None)]
    assert moved("-replicas: 12", "+replicas: 3 # was replicas: 12") == [("replicas", "12", "3")]


def test_those_of_one_name_are_paired_in_their_order():
    found = moved("-replicas: 12", "-replicas: 6", "+replicas: 3", "+replicas: 5")
    assert found == [("replicas", "12", "3"), ("replicas", "6", "5")]


def test_different_hunks_are_not_paired():
    patch = "@@ -1 +0,0 @@\n-replicas: 12\n@@ -50,0 +50 @@\n+replicas: 12"
    found, _ = moved_settings("x.yaml", read_patch(patch))
    assert [(it.before, it.after) for it in found] == [("12", None), (None, "12")]


def test_limits_and_requests_are_told_apart():
    lines = (
        " resources:",
        "   requests:",
        "-    cpu: 200m",
        "+    cpu: 100m",
        "   limits:",
        "-    cpu: 2",
        "+    cpu: 1",
    )
    assert moved(*lines) == [("requests.cpu", "200m", "100m"), ("limits.cpu", "2", "1")]


def test_limits_end_where_their_block_ends():
    assert moved("   limits:", "     cpu: 2", "-  replicas: 4", "+  replicas: 2") == [
        ("replicas", "4", "2")
    ]


def test_settings_in_one_line():
    found = moved("-limits: {cpu: 500m, memory: 1Gi}", "+limits: {cpu: 250m, memory: 512Mi}")
    assert [it[1:] for it in found] == [("500m", "250m"), ("1Gi", "512Mi")]


def test_a_name_and_its_value_on_two_lines():
    lines = (" - name: MAX_CONNECTIONS", '-  value: "100"', '+  value: "10"')
    assert moved(*lines) == [("MAX_CONNECTIONS", "100", "10")]
    assert moved(" - name: GREETING", '-  value: "100"', '+  value: "10"') == []


def test_the_default_of_a_variable():
    lines = (' variable "replica_count" {', "   type = number", "-  default = 12", "+  default = 3")
    assert moved(*lines, path="variables.tf") == [("replica_count", "12", "3")]


def test_values_that_are_filled_in_later_are_kept_as_they_are():
    found = moved("-replicas: {{ .Values.a }}", "+replicas: {{ .Values.b }}")
    assert found == [("replicas", "{{ .Values.a }}", "{{ .Values.b }}")]
    assert moved("-max_size = 12", "+max_size = var.most", path="x.tf") == [
        ("max_size", "12", "var.most")
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("deploy/web.yaml", '  value: "-Xms1g -Xmx{}"'),
        ("Dockerfile", 'ENV JAVA_OPTS="-server -Xmx{}"'),
        ("jvm.options", "-Xmx{}"),
    ],
)
def test_the_heap_of_a_virtual_machine(path: str, line: str):
    found = moved(f"-{line.format('4g')}", f"+{line.format('512m')}", path=path)
    assert found == [("maxHeapSize", "4g", "512m")]


@pytest.mark.parametrize(
    "path",
    ["package.json", "api/openapi.yaml", "Swagger.json", "jest.config.json", "x.schema.json"],
)
def test_files_whose_limits_are_no_bounds(path: str):
    lines = ('-  "limit": 100,', '+  "limit": 10,', '-  "maxWorkers": 8', '+  "maxWorkers": 2')
    assert moved(*lines, path=path) == []
    assert len(moved(*lines, path="config.json")) == 2


def test_the_name_of_a_type_is_no_value():
    assert moved("+  limit: integer", path="api.yaml") == []
    assert moved("+  limit: 3", path="api.yaml") == [("limit", None, "3")]


def test_prose_is_no_setting():
    assert (
        moved("-description: set the limit to taste", "+description: keep the limit as it is") == []
    )


def test_more_than_anybody_can_read_is_cut_and_said():
    many = [f"+replicas: {number}" for number in range(SETTINGS_AT_MOST + 1)]
    for lines, whole in ((many[1:], True), (many, False)):
        patch = read_patch("\n".join((f"@@ -0,0 +1,{len(lines)} @@", *lines)))
        found, all_of_them = moved_settings("x.yaml", patch)
        assert len(found) == SETTINGS_AT_MOST
        assert all_of_them is whole


@given(st.lists(st.text(alphabet='+- replicas:="{}[]#$0123\t', max_size=30), max_size=8))
def test_no_lines_make_it_fail(lines: list[str]):
    settings(*lines)
