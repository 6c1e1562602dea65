"""Is what was erased in no export any more, and does the rest still hold?"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import erasing
from bot.signing import Signer
from tests import exporting
from tests.builders import ROSTER, FakeClock
from tests.erased import NAMES, THEIRS, lived_in, settings, words
from tests.exporting import database, staged
from tests.test_auditing import KEY, vouch


async def test_what_was_erased_says_so_and_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "SIGNER", Signer.of(KEY))
    url = f"sqlite:///{tmp_path / 'countersign.db'}"
    stage = await staged(url, tmp_path, capsys)
    await lived_in(stage.house.store, stage.clock)
    await stage.house.store.close()
    vouch(database(url))
    named = stage.export().out.lower().encode()
    assert any(name in named for name in NAMES)

    how = settings(url, ROSTER, KEY)
    assert erasing.run(words(*THEIRS, "--yes"), lambda: how, FakeClock()) == 0
    said = stage.export()
    assert said.code == 0
    assert not any(name in said.out.lower().encode() for name in NAMES)
    assert all(it["integrity"]["verified"] for it in said.records)
    assert any(it["integrity"]["erased_entries"] for it in said.records)
    assert said.completeness["trail"]["erasures"] != []
