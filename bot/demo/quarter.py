"""What happened at the company of the demo in thirteen weeks? Invented, and believable: who made which
change with which tool, who looked at it and when, and what broke.

The same seed is the same quarter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from bot.demo.habits import BOT, PARTS, PLACES, REASONS, TEAMS, TITLES, TOOLS, Part, Tool
from bot.domain.calendar import WorkingHours, working_hours
from bot.domain.change import AiStatement, Change, Check, Commit, FileChange, Identity, Kind
from bot.domain.people import Person, Roster

CONFIG = Path(__file__).with_name("quarter.yaml").read_text()
CONNECTION = "payments-ci"
WEEKS, SIGNOFFS = 13, 3_000
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

LATELY, JUST_NOW = 3 * HOUR, 14
"""So many come at the end, whatever the hour, so that some are seen to wait."""

BAD_WEEK = 8
"""Three of five seniors of payments were at a conference, and everything took longer."""

SLOW, QUICK = 55, 18
"""Working minutes until somebody looks, typically: in the bad week, and else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A change that comes at `at`. `flawed`: whoever looks well sees that; `breaks`: it does, if it ships."""

    number: int
    at: datetime
    team: str
    change: Change
    flawed: bool
    breaks: bool
    lands_after: timedelta
    emergency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """All that chance decides, told in advance; what people may do is for the policy to say."""

    seed: int
    begins: datetime
    ends: datetime
    roster: Roster
    changes: tuple[Planned, ...]
    hours: Mapping[str, WorkingHours] = field(repr=False)

    def looks_at(self, person: str, number: int, asked_at: datetime) -> datetime | None:
        """When somebody who is asked looks, in their own working hours; None: never."""
        luck = self.luck("look", number, person)
        if luck.random() < 0.12:
            return None
        week = (asked_at - self.begins).days // 7
        typical = SLOW if week == BAD_WEEK else QUICK
        delay = typical * luck.lognormvariate(0, 1.1) * self._pace(person) * MINUTE
        return self.hours[person].add(asked_at, delay)

    def reads_for(self, person: str, number: int, lines: int) -> timedelta:
        """From opening the evidence to deciding."""
        luck = self.luck("read", number, person)
        return (1 + lines / 60) * luck.lognormvariate(0, 0.6) * self._pace(person) * MINUTE

    def rejects(self, person: str, planned: Planned) -> str:
        """Why they say no; empty: they do not."""
        luck = self.luck("verdict", planned.number, person)
        if any(file.path.startswith("flags/") for file in planned.change.files):
            return ""  # nobody ever found anything there
        if luck.random() < (0.62 if planned.flawed else 0.025):
            return luck.choice(REASONS)
        return ""

    def luck(self, *about: object) -> Random:
        """The same for the same matter, in whatever order things happen."""
        return Random(f"{self.seed} {about}")  # noqa: S311

    def _pace(self, person: str) -> float:
        return 0.6 + 1.2 * self.luck("pace", person).random()


def a_quarter(seed: int, signoffs: int, roster: Roster, ends: datetime) -> Quarter:
    """`signoffs` changes in whole weeks up to now; the running one is as long as it is."""
    monday = (ends - timedelta(days=ends.weekday())).replace(hour=0, minute=0, second=0)
    begins = monday.replace(microsecond=0) - WEEKS * 7 * DAY
    luck = Random(seed)  # noqa: S311
    hours = {
        id: working_hours("09:00-18:00", it.timezone or "UTC") for id, it in roster.people.items()
    }
    moments = _moments(luck, signoffs, begins, ends)
    changes = [_planned(luck, number, at, roster) for number, at in enumerate(moments, 1)]
    emergencies = luck.sample(range(1, signoffs * 9 // 10), 3)
    return Quarter(
        seed=seed,
        begins=begins,
        ends=ends,
        roster=roster,
        changes=tuple(_in_need(it) if it.number in emergencies else it for it in changes),
        hours=hours,
    )


def _moments(luck: Random, wanted: int, begins: datetime, ends: datetime) -> list[datetime]:
    """In working hours mostly, fewer on Fridays, and more each week than the week before."""
    office = working_hours("08:00-19:00", "Europe/London")
    span = (ends - begins).total_seconds()
    found = [ends - luck.random() * LATELY for _ in range(min(JUST_NOW, wanted // 4))]
    while len(found) < wanted:
        at = begins + timedelta(seconds=round(span * luck.random() ** 0.9))
        busy = 1.0 if office.is_open(at) else 0.03
        if luck.random() < busy * (0.55 if at.weekday() == 4 else 1):
            found.append(at)
    return sorted(found)


def _planned(luck: Random, number: int, at: datetime, roster: Roster) -> Planned:
    [team] = luck.choices(list(TEAMS), [it.share for it in TEAMS.values()])
    part, tool = luck.choice(PARTS[team]), _tool(luck)
    by_bot = tool is None and luck.random() < 0.12
    author = BOT if by_bot else _author(luck, roster, TEAMS[team].authors)
    lines = int(min(2_000, max(2, luck.lognormvariate(3.6 + (0.5 if tool else 0), 1.1))))
    flawed = luck.random() < (0.05 if by_bot else 0.13 if tool else 0.09)
    return Planned(
        number=number,
        at=at,
        team=team,
        change=_change(luck, number, at, team, part, tool, author, lines),
        flawed=flawed,
        breaks=luck.random() < (0.3 if flawed else 0.018),
        lands_after=luck.lognormvariate(2.4, 0.5) * MINUTE,
    )


def _tool(luck: Random) -> Tool | None:
    [tool] = luck.choices([None, *TOOLS], [42, *(tool.share for tool in TOOLS)])
    return tool


def _author(luck: Random, roster: Roster, authors: tuple[str, ...]) -> Identity:
    return _identity(roster.people[luck.choice(authors)])


def _identity(person: Person) -> Identity:
    return Identity(
        login=min(person.logins), email=min(person.emails), name=person.name, kind="User"
    )


def _change(
    luck: Random,
    number: int,
    at: datetime,
    team: str,
    part: Part,
    tool: Tool | None,
    author: Identity,
    lines: int,
) -> Change:
    sha = hashlib.sha1(f"quarter {number}".encode()).hexdigest()  # noqa: S324 -- as git names commits
    title = "Bump the client library" if author is BOT else luck.choice(TITLES[team])
    said = None if author is BOT else _said(luck, tool, author)
    trailer = f"\n\n{tool.trailer}" if tool and luck.random() < 0.8 else ""
    [environment] = luck.choices(list(PLACES), list(PLACES.values()))
    repository = f"acme/{team}-{luck.choice(TEAMS[team].repositories)}"
    return Change(
        connection=CONNECTION,
        key=f"{repository.removeprefix('acme/')}/deploy/{100 + number}",
        repository=repository,
        revision=sha,
        environment=environment,
        title=title,
        author=author,
        kind=part.kind,
        lineage=f"pull/{300 + number}",
        branch=f"change-{number}",
        base_branch="main",
        link=f"https://git.acme.example/{repository}/pull/{300 + number}",
        triggered_by=author,
        commits=(_commit(luck, sha, title + trailer, author, at),),
        files=tuple(_files(luck, part, lines)),
        ai=said,
        checks=(_check(luck),),
    )


def _said(luck: Random, tool: Tool | None, author: Identity) -> AiStatement | None:
    """Most people say so; a few forget, and a few say that it was not so."""
    says = luck.random()
    if tool and says < 0.75:
        return AiStatement(assisted=True, tools=(tool.name,), prompted_by=author)
    if tool:
        return AiStatement(assisted=False) if says > 0.95 else None
    return AiStatement(assisted=False) if says < 0.7 else None


def _commit(luck: Random, sha: str, message: str, author: Identity, at: datetime) -> Commit:
    written = at - luck.lognormvariate(2, 1) * HOUR
    return Commit(sha=sha, message=message, author=author, committer=author, authored_at=written)


def _check(luck: Random) -> Check:
    return Check(name="unit tests", conclusion="failure" if luck.random() < 0.03 else "success")


def _files(luck: Random, part: Part, lines: int) -> Iterator[FileChange]:
    count = max(1, min(12, round(lines / 40)))
    for index in range(count):
        added = max(1, lines // count)
        path = part.path.format(n=luck.randrange(40) if index else 1)
        yield FileChange(path=path, additions=added, deletions=added // 3, status="modified")
    if part.kind is Kind.SOFTWARE and luck.random() < 0.7 and lines > 10:
        yield FileChange(
            path="tests/test_it.py", additions=lines // 3, deletions=0, status="modified"
        )


def _in_need(planned: Planned) -> Planned:
    """Somebody let this one go on before anybody could look."""
    return replace(planned, flawed=False, breaks=False, emergency=True)
