"""`countersign passkeys`: who can decide with which security key, and who lets in the first ones?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from bot.cli import terminal
from bot.domain.spans import harmless
from bot.engine import postroom
from bot.engine.postroom import LetIn, Passkey, TakeAway
from bot.engine.stepping_up import several_wait
from bot.engine.vouching import Vouching
from bot.offline.files import trouble
from bot.offline.outbox import TROUBLE, obey

_TITLES = ("FINGERPRINT", "PERSON", "STATE", "SINCE", "LET IN BY", "NAME")
_ENOUGH = 4
"""Letters by which one is removed. It is let in by all of them: whoever made it may have tried many
until it began as another does.
"""


def run(arguments: argparse.Namespace, url: str, vouching: Callable[[], Vouching]) -> int:
    """`[--json]`, `approve FINGERPRINT`, `remove FINGERPRINT`. `vouching` is asked for where a key is
    let in, and no server does it. Raises Misconfigured.
    """
    keys = _keys(url)
    if arguments.deed is None:
        _list(keys, as_json=arguments.json)
        return 0
    approves = arguments.deed == "approve"
    meant = [key for key in keys if _is_meant(key, arguments.fingerprint, whole=approves)]
    if len(meant) != 1:
        what = "no security key" if not meant else "more than one security key"
        how = "has all of" if approves else "begins with"
        return _tell(f"{what} {how} {arguments.fingerprint}", "", arguments)
    (key,) = meant
    if approves:
        order = LetIn(credential=key.id, fingerprint=key.fingerprint)
        outcome = obey(url, order, vouching=vouching)
        return _tell(outcome.problem, f"{key.person} can decide with it now", arguments)
    outcome = obey(url, TakeAway(credential=key.id))
    return _tell(outcome.problem, f"{key.person} can decide with it no more", arguments)


def _is_meant(key: Passkey, said: str, *, whole: bool) -> bool:
    """Groups and capitals are for people. What is to be removed may be called by its id as well."""
    letters, known = _letters(said), _letters(key.fingerprint)
    if whole:
        return letters == known
    return key.id == said or (len(letters) >= _ENOUGH and known.startswith(letters))


def _letters(text: str) -> str:
    return text.replace("-", "").replace(" ", "").upper()


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
        for person in sorted(several_wait(keys)):
            terminal.tell(
                [f"warning: more than one key of {person} waits: at most one is in their hand"]
            )
    else:
        terminal.tell(["No security key is registered."])


def _row(key: Passkey) -> tuple[str, ...]:
    name = harmless(key.label, 60)
    since = f"{key.at:%Y-%m-%d %H:%M}"
    return (key.fingerprint, key.person, key.state, since, key.by or "–", name)


def _facts(key: Passkey) -> dict[str, str]:
    return {
        "id": key.id,
        "fingerprint": key.fingerprint,
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
