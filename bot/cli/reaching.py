"""Which connections may speak of any repository, though they are not the only ones? For `countersign check`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.config import Config, Connection, PlatformConnection, WebhookConnection
from bot.config.connections import PAGERDUTY
from bot.config.shape_gates import AT_GATE


def told(connection: Connection) -> str:
    """For people."""
    return f"; speaks of {', '.join(connection.repositories)}" if connection.repositories else ""


def notes(config: Config) -> Iterator[str]:
    """Whoever holds the secret of one says about the repositories of another what suits them."""
    wide = [it.name for it in config.connections.values() if _states_any(it)]
    if wide and sum(map(_announces, config.connections.values())) > 1:
        yield (
            f"may announce changes of any repository, also those of other connections: "
            f"{', '.join(wide)}; say repositories"
        )


def _announces(connection: Connection) -> bool:
    """Whether changes come from there, and not word of incidents alone."""
    return not (isinstance(connection, PlatformConnection) and connection.kind == PAGERDUTY)


def _states_any(connection: Connection) -> bool:
    """What a platform tells is of that platform, and what a job's own token proves is of its project."""
    if connection.repositories:
        return False
    match connection:
        case WebhookConnection():
            return True
        case PlatformConnection():
            known = connection.token_env or connection.envs.get("secret")
            return connection.kind in AT_GATE and bool(known)
        case _:
            return False
