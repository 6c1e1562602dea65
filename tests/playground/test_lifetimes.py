"""How long do triggers and response_urls live?"""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.courier import Answer
from bot.playground.server import Playground
from bot.playground.things import Message
from tests.playground.bolted import listening
from tests.playground.cards import card, modal
from tests.playground.conftest import FakeClock


async def say_yes(request: web.Request) -> web.Response:
    return web.Response()


async def clicked(slack: Playground, client: AsyncWebClient) -> Answer:
    await client.chat_postMessage(channel="C0PAY", text="Sign-off needed", blocks=card())
    async with listening(slack, say_yes):
        return await slack.click("U0ADA", slack.cards("C0PAY")[-1], "approve")


def trigger(answer: Answer) -> str:
    assert answer.delivery is not None
    return str(answer.delivery.payload["trigger_id"])


def response_url(answer: Answer) -> str:
    assert answer.delivery is not None
    return str(answer.delivery.payload["response_url"])


async def open_error(client: AsyncWebClient, trigger_id: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger_id, view=modal())
    return str(refused.value.response["error"])


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: Playground, client: AsyncWebClient, clock: FakeClock
) -> None:
    trigger_id = trigger(await clicked(slack, client))
    clock.pass_seconds(3)
    await client.views_open(trigger_id=trigger_id, view=modal())
    assert slack.modal("U0ADA")
    assert await open_error(client, trigger_id) == "exchanged_trigger_id"


async def test_a_trigger_is_too_old_after_three_seconds(
    slack: Playground, client: AsyncWebClient, clock: FakeClock
) -> None:
    trigger_id = trigger(await clicked(slack, client))
    clock.pass_seconds(3.1)
    assert await open_error(client, trigger_id) == "expired_trigger_id"
    assert slack.modal("U0ADA") is None


async def test_a_trigger_nobody_gave(client: AsyncWebClient) -> None:
    assert await open_error(client, "1.T0PLAY.U0ADA") == "invalid_trigger_id"


async def test_a_bad_view_does_not_spend_the_trigger(
    slack: Playground, client: AsyncWebClient
) -> None:
    trigger_id = trigger(await clicked(slack, client))
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger_id, view={"type": "modal"})
    assert refused.value.response["error"] == "invalid_arguments"
    await client.views_open(trigger_id=trigger_id, view=modal())


async def tell(http: aiohttp.ClientSession, url: str, **body: object) -> tuple[int, str]:
    async with http.post(url, json=body) as response:
        return response.status, await response.text()


async def test_a_response_url_is_good_for_five_answers(
    slack: Playground, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url = response_url(await clicked(slack, client))
    for n in range(5):
        assert (await tell(http, url, text=f"answer {n}"))[0] == 200
    status, body = await tell(http, url, text="one too many")
    assert status == 404
    assert "used_url" in body
    assert [one.text for one in slack.ephemerals("U0ADA")] == [f"answer {n}" for n in range(5)]


@pytest.mark.parametrize(("minutes", "status"), [(30, 200), (30.1, 404)])
async def test_a_response_url_is_good_for_thirty_minutes(
    slack: Playground,
    client: AsyncWebClient,
    http: aiohttp.ClientSession,
    clock: FakeClock,
    minutes: float,
    status: int,
) -> None:
    url = response_url(await clicked(slack, client))
    clock.pass_seconds(minutes * 60)
    assert (await tell(http, url, text="late"))[0] == status


async def test_a_response_url_can_speak_to_everybody(
    slack: Playground, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url = response_url(await clicked(slack, client))
    await tell(http, url, text="hello", response_type="in_channel")
    assert slack.messages("C0PAY")[-1].text == "hello"
    assert slack.ephemerals("U0ADA") == []


async def test_a_response_url_can_change_and_remove_what_was_clicked(
    slack: Playground, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    await client.chat_postEphemeral(channel="C0PAY", user="U0ADA", text="Sure?", blocks=card())

    def whisper() -> Message:
        return slack.ephemerals("U0ADA")[0]

    async with listening(slack, say_yes):
        url = response_url(await slack.click("U0ADA", whisper(), "approve"))
    await tell(http, url, text="Done", replace_original=True)
    assert (whisper().text, whisper().blocks) == ("Done", ())
    await tell(http, url, delete_original=True)
    assert slack.ephemerals("U0ADA") == []


async def test_a_response_url_is_as_strict_as_the_web_api(
    slack: Playground, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    url = response_url(await clicked(slack, client))
    status, body = await tell(http, url, text="x", blocks=[{"type": "section"}])
    assert status == 400
    assert "invalid_blocks" in body
    assert (await tell(http, f"{url}0", text="x"))[0] == 404
