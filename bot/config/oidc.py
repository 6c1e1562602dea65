"""Whose tokens open a door? What a connection says of it, made ready to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.config import shape_oidc as shape
from bot.domain.accounts import GITHUB, GITLAB

_PUBLIC: Mapping[str, str] = {
    "https://token.actions.githubusercontent.com": GITHUB,
    "https://gitlab.com": GITLAB,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """What a token has to say. An empty `audience` is the address of this server; what is left
    empty otherwise is not asked for, but `projects` and `owners` never both are.
    """

    issuer: str
    platform: str
    audience: str = ""
    projects: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    protected: bool = False

    @property
    def accounts(self) -> str:
        """The word for whose accounts it names: github.com's, gitlab.com's, or those of that very host."""
        return _PUBLIC.get(self.issuer) or (urlsplit(self.issuer).hostname or "")


def oidc(written: shape.Oidc | None) -> Oidc | None:
    if written is None:
        return None
    return Oidc(
        issuer=written.issuer,
        platform=written.platform or shape.platform_of(written.issuer),
        audience=(written.audience or "").strip(),
        projects=written.projects or (),
        owners=written.owner_ids or (),
        workflows=written.workflows or (),
        environments=written.environments or (),
        protected=written.protected,
    )
