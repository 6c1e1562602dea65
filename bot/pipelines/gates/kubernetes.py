"""How is something called that stands in a cluster?"""

from __future__ import annotations

from typing import Annotated

from bot.pipelines.gated import like

Name = Annotated[
    str,
    like(
        r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?",
        "must be a name of Kubernetes: lower-case letters, digits, - and .",
    ),
]
"""Of a namespace, or of an object in it (RFC 1123)."""
