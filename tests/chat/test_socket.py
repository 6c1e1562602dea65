"""By the socket nothing is signed: is it at least for our own app?"""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.socket import Socket

OURS, OLD = "xapp-1-A0SIGN-4711-abcdef", "xapp-playground"


async def dispatched(token: str, payload: Any, envelope: str = "e1") -> tuple[list[Any], list[str]]:
    """What came through to the app, and which envelopes were acknowledged."""
    through: list[Any] = []
    acknowledged: list[str] = []

    async def dispatch(request: Any) -> BoltResponse:
        through.append(request.body)
        return BoltResponse(status=200)

    async def send(response: Any) -> None:
        acknowledged.append(response.envelope_id)

    logger = logging.getLogger("test.socket")
    app: Any = SimpleNamespace(logger=logger, client=AsyncWebClient(), async_dispatch=dispatch)
    client: Any = SimpleNamespace(send_socket_mode_response=send, logger=logger)
    socket = Socket(app, token)
    request = SocketModeRequest(type="interactive", envelope_id=envelope, payload=payload)
    await socket._handler.handle(client, request)
    await socket.stop()
    return through, acknowledged


@pytest.mark.parametrize("app", ["A0OTHER", "", "a0sign", None, 7, {}, ["A0SIGN"]])
async def test_what_is_for_another_app_is_acknowledged_and_dropped(app: Any) -> None:
    payload = {"type": "block_actions", "api_app_id": app}
    assert await dispatched(OURS, payload) == ([], ["e1"])


@pytest.mark.parametrize("payload", [{"api_app_id": "A0SIGN"}, {"type": "shortcut"}])
async def test_what_is_for_ours_or_names_none_comes_through(payload: dict[str, Any]) -> None:
    """Shortcuts name no app."""
    assert await dispatched(OURS, payload) == ([payload], ["e1"])


async def test_where_the_token_names_no_app_all_comes_through() -> None:
    payload = {"api_app_id": "A0OTHER"}
    assert await dispatched(OLD, payload) == ([payload], ["e1"])
