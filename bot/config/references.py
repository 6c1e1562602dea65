"""Does the config agree with itself: does every name it uses exist, and is none ambiguous?

These checks look at plain values and pass over whatever has the wrong shape, so that mistakes of
both sorts are told together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from pydantic_core import PydanticCustomError

from bot.config.mistakes import Path, shown
from bot.config.shape import LEVELS
from bot.config.values import duration
from bot.config.words import closest
from bot.domain.policy import DEFAULT, OWNERS, Sla

Found = Iterator[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class View:
    """A plain value and where it stands; asking for what is not there gives emptiness."""

    value: object
    path: Path = ()

    @property
    def name(self) -> str:
        return str(self.path[-1])

    def __getitem__(self, key: str) -> View:
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        return View(inner, (*self.path, key))

    def entries(self) -> dict[str, View]:
        keys = self.value if isinstance(self.value, dict) else {}
        return {key: self[key] for key in keys}

    def items(self) -> list[View]:
        """The values of a list; anything else stands for a list of itself."""
        if isinstance(self.value, list):
            return [View(item, (*self.path, i)) for i, item in enumerate(self.value)]
        return [] if self.value is None else [self]

    def texts(self) -> list[tuple[str, Path]]:
        return [(item.value, item.path) for item in self.items() if isinstance(item.value, str)]


def contradictions(data: object) -> Found:
    """Whatever is empty, names what does not exist, or means two things at once."""
    root = View(data)
    yield from _empty(root)
    yield from _people(root)
    yield from _groups(root)
    yield from _connections(root)
    yield from _slas(root)
    yield from _rules(root)


def _empty(view: View) -> Found:
    if isinstance(view.value, dict):
        inner = list(view.entries().values())
    else:
        inner = view.items() if isinstance(view.value, list) else []
    for child in inner:
        if child.value is None:
            yield child.path, "is empty; give it a value, or remove it"
        else:
            yield from _empty(child)


def _known_levels(root: View) -> list[str]:
    return [level for level, _ in root["levels"].texts()] or list(LEVELS)


def _people(root: View) -> Found:
    yield from _twice(root["levels"].texts(), "stands twice among the levels")
    levels = _known_levels(root)
    if DEFAULT.require.level not in levels:
        yield (
            ("levels",),
            f"must hold {DEFAULT.require.level}: the default rule asks for one, "
            "where no other rule is about a change",
        )
    people = list(root["people"].entries().values())
    for person in people:
        yield from _unknown([person["level"]], "level", levels)
    yield from _shared(people, ("slack",), "Slack id")
    yield from _shared(people, ("github", "gitlab"), "login")
    yield from _shared(people, ("emails",), "address")


def _shared(people: list[View], keys: tuple[str, ...], what: str) -> Found:
    """A name that two people have: neither could be told from the other."""
    holders: dict[str, str] = {}
    for person in people:
        for key in keys:
            for text, path in person[key].texts():
                holder = holders.setdefault(text.strip().casefold(), person.name)
                if holder != person.name:
                    yield path, f"is the {what} of {shown(holder)} already"


def _twice(texts: list[tuple[str, Path]], message: str) -> Found:
    seen: set[str] = set()
    for text, path in texts:
        if text in seen:
            yield path, f"{shown(text)} {message}"
        seen.add(text)


def _unknown(views: list[View], what: str, known: list[str]) -> Found:
    for view in views:
        for text, path in view.texts():
            if text not in known:
                yield path, f"no {what} is called {shown(text)}{closest(text, known)}"


def _groups(root: View) -> Found:
    people = list(root["people"].entries())
    for name, group in root["groups"].entries().items():
        if name == OWNERS:
            yield group.path, "is a word of its own in rules; call the group something else"
        yield from _unknown([group["members"]], "person", people)
        yield from _twice(group["members"].texts(), "stands twice among the members")


_OWN = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "COUNTERSIGN_SIGNING_KEY")
_ENV_KEYS = ("secret_env", "token_env", "private_key_env", "webhook_secret_env")


def _connections(root: View) -> Found:
    """One secret for two doors would open both."""
    users: defaultdict[str, list[Path]] = defaultdict(list)
    for connection in root["connections"].entries().values():
        for key in _ENV_KEYS:
            for name, path in connection[key].texts():
                users[name].append(path)
    for name, paths in users.items():
        if name in _OWN:
            yield paths[0], f"{name} is Countersign's own; a connection needs a secret of its own"
        for path in paths[1:]:
            first = ".".join(map(str, paths[0]))
            yield path, f"is the variable of {first} already; each needs a secret of its own"


def _slas(root: View) -> Found:
    groups = list(root["groups"].entries())
    for sla in root["slas"].entries().values():
        yield from _unknown([sla["escalate_to"]], "group", groups)
        expire = _length(sla["expire"].value) or Sla().expire
        for early in (*sla["remind"].items(), *sla["escalate"].items()):
            length = _length(early.value)
            if length and length >= expire:
                yield early.path, "must come before expire, which otherwise ends the signoff first"


def _length(value: object) -> timedelta | None:
    try:
        return duration(value)
    except PydanticCustomError:
        return None


def _rules(root: View) -> Found:
    rules = root["policy"]["rules"].items()
    names = [text for rule in rules for text in rule["name"].texts()]
    yield from _twice(names, "is the name of another rule already")
    for text, path in names:
        if text == DEFAULT.name:
            yield path, "default is the rule that is always there; call this one something else"
    levels = _known_levels(root)
    groups = list(root["groups"].entries())
    for rule in rules:
        author, require = rule["when"]["author_level"], rule["require"]
        named = [author["below"], author["at_least"], require["level"]]
        yield from _unknown(named, "level", levels)
        yield from _unknown([require["from"]], "group", [OWNERS, *groups])
        yield from _unknown([require["sla"]], "sla", list(root["slas"].entries()))
        yield from _exempts_all(rule["when"], require["approvals"])
        yield from _out_of_reach(root, require)


def _exempts_all(when: View, approvals: View) -> Found:
    if approvals.value == 0 and type(approvals.value) is int and not when.value:
        yield approvals.path, "0 would let every change pass; say in `when` which ones"


def _out_of_reach(root: View, require: View) -> Found:
    """More approvals than there are people who could give them: it could only ever expire."""
    levels, wanted = _known_levels(root), require["level"].value or DEFAULT.require.level
    approvals = require["approvals"].value
    approvals = 1 if approvals is None else approvals
    sources = {text for text, _ in require["from"].texts()} or {OWNERS}
    if not isinstance(approvals, int) or wanted not in levels:
        return
    if not sources <= set(root["groups"].entries()):  # nor are the owners known beforehand
        return
    high = levels[levels.index(str(wanted)) :]
    members = {m for source in sources for m, _ in root["groups"][source]["members"].texts()}
    able = [m for m in members if root["people"][m]["level"].value in high]
    if len(able) < approvals:
        yield (
            require.path,
            f"asks for {approvals} at level {shown(wanted)} or above from "
            f"{', '.join(map(shown, sorted(sources)))}, but that is "
            f"{len(able)} {'person' if len(able) == 1 else 'people'}",
        )
