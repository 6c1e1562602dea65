"""How did somebody show that it is they who speak?"""

from __future__ import annotations

from dataclasses import dataclass

BY_CLICK, BY_FORM, BY_COMMAND = "slack-click", "slack-form", "slack-command"
BY_SIGN_IN, BY_KEY = "web-oidc", "web-oidc+webauthn"
"""By a session of Slack; by a fresh sign-in; by one and their own security key."""

BY_SEAT = "web-session"
"""By a sign-in of some hours ago at our own pages: worth what a session of Slack is, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What somebody's own security key signed, so that anybody can check it again without us.

    `statement` is the text of what they decided (RFC 8785), whose SHA-256 was the challenge; the
    others are WebAuthn's, in base64url: `public_key` as COSE has it.
    """

    credential: str
    public_key: str
    statement: str
    client_data: str
    authenticator_data: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """With a security key `assertion` is what it signed."""

    how: str = BY_COMMAND
    assertion: Assertion | None = None


TYPED = Shown()
"""A session of the chat, and nothing more."""
