"""How does it feel? Everything on one machine: the bot, a play Slack, a toy pipeline."""

from bot.demo.run import run

__all__ = ["run"]
