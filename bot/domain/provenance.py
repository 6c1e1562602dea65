"""Did AI help to make this change? Findings with their exact text, and what they come to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import conventions
from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.conventions import Convention, Role


class Tier(StrEnum):
    """How much a finding proves."""

    SIGNED = "signed"
    DECLARED = "declared"
    INFERRED = "inferred"
    CONTEXT = "context"


class AiStatus(StrEnum):
    ASSISTED = "assisted"
    CONTRADICTED = "contradicted"
    SUSPECTED = "suspected"
    UNDECLARED = "undeclared"
    DECLARED_HUMAN = "declared_human"
    AUTOMATION = "automation"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    status: AiStatus
    findings: tuple[Finding, ...] = ()

    @property
    def tools(self) -> tuple[str, ...]:
        named = (found.tool for found in self.findings if found.speaks_of_ai and found.tool)
        return tuple(dict.fromkeys(named))


def assess(change: Change) -> Provenance:
    """All evidence in the facts of a change, and the author's own word, joined."""
    unique: dict[tuple[str, str, str, str], Finding] = {}
    for finding in _findings(change):
        unique.setdefault((finding.source, finding.tool, finding.text, finding.where), finding)
    findings = tuple(unique.values())
    return Provenance(status=_status(change, findings), findings=findings)


def because(provenance: Provenance) -> str:
    """One sentence for the card, in our own words only: nothing in it came from outside."""
    spoken = [finding for finding in provenance.findings if finding.speaks_of_ai]
    strong = [finding for finding in spoken if finding.tier in _STRONG]
    match provenance.status:
        case AiStatus.ASSISTED:
            return f"AI-assisted ({_list(strong)})"
        case AiStatus.CONTRADICTED:
            return f"the author says no AI, but {_clause(strong)}"
        case AiStatus.SUSPECTED:
            return f"may be AI-assisted ({_list(spoken)})"
        case AiStatus.UNDECLARED:
            return "nobody said whether AI helped, and nothing was found"
        case AiStatus.DECLARED_HUMAN:
            return "the author states that no AI was used"
        case AiStatus.AUTOMATION:
            return f"an automation ({_automation(provenance)}), not AI"


_STRONG = (Tier.SIGNED, Tier.DECLARED)
_TEXT_LIMIT = 200
_NAMED_AT_MOST = 3
# The sources of findings, and how a sentence speaks of each.
_SOURCES = {
    "change author": "the change author",
    "trigger": "the trigger",
    "co-author trailer": "a co-author trailer",
    "trailer": "a trailer",
    "footer": "a footer",
    "session link": "a session link",
    "commit author": "a commit author",
    "committer": "a committer",
    "branch": "the branch name",
    "declaration": "the declaration",
    "prose": "the text",
}


def _status(change: Change, findings: tuple[Finding, ...]) -> AiStatus:
    spoken = [finding for finding in findings if finding.speaks_of_ai]
    strong = [finding for finding in spoken if finding.tier in _STRONG]
    denied = {finding.where for finding in findings if finding.role is Role.NONE}
    said_no = _said_no(change, denied)
    if strong:
        caught = said_no or any(finding.where in denied for finding in strong)
        return AiStatus.CONTRADICTED if caught else AiStatus.ASSISTED
    if spoken:
        return AiStatus.SUSPECTED
    if said_no:
        return AiStatus.DECLARED_HUMAN
    return AiStatus.AUTOMATION if _is_automatic(change) else AiStatus.UNDECLARED


def _said_no(change: Change, denied: set[str]) -> bool:
    """A commit answers for itself alone, so a no of commits needs all of them."""
    if denied & {"payload", "title", "description"}:
        return True
    return bool(change.commits) and all(_where(commit) in denied for commit in change.commits)


def _is_automatic(change: Change) -> bool:
    return bool(_bot_name(change.author)) and all(
        _bot_name(commit.author) and _stands_aside(commit.committer) for commit in change.commits
    )


def _stands_aside(committer: Identity) -> bool:
    """Nobody, the forge or a bot: a person who commits a bot's change may have changed it."""
    nobody = not (committer.login or committer.email or committer.name)
    forge = _fold(committer.email) in conventions.FORGE_COMMITTERS
    return nobody or forge or bool(_bot_name(committer))


def _where(commit: Commit) -> str:
    return f"commit {commit.sha[:7]}"


# Reading a change.


def _findings(change: Change) -> Iterator[Finding]:
    if change.ai is not None:
        yield from _declaration(change.ai)
    yield from _actor(change.author, "change author", "author")
    if change.triggered_by is not None:
        yield from _actor(change.triggered_by, "trigger", "triggered by")
    yield from _branch(change.branch)
    quotes = _bot_name(change.author) in conventions.QUOTING_BOTS
    yield from _text(change.title, "title", quotes=quotes)
    yield from _text(change.description, "description", quotes=quotes)
    for commit in change.commits:
        where = _where(commit)
        yield from _person(commit.author, "commit author", where)
        yield from _person(commit.committer, "committer", where)
        quotes = _bot_name(commit.author) in conventions.QUOTING_BOTS
        yield from _text(commit.message, where, quotes=quotes)


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
    folded = _fold(value)
    tools = [known.tool for known in conventions.VALUES if known.pattern.search(folded)]
    return [tool for tool in tools if tool] or tools


def _actor(identity: Identity, source: str, where: str) -> Iterator[Finding]:
    """Somebody the platform names. Only its word that this is a bot makes a finding signed."""
    if bot := _bot_name(identity):
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
    name, email = _fold(name), _fold(email).strip("<>")
    tables = [conventions.NAMES]
    if nobody and conventions.ROLE_ADDRESS.fullmatch(email):
        tables.append(conventions.HUMAN_NAMES)
    yield from ((known, Tier.DECLARED) for known in _matching(conventions.ADDRESSES, email))
    for table in tables:
        yield from ((known, Tier.DECLARED) for known in _matching(table, name))
    yield from ((known, Tier.INFERRED) for known in _matching(conventions.LIKELY_ADDRESSES, email))


def _matching(table: Iterable[Convention], whole: str) -> list[Convention]:
    return [known for known in table if whole and known.pattern.fullmatch(whole)]


def _app(identity: Identity) -> str:
    """The address of the app behind a login, or nothing if the login may be a person's."""
    login, kind = _fold(identity.login), identity.kind.casefold()
    is_app = bool(login) and (kind == "bot" or (not kind and login.endswith("[bot]")))
    return conventions.app_address(login) if is_app else ""


def _bot_name(identity: Identity) -> str:
    """Which of the bots that are not AI this is; a login outweighs what a commit says of itself."""
    if identity.login or identity.kind.casefold() == "user":
        address = _app(identity)
    elif identity.email:
        address = _fold(identity.email)
    else:
        address = conventions.app_address(_fold(identity.name)) if "[bot]" in identity.name else ""
    found = conventions.AUTOMATION_ADDRESS.fullmatch(address)
    return found["name"] if found else ""


def _branch(branch: str) -> Iterator[Finding]:
    folded = _fold(branch).removeprefix("refs/heads/")
    for table, tier in _BRANCHES:
        for known in table:
            if known.pattern.search(folded):
                yield _finding("branch", known.tool, tier, branch, "branch", known.role)


def _text(text: str, where: str, *, quotes: bool) -> Iterator[Finding]:
    """What a text declares; of a bot that quotes others, only who it says took part."""
    for line in _lines(text):
        folded = _fold(line).lstrip(' \t*|#"`-')
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
        return dict.fromkeys(known.tool for known, tier in _named(name, address) if tier in _STRONG)
    return () if conventions.NO.match(value) else tuple(_tools_in(value))


def _name_and_address(value: str) -> tuple[str, str]:
    name, bracket, rest = value.partition("<")
    if bracket:
        return name.strip(), rest.partition(">")[0].strip()
    words = value.split()
    address = next((word for word in words if "@" in word), "")
    return " ".join(word for word in words if word != address), address.strip("()")


def _lines(text: str) -> Iterator[str]:
    """The lines that speak for themselves: no quotations, fenced code or hidden comments."""
    closer, held = "", list[str]()
    for line in _BREAK.split(text):
        if closer:
            held.append(line)
            if _closes(line, closer):
                closer, held = "", []
        elif closer := _opens(line):
            held = [line]
        elif not _QUOTED.match(line):
            yield line
    # What nobody closed is no quotation: it must not hide the rest of the text.
    yield from (line for line in held if not _QUOTED.match(line))


def _opens(line: str) -> str:
    if fence := _FENCE.match(line):
        return fence[1]
    return "-->" if "<!--" in line and "-->" not in line else ""


def _closes(line: str, closer: str) -> bool:
    if closer == "-->":
        return closer in line
    bare = line.strip()
    return bare.startswith(closer) and not bare.strip(closer[0])


def _fold(text: str) -> str:
    """A text as the conventions are written: NFKC, lower case, nothing invisible, no accents.

    The marks go first, since composing a long run of them takes quadratic time.
    """
    if not text.isascii():
        text = "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)
        text = unicodedata.normalize("NFKC", text)
    return text.lower().strip()


def _finding(source: str, tool: str, tier: Tier, text: str, where: str, role: Role) -> Finding:
    exact = text.strip()[:_TEXT_LIMIT]
    return Finding(source=source, tool=tool, tier=tier, text=exact, where=where, role=role)


_UNSEEN = frozenset({"Cf", "Mn", "Me", "Mc"})
_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]|\\r\\n|\\n")
_QUOTED = re.compile(r" {0,3}>| {4}| {0,3}\t")  # four spaces: a block of code, or a pasted log
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*$")
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


# Saying it.


def _list(findings: Iterable[Finding]) -> str:
    """The strongest findings by kind: "co-author trailer: Cursor, branch: OpenAI Codex"."""
    ranked = sorted(findings, key=lambda finding: list(Tier).index(finding.tier))
    said = list(dict.fromkeys(f"{_source(f)}: {_tool(f)}" for f in ranked))
    more = f" and {len(said) - _NAMED_AT_MOST} more" if len(said) > _NAMED_AT_MOST else ""
    return (", ".join(said[:_NAMED_AT_MOST]) + more) or "no finding is kept"


def _clause(findings: Iterable[Finding]) -> str:
    ranked = sorted(findings, key=lambda finding: list(Tier).index(finding.tier))
    return next(
        (f"{_SOURCES.get(f.source, 'a finding')} names {_tool(f)}" for f in ranked),
        "evidence says yes",
    )


def _source(finding: Finding) -> str:
    return finding.source if finding.source in _SOURCES else "finding"


def _tool(finding: Finding) -> str:
    return finding.tool if finding.tool in conventions.TOOLS else "an AI tool"


def _automation(provenance: Provenance) -> str:
    names = (found.tool for found in provenance.findings if found.role is Role.AUTOMATION)
    return next((name for name in names if name in conventions.AUTOMATIONS), "a bot")
