"""What can happen to the house itself, and to no signoff? Each event is an audit entry, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

HOUSE = "@house"
"""Where such an entry stands, instead of the id of a signoff: none is called so."""


How = Literal["own-key", "administrator", "operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded:
    """A security key decides for `person` from now on.

    `by` let it in, and `how`: "own-key" (they signed with one they had), "administrator" (somebody
    else signed with theirs), "operator" (by hand on the server). `key_digest` is the SHA-256 of
    its public key as it is kept (COSE in base64url), so that what is kept of it later can be compared.
    """

    person: str
    credential: str
    key_digest: str
    by: str
    how: How
    at: datetime
    kind: Literal["passkey_added"] = "passkey_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved:
    """It decides nothing any more; `by` is the person themselves, or "operator"."""

    person: str
    credential: str
    by: str
    at: datetime
    kind: Literal["passkey_removed"] = "passkey_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUsed:
    """The house signs with this key from now on: `public_key` is its 32 bytes in base64."""

    keyid: str
    public_key: str
    at: datetime
    kind: Literal["key_used"] = "key_used"


HouseEvent = PasskeyAdded | PasskeyRemoved | KeyUsed
