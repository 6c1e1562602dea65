"""What does the config say of the dashboard, and can people sign in to it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.config import shape_dashboard as shape
from bot.config.references_policy import unknown
from bot.config.view import Found, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Without `client_id` people sign in as they do for step-up."""

    stays: timedelta
    auditors: frozenset[str] = frozenset()
    client_id: str = ""
    client_secret_env: str = ""


def dashboard(written: shape.Dashboard | None) -> Dashboard | None:
    if written is None:
        return None
    slack = written.slack
    return Dashboard(
        stays=written.stays,
        auditors=frozenset(written.auditors),
        client_id=slack.client_id if slack else "",
        client_secret_env=slack.client_secret_env if slack else "",
    )


def seated(root: View) -> Found:
    """Whether there is a way in, and whoever may export exists."""
    it = root["dashboard"]
    yield from unknown([it["auditors"]], "person", list(root["people"].entries()))
    if isinstance(it.value, dict) and it["slack"].value is None and root["step_up"].value is None:
        yield it.path, "needs slack, or step_up at the top: somebody has to say who people are"
