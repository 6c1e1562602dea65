"""How do people prove that it is they who approve? What the config says of it, ready to use."""

from __future__ import annotations

from dataclasses import dataclass

from bot.config import shape_step_up as shape


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """`by_email`: a verified address says who somebody is, where no `oidc` does. Where endpoints
    are empty the provider is asked for them.
    """

    issuer: str
    client_id: str
    client_secret_env: str
    by_email: bool = True
    authorization: str = ""
    token: str = ""
    jwks: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that is asked there."""
        return tuple(filter(None, (f"{self.issuer.rstrip('/')}/", self.token, self.jwks)))


def step_up(written: shape.StepUp | None) -> StepUp | None:
    if written is None:
        return None
    at = written.endpoints
    return StepUp(
        issuer=written.issuer,
        client_id=written.client_id,
        client_secret_env=written.client_secret_env,
        by_email=written.person_claim == "email",
        authorization=at.authorization if at else "",
        token=at.token if at else "",
        jwks=at.jwks if at else "",
    )
