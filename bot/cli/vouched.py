"""How is a verified attestation told: to people, and to programs?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.agent import pem, vouching
from bot.agent.envelope import Opened
from bot.agent.trail import Place
from bot.agent.vouching import Told, Wanted
from bot.cli.speaking import obeyed_by_none, quoted

_PEOPLE_AT_MOST = 20
_REASON = 200


def lines(opened: Opened, predicate: Told, place: Place, wanted: Wanted) -> list[str]:
    """What may happen, who said so, and by what that can be looked up."""
    until = _when(predicate.get("expiresAt"))
    artifact = f" ({wanted.artifact})" if wanted.artifact else ""
    what = f"{wanted.repository} at {wanted.revision}{artifact}"
    kept = f"entry {place.seq} of {place.checkpoint.size} in {place.checkpoint.origin}"
    said = [
        f"verified: {quoted(what, 600)} may go to {quoted(wanted.environment)} until {until}",
        *_who(predicate),
        f"{quoted(predicate.get('signoff'), 100)}; {kept}; signed by {pem.keyid(opened.key)}",
    ]
    return [obeyed_by_none(line) for line in said]


def facts(opened: Opened, predicate: Told, place: Place | None, wanted: Wanted) -> dict[str, Any]:
    """What the attestation says, as it says it. Only with `ok` may anything be deployed."""
    told = {
        "signoff": predicate.get("signoff"),
        "status": predicate.get("status"),
        "repository": predicate.get("repository"),
        "revision": predicate.get("revision"),
        "environment": predicate.get("environment"),
        "connection": predicate.get("connection"),
        "artifacts": vouching.artifacts(opened.statement),
        "notBefore": predicate.get("notBefore"),
        "expiresAt": predicate.get("expiresAt"),
        "approvals": [
            {name: it.get(name) for name in ("person", "level", "proved", "at")}
            for it in _approvals(predicate)
        ],
        "override": predicate.get("override"),
        "keyid": pem.keyid(opened.key),
        "at": vouching.stamped(wanted.at),
    }
    if place:
        covered = place.checkpoint
        told["audit"] = {"origin": covered.origin, "seq": place.seq, "size": covered.size}
    return told


def _who(predicate: Told) -> list[str]:
    status = predicate.get("status")
    if status == "overridden":
        return [_override(predicate.get("override"))]
    if status == "not_required":
        return [f"nobody had to approve it{_because(predicate)}"]
    approvals = _approvals(predicate)
    more = len(approvals) - _PEOPLE_AT_MOST
    said = [_approval(it) for it in approvals[:_PEOPLE_AT_MOST]]
    return [*said, f"and by {more} more"] if more > 0 else said


def _approval(review: Mapping[str, Any]) -> str:
    how = ", ".join(filter(None, (quoted(review.get(it), 60) for it in ("level", "proved"))))
    who = quoted(review.get("person"), 60)
    return f"approved by {who} ({how}) {_when(review.get('at'))}"


def _override(told: object) -> str:
    it = told if isinstance(told, dict) else {}
    second = f" and {_shown(it, 'second', 'secondProved')}" if it.get("second") else ""
    why = f"{quoted(it.get('incident'), 80)}, “{quoted(it.get('reason'), _REASON)}”"
    return f"OVERRIDDEN by {_shown(it, 'by', 'proved')}{second}: {why}"


def _shown(it: Told, name: str, proved: str) -> str:
    """Who, and how they showed that it is they; older statements do not say."""
    how = f" ({quoted(it.get(proved), 60)})" if it.get(proved) else ""
    return f"{quoted(it.get(name), 60)}{how}"


def _because(predicate: Told) -> str:
    found = predicate.get("because")
    said = [quoted(it, 100) for it in found[:10]] if isinstance(found, list) else []
    return f": {', '.join(said)}" if said else ""


def _approvals(predicate: Told) -> list[Mapping[str, Any]]:
    found = predicate.get("reviews")
    reviews = found if isinstance(found, list) else []
    return [it for it in reviews if isinstance(it, dict) and it.get("verdict") == "approve"]


def _when(text: object) -> str:
    at = vouching.moment(text)
    return vouching.stamped(at) if at else quoted(text, 40)
