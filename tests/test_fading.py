"""Is nobody left in decisions that are older than the retention, and do they still prove something?"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import pytest

from bot import erasing
from bot.domain.erasing import OURS
from bot.domain.events import Event
from bot.domain.fading import KEPT, PEOPLE, WRITTEN, Fading
from bot.domain.house_events import Unasked
from bot.misconfigured import Misconfigured
from storage import audit, fading
from storage.documents import read_signoff
from storage.store import Store
from tests.builders import NOW, ROSTER, FakeClock
from tests.engine.house import furnish
from tests.erased import execute, left_in, settings, words
from tests.test_auditing import KEY
from tests.test_erasing import filled, rows, verified

Captured = pytest.CaptureFixture[str]
RETAIN = timedelta(days=403)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("original") / "countersign.db"
    asyncio.run(filled(f"sqlite:///{file}"))
    return file


@pytest.fixture
def database(original: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(original, folder / "countersign.db")
    return folder / "countersign.db"


def fade(database: Path, capsys: Captured, *more: str, after: timedelta = RETAIN) -> Any:
    chosen = settings(f"sqlite:///{database}", ROSTER, KEY)
    chosen.config.evidence = SimpleNamespace(retain=RETAIN, keys=())
    clock = FakeClock(NOW + after + timedelta(minutes=1))
    code = erasing.run(words("--older-than-retention", *more), lambda: chosen, clock)
    assert code == 0
    return json.loads(capsys.readouterr().out)


def documents(database: Path) -> list[Any]:
    return [json.loads(it) for (it,) in rows(database, "SELECT document FROM signoff ORDER BY id")]


def test_nobody_is_left_and_all_holds(database: Path, capsys: Captured) -> None:
    done = fade(database, capsys, "--yes")
    assert (done["done"], done["rows"]["signoff"], done["attestations"]) == (True, 5, 5)
    left = json.dumps(documents(database)) + str(rows(database, "SELECT body FROM audit"))
    whole = str([rows(database, f"SELECT * FROM {it}") for it in ("invitation", "surface")])  # noqa: S608
    about_keys = [
        it for (it,) in rows(database, "SELECT body FROM audit WHERE signoff_id='@house'")
    ]
    for name in ('"ada"', ':"grace"', '"jun"', "Retry refunds", "zelda asked", "noreply@"):
        assert name not in left
    assert whole == "[[], []]"
    assert any("zelda" in it for it in about_keys)  # who may decide is not a decision
    code, said = verified(database, capsys)
    assert (code, said["flaws"], said["signoffs"]) == (0, [], 5)
    [erasure] = said["erased"]
    assert erasure["what"] == "everybody, out of what was decided before 2026-11-23"


def test_what_was_decided_on_and_that_others_did_stays(database: Path, capsys: Captured) -> None:
    before = documents(database)
    fade(database, capsys, "--yes")
    for one, other in zip(before, documents(database), strict=True):
        assert (one["id"], one["status"]) == (other["id"], other["status"])
        for name in ("repository", "environment", "revision", "key"):
            assert one["change"][name] == other["change"][name]
        assert one["requirement"]["policy_digest"] == other["requirement"]["policy_digest"]
        approvers = {it["person"] for it in other["reviews"]}
        assert len(approvers) == len(one["reviews"])
        assert not approvers & {
            *other["contributors"]["people"],
            other["change"]["author"]["login"],
        }


def test_nobody_is_the_same_in_two_decisions(database: Path, capsys: Captured) -> None:
    fade(database, capsys, "--yes")
    reviewers = [it["person"] for one in documents(database) for it in one["reviews"]]
    assert len(set(reviewers)) == len(reviewers) == 6


def test_twice_is_once(database: Path, capsys: Captured) -> None:
    fade(database, capsys, "--yes")
    again = fade(database, capsys, "--yes")
    assert (again["done"], again["rows"]) == (False, {})


def test_many_go_a_few_at_a_time(
    database: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.erasing.fading.look", partial(fading.look, at_once=2))
    found = [fade(database, capsys, "--yes") for _ in range(4)]
    assert [it["rows"].get("signoff", 0) for it in found] == [2, 2, 1, 0]
    assert [it["more"] for it in found] == [True, True, False, False]
    code, said = verified(database, capsys)
    assert (code, said["flaws"], len(said["erased"])) == (0, [], 3)


def test_what_is_younger_stays(database: Path, capsys: Captured) -> None:
    before = rows(database, "SELECT * FROM signoff")
    found = fade(database, capsys, "--yes", after=RETAIN - timedelta(hours=1))
    assert found["rows"] == {}
    assert rows(database, "SELECT * FROM signoff") == before


def test_it_only_looks_without_yes(database: Path, capsys: Captured) -> None:
    before = database.read_bytes()
    assert fade(database, capsys)["rows"]["signoff"] == 5
    assert database.read_bytes() == before


def test_what_is_not_over_is_counted_and_stays(database: Path, capsys: Captured) -> None:
    async def open_one() -> None:
        store = Store(f"sqlite:///{database}", clock=FakeClock())
        house = furnish(store, FakeClock(), new_id=lambda: "sgn_9")
        await house.open(key="deploy/9", environment="e9")
        await store.close()

    asyncio.run(open_one())
    execute(database, "DELETE FROM outbox")
    found = fade(database, capsys, "--yes")
    assert (found["not_over"], found["rows"]["signoff"]) == (1, 5)


def test_what_is_still_to_be_told_stays(database: Path, capsys: Captured) -> None:
    execute(
        database,
        "INSERT INTO outbox (signoff_id, lane, effect, since, due_at, attempts, lease, state, error)"
        " VALUES ('sgn_2', 'x', '{\"kind\":\"attest\"}', '2026-11-23 10:00:00',"
        " '2026-11-23 10:00:00', 0, 0, 'parked', '')",
    )
    found = fade(database, capsys)
    assert (found["not_over"], found["rows"]["signoff"]) == (1, 4)
    execute(database, "DELETE FROM outbox")
    found = fade(database, capsys)
    assert (found["not_over"], found["rows"]["signoff"]) == (0, 5)


def test_what_was_said_of_a_finding_is_still_said_of_it(database: Path, capsys: Captured) -> None:
    """It is known by a hash of its text, which is gone."""
    before = [it["finding"] for it in documents(database)[0]["set_aside"]]
    fade(database, capsys, "--yes")
    query = "SELECT document FROM signoff WHERE id = 'sgn_1'"
    left = read_signoff(rows(database, query)[0][0])
    named = {it.finding for it in left.set_aside}
    assert named <= {it.id for it in left.provenance.findings if it.set_aside}
    assert len(named) == len(set(before))
    assert not named & set(before)


def test_dossiers_of_old_changes_go_and_of_those_that_were_asked_about_since_stay(
    database: Path, capsys: Captured
) -> None:
    assert fade(database, capsys)["rows"]["dossier"] == 1
    later = (NOW + RETAIN).strftime("%Y-%m-%d %H:%M:%S.%f")
    execute(database, f"UPDATE signoff SET opened_at = '{later}' WHERE id = 'sgn_1'")  # noqa: S608
    assert "dossier" not in fade(database, capsys)["rows"]


def test_with_names_beside_it_nobody_knows_what_is_meant(database: Path, capsys: Captured) -> None:
    with pytest.raises(Misconfigured, match="--older-than-retention alone"):
        fade(database, capsys, "--person", "zelda")


def test_the_trail_goes_on(database: Path, capsys: Captured) -> None:
    fade(database, capsys, "--yes")

    async def look() -> None:
        store = Store(f"sqlite:///{database}", clock=FakeClock())
        house = furnish(store, FakeClock(), new_id=lambda: "sgn_9")
        assert await house.board.broken() is None
        await house.open(key="deploy/9", environment="e9")
        assert await store.read(audit.verify) is None
        await store.close()

    asyncio.run(look())
    assert left_in(database.parent)  # their security key is still known: that is another command


NAMED = {
    "zelda fitz": True,
    "sgn_zelda": True,
    "erased-zelda": True,
    "erased-1a2b3c4": True,
    "erased-1a2b3c4d": False,
}


@pytest.mark.parametrize("name", NAMED)
def test_whoever_is_called_like_something_of_ours_goes_too(name: str) -> None:
    faded = Fading(lambda: "erased-00000000").value({"by": name, "kind": "withdrawn"})
    assert faded == {"by": "erased-00000000" if NAMED[name] else name, "kind": "withdrawn"}


@pytest.mark.parametrize(("said", "field"), [("kind", "by"), ("status", "ended_by")])
def test_what_took_its_place_stays(said: str, field: str) -> None:
    """The twin was taken back by somebody."""
    fading = Fading(lambda: "erased-00000000")
    superseded = {said: "superseded", field: "sgn_2"}
    assert fading.value(superseded) == superseded
    withdrawn = {said: "withdrawn", field: "sgn_2"}
    assert fading.value(withdrawn) == {**withdrawn, field: "erased-00000000"}


def test_whom_the_rules_asked_for_by_name_goes() -> None:
    faded = Fading(lambda: "erased-00000000").value(
        {"because": ["CODEOWNERS asks for Ada"], "rules": ["r"]}
    )
    assert faded == {"because": ["(erased 1)"], "rules": ["r"]}


async def unasked(store: Store, *told: tuple[str, timedelta]) -> None:
    event = Unasked(
        connection="ci", key="k", what="", environment="e1", deed="deployed", named=True, at=NOW
    )
    for what, since in told:
        one = dataclasses.replace(event, what=what, at=NOW + since)
        await store.write(partial(audit.append_house, event=one))


def test_of_what_nobody_was_asked_about_the_title_goes_and_the_rest_stays(
    database: Path, capsys: Captured
) -> None:
    """What was told twice is still the same, and what is younger stays."""
    there = timedelta(0)

    async def live() -> None:
        store = Store(f"sqlite:///{database}", clock=FakeClock())
        told = (("zelda's release", there), ("another", there), ("zelda's release", there))
        await unasked(store, *told, ("a later one of zelda", RETAIN))
        await store.close()

    asyncio.run(live())
    fade(database, capsys, "--yes")
    query = 'SELECT seq, body FROM audit WHERE body LIKE \'%"kind":"unasked"%\' ORDER BY seq'
    found = [(seq, json.loads(body)["event"]) for seq, body in rows(database, query)]
    first, second = found[0][0], found[1][0]
    assert [it["what"] for _, it in found] == [
        *(f"(erased {first})", f"(erased {second})", f"(erased {first})"),
        "a later one of zelda",
    ]
    assert all((it["key"], it["deed"], it["named"]) == ("k", "deployed", True) for _, it in found)
    code, said = verified(database, capsys)
    assert (code, said["flaws"]) == (0, [])
    assert fade(database, capsys, "--yes")["rows"] == {}


# Every field of every event is thought of.


def texts(hint: Any) -> bool:
    return hint is str or any(texts(it) for it in get_args(hint))


def fields(
    kind: Any, seen: set[Any], wanted: Callable[[Any], bool] = texts
) -> Iterator[tuple[str, str]]:
    for part in get_args(kind):
        yield from fields(part, seen, wanted)
    if not dataclasses.is_dataclass(kind) or kind in seen:
        return
    seen.add(kind)
    for name, hint in get_type_hints(kind).items():
        if name in kind.__dataclass_fields__:
            if wanted(hint):
                yield str(kind), name
            yield from fields(hint, seen, wanted)


def test_of_every_field_it_is_known_whether_it_names_somebody() -> None:
    known = OURS | PEOPLE | WRITTEN | KEPT
    assert [it for it in fields(Event, set()) if it[1] not in known] == []
    assert not PEOPLE & (OURS | WRITTEN | KEPT)
    assert not WRITTEN & (OURS | KEPT)
