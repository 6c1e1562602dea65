"""What do people see of the bot's answer to what they did?"""

from __future__ import annotations

from dataclasses import replace

from bot.playground.courier import Answer
from bot.playground.drafts import Content
from bot.playground.forms import touchable
from bot.playground.refusals import Refused
from bot.playground.things import View
from bot.playground.workspace import Workspace

_TROUBLE = {
    "http_timeout": "The app did not answer in time (operation_timeout).",
    "connection_failed": "The app could not be reached (dispatch_failed).",
}
_FAILED = "The app answered with an error (dispatch_failed)."


class Aftermath:
    """Closes, changes or marks a form, shows what was said, and says what went wrong."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def tell_trouble(self, answer: Answer, user: str, channel: str) -> None:
        self._workspace.notice(user, channel, _TROUBLE.get(answer.trouble, _FAILED))

    def of_submission(self, view: View, answer: Answer) -> Answer:
        action = answer.json.get("response_action")
        if action == "errors":
            return self._show_errors(view, answer)
        if action is None:
            self._workspace.views.close(view)
            return answer
        try:
            self._workspace.views.respond(view, str(action), answer.json.get("view"))
        except Refused as refused:
            return self._bad_answer(view.user, answer, refused)
        return answer

    def _show_errors(self, view: View, answer: Answer) -> Answer:
        errors = answer.json.get("errors")
        inputs = {block["block_id"] for block, _ in touchable(view.blocks)}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            refused = Refused("invalid_errors", (f"[ERROR] no such inputs: {errors!r}",))
            return self._bad_answer(view.user, answer, refused)
        return replace(answer, errors={str(name): str(why) for name, why in errors.items()})

    def _bad_answer(self, user: str, answer: Answer, refused: Refused, channel: str = "") -> Answer:
        why = " ".join((refused.error, *refused.messages))
        self._workspace.notice(user, channel, f"The app's answer could not be used: {why}")
        return replace(answer, trouble=why)

    def of_command(self, user: str, channel: str, answer: Answer) -> Answer:
        said = answer.json or ({"text": answer.body} if answer.body.strip() else {})
        if not said:
            return answer
        try:
            self._workspace.reply(
                user,
                channel,
                Content(text=said.get("text", ""), blocks=said.get("blocks")),
                loud=said.get("response_type") == "in_channel",
            )
        except Refused as refused:
            return self._bad_answer(user, answer, refused, channel)
        return answer
