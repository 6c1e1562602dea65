"""How is it written in JSON why something is asked, and why of these people? And read again?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from bot.domain.asking.choosing import Choice, PassedOver
from bot.domain.explanation import Answer, RuleAnswer
from bot.domain.signoff import Asked

Item = TypeVar("Item")


class NotExplained(Exception):
    """What was read is no explanation; the text is a sentence that says where."""


def as_json(answers: tuple[RuleAnswer, ...], choices: tuple[Choice, ...]) -> dict[str, object]:
    """`{"rules": […], "choices": […]}`: every rule with its tree, and one choice for each ask."""
    return {
        "rules": [_rule(answer) for answer in answers],
        "choices": [_choice(choice) for choice in choices],
    }


def read(said: object) -> tuple[tuple[RuleAnswer, ...], tuple[Choice, ...]]:
    """The same from JSON; other keys beside `rules` and `choices` are not looked at. NotExplained."""
    return (
        _items(_key(said, "rules"), "rules", _read_rule),
        _items(_key(said, "choices"), "choices", _read_choice),
    )


def _rule(said: RuleAnswer) -> dict[str, object]:
    return {
        "rule": said.rule,
        "group": said.group,
        "origin": said.origin,
        "met": said.met,
        "asks": said.asks,
        "answer": _answer(said.answer),
    }


def _answer(said: Answer) -> dict[str, object]:
    parts = [_answer(part) for part in said.parts]
    return {"met": said.met, "sentence": said.sentence, "parts": parts}


def _choice(choice: Choice) -> dict[str, object]:
    return {
        "asked": [{"person": it.person, "why": list(it.why)} for it in choice.asked],
        "passed_over": [{"person": it.person, "why": it.why} for it in choice.passed_over],
    }


def _read_rule(said: object, where: str) -> RuleAnswer:
    return RuleAnswer(
        rule=_text(said, "rule", where),
        answer=_read_answer(_key(said, "answer"), f"{where}.answer"),
        asks=_text(said, "asks", where),
        group=_text(said, "group", where),
        origin=_text(said, "origin", where),
    )


def _read_answer(said: object, where: str) -> Answer:
    met = _key(said, "met")
    if not isinstance(met, bool):
        raise NotExplained(f"{where}.met must be true or false")
    parts = _items(_key(said, "parts"), f"{where}.parts", _read_answer)
    return Answer(met, _text(said, "sentence", where), parts)


def _read_choice(said: object, where: str) -> Choice:
    return Choice(
        asked=_items(_key(said, "asked"), f"{where}.asked", _read_asked),
        passed_over=_items(_key(said, "passed_over"), f"{where}.passed_over", _read_passed_over),
    )


def _read_asked(said: object, where: str) -> Asked:
    why = _items(_key(said, "why"), f"{where}.why", _read_text)
    return Asked(person=_text(said, "person", where), why=why)


def _read_passed_over(said: object, where: str) -> PassedOver:
    return PassedOver(person=_text(said, "person", where), why=_text(said, "why", where))


def _key(said: object, key: str) -> object:
    return said.get(key) if isinstance(said, dict) else None


def _items(said: object, where: str, read_one: Callable[[object, str], Item]) -> tuple[Item, ...]:
    if not isinstance(said, list):
        raise NotExplained(f"{where} must be a list")
    found: Iterable[tuple[int, object]] = enumerate(said)
    return tuple(read_one(item, f"{where}[{place}]") for place, item in found)


def _text(said: object, key: str, where: str) -> str:
    return _read_text(_key(said, key), f"{where}.{key}")


def _read_text(said: object, where: str) -> str:
    if not isinstance(said, str):
        raise NotExplained(f"{where} must be a text")
    return said
