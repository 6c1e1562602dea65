"""One answer at a gate: what the platform was asked, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import settings
from bot.connections import pipelines
from bot.domain.signoff import Signoff, Status
from bot.pipelines.gated import GatedPipeline
from bot.pipelines.parts import Parts
from bot.ports import Pipeline, Send, Undelivered
from tests.builders import FakeClock
from tests.pipelines.gates import Case, Exchange, Strict
from tests.pipelines.signoffs import NOON, Outside, a_signoff

_PEOPLE = """\
people: {ada: {name: Ada, level: senior, slack: U0ADA}}
groups: {all: {members: ada}}
"""
PAGES = Path(__file__).parents[3] / "docs" / "pipelines"
_YAML = re.compile(r"```yaml\n(.*?)```", re.S)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def a_pipeline(case: Case, send: Send) -> GatedPipeline:
    return case.make(
        Parts(
            name="ci",
            url=case.url,
            secrets={"secret": SECRET, "api_token": case.token},
            words=case.words,
            lists={},
            link_prefix="",
            public_url="https://sign.acme.example",
            clock=lambda: NOON,
            send=send,
        )
    )


def a_decision(case: Case, status: Status, **gate: str) -> Signoff:
    """Of the change that waits at the gate of this case, or at another."""
    written = {key: str(value) for key, value in case.gate.items()}
    return a_signoff(status, reply_to=written | gate, ended_by="ada")


async def told(case: Case, status: Status, exchanges: Sequence[Exchange], **gate: str) -> None:
    """By just these requests."""
    there = Strict(case, exchanges)
    await a_pipeline(case, there).report(a_decision(case, status, **gate))
    assert there.satisfied


async def refusal(
    case: Case, status: Status, exchanges: Sequence[Exchange], **gate: str
) -> Undelivered:
    """What came of it, after just these requests."""
    there = Strict(case, exchanges)
    with pytest.raises(Undelivered) as refused:
        await a_pipeline(case, there).report(a_decision(case, status, **gate))
    assert there.satisfied
    return refused.value


def documented(kind: str) -> str:
    """What its page says of countersign.yaml."""
    page = (PAGES / f"{kind}.md").read_text()
    blocks: list[str] = _YAML.findall(page)
    return next(block for block in blocks if block.startswith("connections:"))


def configured(folder: Path, connections: str, **secrets: str) -> Pipeline:
    """The adapter that a config with this makes of its first connection."""
    file = folder / "countersign.yaml"
    file.write_text(f"{_PEOPLE}{connections}")
    slack = {"SLACK_BOT_TOKEN": "xoxb-some-token", "SLACK_SIGNING_SECRET": "some-signing-secret"}
    chosen = settings.read({"COUNTERSIGN_CONFIG": str(file), **slack, **secrets})
    return next(iter(pipelines(chosen, FakeClock(), Outside()).values()))
