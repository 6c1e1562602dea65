"""Which words do platforms use alike when they tell of a change: revisions, moments, numbers?

Tolerant, unlike `stated_words`: nobody here can be asked to mend what a platform says.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from bot.domain.risk.diffs import odd_name
from bot.pipelines import stated_words

LONGEST_TITLE = 500
LONGEST_DETAIL = 200
REVISION = stated_words.REVISION

_FULL_NAME = r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"

FORMATS = stated_words.FORMATS | {_FULL_NAME: "must look like owner/name"}


class Payload(BaseModel):
    """What it holds came from outside, and stands in no error of ours."""

    model_config = ConfigDict(hide_input_in_errors=True)


def is_number(text: str) -> bool:
    """Whether it is that of a run, or of an installation, in plain digits."""
    return re.fullmatch(r"[0-9]{1,19}", text) is not None


def is_revision(text: str) -> bool:
    """Whether it is a commit's id in full."""
    return re.fullmatch(REVISION, text) is not None


def legible(*paths: str) -> bool:
    """Whether these are names that rules can be compared with.

    U+FFFD stands where a name is no text: then we do not know it.
    """
    return not any(
        odd_name(path) or "\ufffd" in path or {"", ".", ".."} & set(path.split("/"))
        for path in paths
    )


def first_line(text: str) -> str:
    """As a title; empty if it says nothing."""
    lines = text.replace("\x00", "").strip().splitlines()
    return lines[0][:LONGEST_TITLE].strip() if lines else ""


def title(text: str, sha: str) -> str:
    """Of a commit that says this, or of what brings it."""
    return first_line(text) or f"Commit {sha[:12]}"


def what(revision: str, repository: str, environment: str) -> str:
    """ "4f4f… of acme/payments-api to production", for the log."""
    shipped = one_line(revision)[:40] or "something"
    place = one_line(environment) or "no environment"
    return f"{shipped} of {one_line(repository) or 'something'} to {place}"


def one_line(text: str) -> str:
    """Without what nobody sees, and no longer than people read."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(seen.split())[:LONGEST_DETAIL].rstrip()


def _moment(said: object) -> datetime | None:
    """Git takes any date; one that no calendar of ours holds is as good as none."""
    try:
        return stated_words.moment(said)
    except ValueError:
        return None


def _text(said: object) -> object:
    """What is not said comes as null; what PostgreSQL cannot store is left out."""
    return said.replace("\x00", "") if isinstance(said, str) else "" if said is None else said


Sha = stated_words.Revision
FullName = Annotated[str, StringConstraints(max_length=200, pattern=_FULL_NAME)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[int, Field(ge=1, le=2**53 - 1, strict=True)]
Lines = Annotated[int, Field(ge=0, le=2**53 - 1)]
