"""What can happen to the house itself, and to no signoff? Each event is an audit entry, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

HOUSE = "@house"
"""Where such an entry stands, instead of the id of a signoff: none is called so."""


How = Literal["own-key", "administrator", "operator"]
Deed = Literal["deployed", "merged"]
LinkedHow = Literal["said", "nearby", "perhaps", "struck"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded:
    """A security key decides for `person` from now on.

    `by` let it in, and `how`: "own-key" (they signed with one they had), "administrator" (somebody
    else signed with theirs), "operator" (by hand on the server). `key_digest` is the SHA-256 of
    its public key as it is kept (COSE in base64url), so that what is kept of it later can be compared.
    All else is what `signature` (base64) is of, made with the key that signs attestations: whoever
    only has the database cannot say so. Those of before have none, and let nobody decide.
    """

    person: str
    credential: str
    key_digest: str
    by: str
    how: How
    at: datetime
    signature: str = ""
    kind: Literal["passkey_added"] = "passkey_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved:
    """It decides nothing any more, or never did; `by` is the person themselves, or "operator"."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedEntry:
    """Entry `seq` was written with the hash `leaf`, which stays; its bytes hash to `now`."""

    seq: int
    leaf: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedAttestation:
    """What was signed of a decision named somebody, and is gone; `digest` is its SHA-256."""

    signoff_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Somebody's names were taken out of entries of before: `pseudonym` stands there now.

    `what`: whose, without naming them. Whoever only has the database cannot say so: all but `by`
    and `why` is what `signature` (base64) is of, made with the key that signs attestations.
    """

    what: str
    pseudonym: str
    why: str
    by: str
    entries: tuple[ErasedEntry, ...]
    attestations: tuple[ErasedAttestation, ...]
    at: datetime
    signature: str = ""
    kind: Literal["erased"] = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """Something was deployed or merged, and nobody had been asked whether it may be.

    `key` is the pipeline's own name of it, or empty; `what` and `environment` as far as it told.
    `named`: a rule was about that environment by its name.
    """

    connection: str
    key: str
    what: str
    environment: str
    deed: Deed
    named: bool
    at: datetime
    kind: Literal["unasked"] = "unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """Something went wrong outside. `source` told it, a connection or a person, under its own `key`.

    `repositories` are patterns of those it may be about; empty where nobody said.
    """

    id: str
    source: str
    key: str
    title: str
    severity: str
    environment: str
    repositories: tuple[str, ...]
    started_at: datetime
    by: str
    at: datetime
    kind: Literal["incident_opened"] = "incident_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved:
    """It is over since `resolved_at`, as far as `by` knows."""

    id: str
    resolved_at: datetime
    by: str
    at: datetime
    kind: Literal["incident_resolved"] = "incident_resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLinked:
    """A signoff let go on what the incident is of.

    `how`: somebody "said" so; "nearby" is by time alone, "perhaps" as well, and one of several;
    "struck" takes a link back.
    """

    id: str
    signoff_id: str
    how: LinkedHow
    by: str
    at: datetime
    kind: Literal["incident_linked"] = "incident_linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """What these signoffs had let go on was taken back, to a revision that ran there before."""

    connection: str
    repository: str
    environment: str
    signoffs: tuple[str, ...]
    to_revision: str
    by: str
    at: datetime
    kind: Literal["rolled_back"] = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelHandled:
    """An administrator had something that was parked sent again, or dropped it, and said why."""

    lane: str
    signoff_id: str
    effect: str
    deed: Literal["retry", "drop"]
    why: str
    by: str
    at: datetime
    kind: Literal["parcel_handled"] = "parcel_handled"


HouseEvent = (
    PasskeyAdded
    | PasskeyRemoved
    | KeyUsed
    | Erased
    | Unasked
    | IncidentOpened
    | IncidentResolved
    | IncidentLinked
    | RolledBack
    | ParcelHandled
)
