"""What is handed out of a decision: the same bytes in each form, and no summary of a no."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from bot.demo.scene import SENIOR, Scene
from bot.signing import verify
from tests.web.ci import SIGNOFFS, Ci

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"


async def decided(ci: Ci, scene: Scene, button: str = "Approve") -> str:
    signoff_id = str((await ci.post(ci.message())).said["id"])
    await scene.press(SENIOR, await scene.shown(signoff_id), button)
    if button == "Reject":
        await scene.slack.submit(SENIOR, {"choice": "other", "reason": "Not today."})
    await scene.shown(signoff_id, "was told to")
    return signoff_id


def path(signoff_id: str, form: str = "") -> str:
    return f"{SIGNOFFS}/{signoff_id}/attestation{f'?form={form}' if form else ''}"


async def test_a_bundle_holds_the_very_envelope(ci: Ci, scene: Scene) -> None:
    signoff_id = await decided(ci, scene)
    plain, bundle = [await ci.get(path(signoff_id, it)) for it in ("", "bundle")]
    assert plain.headers["content-type"].startswith(ENVELOPE)
    assert bundle.headers["content-type"].startswith(BUNDLE)
    assert bundle.said["dsseEnvelope"] == plain.said
    assert bundle.said["mediaType"] == BUNDLE
    hint = bundle.said["verificationMaterial"]["publicKey"]["hint"]
    assert hint == plain.said["signatures"][0]["keyid"]
    assert (await ci.get(path(signoff_id, "envelope"))).body == plain.body


async def test_a_summary_is_signed_by_the_same_key(ci: Ci, scene: Scene) -> None:
    signoff_id = await decided(ci, scene)
    plain, bundle = [await ci.get(path(signoff_id, it)) for it in ("vsa", "vsa-bundle")]
    said: Any = verify(plain.body.decode(), scene.public_key())
    assert said["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert said["predicate"]["verificationResult"] == "PASSED"
    assert bundle.said["dsseEnvelope"] == plain.said


async def test_a_no_has_no_summary(ci: Ci, scene: Scene) -> None:
    signoff_id = await decided(ci, scene, "Reject")
    assert (await ci.get(path(signoff_id))).status == 200
    for form in ("vsa", "vsa-bundle"):
        ci.check_problem(await ci.get(path(signoff_id, form)), 404, "nothing was let go on")


@pytest.mark.parametrize("form", ["VSA", "sigstore", "vsa%20", "envelope,bundle"])
async def test_an_unknown_form_is_refused(ci: Ci, scene: Scene, form: str) -> None:
    signoff_id = await decided(ci, scene)
    ci.check_problem(await ci.get(path(signoff_id, form)), 400, "form is one of")


async def test_what_was_edited_is_not_handed_out(ci: Ci, scene: Scene) -> None:
    """The twin: nobody edits it, and it is."""
    genuine, edited = await decided(ci, scene), await decided(ci, scene)
    await scene.house.settle()

    def edit(session: Any) -> None:
        session.connection().execute(text("DELETE FROM attestation"))
        session.connection().execute(
            text("UPDATE signoff SET document = replace(document, 'ada', 'max') WHERE id = :id"),
            {"id": edited},
        )

    await scene.house.store.write(edit)
    ci.check_problem(await ci.get(path(edited)), 409, "Nothing was signed: what is stored")
    assert (await ci.get(path(genuine))).status == 200
    ready = await ci.get("/readyz")
    assert (ready.status, json.loads(ready.body)["problems"]) == (
        503,
        ["1 decision was not signed: run countersign audit verify"],
    )
