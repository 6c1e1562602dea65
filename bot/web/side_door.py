"""How does a command on this machine reach the bot that is running? Through a socket of its owner.

A SQLite database has one process that writes: what is to be changed by hand goes through it. One
order in a line of JSON, one outcome in another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.engine.postroom import Order, Outcome, Postroom
from bot.ports import Closed

log = logging.getLogger(__name__)

LONGEST_LINE = 64 * 1024
SECONDS = 30

_order: TypeAdapter[Order] = TypeAdapter(Order)
_outcome: TypeAdapter[Outcome] = TypeAdapter(Outcome)


@asynccontextmanager
async def open_at(path: Path, postroom: Postroom) -> AsyncIterator[None]:
    """Only whoever runs the bot may come in. Where there can be none, the bot goes on without."""
    try:
        line = _bound(path)
    except OSError as error:
        log.warning("no side door at %s: %s", path, error.strerror or error)
        yield
        return
    server = await asyncio.start_unix_server(
        partial(_serve, postroom), sock=line, limit=LONGEST_LINE
    )
    try:
        yield
    finally:
        server.close()
        _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _bound(path: Path) -> socket.socket:
    """Whatever lies there is of a process that is dead: the database is ours."""
    path.unlink(missing_ok=True)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        line.bind(str(path))
    except OSError:
        line.close()
        raise
    finally:
        os.umask(before)
    return line


async def _serve(
    postroom: Postroom, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with contextlib.suppress(TimeoutError, OSError, ValueError):
        async with asyncio.timeout(SECONDS):
            outcome = await _answer(postroom, await reader.readline())
            writer.write(_outcome.dump_json(outcome) + b"\n")
            await writer.drain()
    writer.close()


async def _answer(postroom: Postroom, said: bytes) -> Outcome:
    try:
        return await postroom.obey(_order.validate_json(said))
    except ValidationError:
        return Outcome(problem="the bot does not understand this order; is it another version?")
    except Closed:
        return Outcome(problem="the bot is closing; try again")
    except Exception:  # a full disk, say: whoever asked has to hear that nothing was done
        log.exception("an order could not be obeyed")
        return Outcome(problem="the bot could not do it; its log says why")
