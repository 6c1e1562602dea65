"""Who steps up, in a few words; and who could not?"""

from __future__ import annotations

from typing import Any

from bot.config import Config


def said(config: Config) -> str:
    """For people."""
    if config.step_up is None:
        return "nobody: a press in Slack is enough to approve"
    tiers = ", ".join(tier for tier in _tiers(config))
    return (
        f"at {config.step_up.issuer}, for {f'{tiers} risk and ' if tiers else ''}rules that say so"
    )


def facts(config: Config) -> dict[str, Any] | None:
    """For programs."""
    if config.step_up is None:
        return None
    return {"issuer": config.step_up.issuer, "risk": _tiers(config)}


def notes(config: Config) -> list[str]:
    """What will stop people once they are to step up."""
    known = config.step_up
    if known is None:
        return []
    unknown = [
        person.id
        for person in config.roster.people.values()
        if not (person.oidc or (known.by_email and person.emails))
    ]
    found = [
        ("no administrators: only whoever runs the server lets in security keys", not config.administrators),
        (f"cannot step up, having no oidc and no address: {', '.join(unknown)}", unknown),
    ]  # fmt: skip
    return [sentence for sentence, applies in found if applies]


def _tiers(config: Config) -> list[str]:
    return sorted(tier.value for tier in config.policy.step_up)
