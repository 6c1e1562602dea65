"""Whose tokens open a door? What a connection says of it, made ready to compare."""

from __future__ import annotations

from dataclasses import dataclass

from bot.config import shape_oidc as shape


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
