"""How is something called that stands in a cluster?"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be a name of Kubernetes: lower-case letters, digits, - and .")
    return text


Name = Annotated[str, AfterValidator(_name)]
"""Of a namespace, or of an object in it (RFC 1123)."""
