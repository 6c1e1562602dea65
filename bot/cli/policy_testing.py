"""How does it read whether a policy asks for what its examples expect?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot import explained
from bot.cli import terminal
from bot.cli.explaining import tree
from bot.cli.reports import Mismatch, Tested
from bot.domain.explanation import RuleAnswer


def described(tested: Iterable[Tested]) -> Iterator[str]:
    """For people: a line for each example, and below it what was expected, and why it is not so."""
    every = list(tested)
    for it in every:
        where = f" ({it.file}, line {it.line})" if it.mismatches else ""
        yield terminal.escaped(f"{'FAIL' if it.mismatches else 'ok  '}  {it.name}{where}")
        yield from map(terminal.escaped, _mismatches(it.mismatches))
    fine = sum(not it.mismatches for it in every)
    yield f"{fine} of {len(every)} as expected"


def as_json(tested: Iterable[Tested]) -> dict[str, Any]:
    """The same for programs."""
    every = list(tested)
    return {
        "ok": not any(it.mismatches for it in every),
        "examples": [
            {
                "name": it.name,
                "file": it.file,
                "line": it.line,
                "ok": not it.mismatches,
                "mismatches": [_mismatch_as_json(mismatch) for mismatch in it.mismatches],
            }
            for it in every
        ],
    }


def _mismatches(mismatches: Iterable[Mismatch]) -> Iterator[str]:
    """Each, and then once the rules that led to any of them."""
    rules: dict[RuleAnswer, None] = {}
    for mismatch in mismatches:
        yield f"      {mismatch.what}: expected {mismatch.expected}"
        yield f"      {' ' * len(mismatch.what)}  got      {mismatch.got}"
        yield from (f"      {line}" for line in mismatch.more)
        rules |= dict.fromkeys(mismatch.rules)
    yield from tree(rules, indent=6)


def _mismatch_as_json(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "what": mismatch.what,
        "expected": mismatch.expected,
        "got": mismatch.got,
        "rules": explained.as_json(mismatch.rules, ())["rules"],
        "more": [line.strip() for line in mismatch.more],
    }
