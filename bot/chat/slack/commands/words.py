"""What was typed after `/signoff`? Words into a wish, whatever the words are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from bot.domain.people import Group, Roster

WORDS = {
    "": "mine", "mine": "mine", "me": "mine", "my": "mine",
    "status": "status", "show": "status", "team": "status", "all": "status",
    "queue": "queue", "group": "queue",
    "explain": "explain", "why": "explain", "policy": "explain",
    "who": "who", "whom": "who",
    "history": "history", "trail": "history", "log": "history",
    "claim": "claim", "take": "claim",
    "delegate": "delegate", "pass": "delegate", "reassign": "delegate",
    "away": "away", "leave": "away", "ooo": "away", "vacation": "away", "back": "back",
    "override": "override", "emergency": "override", "breakglass": "override",
    "break-glass": "override",
    "incident": "incident", "outage": "incident",
    "metrics": "metrics", "figures": "metrics", "stats": "metrics",
    "help": "help", "?": "help",
}  # fmt: skip
"""What people type, and the command it is; `back` is short for `away back`."""

_TYPED = tuple(word for word in WORDS if word)

_SHARE = re.compile(r"(?<!\S)(?:--|[\u2012-\u2015])share(?!\S)", re.IGNORECASE)
"""Phones make one dash of two."""

MENTION = re.compile(r"<@([UW][A-Z0-9]{1,40})(?:\|([^<>]*))?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{1,40})(?:\|([^<>]*))?>")
_USERGROUP = re.compile(r"<!subteam\^(S[A-Z0-9]{1,40})(?:\|([^<>]*))?>")
_AROUND = " \t\r\n`'\"“”\u2018\u2019,;"

NAME_AT_MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`verb` is empty where the first word is none of ours; `rest` is as Slack escaped it."""

    verb: str
    rest: str = ""
    said: str = ""
    share: bool = False


def understood(text: str) -> Wish:
    kept, shares = _SHARE.subn(" ", text)
    first, rest = _first_and_rest(kept)
    verb, share = WORDS.get(first.casefold(), ""), shares > 0
    if verb == "back":
        return Wish(verb="away", rest="back", said=kept.strip(), share=share)
    return Wish(verb=verb, rest=rest, said=kept.strip(), share=share)


def nearest_word(text: str) -> str:
    """The command that was meant, perhaps; empty if none is near."""
    first = _first_and_rest(text)[0].casefold()[:40]
    known = dict.fromkeys(WORDS.values())
    near = get_close_matches(first, known, n=1) or get_close_matches(first, _TYPED, n=1)
    verb = WORDS[near[0]] if near else ""
    return "away back" if verb == "back" else verb


def readable(text: str) -> str:
    """As its writer saw it: Slack escapes three characters, and puts ids in place of names."""
    for pattern, sign in ((MENTION, "@"), (_CHANNEL, "#"), (_USERGROUP, "")):
        text = pattern.sub(lambda found, sign=sign: f"{sign}{found[2] or found[1]}", text)  # type: ignore[misc]
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def name_in(text: str) -> str:
    """An id or a key, without the quotation marks that came along with it."""
    return readable(text).strip(_AROUND)[:NAME_AT_MOST]


def group_in(text: str, roster: Roster) -> Group | None:
    """The group of this name, of this channel, or that Slack calls so."""
    groups = roster.groups.values()
    if channel := _CHANNEL.fullmatch(text.strip()):
        return next((group for group in groups if group.channel == channel[1]), None)
    if called := _USERGROUP.fullmatch(text.strip()):
        return next((group for group in groups if group.slack_usergroup == called[1]), None)
    name = name_in(text).casefold().lstrip("@#")
    return next((group for group in groups if group.id.casefold() == name), None)


def nearest_groups(text: str, roster: Roster) -> list[str]:
    """Those that were meant, perhaps."""
    name = name_in(text).casefold().lstrip("@#")[:80]
    known = {id.casefold(): id for id in roster.groups}
    begin = [id for folded, id in known.items() if len(name) > 2 and name in folded]
    near = [known[it] for it in get_close_matches(name, known, n=3)]
    return list(dict.fromkeys((*near, *begin)))[:3]


def _first_and_rest(text: str) -> tuple[str, str]:
    parts = text.split(None, 1)
    return (parts[0] if parts else "", parts[1].strip() if len(parts) > 1 else "")
