"""Whom do an account, a name and an address mean: a tool, a bot that is not AI, or somebody?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
    found = [
        *_by_address(email, conventions),
        *conventions.matching(Where.EMAIL, email),
        *conventions.matching(Where.NAME, name),
    ]
    if nobody and _no_persons(email):
        found += conventions.matching(Where.SHARED_NAME, name)
    return tuple(known for known in dict.fromkeys(found) if known.role is not Role.AUTOMATION)


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
    """Whether a human may stand behind a name: no AI tool, no bot and no forge."""
    tools = named(identity.name, identity.email, conventions, nobody=not identity.login)
    return not (
        any(known.tier in (Tier.SIGNED, Tier.DECLARED) for known in tools)
        or is_bot(identity)
        or (not identity.kind and _short(identity.login).endswith("[bot]"))
        or proven(identity, conventions)
        or automation(identity, conventions)
        or address(identity.email) in FORGE_COMMITTERS
    )


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
    return bool(_NO_PERSON.fullmatch(email))


def _only_automation(found: Iterable[Convention]) -> Convention | None:
    return next((known for known in found if known.role is Role.AUTOMATION), None)
