"""A picture that is packed anew is the same picture, to the point."""

from __future__ import annotations

import struct
import zlib

import pytest

from docs.png import BEGIN, packed, points

LINES = [bytes((7 * x * y + x) % 256 for x in range(12)) for y in range(5)]
"""Four points wide, five high, and nothing regular."""


def a_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def a_picture(filters: list[int], *, colour: int = 2, parts: int = 1) -> bytes:
    """LINES, each written by one of PNG's filters."""
    written, above = b"", bytes(12)
    for how, line in zip(filters, LINES, strict=True):
        written += bytes([how]) + filtered(how, line, above)
        above = line
    data = zlib.compress(written)
    cut = [data[len(data) * n // parts : len(data) * (n + 1) // parts] for n in range(parts)]
    head = struct.pack(">IIBBBBB", 4, 5, 8, colour, 0, 0, 0)
    chunks = [
        a_chunk(b"IHDR", head),
        *(a_chunk(b"IDAT", one) for one in cut),
        a_chunk(b"IEND", b""),
    ]
    return BEGIN + b"".join(chunks)


def filtered(how: int, line: bytes, above: bytes) -> bytes:
    """As the specification says it: the difference from the left, from above, or from both."""
    found = bytearray()
    for x, value in enumerate(line):
        left, corner = (line[x - 3], above[x - 3]) if x >= 3 else (0, 0)
        up = above[x]
        whole = left + up - corner
        near = sorted((left, up, corner), key=lambda it: abs(whole - it))[0]
        found.append((value - (0, left, up, (left + up) // 2, near)[how]) % 256)
    return bytes(found)


@pytest.mark.parametrize("filters", [[how] * 5 for how in range(5)] + [[4, 1, 0, 3, 2]])
def test_whichever_way_its_lines_were_written(filters: list[int]):
    picture = a_picture(filters)
    assert points(picture) == LINES
    assert points(packed(picture)) == LINES


def test_data_in_pieces_is_put_together():
    assert points(packed(a_picture([2, 2, 2, 2, 2], parts=3))) == LINES


def test_what_is_packed_is_the_same_when_it_is_packed_again():
    once = packed(a_picture([4, 4, 4, 4, 4]))
    assert packed(once) == once


def test_a_picture_with_a_palette_is_none_of_ours():
    with pytest.raises(KeyError):
        packed(a_picture([0, 0, 0, 0, 0], colour=3))
