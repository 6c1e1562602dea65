"""What stands in the PDF of an export: is all of it there, and then each record on a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.domain.record import Record
from bot.exporting import record_page
from bot.exporting.record_page import words
from bot.exporting.sheet import AMBER, GREEN, RED, Colour, Row, Sheet, when
from bot.exporting.writing import Sink, trouble

MOST = 1_000
"""Records in one PDF; more are for programs."""

NAMED = 40
"""Deployments without a decision, and records that do not hold; all stand beside."""

Facts = Mapping[str, Any]


class Pdf:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._records: list[Record] = []

    def record(self, record: Record) -> None:
        """What is said first is known last. Raises Misconfigured."""
        if len(self._records) == MOST:
            raise trouble(f"--format pdf: there are more than {MOST:,} records; take a --sample")
        self._records.append(record)

    def end(self, completeness: Facts) -> None:
        population = completeness["population"]
        sheet = Sheet(f"Countersign, {_period(population)}, population {population['id'][:16]}")
        sheet.set_creation_date(datetime.fromisoformat(completeness["exported_at"]))
        _summary(sheet, completeness)
        for record in self._records:
            record_page.put(sheet, record)
        self._sink.write_bytes(bytes(sheet.output()))


def _summary(sheet: Sheet, facts: Facts) -> None:
    population = facts["population"]
    sheet.add_page()
    sheet.headline("Decisions on changes", _period(population))
    for said, colour in _verdicts(facts):
        sheet.banner(said, colour)
    sheet.section("Population")
    sheet.rows(_population(facts))
    sheet.section("Completeness")
    sheet.rows(_counts(facts))
    if facts["without_decision"]:
        sheet.section("Deployed without a decision")
        sheet.grid(("When", "What", "Where", "Why"), (22, 40, 18, 30), _strays(facts))
    if facts["records_not_verified"]:
        sheet.section("Records that do not hold")
        sheet.grid(("Record", "Why"), (30, 70), _doubtful(facts))
    sheet.section("Audit trail")
    sheet.rows(_trail(facts["trail"]))
    sheet.ln(3)
    sheet.paragraph(
        "Deployments are seen only where their pipeline tells of them. Whether a record holds was "
        "worked out when this was written, from the entries of the audit trail and the key that "
        "signs it. The exact words, and all lists in full, are in the export as JSONL. "
        "docs/audit-export.md says what each field means."
    )


def _verdicts(facts: Facts) -> Iterator[tuple[str, Colour]]:
    doubtful, gaps = facts["records_not_verified_count"], facts["without_decision_count"]
    unreadable = facts["entries_not_readable_count"]
    if facts["trail_holds"] and not doubtful and not unreadable:
        yield "All records hold, and so does the audit trail.", GREEN
    if not facts["trail_holds"]:
        yield "The audit trail does not hold.", RED
    if doubtful:
        yield f"Records that do not hold: {doubtful:,}", RED
    if unreadable:
        yield f"Entries that cannot be read, perhaps of deployments: {unreadable:,}", RED
    if gaps:
        yield f"Deployed without a decision: {gaps:,}", RED
    if not facts["population"]["over"]:
        yield "This period is not over: more may come, and another sample.", AMBER


def _population(facts: Facts) -> Iterator[Row]:
    population, sample = facts["population"], facts["sample"]
    yield "Period", _period(population)
    yield "Environments", ", ".join(population["environments"] or ["all"])
    yield "Records", f"{population['count']:,}; {facts['records_written']:,} of them here"
    if sample:
        yield "Sample", f"{sample['size']:,} by the seed: {sample['seed']}"
    yield "Population", population["id"]
    yield "Root (RFC 6962)", population["root"]
    yield "SHA-256 of the ids", population["ids_sha256"]
    yield "Exported", facts["exported_at"]


def _counts(facts: Facts) -> Iterator[Row]:
    ended = ", ".join(f"{count:,} {words(name)}" for name, count in facts["statuses"].items())
    yield "How they ended", ended or "none"
    for label, name in (
        ("Decisions", "decisions"),
        ("Let go on", "let_go_on"),
        ("Approved by a contributor", "approved_by_a_contributor"),
        ("Overridden", "overridden"),
        ("... and not reviewed", "overridden_and_not_reviewed"),
        ("Deployments seen", "deployments_seen"),
        ("... with a decision", "with_decision"),
        ("... without", "without_decision_count"),
        ("Deployments that failed", "deployments_failed"),
        ("Let go on, never seen", "let_go_on_and_never_seen"),
    ):
        yield label, f"{facts[name]:,}"


def _strays(facts: Facts) -> Iterator[tuple[str, ...]]:
    for it in facts["without_decision"][:NAMED]:
        what = it["what"] or it["key"] or "not named"
        yield it["at"], f"{it['connection']}: {what}", it["environment"] or "not said", it["why"]
    yield from _rest(facts["without_decision_count"], 4)


def _doubtful(facts: Facts) -> Iterator[tuple[str, ...]]:
    for it in facts["records_not_verified"][:NAMED]:
        yield it["record_id"], "; ".join(it["why"])
    yield from _rest(facts["records_not_verified_count"], 2)


def _rest(count: int, columns: int) -> Iterator[tuple[str, ...]]:
    if count > NAMED:
        yield (f"and {count - NAMED:,} more", *[""] * (columns - 1))


def _trail(trail: Facts) -> Iterator[Row]:
    yield "Entries", f"{trail['entries']:,}"
    yield "Checkpoints that hold", f"{trail['checkpoints']:,}"
    yield "Newest checkpoint", _checkpoint(trail["newest_checkpoint"])
    for flaw in trail["flaws"][:NAMED]:
        *_, kind = (name for name in flaw if name != "why")
        yield "Flaw", f"{kind} {flaw[kind]}: {flaw['why']}"
    if not trail["same_as_database"]:
        yield "Flaw", f"it tells of {trail['asked_for_in_period']:,} asked for in this period"


def _checkpoint(note: str | None) -> str:
    """What it says; its signature stands in what is written beside."""
    if not note:
        return "none yet"
    origin, size, root, *_ = note.split("\n")
    return f"{origin}: the first {int(size):,} entries hash to {root}"


def _period(population: Facts) -> str:
    return f"{when(population['since'])} to {when(population['until'])}"
