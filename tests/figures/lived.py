"""A house with some past: random lives, what went out, what failed, and what nobody was asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from bot.domain.change import Change, Commit, FileChange
from bot.domain.errors import Refusal
from bot.domain.events import Event, Reviewed, Shipped
from bot.domain.evidence.conventions import Role
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.house_events import IncidentLinked, IncidentOpened, RolledBack, Unasked
from bot.domain.lifecycle import Step, advance, begin
from bot.domain.provenance import Provenance
from bot.domain.risk import Risk, RiskTier
from bot.domain.seeing.counted import SUMS
from bot.domain.signoff import Shipment, Signoff
from storage import audit, counted_looking, incidents, recording
from storage.documents import read_signoff
from tests.builders import NOW, a_change, hours, minutes, sha
from tests.figures.oracle import Tables, tables
from tests.laws.lives import a_life, an_opening

ENVIRONMENTS = ("production", "production-eu", "staging")
PATHS = ("payments/ledger/a.py", "payments/ledger/deep/b.py", "README.md", "web/x.ts", "a/b/c/d")
COLUMNS = tuple(it.name for it in counted_looking._ONE.columns)


@dataclass(slots=True)
class World:
    """Writes what happens, in the caller's unit; `random` chooses."""

    random: Random
    opened: int = 0

    def go_on(self, session: Session, lives: int = 12) -> None:
        for _ in range(lives):
            self.open(session)
            if self.random.random() < 0.3:
                self.look_back(session)

    def open(self, session: Session, **facts: Any) -> str:
        step = self.begin(session, **facts)
        for make in a_life(self.random.choice):
            step = self.happen(session, step, make(step.signoff))
        return step.signoff.id

    def begin(self, session: Session, **facts: Any) -> Step:
        self.opened += 1
        opening = replace(
            an_opening(self.random.choice),
            signoff_id=f"sgn_{self.opened}",
            change=self.change(**facts),
            at=NOW - timedelta(days=self.random.randrange(20), minutes=self.random.randrange(900)),
            risk=self.random.choice((None, *(Risk(tier=tier) for tier in RiskTier))),
        )
        opening = replace(opening, provenance=self.provenance(opening.provenance))
        step = begin(opening)
        recording.insert(session, opening, step)
        return step

    def happen(self, session: Session, step: Step, event: Event) -> Step:
        if isinstance(event, Reviewed) and self.random.random() < 0.6:
            seen = event.at - timedelta(seconds=self.random.randrange(4000))
            event = replace(event, review=replace(event.review, looked_at=seen))
        try:
            after = advance(step.signoff, event)
        except (Refusal, ValueError):
            return step
        recording.update(session, event, after)
        return after

    def look_back(self, session: Session) -> None:
        """Something comes of what there was."""
        known = [
            read_signoff(it) for (it,) in session.execute(text("SELECT document FROM signoff"))
        ]
        signoff = self.random.choice(known)
        at = NOW + hours(self.random.randrange(1, 90))
        match self.random.choice("sssidu"):
            case "s":
                self.ship(session, signoff)
            case "i":
                self.blame(session, signoff, f"inc_{self.random.randrange(3)}")
            case "d":
                back = RolledBack(
                    connection=signoff.change.connection,
                    repository=signoff.change.repository,
                    environment=signoff.change.environment,
                    signoffs=tuple(it.id for it in self.random.sample(known, min(3, len(known)))),
                    to_revision=sha("9"),
                    by="",
                    at=at,
                )
                audit.append_house(session, back)
            case _:
                audit.append_house(session, self.unasked(at))

    def ship(self, session: Session, signoff: Signoff) -> None:
        at = NOW + hours(self.random.randrange(90)) + minutes(self.random.randrange(60))
        shipment = Shipment(at=at, succeeded=self.random.random() < 0.8)
        self.happen(session, Step(signoff), Shipped(shipment=shipment))

    def blame(self, session: Session, signoff: Signoff, incident: str) -> None:
        how = self.random.choice(("said", "nearby", "perhaps", "struck"))
        link = IncidentLinked(id=incident, signoff_id=signoff.id, how=how, by="ada", at=NOW)
        incidents.link(session, link)

    def unasked(self, at: Any) -> Unasked:
        return Unasked(
            connection="ci",
            key="",
            what="a run",
            environment=self.random.choice(ENVIRONMENTS),
            deed=self.random.choice(("deployed", "merged")),
            named=True,
            at=at,
        )

    def change(self, **facts: Any) -> Change:
        paths = self.random.sample(PATHS, self.random.randrange(len(PATHS)))
        told = {
            "key": f"k{self.opened}",
            "environment": self.random.choice(ENVIRONMENTS),
            "repository": self.random.choice(("acme/pay", "acme/web")),
            "files": tuple(FileChange(path=it, additions=3, deletions=4) for it in paths),
            "commits": tuple(
                Commit(sha=sha(str(n)), authored_at=NOW - timedelta(days=days))
                for n, days in enumerate(self.random.sample((1, 5, 21, 40, 120), 2))
            ),
        }
        return a_change(**{**told, **facts})

    def provenance(self, known: Provenance) -> Provenance:
        tools = self.random.sample(("Claude Code", "Cursor", ""), self.random.randrange(3))
        return replace(known, findings=tuple(self.findings(tools)))

    def findings(self, tools: list[str]) -> Iterator[Finding]:
        for tool in tools:
            yield Finding(
                source="trailer",
                tool=tool,
                tier=self.random.choice((Tier.DECLARED, Tier.CONTEXT)),
                text=tool,
                where="payload",
                role=self.random.choice((Role.ASSIST, Role.NONE)),
                set_aside=self.random.random() < 0.2,
            )


def an_incident(title: str, key: str = "INC-1") -> IncidentOpened:
    return IncidentOpened(
        id=f"inc_{key}",
        source="pager",
        key=key,
        title=title,
        severity="high",
        environment="production",
        repositories=("acme/*",),
        started_at=NOW,
        by="pager",
        at=NOW,
    )


def by_the_oracle(session: Session) -> Tables:
    rows = session.execute(text("SELECT seq, signoff_id, body FROM audit ORDER BY seq"))
    return tables([(seq, id, body) for seq, id, body in rows])


def as_counted(session: Session) -> Tables:
    """What stands in the tables."""
    found = Tables()
    for record in session.execute(counted_looking._ONE.select()).mappings():
        found.rows[record["signoff_id"]] = dict(record)
    names = session.execute(text("SELECT sort, name, day, signoff_id FROM counted_name"))
    found.names = {(sort, name, day, id) for sort, name, day, id in names}
    for cell in session.execute(text("SELECT * FROM daily")).mappings():
        sums = {name: cell[name] for name in SUMS if cell[name]}
        found.cells[cell["sort"], cell["name"], cell["day"]] = sums
    return found


def facts_of_names(session: Session) -> list[Any]:
    """What a name carries of its signoff, where that differs: nothing."""
    query = text(
        "SELECT n.sort, n.name, n.signoff_id FROM counted_name n JOIN counted c"
        " ON c.signoff_id = n.signoff_id WHERE n.status <> c.status OR n.ai <> c.ai"
        " OR coalesce(n.took, -1) <> coalesce(c.took, -1) OR n.looked <> c.looked"
        " OR n.failed <> c.failed OR (n.shipped = 1) <> (c.shipped_at IS NOT NULL)"
    )
    return list(session.execute(query))
