"""How do tests ask `/signoff` something, and read the answer?"""

from __future__ import annotations

from bot.playground.things import Message
from tests.builders import minutes
from tests.chat.house import House, words_in

HERE = "C0PAY"


async def answered(house: House, user: str, text: str) -> Message:
    """The private answer; that it is one is part of what is tested."""
    answer = await house.slack.command(user, "/signoff", text, channel=HERE)
    assert (answer.status, answer.trouble) == (200, "")
    assert answer.json["response_type"] == "ephemeral"
    return house.slack.ephemerals(user)[-1]


async def said(house: House, user: str, text: str) -> str:
    return words_in((await answered(house, user, text)).blocks)


async def shared(house: House, user: str, text: str) -> Message:
    """What the channel sees of the answer."""
    answer = await house.slack.command(user, "/signoff", text, channel=HERE)
    assert (answer.status, answer.trouble) == (200, "")
    assert answer.json["response_type"] == "in_channel"
    return house.slack.messages(HERE)[-1]


async def many(house: House, number: int) -> None:
    for n in range(number):
        await house.ask(key=f"deploy/{n}", repository=f"acme/payments-{n}", title=f"Change {n}")
        house.clock.go_on(minutes(1))
