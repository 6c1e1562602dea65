"""Do modals stack, close, keep their answers and show their errors as in Slack?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.refusals import NotOnTheCard
from bot.playground.server import Playground
from bot.playground.things import View
from tests.playground.bolted import listening
from tests.playground.cards import Json, actions, button, home, modal, plain, section, text_input


class Replies:
    """A bot that answers everything with what it was given; nothing: an empty 200."""

    def __init__(self) -> None:
        self.next: Json | None = None
        self.status = 200

    async def __call__(self, request: web.Request) -> web.Response:
        if self.next is None:
            return web.Response(status=self.status)
        return web.json_response(self.next, status=self.status)


@pytest.fixture
async def replies(slack: Playground) -> AsyncIterator[Replies]:
    answering = Replies()
    async with listening(slack, answering):
        yield answering


async def opened(slack: Playground, client: AsyncWebClient, view: Json | None = None) -> View:
    trigger_id = slack.workspace.passes.new_trigger("U0ADA")
    await client.views_open(trigger_id=trigger_id, view=view or modal())
    return top(slack)


def top(slack: Playground) -> View:
    view = slack.modal("U0ADA")
    assert view is not None
    return view


async def test_an_empty_answer_closes_the_modal(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    answer = await slack.submit("U0ADA", {"reason": "because"})
    assert answer.ok
    assert slack.modal("U0ADA") is None


async def test_an_input_may_be_named_by_its_block(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    answer = await slack.submit("U0ADA", {"why": "because"})
    assert answer.delivery is not None
    values = answer.delivery.payload["view"]["state"]["values"]
    assert values == {"why": {"reason": {"type": "plain_text_input", "value": "because"}}}


async def test_a_required_input_left_empty_is_not_sent(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    answer = await slack.submit("U0ADA", {"reason": ""})
    assert set(answer.errors) == {"why"}
    assert slack.answers == []
    assert slack.modal("U0ADA")


async def test_an_optional_input_may_be_left_empty(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client, modal({**text_input(), "optional": True}))
    assert (await slack.submit("U0ADA")).ok


@pytest.mark.parametrize(
    ("text", "sent"), [("xx", False), ("xxx", True), ("xxxxx", True), ("x" * 6, False)]
)
async def test_lengths_are_judged_before_sending(
    slack: Playground, client: AsyncWebClient, replies: Replies, text: str, sent: bool
) -> None:
    await opened(slack, client, modal(text_input(min_length=3, max_length=5)))
    answer = await slack.submit("U0ADA", {"reason": text})
    assert answer.ok is sent
    assert bool(answer.errors) is not sent


async def test_errors_are_shown_and_the_answers_kept(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    replies.next = {"response_action": "errors", "errors": {"why": "Too short."}}
    answer = await slack.submit("U0ADA", {"reason": "no"})
    assert answer.errors == {"why": "Too short."}
    assert top(slack).state["why"]["reason"]["value"] == "no"


async def test_errors_for_inputs_that_are_not_there_are_no_answer(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    replies.next = {"response_action": "errors", "errors": {"elsewhere": "Too short."}}
    answer = await slack.submit("U0ADA", {"reason": "no"})
    assert answer.errors == {}
    assert "invalid_errors" in answer.trouble
    assert "could not be used" in slack.ephemerals("U0ADA")[-1].text


async def test_update_push_and_clear(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    first = await opened(slack, client)
    replies.next = {"response_action": "update", "view": modal(title=plain("Two"))}
    await slack.submit("U0ADA", {"reason": "x"})
    assert top(slack).id == first.id
    assert top(slack).hash != first.hash
    replies.next = {"response_action": "push", "view": modal(title=plain("Three"))}
    await slack.submit("U0ADA", {"reason": "x"})
    assert (top(slack).root, top(slack).previous) == (first.id, first.id)
    replies.next = {"response_action": "clear"}
    await slack.submit("U0ADA", {"reason": "x"})
    assert slack.modal("U0ADA") is None


@pytest.mark.parametrize(
    "answer",
    [{"response_action": "update", "view": {"type": "modal"}}, {"response_action": "dance"}],
)
async def test_an_answer_that_makes_no_sense_leaves_the_modal_open(
    slack: Playground, client: AsyncWebClient, replies: Replies, answer: Json
) -> None:
    view = await opened(slack, client)
    replies.next = answer
    await slack.submit("U0ADA", {"reason": "x"})
    assert top(slack).hash == view.hash
    assert slack.ephemerals("U0ADA")[-1].source == "notice"


async def test_a_failing_bot_leaves_the_modal_open(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    replies.status = 500
    answer = await slack.submit("U0ADA", {"reason": "x"})
    assert (answer.status, answer.trouble) == (500, "http_error")
    assert slack.modal("U0ADA")


async def test_three_modals_may_be_stacked(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)

    async def push() -> None:
        trigger_id = slack.workspace.passes.new_trigger("U0ADA", top(slack).id)
        await client.views_push(trigger_id=trigger_id, view=modal())

    await push()
    await push()
    with pytest.raises(SlackApiError) as refused:
        await push()
    assert refused.value.response["error"] == "push_limit_reached"
    await slack.submit("U0ADA", {"reason": "x"})
    assert len(slack.workspace.views.stack("U0ADA")) == 2


async def test_a_push_needs_a_trigger_from_a_modal(
    slack: Playground, client: AsyncWebClient
) -> None:
    await opened(slack, client)
    trigger_id = slack.workspace.passes.new_trigger("U0ADA")
    with pytest.raises(SlackApiError) as refused:
        await client.views_push(trigger_id=trigger_id, view=modal())
    assert refused.value.response["error"] == "view_not_found"


async def test_an_update_with_an_old_hash_is_refused(
    slack: Playground, client: AsyncWebClient
) -> None:
    view = await opened(slack, client, modal(external_id="mine"))
    await client.views_update(view_id=view.id, hash=view.hash, view=modal(title=plain("New")))
    with pytest.raises(SlackApiError) as refused:
        await client.views_update(view_id=view.id, hash=view.hash, view=modal())
    assert refused.value.response["error"] == "hash_conflict"
    assert top(slack).body["title"] == plain("New")


async def test_a_view_can_be_found_by_its_external_id(
    slack: Playground, client: AsyncWebClient
) -> None:
    await opened(slack, client, modal(external_id="mine"))
    await client.views_update(external_id="mine", view=modal(title=plain("New")))
    assert top(slack).body["title"] == plain("New")
    with pytest.raises(SlackApiError) as refused:
        await client.views_update(external_id="other", view=modal())
    assert refused.value.response["error"] == "not_found"


async def test_a_click_in_a_modal_carries_what_was_typed(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client, modal(text_input(), actions(button("more", value="7"))))
    answer = await slack.click_in_modal("U0ADA", "more", answers={"reason": "half a thou"})
    assert answer.delivery is not None
    payload = answer.delivery.payload
    assert payload["container"] == {"type": "view", "view_id": top(slack).id}
    assert payload["view"]["state"]["values"]["why"]["reason"]["value"] == "half a thou"
    assert payload["actions"][0]["value"] == "7"
    with pytest.raises(NotOnTheCard):
        await slack.click_in_modal("U0ADA", "less")


async def test_choices_are_sent_with_their_text(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    option = {"text": plain("Rolled back easily"), "value": "rollback"}
    checks = {"type": "checkboxes", "action_id": "checks", "options": [option]}
    person = {"type": "users_select", "action_id": "to"}
    blocks: list[Any] = [
        {"type": "input", "block_id": "c", "label": plain("Checked"), "element": checks},
        {"type": "input", "block_id": "p", "label": plain("To"), "element": person},
    ]
    await opened(slack, client, modal(*blocks))
    with pytest.raises(NotOnTheCard):
        await slack.submit("U0ADA", {"checks": "something else", "to": "U0JUN"})
    answer = await slack.submit("U0ADA", {"checks": ["rollback"], "to": "U0JUN"})
    assert answer.delivery is not None
    assert answer.delivery.payload["view"]["state"]["values"] == {
        "c": {"checks": {"type": "checkboxes", "selected_options": [option]}},
        "p": {"to": {"type": "users_select", "selected_user": "U0JUN"}},
    }


async def test_an_input_that_is_not_there_cannot_be_filled(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    await opened(slack, client)
    with pytest.raises(NotOnTheCard):
        await slack.submit("U0ADA", {"reason": "x", "mood": "good"})
    with pytest.raises(NotOnTheCard):
        await slack.submit("U0JUN", {"reason": "x"})


@pytest.mark.parametrize("wants_to_know", [True, False])
async def test_closing_is_told_to_those_who_asked(
    slack: Playground, client: AsyncWebClient, replies: Replies, wants_to_know: bool
) -> None:
    await opened(slack, client, modal(notify_on_close=wants_to_know))
    answer = await slack.dismiss("U0ADA")
    assert slack.modal("U0ADA") is None
    assert (answer is not None) is wants_to_know


async def test_the_home_tab_belongs_to_one_person(
    slack: Playground, client: AsyncWebClient, replies: Replies
) -> None:
    view = home(section("For Ada"), actions(button("open", value="1")))
    published = await client.views_publish(user_id="U0ADA", view=view)
    assert slack.home("U0JUN") is None
    assert (await slack.click_on_home("U0ADA", "open")).ok
    with pytest.raises(NotOnTheCard):
        await slack.click_on_home("U0JUN", "open")
    old = published["view"]["hash"]
    await client.views_publish(user_id="U0ADA", view=home(), hash=old)
    with pytest.raises(SlackApiError) as refused:
        await client.views_publish(user_id="U0ADA", view=home(), hash=old)
    assert refused.value.response["error"] == "hash_conflict"
