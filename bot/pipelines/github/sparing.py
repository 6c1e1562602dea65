"""How is GitHub spared? What it said before it need not say again, and while it wants us to wait we do."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.ports import Request, Response, Undelivered

MOST_BYTES = 4_194_304
LARGEST = 524_288
"""One answer; a larger one is asked for in full each time."""

MUCH = 500
"""Bytes that an answer takes beside its own, roughly."""

_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')
_KEPT = ("content-type", "link")
NOT_MODIFIED = 304

_Key = tuple[str, str]


class Slower(Undelivered):
    """GitHub's rate limit: whatever else this installation asks is refused as well until then."""


@dataclass(frozen=True, slots=True)
class Known:
    """An answer, and the name that GitHub gave to just this state of it."""

    etag: str
    answer: Response

    @property
    def size(self) -> int:
        return len(self.answer.body) + MUCH


@dataclass(slots=True)
class Remembered:
    """Answers to GET, each for one address and one token alone.

    A token reaches one repository of one installation; so what one may see is never shown to
    another, and with the token its answers are of no use. Nothing is answered from here without
    asking: GitHub looks at the token first, and says 304 only if it would have shown it again.
    """

    most: int = MOST_BYTES
    _known: OrderedDict[_Key, Known] = field(default_factory=OrderedDict, repr=False)
    _size: int = 0

    def of(self, request: Request) -> Known | None:
        key = _key(request)
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def keep(self, request: Request, answer: Response) -> None:
        """Or forget, if it is none that may be kept: it is gone, say, or not ours to see any more."""
        key = _key(request)
        if before := self._known.pop(key, None):
            self._size -= before.size
        etag = answer.headers.get("etag", "")
        may = request.method == "GET" and answer.status == 200 and len(answer.body) <= LARGEST
        if not may or not _ETAG.fullmatch(etag):
            return
        headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        known = Known(etag, replace(answer, headers=headers))
        self._known[key] = known
        self._size += known.size
        while self._size > self.most:
            _, oldest = self._known.popitem(last=False)
            self._size -= oldest.size


def unless(known: Known, request: Request) -> Request:
    """The same question, of which the answer is wanted only if it is another by now."""
    headers: Mapping[str, str] = {**request.headers, "if-none-match": known.etag}
    return replace(request, headers=headers)


@dataclass(slots=True)
class Pauses:
    """Until when an installation is to be left alone. GitHub locks out who goes on asking."""

    _until: dict[int, datetime] = field(default_factory=dict)

    def check(self, installation: int, now: datetime) -> None:
        """Raises Slower."""
        until = self._until.get(installation, now)
        if until > now:
            raise Slower("GitHub wants us to be slower", retry_after=until - now)
        self._until.pop(installation, None)

    def begin(self, installation: int, now: datetime, pause: timedelta) -> None:
        self._until[installation] = max(self._until.get(installation, now), now + pause)


def _key(request: Request) -> _Key:
    """The token itself is not kept."""
    bearer = request.headers.get("authorization", "")
    return request.url, hashlib.sha256(bearer.encode()).hexdigest()
