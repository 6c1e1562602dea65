"""What is known of a change through all its revisions? Nothing that was seen once is forgotten.

Commits can be pushed over, descriptions edited, branches renamed: what they showed stays evidence,
and who had a part in an earlier revision had a part in the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.domain.contributors import with_earlier
from bot.domain.evidence.findings import Finding
from bot.domain.people import Contributors
from bot.domain.provenance import STATEMENT, Provenance, Statement, strongest

TOLD_AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A signoff that was opened for one of its revisions; `digest` names what it changed."""

    signoff_id: str
    environment: str
    revision: str
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`draw` is its lot for samples, drawn once: pushing again does not draw again."""

    findings: tuple[Finding, ...] = ()
    contributors: Contributors = field(default_factory=Contributors)
    statements: tuple[Statement, ...] = ()
    draw: int | None = None
    told: tuple[Told, ...] = ()

    def last_told(self, environment: str) -> Told | None:
        """The newest signoff for one environment."""
        return next((told for told in reversed(self.told) if told.environment == environment), None)

    def was_told(self, revision: str, environment: str) -> bool:
        """Whether a signoff was opened for this very revision before."""
        told = {(it.revision, it.environment) for it in self.told}
        return (revision, environment) in told


EMPTY = Dossier()


def grown(dossier: Dossier, provenance: Provenance, contributors: Contributors) -> Dossier:
    """With what one more revision showed, and who had a part in it.

    A no, and what people answered us, are no evidence for later revisions.
    """
    lasting = [it for it in provenance.findings if it.speaks_of_ai and it.source != STATEMENT]
    return joined(dossier, lasting, contributors)


def joined(dossier: Dossier, findings: Iterable[Finding], contributors: Contributors) -> Dossier:
    """With these, too."""
    before = dossier.contributors
    every = {finding.id: finding for finding in (*findings, *dossier.findings)}
    return replace(
        dossier,
        findings=strongest(every.values()),
        contributors=Contributors(
            people=before.people | contributors.people,
            unknown=with_earlier(contributors.unknown, before.unknown),
        ),
    )


def with_shared(dossier: Dossier, shared: Dossier) -> Dossier:
    """With what is known of its revision, whoever proposed that."""
    mine, theirs = dossier.contributors, shared.contributors
    every = {finding.id: finding for finding in (*shared.findings, *dossier.findings)}
    return replace(
        dossier,
        findings=strongest(every.values()),
        contributors=Contributors(
            people=mine.people | theirs.people,
            unknown=with_earlier(mine.unknown, theirs.unknown),
        ),
    )


def told(dossier: Dossier, entry: Told) -> Dossier:
    return replace(dossier, told=(*dossier.told, entry)[-TOLD_AT_MOST:])


def said(dossier: Dossier, statements: Iterable[Statement]) -> Dossier:
    """With what people said of it; each once.

    Which evidence somebody set aside is not kept: that was said of what they looked at, and where it
    was to go. The next revision may hold anything.
    """
    return replace(dossier, statements=tuple(dict.fromkeys((*dossier.statements, *statements))))
