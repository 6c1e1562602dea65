"""What does countersign.yaml say?"""

from __future__ import annotations

from pydantic import ValidationError

from bot.config import meaning, reading
from bot.config.meaning import Config, Connection, GithubConnection, WebhookConnection
from bot.config.mistakes import ConfigError, Misconfigured, Mistake, Path, spoken
from bot.config.references import contradictions
from bot.config.shape import File
from bot.config.words import refusals, schema

__all__ = [
    "Config",
    "ConfigError",
    "Connection",
    "GithubConnection",
    "Misconfigured",
    "Mistake",
    "WebhookConnection",
    "load",
    "schema",
]


def load(text: str) -> Config:
    """Read a config; ConfigError with every mistake in it at once."""
    document = reading.read(text)
    mistakes = list(document.mistakes)
    if document.data is None:
        raise ConfigError(mistakes)
    file, refused = _shaped(document.data)
    found: dict[Path, str] = {}
    for path, message in (*contradictions(document.data), *refused):
        found.setdefault(path, message)
    mistakes += [
        Mistake(document.line(path), spoken(path), message) for path, message in found.items()
    ]
    if mistakes or file is None:
        raise ConfigError(mistakes)
    return meaning.config(file, text)


def _shaped(data: object) -> tuple[File | None, list[tuple[Path, str]]]:
    try:
        return File.model_validate(data), []
    except ValidationError as error:
        return None, list(refusals(error))
