"""How does a command say that Countersign is not set up right?"""

from __future__ import annotations

import json
import sys

from bot.cli import check
from bot.config import Misconfigured


def tell(trouble: Misconfigured, *, as_json: bool) -> None:
    """Programs get JSON where they look for the answer; people read standard error."""
    if as_json:
        print(json.dumps(check.mistakes_as_json(trouble), indent=2))
    else:
        print(check.mistakes(trouble), file=sys.stderr)
