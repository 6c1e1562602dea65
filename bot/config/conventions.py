"""By which marks do we know a tool: ours, and those the operator adds?

Ours stand in conventions.yaml beside this file; `provenance.conventions` of countersign.yaml holds
entries of the same format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.config import reading
from bot.config.automaton import Automaton, NoPattern, Row, checked
from bot.config.mistakes import ConfigError, Mistake, Path, shown
from bot.config.values import OneOrMany, refusal
from bot.domain.evidence.conventions import Convention, Conventions, Role, Tier, Where
from bot.domain.lines import opening, plain

_SOURCES = {
    Where.LINE: "footer", Where.ANY: "session link", Where.SUBJECT: "subject", Where.BOX: "check-box",
    Where.BRANCH: "branch", Where.LABEL: "label", Where.NOTE: "git note", Where.FILE: "context file",
    Where.VALUE: "trailer", Where.LOGIN: "bot identity",
}  # fmt: skip
Source = Literal[
    "trailer", "footer", "session link", "prose", "statement", "summary", "subject", "check-box",
    "agent trace",
]  # fmt: skip


def _re2(pattern: str) -> str:
    try:
        return checked(pattern)
    except NoPattern as problem:
        raise refusal(str(problem)) from None


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise refusal("must be a day such as 2026-04-22") from None
    return text


Pattern = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_re2)]
Day = Annotated[str, AfterValidator(_day)]
Examples = Annotated[tuple[str, ...], OneOrMany()]
Place = Literal[
    "email", "name", "shared_name", "login", "label", "note", "line", "subject", "box", "branch",
    "any", "value", "file",
]  # fmt: skip


class Entry(BaseModel):
    """One mark by which a tool makes itself known; or the switch that turns one of ours off."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
    """Yours to choose; one of ours only to replace it or to turn it off."""
    tool: Annotated[str, Field(pattern=r"^$|^[A-Za-z0-9][A-Za-z0-9 ._+/-]{0,39}$")] = ""
    """What the tool is called. Empty: AI, and the mark does not say which."""
    where: Place | None = None
    """Where the mark stands."""
    pattern: Pattern = "$"
    """A regular expression of RE2, for text in lower case. email, name, shared_name, login, label
    and note have to fit as a whole; line, subject, box and branch from their start."""
    unless: Pattern | None = None
    """It is no mark where this is found too."""
    tier: Literal["signed", "declared", "inferred", "context"] = "declared"
    """How much it proves. Only declared ones count as a fact; inferred ones are a reason to ask."""
    role: Literal["author", "assist", "review", "none", "automation"] = "author"
    """What the tool did. none: it says that no AI was used; automation: a bot that is not AI."""
    source: Source | None = None
    """What to call such a mark."""
    ids: Annotated[tuple[Annotated[str, Field(pattern="^[a-z]+:[0-9]+$")], ...], OneOrMany()] = ()
    """With where: login. The numbers of the accounts, as in github:1234."""
    between: Annotated[tuple[Day, ...], Field(min_length=2, max_length=2, strict=False)] | None = (
        None
    )
    """First and last day of a time when the mark was also set without AI."""
    then_tier: Literal["inferred", "context"] = "inferred"
    """What it proves of a commit of that time."""
    weak_committer: bool = False
    """As a committer it is only a reason to ask."""
    quotes: bool = False
    """A bot whose texts repeat those of others, as release notes do."""
    match: Examples = ()
    """Examples it must fit."""
    no_match: Examples = ()
    """Examples it must not fit."""
    off: bool = False
    """Turns the convention of this id off."""
    replace: bool = False
    """Takes the place of ours with this id."""

    @model_validator(mode="after")
    def _is_whole(self) -> Entry:
        if self.off:
            return self
        if self.where is None or "pattern" not in self.model_fields_set:
            raise refusal("needs where and pattern (or off: true)")
        if self.ids and self.where != "login":
            raise refusal("ids go with where: login alone")
        if self.tier == "signed" and self.where != "note":
            raise refusal("tier: signed goes with where: note alone; accounts sign by themselves")
        return self._with_fitting_examples()

    def _with_fitting_examples(self) -> Entry:
        fits = _table([self])
        for examples, wanted in ((self.match, True), (self.no_match, False)):
            for example in examples:
                if bool(fits.matching(_as_seen(_where(self), example))) is not wanted:
                    said = "does not fit" if wanted else "fits, and should not,"
                    raise refusal(f"the pattern {said} the example {shown(example)}")
        return self


def problems(own: Sequence[Entry]) -> Iterator[tuple[Path, str]]:
    """What is wrong with the operator's entries as a whole: where in their list, and why."""
    ours = {entry.id for entry in standard_entries()}
    seen: set[str] = set()
    for position, entry in enumerate(own):
        here: Path = (position, "id")
        if entry.id in seen:
            yield here, "names a second convention the same"
        elif (entry.off or entry.replace) and entry.id not in ours:
            yield here, "there is no convention of ours with this id"
        elif entry.id in ours and not (entry.off or entry.replace):
            yield here, "is the id of a convention of ours: add replace: true to take its place"
        seen.add(entry.id)


def compiled(
    entries: Iterable[Entry], *, own: Iterable[Entry] = (), version: str = ""
) -> Conventions:
    """What the domain matches with: our entries, without those the operator replaced or turned off."""
    mine = {entry.id: entry for entry in own}
    kept = [entry for entry in entries if entry.id not in mine]
    kept += [entry for entry in mine.values() if not entry.off]
    tables = {where: _table([entry for entry in kept if entry.where == where]) for where in Where}
    return Conventions(
        version=f"{version}+{_digest(mine.values())}" if mine else version,
        tables=tables,
        tools=frozenset(entry.tool for entry in kept if entry.tool),
        by_id={id: _convention(entry) for entry in kept for id in entry.ids},
    )


@cache
def standard() -> Conventions:
    """Ours alone."""
    return compiled(standard_entries(), version=_standard()[0])


def standard_entries() -> tuple[Entry, ...]:
    """Ours, as written."""
    return _standard()[1]


def standard_version() -> str:
    """As in "1 of 2026-11-22"."""
    return _standard()[0]


@cache
def _standard() -> tuple[str, tuple[Entry, ...]]:
    text = files("bot.config").joinpath("conventions.yaml").read_text(encoding="utf-8")
    document = reading.read(text)
    data: Any = document.data
    if document.mistakes or data is None:
        raise ConfigError(document.mistakes or [Mistake(1, "", "is empty")])
    entries = tuple(Entry.model_validate(entry) for entry in data["conventions"])
    return f"{data['version']} of {data['date']}", entries


def _digest(entries: Iterable[Entry]) -> str:
    written = "\n".join(entry.model_dump_json() for entry in entries)
    return sha256(written.encode(errors="replace")).hexdigest()[:12]


def _table(entries: Iterable[Entry]) -> Automaton:
    return Automaton(
        [
            Row(convention=_convention(entry), pattern=entry.pattern, unless=entry.unless)
            for entry in entries
        ]
    )


def _where(entry: Entry) -> Where:
    return Where(entry.where or Where.LINE)


def _as_seen(where: Where, example: str) -> str:
    text = plain(example)
    return opening(text) if where in (Where.LINE, Where.VALUE, Where.BOX) else text


def _convention(entry: Entry) -> Convention:
    where = _where(entry)
    days = [date.fromisoformat(day) for day in entry.between or ()]
    return Convention(
        id=entry.id,
        tool=entry.tool,
        where=where,
        tier=Tier(entry.tier),
        role=Role(entry.role),
        source=entry.source or _SOURCES.get(where, ""),
        ids=frozenset(entry.ids),
        weak_committer=entry.weak_committer,
        quotes=entry.quotes,
        between=(days[0], days[1]) if days else None,
        then_tier=Tier(entry.then_tier),
    )
