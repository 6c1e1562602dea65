"""Would it hold for ten thousand months? `python -m tests.faults.simulation --seeds 10000`, or one `--seed`."""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

from tests.faults.simulation.trial import EPISODES, story, try_all


def main() -> int:
    """0 if every month was lawful; else the story of the first that was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulation")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many months")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="this month alone, with its whole story")
    chosen = parser.parse_args()
    if chosen.seed is not None:
        say(story(chosen.seed))
        return 0
    began = perf_counter()
    bad, counts = try_all(range(chosen.first, chosen.first + chosen.seeds))
    if bad is not None:
        say(story(bad))
        return 1
    took = perf_counter() - began
    for what in (*EPISODES, "opened", "reviewed", "pressed", "sent", "reported"):
        say(f"{counts[what]:9}  {what}")
    say(f"{chosen.seeds} months in {took:.1f} s, {chosen.seeds / took:.0f} a second: all lawful")
    return 0


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
