"""What does the workspace say when it will not do a thing?"""

from __future__ import annotations


class Refused(Exception):
    """A Web API call that answers ``{"ok": false}``; ``messages`` say exactly what is wrong."""

    def __init__(self, error: str, messages: tuple[str, ...] = ()) -> None:
        super().__init__(error, *messages)
        self.error = error
        self.messages = messages


class RateLimited(Exception):
    """A call that came too soon; answered 429 with Retry-After."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class NotOnTheCard(Exception):
    """The person cannot do that: the element is not there, or they cannot see where it is."""


class NobodyListens(Exception):
    """No bot is connected: neither by HTTP nor by socket."""
