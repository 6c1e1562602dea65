"""Is this rich text made only of pieces Slack knows?"""

from __future__ import annotations

from typing import Any

from bot.playground.rules import (
    Report,
    Rule,
    by_type,
    choice,
    each,
    escaped_length,
    fields,
    flag,
    link,
    matching,
    number,
    string,
)

_MANY = 1000

_style = fields({}, {"bold": flag, "italic": flag, "strike": flag, "code": flag})
_user_id = matching(r"[UW][A-Z0-9]{2,}", "a user id")
_emoji_name = matching(r"[a-z0-9_+'-]{1,100}", "an emoji name without colons")
_border = {"border": number(0, 1)}


def _counted(inner: Rule, *names: str) -> Rule:
    def rule(value: Any, path: str, report: Report) -> None:
        inner(value, path, report)
        for name in names:
            said = value.get(name)
            report.size += escaped_length(said) if isinstance(said, str) else 0

    return rule


def _loud(value: Any, path: str, report: Report) -> None:
    who = value.get("range") or value.get("usergroup_id") or "?"
    report.mentions.append(f"<!{who}>")


_words = _counted(fields({"text": string(11_000)}, {"style": _style}), "text")
_link = _counted(
    fields({"url": link}, {"text": string(3000), "style": _style, "unsafe": flag}), "text", "url"
)
_date = _counted(
    fields(
        {"timestamp": number(0, 99_999_999_999), "format": string(300)},
        {"url": link, "fallback": string(300), "style": _style},
    ),
    "format",
)
_leaves: dict[str, Rule] = {
    "text": _words,
    "link": _link,
    "user": fields({"user_id": _user_id}, {"style": _style}),
    "date": _date,
    "emoji": fields({"name": _emoji_name}, {"unicode": string(100), "skin_tone": number(1, 6)}),
    "broadcast": _loud,
    "usergroup": _loud,
}

_any_leaf = each(by_type(_leaves, "rich text element"), most=_MANY, least=0)
_bare_leaf = each(
    by_type({"text": _words, "link": _link}, "element of preformatted text"), most=_MANY
)
_section = fields({"elements": _any_leaf})
_list = fields(
    {
        "style": choice("bullet", "ordered"),
        "elements": each(by_type({"rich_text_section": _section}, "list item"), most=_MANY),
    },
    {"indent": number(0, 8), "offset": number(0, 100_000), **_border},
)

rich_text_elements: Rule = each(
    by_type(
        {
            "rich_text_section": _section,
            "rich_text_list": _list,
            "rich_text_quote": fields({"elements": _any_leaf}, _border),
            "rich_text_preformatted": fields(
                {"elements": _bare_leaf}, {**_border, "language": string(100)}
            ),
        },
        "rich text container",
    ),
    most=_MANY,
)
