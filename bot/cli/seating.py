"""How do people sign in to the dashboard, in a few words; and what does that open?"""

from __future__ import annotations

from typing import Any

from bot.config import Config

CLICKS = (
    "dashboard: whoever is signed in there approves as a press in Slack does; what needs more, "
    "asks for step_up"
)


def said(config: Config) -> list[str]:
    """For people; nothing where there is none."""
    known = config.dashboard
    if known is None:
        return []
    asked = "Slack" if known.client_id else "the provider of step_up"
    hours = known.stays.total_seconds() / 3600
    return [f"dashboard    sign in with {asked}, for {hours:g}h"]


def facts(config: Config) -> dict[str, Any] | None:
    """For programs."""
    known = config.dashboard
    if known is None:
        return None
    return {
        "sign_in": "slack" if known.client_id else "step_up",
        "stays_seconds": int(known.stays.total_seconds()),
        "auditors": sorted(known.auditors),
    }


def notes(config: Config) -> list[str]:
    """What it is worth, and who cannot get at it."""
    known = config.dashboard
    if known is None:
        return []
    people = config.roster.people.values()
    unseated = [it.id for it in people if known.client_id and not it.slack]
    unknown = f"cannot sign in to the dashboard, having no Slack id: {', '.join(unseated)}"
    return [*([] if config.policy.step_up else [CLICKS]), *([unknown] if unseated else [])]
