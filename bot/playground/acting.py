"""What can a person do in the workspace, and what comes of it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from bot.playground import payloads
from bot.playground.aftermath import Aftermath
from bot.playground.courier import Answer, Courier, Delivery
from bot.playground.forms import (
    STATELESS,
    Given,
    chosen,
    faults,
    fill,
    held_on,
    pick,
    with_action,
)
from bot.playground.refusals import NotOnTheCard
from bot.playground.rules import Json
from bot.playground.things import Channel, Member, Message, Shortcut, View
from bot.playground.workspace import Workspace

Where = Message | Literal["home", "modal"]


class Acting:
    """Clicks, forms and commands, each as Slack would send it."""

    def __init__(
        self,
        workspace: Workspace,
        courier: Courier,
        response_url: Callable[[str], str],
        shortcuts: Iterable[Shortcut] = (),
    ) -> None:
        self.shortcuts = tuple(shortcuts)
        self._workspace = workspace
        self._courier = courier
        self._response_url = response_url
        self._aftermath = Aftermath(workspace)

    async def click(
        self,
        user: str,
        message: Message,
        action_id: str,
        *,
        value: Given = None,
        block_id: str | None = None,
        stale: bool = False,
    ) -> Answer:
        """Use an element of the message as it reads now; `stale`: of `message`, on an old screen."""
        member, channel = self._member(user), self._channel(user, message.channel)
        current = self._seen(user, message)
        blocks = message.blocks if stale else current.blocks
        action = self._action(blocks, action_id, value, block_id)
        state, leave = held_on(blocks, action), self._leave(user, channel.id, current)
        payload = payloads.message_action(member, current, channel, action, state, leave)
        return await self._interactive(payload, user, channel.id)

    async def choose(
        self, user: str, where: Where, action_id: str, value: Given, *, block_id: str | None = None
    ) -> Answer:
        """Choose in an overflow menu, a select or another picker that is not a form's."""
        match where:
            case "home":
                return await self.click_on_home(user, action_id, value=value, block_id=block_id)
            case "modal":
                return await self.click_in_modal(user, action_id, value=value, block_id=block_id)
            case Message():
                return await self.click(user, where, action_id, value=value, block_id=block_id)

    async def shortcut(self, user: str, callback_id: str) -> Answer:
        """Choose a shortcut of the composer."""
        self._offered(callback_id, on_message=False)
        trigger_id = self._workspace.passes.new_trigger(user)
        payload = payloads.global_shortcut(
            self._member(user), callback_id, self._workspace.mint.ts(), trigger_id
        )
        return await self._interactive(payload, user, "")

    async def message_shortcut(self, user: str, message: Message, callback_id: str) -> Answer:
        """Choose a shortcut in the menu of a message; ephemerals have no such menu."""
        self._offered(callback_id, on_message=True)
        member, channel = self._member(user), self._channel(user, message.channel)
        current = self._seen(user, message)
        if current.only_for is not None:
            raise NotOnTheCard("a message only one person sees has no shortcuts")
        payload = payloads.message_shortcut(
            member,
            current,
            channel,
            callback_id,
            self._workspace.mint.ts(),
            self._leave(user, channel.id, current),
        )
        return await self._interactive(payload, user, channel.id)

    async def click_in_modal(
        self,
        user: str,
        action_id: str,
        *,
        value: Given = None,
        block_id: str | None = None,
        answers: Mapping[str, Given] | None = None,
    ) -> Answer:
        view = self._modal(user)
        view = self._workspace.views.remember(view, fill(view, answers or {}))
        return await self._click_in_view(view, action_id, value, block_id)

    async def click_on_home(
        self,
        user: str,
        action_id: str,
        *,
        value: Given = None,
        block_id: str | None = None,
        answers: Mapping[str, Given] | None = None,
    ) -> Answer:
        home = self._workspace.views.home(user)
        if home is None:
            raise NotOnTheCard(f"{user} has no home tab yet")
        home = self._workspace.views.remember(home, fill(home, answers or {}))
        return await self._click_in_view(home, action_id, value, block_id)

    async def submit(self, user: str, answers: Mapping[str, Given] | None = None) -> Answer:
        """Send the top modal. A form with empty required inputs is not sent at all."""
        view = self._modal(user)
        if "submit" not in view.body:
            raise NotOnTheCard("this modal has nothing to submit")
        state = fill(view, answers or {})
        view = self._workspace.views.remember(view, state)
        if wrong := faults(view, state):
            return Answer(status=0, trouble="not_sent", errors=wrong)
        trigger_id = self._workspace.passes.new_trigger(user, view.id)
        payload = payloads.view_submission(self._member(user), view, trigger_id)
        answer = await self._interactive(payload, user, "")
        return self._aftermath.of_submission(view, answer) if answer.ok else answer

    async def dismiss(self, user: str) -> Answer | None:
        """Close the top modal; the app hears of it only if it asked to."""
        view = self._modal(user)
        self._workspace.views.close(view)
        if not view.body.get("notify_on_close"):
            return None
        payload = payloads.view_closed(self._member(user), view, cleared=False)
        return await self._interactive(payload, user, "")

    async def command(
        self, user: str, command: str, text: str = "", channel: str | None = None
    ) -> Answer:
        """Type a slash command; without a channel, in the conversation with the bot."""
        member = self._member(user)
        here = channel or self._workspace.open_direct([user]).id
        place = self._channel(user, here)
        leave = self._leave(user, here)
        payload = payloads.slash_command(member, place, command, text.strip(), leave)
        answer = await self._courier.deliver(Delivery(kind="slash_commands", payload=payload))
        if answer.ok:
            return self._aftermath.of_command(user, here, answer)
        self._aftermath.tell_trouble(answer, user, here)
        return answer

    async def open_home(self, user: str, tab: str, delays: Sequence[float]) -> Answer:
        self._member(user)
        direct = self._workspace.open_direct([user])
        home = self._workspace.views.home(user)
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": direct.id,
            "tab": tab,
            "event_ts": self._workspace.mint.ts(),
            **({"view": payloads.view_json(home)} if home else {}),
        }
        return await self.event(event, delays)

    async def event(self, event: Json, delays: Sequence[float]) -> Answer:
        mint = self._workspace.mint
        payload = payloads.event_callback(event, mint.id("Ev"), mint.now())
        return await self._courier.insist(Delivery(kind="events_api", payload=payload), delays)

    def _offered(self, callback_id: str, *, on_message: bool) -> None:
        where = "on messages" if on_message else "in the composer"
        if not any(
            (one.callback_id, one.on_message) == (callback_id, on_message) for one in self.shortcuts
        ):
            raise NotOnTheCard(f"the app offers no shortcut {callback_id!r} {where}")

    def _leave(self, user: str, channel: str, origin: Message | None = None) -> dict[str, str]:
        passes = self._workspace.passes
        return {
            "trigger_id": passes.new_trigger(user),
            "response_url": self._response_url(passes.new_line(user, channel, origin)),
        }

    def _seen(self, user: str, message: Message) -> Message:
        current = self._workspace.find(message.channel, message.ts)
        if current is None or current.only_for not in (None, user):
            raise NotOnTheCard(f"{user} sees no message {message.ts} in {message.channel}")
        return current

    def _member(self, user: str) -> Member:
        member = self._workspace.people.get(user)
        if member is None or member.deleted or member.bot:
            raise NotOnTheCard(f"nobody can act as {user}")
        return member

    def _channel(self, user: str, channel: str) -> Channel:
        if not self._workspace.can_see(user, channel):
            raise NotOnTheCard(f"{user} cannot see {channel}")
        return self._workspace.channels[channel]

    def _modal(self, user: str) -> View:
        self._member(user)
        view = self._workspace.views.top(user)
        if view is None:
            raise NotOnTheCard(f"{user} has no modal open")
        return view

    def _action(
        self, blocks: Sequence[Json], action_id: str, value: Given, block_id: str | None
    ) -> Json:
        block, element = pick(blocks, action_id, value, block_id)
        action: Json = {
            "action_id": action_id,
            "block_id": block["block_id"],
            "action_ts": self._workspace.mint.ts(),
            "type": element["type"],
        }
        if element["type"] == "button":
            return action | {name: element[name] for name in ("text", "value") if name in element}
        return action | chosen(element, value)

    async def _click_in_view(
        self, view: View, action_id: str, value: Given, block_id: str | None
    ) -> Answer:
        action = self._action(view.blocks, action_id, value, block_id)
        if action["type"] not in STATELESS:
            state = with_action({name: dict(held) for name, held in view.state.items()}, action)
            view = self._workspace.views.remember(view, state)
        trigger_id = self._workspace.passes.new_trigger(view.user, view.id)
        payload = payloads.view_action(self._member(view.user), view, action, trigger_id)
        return await self._interactive(payload, view.user, "")

    async def _interactive(self, payload: Json, user: str, channel: str) -> Answer:
        answer = await self._courier.deliver(Delivery(kind="interactive", payload=payload))
        if not answer.ok:
            self._aftermath.tell_trouble(answer, user, channel)
        return answer
