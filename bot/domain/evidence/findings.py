"""What evidence of AI stands in the facts of a change? Each finding with its exact text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.evidence.conventions import Convention, Conventions, Role, Tier, Where
from bot.domain.evidence.identities import automation, claimed, is_person, named, proven
from bot.domain.evidence.remarks import Remark, remarks, tools_in
from bot.domain.lines import LINE_AT_MOST, plain, readable

__all__ = [
    "STRONG",
    "UNREAD",
    "Finding",
    "Role",
    "Tier",
    "findings_in",
    "is_person",
    "place_of",
    "texts_of",
]

STRONG = (Tier.SIGNED, Tier.DECLARED)
"""Tiers that settle the question; the others only ask it."""

UNREAD = "unread text"
"""The source of the one finding that says we did not see everything."""

_TEXT_LIMIT = 200
_FILES_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One piece of evidence: where it stood, what it said, and the tool it claims.

    `tool` is a name out of our conventions, or empty; `convention` is the id of the one that fits.
    `text` came from outside, at most 200 characters. A finding of role `none` is a "no"; one of
    role `automation` names a bot that is not AI. `seen_at` and `revision` say when it was first
    seen; not `present`: it stood in an earlier revision alone. `set_aside`: a senior said why it
    does not count.
    """

    source: str
    tool: str
    tier: Tier
    text: str
    where: str
    role: Role = Role.AUTHOR
    convention: str = ""
    seen_at: datetime | None = None
    revision: str = ""
    present: bool = True
    set_aside: bool = False

    @property
    def id(self) -> str:
        """The same for the same evidence, whenever it is seen."""
        parts = (self.source, self.tool, self.text, self.where)
        coded = b"\0".join(part.encode(errors="replace") for part in parts)
        return sha256(coded).hexdigest()[:32]

    @property
    def speaks_of_ai(self) -> bool:
        return self.role not in (Role.NONE, Role.AUTOMATION) and self.tier is not Tier.CONTEXT

    @property
    def counts(self) -> bool:
        """Whether it is evidence of AI that nobody set aside."""
        return self.speaks_of_ai and not self.set_aside

    @property
    def denies(self) -> bool:
        return self.role is Role.NONE and self.tier is not Tier.CONTEXT and not self.set_aside


def findings_in(change: Change, conventions: Conventions) -> Iterator[Finding]:
    if change.ai is not None:
        yield from _declaration(change.ai, conventions)
    for who, source, where in _actors(change):
        yield from _actor(who, source, where, conventions)
    yield from _branch(change.branch, conventions)
    for label in change.labels:
        for known in conventions.matching(Where.LABEL, plain(label)[:LINE_AT_MOST]):
            yield _found(known.source, known, known.tier, label, "labels")
    yield from _context(change, conventions)
    yield from _texts(change, conventions)
    for commit in change.commits:
        yield from _notes(commit, conventions)


def texts_of(change: Change) -> tuple[str, ...]:
    return (change.title, change.description, *(commit.message for commit in change.commits))


def place_of(commit: Commit) -> str:
    return f"commit {commit.sha[:7]}"


def _texts(change: Change, conventions: Conventions) -> Iterator[Finding]:
    """Title, description and commits. Only the platform's word makes its author a bot whose texts
    are silent: a commit may bear any name.
    """
    (title, description, *messages), cut = readable(texts_of(change))
    if cut:
        unread = "the text is too long to be read whole"
        yield _finding(UNREAD, "", Tier.INFERRED, unread, "change", Role.ASSIST)
    bot = next((known for known in proven(change.author, conventions) if known.quotes), None)
    for text, where in ((title, "title"), (description, "description")):
        for remark in remarks(text, conventions, quotes=bool(bot), titled=where == "title"):
            yield _remarked(remark, where)
    silent: set[tuple[Identity, str]] = set()
    for commit, message in zip(change.commits, messages, strict=True):
        where, day = place_of(commit), commit.authored_at.date() if commit.authored_at else None
        for named_as in ((commit.author, "commit author"), (commit.committer, "committer")):
            if named_as not in silent:  # most commits are by the same few people
                found = tuple(_person(*named_as, where, conventions, day))
                silent.update(() if found else (named_as,))
                yield from found
        same = bot is not None and automation(commit.author, conventions) == bot
        for remark in remarks(message, conventions, day=day, quotes=same):
            yield _remarked(remark, where)


def _declaration(ai: AiStatement, conventions: Conventions) -> Iterator[Finding]:
    listed = tuple(tool for tool in ai.tools if tool.strip())
    details = [f"tools: {', '.join(listed)}"] if listed else []
    if ai.prompted_by is not None:
        details.append(f"prompted by: {ai.prompted_by}")
    if ai.assisted is False:
        yield _declared("assisted: no", "", Role.NONE)
    elif ai.assisted or details or ai.rationale.strip():
        details = [f"assisted: {'yes' if ai.assisted else 'not said'}", *details]
    if details:
        known = dict.fromkeys(
            k.tool for name in listed for k in tools_in(name, conventions) if k.tool
        )
        for tool in known or ("",):
            yield _declared("; ".join(details), tool, Role.ASSIST)


def _declared(text: str, tool: str, role: Role) -> Finding:
    return _finding("declaration", tool, Tier.DECLARED, text, "payload", role)


def _actors(change: Change) -> Iterator[tuple[Identity, str, str]]:
    yield change.author, "change author", "author"
    if change.triggered_by is not None:
        yield change.triggered_by, "trigger", "triggered by"
    for pusher in change.pushers:
        yield pusher, "pusher", "pushed by"


def _actor(
    identity: Identity, source: str, where: str, conventions: Conventions
) -> Iterator[Finding]:
    """Somebody the platform names: what it says of an account is proof, what they say is not."""
    known_by = proven(identity, conventions)
    for known in known_by:
        if known.role is not Role.AUTOMATION:
            tier = Tier.SIGNED if known.tier is Tier.DECLARED else known.tier
            yield _found(source, known, tier, str(identity), where)
    if bot := automation(identity, conventions):
        yield _found(source, bot, Tier.CONTEXT, str(identity), where)
    if not known_by:
        yield from _person(identity, source, where, conventions)


def _person(
    identity: Identity,
    source: str,
    where: str,
    conventions: Conventions,
    day: date | None = None,
) -> Iterator[Finding]:
    """Somebody as they name themselves: never more than a declaration."""
    if identity == Identity():
        return
    text = f"{identity.name} <{identity.email}>" if identity.email else str(identity)
    apps = (*proven(identity, conventions), *claimed(identity, conventions))
    for known in apps:
        if known.role is not Role.AUTOMATION:
            yield _found(source, known, _unsigned(known.tier_on(day)), identity.login, where)
    nobody = bool(apps) or not identity.login
    for known in named(identity.name, identity.email, conventions, nobody=nobody):
        asks = known.weak_committer and source == "committer"
        tier = Tier.INFERRED if asks else _unsigned(known.tier_on(day))
        yield _found(source, known, tier, text, where)


def _unsigned(tier: Tier) -> Tier:
    return Tier.DECLARED if tier is Tier.SIGNED else tier


def _branch(branch: str, conventions: Conventions) -> Iterator[Finding]:
    folded = plain(branch[:LINE_AT_MOST]).removeprefix("refs/heads/")
    for known in conventions.matching(Where.BRANCH, folded):
        yield _found(known.source, known, known.tier, branch, "branch")


def _context(change: Change, conventions: Conventions) -> Iterator[Finding]:
    """Files that say only that the repository is set up for AI."""
    shown = 0
    for path in change.paths:
        for known in conventions.matching(Where.FILE, plain(path[:LINE_AT_MOST])):
            yield _found(known.source, known, Tier.CONTEXT, path, "files")
            shown += 1
        if shown >= _FILES_AT_MOST:
            return


def _notes(commit: Commit, conventions: Conventions) -> Iterator[Finding]:
    """What recorders wrote about a commit; of a bot's commits they write nothing worth having."""
    bot = automation(commit.author, conventions) if commit.notes else None
    for note in commit.notes:
        if bot or note.ai_lines <= 0:
            continue
        refs = conventions.matching(Where.NOTE, plain(note.ref))
        source, id = (refs[0].source, refs[0].id) if refs else ("git note", "")
        trusted = note.signed and any(known.tier is Tier.SIGNED for known in refs)
        tools = dict.fromkeys(k.tool for name in note.tools for k in tools_in(name, conventions))
        named_tools = ", ".join(note.tools)
        text = f"{note.ref}: {note.ai_lines} lines by AI{f' ({named_tools})' if note.tools else ''}"
        for tool in [tool for tool in tools if tool] or [""]:
            tier = Tier.SIGNED if trusted else Tier.DECLARED
            yield _finding(source, tool, tier, text, place_of(commit), Role.AUTHOR, id)


def _remarked(remark: Remark, where: str) -> Finding:
    return _found(remark.source, remark.known, remark.tier, remark.line, where)


def _found(source: str, known: Convention, tier: Tier, text: str, where: str) -> Finding:
    return _finding(source, known.tool, tier, text, where, known.role, known.id)


def _finding(
    source: str, tool: str, tier: Tier, text: str, where: str, role: Role, convention: str = ""
) -> Finding:
    exact = text.strip()[:_TEXT_LIMIT]
    return Finding(
        source=source,
        tool=tool,
        tier=tier,
        text=exact,
        where=where,
        role=role,
        convention=convention,
    )
