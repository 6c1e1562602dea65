"""Ed25519 by Python alone: what RFC 8032 says, and never a yes where others say no."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from bot.agent.ed25519 import point, verify

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
ONE = (1).to_bytes(32, "little")
MESSAGE = b"let it go on"

# RFC 8032, section 7.1: secret key, public key, message, signature.
VECTORS = {
    "1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "SHA(abc)": (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}

# All encodings of points whose order divides 8, those with a y of P or more among them.
SMALL = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


def by_the_library(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def pair(seed: bytes = bytes(range(32))) -> tuple[bytes, Ed25519PrivateKey]:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.public_key().public_bytes_raw(), key


def secret_scalar(seed: bytes) -> int:
    """What the public key is a multiple of the base point by."""
    head = bytearray(hashlib.sha512(seed).digest()[:32])
    head[0] &= 248
    head[31] = head[31] & 127 | 64
    return int.from_bytes(head, "little")


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_of_the_rfc(name: str) -> None:
    secret, public, message, signature = map(bytes.fromhex, VECTORS[name])
    assert pair(secret)[0] == public
    assert verify(public, message, signature)
    assert not verify(public, message + b"x", signature)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300))
def test_whatever_the_library_signs_is_signed(seed: bytes, message: bytes) -> None:
    public, key = pair(seed)
    assert verify(public, message, key.sign(message))


@given(st.binary(max_size=40), st.integers(0, 95), st.integers(1, 255))
def test_no_byte_of_key_or_signature_can_be_another(message: bytes, place: int, bit: int) -> None:
    public, key = pair()
    whole = bytearray(public + key.sign(message))
    whole[place] ^= bit
    bent = bytes(whole)
    assert not verify(bent[:32], message, bent[32:])


@given(
    st.binary(min_size=32, max_size=32) | st.sampled_from(SMALL).map(bytes.fromhex),
    st.binary(max_size=40),
    st.binary(min_size=64, max_size=64),
)
def test_never_a_yes_where_the_library_says_no(
    public: bytes, message: bytes, signature: bytes
) -> None:
    if verify(public, message, signature):
        assert by_the_library(public, message, signature)


@pytest.mark.parametrize("times", [1, 2, 7, 15])
def test_the_same_signature_has_no_second_spelling(times: int) -> None:
    """S + L fits the equation as S does; who takes it lets anybody make new signatures of old."""
    public, key = pair()
    signature = key.sign(MESSAGE)
    scalar = int.from_bytes(signature[32:], "little") + times * L
    if scalar < 2**256:
        assert verify(public, MESSAGE, signature)
        assert not verify(public, MESSAGE, signature[:32] + scalar.to_bytes(32, "little"))


def test_a_scalar_of_exactly_the_order_is_none() -> None:
    """With a key of small order it would sign everything: 0·B is what is asked for."""
    for scalar in (0, L):
        assert not verify(ONE, MESSAGE, ONE + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("encoded", SMALL)
def test_a_key_of_small_order_signs_nothing(encoded: str) -> None:
    """S = 0 and R = -h·A, for every message whose h fits: some library takes each of these."""
    public = bytes.fromhex(encoded)
    for other in SMALL:
        for message in (b"0", b"1", b"2", b"3"):
            assert not verify(public, message, bytes.fromhex(other) + bytes(32))


def test_the_library_is_looser_and_so_the_test_before_means_something() -> None:
    taken = [
        (public, other, message)
        for public in map(bytes.fromhex, SMALL)
        for other in map(bytes.fromhex, SMALL)
        for message in (b"0", b"1", b"2", b"3")
        if by_the_library(public, message, other + bytes(32))
    ]
    assert taken


def test_an_r_of_small_order_is_refused_under_an_honest_key() -> None:
    """Made with r = 0, as a broken signer does: it tells the secret key."""
    seed = bytes(range(32))
    public, key = pair(seed)
    digest = hashlib.sha512(ONE + public + MESSAGE).digest()
    scalar = int.from_bytes(digest, "little") * secret_scalar(seed) % L
    signature = ONE + scalar.to_bytes(32, "little")
    assert by_the_library(public, MESSAGE, signature)
    assert not verify(public, MESSAGE, signature)
    assert verify(public, MESSAGE, key.sign(MESSAGE))


@pytest.mark.parametrize("encoded", SMALL[2:3] + SMALL[4:5] + SMALL[10:])
def test_a_key_of_small_order_beside_an_honest_r_signs_nothing(encoded: str) -> None:
    """R = r·B and S = r, which everybody can make: it fits wherever h·A is nothing."""
    seed, public = bytes(range(32)), bytes.fromhex(encoded)
    scalar = secret_scalar(seed) % L
    signature = pair(seed)[0] + scalar.to_bytes(32, "little")
    messages = [b"%d" % number for number in range(64)]
    assert any(by_the_library(public, message, signature) for message in messages)
    assert not any(verify(public, message, signature) for message in messages)


@pytest.mark.parametrize("y", range(P, 2**255))
def test_a_coordinate_has_one_spelling(y: int) -> None:
    """With a key of large order no attack is known that would show it; it is refused all the same."""
    for odd in (0, 1 << 255):
        assert point((y | odd).to_bytes(32, "little")) is None


@pytest.mark.parametrize("y", [1, P - 1])
def test_nothing_has_no_sign(y: int) -> None:
    assert point(y.to_bytes(32, "little"))
    assert point((y | 1 << 255).to_bytes(32, "little")) is None


@pytest.mark.parametrize(("public", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_other_lengths_are_none(public: int, signature: int) -> None:
    key, signer = pair()
    signed = signer.sign(MESSAGE)
    assert verify(key, MESSAGE, signed)
    assert not verify((key + b"x")[:public], MESSAGE, (signed + b"x")[:signature])


def test_a_byte_too_much_or_too_few_is_not_passed_over() -> None:
    """A key with a byte more is the same number; so is an S with a nought more, or less."""
    public, key = pair()
    assert verify(public, b"\0" + MESSAGE, key.sign(b"\0" + MESSAGE))
    assert not verify(public + b"\0", MESSAGE, key.sign(b"\0" + MESSAGE))
    message = next(it for it in map(b"%d".__mod__, range(999)) if key.sign(it)[63] == 0)
    signature = key.sign(message)
    assert verify(public, message, signature)
    assert not verify(public, message, signature + b"\0")
    assert not verify(public, message, signature[:63])


def test_what_is_no_point_is_no_key() -> None:
    """Half of all numbers are the y of no point."""
    signature, refused = pair()[1].sign(MESSAGE), 0
    for y in range(2, 40):
        refused += not verify(y.to_bytes(32, "little"), MESSAGE, signature)
    assert refused == 38
