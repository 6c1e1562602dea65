"""Which texts may stand in a generic change? Each kind of word, and what to say of a wrong one."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

MAX_TEXT = 65_536
MAX_PATCH = 1_048_576
MAX_CODEOWNERS = 3_000_000
MAX_BOUND = 10**15

# NUL is refused everywhere: PostgreSQL cannot store it.
_TEXT = r"^[^\x00]*$"
_LINE = r"^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$"
# No space at either end: " production" must not slip past a rule about "production"; nor may
# letters of another alphabet that look the same.
_NAME = (
    r"^[^\p{Cc}\p{Cf}\p{Co}\p{Z}]"
    r"([^\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Co}\p{Z}])?$"
)
_TITLE = r"^[^\x00]*[^\x00\s][^\x00]*$"
_REPOSITORY = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$"
_ENVIRONMENT = r"^[!-~]([ -~]*[!-~])?$"
REVISION = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
_SHA = r"^[0-9a-f]{7,64}$"
_URL = r"^https?://[^\p{C}\p{Z}]+$"
_DIGEST = r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"
_ACCOUNT = r"^[a-z][a-z0-9-]{0,31}:[0-9]{1,20}$"
_MODE = r"^[0-7]{6}$"

FORMATS = {
    _TEXT: "must not hold NUL characters",
    _LINE: "must be one line without control characters",
    _NAME: "must not be empty, begin or end with a space, or hold control characters",
    _TITLE: "must not be empty or hold NUL characters",
    _REPOSITORY: "must look like owner/name, in ASCII letters, digits, dots, - and _",
    _ENVIRONMENT: (
        "must be in ASCII, and must not be empty, begin or end with a space, "
        "or hold control characters"
    ),
    REVISION: "must be a full commit id: 40 or 64 lower-case hex digits",
    _SHA: "must be a commit id in lower-case hex digits",
    _URL: "must be an http:// or https:// address; leave it out if there is none",
    _DIGEST: "must be sha256:… or sha512:… with lower-case hex digits",
    _ACCOUNT: 'must be a platform and the number of the account there, such as "github:1234"',
    _MODE: "must be the six digits of git, such as 100644",
}
"""What each pattern means to the person who has to mend a message."""

# Whatever spells a path another way than git does would slip past a rule about paths.
_WRONG_PATHS = {
    r'^"': 'must not begin with ": send paths unquoted, core.quotePath=false',
    r"\\": "must not hold a backslash: folders are separated by /",
    r"^/": "must not begin with /: paths start at the root of the repository",
    r"(^|/)\.\.?(/|$)": "must not hold . or .. between slashes",
    r"//|/$": "must not hold an empty name between slashes, or end with a slash",
    r"^\s|\s$": "must not begin or end with a space",
}
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")


def _repository(text: str) -> str:
    if {".", ".."} & set(text.split("/")):
        raise ValueError("must not hold . or .. between slashes")
    return text


def _path(text: str) -> str:
    for pattern, words in _WRONG_PATHS.items():
        if re.search(pattern, text):
            raise ValueError(words)
    if not text.isprintable() and any(unicodedata.category(char) in _UNSEEN for char in text):
        raise ValueError("must not hold control or invisible characters")
    return text


def moment(said: object) -> datetime:
    """In UTC, so that two spellings of one moment are the same change."""
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
        if found and found.tzinfo:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a moment with its offset, such as 2026-11-21T10:00:00Z")


def _bound(said: object) -> float:
    if isinstance(said, int | float) and not isinstance(said, bool) and abs(said) <= MAX_BOUND:
        return float(said)
    raise ValueError("must be a number, and no larger than 10^15")


Line = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
Long = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=_TEXT)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=_URL)]
Signature = Annotated[str, StringConstraints(max_length=1_000, pattern=_TEXT)]
Path = Annotated[
    str, StringConstraints(min_length=1, max_length=4_096, pattern=_TEXT), AfterValidator(_path)
]
Repository = Annotated[
    str, StringConstraints(max_length=200, pattern=_REPOSITORY), AfterValidator(_repository)
]
Environment = Annotated[str, StringConstraints(max_length=100, pattern=_ENVIRONMENT)]
Revision = Annotated[str, StringConstraints(pattern=REVISION)]
Digest = Annotated[str, StringConstraints(pattern=_DIGEST)]
Account = Annotated[str, StringConstraints(pattern=_ACCOUNT)]
Lineage = Annotated[str, StringConstraints(max_length=2_048, pattern=_NAME)]
Branch = Annotated[str, StringConstraints(max_length=1_000, pattern=_TEXT)]
Label = Annotated[str, StringConstraints(max_length=200, pattern=_TEXT)]
Mode = Annotated[str, StringConstraints(pattern=_MODE)]
Sha = Annotated[str, StringConstraints(pattern=_SHA)]
Key = Annotated[str, StringConstraints(max_length=200, pattern=_NAME)]
Title = Annotated[str, StringConstraints(max_length=500, pattern=_TITLE)]
Patch = Annotated[str, StringConstraints(max_length=MAX_PATCH)]
Codeowners = Annotated[str, StringConstraints(max_length=MAX_CODEOWNERS, pattern=_TEXT)]
Moment = Annotated[datetime, BeforeValidator(moment)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Bound = Annotated[float, BeforeValidator(_bound)]


class Stated(BaseModel):
    """Strict, and closed: an unknown key is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)
