"""Did people's own security keys sign what says so, and were those keys let in by then?"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, NamedTuple

from bot import assertions, signing
from bot.domain.erasing import PSEUDONYM
from bot.domain.events import Event, Opened, Overridden, OverrideAsked, Reviewed
from bot.domain.house_events import HouseEvent, PasskeyAdded, PasskeyRemoved
from bot.domain.override import Override
from bot.domain.overriding import override_of
from bot.domain.proving import BY_KEY, TYPED
from bot.domain.signoff import Assertion, Review, Signoff, Verdict
from bot.domain.statement import Position, statement_of
from storage import vouching
from storage.attestations import Told

UNVOUCHED = "it lets in a security key, and none of these keys signed that"
AGAIN = "it lets in a security key that was let in or removed before"

_NOWHERE = Position(origin="", seq=0, leaf="", checkpoint="", proof=())


class LetIn(NamedTuple):
    """Whose key it is, and which: as the trail names it."""

    person: str
    digest: str
    by: str


class Tenures:
    """Which security keys the trail let decide, and from which entry to which: by entries that one of
    `keys` signed, once each. Of all other entries `doubtful` says why they do not count.
    """

    def __init__(
        self, told: Iterable[tuple[int, HouseEvent | None]] = (), keys: Sequence[bytes] = ()
    ) -> None:
        self._of: dict[str, list[tuple[int, LetIn | None]]] = {}
        self.doubtful: dict[int, str] = {}
        for seq, event in told:
            match event:
                case PasskeyAdded():
                    self._add(seq, event, keys)
                case PasskeyRemoved():
                    self._of.setdefault(event.credential, []).append((seq, None))

    def _add(self, seq: int, event: PasskeyAdded, keys: Sequence[bytes]) -> None:
        """A key is let in once: what stands there again is a copy, of one that was removed perhaps."""
        if not any(vouching.is_signed(event, partial(signing.genuine, key)) for key in keys):
            self.doubtful[seq] = UNVOUCHED
        elif event.credential in self._of:
            self.doubtful[seq] = AGAIN
        else:
            self._of[event.credential] = [(seq, LetIn(event.person, event.key_digest, event.by))]

    def now(self) -> Mapping[str, LetIn]:
        """Those that decide today."""
        last = {credential: told[-1][1] for credential, told in self._of.items()}
        return {credential: it for credential, it in last.items() if it is not None}

    def decided(self, person: str, key: str, *, credential: str, seq: int) -> bool:
        """Whether they might decide with this key when entry `seq` was written."""
        before = [it for at, it in self._of.get(credential, ()) if at < seq]
        let_in = before[-1] if before else None
        return let_in is not None and (let_in.person, let_in.digest) == (person, digest_of(key))


def digest_of(public_key: object) -> str:
    """As the trail says which key it is."""
    digest = hashlib.sha256(str(public_key).encode("utf-8", "surrogatepass")).hexdigest()
    return f"sha256:{digest}"


def unproved(
    signoff: Signoff, told: Sequence[Told], tenures: Tenures, erased: Container[int]
) -> Iterator[str]:
    """What speaks against approvals and overrides that say that a security key signed them.
    `erased` are entries whose text was: what it signed named its person, and is gone.
    """
    for entry in told:
        for review in _reviews(entry.event):
            if _says_signed(review) and not (entry.seq in erased and _is_gone(review.assertion)):
                yield from _against(review, signoff, entry.seq, tenures)
        if override := _override(entry.event):
            if entry.seq in erased:
                override = _without_what_is_gone(override)
            yield from _against_override(override, signoff, entry.seq, tenures)


def _reviews(event: Event) -> Sequence[Review]:
    match event:
        case Opened():
            return event.carried
        case Reviewed():
            return (event.review,)
        case _:
            return ()


def _says_signed(review: Review) -> bool:
    signed = review.proved == BY_KEY or review.assertion is not None
    return signed and review.verdict is Verdict.APPROVE


def _is_gone(made: Assertion | None) -> bool:
    """All that a key signs is erased at once."""
    said = set(asdict(made).values()) if made else {""}
    return len(said) == 1 and said.pop().startswith(PSEUDONYM.rstrip("-"))


def _against(review: Review, signoff: Signoff, seq: int, tenures: Tenures) -> Iterator[str]:
    credential = review.assertion.credential if review.assertion else ""
    theirs = partial(tenures.decided, credential=credential, seq=seq)
    alone = replace(signoff, reviews=(review,))
    statement: dict[str, Any] = statement_of(alone, _NOWHERE, review.at, {})
    yield from assertions.problems(statement, theirs, statement["predicate"]["reviews"])


def _override(event: Event) -> Override | None:
    """As far as it is new in this entry: what is confirmed was looked at where it was asked for."""
    match event:
        case OverrideAsked():
            return override_of(event.wanted, event.rules)
        case Overridden() if event.override.second:
            return replace(event.override, shown=TYPED)
        case Overridden():
            return event.override
        case _:
            return None


def _without_what_is_gone(override: Override) -> Override:
    first, second = override.shown, override.second_shown
    if _is_gone(first.assertion):
        override = replace(override, shown=TYPED)
    if second and _is_gone(second.assertion):
        override = replace(override, second_shown=TYPED)
    return override


def _against_override(it: Override, signoff: Signoff, seq: int, tenures: Tenures) -> Iterator[str]:
    """Each of both with the key that it names."""
    for shown, alone in (
        (it.shown, replace(it, second_shown=None)),
        (it.second_shown, replace(it, shown=TYPED)),
    ):
        credential = shown.assertion.credential if shown and shown.assertion else ""
        theirs = partial(tenures.decided, credential=credential, seq=seq)
        then = replace(signoff, override=alone, decided_at=it.at)
        yield from assertions.override_problems(statement_of(then, _NOWHERE, it.until, {}), theirs)
