"""What does each line of a card say?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import FileChange, Identity
from bot.domain.contributors import NOBODY
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.people import Roster
from bot.domain.places import places_of
from bot.domain.predicates import TOUCHES
from bot.domain.provenance import AiStatus
from bot.domain.risk.content import PASSED
from bot.domain.risk.reasons import Reason
from bot.domain.signoff import Signoff, Status
from bot.domain.spans import Fact, Link, Moment, Ours, Span, Theirs, harmless

OTHERS_SHOWN, GLOBS_LOOKED_AT = 4, 5
TITLE_IN_A_LINE, QUOTED_AT_MOST, EVIDENCE_AT_MOST = 80, 300, 100
CHECKS_AT_MOST = 80

SKIPPED = ("neutral", "skipped")
"""Conclusions that hold nothing up, and say nothing."""

ORDINARY, SIZE = "content", "size"
"""Reasons for a risk: that it changes anything at all but words, and that it is large."""

NOTHING_ELSE = "Nothing stands out"

UNSETTLED = "About to be approved"
"""The headline while an approval may still be taken back."""

HEADLINES = {
    Status.PENDING: "Sign-off needed",
    Status.APPROVED: "Approved",
    Status.REJECTED: "Rejected",
    Status.EXPIRED: "Expired, not approved",
    Status.SUPERSEDED: "Superseded by a newer change",
    Status.WITHDRAWN: "Withdrawn",
    Status.OVERRIDDEN: "Overridden in an emergency",
    Status.NOT_REQUIRED: "No sign-off required",
}


AI_ANSWERS = {
    AiStatus.ASSISTED: "an AI tool helped",
    AiStatus.CONTRADICTED: "the author says no, the evidence says yes",
    AiStatus.SUSPECTED: "perhaps; nobody said so",
    AiStatus.UNDECLARED: "nobody said whether it helped, and nothing was found",
    AiStatus.DECLARED_HUMAN: "none, says the author",
    AiStatus.AUTOMATION: "an automation, which is not AI",
}


def place_of(signoff: Signoff) -> str:
    """What ships where, in one line."""
    change = signoff.change
    return f"{harmless(change.repository, 60)} → {harmless(change.environment, 30)}"


def headline(signoff: Signoff) -> str:
    if signoff.settling:
        return UNSETTLED
    if signoff.bypassed:
        return f"{HEADLINES[signoff.status]}, and {signoff.change.deed} all the same"
    failed = signoff.shipment is not None and not signoff.shipment.succeeded
    return f"{HEADLINES[signoff.status]}{', deployment failed' if failed else ''}"


def who(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """The author, with the level that may be why anybody is asked, and the others."""
    change, contributors = signoff.change, signoff.contributors
    author = roster.identify(change.author)
    known = author.id if author else ""
    others = [roster.name(person) for person in sorted(contributors.people) if person != known]
    more = f" and {len(others) - OTHERS_SHOWN} more" if len(others) > OTHERS_SHOWN else ""
    spans: list[Span] = [*_named(change.author, roster)]
    if author:
        spans.append(Ours(f" ({author.level})"))
    if others:
        spans.append(Ours(f", with {', '.join(others[:OTHERS_SHOWN])}{more}"))
    strangers = [name for name in contributors.unknown if name != str(change.author)]
    if strangers == [NOBODY]:
        spans.append(Ours("; no human being is named"))
    elif strangers:
        spans += [Ours("; also, not in the roster: "), Theirs(harmless(", ".join(strangers), 150))]
    return tuple(spans)


def _named(identity: Identity, roster: Roster) -> tuple[Span, ...]:
    person = roster.identify(identity)
    if person:
        return (Ours(person.name),)
    return (Theirs(harmless(str(identity), 80)), Ours(" (not in the roster)"))


def ai(signoff: Signoff, shown: int) -> tuple[Span, ...]:
    """The answer, then the strongest evidence; none of it is `shown` for 0."""
    findings = signoff.provenance.findings
    tools = ", ".join(signoff.provenance.tools)
    answer = AI_ANSWERS[signoff.provenance.status]
    spans: list[Span] = [Ours(f"{answer}: {tools}" if tools else answer)]
    for finding in findings[:shown]:
        said = harmless(finding.text, EVIDENCE_AT_MOST)
        spans += [Ours(f"\n• {_source(finding)}: "), Theirs(f"“{said}”")]
    return (*spans, *_left_out(len(findings), shown))


def _source(finding: Finding) -> str:
    """Where it stood; what somebody declared goes without saying."""
    place = f"{finding.source} in {finding.where}".replace(" in payload", "")
    return place if finding.tier is Tier.DECLARED else f"{place} ({finding.tier.value})"


def changed(signoff: Signoff, shown: int) -> tuple[Span, ...]:
    change = signoff.change
    if not change.files_complete and not change.files:
        return (Ours("not known: the pipeline did not say which files"),)
    count = f"{len(change.files):,} file{'' if len(change.files) == 1 else 's'}"
    more = "" if change.files_complete else ", and more than we were shown"
    unseen = "" if change.commits_complete else "; not all of its commits are known"
    lines = f"+{change.additions:,} −{change.deletions:,}"
    spans: list[Span] = [Ours(f"{count}, {lines}{more}{unseen}")]
    for file in _ordered(signoff, shown)[:shown]:
        renamed = f" (was {file.previous_path})" if file.previous_path else ""
        line = harmless(f"{file.path}{renamed}", 120)
        spans += [Ours("\n• "), Theirs(f"{line}  +{file.additions} −{file.deletions}")]
    return (*spans, *_left_out(len(change.files), shown))


def _ordered(signoff: Signoff, shown: int) -> Sequence[FileChange]:
    """Those that rules and risk speak of, then the largest."""
    first = _that_matter(signoff, shown) if shown else set()
    return sorted(
        signoff.change.files,
        key=lambda file: (first.isdisjoint(file.paths), -(file.additions + file.deletions)),
    )


def _that_matter(signoff: Signoff, shown: int) -> set[str]:
    """The paths that rules and risk speak of."""
    because, risk = signoff.requirement.because, signoff.risk
    globs = [said.removeprefix(TOUCHES) for said in because if said.startswith(TOUCHES)]
    touched = places_of(signoff.change.paths).within(globs[:GLOBS_LOOKED_AT], limit=shown)
    risky = (path for reason in (risk.reasons if risk else ()) for path in reason.paths)
    return {*touched, *risky}


def checks(signoff: Signoff) -> tuple[Span, ...]:
    """Whatever did not pass comes first; then how many did, and the first names of these."""
    named: dict[str, list[str]] = {"passed": [], "skipped": [], "": []}
    for check in signoff.change.checks:
        word = check.conclusion.strip().casefold()
        sort = "skipped" if word in SKIPPED else "passed" if word in PASSED else ""
        said = "" if sort else f": {check.conclusion or 'not finished'}"
        named[sort].append(f"{check.name}{said}")
    spans: list[Span] = [Theirs(harmless(" · ".join(named[""]), 300))] if named[""] else []
    for sort in ("passed", "skipped"):
        if found := named[sort]:
            lead = f"{'; ' if spans else ''}{len(found)} {sort}: "
            spans += [Ours(lead), Theirs(harmless(", ".join(found), CHECKS_AT_MOST))]
    return tuple(spans)


def risk(signoff: Signoff, shown: int, *, paths: bool = False) -> tuple[Span, ...]:
    """The tier, and what speaks for it: territory first, size last."""
    found = signoff.risk
    if found is None:
        return ()
    spans: list[Span] = [Ours(found.tier.value)]
    if [reason.kind for reason in found.reasons] == [ORDINARY]:
        return (*spans, Ours(f"\n• {NOTHING_ELSE}"))
    for reason in found.reasons[:shown]:
        named = bool(reason.paths) and paths
        spans.append(Ours(f"\n• {_reason(reason)}{': ' if named else ''}"))
        if named:
            spans.append(Theirs(harmless(", ".join(reason.paths), 200)))
    return (*spans, *_left_out(len(found.reasons), shown))


def _reason(reason: Reason) -> str:
    """How large it is, the line of what changed says to the last line."""
    sentence = reason.sentence.rstrip(".")
    return sentence.partition(":")[0] if reason.kind == SIZE else sentence


def _left_out(count: int, shown: int) -> tuple[Span, ...]:
    return (Ours(f"\n• and {count - shown:,} more"),) if count > shown > 0 else ()


def quoted(reason: str) -> tuple[Span, ...]:
    said = harmless(reason, QUOTED_AT_MOST)
    return (Ours(": "), Theirs(f"“{said}”")) if said else ()


def listed(lines: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    """One line as it is, several as a list."""
    if len(lines) == 1:
        return tuple(lines[0])
    return tuple(span for line in lines for span in (Ours("\n• "), *line))


def expires(signoff: Signoff) -> tuple[Span, ...]:
    if signoff.status.is_final or signoff.settling or signoff.expires_at is None:
        return ()
    return (Moment(signoff.expires_at), Ours("; unanswered, the pipeline is stopped"))


def revision(signoff: Signoff) -> tuple[Span, ...]:
    change = signoff.change
    commit = Theirs(f"{harmless(change.revision, 64)[:12]} ")
    if change.link:
        return (commit, Link("the change", change.link))
    return (commit, Theirs(harmless(change.url, 200))) if change.url else (commit,)


def details(signoff: Signoff) -> tuple[Fact, ...]:
    change = signoff.change
    return (
        Fact(label="Description", spans=_text(change.description, 1500)),
        Fact(label="Rules met", spans=_text("; ".join(signoff.requirement.rules), 1000)),
        Fact(label="Artifact", spans=_text(change.artifact_digest, 100)),
        Fact(label="Key", spans=_text(change.key, 200)),
        Fact(label="Opened", spans=(Moment(signoff.opened_at), Ours(f" as {signoff.id}"))),
    )


def _text(text: str, limit: int) -> tuple[Span, ...]:
    return (Theirs(harmless(text, limit)),) if text.strip() else ()


def sentences(said: tuple[str, ...]) -> tuple[Span, ...]:
    return (Ours("; ".join(said)),) if said else ()


def line_of(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    """One line about a signoff among others: what, how risky, and by when, or what came of it."""
    title = harmless(signoff.change.title, TITLE_IN_A_LINE)
    about = (Theirs(place_of(signoff)), Ours(": "), Theirs(f"“{title}”"))
    if signoff.status.is_final:
        newer = f" ({signoff.ended_by})" if signoff.status is Status.SUPERSEDED else ""
        return (Ours(f"{headline(signoff)}{newer}: "), *about)
    risk = f", risk {signoff.risk.tier.value}" if signoff.risk else ""
    taken = f", {roster.name(signoff.claim.person)} is on it" if signoff.claim else ""
    due = (Ours(", expires "), Moment(signoff.expires_at)) if signoff.expires_at else ()
    return (*about, Ours(f"{risk}{taken}"), *due)
