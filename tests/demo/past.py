"""A small past of the demo's company, made once for whoever looks at it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

from bot import settings
from bot.demo import history
from bot.settings import Settings

ENDS = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
"""A Friday afternoon, so that people are at work and some changes wait."""


def chosen_in(folder: Path) -> Settings:
    config = folder / "countersign.yaml"
    config.write_text(history.CONFIG.replace("CALLBACK_PREFIX", "http://127.0.0.1:9/"))
    return settings.read(
        {
            "COUNTERSIGN_CONFIG": str(config),
            "DATABASE_URL": f"sqlite:///{folder / 'countersign.db'}",
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_SIGNING_SECRET": "playground-signing-secret",
            "SLACK_API_URL": "http://127.0.0.1:9/",
            "PAYMENTS_CI_SECRET": "whsec_" + b64encode(b"s" * 32).decode(),
            "PAYMENTS_CI_TOKEN": "a-token-of-the-demo-only",
            "SLACK_CLIENT_SECRET": "a-client-secret-of-the-demo",
        }
    )


def past_in(folder: Path, signoffs: int, seed: int = 1) -> Path:
    """The database."""
    asyncio.run(history.live_through(chosen_in(folder), seed, signoffs, ENDS))
    return folder / "countersign.db"
