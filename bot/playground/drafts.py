"""May the app say this, and how does it read once Slack has taken it?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.playground.blocks import MESSAGE_BUDGET, judge_blocks
from bot.playground.identities import Mint
from bot.playground.refusals import Refused
from bot.playground.rules import Json, loud_mentions
from bot.playground.things import BOT_USER, Message

POST_TEXT = 40_000
UPDATE_TEXT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message is to say, as the app sent it."""

    text: object = ""
    blocks: object = None
    metadata: Json | None = None


def judged(content: Content, most_text: int, mint: Mint, *, mentions_allowed: bool) -> Message:
    """The message that may be shown, without its place and time; or why it may not be."""
    text = _said(content.text, most_text)
    mentions = loud_mentions(text)
    blocks: tuple[Json, ...] = ()
    if content.blocks not in (None, []):
        blocks, rung = _shown(content.blocks, mint)
        mentions += rung
    if mentions and not mentions_allowed:
        raise Refused("mention_refused", tuple(f"[ERROR] {one}" for one in mentions))
    return Message(
        channel="",
        ts="",
        user=BOT_USER,
        text=text,
        blocks=blocks,
        metadata=content.metadata,
        mentions=tuple(mentions),
    )


def _said(text: object, most: int) -> str:
    if not isinstance(text, str) or not text.strip():
        raise Refused("no_text", ("[ERROR] top-level text is needed, with blocks as well",))
    if len(text) > most:
        raise Refused("msg_too_long")
    return text


def _shown(blocks: object, mint: Mint) -> tuple[tuple[Json, ...], list[str]]:
    report = judge_blocks(blocks)
    if report.problems:
        raise Refused("invalid_blocks", tuple(report.problems))
    if report.size > MESSAGE_BUDGET:
        raise Refused("msg_blocks_too_long", (f"[ERROR] {report.size} characters",))
    return tuple(mint.name_all(blocks)), report.mentions  # type: ignore[arg-type]
