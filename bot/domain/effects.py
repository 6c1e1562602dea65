"""What must now happen outside? The engine's dispatcher carries these out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.domain.signoff import Status


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Make every card about this signoff tell the truth."""

    kind: Literal["show_card"] = "show_card"


@dataclass(frozen=True, slots=True)
class Remind:
    """Ask those who were asked and have not answered; once more, or as a wider circle."""

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
class Attest:
    """Sign and keep a statement of the decision."""

    kind: Literal["attest"] = "attest"


Effect = ShowCard | Remind | AskAuthor | TellPipeline | Attest
