"""In which forms is what was signed of a decision handed out?"""

from __future__ import annotations

import json
from enum import StrEnum

from aiohttp import web

from bot.domain.statement import Signed

ENVELOPE_TYPE = "application/vnd.dsse.envelope.v1+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"

_UNKNOWN = "form is one of envelope, bundle, vsa, vsa-bundle."
_NO_SUMMARY = (
    "There is no summary of it: nothing was let go on, or it was overridden, which ends, or it was "
    "decided before there were any."
)


class Form(StrEnum):
    """An envelope by itself, or in a bundle of Sigstore's; of the decision, or of its summary."""

    ENVELOPE = "envelope"
    BUNDLE = "bundle"
    SUMMARY = "vsa"
    SUMMARY_BUNDLE = "vsa-bundle"


def form_of(request: web.Request) -> Form:
    """What `?form=` asks for. Raises the 400."""
    try:
        return Form(request.query.get("form", Form.ENVELOPE))
    except ValueError:
        raise web.HTTPBadRequest(reason=_UNKNOWN) from None


def answered(signed: Signed, form: Form) -> web.Response:
    """Raises the 404 where nothing was let go on, so that no tool is told that it may."""
    envelope = signed.envelope
    if form in (Form.SUMMARY, Form.SUMMARY_BUNDLE):
        if signed.summary is None:
            raise web.HTTPNotFound(reason=_NO_SUMMARY)
        envelope = signed.summary
    if form in (Form.BUNDLE, Form.SUMMARY_BUNDLE):
        return web.Response(text=bundle_of(envelope), content_type=BUNDLE_TYPE)
    return web.Response(text=envelope, content_type=ENVELOPE_TYPE)


def bundle_of(envelope: str) -> str:
    """As Sigstore's own verifiers read it, whose logs we have nothing in: the key is known already."""
    document = json.loads(envelope)
    [signature] = document["signatures"]
    return json.dumps(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {
                "publicKey": {"hint": signature["keyid"]},
                "tlogEntries": [],
                "timestampVerificationData": {"rfc3161Timestamps": []},
            },
            "dsseEnvelope": document,
        }
    )
