"""What is happening? One JSON object a line, with the signoff it is about, and no secrets.

Bodies of requests are never logged. Whatever else goes out passes `Mask` after tracebacks have
become text, so that a secret within an exception is caught too.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import EventDict, Processor

HIDDEN = "***"

_SHORTEST_SECRET = 6
_DEEPEST = 6
_SECRET_SHAPES = (
    r"xox[a-z]{1,2}[-.][A-Za-z0-9.-]+",
    r"xapp-[A-Za-z0-9-]+",
    r"gh[a-z]_[A-Za-z0-9_]{10,}",
    r"github_pat_[A-Za-z0-9_]{10,}",
    r"glpat-[A-Za-z0-9_-]{10,}",
    r"whsec_[A-Za-z0-9+/=_-]+",
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",
    r"https?://[^\s\"'<>]*/(?:actions|commands|services|workflows)/T[A-Z0-9]+/[^\s\"'<>]+",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.|\n)*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",
    r"(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/=-]{8,}",
)
_SECRET_KEYS = re.compile(
    r"body|payload|response_url|trigger_id|authorization|cookie|password|private_key"
    r"|(?:^|_)(?:token|secret|signature)$",
    re.I,
)
_NEVER_BELOW = {
    "slack_sdk": logging.INFO,
    "slack_bolt": logging.INFO,
    "apscheduler": logging.WARNING,
    "botocore": logging.INFO,
}
PROTOCOL = "bot.web.protocol"
"""Where aiohttp complains of what is not HTTP, quoting strangers; our own handlers log elsewhere."""

# It logs the whole body of a request with a bad signature, at INFO.
_SILENCED = {
    "slack_bolt.RequestVerification": logging.WARNING,
    PROTOCOL: logging.CRITICAL,
}


def configure(
    secrets: Iterable[str], stream: TextIO | None = None, level: int = logging.INFO
) -> None:
    """Send our own logs and those of every library to `stream` (standard output by default).

    Call it before Bolt is built, which copies the level of the root. A second call replaces the first.
    """
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stdout)
    handler.addFilter(_worth_telling)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                Mask(secrets),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `get(__name__).info("card shown", channel=channel)`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


@contextmanager
def bind(signoff_id: str) -> Iterator[None]:
    """Whatever is logged within is about this signoff."""
    with bound_contextvars(signoff=signoff_id):
        yield


class Mask:
    """Takes secrets out of every field: known values, shapes of tokens, and telling names."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {part for secret in secrets for part in _parts(secret)}
        longest_first = sorted(known, key=lambda part: (-len(part), part))
        self._pattern = re.compile("|".join([*map(re.escape, longest_first), *_SECRET_SHAPES]))

    def __call__(
        self, logger: object, method: str, event: EventDict
    ) -> MutableMapping[str, object]:
        return {str(key): self._field(str(key), value, 0) for key, value in event.items()}

    def text(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text)

    def _field(self, key: str, value: object, depth: int) -> object:
        return HIDDEN if _SECRET_KEYS.search(key) else self._value(value, depth)

    def _value(self, value: object, depth: int) -> object:
        match value:
            case None | bool() | int() | float():
                return value
            case bytes() | bytearray():
                return f"{len(value)} bytes"
            case Mapping() if depth < _DEEPEST:
                return {
                    self.text(str(key)): self._field(str(key), inner, depth + 1)
                    for key, inner in value.items()
                }
            case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
                return [self._value(inner, depth + 1) for inner in value]
            case _:
                return self.text(str(value))


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, to be found again among those of others."""


def _parts(secret: str) -> Iterator[str]:
    """A secret as it is, as it looks inside a repr, and each line of one with many lines."""
    lines = [line for line in secret.splitlines() if not line.startswith("-----")]
    for part in (secret, repr(secret)[1:-1], *lines):
        if len(part) >= _SHORTEST_SECRET:
            yield part


def _worth_telling(record: logging.LogRecord) -> bool:
    """Asked at the handler: Bolt overwrites the levels of its loggers while it is built."""
    if record.levelno < _SILENCED.get(record.name, logging.NOTSET):
        return False
    family = record.name.partition(".")[0]
    return record.levelno >= _NEVER_BELOW.get(family, logging.NOTSET)
