"""Did the holder of this key sign this message? Ed25519, RFC 8032, with Python alone.

A build job has nothing installed to ask, and checking has no secret that its running time could
tell. No signature is made here.
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
"""A square root of -1."""

Point = tuple[int, int, int, int]
"""X, Y, Z and T with x = X/Z, y = Y/Z and x·y = T/Z."""

_ZERO: Point = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether it is a signature of `message`, by the strictest reading there is.

    Refused are S of L or more (another spelling of the same), coordinates of P or more, and keys or
    R of small order (with which one signature fits many messages).
    """
    if len(public) != 32 or len(signature) != 64:
        return False
    key, other = point(public), point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or other is None or scalar >= _L:
        return False
    if _is_small(key) or _is_small(other):
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    return _same(_times(scalar, _BASE), _sum(other, _times(challenge, key)))


def point(encoded: bytes) -> Point | None:
    """The point that these 32 bytes spell, if they do and it is the only spelling."""
    number = int.from_bytes(encoded, "little")
    odd, y = number >> 255, number & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = _P - x
    return x, y, 1, x * y % _P


def _sum(one: Point, other: Point) -> Point:
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: Point) -> Point:
    found = _ZERO
    while factor:
        if factor & 1:
            found = _sum(found, point)
        point, factor = _sum(point, point), factor >> 1
    return found


def _same(one: Point, other: Point) -> bool:
    (x1, y1, z1, _), (x2, y2, z2, _) = one, other
    return (x1 * z2 - x2 * z1) % _P == 0 and (y1 * z2 - y2 * z1) % _P == 0


def _is_small(point: Point) -> bool:
    """Whether its order divides 8."""
    return _same(_times(8, point), _ZERO)


def _base() -> Point:
    found = point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert found is not None  # noqa: S101 - RFC 8032 says so
    return found


_BASE = _base()
