"""Whose tokens are taken, and is that more than was meant? For `countersign check`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.config import Config
from bot.config.oidc import Oidc


def told(oidc: Oidc) -> str:
    """Whose tokens a connection takes, by which claims."""
    asked = {
        "projects": oidc.projects,
        "owners": oidc.owners,
        "workflows": oidc.workflows,
        "environments": oidc.environments,
    }
    said = [f"{name} {', '.join(values)}" for name, values in asked.items() if values]
    said += ["on protected branches and tags"] if oidc.protected else []
    meant = f" for {oidc.audience}" if oidc.audience else ""
    return f"takes tokens of {oidc.platform} from {oidc.issuer}{meant}: {'; '.join(said)}"


def notes(config: Config) -> Iterator[str]:
    wide = [it.name for it in config.connections.values() if it.oidc and not _is_narrow(it.oidc)]
    if wide:
        yield (
            f"any workflow on any branch may ask, of what the oidc of {', '.join(wide)} names: "
            "say workflows, environments or protected"
        )


def _is_narrow(oidc: Oidc) -> bool:
    return bool(oidc.workflows or oidc.environments or oidc.protected)
