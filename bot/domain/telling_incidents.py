"""How is it said what an incident is of? Never with an approver in the same sentence."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.outcomes import Incident, Link
from bot.domain.people import Roster
from bot.domain.spans import Moment, Ours, Span, Theirs

HOW = {
    "said": "it was this",
    "nearby": "by time alone",
    "perhaps": "perhaps, one of several by time alone",
    "struck": "it was not this",
}


def about(incident: Incident) -> tuple[Span, ...]:
    """Its name and title, and whether it is over."""
    began = (Theirs(incident.key), Ours(": "), Theirs(incident.title), Ours(". It began "))
    if incident.resolved_at is None:
        return (*began, Moment(incident.started_at), Ours(" and is open."))
    over = (Ours(" and was over "), Moment(incident.resolved_at), Ours("."))
    return (*began, Moment(incident.started_at), *over)


def linked(link: Link, roster: Roster) -> tuple[Span, ...]:
    """One of those that it is of, or might be."""
    return (Ours(f"{link.signoff_id}: {HOW[link.how]}"), *_said_by(link, roster))


def _said_by(link: Link, roster: Roster) -> tuple[Span, ...]:
    if not link.by:
        return ()
    person = roster.people.get(link.by)
    return (Ours(", said "), Theirs(person.name if person else link.by.removeprefix("@")))


def of_signoff(found: Iterable[tuple[Incident, Link]]) -> list[tuple[Span, ...]]:
    """What became of what one signoff let go on; one line for each incident."""
    return [
        (
            Ours(_lead(link)),
            Theirs(incident.key),
            Ours("" if link.how == "said" else f" ({HOW[link.how]})"),
        )
        for incident, link in found
        if link.how != "struck"
    ]


def _lead(link: Link) -> str:
    if link.how == "perhaps":
        return "An incident may be of what this let go on: "
    return "An incident was linked to what this let go on: "
