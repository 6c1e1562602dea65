"""Is the past of the demo's company one that could have been, to the last signature?"""

from __future__ import annotations

import ast
import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot import auditing, signing
from bot.cli.commands import parser
from bot.demo import quarter
from tests.demo.past import ENDS, chosen_in, past_in
from tests.test_auditing import pem

MANY = 120


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return past_in(tmp_path_factory.mktemp("past"), MANY)


def rows(past: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(past)) as connection:
        return connection.execute(query).fetchall()


def test_all_of_it_verifies(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [key] = past.parent.glob("*.key.pem")
    public = pem(past.parent, signing.load(str(key)))
    words = ["audit", "verify", "--json", "--key", str(public)]
    code = auditing.verify(parser().parse_args(words), lambda: f"sqlite:///{past}")
    said = json.loads(capsys.readouterr().out)
    assert (code, said["flaws"], said["signoffs"]) == (0, [], MANY)
    final = rows(past, "SELECT count(*) FROM signoff WHERE status <> 'pending'")[0][0]
    assert said["attestations"] == final


def test_it_went_forward_and_ends_now(past: Path) -> None:
    told = rows(past, "SELECT json_extract(body, '$.event.at'), body FROM audit ORDER BY seq")
    moments = [datetime.fromisoformat(at) for at, _ in told if at]
    assert moments == sorted(moments)
    assert moments[-1] <= ENDS


def test_everything_happens_that_a_chart_is_about(past: Path) -> None:
    statuses = Counter(dict(rows(past, "SELECT status, count(*) FROM signoff GROUP BY 1")))
    assert {"approved", "rejected", "expired", "not_required", "overridden", "pending"} <= set(
        statuses
    )
    shipped = rows(past, 'SELECT count(*) FROM audit WHERE body LIKE \'%"kind":"shipped"%\'')
    assert shipped[0][0] > MANY / 2
    assert rows(past, "SELECT count(*) FROM incident") > [(0,)]


def test_its_figures_are_there_at_once(past: Path) -> None:
    assert rows(past, "SELECT count(*) FROM counted") == [(MANY,)]
    last = "SELECT max(seq) FROM audit"
    assert rows(past, "SELECT seq FROM mark WHERE name = 'counted'") == rows(past, last)


def test_nothing_of_it_is_shown_or_sent_anymore(past: Path) -> None:
    hung = "SELECT count(*) FROM surface WHERE subject NOT IN (SELECT id FROM signoff WHERE status = 'pending')"
    assert rows(past, hung) == [(0,)]
    assert rows(past, "SELECT count(*) FROM outbox") == [(0,)]


def test_the_same_seed_is_the_same_quarter(tmp_path: Path) -> None:
    roster = chosen_in(tmp_path).config.roster
    one, same, other = (quarter.a_quarter(seed, 40, roster, ENDS) for seed in (1, 1, 2))
    assert one.changes == same.changes
    assert one.changes != other.changes


def test_no_server_can_come_to_it() -> None:
    """A clock that can be set is for the demo alone."""
    root = Path(__file__).parents[2]
    for file in (root / "bot").rglob("*.py"):
        if file.parent.name == "demo":
            continue
        named = {
            name
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.ImportFrom | ast.Import)
            for name in [getattr(node, "module", None), *(it.name for it in node.names)]
        }
        assert not {"bot.demo.history", "history.live_through"} & named, file
