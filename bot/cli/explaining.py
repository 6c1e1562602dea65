"""How does it read in a terminal why a change is asked for, and of whom?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.cli import terminal
from bot.cli.reports import Answered, Explained
from bot.domain.asking.choosing import Choice
from bot.domain.change import Identity
from bot.domain.evidence.findings import Finding
from bot.domain.explanation import RuleAnswer, lines
from bot.domain.people import Roster
from bot.domain.provenance import because
from bot.domain.quorum import asks_nobody
from bot.domain.risk import Reason
from bot.domain.signoff import Ask, Deadline, DeadlineKind, Declaration, Requirement
from bot.domain.spans import duration, harmless

_DUE = {
    DeadlineKind.REMIND: "a reminder",
    DeadlineKind.WIDEN: "more of the same people are asked",
    DeadlineKind.ESCALATE: "it escalates",
    DeadlineKind.MANAGERS: "those of managers_to join",
    DeadlineKind.EXPIRE: "it expires, not approved",
}
_DECLARATIONS = {
    Declaration.ASK: "the author is asked whether AI helped, where nobody said so",
    Declaration.REQUIRED: "where nobody said whether AI helped, the author has to before anybody may approve",
}
_LONGEST = 300


def described(found: Explained) -> Iterator[str]:
    """For people, from what was found to who would be asked."""
    change, facts = found.change, found.judged.facts
    requirement = found.judged.judgement.requirement
    told = [
        harmless(change.title, 200),
        f"{change.repository} {change.revision[:12]} for {change.environment}, "
        f"judged as of {_moment(found.at)}",
        "",
        f"AI: {facts.provenance.status.value}: {because(facts.provenance)}",
        *map(finding_line, facts.provenance.findings),
        "",
        *_people(found),
        "",
        f"Risk: {facts.risk.tier.value}",
        *map(reason_line, facts.risk.reasons),
        "",
        "Policy",
        *tree(found.judged.judgement.answers),
        "",
        *_asks(requirement, found.at),
        *_choices(found.choices, requirement.asks, found.roster),
        *(f"note: {note}" for note in found.notes),
    ]
    return map(terminal.escaped, told)


def answered(said: Answered) -> Iterator[str]:
    """For people: what a server says."""
    changed = "" if said.current else "the policy has changed since; this is what it says now"
    told = [
        f"{said.signoff}: {said.status}",
        *([changed] if changed else []),
        "",
        "Policy",
        *tree(said.rules),
        *_choices(said.choices, (), None),
    ]
    return map(terminal.escaped, told)


def tree(rules: Iterable[RuleAnswer], indent: int = 2) -> Iterator[str]:
    """Every rule, met or not, and below it every sentence with the values it compared.

    Not escaped yet: whoever prints it does that.
    """
    for rule in rules:
        group = f"{rule.group} / " if rule.group else ""
        yield f"{' ' * indent}{_mark(rule.met)} {group}{rule.rule}: {rule.asks}"
        for depth, met, sentence in lines(rule.answer, 1):
            yield f"{' ' * (indent + 4 * depth)}{_mark(met)} {sentence}"


def asked_for(asks: Iterable[Ask]) -> str:
    """What is asked, in one line."""
    said = [ask_line(ask) for ask in asks if ask.approvals]
    return " and ".join(said) or "nobody has to sign"


def ask_line(ask: Ask) -> str:
    names = " or ".join((*sorted(ask.groups), *sorted(ask.people))) or "nobody"
    return f"{ask.approvals} × {ask.level} or above from {names}"


def finding_line(finding: Finding) -> str:
    place = f"{finding.source} in {finding.where}".replace(" in payload", "")
    gone = "" if finding.counts or finding.denies else ", which proves nothing by itself"
    return f"  - {place}, {finding.tier.value}{gone}: {harmless(finding.text, 200)}"


def reason_line(reason: Reason) -> str:
    paths = harmless(", ".join(reason.paths), _LONGEST)
    return f"  - {reason.tier.value}, {reason.kind}: {reason.sentence}" + (
        f" ({paths})" if paths else ""
    )


def choice_lines(choice: Choice, roster: Roster | None) -> Iterator[str]:
    """Whom one ask would go to; of the others those together who have the same reason."""
    for asked in choice.asked:
        yield f"    {_name(asked.person, roster)}: {'; '.join(asked.why)}"
    if not choice.asked:
        yield "    nobody: there is nobody who may sign"
    others: dict[str, list[str]] = {}
    for it in choice.passed_over:
        others.setdefault(it.why, []).append(_name(it.person, roster))
    for why, names in others.items():
        yield f"    not {', '.join(names)}: {why}"


def _people(found: Explained) -> Iterator[str]:
    facts, roster = found.judged.facts, found.roster
    author = facts.author
    known = f"{author.name} ({author.level})" if author else _stranger(found.change.author)
    yield f"Author: {known}"
    named = [roster.name(id) for id in sorted(facts.contributors.people)]
    yield f"Had a part, and may not sign: {', '.join(named) or 'nobody we know'}"
    if facts.contributors.unknown:
        names = harmless(", ".join(facts.contributors.unknown), _LONGEST)
        yield f"Not in the roster: {names}"


def _stranger(author: Identity) -> str:
    return f"{harmless(str(author), 100)} (not in the roster)"


def _asks(requirement: Requirement, at: datetime) -> Iterator[str]:
    yield f"Asked for: {asked_for(requirement.asks)}"
    yield from (f"  because {sentence}" for sentence in requirement.because)
    if requirement.shadow:
        yield "  the policy is in shadow mode: this is recorded, and the change let through"
    if asks_nobody(requirement):
        return
    if requirement.approve_reason:
        yield "  whoever approves has to say why"
    if requirement.declaration in _DECLARATIONS:
        yield f"  {_DECLARATIONS[requirement.declaration]}"
    yield from (f"  {_due(deadline, at)}" for deadline in requirement.deadlines)
    yield from (f"  to tick: {point}" for point in requirement.checklist)


def _due(deadline: Deadline, at: datetime) -> str:
    return f"after {duration(deadline.at - at)}: {_DUE[deadline.kind]} ({_moment(deadline.at)})"


def _choices(
    choices: Iterable[Choice], asks: Iterable[Ask], roster: Roster | None
) -> Iterator[str]:
    """Each under its ask, where that is known."""
    wanted = [ask for ask in asks if ask.approvals]
    for place, choice in enumerate(choices):
        ask = wanted[place] if place < len(wanted) else None
        yield ""
        yield f"Who would be asked{f' for {ask_line(ask)}' if ask else ''}"
        yield from choice_lines(choice, roster)
        if ask and ask.wider:
            yield f"    once it escalates, also from {' or '.join(sorted(ask.wider))}"


def _mark(met: bool) -> str:
    return "yes" if met else "no "


def _name(person: str, roster: Roster | None) -> str:
    return roster.name(person) if roster else person


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
