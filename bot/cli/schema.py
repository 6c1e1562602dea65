"""`countersign schema`: how does an editor know what may stand in countersign.yaml?"""

from __future__ import annotations

import argparse
import json

from bot import config


def run(arguments: argparse.Namespace) -> int:
    """Always JSON, with `--json` or without."""
    print(text(), end="")
    return 0


def text() -> str:
    """As docs/countersign.schema.json has it."""
    return f"{json.dumps(config.schema(), indent=2, ensure_ascii=False)}\n"
