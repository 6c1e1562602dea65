"""Whom do an account, a name and an address mean: a tool, a bot that is not AI, or somebody?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache

from bot.domain.change import Identity
from bot.domain.evidence.conventions import Convention, Conventions, Role, Tier, Where
from bot.domain.lines import plain

NAME_AT_MOST = 200
"""Characters compared of a name or an address: nobody's is longer."""

# Committers that stand for nobody: the forge itself made the commit for the author, or a bot of
# the forge signed it off.
FORGE_COMMITTERS = frozenset({"noreply@github.com", "noreply@gitlab.com", "support@github.com"})
_HIDDEN = re.compile(r"(?:(?P<number>\d{1,18})\+)?(?P<login>[^@+]+)@users\.noreply\.[a-z0-9.-]+")
_NO_PERSON = re.compile(
    r"|(?:[^@]*[-._+])?(?:no-?reply|bot|agent|ai|llm|svc|robot|automation|assistant)(?:[-._+][^@]*)?@[^@]*"
    r"|[^@]*@(?:[^@]*\.)?example(?:\.[^@.]*)?|[^@]*@localhost|[^@]*@[^@]*\.(?:local|localdomain|invalid|test)"
)

# Anybody gets an address there, by whatever word is left.
_FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com",
    "ymail.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "gmx.de", "gmx.net",
    "gmx.com", "web.de", "aol.com", "mail.com", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com",
    "126.com", "foxmail.com", "zoho.com", "fastmail.com", "hey.com", "tutanota.com", "posteo.de",
})  # fmt: skip
# Words that stand beside a tool's name and make nobody a person.
_BESIDE = frozenset({
    "ai", "agent", "agents", "app", "assistant", "assisted", "autofix", "bot", "by", "cli", "code", "coding",
    "context", "fast", "for", "generated", "gpt", "helper", "high", "ide", "llm", "low", "medium", "mini",
    "model", "my", "of", "on", "powered", "pro", "review", "reviewer", "robot", "the", "thinking", "tool",
    "tools", "using", "via", "w", "with", "written", "and", "opus", "sonnet", "haiku", "fable", "anthropic",
    "openai", "google",
})  # fmt: skip
# Models that go by their own names; words of tools' names that are said of other things too.
_MODELS = frozenset({
    "glm", "kimi", "qwen", "deepseek", "grok", "mistral", "llama", "minimax", "composer", "cody",
})  # fmt: skip
_COMMON = frozenset({
    "github", "amazon", "q", "v0", "pi", "continue", "amp", "warp", "mux", "entire", "town", "gas", "sweep",
    "factory",
})  # fmt: skip
_WORD = re.compile(r"[^\s()\[\]{}<>+&|/,;:*\"]+")
_ENDS_AT_MOST = 4


def proven(identity: Identity, conventions: Conventions) -> tuple[Convention, ...]:
    """What the platform says an account is: by its number, else by the login of a bot.

    A bot's login under a number that is not its own proves nothing.
    """
    if known := conventions.by_id.get(plain(identity.id)):
        return (known,)
    return _by_login(identity, conventions) if is_bot(identity) else ()


def claimed(identity: Identity, conventions: Conventions) -> tuple[Convention, ...]:
    """What a login says of itself where the platform does not say what sort of account it is."""
    app = not identity.kind and _short(identity.login).endswith("[bot]")
    return _by_login(identity, conventions) if app else ()


def named(
    name: str, email: str, conventions: Conventions, *, nobody: bool = True
) -> tuple[Convention, ...]:
    """The tools a name and an address mean. `nobody`: no account of a person stands behind them."""
    name, email = _short(name).strip("\"' "), address(email)
    by_address = (*_by_address(email, conventions), *conventions.matching(Where.EMAIL, email))
    by_name = conventions.matching(Where.NAME, name)
    if nobody and _no_persons(email):
        by_name += conventions.matching(Where.SHARED_NAME, name)
    found = (*by_address, *(_as_often(known, by_address) for known in by_name))
    return tuple(known for known in dict.fromkeys(found) if known.role is not Role.AUTOMATION)


def _as_often(known: Convention, by_address: Iterable[Convention]) -> Convention:
    """A name proves no more than the tool's own address does, at a time when that proves less."""
    for other in by_address:
        if other.between and other.tool == known.tool:
            return replace(known, between=other.between, then_tier=other.then_tier)
    return known


def automation(identity: Identity, conventions: Conventions) -> Convention | None:
    """Which of the bots that are not AI this is; a login outweighs what a commit says of itself."""
    if identity.login or identity.id or identity.kind:
        found = proven(identity, conventions) or claimed(identity, conventions)
    elif identity.email:
        found = _by_address(address(identity.email), conventions)
    elif (name := _short(identity.name)).endswith("[bot]"):
        found = conventions.matching(Where.LOGIN, name.removesuffix("[bot]"))
    else:
        found = ()
    return _only_automation(found)


def is_person(identity: Identity, conventions: Conventions) -> bool:
    """Whether a human may stand behind a name: no AI tool, no bot and no forge.

    The address of a tool says so, or the platform; a name alone only where it is a tool's and no
    more, beside no login and an address that cannot be a person's.
    """
    email = address(identity.email)
    if (
        is_bot(identity)
        or (not identity.kind and _short(identity.login).endswith("[bot]"))
        or proven(identity, conventions)
        or automation(identity, conventions)
        or email in FORGE_COMMITTERS
        or _declares(named("", email, conventions))
    ):
        return False
    return (
        bool(identity.login)
        or not _no_persons(email)
        or not _declares(named(identity.name, email, conventions))
        or any(not _of_a_tool(word, conventions) for word in _words(identity.name))
    )


def names_within(name: str, conventions: Conventions) -> Iterator[str]:
    """Whose name it may be: as it stands, and without what tools it names: "Ada (via Claude)"."""
    yield name
    words = _words(name)
    marks = [_of_a_tool(word, conventions) for word in words]
    if not any(marks):
        return
    yield " ".join(word for word, mark in zip(words, marks, strict=True) if not mark)
    for cut in range(1, min(len(words), _ENDS_AT_MOST + 1)):
        if all(marks[:cut]):
            yield " ".join(words[cut:])
        if all(marks[-cut:]):
            yield " ".join(words[:-cut])


def tools_mentioned(text: str, conventions: Conventions) -> tuple[str, ...]:
    """The tools whose names stand anywhere in a plain text."""
    words = set(re.findall(r"[a-z0-9]+", text))
    return tuple(tool for tool, its in _called(conventions.tools).items() if its & words)


def _words(name: str) -> list[str]:
    return _WORD.findall(name[: 4 * NAME_AT_MOST])


def _of_a_tool(word: str, conventions: Conventions) -> bool:
    return _is_toolish(word, conventions.tools)


@lru_cache(maxsize=4_096)
def _is_toolish(word: str, tools: frozenset[str]) -> bool:
    """Whether a word of a name belongs to a tool's name, or to what is said of tools."""
    parts = [part for part in re.split(r"[\W_]+", plain(word)) if part]
    known = _tool_words(tools)
    return all(part in known or part[0].isdigit() for part in parts)


@cache
def _called(tools: frozenset[str]) -> dict[str, frozenset[str]]:
    """The words of each tool's name that are nobody else's."""
    words = {tool: frozenset(re.findall(r"[a-z0-9]+", tool.lower())) for tool in sorted(tools)}
    return {tool: its - _BESIDE - _COMMON for tool, its in words.items()}


@cache
def _tool_words(tools: frozenset[str]) -> frozenset[str]:
    said = " ".join(tools).lower()
    return _BESIDE | frozenset(re.findall(r"[a-z0-9]+", said)) | _MODELS


def _declares(tools: Iterable[Convention]) -> bool:
    return any(known.tier in (Tier.SIGNED, Tier.DECLARED) for known in tools)


def is_bot(identity: Identity) -> bool:
    """Whether the platform says that this is a bot's account."""
    return plain(identity.kind) == "bot"


def address(written: str) -> str:
    """An address as it is compared: without brackets, quotes and backslashes."""
    return _short(written).replace("\\", "").removeprefix("mailto:").strip("<>()[]\"'”“ ")


def _short(written: str) -> str:
    return plain(written[: 4 * NAME_AT_MOST])[:NAME_AT_MOST]


def _by_login(identity: Identity, conventions: Conventions) -> tuple[Convention, ...]:
    login, id = _short(identity.login).removesuffix("[bot]"), plain(identity.id)
    platform = id.partition(":")[0]
    found = conventions.matching(Where.LOGIN, login)
    return tuple(known for known in found if platform not in set(_platforms(known)))


def _platforms(known: Convention) -> Iterator[str]:
    return (id.partition(":")[0] for id in known.ids)


def _by_address(email: str, conventions: Conventions) -> tuple[Convention, ...]:
    """The app or the agent behind an address that a forge gives; the number is often invented."""
    if not (hidden := _HIDDEN.fullmatch(email)):
        return ()
    if hidden["login"].endswith("[bot]"):
        return conventions.matching(Where.LOGIN, hidden["login"].removesuffix("[bot]"))
    known = conventions.by_id.get(f"github:{hidden['number']}")
    return (known,) if known else ()


def _no_persons(email: str) -> bool:
    """Whether an address cannot be a person's. Those that a forge gives to hide one are."""
    if _HIDDEN.fullmatch(email):
        return email.partition("@")[0].endswith("[bot]")
    return email.rpartition("@")[2] not in _FREE_MAIL and bool(_NO_PERSON.fullmatch(email))


def _only_automation(found: Iterable[Convention]) -> Convention | None:
    return next((known for known in found if known.role is Role.AUTOMATION), None)
