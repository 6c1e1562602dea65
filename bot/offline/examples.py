"""Which example changes does a test of a policy hold, and what is expected of each?

Strict: an unknown key is a mistake with its line, in the example as in its change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from bot.config import Misconfigured, Mistake, reading
from bot.config.mistakes import Path, spoken
from bot.config.reading import Document
from bot.config.shape_parts import Listed, Many, Shape
from bot.config.shape_policy import Ai, Tier
from bot.config.values import Text, refusal
from bot.config.view import View, located
from bot.config.words import refusals
from bot.domain.change import Change
from bot.domain.people import Roster
from bot.domain.spans import harmless
from bot.offline.defaults import whole
from bot.offline.files import A_MOMENT, CONNECTION, aware
from bot.pipelines.problems import invalid
from bot.pipelines.stated import StatedChange
from bot.pipelines.stated_words import FORMATS

USUAL = datetime(2026, 1, 14, 10, 0, tzinfo=UTC)
"""When an example happens that does not say so: a Wednesday morning, the same on every day."""

_TOLD_AT_MOST = 100
_ASKED_AT_MOST = 100


def _moment(said: object) -> datetime:
    found = aware(said) if isinstance(said, str) else None
    if found is None:
        raise refusal(f"must be {A_MOMENT}")
    return found


def _people(said: object) -> object:
    if said == "nobody":
        return 0
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= _ASKED_AT_MOST:
        return said
    raise refusal("must be how many have to sign, or nobody")


class Expected(Shape):
    """What has to come of it; what is left out may be anything."""

    asked: Annotated[int | None, BeforeValidator(_people)] = None
    level: Text | None = None
    sources: Annotated[Many[Text] | None, Field(alias="from")] = None
    rules: Many[Text] = ()
    not_rules: Many[Text] = ()
    ai: Ai | None = None
    risk: Tier | None = None
    because: Many[Text] = ()
    checklist: Many[Text] | None = None
    declaration: Literal["no", "ask", "required"] | None = None
    people: Many[Text] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Expected:
        if not self.model_fields_set:
            raise refusal("has to expect something")
        return self


class StatedExample(Shape):
    name: Text
    change: dict[str, Any] = Field(default_factory=dict)
    at: Annotated[datetime, BeforeValidator(_moment)] = USUAL
    expect: Expected


class Examples(Shape):
    """A file of them."""

    examples: Annotated[tuple[StatedExample, ...], Field(min_length=1), Listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of them, with its change as a server would have it, and where it stands."""

    name: str
    change: Change
    at: datetime
    expected: Expected
    file: str
    line: int


def examples(text: str, file: str, roster: Roster) -> tuple[Example, ...]:
    """All examples of a file; Misconfigured with every mistake in it."""
    reader = _Reader(document=reading.read(text), roster=roster)
    reader.mistakes += reader.document.mistakes
    read = reader.shaped()
    changes = reader.changes()
    if reader.mistakes or read is None:
        told = map(str, sorted(set(reader.mistakes))[:_TOLD_AT_MOST])
        raise Misconfigured(told, f"{harmless(file, 200)} has mistakes")
    return tuple(
        Example(
            name=said.name,
            change=change,
            at=said.at,
            expected=said.expect,
            file=file,
            line=reader.document.line(("examples", place)),
        )
        for place, (said, change) in enumerate(zip(read.examples, changes, strict=True))
    )


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects what is wrong while it reads."""

    document: Document
    roster: Roster
    mistakes: list[Mistake] = field(default_factory=list)

    def shaped(self) -> Examples | None:
        if self.document.data is None and self.mistakes:
            return None  # it could not be read to its end
        try:
            return Examples.model_validate(self.document.data)
        except ValidationError as error:
            for path, message in refusals(error, Examples):
                self._refuse(path, message)
        return None

    def changes(self) -> list[Change]:
        """Also where another part of the file has mistakes: all are told at once."""
        listed = View(self.document.data)["examples"]
        found = [self._change(it) for it in listed.items()]
        return [change for change in found if change is not None]

    def _change(self, example: View) -> Change | None:
        said, name = example["change"], example["name"].value
        values = said.value if isinstance(said.value, dict) else {}
        data = whole(values, name if isinstance(name, str) else "", self.roster)
        try:
            stated = StatedChange.model_validate(data)
        except ValidationError as error:
            told = list(_problems(error))
            # Defaults that repeat what was said would repeat what is wrong with it.
            own = [it for it in told if it[0][:1] and it[0][0] in values]
            for path, message in own or told:
                self._refuse((*said.path, *path), message)
            return None
        change = stated.change(connection=CONNECTION)
        # Somebody looked, and there is no such file.
        return change if "codeowners" in values else replace(change, owners=())

    def _refuse(self, path: Path, message: str) -> None:
        where = located(path, self.document.data)
        self.mistakes.append(Mistake(self.document.line(where), spoken(where), message))


def _problems(error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Where, and in the words that a pipeline would read."""
    told = invalid(error, root="", formats=FORMATS).problems
    found = error.errors(include_url=False, include_input=False)
    for details, problem in zip(found, told, strict=False):
        yield details["loc"], problem.detail
