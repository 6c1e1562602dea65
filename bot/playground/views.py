"""Which modals and home tabs are open, and what may the bot do with them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from bot.playground.blocks import judge_view, too_large
from bot.playground.identities import Mint
from bot.playground.passes import Passes
from bot.playground.refusals import Refused
from bot.playground.rules import Json
from bot.playground.things import View

MOST_STACKED = 3

Answers = Mapping[str, Mapping[str, Json]]


class Views:
    """One stack of modals and one home tab for each person."""

    def __init__(self, mint: Mint, passes: Passes, on_change: Callable[[], None]) -> None:
        self._mint = mint
        self._passes = passes
        self._changed = on_change
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def top(self, user: str) -> View | None:
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def stack(self, user: str) -> tuple[View, ...]:
        return tuple(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        return self._homes.get(user)

    # By the bot, through the Web API

    def open(self, trigger_id: object, body: object) -> View:
        judged = self._judged(body, "modal")
        trigger = self._passes.spend_trigger(trigger_id)
        view = self._new(trigger.user, judged)
        self._stacks[trigger.user] = [view]
        self._changed()
        return view

    def push(self, trigger_id: object, body: object) -> View:
        judged = self._judged(body, "modal")
        trigger = self._passes.spend_trigger(trigger_id)
        if trigger.view is None or self._find(trigger.view) is None:
            raise Refused("view_not_found", ("[ERROR] the trigger did not come from a modal",))
        return self.stack_up(trigger.user, judged)

    def update(self, body: object, view_id: str, external_id: str, known_hash: str) -> View:
        old = self._find(view_id) or self._find_external(external_id)
        if old is None:
            raise Refused("not_found")
        judged = self._judged(body, "modal")
        if known_hash and known_hash != old.hash:
            raise Refused("hash_conflict")
        return self.replace(old, judged)

    def publish(self, user: str, body: object, known_hash: str) -> View:
        judged = self._judged(body, "home")
        old = self._homes.get(user)
        if known_hash and (old is None or known_hash != old.hash):
            raise Refused("hash_conflict")
        view = self._new(user, judged)
        same = replace(view, id=old.id, root=old.id, state=old.state) if old else view
        self._homes[user] = same
        self._changed()
        return self._homes[user]

    # By the answer to a submission, and by the person

    def respond(self, view: View, action: str, body: object) -> None:
        """``response_action``: update or push a view, or clear them all."""
        match action:
            case "update":
                self.replace(view, self._judged(body, "modal"))
            case "push":
                self.stack_up(view.user, self._judged(body, "modal"))
            case "clear":
                self.clear(view.user)
            case _:
                raise Refused("unknown_response_action", (f"[ERROR] {action!r}",))

    def replace(self, old: View, body: Json) -> View:
        new = replace(
            old,
            body=body,
            hash=self._new_hash(),
            state={block: dict(values) for block, values in old.state.items()},
        )
        stack = self._stacks[old.user]
        self._stacks[old.user] = [new if view.id == old.id else view for view in stack]
        self._changed()
        return new

    def stack_up(self, user: str, body: Json) -> View:
        stack = self._stacks.setdefault(user, [])
        if len(stack) >= MOST_STACKED:
            raise Refused("push_limit_reached")
        view = self._new(user, body)
        if stack:
            view = replace(view, root=stack[0].id, previous=stack[-1].id)
        stack.append(view)
        self._changed()
        return view

    def remember(self, view: View, answers: Answers) -> View:
        """Keep what the person has filled in so far; this is no new version of the view."""
        filled = replace(view, state=answers)
        if view.body["type"] == "home":
            self._homes[view.user] = filled
            return filled
        stack = self._stacks.get(view.user, [])
        self._stacks[view.user] = [filled if one.id == view.id else one for one in stack]
        return filled

    def close(self, view: View) -> None:
        """Close this one; those on top of it go too."""
        stack = self._stacks.get(view.user, [])
        ids = [one.id for one in stack]
        if view.id in ids:
            del stack[ids.index(view.id) :]
        self._changed()

    def clear(self, user: str) -> None:
        self._stacks.pop(user, None)
        self._changed()

    def _judged(self, body: object, kind: Literal["modal", "home"]) -> Json:
        report = judge_view(body, kind)
        if report.problems or not isinstance(body, dict):
            raise Refused("invalid_arguments", tuple(report.problems))
        if too_large(body):
            raise Refused("view_too_large")
        return {**body, "blocks": self._mint.name_all(body["blocks"])}

    def _new(self, user: str, body: Json) -> View:
        view_id = self._mint.id("V")
        return View(id=view_id, user=user, body=body, hash=self._new_hash(), root=view_id, state={})

    def _new_hash(self) -> str:
        return f"{int(self._mint.now())}.h{self._mint.number()}"

    def _find(self, view_id: str) -> View | None:
        every = (view for stack in self._stacks.values() for view in stack)
        return next((view for view in every if view.id == view_id), None)

    def _find_external(self, external_id: str) -> View | None:
        if not external_id:
            return None
        every = (view for stack in self._stacks.values() for view in stack)
        return next((view for view in every if view.body.get("external_id") == external_id), None)
