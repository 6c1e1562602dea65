"""How does one record stand on a page of its own?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.record import Record
from bot.exporting.sheet import AMBER, GREEN, RED, SLATE, Colour, Sheet, when

Facts = Mapping[str, Any]
Rows = Iterator[tuple[str, Any]]


def put(sheet: Sheet, record: Record) -> None:
    sheet.add_page()
    told: Any = record
    where = f"{told['change.repository']} to {told['change.environment']}"
    known = told["decision.status"] is not None
    sheet.headline(str(told["record_id"]), where if known else "")
    sheet.banner(*_fate(told))
    for title, rows in _sections(told) if known else ():
        sheet.section(title)
        sheet.rows((label, _said(value)) for label, value in rows if value not in (None, [], ""))
        if title == "People" and told["people.reviews"]:
            sheet.ln(1)
            heads = ("Review", "When", "As", "Proved by", "Opened evidence", "Said")
            sheet.grid(heads, (18, 21, 22, 18, 21, 32), map(_review, told["people.reviews"]))
    sheet.section("Integrity")
    sheet.rows(
        (label, _said(value)) for label, value in _integrity(told) if value not in (None, [])
    )


def _fate(told: Facts) -> tuple[str, Colour]:
    status = words(str(told["decision.status"] or "unknown"))
    said = status.capitalize()
    if told["decision.by"]:
        said += f" by {', '.join(told['decision.by'])}"
    if told["timeline.decided_at"]:
        said += f", {when(told['timeline.decided_at'])}"
    if not told["integrity.verified"]:
        return f"{said}. This record does not hold: see below.", RED
    if told["outcome.deployed_without_yes"]:
        return f"{said}. It was deployed without a yes.", RED
    if told["emergency.overridden"] or status == "pending":
        return said, AMBER
    return said, GREEN if told["decision.proceed"] else SLATE


def _sections(told: Facts) -> Iterator[tuple[str, Rows]]:
    yield "Change", _change(told)
    yield "Risk and AI", _risk(told)
    yield "People", _people(told)
    yield "Policy and tests", _policy(told)
    if told["emergency.overridden"]:
        yield "Emergency", _emergency(told)
    yield "Time line", _timeline(told)


def _named(told: Facts, group: str, *columns: str) -> Rows:
    for it in columns:
        yield words(it).capitalize(), told[f"{group}.{it}"]


def _change(told: Facts) -> Rows:
    yield from _named(told, "change", "title", "description", "revision", "tree")
    branches = (told["change.branch"], told["change.base_branch"])
    yield "Branch", " to ".join(it for it in branches if it)
    yield from _named(told, "change", "lineage", "url", "artifact", "ticket")
    yield "Asked by", f"{told['change.connection']}: {told['change.key']}"
    yield "Size", _size(told)
    yield "Brings along", told["change.brings_along"]


def _risk(told: Facts) -> Rows:
    if told["risk.tier"]:
        yield "Risk", f"{told['risk.tier']} ({told['risk.score']} points)"
    yield "Because", "\n".join(it["sentence"] for it in told["risk.reasons"])
    yield "AI", words(told["ai.status"])
    yield from _named(told, "ai", "tools", "prompted_by", "rationale")


def _people(told: Facts) -> Rows:
    yield from _named(told, "people", "requester", "triggered_by", "contributors")
    yield from _named(told, "people", "unknown_contributors")
    yield "Asked", [it["person"] for it in told["people.asked"]]
    yield "Approver had a part", told["people.approver_is_contributor"]


def _policy(told: Facts) -> Rows:
    yield "Policy", told["policy.digest"]
    yield from _named(told, "policy", "rules", "because", "checklist", "exceptions")
    yield "Asked for", [_ask(it) for it in told["policy.asks"]]
    yield "Checks", [f"{it['name']}: {it['conclusion']}" for it in told["testing.checks"]]
    yield "Knew how to undo it", told["rollback.known_to"]


def _emergency(told: Facts) -> Rows:
    yield from _named(told, "emergency", "by", "proved", "second", "second_proved")
    yield from _named(told, "emergency", "nth_of_month", "incident", "reason", "until")
    yield from _named(told, "emergency", "review_by", "reviewed_by", "reviewed_at")
    yield from _named(told, "emergency", "review_fine", "review_note")


def _timeline(told: Facts) -> Rows:
    events = [f"{when(it['at'])}  {it['what']} ({it['seq']})" for it in told["timeline.events"]]
    yield "What happened", "\n".join(events)
    yield from _named(told, "timeline", "answer_due_at", "answered_in_time", "valid_until")
    yield from _named(told, "outcome", "deployed", "deployed_without_yes")


def _integrity(told: Facts) -> Rows:
    yield "Holds", told["integrity.verified"]
    yield "What does not", "\n".join(told["integrity.flaws"]) or None
    yield "Entry that decided", told["integrity.seq"]
    yield "Its hash", told["integrity.leaf"]
    yield "Under checkpoint", told["integrity.checkpoint_size"]
    yield "SHA-256 of the attestation", told["integrity.attestation_sha256"]
    yield "Signed by", told["integrity.keyid"]
    yield "Erased entries", told["integrity.erased_entries"]
    yield "Verify it yourself", told["integrity.verify_command"]


def _review(it: Facts) -> tuple[str, ...]:
    as_what = ", ".join([str(it["level"] or "?"), *it["groups"]])
    said = "; ".join([*([it["reason"]] if it["reason"] else []), *it["checklist"]])
    who = f"{it['person']}: {it['verdict']}"
    return who, it["at"], as_what, it["proved"], it["evidence_opened"] or "not seen to", said


def _ask(it: Facts) -> str:
    whom = " or ".join([*it["groups"], *it["people"]])
    return f"{it['approvals']} of level {it['level']} in {whom}"


def _size(told: Facts) -> str:
    whole = "" if told["change.files_complete"] else ", and more that were not listed"
    lines = f"+{told['change.additions']:,} -{told['change.deletions']:,} lines"
    files = "1 file" if told["change.files"] == 1 else f"{told['change.files']:,} files"
    return f"{files}, {lines}{whole}"


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def words(name: str) -> str:
    return name.replace("_", " ")
