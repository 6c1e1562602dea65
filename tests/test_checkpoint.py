"""Checkpoints: the bytes that Go's tools make and read, and no others."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot.agent import ed25519
from bot.checkpoint import (
    LARGEST,
    BadNote,
    Checkpoint,
    key_hash,
    pasted,
    read,
    signed,
    text,
    verifier_key,
    verify,
)
from bot.merkle import NO_LEAVES, leaf_of

ORIGIN = "countersign.example.com/audit"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC, STRANGE = (key.public_key().public_bytes_raw() for key in (KEY, OTHER))
ROOT = leaf_of(b"x")


def note(size: int = 4800, root: bytes = ROOT, origin: str = ORIGIN) -> str:
    return signed(text(origin, size, root), origin, PUBLIC, KEY.sign)


def verified(of: str, *keys: bytes) -> Checkpoint:
    return verify(of, keys or (PUBLIC,), ed25519.verify)


def by_another(said: str) -> str:
    """Only the line of a signature, as a witness adds it."""
    return signed(said, "witness.example/w1", STRANGE, OTHER.sign).rpartition("\n\n")[2]


# The bytes. What is compared with was made by hand, and Go's x/mod reads it (tests/peers).


def test_a_note_is_what_c2sp_says_to_the_byte() -> None:
    signature = "9lcsL/M9d7hRjS80aarq30gMGQF2g6DWpnACKWZ30IgC6p0AJN+aoqirfeWOd29tvtg5qiObATUTQyq0+jIsfFH9HwA="
    assert note(0, NO_LEAVES) == (
        f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— {ORIGIN} {signature}\n"
    )


def test_the_key_of_a_verifier_is_that_of_go() -> None:
    assert key_hash(ORIGIN, PUBLIC).hex() == "f6572c2f"
    assert verifier_key(ORIGIN, PUBLIC) == (
        f"{ORIGIN}+f6572c2f+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    )


def test_what_was_signed_is_what_is_read() -> None:
    found = verified(note())
    assert (found.origin, found.size, found.root) == (ORIGIN, 4800, ROOT)
    assert [(it.name, it.key) for it in found.signatures] == [(ORIGIN, key_hash(ORIGIN, PUBLIC))]
    assert read(note()) == found


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_every_size_and_root_comes_back(size: int, root: bytes) -> None:
    found = read(note(size, root))
    assert (found.size, found.root) == (size, root)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, ROOT),
        ("two words", 1, ROOT),
        ("a+b", 1, ROOT),
        ("line\nbreak", 1, ROOT),
        ("é", 1, ROOT),
        (ORIGIN, -1, ROOT),
        (ORIGIN, 10**18, ROOT),
        (ORIGIN, 1, ROOT[:31]),
    ],
)
def test_what_no_checkpoint_may_say_is_not_signed(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(ValueError, match="may say"):
        text(origin, size, root)


# Keys.


def test_another_key_did_not_sign_it() -> None:
    assert verified(note(), STRANGE, PUBLIC)
    with pytest.raises(BadNote, match="none of these keys"):
        verified(note(), STRANGE)
    with pytest.raises(BadNote, match="none of these keys"):
        verify(note(), (), ed25519.verify)


def test_a_key_signs_for_its_own_trail_alone() -> None:
    """A note of one origin that is put under the name of another."""
    said = text(ORIGIN, 7, ROOT)
    assert verified(signed(said, ORIGIN, PUBLIC, KEY.sign))
    with pytest.raises(BadNote, match="none of these keys"):
        verified(signed(said, "elsewhere.example/audit", PUBLIC, KEY.sign))


def test_during_a_rotation_both_keys_may_sign() -> None:
    said = text(ORIGIN, 7, ROOT)
    both = signed(said, ORIGIN, PUBLIC, KEY.sign)
    both += signed(said, ORIGIN, STRANGE, OTHER.sign).rpartition("\n\n")[2]
    for keys in ((PUBLIC,), (STRANGE,), (PUBLIC, STRANGE)):
        assert verified(both, *keys).size == 7


def test_witnesses_are_passed_over() -> None:
    whole = note()
    assert verified(whole + by_another(text(ORIGIN, 4800, ROOT))).size == 4800
    assert verified(whole + "— witness.example/w2 BAAAAAAAAAA=\n").size == 4800


def test_a_wrong_signature_of_ours_is_not_mended_by_a_right_one() -> None:
    other = note(4801).rpartition("\n\n")[2]
    with pytest.raises(BadNote, match="does not fit"):
        verified(note() + other)


def test_a_key_hash_is_a_hint_and_proves_nothing() -> None:
    made = base64.b64encode(key_hash(ORIGIN, PUBLIC) + OTHER.sign(b"x")).decode()
    with pytest.raises(BadNote, match="does not fit"):
        verified(f"{text(ORIGIN, 7, ROOT)}\n— {ORIGIN} {made}\n")


# What is bent.


@given(st.integers(0, 10_000), st.integers(0, 6))
def test_no_byte_of_it_can_be_another(place: int, bit: int) -> None:
    raw = bytearray(note().encode())
    raw[place % len(raw)] ^= 1 << bit
    with pytest.raises(BadNote):
        verified(raw.decode("utf-8", "replace"))


Bend = Callable[[str], str]


@pytest.mark.parametrize(
    "bend",
    [
        lambda it: it.replace("4800", "04800"),
        lambda it: it.replace("4800", "+4800"),
        lambda it: it.replace("4800", "4_800"),
        lambda it: it.replace("4800", "٤٨٠٠"),
        lambda it: it.replace("4800", "4801"),
        lambda it: it.replace("4800", "-1"),
        lambda it: it.replace("4800", "4800\nmore"),
        lambda it: it.replace("4800", "9" * 10_000),
        lambda it: it.replace(ORIGIN, "elsewhere.example/audit"),
        lambda it: it.replace(f"\n\n— {ORIGIN}", "\n\n— elsewhere.example/audit"),
        lambda it: it.replace("\n\n— ", "\n\n- "),
        lambda it: it.replace("\n\n— ", "\n\n—"),
        lambda it: it.replace("\n\n— ", "\n\n—  "),
        lambda it: it.replace("\n\n", "\n"),
        lambda it: it.replace("\n\n", "\n\n\n"),
        lambda it: it.replace("\n", "\r\n"),
        lambda it: it.replace("=\n\n", "\n\n"),
        lambda it: it.replace("=\n\n", "==\n\n"),
        lambda it: it[:-1],
        lambda it: it[:-1] + "x",
        lambda it: it + "\n",
        lambda it: it + "x\n",
        lambda it: it + it,
        lambda it: "\n" + it,
        lambda it: " " + it,
        lambda it: it.partition("\n\n")[0] + "\n\n",
        lambda it: it.partition("\n\n")[0] + "\n",
        lambda it: it + f"— {ORIGIN} {'A' * 8}\n" * 200,
        lambda it: it + f"— {'x' * LARGEST} AAAAAAAA\n",
        lambda it: it + "— w AAAA\n",
        lambda it: it + "— a\tb AAAAAAAA\n",
        lambda it: "",
        lambda it: "\n\n",
        lambda it: "a\nb\nc\n\nd\n",
        lambda it: it.replace(ORIGIN, "\ud800"),
    ],
)
def test_one_thing_wrong_is_enough(bend: Bend) -> None:
    assert verified(note())
    assert bend(note()) != note()
    with pytest.raises(BadNote):
        verified(bend(note()))


def test_a_root_has_one_spelling() -> None:
    """Of 32 bytes the last letter of base64 has two bits that say nothing."""
    encoded = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    other = encoded[:-2] + chr(ord(encoded[-2]) + 1) + "="
    assert base64.b64decode(other) == base64.b64decode(encoded)
    with pytest.raises(BadNote, match="its root"):
        read(note(0, NO_LEAVES).replace(encoded, other))


@given(st.text())
def test_any_text_is_a_note_or_a_bad_one(said: str) -> None:
    with pytest.raises(BadNote):
        verified(said)
    with pytest.raises(BadNote):
        verified(f"{said}\n\n{note().rpartition(chr(10) * 2)[2]}")


# What was copied from a chat.


def test_a_note_is_found_among_other_words() -> None:
    words = f"Countersign APP 10:04\nKeep this. {note()}\nada: thanks\n```{note(4801)}```\n"
    assert pasted(words) == [note(), note(4801)]


def test_what_a_program_did_to_its_white_space_is_undone() -> None:
    for bent in (note().replace("\n", "\r\n"), note().replace("\n", " \n\t"), note().strip()):
        assert pasted(bent) == [note()]


@given(st.text() | st.text(st.sampled_from("a/ 1\n—A=")))
def test_other_words_are_none(words: str) -> None:
    for found in pasted(words):
        read(found)


def test_a_hostile_text_is_looked_through_at_once() -> None:
    for part in ("a\n1\n", "a \n", "\n", " ", "—", f"a\n1\n{'A' * 43}=\n", "```"):
        assert pasted(part * (1_000_000 // len(part))) == []
