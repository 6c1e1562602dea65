"""How does who is called back know that it was us, by a key that cannot make what it checks?

`v1a` of Standard Webhooks: Ed25519 over `id.timestamp.body`, beside the `v1` that is there. It has a
key of its own, and that key is here: a key service would be asked once more at every callback and
every try of it, and what is sent a thousand times a day is not signed by the key that everybody
believes for years. (docs/decisions/0036-the-keys-we-sign-with.md)
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

from bot.ports import Request, Response, Send

HEADER = "webhook-signature"


def signed_in_public(send: Send, sign: Callable[[bytes], bytes]) -> Send:
    """Sends the same; what has a signature gets a second one, behind it."""

    async def sent(request: Request) -> Response:
        first = request.headers.get(HEADER)
        if first is None:
            return await send(request)
        made = base64.b64encode(sign(message(request))).decode()
        headers = {**request.headers, HEADER: f"{first} v1a,{made}"}
        return await send(replace(request, headers=headers))

    return sent


def message(request: Request) -> bytes:
    """What is signed. An id has neither dot nor space, so it is no envelope's, which begins "DSSEv1 "."""
    told = request.headers
    return f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + request.body


def public_key(raw: bytes) -> str:
    """Its 32 bytes, as receivers want them."""
    return "whpk_" + base64.b64encode(raw).decode()
