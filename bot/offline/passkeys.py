"""`countersign passkeys`: who can decide with which security key, and who lets in the first ones?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from bot.cli import terminal
from bot.domain.spans import harmless
from bot.engine import postroom
from bot.engine.postroom import LetIn, Passkey, TakeAway
from bot.offline.files import trouble
from bot.offline.outbox import TROUBLE, obey

_TITLES = ("ID", "PERSON", "STATE", "SINCE", "LET IN BY", "NAME")
_SHOWN = 12
"""Of the id, which is long and means nothing: enough to tell one from all others."""


def run(arguments: argparse.Namespace, url: str) -> int:
    """`[--json]`, `approve ID`, `remove ID`."""
    keys = _keys(url)
    if arguments.deed is None:
        _list(keys, as_json=arguments.json)
        return 0
    meant = [key for key in keys if key.id.startswith(arguments.id)]
    if len(meant) != 1:
        what = "no security key" if not meant else "more than one security key"
        return _tell(f"{what} begins with {arguments.id}", "", arguments)
    (key,) = meant
    if arguments.deed == "approve":
        outcome = obey(url, LetIn(credential=key.id))
        return _tell(outcome.problem, f"{key.person} can decide with it now", arguments)
    outcome = obey(url, TakeAway(credential=key.id))
    return _tell(outcome.problem, f"{key.person} can decide with it no more", arguments)


def _keys(url: str) -> Sequence[Passkey]:
    try:
        return postroom.look_at_keys(url)
    except postroom.Unusable as problem:
        raise trouble(f"DATABASE_URL: {problem}", "the keys cannot be shown") from None


def _list(keys: Sequence[Passkey], *, as_json: bool) -> None:
    if as_json:
        terminal.tell([json.dumps([_facts(key) for key in keys], indent=2)])
    elif keys:
        terminal.tell(terminal.table([_TITLES, *map(_row, keys)], terminal.width()))
    else:
        terminal.tell(["No security key is registered."])


def _row(key: Passkey) -> tuple[str, ...]:
    name = harmless(key.label, 60)
    return (key.id[:_SHOWN], key.person, key.state, f"{key.at:%Y-%m-%d %H:%M}", key.by or "–", name)


def _facts(key: Passkey) -> dict[str, str]:
    return {
        "id": key.id,
        "person": key.person,
        "state": key.state.value,
        "at": key.at.isoformat(),
        "by": key.by,
        "label": key.label,
    }


def _tell(problem: str, done: str, arguments: argparse.Namespace) -> int:
    if arguments.json:
        terminal.tell([json.dumps({"ok": not problem, "problem": problem}, indent=2)])
    elif problem:
        sys.stderr.write(f"{terminal.escaped(problem)}\n")
    else:
        terminal.tell([done])
    return TROUBLE if problem else 0
