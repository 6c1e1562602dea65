"""What did the script of a page send with a press, and is that press another than the last?"""

from __future__ import annotations

import hashlib
import json
import re

from bot.ports import Malformed
from bot.web.pages.posted import text
from bot.web.pages.statements import Facts

LONGEST = 3000
"""Of a reason, a question or an answer, in characters."""

_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def words(said: Facts, name: str) -> str:
    """What somebody wrote. Raises Malformed where it is longer than anybody reads."""
    wrote = text(said, name).strip()
    if len(wrote) > LONGEST:
        raise Malformed(f"{name} is longer than {LONGEST} characters")
    return wrote


def number(said: Facts) -> int:
    value = said.get("number")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1000:
        raise Malformed("number is none")
    return value


def press(person: str, signoff: str, deed: str, said: Facts) -> str:
    """What the press is called: drawn once for a page, so that sending it again is the same press;
    and nobody's else, whatever they call theirs.
    """
    once = text(said, "once")
    if not _ONCE.fullmatch(once):
        raise Malformed("once is not what the page said")
    facts = json.dumps([person, signoff, deed, once]).encode()
    return f"web {hashlib.sha256(facts).hexdigest()}"
