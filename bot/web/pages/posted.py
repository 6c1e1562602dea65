"""What does the script of a page send us? An object, of texts."""

from __future__ import annotations

from aiohttp import web

from bot.ports import Malformed
from bot.strict_json import decode
from bot.web.bodies import read_body
from bot.web.pages.statements import Facts

LARGEST = 64 * 1024


async def read(request: web.Request) -> Facts:
    """Raises Malformed, or the refusal of a body that is too large or too slow."""
    said = decode(await read_body(request, LARGEST))
    if not isinstance(said, dict):
        raise Malformed("the body is no object")
    return said


def text(said: Facts, name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise Malformed(f"{name} is no text")
    return value


def texts(said: Facts, name: str) -> list[str]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(isinstance(it, str) for it in value):
        raise Malformed(f"{name} is no list of texts")
    return value


def one_of(said: Facts, name: str, known: tuple[str, ...]) -> str:
    value = text(said, name)
    if value not in known:
        raise Malformed(f"{name} is none of {', '.join(known)}")
    return value
