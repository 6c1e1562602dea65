"""Does erasing take a name out however it is written, leave words of ours alone, and say what it took?"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from bot import auditing, erasing
from bot.cli.commands import parser
from bot.domain.change import Commit
from bot.domain.dossier import Dossier
from bot.domain.erasing import OURS, Eraser, Names
from bot.domain.events import Event
from bot.domain.folding import MARKS, fold, folded
from bot.domain.house_events import HouseEvent, PasskeyAdded, Unasked
from bot.misconfigured import Misconfigured
from storage import audit, passkeys
from storage.changing import Changed, NotErased
from storage.documents import house_event_facts, read_house_event
from storage.passkeys import Passkey, State
from storage.store import Store
from tests.builders import NOW, ROSTER, FakeClock, sha, who
from tests.engine.house import furnish
from tests.erased import execute, settings, words
from tests.storage.disarming import take_guards_away
from tests.test_auditing import KEY, pem
from tests.test_erasing import rows
from tests.test_fading import fields
from tests.vouching import signed_for, vouching_with

Captured = pytest.CaptureFixture[str]
COMPOSED = "José Álvarez"

UNASKED = Unasked(
    connection="ci",
    key="deploy/77",
    what="a release of the operator",
    environment="production",
    deed="deployed",
    named=True,
    at=NOW,
)
HERS = Passkey(
    id="cred-ada",
    person="ada",
    public_key="pk-of-ada",
    sign_count=0,
    label="hers",
    at=NOW,
    state=State.ACTIVE,
    by="operator",
)
ADDED = PasskeyAdded(
    person="ada",
    credential="cred-ada",
    key_digest=passkeys.digest_of("pk-of-ada"),
    by="operator",
    how="operator",
    at=NOW,
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "countersign.db"


VOUCHED = signed_for(ADDED, KEY)


def fill(database: Path, title: str = "Retry refunds", let_in: PasskeyAdded = VOUCHED) -> None:
    """Something nobody was asked about, a security key that decides, and a decision."""

    def beside(session: Any) -> None:
        passkeys.add(session, HERS)
        audit.append_house(session, let_in)
        audit.append_house(session, UNASKED)

    async def live() -> None:
        clock = FakeClock()
        store = Store(f"sqlite:///{database}", clock=clock)
        house = furnish(store, clock)
        commit = Commit(sha=sha("1"), message="Retry", author=who("zz"), committer=who("jun"))
        made = await house.open(key="d/1", commits=(commit,), title=title, lineage="pull/1")
        for person in ("ada", "grace"):
            made = await house.review(made, person, id=f"click of {person}")
        await house.settle()
        await store.write(beside)
        await store.close()

    asyncio.run(live())


def erase(database: Path, capsys: Captured, *more: str) -> Any:
    chosen = settings(f"sqlite:///{database}", ROSTER, KEY)
    capsys.readouterr()
    assert erasing.run(words(*more, "--yes"), lambda: chosen, FakeClock()) == 0
    return json.loads(capsys.readouterr().out)


def verified(database: Path, capsys: Captured) -> tuple[int, Any]:
    key = str(pem(database.parent.parent, KEY))
    line = ["audit", "verify", "--quick", "--json", "--key", key]
    code = auditing.verify(parser().parse_args(line), lambda: f"sqlite:///{database}")
    return code, json.loads(capsys.readouterr().out)


def told_of_the_house(database: Path) -> list[HouseEvent]:
    found = rows(database, "SELECT body FROM audit WHERE signoff_id = '@house' ORDER BY seq")
    return [read_house_event(json.loads(body)["event"]) for (body,) in found]


# Words of ours.


def is_closed(hint: Any) -> bool:
    kinds = [hint, *getattr(hint, "__args__", ())]
    return any(
        getattr(it, "__origin__", None) is Literal or hasattr(it, "__members__") for it in kinds
    )


def closed_of(kind: Any) -> set[str]:
    return {name for _, name in fields(kind, set(), is_closed)}


def test_every_field_with_a_word_of_ours_is_left_alone() -> None:
    found = closed_of(Event) | closed_of(HouseEvent) | closed_of(Dossier)
    assert {"deed", "how", "verdict", "status", "declaration", "kind", "tier"} <= found
    assert found <= OURS


def test_of_what_has_such_a_name_and_is_free_it_is_known_why() -> None:
    """`kind` is `user` or `bot`, or a sort of risk; `status` of a file; `how` a sort of proof."""
    found = closed_of(Event) | closed_of(HouseEvent)
    free = {name for kind in (Event, HouseEvent) for _, name in fields(kind, set(), plain_text)}
    assert found & free == {"kind", "status", "how"}


def plain_text(hint: Any) -> bool:
    return hint is str


@pytest.mark.parametrize(
    "name", [("--login", "deployed"), ("--text", "deployed"), ("--login", "operator")]
)
def test_an_ordinary_word_breaks_no_entry_of_the_house(
    name: tuple[str, str], database: Path, capsys: Captured
) -> None:
    fill(database)
    erase(database, capsys, *name)
    unasked = [it for it in told_of_the_house(database) if isinstance(it, Unasked)]
    assert [(it.deed, it.key, it.environment) for it in unasked] == [
        ("deployed", "deploy/77", "production")
    ]
    assert verified(database, capsys)[0] == 0

    assert is_let_in(database)


def is_let_in(database: Path) -> bool:
    async def asked() -> bool:
        store = Store(f"sqlite:///{database}", clock=FakeClock())
        key = await store.read(lambda session: passkeys.get(session, "cred-ada"))
        assert key
        told = await store.read(lambda session: passkeys.let_in_by(session, key))
        await store.close()
        assert told
        return any(map(vouching_with(KEY).is_ours, told))

    return asyncio.run(asked())


@pytest.mark.parametrize("vouches", [False, True])
def test_who_is_erased_takes_no_vouching_along_and_lends_none(
    database: Path, capsys: Captured, *, vouches: bool
) -> None:
    """Somebody who left had let in Ada's key, or somebody wrote so: what is left is signed anew, or not."""
    event = replace(ADDED, by="gone", how="administrator")
    fill(database, let_in=signed_for(event, KEY) if vouches else event)
    erase(database, capsys, "--person", "gone")
    [left] = [it for it in told_of_the_house(database) if isinstance(it, PasskeyAdded)]
    assert left.by.startswith("erased-")
    assert is_let_in(database) is vouches


def test_what_could_not_be_read_any_more_is_not_written(
    database: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a field be forgotten once more."""
    fill(database)
    monkeypatch.setattr("bot.domain.erasing.OURS", OURS - {"deed"})
    before = rows(database, "SELECT * FROM audit")
    with pytest.raises(Misconfigured, match=r"audit entry \d+ could not be read any more"):
        erase(database, capsys, "--login", "deployed")
    assert rows(database, "SELECT * FROM audit") == before
    monkeypatch.undo()
    erase(database, capsys, "--login", "operator")


@pytest.mark.parametrize(("kind", "holds"), [("unasked", True), ("unheard-of", False)])
def test_each_changed_entry_is_read_back(kind: str, holds: bool) -> None:
    entry = audit.Entry(7, "@house", "", "", "{}")
    event = {**house_event_facts(UNASKED), "kind": kind}  # type: ignore[dict-item]
    if holds:
        assert Changed.of(entry, {}, event).entry == entry
    else:
        with pytest.raises(NotErased, match="audit entry 7"):
            Changed.of(entry, {}, event)


@pytest.mark.parametrize("text", ["pk-of", "cred-ada"])
def test_a_key_that_decides_is_not_spoiled(text: str, database: Path, capsys: Captured) -> None:
    fill(database)
    with pytest.raises(Misconfigured, match="security key cred-ada can decide"):
        erase(database, capsys, "--text", text)
    erase(database, capsys, "--text", "hers")


def test_what_an_erasure_says_of_itself_stays_signed(database: Path, capsys: Captured) -> None:
    fill(database)
    erase(database, capsys, "--login", "zz")
    erase(database, capsys, "--person", "max", "--login", "person", "--by", "ruth")
    code, said = verified(database, capsys)
    assert (code, said["flaws"], len(said["erased"])) == (0, [], 2)
    assert "max" not in str(said["erased"])


# However it is written.

WAYS = {
    "decomposed": (COMPOSED, unicodedata.normalize("NFD", COMPOSED)),
    "ß": ("Zoë Groß", "ZOË GROSS"),
    "two blanks": ("Zelda Fitz", "Zelda  Fitz"),
    "a line break": ("Zelda Fitz", "Zelda\nFitz"),
    "no-break": ("Zelda Fitz", "Zelda\u00a0Fitz"),
    "zero width": ("Zelda Fitz", "Zelda\u200bFitz"),
    "within": ("Zelda Fitz", "Zel\u200bda Fi\u00adtz"),
    "wide": ("Zelda Fitz", "Ｚｅｌｄａ Fitz"),  # noqa: RUF001
    "an address": ("zelda@acme.example", "zelda%40acme.example"),
    "escaped twice": ("zelda@acme.example", "zelda%2540acme.example"),
    "an accent, escaped": ("José", "Jos%C3%A9"),
    "Korean": ("김철수", unicodedata.normalize("NFD", "김철수")),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_writing_it_is_left(way: str, database: Path, capsys: Captured) -> None:
    given, stored = WAYS[way]
    fill(database, title=f"50% of it (×2) by {stored}, at last")
    done = erase(database, capsys, "--text", given)
    [(document,)] = rows(database, "SELECT document FROM signoff")
    title = json.loads(document)["change"]["title"]
    assert title == f"50% of it (×2) by {done['pseudonym']}, at last"
    assert verified(database, capsys)[0] == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_reason_does_not_name_them_in_another_way(
    way: str, database: Path, capsys: Captured
) -> None:
    given, stored = WAYS[way]
    with pytest.raises(Misconfigured, match="--reason names whom"):
        erase(database, capsys, "--text", given, "--reason", f"for {stored}")


@pytest.mark.parametrize("stored", ["zelda_fitz", "x_zel\u200bda", "%7Aelda.fitz", "\u00e9zelda"])
def test_longer_words_are_said(stored: str, database: Path, capsys: Captured) -> None:
    fill(database, title=f"by {stored}")
    done = erase(database, capsys, "--person", "zelda")
    assert done["rows"] == {}
    assert [it.rpartition(" ")[0] for it in done["remnants"]] == [stored]


def test_what_only_looks_like_an_escape_is_none() -> None:
    eraser = Eraser(Names(words=("ada",), texts=("Adams",)), "erased-0")
    assert eraser.text("50%adams and %ADA") == "50%erased-0 and %erased-0"
    assert eraser.text("50%20adama") == "50%20adama"


def test_each_folded_letter_knows_where_it_stands() -> None:
    written = "×%41\u200b  e\u0301ß"
    read, places = folded(written)
    assert read == "×a éss"
    assert [written[a:b] for a, b in places] == ["×", "%41\u200b", "  ", "e\u0301", "ß", "ß"]


def test_a_long_run_of_accents_takes_no_time() -> None:
    """In order they would take minutes."""
    run = "a" + "\u0301\u0316" * 200_000
    assert fold(run)
    assert len(folded(run[: 10 * MARKS])[0])


# What was taken out is said.


def test_how_much_was_given_is_told_and_never_what(database: Path, capsys: Captured) -> None:
    fill(database, title="drop the ledger without a backup")
    erase(database, capsys, "--login", "zz", "--text", "without a backup", "--text", "nobody")
    [erasure] = verified(database, capsys)[1]["erased"]
    assert erasure["what"] == (
        "what was said to name one person: 1 login, 2 free texts (words: 3, 1)"
    )


@pytest.mark.parametrize(
    ("option", "given", "why"),
    [
        ("--text", "boss told me to press", "is no name"),
        ("--text", "boss\u00a0told\u00a0me\u00a0to\u00a0press", "is no name"),
        ("--text", "x" * 61, "is no name"),
        ("--login", "told me", "more than one word"),
        ("--text", "erase", "would stand in every pseudonym"),
    ],
)
def test_a_sentence_is_no_name(
    option: str, given: str, why: str, database: Path, capsys: Captured
) -> None:
    with pytest.raises(Misconfigured, match=why):
        erase(database, capsys, option, given)


@pytest.mark.parametrize("given", ["María de la Cruz", "x" * 60])
def test_a_long_name_is_one(given: str, database: Path, capsys: Captured) -> None:
    fill(database, title=f"by {given}")
    assert erase(database, capsys, "--text", given)["done"]


def test_the_wording_cannot_be_changed_later(database: Path, capsys: Captured) -> None:
    fill(database)
    erase(database, capsys, "--login", "zz")
    take_guards_away(database)
    execute(database, "UPDATE audit SET body = replace(body, '1 login', '2 logins')")
    assert verified(database, capsys)[0] == 1
