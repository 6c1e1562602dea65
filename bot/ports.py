"""What does the engine ask of the world outside, and which words do they share?

A protocol is here only if somebody else's computer is behind it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from bot.domain.asking.choosing import Seen
from bot.domain.card import Card
from bot.domain.change import Change, Work
from bot.domain.effects import Publish
from bot.domain.notes import Note
from bot.domain.signoff import Signoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One HTTP request that reached us: raw, and not yet believed. Header names are lower case."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request we would like to make."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Send = Callable[[Request], Awaitable[Response]]
"""Makes one request. Raises Unreachable if no whole answer came; never follows a redirect."""


WentOn = Callable[[str, str], Awaitable[str]]
"""The revision of a repository that went on last to an environment, through one connection; empty: none."""


class Unreachable(Exception):
    """No whole answer came. `sent` is True where the other side may have acted all the same."""

    def __init__(self, detail: str, *, sent: bool = True) -> None:
        super().__init__(detail)
        self.sent = sent


class Unauthenticated(Exception):
    """A delivery whose signature or age is wrong; the text is for the log, not for the sender."""


class Malformed(Exception):
    """A delivery that is no well-formed message at all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field; `field` is its path, "data.files[3].path"."""

    field: str
    detail: str


class Invalid(Exception):
    """A well-formed message whose content is wrong: every problem at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.field}: {p.detail}" for p in problems))
        self.problems = problems


class Undelivered(Exception):
    """The other side did not take what we brought.

    `final`: trying again is useless. `retry_after`: when it asked to be tried again.
    """

    def __init__(
        self, detail: str, *, final: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(detail)
        self.final = final
        self.retry_after = retry_after


class NotYet(Undelivered):
    """The other side is well, but has not come so far as to take it: it is asked again."""


class Closed(Exception):
    """The house is closing, so this was not begun."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a change looked when it was pushed; nobody wants to ship it yet.

    Its evidence and its contributors stay with its `lineage`, whatever is pushed over it.
    """

    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What came of a change that was let go on; `key` is the pipeline's own name of it.

    `what` and `environment` say what was deployed and where, if nobody was ever asked about it;
    `key` is empty where it has no name by which somebody could have been.
    """

    connection: str
    key: str
    succeeded: bool
    detail: str = ""
    what: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """Nobody wants to ship it any more: it was closed, say. What waits for it is withdrawn.

    A pipeline that `fetches` is asked again afterwards: what was taken up meanwhile shall not be left
    without an answer.
    """

    work: Work
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """It was merged into `branch`, whether or not anybody had let it go on.

    `revisions` are its head, and the commit that merging made: a yes to either is one. `what` is for
    the log, and `by` whoever merged it.
    """

    work: Work
    revisions: tuple[str, ...]
    branch: str
    what: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """What somebody wants to ship, as it is just now: whatever else was asked of it is of the past. If it
    was given up, or gave way to what is no more, it is asked about anew.

    `first`: it is asked about, too, if nobody told of it yet.
    """

    change: Change
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """Somebody wants to have the answers again that these signoffs gave to one revision.

    What expired is asked again; what waits or is decided is told once more, and stays as it is.
    """

    connection: str
    repository: str
    revision: str
    signoffs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something went wrong outside, or is over; `key` is what `connection` calls it.

    `message` is told once, however often it comes. `repositories` are patterns of those it may be
    about; none where nobody knows.
    """

    connection: str
    message: str
    key: str
    title: str
    state: Literal["opened", "resolved"]
    began: datetime
    at: datetime
    severity: str = ""
    environment: str = ""
    repositories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSaid:
    """What a connection's own job or monitor says of an incident; `signoffs` by id or key."""

    key: str
    title: str
    severity: str = ""
    environment: str = ""
    repository: str = ""
    started_at: datetime | None = None
    signoffs: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged:
    """It is over, or it is known what it was."""

    resolved: bool
    resolved_at: datetime | None = None
    signoffs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSaid:
    """What came of the change of this `key`; None: it was taken back, to that revision."""

    key: str
    succeeded: bool | None
    detail: str = ""
    to_revision: str = ""


Told = (
    Change
    | Sighting
    | Landing
    | Merged
    | Abandoned
    | TakenUp
    | AskedAgain
    | Trouble
    | tuple[Change, ...]
    | None
)
"""What a delivery may turn out to be; None: it is about something else."""


class Pipeline(Protocol):
    """A place that changes come from, and that waits for an answer."""

    @property
    def reopens(self) -> bool:
        """Whether it still takes a yes after it was told that nobody answered in time."""

    @property
    def fetches(self) -> bool:
        """Whether `read` asks the platform for facts: then a delivery is stored and answered first."""

    def verify(self, delivery: Delivery) -> str:
        """The id under which the sender repeats this delivery, once it is proved authentic.

        Looks at raw bytes and headers only. Raises Unauthenticated.
        """

    async def read(self, delivery: Delivery) -> Told:
        """The change it announces, has seen, has given up or has shipped.

        Several changes only if it `fetches`: each is a signoff of its own.

        May ask the platform for more. Raises Malformed, Invalid, Unreachable or Undelivered.
        """

    async def report(self, signoff: Signoff) -> None:
        """Let the pipeline go on, or stop it. Raises Unreachable or Undelivered."""


@runtime_checkable
class Herald(Protocol):
    """A pipeline that can say what it waits for, to whoever looks there."""

    async def show_waiting(self, signoff: Signoff) -> None:
        """Raises Unreachable or Undelivered."""


@runtime_checkable
class TakesBack(Protocol):
    """A pipeline whose merges wait for us, and which can be told that one may not go on any more."""

    async def take_back(self, signoff: Signoff) -> None:
        """Its override has ended. Raises Unreachable or Undelivered."""


@runtime_checkable
class Impatient(Herald, Protocol):
    """A pipeline that gives up unless it hears now and then that it waits for somebody."""

    @property
    def hears_every(self) -> timedelta:
        """So often it is told."""

    @property
    def waits_at_most(self) -> timedelta:
        """After that it gives up, whatever it is told."""


@runtime_checkable
class Learns(Protocol):
    """A pipeline whose senders prove themselves with a key that is fetched when it is new.

    `verify` still judges, and refuses whom it has no key for.
    """

    async def learn(self, delivery: Delivery) -> None:
        """Have the key it names, from nowhere but where senders keep theirs: it may be anybody's.

        Raises Unauthenticated, or Unreachable where nobody can say just now.
        """


@runtime_checkable
class Discreet(Protocol):
    """A pipeline whose deliveries bring a credential along: what is stored of them is sealed."""

    def sealed(self, delivery: Delivery) -> Delivery:
        """To be stored instead, once it is verified; `read` takes what this returned."""


@runtime_checkable
class Exacting(Protocol):
    """A pipeline whose platform takes one status alone for a receipt, and else sends it again."""

    @property
    def receipt(self) -> int:
        """That status."""


class Subscriber(Protocol):
    """Somebody who hears of signoffs, and whom nothing waits for."""

    async def publish(self, signoff: Signoff, news: Publish) -> None:
        """Under the same id, and in the same words, however often. Raises Unreachable or Undelivered."""


@runtime_checkable
class Sweeper(Protocol):
    """A pipeline whose platform does not try again what did not reach us."""

    async def sweep(self) -> None:
        """Ask it to. Raises Unreachable or Undelivered."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Where a card may hang: a channel, or the direct messages of one person."""

    channel: str = ""
    user: str = ""

    def __str__(self) -> str:
        return self.channel or f"@{self.user}"


@dataclass(frozen=True, slots=True)
class CardRef:
    """Where a card hangs: the channel and message as the chat names them."""

    channel: str
    message: str


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls, at most, within any span of this length; some are reserved for what is urgent."""

    count: int
    within: timedelta
    reserved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much the chat takes: `post` in one channel or conversation, the others in all."""

    post: Limit
    change: Limit
    home: Limit


class Gone(Exception):
    """What hung there was taken away by somebody."""


class NoSuchPlace(Undelivered):
    """Nothing will hang there before a person changes something in the chat."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, final=True)


class LockedOut(Undelivered):
    """The chat does not let us in at all: nothing is sent before an operator has mended that."""


class Chat(Protocol):
    """A place where people are asked. Every method may raise Unreachable, Undelivered or LockedOut."""

    @property
    def pace(self) -> Pace:
        """How fast it takes what we bring."""

    async def show(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        """Hang it up, in the thread of what hangs at `below`; or correct it where it is `posted`.

        Raises Gone where it was posted and is no more, NoSuchPlace where nothing can hang.
        """

    async def find(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, since: datetime
    ) -> CardRef | None:
        """What hangs there since then, if an answer was lost; None: nothing, or nobody can say."""

    async def home(self, user: str) -> None:
        """Draw this person's own page anew."""

    async def look(self, users: Sequence[str]) -> Mapping[str, Seen]:
        """Who is a full member, active, and not to be disturbed, as far as the chat says so.

        By the chat's own ids; whoever is left out is unknown.
        """


class Anchor(Protocol):
    """A place out of the database's reach, where checkpoints of the audit trail are kept."""

    @property
    def name(self) -> str:
        """What it is called in the log."""

    async def keep(self, note: str, size: int) -> None:
        """Raises OSError; the same again does no harm."""

    async def newest(self) -> str:
        """The note of the largest size that is kept there; empty: none. Raises OSError."""
