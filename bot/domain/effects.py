"""What must now happen outside?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.signoff import Status


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Make every card about this signoff tell the truth."""

    kind: Literal["show_card"] = "show_card"


@dataclass(frozen=True, slots=True)
class Remind:
    """Those who were asked and have not answered are asked once more; or as a wider circle."""

    escalated: bool = False
    kind: Literal["remind"] = "remind"


@dataclass(frozen=True, slots=True)
class AskAuthor:
    """Ask whoever made the change whether AI helped; nobody said so."""

    kind: Literal["ask_author"] = "ask_author"


@dataclass(frozen=True, slots=True)
class TellPipeline:
    """Let the pipeline go on, or stop it."""

    status: Status
    kind: Literal["tell_pipeline"] = "tell_pipeline"


@dataclass(frozen=True, slots=True)
class ShowWaiting:
    """Have the pipeline say what it waits for, to whoever looks there. A courtesy: tried a few times."""

    kind: Literal["show_waiting"] = "show_waiting"


@dataclass(frozen=True, slots=True)
class TakeBack:
    """The override has ended, so the check that it had let go on says so: it may be merged later yet."""

    kind: Literal["take_back"] = "take_back"


@dataclass(frozen=True, slots=True)
class Attest:
    """Sign and keep a statement of the decision."""

    kind: Literal["attest"] = "attest"


News = Literal["created", "updated", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Tell a subscriber what happened. `number` counts what happens to a signoff; `decision` is what
    somebody answered, and `by` who.
    """

    subscriber: str
    news: News
    at: datetime
    number: int
    decision: str = ""
    by: str = ""
    kind: Literal["publish"] = "publish"


Promise = TellPipeline | ShowWaiting | TakeBack | Attest | Publish
"""Each is carried out once, from the outbox. The others are about what people see: whatever is
shown is made true again until it is."""

Effect = ShowCard | Remind | AskAuthor | Promise
