"""What became of each signoff? Out of the entries of the trail alone, in plain loops over JSON.

A second opinion: nothing of Countersign is imported here, and a test sees to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

Json = dict[str, Any]
Entry = tuple[int, str, str]
"""A number, a signoff or the house, and the text of an entry."""

NO_TIME = "PT0S"
UNSAID = ("undeclared", "suspected", "contradicted")


def at_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Told:
    """One signoff, as far as its entries were read."""

    def __init__(self, seq: int, event: Json) -> None:
        self.seq, self.id, self.opened_at = seq, event["signoff_id"], at_of(event["at"])
        self.change, self.provenance = event["change"], event["provenance"]
        self.parts = set(event["contributors"]["people"])
        self.asked, self.risk = event["requirement"], event["risk"]
        self.invited = [it["person"] for it in event["invited"]]
        self.statements, self.reviews = list(event["statements"]), list(event["carried"])
        self.status, self.decided_at, self.shipment = "pending", None, None
        self.escalated, self.asked_more = False, False
        self.behind, self.let_in = 0, set[str]()
        self.approvers: list[str] = []
        self.incidents: dict[str, str] = {}
        self.taken_back = False
        asks = self.asked["asks"]
        if self.asked["shadow"] or (asks and all(ask["approvals"] == 0 for ask in asks)):
            self._end("not_required", event["at"])
        elif self._tally(event["standings"]) == "approved":
            self._end("approved", event["at"])

    def hear(self, seq: int, event: Json) -> None:  # noqa: C901 -- one case for each
        self.seq = seq
        match event["kind"]:
            case "reviewed":
                self._review(event)
            case "review_taken_back":
                self.reviews = [it for it in self.reviews if it["person"] != event["person"]]
                left = [it for it in self.approvers if it != event["person"]]
                self.approvers = left if self._of(event, left) == "approved" else []
            case "settled":
                status, self.approvers = self._of(event, self.approvers), []
                if status == "approved":
                    self._end("approved", event["at"])
            case "reassessed":
                self._reassess(event)
            case "declared":
                self.statements.append(event["statement"])
            case "deadline_passed":
                self._time(event)
            case "delegated":
                hands = event["delegation"]
                self.invited = [it for it in self.invited if it not in (hands["by"], hands["to"])]
                self.invited.append(hands["to"])
            case "superseded" | "withdrawn":
                self._end(event["kind"], event["at"])
            case "overridden":
                self._end("overridden", event["override"]["at"])
            case "shipped":
                self.shipment = event["shipment"]

    def _end(self, status: str, at: str) -> None:
        self.status, self.decided_at = status, at_of(at)

    def _review(self, event: Json) -> None:
        self.reviews.append(event["review"])
        status = self._tally(event["standings"])
        if status == "approved" and self.asked["grace"] != NO_TIME:
            self.approvers = list(self._words(event["standings"]))
            return
        self.approvers = []
        if status != "pending":
            self._end(status, event["review"]["at"])

    def _reassess(self, event: Json) -> None:
        joined = self._wider() - self._waits() if self.escalated else set[str]()
        if event["requirement"]["policy_digest"] != self.asked["policy_digest"]:
            self.approvers = []
        self.asked, self.parts = event["requirement"], set(event["contributors"]["people"])
        self.provenance = event["provenance"] or self.provenance
        self.risk = event["risk"] or self.risk
        self.invited = [it["person"] for it in event["invited"]]
        due = [it for it in self.asked["deadlines"] if at_of(it["at"]) <= at_of(event["at"])]
        over = any(it["kind"] == "expire" for it in due)
        self.behind = 0 if over else len(due)
        self.let_in = set[str]()
        self.let_in = joined & self._waits()
        if not over:
            self._rises(due)

    def _time(self, event: Json) -> None:
        left = self.asked["deadlines"][self.behind :]
        due = [it for it in left if at_of(it["at"]) <= at_of(event["at"])]
        kinds = [it["kind"] for it in due]
        if self.status != "pending" or not due:
            return
        if "expire" in kinds:
            self._end("expired", event["at"])
            return
        rises = self._rises(due)
        self.behind += len(due)
        if not rises:
            return
        more = [it["person"] for it in event["invited"]]
        self.invited += [it for it in more if it not in self.invited]

    def _rises(self, due: list[Json]) -> bool:
        """Whether more are asked from now on: once more of the same, or others as it escalates."""
        widens = not self.asked_more and any(it["kind"] == "widen" for it in due)
        joined = self._wider() - self._waits() if self.escalated else set[str]()
        rungs = [it for it in due if it["kind"] in ("escalate", "managers")]
        climbs = any(not self.escalated or not joined >= set(it["groups"]) for it in rungs)
        self.asked_more, self.escalated = self.asked_more or widens, self.escalated or climbs
        return widens or climbs

    def _wider(self) -> set[str]:
        return {name for ask in self.asked["asks"] for name in ask["wider"]}

    def _waits(self) -> set[str]:
        due = self.asked["deadlines"]
        came = {name for it in due[: self.behind] for name in it["groups"]}
        return self._wider() - came - self.let_in if any(it["groups"] for it in due) else set()

    def _of(self, event: Json, people: list[str]) -> str:
        return self._tally([it for it in event["standings"] if it["person"] in people])

    def _tally(self, standings: Iterable[Json]) -> str:
        known = {it["person"]: it for it in standings}
        words = self._words(known.values())
        if "reject" in words.values():
            return "rejected"
        asks = self.asked["asks"]
        met = [sum(self._fits(a, known[who]) for who in words) >= a["approvals"] for a in asks]
        return "approved" if words and all(met) and not self._silent() else "pending"

    def _words(self, standings: Iterable[Json]) -> dict[str, str]:
        known, latest = {it["person"]: it for it in standings}, {}
        for review in self.reviews:
            latest[review["person"]] = review
        return {
            who: it["verdict"]
            for who, it in latest.items()
            if it["revision"] == self.change["revision"]
            and it["policy_digest"] == self.asked["policy_digest"]
            and self._complete(it)
            and who in known
            and who not in self.parts
            and any(self._fits(ask, known[who]) for ask in self.asked["asks"])
        }

    def _fits(self, ask: Json, standing: Json) -> bool:
        ladder = self.asked["levels"]
        circle = set(ask["groups"])
        if self.escalated:
            circle |= set(ask["wider"]) - self._waits()
        if standing["level"] not in ladder or ask["level"] not in ladder:
            return False
        within = standing["person"] in ask["people"] or bool(circle & set(standing["groups"]))
        return within and ladder.index(standing["level"]) >= ladder.index(ask["level"])

    def _complete(self, review: Json) -> bool:
        said = sum(char.isalnum() for char in review["reason"]) >= 3
        if review["verdict"] == "reject":
            return said
        sworn = review["proved"] == "web-oidc+webauthn" and review["assertion"] is not None
        return (
            (said or not self.asked["approve_reason"])
            and set(self.asked["checklist"]) <= set(review["checklist"])
            and (not self.asked["step_up"] or (sworn and review["carried"] is None))
        )

    def _silent(self) -> bool:
        own = [it for it in self.statements if it["revision"] == self.change["revision"]]
        unsaid = self.provenance["status"] in UNSAID
        return self.asked["declaration"] == "required" and unsaid and not own

    @property
    def failed_how(self) -> str:
        """The surest of all that is said."""
        if self.taken_back:
            return "rollback"
        hows = self.incidents.values()
        return next((how for how in ("said", "nearby") if how in hows), "")


def retold(  # noqa: C901 -- one case for each
    entries: Iterable[Entry],
) -> tuple[dict[str, Told], list[tuple[int, Json]]]:
    """Every signoff, and what was deployed unasked, by entry."""
    told: dict[str, Told] = {}
    unasked = []
    for seq, about, body in entries:
        event = json.loads(body)["event"]
        match event["kind"]:
            case "opened":
                told[about] = Told(seq, event)
            case "incident_linked" if event["signoff_id"] in told:
                told[event["signoff_id"]].incidents[event["id"]] = event["how"]
                told[event["signoff_id"]].seq = seq
            case "rolled_back":
                for it in event["signoffs"]:
                    if it in told:
                        told[it].taken_back, told[it].seq = True, seq
            case "unasked" if event["deed"] == "deployed":
                unasked.append((seq, event))
            case _ if about in told:
                told[about].hear(seq, event)
    return told, unasked
