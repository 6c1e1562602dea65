"""Is somebody who asked to be forgotten gone, and does everything else still hold?"""

# ruff: noqa: S608 -- nothing in here comes from outside

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from bot import auditing, erasing
from bot.auditing import signed_erasures
from bot.cli.commands import parser
from bot.domain.house_events import Erased, ErasedEntry
from bot.domain.people import Roster
from bot.misconfigured import Misconfigured
from bot.ports import Undelivered
from storage import audit, checkpoints
from storage import erased as erasures
from storage.documents import read_signoff
from storage.opening import opened
from storage.store import Store
from tests.builders import NOW, ROSTER, FakeClock
from tests.engine.house import furnish
from tests.engine.test_attesting import attesting_in
from tests.erased import HERE, THEIRS, execute, left_in, lived_in, settings, words
from tests.storage.disarming import take_guards_away
from tests.test_auditing import KEY, STRANGE, checkpointing, hash_anew, named, pem, vouch

Captured = pytest.CaptureFixture[str]


async def filled(url: str) -> None:
    clock = FakeClock()
    store = Store(url, clock=clock)
    try:
        await lived_in(store, clock)
        last = await store.read(lambda session: checkpoints.last_entry(session))
        await checkpointing(store, clock).covering(last)
    finally:
        await store.close()
    vouch(Path(make_url(url).database or ""))
    with opened(url) as connection:
        assert connection.connection.driver_connection
        connection.connection.driver_connection.execute("VACUUM")


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


def erase(database: Path, *more: str, roster: Roster = ROSTER) -> int:
    url = f"sqlite:///{database}"
    return erasing.run(words(*more), lambda: settings(url, roster, KEY), FakeClock())


def erased(database: Path, capsys: Captured, *more: str) -> Any:
    assert erase(database, *(more or THEIRS), "--yes") == 0
    return json.loads(capsys.readouterr().out)


def verified(database: Path, capsys: Captured, *more: str) -> tuple[int, Any]:
    key = str(pem(database.parent.parent, KEY))
    arguments = parser().parse_args(["audit", "verify", "--json", "--key", key, *more])
    code = auditing.verify(arguments, lambda: f"sqlite:///{database}")
    return code, json.loads(capsys.readouterr().out)


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_before_they_are_everywhere_and_all_holds(database: Path, capsys: Captured) -> None:
    assert left_in(database.parent) == ["countersign.db"]
    code, said = verified(database, capsys)
    assert (code, said["signoffs"], said["attestations"], said["erased"]) == (0, 5, 5, [])


def test_no_byte_of_theirs_is_left(database: Path, capsys: Captured) -> None:
    said = erased(database, capsys)
    assert said["done"]
    assert left_in(database.parent) == []


def test_everything_still_holds_and_it_is_said_who_erased_what_and_why(
    database: Path, capsys: Captured
) -> None:
    done = erased(database, capsys)
    code, said = verified(database, capsys)
    assert (code, said["flaws"], said["guarded"]) == (0, [], True)
    assert (said["signoffs"], said["attestations"], said["checkpoints"]) == (5, 2, 1)
    [erasure] = said["erased"]
    assert (erasure["by"], erasure["why"]) == ("max", "asked to be forgotten, ticket 17")
    assert len(erasure["entries"]) == done["rows"]["audit"] > 8
    assert erasure["pseudonym"] == done["pseudonym"]
    assert sorted(erasure["attestations"]) == ["sgn_1", "sgn_2", "sgn_3"]


def test_hashes_places_and_everybody_else_stay(database: Path, capsys: Captured) -> None:
    query = "SELECT seq, signoff_id, prev, leaf FROM audit ORDER BY seq"
    before, others = rows(database, query), "SELECT * FROM signoff WHERE id = 'sgn_5'"
    fifth = rows(database, others)
    done = erased(database, capsys)
    after = rows(database, query)
    assert after[: len(before)] == before
    assert rows(database, others) == fifth
    [(verdict, person)] = [
        (it["verdict"], it["person"])
        for (document,) in rows(database, "SELECT document FROM signoff WHERE id = 'sgn_2'")
        for it in json.loads(document)["reviews"]
    ]
    assert (verdict, person) == ("approve", done["pseudonym"])


def test_the_salt_goes_too_so_that_nobody_can_guess(database: Path, capsys: Captured) -> None:
    [(leaf, body)] = rows(
        database, "SELECT leaf, body FROM audit WHERE seq = (SELECT min(seq) FROM audit)"
    )
    done = erased(database, capsys)
    [(now,)] = rows(database, "SELECT body FROM audit WHERE seq = 1")
    assert json.loads(now)["salt"] != json.loads(body)["salt"]
    guessed = now.replace(done["pseudonym"], "zelda")
    assert audit.leaf_of(guessed.encode()) != leaf


def test_no_hash_of_what_they_said_is_left_either(database: Path, capsys: Captured) -> None:
    """Whoever knows all but the name could try names until it fits."""
    digests = "SELECT id, change_digest, document FROM signoff WHERE id IN ('sgn_1', 'sgn_5')"
    before = {
        id: (digest, read_signoff(document)) for id, digest, document in rows(database, digests)
    }
    hashes = {it.finding for it in before["sgn_1"][1].set_aside}
    done = erased(database, capsys)
    after = {
        id: (digest, read_signoff(document)) for id, digest, document in rows(database, digests)
    }
    assert after["sgn_1"][0] == done["pseudonym"]
    assert after["sgn_5"] == before["sgn_5"]
    findings = after["sgn_1"][1].provenance.findings
    assert any(it.set_aside for it in findings)
    assert {it.id for it in findings if it.set_aside} >= {
        it.finding for it in after["sgn_1"][1].set_aside
    }
    theirs = hashes - {it.id for it in findings}
    assert theirs
    whole = str(rows(database, "SELECT body FROM audit")) + str(rows(database, digests))
    assert not any(it in whole for it in theirs)


def test_the_file_has_no_pages_of_before(database: Path, capsys: Captured) -> None:
    """Some builds of SQLite write zeros over what is deleted, and some do not."""
    execute(database, "CREATE TABLE x AS SELECT * FROM audit", "DROP TABLE x")
    assert rows(database, "PRAGMA freelist_count")[0][0] > 0
    erased(database, capsys)
    assert rows(database, "PRAGMA freelist_count") == [(0,)]


def test_old_entries_without_a_salt_are_counted(database: Path, capsys: Captured) -> None:
    take_guards_away(database)
    execute(
        database,
        "UPDATE audit SET body = json_remove(body, '$.salt')",
        "DELETE FROM checkpoint",
        "DELETE FROM tile",
    )
    hash_anew(database)
    done = erased(database, capsys)
    assert done["unsalted"] == done["rows"]["audit"]
    assert verified(database, capsys, "--quick")[0] == 0


def test_what_hangs_in_slack_is_drawn_again_without_them(database: Path, capsys: Captured) -> None:
    erased(database, capsys)

    async def settle() -> list[str]:
        clock = FakeClock()
        store = Store(f"sqlite:///{database}", clock=clock)
        house = furnish(store, clock, new_id=lambda: "sgn_9")
        await house.settle()
        await store.close()
        return [str(it) for _, it in house.chat.calls]

    drawn = asyncio.run(settle())
    assert {id for id in ("sgn_1", "sgn_2", "sgn_3", "sgn_5") if any(id in it for it in drawn)} == {
        "sgn_1",
        "sgn_2",
        "sgn_3",
    }
    assert not any("zelda" in it.lower() for it in drawn)


def test_what_remains_can_be_gone_on_with(database: Path, capsys: Captured) -> None:
    """The second law after an erasure: state is what the entries tell."""
    erased(database, capsys)

    async def go_on() -> None:
        clock = FakeClock()
        store = Store(f"sqlite:///{database}", clock=clock)
        house = furnish(store, clock, new_id=lambda: "sgn_9")
        try:
            assert await house.board.broken() is None
            signoff = await house.open(key="deploy/9", environment="e9")
            await house.review(signoff, "ada", id="click 9")
            assert await house.board.broken() is None
            assert await store.read(audit.verify) is None
        finally:
            await store.close()

    asyncio.run(go_on())


# Looking first.


def test_without_yes_it_only_looks_even_beside_a_server(database: Path, capsys: Captured) -> None:
    before = database.read_bytes()
    with opened(f"sqlite:///{database}"):
        assert erase(database, *THEIRS) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["pseudonym"]) == (False, None)
    assert said["rows"]["audit"] > 8
    assert {"signoff", "attestation", "passkey", "leave", "surface"} <= said["rows"].keys()
    assert database.read_bytes() == before


def test_what_it_would_leave_is_shown(database: Path, capsys: Captured) -> None:
    assert erase(database, "--person", "zelda") == 0
    said = json.loads(capsys.readouterr().out)
    assert any(it.startswith("zelda@acme.example") for it in said["remnants"])
    assert "Zelda Fitz" in said["beside"]


def test_who_is_not_there_is_not_there(database: Path, capsys: Captured) -> None:
    assert erase(database, "--person", "nobody-knows-me", "--yes") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["rows"]) == (False, {})
    assert verified(database, capsys)[1]["erased"] == []


def test_for_people(database: Path, capsys: Captured) -> None:
    arguments = words(*THEIRS, "--yes")
    arguments.json = False
    url = f"sqlite:///{database}"
    assert erasing.run(arguments, lambda: settings(url, ROSTER, KEY), FakeClock()) == 0
    out = capsys.readouterr().out
    assert "this was changed:" in out
    assert "3 attestations are gone: they are signed, and cannot be changed" in out
    key = str(pem(database.parent.parent, KEY))
    auditing.verify(parser().parse_args(["audit", "verify", "--key", key]), lambda: url)
    out = capsys.readouterr().out
    assert "of them were erased since" in out
    assert (
        "max: asked to be forgotten, ticket 17 (what was said to name one person: 1 id, 2 addresses, 2 free texts (words: 1, 2);"
        in out
    )


# What is refused, and the twin that is not.


@pytest.mark.parametrize(
    "name",
    [
        ("--person", "zelda"),
        ("--login", "ZELDA"),
        ("--email", "zelda@acme.example"),
        ("--text", "Zelda"),
        ("--text", "u0zelda"),
    ],
)
def test_nobody_who_is_still_here_is_erased(
    name: tuple[str, str], database: Path, capsys: Captured
) -> None:
    with pytest.raises(Misconfigured, match="zelda is in the roster"):
        erase(database, *name, "--yes", roster=HERE)
    assert erase(database, *name, roster=ROSTER) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), "say whom"),
        (("--person", "z"), "too short"),
        (("--person", "zelda", "--reason", "Zelda wants it"), "--reason names whom"),
        (("--person", "zelda", "--by", "zelda"), "--by names whom"),
        (("--person", "zelda", "--reason", " "), "--reason: say it"),
    ],
)
def test_what_is_not_said_right_is_refused(more: tuple[str, ...], why: str, database: Path) -> None:
    with pytest.raises(Misconfigured, match=why):
        erase(database, *more, "--yes")


def test_not_while_a_server_has_it(database: Path) -> None:
    with (
        opened(f"sqlite:///{database}"),
        pytest.raises(Misconfigured, match="another process is using this database"),
    ):
        erase(database, *THEIRS, "--yes")


def test_not_while_something_of_theirs_is_under_way(database: Path, capsys: Captured) -> None:
    execute(
        database,
        "INSERT INTO outbox (signoff_id, lane, effect, since, due_at, attempts, lease, state, error)"
        " VALUES ('sgn_2', 'x', '{\"kind\":\"attest\"}', '2026-11-23 10:00:00', '2026-11-23 10:00:00', 0, 0, 'parked', '')",
    )
    before = rows(database, "SELECT * FROM audit")
    with pytest.raises(Misconfigured, match="sgn_2 is not told yet"):
        erase(database, *THEIRS, "--yes")
    assert rows(database, "SELECT * FROM audit") == before
    execute(database, "DELETE FROM outbox")
    erased(database, capsys)


def test_not_where_a_key_of_theirs_can_decide(database: Path, capsys: Captured) -> None:
    execute(database, "UPDATE passkey SET state = 'active'")
    with pytest.raises(Misconfigured, match="security key credential-o can decide"):
        erase(database, *THEIRS, "--yes")
    execute(database, "UPDATE passkey SET state = 'revoked'")
    erased(database, capsys)


def test_not_in_a_trail_that_does_not_hold(database: Path) -> None:
    """What somebody changed before is not hidden by it."""
    take_guards_away(database)
    execute(database, "UPDATE audit SET body = replace(body, 'ada', 'eve') WHERE seq = 1")
    with pytest.raises(Misconfigured, match="audit entry 1 does not hold"):
        erase(database, *THEIRS, "--yes")


# An insider says that somebody was erased, where nobody was.


def forged(database: Path, signer: Any) -> None:
    """They turn a rejection into an approval, and append an entry that says they may."""
    take_guards_away(database)
    [(seq, leaf, body)] = rows(
        database, 'SELECT seq, leaf, body FROM audit WHERE body LIKE \'%"verdict":"reject"%\''
    )
    body = body.replace('"verdict":"reject"', '"verdict":"approve"')
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE audit SET body = ? WHERE seq = ?", (body, seq))
        connection.commit()

    async def say() -> None:
        entry = ErasedEntry(seq=seq, leaf=leaf, now=audit.leaf_of(body.encode()))
        event = Erased(
            what="x",
            pseudonym="erased-0",
            why="x",
            by="x",
            entries=(entry,),
            attestations=(),
            at=NOW,
        )
        event = replace(event, signature=erasures.signature_of(event, signer.sign))
        store = Store(f"sqlite:///{database}")
        await store.write(lambda session: audit.append_house(session, event))
        await store.close()

    asyncio.run(say())


def test_an_erasure_that_nobody_of_us_signed_counts_for_nothing(
    database: Path, capsys: Captured
) -> None:
    forged(database, STRANGE)
    code, said = verified(database, capsys, "--quick")
    assert code == 1
    whys = [why for _, _, why in named(said)]
    assert "its bytes are not those that were hashed" in whys
    assert signed_erasures.NOT_BY_US in whys


def test_who_has_the_key_as_well_is_named_in_the_trail_and_found_by_what_is_made_of_it(
    database: Path, capsys: Captured
) -> None:
    forged(database, KEY)
    code, said = verified(database, capsys, "--quick")
    assert (code, len(said["erased"])) == (0, 1)  # never silently
    code, said = verified(database, capsys)
    assert code == 1
    assert "sgn_3" in [which for _, which, _ in named(said)]


ATTACKS = {
    "another entry is changed": (
        "UPDATE audit SET body = replace(body, 'grace', 'mallory') WHERE seq = "
        "(SELECT max(seq) FROM audit WHERE signoff_id = 'sgn_5' AND body LIKE '%grace%')"
    ),
    "an erased entry is changed once more": (
        "UPDATE audit SET body = replace(body, 'approve', 'reject') WHERE seq = "
        "(SELECT min(seq) FROM audit WHERE body LIKE '%erased-%approve%')"
    ),
    "its hash is changed": (
        "UPDATE audit SET leaf = substr(leaf, 2) || substr(leaf, 1, 1) WHERE seq = "
        "(SELECT min(seq) FROM audit WHERE body LIKE '%erased-%')"
    ),
    "the reason is changed": (
        "UPDATE audit SET body = replace(body, 'ticket 17', 'ticket 18') "
        "WHERE signoff_id = '@house'"
    ),
    "the erasure is removed": "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
    "another attestation is removed": "DELETE FROM attestation",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_only_what_it_names_is_accepted(attack: str, database: Path, capsys: Captured) -> None:
    erased(database, capsys)
    take_guards_away(database)
    execute(database, ATTACKS[attack])
    code, said = verified(database, capsys)
    assert code == 1
    assert said["flaws"]


def test_what_came_back_out_of_a_backup_is_named(
    database: Path, original: Path, capsys: Captured
) -> None:
    erased(database, capsys)
    [(body,)] = rows(original, "SELECT body FROM audit WHERE seq = 1")
    take_guards_away(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE audit SET body = ? WHERE seq = 1", (body,))
        connection.commit()
    code, said = verified(database, capsys, "--quick")
    assert (code, named(said)) == (1, [("entry", 1, "it was erased, and what it said is back")])


def test_who_erased_others_can_be_erased(database: Path, capsys: Captured) -> None:
    erased(database, capsys)
    done = erased(database, capsys, "--person", "max", "--by", "ruth")
    code, said = verified(database, capsys)
    assert (code, said["flaws"]) == (0, [])
    first, second = said["erased"]
    assert (first["by"], second["by"]) == (done["pseudonym"], "ruth")
    take_guards_away(database)
    execute(database, f"UPDATE audit SET body = replace(body, '{done['pseudonym']}', 'eve')")
    assert verified(database, capsys)[0] == 1


def test_nothing_is_signed_of_it_any_more_and_nobody_is_alarmed(
    database: Path, capsys: Captured
) -> None:
    """The twin is what was decided without them."""
    erased(database, capsys)

    async def ask() -> None:
        store = Store(f"sqlite:///{database}", clock=FakeClock())
        attesting = attesting_in(furnish(store, FakeClock()))
        with pytest.raises(Undelivered, match="nothing was signed: whoever it named was erased"):
            await attesting.kept("sgn_2")
        assert attesting.trouble() == []
        await attesting.made("sgn_5")
        await store.close()

    execute(database, "DELETE FROM checkpoint", "DELETE FROM tile")  # signed by another key here
    asyncio.run(ask())
