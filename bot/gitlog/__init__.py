"""What does the history of a git repository say: its commits, what shipped, what is in a file?

The repository may be hostile: nothing it configures is run, and nothing is fetched or written.
"""

from __future__ import annotations

from bot.gitlog.asking import GitTrouble
from bot.gitlog.commits import commits, contents
from bot.gitlog.shipping import Shipped, shipped

__all__ = ["GitTrouble", "Shipped", "commits", "contents", "shipped"]
