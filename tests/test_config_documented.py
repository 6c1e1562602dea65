"""docs/policy.md: every word stands in it, and what it shows as an example is valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import config
from bot.__main__ import main
from bot.config import shape, shape_policy
from bot.config.public_holidays import YEARS
from bot.domain.risk.reasons import WEIGHTS

HOME = Path(__file__).parent.parent
TEXT = (HOME / "docs/policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
HOUSE: dict[str, Any] = {
    "people": {
        "ada": {"name": "Ada", "level": "senior"},
        "grace": {"name": "Grace", "level": "staff"},
    },
    "groups": {
        "payments-seniors": {"members": ["ada", "grace"]},
        "payments": {"members": ["ada"]},
        "leads": {"members": ["grace"]},
    },
    "windows": {
        "year-end": {"kind": "freeze", "from": "2026-12-19"},
        "maintenance": {"kind": "peak", "days": "sun"},
    },
}


def read(example: str) -> Any:
    """Every value but numbers and booleans as text, as our own reader has it."""
    return yaml.load(example, yaml.BaseLoader)  # noqa: S506


def server(added: dict[str, Any]) -> config.Config:
    merged = {**HOUSE, **added}
    text = yaml.safe_dump(merged, default_style=None)
    bare = re.sub(r"'(true|false|[0-9]+)'", r"\1", text)
    return config.load(bare)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


def test_the_policy_test_that_is_shown_passes(tmp_path: Path) -> None:
    shown = next(example for example in EXAMPLES if example.startswith("examples:"))
    file, ours = tmp_path / "policy.test.yaml", str(HOME / "countersign.example.yaml")
    file.write_text(shown)
    assert main(["policy", "test", str(file), "--config", ours]) == 0


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid(example: str) -> None:
    said = read(example)
    match said:
        case {"version": _}:
            assert len(config.repository_policy(example, server({}))) == 1
        case {"examples": _}:
            pass  # it is run below
        case {"policy": _} | {"windows": _} | {"slas": _}:
            server(said)
        case {"when": _}:
            server({"policy": {"rules": [{"name": "A", **said}]}})
        case {"groups": groups}:
            assert server({"policy": {"groups": groups}}).policy.rules
        case [*rules]:
            assert server({"policy": {"rules": rules}}).policy.rules
        case _:
            raise AssertionError(f"no reader knows what this is: {example}")


@pytest.mark.parametrize(
    "words_of",
    [
        shape_policy.When,
        shape_policy.Require,
        shape_policy.Matches,
        shape_policy.Size,
        shape.Sla,
        shape.Calendar,
    ],
)
def test_every_word_stands_in_it(words_of: type[shape_policy.Shape]) -> None:
    words = [field.alias or name for name, field in words_of.model_fields.items()]
    missing = [word for word in words if not re.search(rf"[`{{ ]{word}[`:]", TEXT)]
    assert missing == []


def test_every_kind_of_risk_stands_in_it() -> None:
    assert [kind for kind in WEIGHTS if f"`{kind}`" not in TEXT] == []


def test_the_numbers_in_it_are_those_in_force() -> None:
    assert "from 0.01% to 100%" in TEXT
    assert f"{config.REPOSITORY_BYTES // 1024} KB" in TEXT
    assert f"known from {YEARS[0]} to {YEARS[-1]}" in TEXT
