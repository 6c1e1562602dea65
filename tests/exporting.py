"""What does a test export? A database with decisions of every sort, and what the command makes of it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from bot import exporting, signing
from bot.cli.commands import parser
from bot.domain.signoff import Signoff, Verdict
from bot.engine.attesting import Attesting
from bot.engine.checkpointing import Checkpointing
from bot.ports import Landing
from bot.signing import Signer
from storage.postgresql import driver_url
from storage.store import Store
from tests.builders import NOW, FakeClock, hours
from tests.engine.house import House, furnish
from tests.storage.disarming import disarmed

SIGNER = Signer.of(Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32))
LATER = NOW + hours(48)
SINCE, UNTIL = "2026-11-23", "2026-11-24"
"""The day of NOW."""


@dataclass(slots=True)
class Exported:
    """What the command said, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.split("\n")[:-1]]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [it for it in self.lines if "record_id" in it]

    @property
    def ids(self) -> list[str]:
        return [it["record_id"] for it in self.records]

    @property
    def completeness(self) -> dict[str, Any]:
        found: dict[str, Any] = self.lines[-1]["completeness"]
        return found

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out, newline="")))

    def record(self, record_id: str) -> dict[str, Any]:
        (found,) = (it for it in self.records if it["record_id"] == record_id)
        return found


@dataclass(slots=True)
class Stage:
    """An engine on a database, and the command beside it."""

    url: str
    folder: Path
    capsys: pytest.CaptureFixture[str]
    house: House
    checkpointing: Checkpointing
    clock: FakeClock = field(default_factory=FakeClock)

    async def decided(
        self, number: int, verdict: Verdict | None = Verdict.APPROVE, **facts: Any
    ) -> Signoff:
        """Asked for, answered, told to its pipeline, attested; `verdict` None: not answered."""
        signoff = await self.house.open(key=f"deploy/{number}", environment=f"e{number}", **facts)
        if verdict:
            signoff = await self.house.review(signoff, verdict=verdict, id=f"click {number}")
        await self.house.settle()
        return await self.house.now(signoff)

    async def landed(self, key: str, **facts: Any) -> None:
        known = {"connection": "payments-ci", "succeeded": True, **facts}
        await self.house.signoffs.shipped(Landing(key=key, **known))

    def export(
        self,
        *words: str,
        form: str = "jsonl",
        since: str = SINCE,
        until: str = UNTIL,
        at: datetime = LATER,
    ) -> Exported:
        key = self.folder / "countersign.pub"
        key.write_text(signing.pem(SIGNER.public))
        self.capsys.readouterr()
        span = ["--since", since, "--until", until]
        line = ["export", *span, "--format", form, "--key", str(key), *words]
        code = exporting.run(parser().parse_args(line), lambda: self.url, clock=lambda: at)
        said = self.capsys.readouterr()
        return Exported(code, said.out, said.err)

    def tamper(self, *statements: str) -> None:
        """As whoever owns the database can."""
        engine = create_engine(driver_url(self.url), poolclass=NullPool)
        with engine.connect() as connection, connection.begin():
            disarmed(connection)
            for statement in statements:
                connection.execute(text(statement))


async def staged(url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> Stage:
    clock = FakeClock()
    store = Store(url, clock=clock)
    house = furnish(store, clock)
    checkpointing = Checkpointing(
        store=store,
        origin="sign.acme.example/audit",
        public=signing.raw(SIGNER.public),
        sign=SIGNER.sign,
        clock=clock,
    )
    attesting = Attesting(
        store=store,
        sign=SIGNER.envelope,
        checkpointing=checkpointing,
        valid_for=hours(24),
        public_url="https://sign.acme.example",
    )
    house.dispatcher.carrier.attest = attesting.made
    return Stage(url, folder, capsys, house, checkpointing, clock)


def database(url: str) -> Path:
    return Path(make_url(url).database or "")
