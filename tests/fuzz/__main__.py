"""How long does a reader withstand a fuzzer that sees which way it takes?

    python -m tests.fuzz strict_json 60

Ends with an input that breaks it, or when the seconds are over. `make fuzz T=60` tries all.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-not-found]

atheris.enabled_hooks.add("str")  # its hook for patterns cannot read those that are of bytes
with atheris.instrument_imports(include=["bot"]):
    from tests.fuzz.targets import TARGETS

LONGEST = 20_000
"""Bytes; what is longer is refused before it is read."""


def fuzz(name: str, seconds: str) -> None:
    target = TARGETS[name]

    def once(said: bytes) -> None:
        with suppress(*target.refuses):
            target.read(said)

    with tempfile.TemporaryDirectory() as folder:
        for number, said in enumerate(target.good):
            Path(folder, f"good{number}").write_bytes(said)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST}",
            "-timeout=2",
            "-rss_limit_mb=1500",
        ]
        options += [f"-artifact_prefix={name}-", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *options, folder], once)
        atheris.Fuzz()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [name, seconds] if name in TARGETS:
            fuzz(name, seconds)
        case _:
            print(*TARGETS)  # noqa: T201
