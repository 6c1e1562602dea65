"""What does one hash say of many entries, and how does anyone check it with a few more? RFC 6962.

Pure: where the hashes of a trail are kept is somebody else's business (`Subtree`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Subtree = Callable[[int, int], bytes]
"""The hash over the leaves from the first number up to, but without, the second.

It is only asked for complete subtrees: 2^k leaves that begin at a multiple of 2^k.
"""

NO_LEAVES = hashlib.sha256(b"").digest()
"""The root of a tree without a leaf."""


def leaf_of(entry: bytes) -> bytes:
    """The hash of one entry; that of a node can never be the same."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over a complete subtree, from those of 1, 2, 4, 8… parts of the same size."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [node_of(left, right) for left, right in pairs]
    return hashes[0]


def root(size: int, subtree: Subtree) -> bytes:
    """Of the tree over the first `size` leaves."""
    return _over(0, size, subtree) if size else NO_LEAVES


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What leads from the leaf `index` (the first is 0) to the root over `size` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    path, low, high = list[bytes](), 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_over(middle, high, subtree))
            high = middle
        else:
            path.append(_over(low, middle, subtree))
            low = middle
    return path[::-1]


def consistency(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """What shows that the first `old` of `size` leaves are those of an earlier root."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves never had {old}, or nothing is to be shown")
    path, low, high = list[bytes](), 0, size
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_over(middle, high, subtree))
            high = middle
        else:
            path.append(_over(low, middle, subtree))
            low = middle
    if low:
        path.append(_over(low, high, subtree))
    return path[::-1]


def check_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes
) -> bool:
    """Whether `leaf` is number `index` of the `size` leaves under the root `expected`."""
    if not 0 <= index < size:
        return False
    found, here, last = leaf, index, size - 1
    for other in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_of(other, found)
            here, last = _risen(here, last)
        else:
            found = node_of(found, other)
        here, last = here >> 1, last >> 1
    return last == 0 and found == expected


def check_consistency(
    old: int, old_root: bytes, size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of `size` leaves begins with the very leaves of the older one."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == new_root
    rest = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not rest:
        return False
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    before = after = rest[0]
    for other in rest[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            before, after = node_of(other, before), node_of(other, after)
            here, last = _risen(here, last)
        else:
            after = node_of(after, other)
        here, last = here >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


class Growing:
    """A tree that is read from its first leaf to its last, and keeps log2 of them hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        self.size += 1
        below = self.size
        while below & 1 == 0:
            leaf = node_of(self._complete.pop(), leaf)
            below >>= 1
        self._complete.append(leaf)

    def root(self) -> bytes:
        """Of all leaves until now."""
        if not self._complete:
            return NO_LEAVES
        found = self._complete[-1]
        for left in self._complete[-2::-1]:
            found = node_of(left, found)
        return found


def _over(low: int, high: int, subtree: Subtree) -> bytes:
    """The hash over these leaves, of which all but the last subtree are complete."""
    size = high - low
    if size & (size - 1) == 0:
        return subtree(low, high)
    middle = low + _split(size)
    return node_of(subtree(low, middle), _over(middle, high, subtree))


def _split(size: int) -> int:
    """The largest power of two that is smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _risen(here: int, last: int) -> tuple[int, int]:
    """Past the levels on which a last subtree has no neighbour to its right."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last
