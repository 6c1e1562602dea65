"""What does a text declare about AI, line by line?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.evidence.conventions import Convention, Conventions, Role, Tier, Where
from bot.domain.evidence.identities import named, tools_mentioned
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
    r"|(?:(?:was|were|is|has) (?:any )?(?:generative )?(?:ai|llms?)(?: tools?)?(?: (?:been )?used)?|ai[- ]assisted|ai used)"
    r" ?[?:]{1,2} ?(?:yes\b[-,.;: ]*)?"
)
# What speaks of AI only beside a tool we know, and in a subject of the code.
_TOOL_KEY = re.compile(
    r"(?:(?:ai|llm|coding)[-_ ](?:assistant|agent|model|author)|used[-_ ]ai|ai[-_ ]used|ai|author|agent|model|llm) ?: ?"
)
# One or two words beside a vendor's and numbers: "model: gpt-2 loads now" is a sentence.
_ONLY_A_NAME = re.compile(
    r"(?:(?:github|gitlab|google|openai|anthropic|amazon)[ /:]?)?[a-z]\S*(?: [a-z]\S*)?(?: v?[0-9]\S*)?"
    r"(?: ?[(<][^()<>]{0,80}[)>])?"
)
# A section of a template: what stands under it answers it.
_HEADING = re.compile(
    r"(?:generative )?(?:ai|llm)[-/ ](?:tools? )?(?:disclosure|disclaimer|usage|use|assistance|statement|declaration)"
    r"(?: disclosure| statement| declaration)?[?:]?"
    r"|(?:was|were|is|did you use|have you used) (?:any )?(?:generative )?(?:ai|llms?)(?: tools?)?(?: used| involved)?"
    r"(?: (?:for|in|to (?:write|create|make)) (?:this|the) [a-z]{1,20}(?: request)?)? ?[?:]?"
    r"|(?:ai|llm)[- ](?:assisted|generated|tools?(?: used)?) ?[?:]?"
)
_NO = re.compile(r"(?:no|none|not|nobody|never|false|n/a|without)\b")
# As in "AI-Tool: n/a, not Codex".
_NO_AGAINST = re.compile(r"(?:no|none|n/a)[,;]? (?:not|no|nor|neither|without)\b[^.;]*$")
_NO_AI = re.compile(r"(?:no|not|never|none)\b.{0,40}\b(?:ai|llms?)\b")
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
    text: str,
    conventions: Conventions,
    *,
    day: date | None = None,
    quotes: bool = False,
    titled: bool = True,
) -> Iterator[Remark]:
    """What a text declares. `day` is when it was written; `quotes`: it repeats texts of others, so
    that only who it says took part counts; `titled`: its first line is a title, or a subject.
    """
    boxes, heading, subject, before = list[Remark](), "", titled, set[str]()
    ticked = dict[str, str]()
    for line in spoken_lines(text):
        flat = plain(line)
        if not flat or (flat in before and not heading):
            continue
        before.add(flat)
        first, subject = subject, False
        if box := _BOX.match(flat):
            if box["tick"].strip() and not quotes:
                boxes += _ticked(opening(box["said"]), heading, line, conventions, day)
                ticked.update(dict.fromkeys(tools_mentioned(flat, conventions), line))
                yield from _fitting(Where.ANY, flat, line, conventions, day)
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
    yield from _settled(boxes, ticked)


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
    lines = conventions.matching(Where.LINE, start)
    known = [*lines, *conventions.matching(Where.ANY, flat)]
    if subject:
        # As in "ai-usage: count the tokens", which speaks of the code.
        asks = {it for it in lines if it.tier is Tier.INFERRED and it.source == "statement"}
        known = [it for it in known if it not in asks]
        known += conventions.matching(Where.SUBJECT, flat)
    found = [_remark(it.source, it, line, day) for it in known]
    found += _keyed(start, line, conventions, day, subject=subject)
    if not found:
        return found
    hidden = flat.startswith("<!--")
    # A line that declares its tool outright need not be guessed at as well.
    declared = any(
        remark.tier is Tier.DECLARED and remark.known.role is not Role.NONE for remark in found
    )
    return [it for it in found if it.tier is not Tier.INFERRED or not (declared or hidden)]


def _keyed(
    start: str, line: str, conventions: Conventions, day: date | None, *, subject: bool
) -> Iterator[Remark]:
    """What stands behind a key: "Assisted-by: …". A subject may speak so of the code."""
    if key := _ASSISTED_BY.match(start):
        # As in "ai-tools: run codex in the sandbox".
        if not (subject and len(start.split()) > _SUBJECT_WORDS):
            yield from _assistants(start[key.end() :], line, conventions, day)
    elif not subject and (key := _TOOL_KEY.match(start)):
        value = start[key.end() :]
        if _ONLY_A_NAME.fullmatch(value):
            found = _assistants(value, line, conventions, day)
            yield from (remark for remark in found if remark.known.tool)


def _ticked(
    said: str, heading: str, line: str, conventions: Conventions, day: date | None
) -> Iterator[Remark]:
    """What a ticked box says, and what it answers to the heading above it."""
    yield from _fitting(Where.BOX, said, line, conventions, day)
    if heading:
        answer = f"{heading}: {said}"
        answers = _fitting(Where.LINE, answer, line, conventions, day)
        yield from (remark for remark in answers if remark.tier is Tier.DECLARED)
        found = _keyed(answer, line, conventions, day, subject=False)
        short = len(said.split()) <= _GENERIC_WORDS
        yield from (remark for remark in found if short and remark.known.tool)


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
        yield from _though_no(value, line, conventions)
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


def _though_no(value: str, line: str, conventions: Conventions) -> Iterator[Remark]:
    """The tools that a "no" names all the same: "no, except for …"."""
    if _NO_AGAINST.match(value):
        return
    for tool in tools_mentioned(value, conventions):
        yield _asking(tool, line)


def _helping(role: Role) -> Role:
    return Role.ASSIST if role is Role.AUTHOR else role


def _settled(boxes: list[Remark], ticked: dict[str, str]) -> Iterator[Remark]:
    """Ticked boxes; a general yes beside a no answers nothing, and neither counts.

    A no beside a ticked box that names a tool is none: it asks.
    """
    general = {remark.known.role is Role.NONE for remark in boxes if not remark.known.tool}
    for remark in boxes:
        unsure = len(general) > 1 and not remark.known.tool
        denied = ticked and remark.known.role is Role.NONE
        yield replace(remark, tier=Tier.CONTEXT) if unsure or denied else remark
    if True in general or any(_NO_AI.match(line) for line in map(_said_in, ticked.values())):
        declared = {remark.known.tool for remark in boxes}
        yield from (_asking(tool, line) for tool, line in ticked.items() if tool not in declared)


def _said_in(line: str) -> str:
    box = _BOX.match(plain(line))
    return opening(box["said"]) if box else ""


def _asking(tool: str, line: str) -> Remark:
    """A tool that is named where a "no" is said."""
    known = Convention(id="", tool=tool, where=Where.ANY, tier=Tier.INFERRED, role=Role.ASSIST)
    return Remark(source="statement", known=known, tier=Tier.INFERRED, line=line)


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
