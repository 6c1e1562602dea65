"""What do the cards and forms of these tests look like?"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Retry refunds") -> Json:
    return {"type": "section", "text": mrkdwn(text)}


def button(action_id: str = "approve", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Approve"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements or (button(),)), **more}


def card(value: str = "sgn_1:1") -> list[Json]:
    return [
        {"type": "header", "text": plain("Sign-off needed")},
        section(),
        actions(button("approve", value=value, style="primary"), button("reject", value=value)),
    ]


def text_input(action_id: str = "reason", block_id: str = "why", **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": action_id, **more}
    return {"type": "input", "block_id": block_id, "label": plain("Reason"), "element": element}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "reject",
        "title": plain("Reject"),
        "submit": plain("Send"),
        "blocks": list(blocks or (text_input(),)),
        **more,
    }


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks or (section("Waiting for you"),))}
