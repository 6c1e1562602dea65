"""How does a signoff read to a person, in whatever chat or page they see it?

Words are either `Ours` or `Theirs`. A chat shows `Theirs` only where nothing in it can act: no
mention, no link, no markup; and nothing of theirs ever stands where only we speak.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain.change import Identity
from bot.domain.people import Roster
from bot.domain.predicates import glob_match
from bot.domain.provenance import because
from bot.domain.quorum import wanted
from bot.domain.signoff import Review, Signoff, Status, Verdict

PATHS_SHOWN, PATHS_IN_DETAILS = 5, 40
EVIDENCE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Ours:
    """Words of our own, or of the config."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Theirs:
    """Words from outside: made harmless here, and shown as plain text only."""

    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """An address we built ourselves."""

    text: str
    url: str


Span = Ours | Theirs | Moment | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and what is to be said under it."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`revision` and `policy_digest` are what a click on this card is about."""

    signoff_id: str
    revision: str
    policy_digest: str
    version: int
    status: Status
    headline: str
    title: Theirs
    facts: tuple[Fact, ...]
    rationale: Theirs | None
    approve_reason: bool
    checklist: tuple[str, ...]
    approve_needs_form: bool = False

    @property
    def open(self) -> bool:
        return not self.status.is_final


HEADLINES = {
    Status.PENDING: "Sign-off needed",
    Status.APPROVED: "Approved",
    Status.REJECTED: "Rejected",
    Status.EXPIRED: "Expired, not approved",
    Status.SUPERSEDED: "Superseded by a newer revision",
    Status.WITHDRAWN: "Withdrawn",
    Status.OVERRIDDEN: "Overridden in an emergency",
    Status.NOT_REQUIRED: "No sign-off required",
}


def card_of(signoff: Signoff, roster: Roster, *, detailed: bool = False) -> Card:
    """The card as it is true now; `detailed` says everything we know."""
    change, requirement = signoff.change, signoff.requirement
    paths_shown = PATHS_IN_DETAILS if detailed else PATHS_SHOWN
    facts = [
        Fact(label="Outcome", spans=_outcome(signoff, roster)),
        Fact(label="Who", spans=_who(signoff, roster)),
        Fact(label="Why you are asked", spans=_list(requirement.because)),
        Fact(label="AI", spans=_ai(signoff, detailed=detailed)),
        Fact(label="Changed", spans=_changed(signoff, paths_shown)),
        Fact(label="Checks", spans=_checks(signoff)),
        Fact(label="Needs", spans=_needs(signoff, roster)),
        Fact(label="Reviews", spans=_reviews(signoff, roster)),
        Fact(label="Expires", spans=_expires(signoff)),
        Fact(label="Where", spans=_where(signoff)),
        *(_details(signoff) if detailed else ()),
    ]
    said = change.ai.rationale if change.ai else ""
    return Card(
        signoff_id=signoff.id,
        revision=change.revision,
        policy_digest=requirement.policy_digest,
        version=signoff.version,
        status=signoff.status,
        headline=f"{HEADLINES[signoff.status]}: {harmless(change.repository, 60)} → {harmless(change.environment, 30)}",
        title=Theirs(harmless(change.title, 200)),
        facts=tuple(fact for fact in facts if fact.spans),
        rationale=Theirs(harmless(said, 1500 if detailed else 400)) if said.strip() else None,
        approve_reason=requirement.approve_reason,
        checklist=requirement.checklist,
        approve_needs_form=requirement.approve_reason or bool(requirement.checklist),
    )


def harmless(text: str, limit: int) -> str:
    """One line, no control, format or invisible characters, at most `limit` characters long."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def name_of(roster: Roster, person_id: str) -> str:
    person = roster.people.get(person_id)
    return person.name if person else person_id


def duration(length: timedelta) -> str:
    """ "3 min", "2 h 5 min", "40 s": for people."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _outcome(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    if signoff.decided_at is None:
        return ()
    took = duration(signoff.decided_at - signoff.opened_at)
    return (*_ended(signoff, roster), Ours(f" after {took}. "), *_told(signoff))


def _ended(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    match signoff.status:
        case Status.APPROVED | Status.REJECTED:
            last = signoff.reviews[-1]
            by = Ours(f"{HEADLINES[signoff.status]} by {name_of(roster, last.person)}")
            return (by, *_quoted(last.reason))
        case Status.EXPIRED:
            return (Ours("Nobody decided in time, so the pipeline is stopped"),)
        case Status.SUPERSEDED:
            return (Ours(f"Replaced by {signoff.ended_by}"),)
        case Status.WITHDRAWN | Status.OVERRIDDEN:
            by = Ours(f"{HEADLINES[signoff.status]} by {name_of(roster, signoff.ended_by)}")
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
    if signoff.report is None:
        return (Ours("The pipeline is being told."),)
    if signoff.report.accepted:
        word = "go on" if signoff.status.proceed else "stop"
        return (Ours(f"The pipeline was told to {word} at "), Moment(signoff.report.at))
    return (Ours("The pipeline did not accept our answer: "), Theirs(signoff.report.detail))


def _who(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    change, contributors = signoff.change, signoff.contributors
    others = [name_of(roster, p) for p in sorted(contributors.people)]
    author = roster.identify(change.author)
    spans: list[Span] = [*_named(change.author, roster)]
    if author:
        spans.append(Ours(f" ({author.level})"))
        others = [name for name in others if name != author.name]
    if others:
        spans.append(Ours(f", with {', '.join(others)}"))
    strangers = [name for name in contributors.unknown if name != str(change.author)]
    if strangers:
        spans += [Ours("; also, not in the roster: "), Theirs(harmless(", ".join(strangers), 150))]
    return tuple(spans)


def _named(identity: Identity, roster: Roster) -> tuple[Span, ...]:
    person = roster.identify(identity)
    if person:
        return (Ours(person.name),)
    return (Theirs(harmless(str(identity), 80)), Ours(" (not in the roster)"))


def _ai(signoff: Signoff, *, detailed: bool) -> tuple[Span, ...]:
    findings = signoff.provenance.findings
    shown = findings if detailed else findings[:EVIDENCE_SHOWN]
    spans: list[Span] = [Ours(because(signoff.provenance))]
    for finding in shown:
        spans += [
            Ours(f"\n• {finding.source}, {finding.tier.value}, "),
            Theirs(harmless(f"{finding.where}: {finding.text}", 160)),
        ]
    if len(findings) > len(shown):
        spans.append(Ours(f"\n• and {len(findings) - len(shown)} more"))
    return tuple(spans)


def _changed(signoff: Signoff, shown: int) -> tuple[Span, ...]:
    change = signoff.change
    if not change.files_complete and not change.files:
        return (Ours("not known: the pipeline did not say which files"),)
    count = f"{len(change.files)} file{'' if len(change.files) == 1 else 's'}"
    more = "" if change.files_complete else ", and more than we were shown"
    spans: list[Span] = [Ours(f"{count}, +{change.additions} −{change.deletions}{more}")]
    globs = [b.removeprefix("touches ") for b in signoff.requirement.because if "touches " in b]
    ordered = sorted(
        change.files,
        key=lambda file: (
            not any(glob_match(path, glob) for path in file.paths for glob in globs),
            -(file.additions + file.deletions),
        ),
    )
    for file in ordered[:shown]:
        renamed = f" (was {file.previous_path})" if file.previous_path else ""
        line = harmless(f"{file.path}{renamed}", 120)
        spans += [Ours("\n• "), Theirs(f"{line}  +{file.additions} −{file.deletions}")]
    if len(ordered) > shown:
        spans.append(Ours(f"\n• and {len(ordered) - shown} more"))
    return tuple(spans)


def _checks(signoff: Signoff) -> tuple[Span, ...]:
    said = [f"{check.name}: {check.conclusion}" for check in signoff.change.checks]
    return (Theirs(harmless(" · ".join(said), 300)),) if said else ()


def _needs(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    if signoff.status.is_final:
        return ()
    asked = ", ".join(name_of(roster, person) for person in signoff.asked)
    whom = f"; asked: {asked}" if asked else "; nobody in the roster may sign this"
    return (Ours(wanted(signoff) + whom),)


def _reviews(signoff: Signoff, roster: Roster) -> tuple[Span, ...]:
    spans: list[Span] = []
    for review in signoff.reviews:
        spans += [Ours("\n• " if spans else "• "), *_review(signoff, review, roster)]
    return tuple(spans)


def _review(signoff: Signoff, review: Review, roster: Roster) -> tuple[Span, ...]:
    verb = "approved" if review.verdict is Verdict.APPROVE else "rejected"
    old = review.policy_digest != signoff.requirement.policy_digest
    note = " (under an earlier policy, so it no longer counts)" if old else ""
    said = Ours(f"{name_of(roster, review.person)} {verb}{note} ")
    return (said, Moment(review.at), *_quoted(review.reason))


def _quoted(reason: str) -> tuple[Span, ...]:
    return (Ours(": "), Theirs(f"“{harmless(reason, 300)}”")) if reason.strip() else ()


def _expires(signoff: Signoff) -> tuple[Span, ...]:
    if signoff.status.is_final or signoff.expires_at is None:
        return ()
    return (Moment(signoff.expires_at), Ours("; unanswered, the pipeline is stopped"))


def _where(signoff: Signoff) -> tuple[Span, ...]:
    change = signoff.change
    revision = Theirs(f"{harmless(change.revision, 64)[:12]} ")
    if change.link:
        return (revision, Link("the change", change.link))
    return (revision, Theirs(harmless(change.url, 200))) if change.url else (revision,)


def _details(signoff: Signoff) -> tuple[Fact, ...]:
    change = signoff.change
    return (
        Fact(label="Description", spans=_text(change.description, 1500)),
        Fact(label="Rules met", spans=_list(signoff.requirement.rules)),
        Fact(label="Artifact", spans=_text(change.artifact_digest, 100)),
        Fact(label="Key", spans=_text(change.key, 200)),
        Fact(label="Opened", spans=(Moment(signoff.opened_at), Ours(f" as {signoff.id}"))),
    )


def _text(text: str, limit: int) -> tuple[Span, ...]:
    return (Theirs(harmless(text, limit)),) if text.strip() else ()


def _list(sentences: tuple[str, ...]) -> tuple[Span, ...]:
    return (Ours("; ".join(sentences)),) if sentences else ()
