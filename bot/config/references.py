"""Does the config agree with itself: does every name it uses exist, and is none ambiguous?

These checks look at plain values and pass over whatever has the wrong shape, so that mistakes of
both sorts are told together.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

from pydantic_core import PydanticCustomError

from bot.config.dashboard import seated
from bot.config.mistakes import Path, shown
from bot.config.override import overridable
from bot.config.references_oidc import bounded, trusted
from bot.config.references_policy import Known, rules, twice, unknown
from bot.config.shape_people import LEVELS
from bot.config.times import duration
from bot.config.view import Found, View
from bot.domain.circles import WORDS
from bot.domain.policy import DEFAULT
from bot.domain.sla import Sla


def contradictions(data: object) -> Found:
    """Whatever is empty, names what does not exist, or means two things at once."""
    root = View(data)
    yield from empty(root)
    yield from _people(root)
    yield from _groups(root)
    yield from _connections(root)
    yield from trusted(root)
    yield from bounded(root)
    yield from overridable(root)
    yield from seated(root)
    yield from _slas(root)
    yield from _rotas(root)
    yield from _territories(root)
    yield from rules(root["policy"], _known(root))


def empty(view: View) -> Found:
    """Keys and items without a value."""
    if isinstance(view.value, dict):
        inner = list(view.entries().values())
    else:
        inner = view.items() if isinstance(view.value, list) else []
    for child in inner:
        if child.value is None:
            yield child.path, "is empty; give it a value, or remove it"
        else:
            yield from empty(child)


def _known_levels(root: View) -> list[str]:
    return [level for level, _ in root["levels"].texts()] or list(LEVELS)


def _people(root: View) -> Found:
    yield from twice(root["levels"].texts(), "stands twice among the levels")
    levels = _known_levels(root)
    if DEFAULT.require.level not in levels:
        yield (
            ("levels",),
            f"must hold {DEFAULT.require.level}: the default rule asks for one, "
            "where no other rule is about a change",
        )
    people = list(root["people"].entries().values())
    for person in people:
        yield from unknown([person["level"]], "level", levels)
        yield from unknown([person["calendar"]], "calendar", list(root["calendars"].entries()))
    yield from _shared(people, ("slack",), "Slack id")
    yield from _shared(people, ("github", "gitlab"), "login")
    yield from _elsewhere(people, root["connections"])
    yield from _shared(people, ("github_id",), "GitHub account")
    yield from _shared(people, ("gitlab_id",), "GitLab account")
    yield from _shared(people, ("emails",), "address")
    yield from _shared(people, ("oidc",), "OpenID Connect subject")
    yield from unknown([root["administrators"]], "person", list(root["people"].entries()))


def _elsewhere(people: list[View], connections: View) -> Found:
    """Logins elsewhere: each where somebody says that it is one, and nobody else's there."""
    known = {*connections.entries()}
    known |= {text for it in connections.entries().values() for text, _ in it["accounts"].texts()}
    holders: dict[tuple[str, str], str] = {}
    for person in people:
        for at, logins in person["logins"].entries().items():
            if at in ("github", "gitlab"):
                yield logins.path, f"is {at} of the person itself; put the login there"
            elif at not in known:
                yield logins.path, "is neither a connection nor the `accounts` of one"
            for text, path in logins.texts():
                holder = holders.setdefault((at, text.strip().casefold()), person.name)
                if holder != person.name:
                    yield path, f"is the login of {shown(holder)} already"


def _shared(people: list[View], keys: tuple[str, ...], what: str) -> Found:
    """A name that two people have: neither could be told from the other."""
    holders: dict[str, str] = {}
    for person in people:
        for key in keys:
            for text, path in (*person[key].texts(), *person[key].numbers()):
                holder = holders.setdefault(text.strip().casefold(), person.name)
                if holder != person.name:
                    yield path, f"is the {what} of {shown(holder)} already"


def _groups(root: View) -> Found:
    people = list(root["people"].entries())
    for name, group in root["groups"].entries().items():
        if name in WORDS:
            yield group.path, "is a word of its own in rules; call the group something else"
        yield from unknown([group["members"]], "person", people)
        yield from twice(group["members"].texts(), "stands twice among the members")
        yield from unknown([group["on_call"]], "rota", list(root["rotas"].entries()))


_OWN = frozenset(
    [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_SIGNING_SECRET_FORMER",
        "SLACK_APP_TOKEN",
        "COUNTERSIGN_SIGNING_KEY",
        "COUNTERSIGN_WEBHOOK_KEY",
        "COUNTERSIGN_METRICS_TOKEN",
        "VAULT_TOKEN",
    ]
)
_ENV_KEYS = (
    "secret_env",
    "token_env",
    "api_token_env",
    "signing_token_env",
    "header_secret_env",
    "hmac_key_env",
    "private_key_env",
    "webhook_secret_env",
    "client_secret_env",
)


def _connections(root: View) -> Found:
    """One secret for two doors would open both."""
    users: defaultdict[str, list[Path]] = defaultdict(list)
    doors = (
        *root["connections"].entries().values(),
        *root["subscribers"].entries().values(),
        root["step_up"],
        root["dashboard"]["slack"],
    )
    for door in doors:
        for key in _ENV_KEYS:
            for name, path in (*door[key].texts(), *door["former"][key].texts()):
                users[name].append(path)
    for name, paths in users.items():
        if name in _OWN:
            yield paths[0], f"{name} is Countersign's own; a connection needs a secret of its own"
        for path in paths[1:]:
            first = ".".join(map(str, paths[0]))
            yield path, f"is the variable of {first} already; each needs a secret of its own"


_ESCALATE = Sla().escalate or timedelta.max
"""What stands between the rungs where nothing is said."""
_USUALLY = f"{_ESCALATE.seconds // 3600}h where nothing else is said"


def _slas(root: View) -> Found:
    groups, rotas = root["groups"].entries(), list(root["rotas"].entries())
    used = {name for group in groups.values() for name, _ in group["on_call"].texts()}
    for sla in root["slas"].entries().values():
        yield from unknown([sla["calendar"]], "calendar", list(root["calendars"].entries()))
        yield from unknown([sla["managers_to"]], "group", list(groups))
        yield from unknown([sla["escalate_to"]], "group", [*groups, *rotas])
        for name, path in sla["escalate_to"].texts():
            if name in rotas and name not in used and name not in groups:
                yield path, "no group is on_call by this rota, so nobody of it could decide"
        yield from _ladder(sla)


def _ladder(sla: View) -> Found:
    """Each rung comes after those below it."""
    expire = _length(sla["expire"].value) or Sla().expire
    rungs = (sla["widen"], sla["escalate"], sla["managers"])
    for early in (*sla["remind"].items(), *rungs):
        length = _length(early.value)
        if length and length >= expire:
            yield early.path, "must come before expire, which otherwise ends the signoff first"
    if _escalates_by_default(sla, expire):
        yield from _around_the_default(sla)
    elif sla["escalate"].value in (None, "never") and sla["escalate_to"].texts():
        yield sla["escalate_to"].path, "needs escalate, a time before expire; else it asks nobody"
    given = [(rung, length) for rung in rungs if (length := _length(rung.value))]
    for (below, sooner), (rung, later) in pairwise(given):
        if sooner >= later:
            yield rung.path, f"must come after {below.name}"


def _escalates_by_default(sla: View, expire: timedelta) -> bool:
    return sla["escalate"].value is None and expire > _ESCALATE


def _around_the_default(sla: View) -> Found:
    widen, managers = _length(sla["widen"].value), _length(sla["managers"].value)
    if widen and widen >= _ESCALATE:
        yield sla["widen"].path, f"must come before escalate, which is {_USUALLY}"
    if managers and managers <= _ESCALATE:
        yield sla["managers"].path, f"must come after escalate, which is {_USUALLY}"


def _rotas(root: View) -> Found:
    people = list(root["people"].entries())
    taken = {
        name: path
        for connection in (
            *root["connections"].entries().values(),
            root["step_up"],
            root["dashboard"]["slack"],
        )
        for key in _ENV_KEYS
        for name, path in connection[key].texts()
    }
    for rota in root["rotas"].entries().values():
        yield from unknown([rota["members"]], "person", people)
        yield from unknown([it["person"] for it in rota["shifts"].items()], "person", people)
        for name, path in rota["token_env"].texts():
            if name in _OWN:
                yield path, f"{name} is Countersign's own; a rota needs a token of its own"
            elif name in taken:
                first = ".".join(map(str, taken[name]))
                yield path, f"is the variable of {first} already; a rota needs a token of its own"


def _territories(root: View) -> Found:
    every = root["risk"]["territories"].items()
    names = [text for territory in every for text in territory["name"].texts()]
    yield from twice(names, "is the name of another territory already")


def _known(root: View) -> Known:
    people = root["people"].entries().values()
    groups = root["groups"].entries().values()
    return Known(
        levels=_known_levels(root),
        people={person.name: str(person["level"].value) for person in people},
        groups={it.name: frozenset(name for name, _ in it["members"].texts()) for it in groups},
        slas=list(root["slas"].entries()),
        windows=list(root["windows"].entries()),
        step_up=isinstance(root["step_up"].value, dict),
    )


def _length(value: object) -> timedelta | None:
    try:
        return duration(value)
    except PydanticCustomError:
        return None
