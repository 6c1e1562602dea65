"""What does the history of a git repository say: its commits, what shipped, what is in a file?

The repository may be hostile: nothing it configures is run, and nothing is fetched or written.
"""

from __future__ import annotations

from bot.gitlog.asking import GitTrouble
from bot.gitlog.commits import commits, contents, notes_of, records, resolved
from bot.gitlog.differences import Difference, compared
from bot.gitlog.shipping import Shipped, owner_and_name, repository_of, shipped

__all__ = [
    "Difference",
    "GitTrouble",
    "Shipped",
    "commits",
    "compared",
    "contents",
    "notes_of",
    "owner_and_name",
    "records",
    "repository_of",
    "resolved",
    "shipped",
]
