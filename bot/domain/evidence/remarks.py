"""What does a text declare about AI, line by line?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.evidence.conventions import Convention, Conventions, Role, Tier, Where
from bot.domain.evidence.identities import named
from bot.domain.lines import LINE_AT_MOST, opening, plain, spoken_lines

_CO_AUTHOR = re.compile(
    r"(?:co[-_ ]?(?:author|develop)(?:ed|s)?[-_ ]?(?:by|with)|co[-_ ]?author(?=:)|signed[-_ ]off[-_ ]by) ?:? ?"
    r"|(?:authored|written|implemented|coded|created|developed)[-_]by ?: ?"
    r"|pair(?:ed|[-_ ]programmed)[-_]with ?: ?"
)
_ASSISTED_BY = re.compile(
    r"(?:ai[-_ ])?(?:assisted|generated)[-_ ](?:by|with) ?: ?|(?:ai[-_ ])?assisted (?:by|with) "
    r"|(?:ai[-_ ](?:assisted|generated)|tools?[-_ ]used|(?:ai|llm)[-_ ](?:tools?(?:[-_ ]used)?"
    r"|assistance|disclosure|disclaimer|usage|use|statement|declaration)) ?: ?"
)
# A section of a template: what stands under it answers it.
_HEADING = re.compile(
    r"(?:generative )?(?:ai|llm)[-/ ](?:tools? )?(?:disclosure|disclaimer|usage|use|assistance|statement|declaration)"
    r"(?: disclosure| statement| declaration)?[?:]?"
)
_NO = re.compile(r"(?:no|none|not|nobody|never|false|n/a|without)\b")
_BOX = re.compile(r"[-*+>|• ]{0,8}(?:\d{1,3}[.)] ?)?\[(?P<tick> ?|x|✓|✔|✅)\] ?(?P<said>.*)")
_REVERTED = re.compile(r'(?:revert|reapply)(?:s|ed)?:? ?["“\'‘]')  # noqa: RUF001
_GENERIC_WORDS = 6
_SUBJECT_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A line that declares something, and what by which convention."""

    source: str
    known: Convention
    tier: Tier
    line: str


def remarks(
    text: str, conventions: Conventions, *, day: date | None = None, quotes: bool = False
) -> Iterator[Remark]:
    """What a text declares. `day` is when it was written; `quotes`: it repeats texts of others, so
    that only who it says took part counts.
    """
    boxes, heading, subject, before = list[Remark](), "", True, set[str]()
    for line in spoken_lines(text):
        flat = plain(line)
        if not flat or (flat in before and not heading):
            continue
        before.add(flat)
        first, subject = subject, False
        if box := _BOX.match(flat):
            if box["tick"].strip() and not quotes:
                boxes += _fitting(Where.BOX, opening(box["said"]), line, conventions, day)
                yield from _anywhere(flat, line, conventions, day)
            continue
        start = opening(flat)
        if _REVERTED.match(start):
            continue
        if _CO_AUTHOR.match(start):
            yield from _people(start, line, conventions, day)
        if not quotes:
            answer = f"{heading}: {start}" if heading else start
            yield from _said(answer, flat, line, conventions, day, subject=first)
            heading = start.rstrip("?: ") if _HEADING.fullmatch(start) else ""
    yield from _settled(boxes)


def tools_in(value: str, conventions: Conventions) -> tuple[Convention, ...]:
    """The tools a value names: those with a name, else AI of no known make, else nothing."""
    found = conventions.matching(Where.VALUE, opening(plain(value[:LINE_AT_MOST])))
    return tuple(known for known in found if known.tool) or found


def _people(start: str, line: str, conventions: Conventions, day: date | None) -> Iterator[Remark]:
    """Who a trailer says took part: several may stand on one line."""
    for value in _CO_AUTHOR.split(start)[1:]:
        for known in named(*_name_and_address(value), conventions):
            yield _remark("co-author trailer", known, line, day)


def _said(
    start: str, flat: str, line: str, conventions: Conventions, day: date | None, *, subject: bool
) -> list[Remark]:
    known = [*conventions.matching(Where.LINE, start), *conventions.matching(Where.ANY, flat)]
    if subject:
        known += conventions.matching(Where.SUBJECT, flat)
    found = [_remark(it.source, it, line, day) for it in known]
    # "ai-tools: run codex in the sandbox" is what a subject says of the code.
    key = _ASSISTED_BY.match(start)
    if key and not (subject and len(start.split()) > _SUBJECT_WORDS):
        found += _assistants(start[key.end() :], line, conventions, day)
    if not found:
        return found
    hidden = flat.startswith("<!--")
    # A line that declares its tool outright need not be guessed at as well.
    declared = any(
        remark.tier is Tier.DECLARED and remark.known.role is not Role.NONE for remark in found
    )
    return [it for it in found if it.tier is not Tier.INFERRED or not (declared or hidden)]


def _anywhere(flat: str, line: str, conventions: Conventions, day: date | None) -> Iterator[Remark]:
    return _fitting(Where.ANY, flat, line, conventions, day)


def _fitting(
    where: Where, text: str, line: str, conventions: Conventions, day: date | None
) -> Iterator[Remark]:
    for known in conventions.matching(where, text):
        yield _remark(known.source, known, line, day)


def _assistants(
    value: str, line: str, conventions: Conventions, day: date | None
) -> Iterator[Remark]:
    """The tools in the value of an Assisted-by line; people help too, and are nobody's tool."""
    if _NO.match(value):
        return
    name, address = _name_and_address(value)
    if address:
        found = [
            known for known in named(name, address, conventions) if known.tier is Tier.DECLARED
        ]
        found += [known for known in tools_in(name, conventions) if found and known.tool]
    else:
        short = len(value.split()) <= _GENERIC_WORDS
        found = [known for known in tools_in(value, conventions) if known.tool or short]
    for known in found:
        yield _remark("trailer", replace(known, role=_helping(known.role)), line, day)


def _helping(role: Role) -> Role:
    return Role.ASSIST if role is Role.AUTHOR else role


def _settled(boxes: list[Remark]) -> Iterator[Remark]:
    """Ticked boxes; a general yes beside a no answers nothing, and neither counts."""
    general = {remark.known.role is Role.NONE for remark in boxes if not remark.known.tool}
    for remark in boxes:
        both = len(general) > 1 and not remark.known.tool
        yield replace(remark, tier=Tier.CONTEXT) if both else remark


def _remark(source: str, known: Convention, line: str, day: date | None) -> Remark:
    tier = known.tier_on(day)
    # Only the platform can sign; what a text says is a claim.
    return Remark(
        source=source,
        known=known,
        tier=Tier.DECLARED if tier is Tier.SIGNED else tier,
        line=line,
    )


def _name_and_address(value: str) -> tuple[str, str]:
    name, bracket, rest = value.partition("<")
    if bracket:
        return name.strip(), rest.partition(">")[0].strip()
    words = value.split()
    address = next((word for word in words if "@" in word), "")
    return " ".join(word for word in words if word != address), address.strip("()")
