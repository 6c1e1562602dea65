"""What does each line of a card say?"""

from __future__ import annotations

from typing import assert_never

from bot.domain.change import Identity
from bot.domain.contributors import NOBODY
from bot.domain.people import Roster
from bot.domain.places import places_of
from bot.domain.provenance import AiStatus
from bot.domain.quorum import awaits_declaration, is_current, missing, wanted
from bot.domain.signoff import Asked, Review, Signoff, Status, Verdict
from bot.domain.spans import Fact, Link, Moment, Ours, Span, Theirs, duration, harmless

EVIDENCE_SHOWN, REASONS_SHOWN, GLOBS_LOOKED_AT = 3, 3, 5

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


def outcome(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    if signoff.decided_at is None:
        return ()
    took = duration(signoff.decided_at - signoff.opened_at)
    return (*_ended(signoff, roster), Ours(f" after {took}. "), *_told(signoff))


def _ended(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    match signoff.status:
        case Status.APPROVED | Status.REJECTED:
            last = signoff.reviews[-1]
            by = Ours(f"{HEADLINES[signoff.status]} by {roster.name(last.person)}")
            return (by, *_quoted(last.reason))
        case Status.EXPIRED:
            return (Ours("Nobody decided in time, so the pipeline is stopped"),)
        case Status.SUPERSEDED:
            return (Ours(f"Replaced by {signoff.ended_by}"),)
        case Status.WITHDRAWN | Status.OVERRIDDEN:
            by = Ours(f"{HEADLINES[signoff.status]} by {roster.name(signoff.ended_by)}")
            return (by, *_quoted(signoff.ended_why))
        case Status.NOT_REQUIRED if signoff.requirement.shadow:
            return (Ours("Policy is in shadow mode: recorded, and let through"),)
        case Status.NOT_REQUIRED:
            return (Ours("Policy asks nobody to sign this"),)
        case Status.PENDING:
            return ()
        case _:
            assert_never(signoff.status)


def _told(signoff: Signoff) -> tuple[Span, ...]:
    if not signoff.change.reply_to:
        return (Ours("The pipeline asks for the answer itself."),)
    if signoff.report is None:
        return (Ours("The pipeline is being told."),)
    if signoff.report.accepted:
        word = "go on" if signoff.status.proceed else "stop"
        return (Ours(f"The pipeline was told to {word} at "), Moment(signoff.report.at))
    return (
        Ours("The pipeline did not accept our answer: "),
        Theirs(harmless(signoff.report.detail, 200)),
    )


def who(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    change, contributors = signoff.change, signoff.contributors
    others = [roster.name(p) for p in sorted(contributors.people)]
    author = roster.identify(change.author)
    spans: list[Span] = [*_named(change.author, roster)]
    if author:
        spans.append(Ours(f" ({author.level})"))
        others = [name for name in others if name != author.name]
    if others:
        spans.append(Ours(f", with {', '.join(others)}"))
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


def ai(signoff: Signoff, *, detailed: bool) -> tuple[Span, ...]:
    findings = signoff.provenance.findings
    shown = findings if detailed else findings[:EVIDENCE_SHOWN]
    tools = ", ".join(signoff.provenance.tools)
    answer = AI_ANSWERS[signoff.provenance.status]
    spans: list[Span] = [Ours(f"{answer}: {tools}" if tools else answer)]
    for finding in shown:
        place = f"{finding.source} in {finding.where}".replace(" in payload", "")
        spans += [Ours(f"\n• {place}, {finding.tier.value}: "), Theirs(harmless(finding.text, 160))]
    if len(findings) > len(shown):
        spans.append(Ours(f"\n• and {len(findings) - len(shown)} more"))
    return tuple(spans)


def changed(signoff: Signoff, shown: int) -> tuple[Span, ...]:
    change = signoff.change
    if not change.files_complete and not change.files:
        return (Ours("not known: the pipeline did not say which files"),)
    count = f"{len(change.files)} file{'' if len(change.files) == 1 else 's'}"
    more = "" if change.files_complete else ", and more than we were shown"
    unseen = "" if change.commits_complete else "; not all of its commits are known"
    lines = f"+{change.additions} −{change.deletions}"
    spans: list[Span] = [Ours(f"{count}, {lines}{more}{unseen}")]
    first = _that_matter(signoff, shown)
    ordered = sorted(
        change.files,
        key=lambda file: (first.isdisjoint(file.paths), -(file.additions + file.deletions)),
    )
    for file in ordered[:shown]:
        renamed = f" (was {file.previous_path})" if file.previous_path else ""
        line = harmless(f"{file.path}{renamed}", 120)
        spans += [Ours("\n• "), Theirs(f"{line}  +{file.additions} −{file.deletions}")]
    if len(ordered) > shown:
        spans.append(Ours(f"\n• and {len(ordered) - shown} more"))
    return tuple(spans)


def _that_matter(signoff: Signoff, shown: int) -> set[str]:
    """The paths that rules and risk speak of."""
    because, risk = signoff.requirement.because, signoff.risk
    globs = [said.removeprefix("touches ") for said in because if said.startswith("touches ")]
    touched = places_of(signoff.change.paths).within(globs[:GLOBS_LOOKED_AT], limit=shown)
    risky = (path for reason in (risk.reasons if risk else ()) for path in reason.paths)
    return {*touched, *risky}


def checks(signoff: Signoff) -> tuple[Span, ...]:
    said = [f"{check.name}: {check.conclusion}" for check in signoff.change.checks]
    return (Theirs(harmless(" · ".join(said), 300)),) if said else ()


def needs(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    if signoff.status.is_final:
        return ()
    asked = ", ".join(_asked(invited, roster) for invited in signoff.invited)
    whom = f"; asked: {asked}" if asked else "; nobody could be asked: Details says who may sign"
    so_far = f"; {missing(signoff).removesuffix('.')}" if signoff.reviews else ""
    first = "; the author has to say first whether AI helped" if awaits_declaration(signoff) else ""
    return (Ours(wanted(signoff) + so_far + first + whom),)


def _asked(asked: Asked, roster: Roster) -> str:
    """With the first reason: the rest is for those who want to know more."""
    why = f" ({asked.why[0]})" if asked.why else ""
    return f"{roster.name(asked.person)}{why}"


def why_you(signoff: Signoff, reader: str) -> tuple[Span, ...]:
    found = (asked.why for asked in signoff.invited if asked.person == reader)
    return () if signoff.status.is_final else sentences(next(found, ()))


def since(signoff: Signoff) -> tuple[Span, ...]:
    """What is different from the revision before: whoever looked at that one need not start anew."""
    told = signoff.since
    if told is None:
        return ()
    before = Ours(f"{told.signoff_id} asked about revision ")
    revision = Theirs(harmless(told.revision, 64)[:12])
    if told.identical:
        kept = sum(bool(review.carried) for review in signoff.reviews)
        said = (
            f"; {kept} approval{'s' if kept > 1 else ''} of it kept"
            if kept
            else "; no approval of it is kept"
        )
        return (before, revision, Ours(f": this is the identical change{said}"))
    by = (Ours(", by "), Theirs(", ".join(told.by))) if told.by else ()
    if not told.files:
        return (before, revision, Ours(": what is different is not known"), *by)
    more = f" and {told.more} more" if told.more else ""
    files = Theirs(", ".join(told.files))
    return (before, revision, Ours(": different are "), files, Ours(more), *by)


def risk(signoff: Signoff, *, detailed: bool) -> tuple[Span, ...]:
    """The tier, and what speaks for it: territory first, size last."""
    found = signoff.risk
    if found is None:
        return ()
    shown = found.reasons if detailed else found.reasons[:REASONS_SHOWN]
    spans: list[Span] = [Ours(found.tier.value)]
    for reason in shown:
        named = bool(reason.paths) and detailed
        spans.append(Ours(f"\n• {reason.sentence.rstrip('.')}{': ' if named else ''}"))
        if named:
            spans.append(Theirs(harmless(", ".join(reason.paths), 200)))
    if len(found.reasons) > len(shown):
        spans.append(Ours(f"\n• and {len(found.reasons) - len(shown)} more"))
    return tuple(spans)


def reviews(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    spans: list[Span] = []
    for review in signoff.reviews:
        spans += [Ours("\n• " if spans else "• "), *_review(signoff, review, roster)]
    return tuple(spans)


def _review(signoff: Signoff, review: Review, roster: Roster) -> tuple[Span, ...]:
    verb = "approved" if review.verdict is Verdict.APPROVE else "rejected"
    note = f" {review.carried.signoff_id}, the identical change," if review.carried else ""
    if review.policy_digest != signoff.requirement.policy_digest:
        note += " (under an earlier policy, so it no longer counts)"
    elif not is_current(signoff, review):
        note += " (before more was asked for, so it no longer counts)"
    said = Ours(f"{roster.name(review.person)} {verb}{note} ")
    return (said, Moment(review.at), *_quoted(review.reason))


def _quoted(reason: str) -> tuple[Span, ...]:
    return (Ours(": "), Theirs(f"“{harmless(reason, 300)}”")) if reason.strip() else ()


def expires(signoff: Signoff) -> tuple[Span, ...]:
    if signoff.status.is_final or signoff.expires_at is None:
        return ()
    return (Moment(signoff.expires_at), Ours("; unanswered, the pipeline is stopped"))


def where(signoff: Signoff) -> tuple[Span, ...]:
    change = signoff.change
    revision = Theirs(f"{harmless(change.revision, 64)[:12]} ")
    if change.link:
        return (revision, Link("the change", change.link))
    return (revision, Theirs(harmless(change.url, 200))) if change.url else (revision,)


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
