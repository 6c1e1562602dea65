"""A credential that is kept can be used with the secret alone, and for nothing else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from bot.pipelines.sealing import seal, unseal
from bot.ports import Undelivered

SECRET = b"a secret of this connection alone"
CREDENTIAL = b"eyJ0eXAi.a-live-credential"


def refused(secret: bytes, sealed: str, *about: str) -> None:
    with pytest.raises(Undelivered) as told:
        unseal(secret, sealed, *about)
    assert told.value.final
    assert CREDENTIAL.decode() not in str(told.value)


@pytest.mark.parametrize("credential", [CREDENTIAL, b"x", b"\x00\xff" * 5_000])
def test_what_is_sealed_can_be_opened_again(credential: bytes) -> None:
    sealed = seal(SECRET, credential, "azure", "key")
    assert sealed.isascii()
    assert unseal(SECRET, sealed, "azure", "key") == credential


def test_nothing_of_it_can_be_read() -> None:
    sealed = urlsafe_b64decode(seal(SECRET, CREDENTIAL, "azure"))
    assert not any(CREDENTIAL[at : at + 4] in sealed for at in range(len(CREDENTIAL) - 4))


def test_the_same_is_sealed_alike_so_that_a_change_told_twice_is_one() -> None:
    assert seal(SECRET, CREDENTIAL, "a", "b") == seal(SECRET, CREDENTIAL, "a", "b")
    assert seal(SECRET, CREDENTIAL, "a", "b") != seal(SECRET, CREDENTIAL + b"x", "a", "b")


@pytest.mark.parametrize("about", [("other", "key"), ("azure", "other"), ("azurekey",), ()])
def test_it_opens_for_what_it_is_about_and_for_nothing_else(about: tuple[str, ...]) -> None:
    refused(SECRET, seal(SECRET, CREDENTIAL, "azure", "key"), *about)


def test_another_secret_does_not_open_it() -> None:
    refused(b"the secret after it was changed..", seal(SECRET, CREDENTIAL, "azure"), "azure")


def test_it_is_not_changed_unnoticed() -> None:
    sealed = urlsafe_b64decode(seal(SECRET, CREDENTIAL, "azure"))
    for at in range(len(sealed)):
        other = bytearray(sealed)
        other[at] ^= 1
        refused(SECRET, urlsafe_b64encode(bytes(other)).decode(), "azure")


@pytest.mark.parametrize("sealed", ["", "A", "AAAA", "=", "é", "\x00", "A" * 1_000, "\ud800"])
def test_what_was_never_sealed_is_refused_alike(sealed: str) -> None:
    refused(SECRET, sealed, "azure")
