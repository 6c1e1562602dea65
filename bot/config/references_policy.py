"""Do the rules agree with the rest: does every name exist, and can each rule apply and be met?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.config.extent import always, never
from bot.config.meaning_policy import REPOSITORY
from bot.config.mistakes import Path, shown
from bot.config.view import Found, View
from bot.config.words import closest
from bot.domain.circles import OWNERS, WORDS
from bot.domain.policy import DEFAULT
from bot.domain.risk.reasons import WEIGHTS
from bot.domain.spans import BLANK_LETTERS

DEEPEST = 5
CONDITIONS_AT_MOST = 500
_OURS = ("people", "levels", "connections", "slas", "calendars", "closures", "rotas", "windows", "risk", "provenance",
         "slack", "policy", "mode", "carry_forward", "risk_checklist", "risk_reason", "grace",
         "claim", "step_up", "administrators", "attention")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names a rule may use. `people` have their level, `groups` their members.
    `step_up`: the server says how people sign in.
    """

    levels: list[str]
    people: Mapping[str, str]
    groups: Mapping[str, frozenset[str]]
    slas: list[str]
    windows: list[str]
    step_up: bool = False


def rules(policy: View, known: Known) -> Found:
    """What is wrong with the rules of a policy, alone and in groups."""
    yield from _names(policy)
    yield from _limits(policy)
    for rule, shared in _rules(policy):
        require = rule["require"]
        yield from unknown([require["level"]], "level", known.levels)
        yield from unknown([require["from"]], "group", [*WORDS, *known.groups])
        yield from unknown([require["sla"]], "sla", known.slas)
        yield from _exempts_all(rule["when"], shared, require["approvals"])
        yield from _out_of_reach(require, known)
        if require["step_up"].value is True and not known.step_up:
            yield require["step_up"].path, "needs step_up at the top, where people sign in"
    for when in _whens(policy):
        if never(when):
            yield when.path, "can never hold, so that the rule would never apply"
        for condition, _ in _conditions(when):
            author = condition["author_level"]
            named = [author["below"], author["at_least"]]
            yield from unknown(named, "level", known.levels)
            yield from unknown([condition["window"]], "window", known.windows)
            yield from unknown([condition["risk_from"]], "kind of risk", list(WEIGHTS))


def only_tightens(file: View) -> Found:
    """What a repository may not say of itself."""
    for key in _OURS:
        if key in file.entries():
            yield (key,), "is for the server to say; a repository's own file holds rules and groups"
    for rule, _ in _rules(file):
        if (approvals := rule["require"]["approvals"]).value == 0:
            yield approvals.path, "a repository's own rules only tighten: it must be 1 or more"
    for view in file.everything():
        if isinstance(view.value, str) and not _is_visible(view.value):
            yield view.path, "holds a character that nobody can see"


def _is_visible(text: str) -> bool:
    return text.isprintable() and not BLANK_LETTERS & set(text)


def twice(texts: Iterable[tuple[str, Path]], message: str) -> Found:
    seen: set[str] = set()
    for text, path in texts:
        if text in seen:
            yield path, f"{shown(text)} {message}"
        seen.add(text)


def unknown(views: Iterable[View], what: str, known: list[str]) -> Found:
    for view in views:
        for text, path in view.texts():
            if text not in known:
                yield path, f"no {what} is called {shown(text)}{closest(text, known)}"


def _rules(policy: View) -> Iterator[tuple[View, View]]:
    """Each rule, and the condition that it shares with the rules of its group."""
    for rule in policy["rules"].items():
        yield rule, View(None)
    for group in policy["groups"].items():
        for rule in group["rules"].items():
            yield rule, group["when"]


def _whens(policy: View) -> Iterator[View]:
    yield from (rule["when"] for rule, _ in _rules(policy))
    yield from (group["when"] for group in policy["groups"].items())


def _conditions(when: View, depth: int = 0) -> Iterator[tuple[View, int]]:
    """A condition and all that are nested in it, each with how deep."""
    if not isinstance(when.value, dict):
        return
    yield when, depth
    for key in ("all", "any", "not"):
        for inner in when[key].items():
            yield from _conditions(inner, depth + 1)


def _names(policy: View) -> Found:
    names = [text for rule, _ in _rules(policy) for text in rule["name"].texts()]
    yield from twice(names, "is the name of another rule already")
    for text, path in names:
        if text == DEFAULT.name:
            yield path, "default is the rule that is always there; call this one something else"
        if text.startswith(REPOSITORY.strip()):
            yield path, "begins like the rules of a repository's own; call it something else"
    groups = [text for group in policy["groups"].items() for text in group["name"].texts()]
    yield from twice(groups, "is the name of another group of rules already")


def _limits(policy: View) -> Found:
    every = [it for when in _whens(policy) for it in _conditions(when)]
    yield from (
        (condition.path, f"conditions may be nested {DEEPEST} deep at most")
        for condition, depth in every
        if depth == DEEPEST + 1
    )
    if len(every) > CONDITIONS_AT_MOST:
        said = f"holds {len(every)} conditions, and may hold {CONDITIONS_AT_MOST} at most"
        yield policy.path, said


def _exempts_all(when: View, shared: View, approvals: View) -> Found:
    free = approvals.value == 0 and type(approvals.value) is int
    if free and always(when) and always(shared):
        yield approvals.path, "0 would let every change pass; say in `when` which ones"


def _out_of_reach(require: View, known: Known) -> Found:
    """More approvals than there are people who could give them: it could only ever expire."""
    levels, wanted = known.levels, require["level"].value or DEFAULT.require.level
    approvals = require["approvals"].value
    approvals = 1 if approvals is None else approvals
    sources = {text for text, _ in require["from"].texts()} or {OWNERS}
    if not isinstance(approvals, int) or wanted not in levels:
        return
    if not sources <= set(known.groups):  # nor are the owners known beforehand
        return
    high = levels[levels.index(str(wanted)) :]
    members = frozenset[str]().union(*(known.groups[source] for source in sources))
    able = [member for member in members if known.people.get(member) in high]
    if len(able) < approvals:
        yield (
            require.path,
            f"asks for {approvals} at level {shown(wanted)} or above from "
            f"{', '.join(map(shown, sorted(sources)))}, but that is "
            f"{len(able)} {'person' if len(able) == 1 else 'people'}",
        )
