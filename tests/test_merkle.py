"""Merkle trees: the same roots and proofs as RFC 6962 says them, and no proof of what is not so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.merkle import (
    NO_LEAVES,
    Growing,
    Subtree,
    check_consistency,
    check_inclusion,
    consistency,
    folded,
    inclusion,
    leaf_of,
    node_of,
    root,
)

SIZES = [*range(1, 70), 127, 128, 129, 255, 256, 257]
LEAVES = [leaf_of(b"%d" % number) for number in range(260)]


# RFC 6962, section 2.1, as it is written there: what our own is compared with.


def mth(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = largest_below(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path_of(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_below(len(leaves))
    if m < k:
        return [*path_of(m, leaves[:k]), mth(leaves[k:])]
    return [*path_of(m - k, leaves[k:]), mth(leaves[:k])]


def proof_of(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = largest_below(n)
    if m <= k:
        return [*proof_of(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof_of(m - k, leaves[k:], False), mth(leaves[:k])]


def largest_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def subtree(low: int, high: int) -> bytes:
    """As a store gives it; whatever is not a complete subtree must not be asked for."""
    size = high - low
    assert size & (size - 1) == 0
    assert low % size == 0
    return folded(LEAVES[low:high])


def grown(size: int) -> Growing:
    tree = Growing()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    return tree


# Roots.


def test_the_vectors_of_certificate_transparency() -> None:
    """Those of Google's implementation and of RFC 9162's test data: eight entries, in hex."""
    entries = ["", "00", "10", "2021", "3031", "40414243"]
    entries += ["5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [leaf_of(bytes.fromhex(entry)) for entry in entries]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    tree = Growing()
    for size, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        assert tree.root().hex() == roots[size]


@pytest.mark.parametrize("size", [0, *SIZES])
def test_a_root_is_that_of_the_rfc_however_it_is_made(size: int) -> None:
    expected = mth(LEAVES[:size])
    assert root(size, subtree) == expected
    assert grown(size).root() == expected
    assert grown(size).size == size


def test_without_a_leaf_it_is_the_hash_of_nothing() -> None:
    assert Growing().root() == root(0, subtree) == NO_LEAVES


def test_a_node_is_never_a_leaf() -> None:
    """Else whoever holds two entries could show one of them that never was."""
    left, right = LEAVES[:2]
    assert node_of(left, right) != leaf_of(left + right)


def test_parts_are_folded_only_in_pairs() -> None:
    with pytest.raises(ValueError, match="zip"):
        folded(LEAVES[:3])


def test_a_root_in_the_middle_does_not_disturb_what_comes_after() -> None:
    tree = Growing()
    for size, leaf in enumerate(LEAVES[:50], 1):
        tree.append(leaf)
        assert tree.root() == mth(LEAVES[:size])


# Inclusion.


@pytest.mark.parametrize("size", SIZES)
def test_each_leaf_has_the_proof_of_the_rfc(size: int) -> None:
    expected = mth(LEAVES[:size])
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        path = inclusion(index, size, subtree)
        assert path == path_of(index, LEAVES[:size])
        assert check_inclusion(LEAVES[index], index, size, path, expected)


@given(st.data())
def test_an_inclusion_with_one_thing_wrong_is_none(data: Any) -> None:
    size = data.draw(st.sampled_from(SIZES))
    index = data.draw(st.integers(0, size - 1))
    path, expected = inclusion(index, size, subtree), root(size, subtree)
    leaf = LEAVES[index]
    assert check_inclusion(leaf, index, size, path, expected)
    assert not check_inclusion(leaf_of(b"x"), index, size, path, expected)
    assert not check_inclusion(leaf, index, size, path, leaf_of(b"x"))
    assert not check_inclusion(leaf, index, size, [*path, leaf], expected)
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != index))
    assert not check_inclusion(leaf, other, size, path, expected)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        assert not check_inclusion(leaf, index, size, path[:place], expected)
        assert not check_inclusion(leaf, index, size, path[1:], expected)
        bent = [*path[:place], leaf_of(b"x"), *path[place + 1 :]]
        assert not check_inclusion(leaf, index, size, bent, expected)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (-1, 1), (5, 5), (0, 0), (7, 5), (0, -1)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    assert not check_inclusion(LEAVES[0], index, size, [], LEAVES[0])
    with pytest.raises(ValueError, match="no leaf"):
        inclusion(index, size, subtree)


def test_a_smaller_tree_has_not_the_root_of_a_larger_one() -> None:
    """Its proof is at its end, and what is told beyond that is not taken."""
    whole = mth(LEAVES[:2])
    assert check_inclusion(LEAVES[1], 1, 2, [LEAVES[0]], whole)
    assert not check_inclusion(LEAVES[1], 0, 1, [LEAVES[0]], whole)


# Consistency.


@pytest.mark.parametrize("size", SIZES)
def test_each_earlier_tree_has_the_proof_of_the_rfc(size: int) -> None:
    for old in {1, 2, size // 2, size - 1, size} & set(range(1, size + 1)):
        path = consistency(old, size, subtree)
        assert path == proof_of(old, LEAVES[:size])
        assert check_consistency(old, mth(LEAVES[:old]), size, mth(LEAVES[:size]), path)


@given(st.data())
def test_a_consistency_with_one_thing_wrong_is_none(data: Any) -> None:
    size = data.draw(st.sampled_from(SIZES))
    old = data.draw(st.integers(1, size))
    path = consistency(old, size, subtree)
    before, after, other = root(old, subtree), root(size, subtree), leaf_of(b"x")
    assert check_consistency(old, before, size, after, path)
    assert not check_consistency(old, other, size, after, path)
    assert not check_consistency(old, before, size, other, path)
    assert not check_consistency(old, before, size, after, [*path, other])
    assert not check_consistency(size + 1, before, size, after, path)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        bent = [*path[:place], other, *path[place + 1 :]]
        assert not check_consistency(old, before, size, after, bent)
        assert not check_consistency(old, before, size, after, path[:place])


@given(st.data())
def test_a_forked_trail_is_not_consistent(data: Any) -> None:
    """One early leaf is another, and all after it are hashed anew."""
    size = data.draw(st.sampled_from(SIZES))
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))

    def forged(low: int, high: int) -> bytes:
        leaves = [*LEAVES[:changed], leaf_of(b"x"), *LEAVES[changed + 1 :]]
        return folded(leaves[low:high])

    other: Subtree = forged
    before, after = root(old, subtree), root(size, other)
    assert not check_consistency(old, before, size, after, consistency(old, size, other))
    assert not check_consistency(old, before, size, after, consistency(old, size, subtree))


@pytest.mark.parametrize(("old", "size"), [(0, 5), (-1, 5), (6, 5), (0, 0)])
def test_nothing_is_shown_of_trees_that_never_were(old: int, size: int) -> None:
    assert not check_consistency(old, NO_LEAVES, size, NO_LEAVES, [])
    with pytest.raises(ValueError, match="leaves"):
        consistency(old, size, subtree)


def test_the_same_tree_needs_no_proof() -> None:
    assert check_consistency(5, mth(LEAVES[:5]), 5, mth(LEAVES[:5]), [])
    assert not check_consistency(5, mth(LEAVES[:5]), 5, mth(LEAVES[:5]), [LEAVES[0]])


def test_a_larger_tree_has_not_the_root_of_a_smaller_one() -> None:
    before, after = mth(LEAVES[:2]), mth(LEAVES[:4])
    assert check_consistency(2, before, 4, after, [mth(LEAVES[2:4])])
    assert not check_consistency(2, before, 4, before, [])
