"""Do the alerts and the panels that are shipped ask for what is there, and fire when they should?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.demo.scene import SENIOR, Scene
from bot.web.gauges import KNOWN
from tests.web.ci import Ci

ROOT = Path(__file__).parents[2]
OPS = ROOT / "docs" / "ops"
WORD = re.compile(r"\bcountersign_[a-z_]+")
COUNTED_LATER = {"countersign_refusals_total"}
"""Without a series until it happens for the first time."""


def _promtool() -> Path:
    """PROMTOOL names it, or `make .peers/promtool/.done` fetched it; else it is on the PATH, or not."""
    given = os.environ.get("PROMTOOL") or shutil.which("promtool")  # noqa: TID251
    found = Path(given or ROOT / ".peers" / "promtool" / "usr" / "bin" / "promtool")
    if not found.exists():
        pytest.skip("LEFT OUT: there is no promtool (`make .peers/promtool/.done` fetches it)")
    return found


def _tool(*arguments: str, said: str = "") -> str:
    done = subprocess.run(
        [_promtool(), *arguments],
        cwd=OPS,
        input=said,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _rules() -> list[dict[str, Any]]:
    return yaml.safe_load((OPS / "rules.yml").read_text())["groups"][0]["rules"]


def _panels() -> list[dict[str, Any]]:
    return json.loads((OPS / "grafana.json").read_text())["panels"]


def _expressions() -> Iterator[tuple[str, str]]:
    for rule in _rules():
        yield rule["alert"], rule["expr"]
    for panel in _panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize("expression", [it for _, it in _expressions()])
def test_every_expression_is_promql(expression: str):
    promql_parser.parse(expression)


def test_the_parser_refuses_what_is_none():
    with pytest.raises(ValueError, match="unclosed"):
        promql_parser.parse('sum(countersign_sla_total{outcome="expired"}[1h]')


@pytest.fixture
async def scraped(ci: Ci, scene: Scene) -> str:
    """After a change was asked about and approved, and somebody pressed once too often."""
    card = await scene.shown((await ci.post(ci.message())).said["id"])
    await scene.approve(SENIOR, card)
    await scene.press(SENIOR, card, "Approve")
    await scene.house.settle()
    return (await ci.ask("GET", "/metrics")).body.decode()


async def test_every_metric_they_name_is_in_a_scrape(scraped: str):
    families = {it.name: it for it in text_string_to_metric_families(scraped)}
    there = {sample.name for it in families.values() for sample in it.samples} | COUNTED_LATER
    named = {name for _, expression in _expressions() for name in WORD.findall(expression)}
    assert named <= there
    assert not named & (KNOWN.keys() - there)


async def test_labels_they_ask_for_are_there(scraped: str):
    """A misspelt state would be an alert that never fires."""
    asked = set()
    for _, expression in _expressions():
        asked |= set(re.findall(r'(countersign_\w+)\{(\w+)(?:=~?|!=)"([^"]*)"', expression))
    for name, label, values in asked:
        for value in values.split("|"):
            assert re.search(rf'{name}\{{[^}}]*{label}="{value}"', scraped), (name, label, value)


async def test_promtool_finds_no_fault_with_names_and_units(scraped: str):
    assert _tool("check", "metrics", said=scraped) == ""


def test_promtool_takes_the_rules():
    assert "SUCCESS" in _tool("check", "rules", "rules.yml")


def test_every_alert_fires_and_its_twin_does_not():
    assert "SUCCESS" in _tool("test", "rules", "rules_test.yml")


def test_every_alert_is_tried_both_ways():
    tried = {rule["alert"]: set[bool]() for rule in _rules()}
    for case in yaml.safe_load((OPS / "rules_test.yml").read_text())["tests"]:
        for it in case["alert_rule_test"]:
            tried[it["alertname"]].add(bool(it["exp_alerts"]))
    assert all(ways == {True, False} for ways in tried.values()), tried


def test_every_alert_says_where_it_is_told_what_to_do():
    headings = re.findall("^#+ (.+)$", (ROOT / "docs" / "operating.md").read_text(), re.M)
    anchors = {re.sub(r"[^\w -]", "", it.lower()).replace(" ", "-") for it in headings}
    for rule in _rules():
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operating.md"
        assert anchor in anchors, rule["alert"]


def test_every_number_is_told_of_in_the_docs():
    told = (ROOT / "docs" / "operating.md").read_text() + (
        ROOT / "docs" / "override.md"
    ).read_text()
    wanted = {name for _, expression in _expressions() for name in WORD.findall(expression)}
    plain = {name.removesuffix("_bucket") for name in wanted}
    assert not {name for name in plain if f"`{name}" not in told}
