"""For how long is a decision good, and where is kept what proves it?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.config.shape_parts import Listed, Shape
from bot.config.times import Day, WrittenDuration, duration
from bot.config.values import SlackChannel, refusal

RETENTION, MONTH = "^([0-9]{1,4})(mo|d)$", 31
SHORTEST_KEPT, LONGEST_KEPT = timedelta(days=6 * MONTH), timedelta(days=120 * MONTH)
"""The EU AI Act wants six months of logs at least, PCI DSS twelve."""

SHORTEST_VALID, LONGEST_VALID = timedelta(minutes=5), timedelta(days=30)


def _valid(text: object) -> timedelta:
    length = duration(text)
    if not SHORTEST_VALID <= length <= LONGEST_VALID:
        raise refusal("must be at least 5m and at most 30d")
    return length


def _check_path(path: str) -> str:
    if not path.isprintable():
        raise refusal("must be the path of a file or a folder")
    return path


Validity = Annotated[timedelta, BeforeValidator(_valid, json_schema_input_type=WrittenDuration)]
FilePath = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_path)]


def _retention(text: object) -> timedelta:
    """A month is as long as the longest: nothing is over sooner than people count."""
    found = re.fullmatch(RETENTION, text) if isinstance(text, str) else None
    if not found:
        raise refusal("must be a number of months or days, such as 13mo or 400d")
    length = timedelta(days=int(found[1]) * (MONTH if found[2] == "mo" else 1))
    if not SHORTEST_KEPT <= length <= LONGEST_KEPT:
        raise refusal("must be at least 6mo and at most 120mo")
    return length


Retention = Annotated[
    timedelta,
    BeforeValidator(_retention, json_schema_input_type=Annotated[str, Field(pattern=RETENTION)]),
]


class Anchor(Shape):
    """A place where checkpoints of the audit trail are kept."""

    directory: FilePath | None = None
    """A folder that whoever owns the database cannot write to."""
    git: FilePath | None = None
    """A work tree of git, which you have pushed elsewhere, by a hook say."""
    slack: SlackChannel | None = None
    """A channel where the newest one is posted once a day."""

    @model_validator(mode="after")
    def _is_one(self) -> Anchor:
        if sum(map(bool, (self.directory, self.git, self.slack))) != 1:
            raise refusal("needs either directory, git or slack")
        return self


class RetiredKey(Shape):
    """A key that signed before: what it signed still verifies."""

    file: FilePath
    """The public key, in PEM."""
    until: Day | None = None
    """The last day on which `/api/v1/keys` names it."""


class Evidence(Shape):
    """How decisions are proved afterwards."""

    valid_for: Validity = timedelta(hours=24)
    """How long an approval may be deployed, from the decision on; by default 24h."""
    anchors: Annotated[tuple[Anchor, ...], Listed] = ()
    """Where checkpoints of the audit trail are kept, out of the reach of whoever owns the database."""
    keys: Annotated[tuple[RetiredKey, ...], Listed] = ()
    """Public keys of before."""
    retain: Retention = timedelta(days=13 * MONTH)
    """How long it is kept who had a part in a decision; by default 13mo. Nothing is erased by itself."""
