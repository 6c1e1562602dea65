"""How does a page of ours look, and what may a browser do with it?

Every text goes through one escaper; no page has a script, a style or an address of anybody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.spans import Link, Moment, Ours, Span, Theirs

AnyResponse = TypeVar("AnyResponse", bound=web.StreamResponse)

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
}
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Site:
    """Where our pages are: `url` is PUBLIC_URL, without a slash at its end."""

    url: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """What security keys are bound to."""
        return urlsplit(self.url).hostname or ""

    @property
    def base(self) -> str:
        """What the path of every page begins with; empty where there is nothing."""
        return urlsplit(self.url).path

    @property
    def usable(self) -> bool:
        """Whether browsers let security keys be used there, and keep our cookies."""
        return self.url.startswith("https://") or self.host == "localhost"


@dataclass(frozen=True)
class Pages:
    """`folders`: each has templates/ and static/; no two of them have a file of the same name."""

    site: Site
    folders: tuple[Path, ...] = (_HERE,)

    def show(
        self,
        name: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> web.Response:
        """A page from its template."""
        text = self._templates.get_template(f"{name}.html").render(base=self.site.base, **facts)
        response = web.Response(status=status, text=text, content_type="text/html", headers=headers)
        return self.dressed(response, "no-store")

    def notice(self, status: int, title: str, sentence: str, again: str = "") -> web.Response:
        """A page that says one thing; `again` is where one may begin anew."""
        return self.show("notice", status, title=title, sentence=sentence, again=again)

    async def static(self, request: web.Request) -> web.Response:
        """Our own script and style."""
        name = request.match_info["name"]
        found = self._files.get(name)
        if found is None:
            raise web.HTTPNotFound(reason="There is nothing at this address.")
        response = web.Response(body=found, content_type=_TYPES[Path(name).suffix], charset="utf-8")
        return self.dressed(response, "no-cache")

    def dressed(self, response: AnyResponse, kept: str) -> AnyResponse:
        response.headers.update({**_HEADERS, "Cache-Control": kept})
        if self.site.url.startswith("https://"):
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        return response

    @cached_property
    def _templates(self) -> Environment:
        """Every text is escaped, wherever it stands, and a name that is missing is a mistake."""
        made = Environment(
            loader=FileSystemLoader([folder / "templates" for folder in self.folders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters["words"] = words
        return made

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        found = (it for folder in self.folders for it in (folder / "static").iterdir())
        return {it.name: it.read_bytes() for it in found if it.suffix in _TYPES}


def words(spans: tuple[Span, ...]) -> list[dict[str, object]]:
    """Lines of words for a template: theirs are told from ours, and neither is markup."""
    said: list[dict[str, object]] = []
    for span in spans:
        match span:
            case Ours():
                said.append({"text": span.text, "bold": span.bold, "theirs": False, "url": ""})
            case Theirs():
                said.append({"text": span.text, "bold": False, "theirs": True, "url": ""})
            case Moment():
                at = f"{span.at:%Y-%m-%d %H:%M} UTC"
                said.append({"text": at, "bold": False, "theirs": False, "url": ""})
            case Link():
                said.append({"text": span.text, "bold": False, "theirs": False, "url": span.url})
    return said
