"""Which interactive elements exist, and what may each of them hold?"""

from __future__ import annotations

from typing import Any

from bot.playground.rules import (
    Report,
    Rule,
    by_type,
    choice,
    each,
    fields,
    flag,
    identifier,
    link,
    matching,
    number,
    string,
    text,
)

_BLOCK_DEPTH = 3  # "", "blocks", "<index>": an action_id is unique within its block

_plain_75 = text(75, plain_only=True)
_action_id = identifier(_BLOCK_DEPTH)
_user_id = matching(r"[UW][A-Z0-9]{2,}", "a user id")
_date = matching(r"\d{4}-\d{2}-\d{2}", "a date such as 2026-11-21")
_time = matching(r"\d{2}:\d{2}", "a time such as 17:30")

confirm: Rule = fields(
    {
        "title": text(100, plain_only=True),
        "text": text(300),
        "confirm": text(30, plain_only=True),
        "deny": text(30, plain_only=True),
    },
    {"style": choice("primary", "danger")},
)

_option = fields({"text": _plain_75, "value": string(150)}, {"description": _plain_75})
_rich_option = fields({"text": text(75), "value": string(150)}, {"description": text(75)})
_menu_option = fields(
    {"text": _plain_75, "value": string(150)}, {"description": _plain_75, "url": link}
)
_option_group = fields({"label": _plain_75, "options": each(_option, most=100)})

_common: dict[str, Rule] = {"action_id": _action_id, "confirm": confirm, "focus_on_load": flag}
_placeholder = {"placeholder": text(150, plain_only=True)}
_several = {"max_selected_items": number(1, 100)}

_button = fields(
    {"text": _plain_75},
    {
        "action_id": _action_id,
        "value": string(2000),
        "url": link,
        "style": choice("primary", "danger"),
        "confirm": confirm,
        "accessibility_label": string(75),
    },
)


def _needs_options(inner: Rule) -> Rule:
    inner = _begins_with_its_own(inner)

    def rule(value: Any, path: str, report: Report) -> None:
        inner(value, path, report)
        if ("options" in value) == ("option_groups" in value):
            report.refuse(path, "needs either 'options' or 'option_groups'")

    return rule


def _begins_with_its_own(inner: Rule) -> Rule:
    """What is chosen at first has to be among the options, word for word."""

    def rule(value: Any, path: str, report: Report) -> None:
        inner(value, path, report)
        first = value.get("initial_options", [])
        first = [*(first if isinstance(first, list) else []), value.get("initial_option")]
        offered = _offered(value)
        for one in first:
            if one is not None and one not in offered:
                report.refuse(path, "begins with an option it does not have")

    return rule


def _offered(element: Any) -> list[Any]:
    groups = element.get("option_groups")
    inside = [one for one in groups if isinstance(one, dict)] if isinstance(groups, list) else []
    lists = [element.get("options"), *(one.get("options") for one in inside)]
    return [option for options in lists if isinstance(options, list) for option in options]


_choices: dict[str, Rule] = {
    "options": each(_option, most=100),
    "option_groups": each(_option_group, most=100),
}
_static_select = _needs_options(
    fields({}, {**_common, **_placeholder, **_choices, "initial_option": _option})
)
_multi_static_select = _needs_options(
    fields(
        {},
        {
            **_common,
            **_placeholder,
            **_choices,
            **_several,
            "initial_options": each(_option, most=100),
        },
    )
)
_users_select = fields({}, {**_common, **_placeholder, "initial_user": _user_id})
_multi_users_select = fields(
    {}, {**_common, **_placeholder, **_several, "initial_users": each(_user_id, most=100)}
)
_checkboxes = _begins_with_its_own(
    fields(
        {"options": each(_rich_option, most=10)},
        {**_common, "initial_options": each(_rich_option, most=10)},
    )
)
_radio_buttons = _begins_with_its_own(
    fields({"options": each(_rich_option, most=10)}, {**_common, "initial_option": _rich_option})
)
_overflow = fields(
    {"options": each(_menu_option, least=2, most=5)}, {"action_id": _action_id, "confirm": confirm}
)
_datepicker = fields({}, {**_common, **_placeholder, "initial_date": _date})
_timepicker = fields(
    {}, {**_common, **_placeholder, "initial_time": _time, "timezone": string(100)}
)
_plain_text_input = fields(
    {},
    {
        "action_id": _action_id,
        "focus_on_load": flag,
        **_placeholder,
        "initial_value": string(3000, least=0),
        "multiline": flag,
        "min_length": number(0, 3000),
        "max_length": number(1, 3000),
        "dispatch_action_config": fields(
            {"trigger_actions_on": each(choice("on_enter_pressed", "on_character_entered"), most=2)}
        ),
    },
)
image: Rule = fields({"image_url": link, "alt_text": string(2000)})

_chosen: dict[str, Rule] = {
    "static_select": _static_select,
    "multi_static_select": _multi_static_select,
    "users_select": _users_select,
    "multi_users_select": _multi_users_select,
    "checkboxes": _checkboxes,
    "radio_buttons": _radio_buttons,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
}

in_actions = by_type({**_chosen, "button": _button, "overflow": _overflow}, "action")
in_section = by_type(
    {**_chosen, "button": _button, "overflow": _overflow, "image": image}, "accessory"
)
in_input = by_type({**_chosen, "plain_text_input": _plain_text_input}, "input")
