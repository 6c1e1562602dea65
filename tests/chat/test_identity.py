"""Which workspace is ours? As Slack says, and with an organisation where it is part of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.chat.slack.api import SlackRefused
from bot.chat.slack.identity import Identity
from bot.ports import Unreachable

ALONE = {"team_id": "T0OURS", "user_id": "U0BOT", "bot_id": "B0BOT"}


@dataclass
class Slack:
    """It answers auth.test with these, one after the other."""

    answers: list[Mapping[str, Any] | Exception]
    asked: list[str] = field(default_factory=list)

    async def call(self, method: str, **_: object) -> Mapping[str, Any]:
        self.asked.append(method)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def identity(*answers: Mapping[str, Any] | Exception) -> tuple[Identity, Slack]:
    slack = Slack(list(answers))
    api: Any = slack
    return Identity(api), slack


@pytest.mark.parametrize(
    ("more", "teams"),
    [
        ({}, ("T0OURS",)),
        ({"enterprise_id": None}, ("T0OURS",)),
        ({"enterprise_id": ""}, ("T0OURS",)),
        ({"enterprise_id": "E0ORG"}, ("T0OURS", "E0ORG")),
    ],
)
async def test_it_is_asked_once(more: Mapping[str, Any], teams: tuple[str, ...]) -> None:
    ours, slack = identity({**ALONE, **more})
    assert await ours.teams() == teams
    assert await ours.teams() == teams
    assert slack.asked == ["auth.test"]


@pytest.mark.parametrize("trouble", [SlackRefused("invalid_auth"), Unreachable("no answer")])
async def test_where_slack_does_not_say_nobody_knows_and_it_is_asked_again(
    trouble: Exception,
) -> None:
    ours, slack = identity(trouble, ALONE)
    with pytest.raises(Unreachable):
        await ours.teams()
    assert await ours.teams() == ("T0OURS",)
    assert len(slack.asked) == 2
