"""What happens in an invented year: who works where, when they are away, and what has to be signed?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from bot.domain.asking.rota import Rota, Rotation
from bot.domain.calendar import WorkingHours, working_hours
from bot.domain.people import Group, Person, Roster

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WEEKS = 52

ZONES = {
    "Europe/London": 4,
    "Europe/Berlin": 3,
    "America/New_York": 4,
    "America/Los_Angeles": 3,
    "Asia/Kolkata": 2,
    "America/Sao_Paulo": 2,
    "Asia/Tokyo": 1,
    "Australia/Sydney": 1,
}
"""Where people work, and how many of twenty."""

TEAMS = {
    "payments": (8, 40),
    "search": (6, 25),
    "mobile": (5, 15),
    "data": (4, 12),
    "infra": (4, 8),
}
"""How many seniors each team has, and its share of the changes in percent."""

PLATFORM = "platform"
"""Four of the twenty, who join once a change waits too long."""

PARTS = 6
"""Parts of each team's code; one senior knows some of them well, and most of them little."""

DELAY, OFF_HOURS, BUSY = 25, 0.05, 0.1
"""A look takes so many working minutes, typically; the chance of one outside working hours; how
much later each ask that waits makes it."""

ENTERED = 0.8
"""How many leaves are entered beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One change that somebody has to sign."""

    number: int
    at: datetime
    team: str
    part: int
    contributors: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    start: datetime
    end: datetime
    entered: bool
    deputy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The same for whoever asks: who there is, what comes, and everybody's luck."""

    seed: int
    roster: Roster
    absences: dict[str, tuple[Absence, ...]]
    rotas: tuple[Rota, ...]
    commits: dict[tuple[str, int], dict[str, tuple[int, timedelta]]]
    work: tuple[Work, ...]
    hours: dict[str, WorkingHours]

    def eligible(self, work: Work, *, wider: bool) -> tuple[str, ...]:
        groups = (work.team, PLATFORM) if wider else (work.team,)
        members = dict.fromkeys(p for group in groups for p in self.roster.groups[group].members)
        return tuple(person for person in members if person not in work.contributors)

    def absence(self, person: str, at: datetime) -> Absence | None:
        return next((a for a in self.absences[person] if a.start <= at < a.end), None)

    def is_working(self, person: str, at: datetime) -> bool:
        return self.hours[person].is_open(at) and self.absence(person, at) is None

    def is_active(self, person: str, at: datetime) -> bool:
        """What the chat shows: most who work, and some who do not."""
        share = 0.8 if self.is_working(person, at) else 0.1
        return self.luck("active", person, int(at.timestamp()) // 3600).random() < share

    def look(self, person: str, work: Work, at: datetime, busy: int) -> datetime:
        """When somebody who is asked now will look; `busy`: how many other asks wait for them."""
        luck = self.luck("look", work.number, person)
        delay = DELAY * luck.lognormvariate(0, 1) * (1 + BUSY * busy) * MINUTE
        if luck.random() < OFF_HOURS and self.absence(person, at + delay) is None:
            return at + delay
        looks = self.hours[person].add(at, delay)
        while gone := self.absence(person, looks):
            looks = self.hours[person].add(gone.end, delay)
        return looks

    def luck(self, *about: object) -> Random:
        """The same numbers for the same matter, in whatever order things happen."""
        return Random(f"{self.seed} {about}")  # noqa: S311


def a_world(seed: int, changes: int) -> World:
    luck = Random(seed)  # noqa: S311
    people = _people(luck)
    teams = _teams(luck, list(people))
    return World(
        seed=seed,
        roster=Roster(people=people, groups=teams, levels=("mid", "senior")),
        absences={person: tuple(_absences(luck, person, teams)) for person in people},
        rotas=tuple(_rota(teams[team]) for team in TEAMS),
        commits={(t, part): _commits(luck, teams[t]) for t in TEAMS for part in range(PARTS)},
        work=tuple(sorted(_work(luck, teams, changes), key=lambda work: work.number)),
        hours={id: working_hours(it.hours, it.timezone) for id, it in people.items()},
    )


def _people(luck: Random) -> dict[str, Person]:
    zones = [zone for zone, number in ZONES.items() for _ in range(number)]
    begins = [luck.choice((8, 9, 9, 10)) for _ in zones]
    people = [
        Person(
            id=f"senior-{n}",
            name=f"Senior {n}",
            level="senior",
            slack=f"U0{n}",
            timezone=zone,
            hours=f"{begin:02}:00-{begin + 8:02}:30",
        )
        for n, (zone, begin) in enumerate(zip(zones, begins, strict=True))
    ]
    return {person.id: person for person in people}


def _teams(luck: Random, people: list[str]) -> dict[str, Group]:
    """Everybody is in a team, and some are in two."""
    left = luck.sample(people, len(people))
    teams = {PLATFORM: Group(id=PLATFORM, members=tuple(luck.sample(people, 4)))}
    for team, (size, _) in TEAMS.items():
        own, left = left[: size - 1], left[size - 1 :]
        guests = [person for person in people if person not in own]
        members = own + luck.sample(guests, size - len(own))
        teams[team] = Group(id=team, members=tuple(members))
    return teams


def _absences(luck: Random, person: str, teams: dict[str, Group]) -> list[Absence]:
    """Five weeks a year: two that belong together, and three by themselves."""
    mates = sorted({p for it in teams.values() if person in it.members for p in it.members})
    starts = sorted(luck.sample(range(0, WEEKS - 1, 2), 4))
    long = luck.choice(starts)
    return [
        Absence(
            start=BEGINS + week * 7 * DAY,
            end=BEGINS + (week + (2 if week == long else 1)) * 7 * DAY,
            entered=luck.random() < ENTERED,
            deputy=luck.choice([mate for mate in mates if mate != person]),
        )
        for week in starts
    ]


def _rota(team: Group) -> Rota:
    return Rota(name=team.id, rotation=Rotation(members=team.members, starting=BEGINS))


def _commits(luck: Random, team: Group) -> dict[str, tuple[int, timedelta]]:
    """How many commits each has to one part, and how long ago the last was."""
    return {
        person: (int(30 * luck.random() ** 4), luck.randrange(300) * DAY) for person in team.members
    }


def _work(luck: Random, teams: dict[str, Group], changes: int) -> list[Work]:
    """Most comes in the working hours of those who write it, some at night and at weekends."""
    zones, weights = list(ZONES), list(ZONES.values())
    shares = [share for _, share in TEAMS.values()]
    moments = list[datetime]()
    while len(moments) < changes:
        day = BEGINS + luck.randrange(WEEKS * 7) * DAY
        hours = working_hours("09:30-18:30", luck.choices(zones, weights)[0])
        at = day + luck.random() * DAY
        if hours.is_open(at) or luck.random() < 0.04:
            moments.append(at)
    work = list[Work]()
    for number, at in enumerate(sorted(moments)):
        [team] = luck.choices(list(TEAMS), shares)
        senior = luck.choice(teams[team].members)
        work.append(
            Work(
                number=number,
                at=at,
                team=team,
                part=luck.randrange(PARTS),
                contributors=frozenset({senior} if luck.random() < 0.2 else ()),
            )
        )
    return work
