"""Where does a name stand, and where does it only seem to?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.erasing import Eraser, Names, renamed_findings
from bot.domain.evidence.findings import Finding, Tier

GONE = "erased-01234567"


def eraser(*words: str, texts: tuple[str, ...] = (), **instead: str) -> Eraser:
    return Eraser(Names(words=words, texts=texts), GONE, instead)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ada", GONE),
        ("Ada", GONE),
        ("@ada", f"@{GONE}"),
        ("asked by ada.", f"asked by {GONE}."),
        ("(ada)", f"({GONE})"),
        ("ada/fix-it", f"{GONE}/fix-it"),
        ("ada, grace and ADA", f"{GONE}, grace and {GONE}"),
        ("a\nada\tb", f"a\n{GONE}\tb"),
    ],
)
def test_a_word_is_found_however_it_stands(text: str, left: str) -> None:
    assert eraser("ada").text(text) == left


@pytest.mark.parametrize(
    "text", ["adam", "canada", "ada-maria", "ada_maria", "ada.lovelace", "users.ada", "x-ada"]
)
def test_other_words_are_left_and_shown(text: str) -> None:
    assert eraser("ada").text(text) == text
    assert eraser("ada").remnants(text) == [text]
    assert eraser(texts=("ada",)).text(text) == text.replace("ada", GONE)


def test_an_address_is_a_word_and_the_longer_name_goes_first() -> None:
    both = eraser("ada", "ada@acme.example")
    assert both.text("Ada <ada@acme.example>, ada+ci@acme.example") == (
        f"{GONE} <{GONE}>, {GONE}+ci@acme.example"
    )


def test_nothing_has_a_meaning_in_a_name() -> None:
    assert eraser("a.a", texts=("b*",)).text("aXa a.a b* bb") == f"aXa {GONE} {GONE} bb"


def test_words_of_ours_stay_and_keys_do() -> None:
    said = {"kind": "ada", "verdict": "ada", "ada": "ada", "list": ["ada", 7, None, True]}
    assert eraser("ada").value(said) == {
        "kind": "ada",
        "verdict": "ada",
        "ada": GONE,
        "list": [GONE, 7, None, True],
    }


def test_the_quick_look_sees_what_stands_in_json() -> None:
    for name in ('an "odd" one', "back\\slash", "größe"):
        written = json.dumps({"x": f"\n{name}"}, ensure_ascii=False)
        assert eraser(name).may_meet(written)
        assert not eraser(name).may_meet('{"x":"somebody"}')


def reviewed(person: str, statement: str) -> dict[str, Any]:
    return {"person": person, "assertion": {"credential": "c", "statement": statement}}


def test_what_their_security_key_signed_goes_whole() -> None:
    """It holds their name in ways that cannot be changed: a hash, a signature."""
    erased = {"credential": GONE, "statement": GONE}
    assert eraser("ada").value(reviewed("ada", "x"))["assertion"] == erased  # type: ignore[index]
    assert eraser("ada").value(reviewed("eve", "of ada"))["assertion"] == erased  # type: ignore[index]
    assert eraser("ada").value(reviewed("eve", "x")) == reviewed("eve", "x")


def test_a_finding_is_known_by_what_is_left_of_it() -> None:
    found = Finding(source="trailer", tool="Claude", tier=Tier.DECLARED, text="by ada", where="x")
    left = Finding(
        source="trailer", tool="Claude", tier=Tier.DECLARED, text=f"by {GONE}", where="x"
    )
    facts = {"source": "trailer", "tool": "Claude", "text": "by ada", "where": "x", "tier": "d"}
    known = {"findings": [facts]}
    renamed = renamed_findings(known, eraser("ada").value(known))
    assert renamed == {found.id: left.id}
    again = Eraser(Names(words=("ada",)), GONE, renamed)
    assert again.text(f"{found.id}") == left.id
    assert renamed_findings(known, eraser("eve").value(known)) == {}
