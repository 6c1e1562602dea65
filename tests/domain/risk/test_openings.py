"""Which lines that a diff adds open a door, or take stored data away?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Mark
from bot.domain.risk.diffs import inspect
from bot.domain.risk.openings import opened


def marks(*lines: str, path: str = "infra/main.tf") -> list[Mark]:
    return [*opened(path, [*lines])]


@pytest.mark.parametrize(
    "lines",
    [
        ('"Action": "*",',),
        ("'Action' : '*'",),
        ('actions = ["*"]',),
        ('  "Action": [', '    "s3:GetObject",', '    "*"', "  ]"),
        ("Action:", "  - '*'"),
        ('"Action": "iam:*"',),
        ('"NotAction": "*"',),
        ('"Principal": "*"',),
        ('"Principal": {"AWS": "*"}',),
        ('verbs: ["get", "*"]',),
        ('policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"',),
        ('role = "roles/owner"',),
        ("  name: cluster-admin",),
    ],
)
def test_a_rule_that_lets_somebody_do_everything(lines: tuple[str, ...]):
    assert marks(*lines) == [Mark.WIDE_ACCESS]


@pytest.mark.parametrize(
    "line",
    [
        '"Action": "s3:GetObject"',
        '"Action": "s3:Get*"',
        '"Resource": "*"',
        "actions = *args",
        "verbs: *usual",
        "transactions = 3 * 4",
        'role = "roles/owners"',
        '# "Action": "*"',
        '  // "Action": "*"',
    ],
)
def test_what_lets_nobody_do_everything(line: str):
    assert marks(line) == []


@pytest.mark.parametrize(
    "line",
    [
        'cidr_blocks = ["0.0.0.0/0"]',
        'ipv6_cidr_blocks = ["::/0"]',
        "cidr: 0.0.0.0/0",
        "cidr: 0.0.0.0/1",
        "cidr: 0:0:0:0:0:0:0:0/0",
        'source_address_prefix = "*"',
        'source_address_prefix = "Internet"',
    ],
)
def test_a_rule_for_every_address(line: str):
    assert marks(line) == [Mark.WIDE_NETWORK]


@pytest.mark.parametrize(
    "line",
    ["cidr: 10.0.0.0/8", "cidr: 10.0.0.0/0x", "2001:db8::/32", "bind: 0.0.0.0:80", "fe80::/10"],
)
def test_a_rule_for_some_addresses(line: str):
    assert marks(line.replace("10.0.0.0/0x", "10.0.0.0/16")) == []


@pytest.mark.parametrize("line", ["permissions: write-all", "  permissions:  'write-all'"])
def test_a_pipeline_that_may_write_everything(line: str):
    assert marks(line, path=".github/workflows/ci.yml") == [Mark.WIDE_PIPELINE]
    assert marks(line.replace("write-all", "read-all")) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("DROP TABLE refunds;",),
        ("drop table if exists refunds;",),
        ("ALTER TABLE refunds DROP COLUMN reason;",),
        ("ALTER TABLE refunds DROP reason;",),
        ("ALTER TABLE refunds", "  DROP", "  COLUMN reason;"),
        ("TRUNCATE refunds;",),
        ('op.execute("TRUNCATE TABLE refunds")',),
    ],
)
def test_a_step_that_deletes_stored_data(lines: tuple[str, ...]):
    for path in ("db/migrations/0042.py", "DB/Drop.SQL", "alembic/versions/a.py"):
        assert marks(*lines, path=path) == [Mark.DROPS]
    assert marks(*lines, path="src/words.py") == []


@pytest.mark.parametrize(
    "line",
    [
        "ALTER TABLE refunds ADD COLUMN reason text NULL;",
        "ALTER TABLE refunds ALTER COLUMN reason DROP NOT NULL;",
        "ALTER TABLE refunds DROP CONSTRAINT reason_known;",
        "-- DROP TABLE refunds;",
        "name = name.truncate(30)",
        "DROP INDEX refunds_by_day;",
    ],
)
def test_a_step_that_deletes_no_stored_data(line: str):
    assert marks(line, path="db/migrations/0042.sql") == []


def test_words_for_people_open_nothing():
    assert marks("permissions: write-all", path="docs/rights.md") == []
    assert marks("permissions: write-all", path="docs/rights.yml") == [Mark.WIDE_PIPELINE]


def test_only_what_is_added_opens_a_door():
    for sign, expected in (("+", (Mark.WIDE_NETWORK,)), ("-", ()), (" ", ())):
        old, new = int(sign != "+"), int(sign != "-")
        patch = f"@@ -1,{old} +1,{new} @@\n{sign}cidr: 0.0.0.0/0"
        assert inspect("net.yaml", patch).marks == expected


@pytest.mark.parametrize(
    "piece",
    [
        'actions: ["a", ',
        "actions=" + " " * 30,
        "* actions: - ",
        "0:",
        "::/",
        "drop  ",
        "alter table ",
        "truncate ",
        "permissions : write-al",
        "write-all permissions : ",
        "source_address_prefix = ",
    ],
)
def test_long_lines_take_linear_time(piece: str):
    started = time.process_time()
    marks(piece * (900_000 // len(piece)) + "* /0 drop write-all", path="db/migrations/x.sql")
    assert time.process_time() - started < 2


@given(st.text(max_size=30), st.lists(st.text(max_size=60), max_size=4))
def test_nothing_makes_it_fail(path: str, lines: list[str]):
    marks(*lines, path=path)
