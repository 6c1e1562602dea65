"""What do other people's rotas say? Readers of what was fetched; they fetch nothing themselves."""

from __future__ import annotations


class Unreadable(ValueError):
    """A rota that cannot be understood; the sentence says where, and why."""
