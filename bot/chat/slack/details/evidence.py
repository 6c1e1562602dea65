"""What shows that AI helped, who said so, and what does a form ask that takes evidence away?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.slack.modals import reason_input
from bot.chat.slack.names import DOUBT, DOUBT_FORM
from bot.chat.slack.presses import Submission
from bot.chat.slack.quick import NO_REASON, REASON
from bot.chat.slack.richtext import Block, plain, section, spoken, within, words
from bot.chat.slack.subjects import Subject
from bot.domain.evidence.findings import Finding
from bot.domain.people import Roster
from bot.domain.provenance import Statement
from bot.domain.quorum import says_why
from bot.domain.signoff import SetAside, Signoff
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless

FINDING = "finding"

EVIDENCE_BUDGET = 9_000
"""Characters for all evidence together."""

OPTIONS_AT_MOST, OPTION_AT_MOST = 100, 75
QUOTED_AT_MOST = 200

NO_CHOICE = "Please choose the evidence that is wrong."
_REASON_HINT = (
    "It stays on record, with your name, for everybody who looks at the details. "
    "The change is judged anew without this evidence, once as many said so as would have to approve."
)


def evidence(signoff: Signoff, roster: Roster) -> list[Block]:
    """Every finding word for word, what became of it, and what people answered.

    What it all comes to stands further up, beside the risk.
    """
    found = signoff.provenance.findings
    aside: dict[str, list[SetAside]] = {}
    for one in signoff.set_aside:
        aside.setdefault(one.finding, []).append(one)
    lines = [_finding(n, it, aside.get(it.id, []), roster) for n, it in enumerate(found, 1)]
    said = [_statement(statement, roster) for statement in signoff.statements]
    known = {finding.id for finding in found}
    gone = [one for one in signoff.set_aside if one.finding not in known]
    parts = [
        *([] if found else [section(words("No evidence was found"))]),
        *(section(*spoken(line)) for line in lines),
        *([section(words("Answers", bold=True))] if said else []),
        *(section(*spoken(line)) for line in said),
        *([section(words("Set aside, and not kept", bold=True))] if gone else []),
        *(section(*spoken(_aside(one, roster))) for one in gone),
    ]
    return within(parts, EVIDENCE_BUDGET)


def doubtful(signoff: Signoff) -> list[tuple[int, Finding]]:
    """What may be taken away, with the number it has in the details: whatever still counts."""
    numbered = enumerate(signoff.provenance.findings, 1)
    return [(n, found) for n, found in numbered if found.counts or found.denies]


def doubt_button(subject: Subject, block_id: str) -> Block:
    button = {
        "type": "button",
        "action_id": DOUBT,
        "text": plain("This evidence is wrong…"),
        "value": subject.pack(),
    }
    return {"type": "actions", "block_id": block_id, "elements": [button]}


def doubt_form(subject: Subject, found: Sequence[tuple[int, Finding]]) -> Block:
    """Which finding, and why it is wrong; `found` is what may be taken away, and not empty."""
    options = [
        {"text": plain(harmless(_short(n, it), OPTION_AT_MOST)), "value": it.id} for n, it in found
    ][:OPTIONS_AT_MOST]
    only = {"initial_option": options[0]} if len(options) == 1 else {}
    select: Block = {"type": "static_select", "action_id": FINDING, "options": options, **only}
    return {
        "type": "modal",
        "callback_id": DOUBT_FORM,
        "private_metadata": subject.pack(),
        "title": plain("This evidence is wrong"),
        "submit": plain("Set aside"),
        "close": plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": FINDING,
                "label": plain("Which evidence is wrong?"),
                "element": select,
            },
            reason_input("Why is it wrong?", _REASON_HINT),
        ],
    }


def missing(form: Submission) -> dict[str, str]:
    """What the person can mend in their answers, by block."""
    wrong = {}
    if not form.chosen(FINDING):
        wrong[FINDING] = NO_CHOICE
    if not says_why(form.text(REASON)):
        wrong[REASON] = NO_REASON
    return {block: why for block, why in wrong.items() if block in form.blocks}


def _finding(n: int, found: Finding, aside: list[SetAside], roster: Roster) -> list[Span]:
    place = f"{n}. {found.source} in {found.where}, {found.tier.value}: "
    spans: list[Span] = [Ours(place), Theirs(f"“{harmless(found.text, QUOTED_AT_MOST)}”")]
    if found.tool:
        spans += [Ours(" ("), Theirs(harmless(found.tool, 60)), Ours(")")]
    if not found.present:
        spans.append(Ours(", in an earlier revision"))
    for one in aside:
        spans += [Ours(". "), *_aside(one, roster)]
    if aside and not found.set_aside:
        spans.append(Ours(". It still counts: that takes those who would have to approve"))
    return spans


def _aside(aside: SetAside, roster: Roster) -> list[Span]:
    reason = Theirs(f"“{harmless(aside.reason, QUOTED_AT_MOST)}”")
    lead = Ours(f"Set aside by {roster.name(aside.by)} ")
    return [lead, Moment(aside.at), Ours(": "), reason]


def _statement(said: Statement, roster: Roster) -> list[Span]:
    answer = "AI helped" if said.assisted else "AI did not help"
    about = Theirs(harmless(said.revision, 64)[:12])
    who = Ours(f"{roster.name(said.person)} said that {answer} ")
    return [who, Moment(said.at), Ours(", about revision "), about]


def _short(n: int, found: Finding) -> str:
    return f"{n}. {found.source}: {found.text}"
