"""Did the approvers themselves approve this: with security keys that whoever deploys knows?

Then it is not Countersign's word alone that lets it go on. Needs `cryptography`, unlike all else here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bot import assertions, strict_json
from bot.agent.vouching import Told
from bot.ports import Malformed

_Keys = Mapping[str, tuple[str, ...]]


def read(text: str) -> Callable[[Told], list[str]]:
    """What finds out what speaks against a statement. `{"ada": ["<COSE key in base64url>"]}`.

    Raises ValueError for a file of another shape.
    """
    try:
        told = strict_json.decode(text.encode("utf-8", "replace"))
    except Malformed as why:
        raise ValueError(str(why)) from None
    if not isinstance(told, dict) or not all(map(_is_list_of_keys, told.values())):
        raise ValueError('it must be like {"ada": ["<key in base64url>"]}')
    keys = {person: tuple(theirs) for person, theirs in told.items()}
    return lambda statement: list(_against(statement, keys))


def _is_list_of_keys(value: object) -> bool:
    return isinstance(value, list) and all(map(assertions.is_key, value))


def _against(statement: Told, keys: _Keys) -> Iterator[str]:
    """Nothing passes on Countersign's word alone: neither an override nor what no policy asked for."""
    predicate = statement.get("predicate")
    told = predicate if isinstance(predicate, dict) else {}
    reviews = told.get("reviews")
    found = [it for it in (reviews if isinstance(reviews, list) else []) if isinstance(it, dict)]
    last = {str(it.get("person")): it for it in found}
    approvals = [it for it in last.values() if it.get("verdict") == "approve"]
    if told.get("status") != "approved" or not approvals:
        yield "no approver approved it with a key of their own"
    yield from assertions.problems(
        statement, lambda person, key: key in keys.get(person, ()), approvals
    )
