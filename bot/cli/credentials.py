"""By what does a build job show who it is? A token of the connection, or one of its CI's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib import request
from urllib.parse import quote

from bot import strict_json
from bot.cli.asking import NotAnswered, checked, secret
from bot.cli.calling import Refused, Unreached, exchanged
from bot.ports import Malformed

TOKEN, ID_TOKEN = "COUNTERSIGN_TOKEN", "COUNTERSIGN_ID_TOKEN"
_GITHUB_URL, _GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_TIMEOUT = 20.0

NONE = (
    f"there is no token: set {TOKEN}, or let the CI give one (GitHub Actions: `permissions: "
    f"{{id-token: write}}`; GitLab: `id_tokens:` with {ID_TOKEN})"
)


def source(file: str | None, url: str, environ: Mapping[str, str]) -> Callable[[], str]:
    """Gives the token whenever it is asked; NotAnswered if there is none to be had.

    Never from the command line, where every process of the machine can read it.
    """
    if file:
        written = _written(file)
        return lambda: written
    for name in (TOKEN, ID_TOKEN):
        if environ.get(name, "").strip():
            found = secret(name, environ)
            return lambda: found
    if environ.get(_GITHUB_URL) and environ.get(_GITHUB_TOKEN):
        address = _audience(environ[_GITHUB_URL], url)
        own = secret(_GITHUB_TOKEN, environ)
        return lambda: _of_github(address, own)
    raise NotAnswered(NONE)


def _written(file: str) -> str:
    try:
        found = Path(file).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise NotAnswered("--token-file cannot be read") from None
    if not found.isprintable() or not found or " " in found:
        raise NotAnswered("--token-file holds no token")
    return found


def _audience(address: str, url: str) -> str:
    """GitHub's own address, which has a query already; https or this machine, as everywhere."""
    checked(address.partition("?")[0])
    sign = "&" if "?" in address else "?"
    return f"{address}{sign}audience={quote(url.rstrip('/'), safe='')}"


def _of_github(address: str, own: str) -> str:
    """A new one each time: they last five minutes, and a server may take each only once."""
    asked = request.Request(address, headers={"Authorization": f"Bearer {own}"})  # noqa: S310
    reply = exchanged(asked, _TIMEOUT)
    if reply.status in (408, 429) or reply.status >= 500:
        raise Unreached(f"GitHub answers {reply.status} where it should give a token")
    try:
        said = strict_json.decode(reply.body)
    except Malformed:
        said = None
    token = said.get("value") if isinstance(said, dict) else None
    plain = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token
    if reply.status != 200 or not token or not plain:
        raise Refused(f"GitHub gives no token (it answers {reply.status})")
    return str(token)
