"""What evidence of AI stands in the facts of a change? Each finding with its exact text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import conventions
from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.conventions import Convention, Role
from bot.domain.lines import LINE_AT_MOST, fold, readable, spoken_lines


class Tier(StrEnum):
    """How much a finding proves."""

    SIGNED = "signed"
    DECLARED = "declared"
    INFERRED = "inferred"
    CONTEXT = "context"


STRONG = (Tier.SIGNED, Tier.DECLARED)
"""Tiers that settle the question; the others only ask it."""

UNREAD = "unread text"
"""The source of the one finding that says we did not see everything."""

_TEXT_LIMIT = 200
_NAME_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One piece of evidence: where it stood, what it said, and the tool it claims.

    `tool` is a name out of our conventions, or empty. `text` came from outside, at most 200
    characters. A finding of role `none` is a "no"; one of role `automation` names a bot that is not AI.
    """

    source: str
    tool: str
    tier: Tier
    text: str
    where: str
    role: Role = Role.AUTHOR

    @property
    def speaks_of_ai(self) -> bool:
        return self.role not in (Role.NONE, Role.AUTOMATION)


def findings_in(change: Change) -> Iterator[Finding]:
    if change.ai is not None:
        yield from _declaration(change.ai)
    yield from _actor(change.author, "change author", "author")
    if change.triggered_by is not None:
        yield from _actor(change.triggered_by, "trigger", "triggered by")
    yield from _branch(change.branch)
    (title, description, *messages), cut = readable(texts_of(change))
    if cut:
        unread = "the text is too long to be read whole"
        yield _finding(UNREAD, "", Tier.INFERRED, unread, "change", Role.ASSIST)
    quotes = bot_name(change.author) in conventions.QUOTING_BOTS
    yield from _text(title, "title", quotes=quotes)
    yield from _text(description, "description", quotes=quotes)
    for commit, message in zip(change.commits, messages, strict=True):
        where = place_of(commit)
        yield from _person(commit.author, "commit author", where)
        yield from _person(commit.committer, "committer", where)
        quotes = bot_name(commit.author) in conventions.QUOTING_BOTS
        yield from _text(message, where, quotes=quotes)


def texts_of(change: Change) -> tuple[str, ...]:
    return (change.title, change.description, *(commit.message for commit in change.commits))


def _declaration(ai: AiStatement) -> Iterator[Finding]:
    listed = tuple(tool for tool in ai.tools if tool.strip())
    details = [f"tools: {', '.join(listed)}"] if listed else []
    if ai.prompted_by is not None:
        details.append(f"prompted by: {ai.prompted_by}")
    if ai.assisted is False:
        yield _declared("assisted: no", "", Role.NONE)
    elif ai.assisted or details or ai.rationale.strip():
        details = [f"assisted: {'yes' if ai.assisted else 'not said'}", *details]
    if details:
        known = dict.fromkeys(tool for name in listed for tool in _tools_in(name) if tool)
        for tool in known or ("",):
            yield _declared("; ".join(details), tool, Role.ASSIST)


def _declared(text: str, tool: str, role: Role) -> Finding:
    return _finding("declaration", tool, Tier.DECLARED, text, "payload", role)


def _tools_in(value: str) -> list[str]:
    """The tools a value names; "" stands for AI of no known make, no tool for no AI at all."""
    folded = fold(value)[:LINE_AT_MOST]
    tools = [known.tool for known in conventions.VALUES if known.pattern.search(folded)]
    return [tool for tool in tools if tool] or tools


def _actor(identity: Identity, source: str, where: str) -> Iterator[Finding]:
    """Somebody the platform names. Only its word that this is a bot makes a finding signed."""
    if bot := bot_name(identity):
        yield _finding(source, bot, Tier.CONTEXT, str(identity), where, Role.AUTOMATION)
    if identity.kind.casefold() == "bot":
        for known in _matching(conventions.ADDRESSES, _app(identity)):
            yield _finding(source, known.tool, Tier.SIGNED, identity.login, where, known.role)
    else:
        yield from _person(identity, source, where)


def _person(identity: Identity, source: str, where: str) -> Iterator[Finding]:
    text = f"{identity.name} <{identity.email}>" if identity.email else str(identity)
    app = _app(identity)
    for known in _matching(conventions.ADDRESSES, app):
        yield _finding(source, known.tool, Tier.DECLARED, identity.login, where, known.role)
    nobody = bool(app) or not identity.login
    for known, tier in _named(identity.name, identity.email, nobody=nobody):
        asks = known.weak_committer and source == "committer"
        yield _finding(source, known.tool, Tier.INFERRED if asks else tier, text, where, known.role)


def _named(name: str, email: str, *, nobody: bool = True) -> Iterator[tuple[Convention, Tier]]:
    """Whom a name and an address mean. `nobody`: no account of a person stands behind them."""
    name, email = _cut(name), _cut(email).strip("<>")
    tables = [conventions.NAMES]
    if nobody and conventions.ROLE_ADDRESS.fullmatch(email):
        tables.append(conventions.HUMAN_NAMES)
    yield from ((known, Tier.DECLARED) for known in _matching(conventions.ADDRESSES, email))
    for table in tables:
        yield from ((known, Tier.DECLARED) for known in _matching(table, name))
    yield from ((known, Tier.INFERRED) for known in _matching(conventions.LIKELY_ADDRESSES, email))


def _cut(name: str) -> str:
    """A name or an address as it is compared: nobody's is longer."""
    return fold(name)[:_NAME_LIMIT]


def _matching(table: Iterable[Convention], whole: str) -> list[Convention]:
    return [known for known in table if whole and known.pattern.fullmatch(whole)]


def _app(identity: Identity) -> str:
    """The address of the app behind a login, or nothing if the login may be a person's."""
    login, kind = _cut(identity.login), identity.kind.casefold()
    is_app = bool(login) and (kind == "bot" or (not kind and login.endswith("[bot]")))
    return conventions.app_address(login) if is_app else ""


def bot_name(identity: Identity) -> str:
    """Which of the bots that are not AI this is; a login outweighs what a commit says of itself."""
    if identity.login or identity.kind.casefold() == "user":
        address = _app(identity)
    elif identity.email:
        address = _cut(identity.email)
    else:
        address = conventions.app_address(_cut(identity.name)) if "[bot]" in identity.name else ""
    found = conventions.AUTOMATION_ADDRESS.fullmatch(address)
    return found["name"] if found else ""


def _branch(branch: str) -> Iterator[Finding]:
    folded = fold(branch)[:LINE_AT_MOST].removeprefix("refs/heads/")
    for table, tier in _BRANCHES:
        for known in table:
            if known.pattern.search(folded):
                yield _finding("branch", known.tool, tier, branch, "branch", known.role)


def _text(text: str, where: str, *, quotes: bool) -> Iterator[Finding]:
    """What a text declares; of a bot that quotes others, only who it says took part."""
    for line in spoken_lines(text):
        folded = fold(line).lstrip(' \t*|#"`-')
        if found := conventions.CO_AUTHOR.match(folded):
            for known, tier in _named(*_name_and_address(folded[found.end() :])):
                yield _finding("co-author trailer", known.tool, tier, line, where, known.role)
        if not quotes:
            yield from _remarks(line, folded, where)


def _remarks(line: str, folded: str, where: str) -> Iterator[Finding]:
    declared = False
    for source, table, any_of_it, tier in _REMARKS:
        # A line that declares its tool outright need not be guessed at as prose too.
        if (tier is Tier.INFERRED and declared) or not any_of_it.search(folded):
            continue
        for known in table:
            if known.pattern.search(folded):
                declared = declared or known.role is not Role.NONE
                yield _finding(source, known.tool, tier, line, where, known.role)
    if found := conventions.ASSISTED_BY.match(folded):
        for tool in _assistants(folded[found.end() :]):
            yield _finding("trailer", tool, Tier.DECLARED, line, where, Role.ASSIST)


def _assistants(value: str) -> Iterable[str]:
    """The tools in the value of an Assisted-by line; people help too, and are nobody's tool."""
    name, address = _name_and_address(value)
    if address:
        return dict.fromkeys(known.tool for known, tier in _named(name, address) if tier in STRONG)
    return () if conventions.NO.match(value) else tuple(_tools_in(value))


def _name_and_address(value: str) -> tuple[str, str]:
    name, bracket, rest = value.partition("<")
    if bracket:
        return name.strip(), rest.partition(">")[0].strip()
    words = value.split()
    address = next((word for word in words if "@" in word), "")
    return " ".join(word for word in words if word != address), address.strip("()")


def _finding(source: str, tool: str, tier: Tier, text: str, where: str, role: Role) -> Finding:
    exact = text.strip()[:_TEXT_LIMIT]
    return Finding(source=source, tool=tool, tier=tier, text=exact, where=where, role=role)


def is_person(identity: Identity) -> bool:
    """Whether a human may stand behind a name: no AI tool, no bot and no forge."""
    email = _cut(identity.email).strip("<>")
    tool = any(
        tier in STRONG
        for _, tier in _named(identity.name, identity.email, nobody=not identity.login)
    )
    return not (
        tool or bot_name(identity) or _app(identity) or email in conventions.FORGE_COMMITTERS
    )


def place_of(commit: Commit) -> str:
    return f"commit {commit.sha[:7]}"


_BRANCHES = ((conventions.BRANCHES, Tier.DECLARED), (conventions.LIKELY_BRANCHES, Tier.INFERRED))
_REMARKS = tuple(
    (source, table, re.compile("|".join(f"(?:{known.pattern.pattern})" for known in table)), tier)
    for source, table, tier in (
        ("trailer", conventions.TRAILERS, Tier.DECLARED),
        ("trailer", conventions.DENIALS, Tier.DECLARED),
        ("footer", conventions.FOOTERS, Tier.DECLARED),
        ("session link", conventions.LINKS, Tier.DECLARED),
        ("prose", conventions.PROSE, Tier.INFERRED),
    )
)
