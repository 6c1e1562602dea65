"""Author, co-author and guest are refused: privately, with the reason, and who may instead."""

from __future__ import annotations

import pytest

from bot.demo.changes import REFUNDS
from bot.demo.scene import AUTHOR, GUEST, OTHER_SENIOR, PRINCIPAL, SENIOR, Scene

BY_ADA_TOO = "Retry refunds\n\nCo-authored-by: Ada Park <1234+ada@users.noreply.github.com>"


async def _refused(scene: Scene, user: str, signoff_id: str) -> str:
    """What the person is told, once it is certain that nothing was counted."""
    card = await scene.shown(signoff_id)
    await scene.press(user, card, "Approve")
    told = await scene.told(user, "")
    _, answer = await scene.get(f"/api/v1/signoffs/{signoff_id}")
    assert (answer["status"], answer["reviews"]) == ("pending", [])
    return told


async def test_the_author_is_refused(scene: Scene):
    told = await _refused(scene, AUTHOR, await scene.send(REFUNDS))

    assert "You had a part in this change" in told
    assert "Ada Park" in told
    assert "Grace Hill" in told


async def test_a_co_author_is_refused_and_not_even_asked(scene: Scene):
    signoff_id = await scene.send(REFUNDS, commits=[{"sha": "a" * 40, "message": BY_ADA_TOO}])
    told = await _refused(scene, SENIOR, signoff_id)

    assert "You had a part in this change" in told
    assert "Ada Park" not in told
    await scene.slack.wait_for(lambda: scene.slack.messages_to(OTHER_SENIOR))
    assert not scene.slack.messages_to(SENIOR)


async def test_whoever_prompted_the_tool_is_refused(scene: Scene):
    ai = {"assisted": True, "prompted_by": {"login": "ada"}}
    told = await _refused(scene, SENIOR, await scene.send(REFUNDS, ai=ai))

    assert "You had a part in this change" in told


async def test_a_guest_is_refused_even_where_the_roster_calls_them_senior(scene: Scene):
    await scene.stop()
    scene.config = scene.config.replace("members: [ada, grace]", "members: [ada, grace, max]")
    await scene.start()
    told = await _refused(scene, GUEST, await scene.send(REFUNDS))

    assert "guest" in told


async def test_somebody_of_another_group_is_refused(scene: Scene):
    signoff_id = await scene.send(REFUNDS)
    await scene.shown(signoff_id)
    person = scene.slack.workspace.channels["C0PAY"]
    scene.slack.change_channel(_with(person, PRINCIPAL))
    told = await _refused(scene, PRINCIPAL, signoff_id)

    assert "not among the reviewers" in told
    assert "Ada Park" in told


@pytest.mark.parametrize("user", [SENIOR, OTHER_SENIOR])
async def test_their_twins_are_not_refused(scene: Scene, user: str):
    signoff_id = await scene.send(REFUNDS)
    await scene.press(user, await scene.shown(signoff_id), "Approve")

    await scene.shown(signoff_id, "Approved by")
    assert scene.slack.ephemerals(user) == []


def _with(channel, user: str):
    return type(channel)(
        id=channel.id, name=channel.name, members=(*channel.members, user), bot_is_in=True
    )
