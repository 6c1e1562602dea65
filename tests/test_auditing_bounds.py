"""Where exactly are the bounds of what the trail excuses?"""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.auditing import signoffs
from bot.auditing.approvals import Tenures, digest_of
from bot.domain.house_events import PasskeyAdded, PasskeyRemoved
from tests.builders import NOW
from tests.test_auditing import filled, tamper
from tests.test_auditing_deep import flaws
from tests.vouching import VOUCHING, signed_for

KEY = "a2V5"
SECOND = timedelta(seconds=1)
TWO_DAYS = timedelta(days=2)
LONG_AFTER = NOW + timedelta(days=100)


def test_a_key_decides_in_the_entry_after_it_was_let_in_and_not_in_its_own() -> None:
    added = PasskeyAdded(
        person="ada",
        credential="c",
        key_digest=digest_of(KEY),
        by="pat",
        how="administrator",
        at=NOW,
    )
    removed = PasskeyRemoved(person="ada", credential="c", by="ada", at=NOW)
    tenures = Tenures([(5, signed_for(added)), (9, removed)], VOUCHING.keys)
    decided = [seq for seq in range(12) if tenures.decided("ada", KEY, credential="c", seq=seq)]
    assert decided == [6, 7, 8, 9], "its removal is told in entry 9, and holds from there on"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("original") / "countersign.db"
    asyncio.run(filled(f"sqlite:///{file}"))
    return file


@pytest.mark.parametrize(
    ("now", "due", "excused"),
    [
        (LONG_AFTER, LONG_AFTER + TWO_DAYS, True),
        (LONG_AFTER, LONG_AFTER + TWO_DAYS + SECOND, False),
        # Where this clock is behind that of the server, the moment of the decision counts.
        (NOW - TWO_DAYS, NOW + TWO_DAYS - SECOND, True),
        (NOW - TWO_DAYS, NOW + TWO_DAYS + timedelta(hours=1), False),
    ],
)
def test_what_is_still_to_be_attested_waits_for_two_days_at_most(
    now: datetime,
    due: datetime,
    original: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    excused: bool,
) -> None:
    database = tmp_path / "countersign.db"
    shutil.copyfile(original, database)
    tamper(database, "DELETE FROM attestation WHERE signoff_id = 'sgn_1'")
    put = (
        "INSERT INTO outbox (signoff_id, since, attempts, lease, error, lane, effect, due_at, state)"
        " VALUES ('sgn_1', '2026-11-23', 0, 0, '', '@inside', '{\"kind\":\"attest\"}', ?, 'waiting')"
    )
    tamper(database, put, values=(due.isoformat(),))
    monkeypatch.setattr(signoffs, "system_clock", lambda: now)
    found = flaws(database, capsys)
    assert found == ([] if excused else [("signoff", "sgn_1", signoffs.GIVEN_UP)])
