"""What does somebody find who has only read our description? Schemathesis, against a house of its own.

    python -m tests.hostile .attack/venv/bin/schemathesis 300

Ends as it ends: nought, if it found nothing. Other options are passed on.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from bot.demo.scene import TOKEN, playing
from bot.web import api
from tests.clocks import MovableClock

SECONDS_LATE = 2
OPTIONS = (
    "--seed", "1", "--generation-deterministic", "--request-timeout", f"{SECONDS_LATE}", "--no-color",
    "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,negative_data_rejection,ignored_auth",
)  # fmt: skip


async def attacked(program: str, examples: str, *more: str) -> int:
    """The status it ended with."""
    with tempfile.TemporaryDirectory() as folder:
        async with playing(Path(folder), clock=MovableClock()) as scene:
            scene.slack.down = True  # it would show every one of them
            api.LONGEST_WAIT = 1  # or most of the time it would wait
            at = f"{scene.address}/api/v1/openapi.json"
            what = ("run", at, "--url", scene.address, "-n", examples, *OPTIONS, *more)
            token = ("-H", f"Authorization: Bearer {TOKEN}")
            process = await asyncio.create_subprocess_exec(program, *what, *token, cwd=folder)
            return await process.wait()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    _, program, *rest = sys.argv
    sys.exit(asyncio.run(attacked(str(Path(program).absolute()), *rest)))
