"""`python -m tests.bench.truth`: ten thousand lives of some signoffs, of people, pipelines, time and a
troubled chat, each in an order of its own. Does everything show what is stored in the end?
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.engine.lives import live


async def main(first: int, lives: int, steps: int) -> int:
    """The exit code: 0 if everything was true."""
    logging.disable(logging.CRITICAL)
    began, wrong = time.monotonic(), 0
    for seed in range(first, first + lives):
        with tempfile.TemporaryDirectory(prefix="life-") as folder:
            for untruth in await live(Path(folder), seed, steps):
                wrong += 1
                sys.stdout.write(f"life {seed}: {untruth[:500]}\n")
    took = time.monotonic() - began
    sys.stdout.write(f"{lives} lives, {wrong} untruths, {took:.0f} s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first life")
    parser.add_argument("--lives", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=40, help="what happens in each life")
    asked = parser.parse_args()
    sys.exit(asyncio.run(main(asked.first, asked.lives, asked.steps)))
