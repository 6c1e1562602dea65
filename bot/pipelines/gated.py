"""What if a pipeline waits at a gate of its own? A signed message names it; we answer there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_bytes
from typing import Annotated, Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo

from bot.domain.change import Change
from bot.domain.globs import whole_match
from bot.domain.signoff import Signoff
from bot.pipelines.parts import Parts
from bot.pipelines.signatures import secret_key
from bot.pipelines.stated import StatedChange
from bot.pipelines.stated_words import Stated
from bot.pipelines.webhook import WebhookPipeline
from bot.ports import Delivery, Invalid, Landing, Problem, Sighting, Unauthenticated, Undelivered


class Place(Stated):
    """Where a pipeline waits. All its fields are texts: so they are kept, as the return address."""

    @property
    def name(self) -> str:
        """What outlives a run, for the `places` of a connection; "" if it is but an id."""
        return ""


At = TypeVar("At", bound=Place)
At_contra = TypeVar("At_contra", bound=Place, contravariant=True)


def _unless_pushed(gate: At | None, info: ValidationInfo) -> At | None:
    if gate is None and not (info.context or {}).get("pushed"):
        raise ValueError("is required: it names the place where the pipeline waits")
    return gate


class StatedAtGate(StatedChange, Generic[At]):
    """The `data` of a generic change, and the `gate` that waits for the answer."""

    gate: Annotated[At | None, Field(validate_default=True), AfterValidator(_unless_pushed)] = None

    def reply_to(self) -> Mapping[str, str]:
        return self.gate.model_dump(exclude_none=True) if self.gate else {}


def like(pattern: str, words: str) -> AfterValidator:
    """All of a text has to be like this; or people read what it "must be"."""
    known = re.compile(pattern)

    def judged(text: str) -> str:
        if not known.fullmatch(text):
            raise ValueError(words)
        return text

    return AfterValidator(judged)


def _number_as_text(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


Number = Annotated[str, BeforeValidator(_number_as_text), like(r"[0-9]{1,19}", "must be a number")]
"""Of a build, say: 12 or "12", and kept as the latter."""


class Gate(Protocol[At_contra]):
    """How one platform lets a pipeline go on or stops it, at a place that its message named.

    Both raise Undelivered or Unreachable. Told twice, what is done already is no trouble, as far as
    the platform says that it was us who did it.
    """

    @property
    def place(self) -> type[Place]:
        """The shape of the places that this platform knows."""

    @property
    def stated(self) -> type[StatedChange]:
        """The shape of `data` with such a place in it."""

    @property
    def reopens(self) -> bool:
        """Whether it still takes a yes after it was told that nobody answered in time."""

    async def proceed(self, signoff: Signoff, at: At_contra) -> None:
        """Let the pipeline go on."""

    async def stop(self, signoff: Signoff, at: At_contra) -> None:
        """End it, or have it fail, whichever the platform knows."""


@runtime_checkable
class MergeGate(Protocol[At_contra]):
    """A gate before a merge: what it let go on may wait there for long, and can be stopped yet."""

    async def take_back(self, signoff: Signoff, at: At_contra) -> None:
        """Its override has ended. Raises Undelivered or Unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedPipeline:
    """Fulfils `bot.ports.Pipeline`: `door` reads what is announced, `gate` takes the answer.

    `places` are globs of the places it may answer; without any, all that the platform lets it.
    Not `signed`: it has no secret, so jobs ask with a token of theirs, and no delivery is let in.
    """

    door: WebhookPipeline
    gate: Gate[Any]
    places: tuple[str, ...] = ()
    signed: bool = True

    @property
    def reopens(self) -> bool:
        return self.gate.reopens

    @property
    def fetches(self) -> bool:
        return False

    def verify(self, delivery: Delivery) -> str:
        if not self.signed:
            raise Unauthenticated("this connection has no secret_env, so it takes no deliveries")
        return self.door.verify(delivery)

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        told = await self.door.read(delivery)
        return self._within_reach(told) if isinstance(told, Change) else told

    def read_data(self, data: object) -> Change:
        return self._within_reach(self.door.read_data(data))

    async def report(self, signoff: Signoff) -> None:
        answer = self.gate.proceed if signoff.status.proceed else self.gate.stop
        await answer(signoff, self._place(signoff))

    async def take_back(self, signoff: Signoff) -> None:
        """Where a merge waits; a run that was let go on is on its way."""
        if isinstance(self.gate, MergeGate):
            await self.gate.take_back(signoff, self._place(signoff))

    def _place(self, signoff: Signoff) -> Place:
        """Raises Undelivered where its return address names none that it may answer."""
        try:
            at = self.gate.place.model_validate(dict(signoff.change.reply_to))
        except ValidationError as error:
            detail = "its return address names no place of this platform"
            raise Undelivered(detail, final=True) from error
        # The config may have changed since this place was accepted.
        if not self._reaches(at):
            detail = f"its gate is not among the places of {self.door.name}"
            raise Undelivered(detail, final=True)
        return at

    def _within_reach(self, change: Change) -> Change:
        if not self._reaches(self.gate.place.model_validate(dict(change.reply_to))):
            raise Invalid(Problem("data.gate", f"is not among the places of {self.door.name}"))
        return change

    def _reaches(self, at: Place) -> bool:
        return not self.places or any(whole_match(at.name, glob) for glob in self.places)


def gated(parts: Parts, gate: Gate[Any]) -> GatedPipeline:
    """A pipeline of this connection: announced under its `secret`, answered at this gate."""
    announced = tuple(map(secret_key, parts.proofs("secret")))
    door = WebhookPipeline(
        name=parts.name,
        # Where there is none, one that nobody knows: an empty key could be guessed.
        secrets=announced or (token_bytes(32),),
        clock=parts.clock,
        send=parts.send,
        public_url=parts.public_url,
        link_prefix=parts.link_prefix,
        stated=gate.stated,
    )
    places = parts.lists.get("places", ())
    return GatedPipeline(door=door, gate=gate, places=places, signed=bool(announced))
