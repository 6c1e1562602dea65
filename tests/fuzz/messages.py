"""What do programs and people send? JSON, changes, tokens, presses."""

from __future__ import annotations

import json

from bot.chat.slack.presses import place_of, press_of, submission_of, well_formed
from bot.chat.slack.subjects import GarbledCard
from bot.demo.changes import REFUNDS, change
from bot.domain.risk.plans import resources
from bot.ports import Invalid, Malformed, Unauthenticated
from bot.strict_json import decode
from bot.web import oidc
from tests.hostile import people
from tests.pipelines.test_stated import FULL
from tests.pipelines.test_webhook import a_pipeline
from tests.web.issuer import part

PIPELINE = a_pipeline()
CLAIMS = {"iss": "https://ci.example", "iat": 1, "exp": 2, "nbf": 1, "jti": "x", "aud": "y"}
VALUE = '{"s":"sgn_1","r":"' + "a" * 40 + '","p":"sha256:1"}'
PLAN = {
    "format_version": "1.2",
    "resource_changes": [
        {"address": "aws_db_instance.main", "change": {"actions": ["delete", "create"], "replace_paths": [["engine"]]}}
    ],
}  # fmt: skip


def strict_json(said: bytes) -> None:
    value = decode(said)
    assert json.loads(said) == value, "two programs would read two things in it"


def slack(said: bytes) -> None:
    """Whatever is an object becomes a press, a form and a place; its subject may be garbled."""
    body = json.loads(said)
    if not isinstance(body, dict) or not well_formed(body):
        raise Malformed("not what Bolt would take")
    place_of(body)
    for read in (press_of(body), submission_of(body)):
        assert read.id.encode()
        try:
            read.subject()
        except GarbledCard:
            continue


def stated_change(said: bytes) -> None:
    PIPELINE.read_data(decode(said))


def plan(said: bytes) -> None:
    resources(decode(said))


def token(said: bytes) -> None:
    assert oidc.read(said).token.encode() == said


def _good_token() -> bytes:
    header = {"alg": "RS256", "typ": "JWT", "kid": "one"}
    return f"{part(header)}.{part(CLAIMS)}.{part(b'x' * 256)}".encode()


_DATA = json.dumps({it: value for it, value in change(REFUNDS, 1, "").items() if value}).encode()
_PRESSES = [
    json.dumps(people.interaction(name, "U0ADA", VALUE)).encode()
    for name in ("APPROVE", "MORE", "REJECT_FORM", "AWAY_FORM", "GLOBAL_SHORTCUT")
]

READERS = (
    (strict_json, [_DATA, b"[1, 2.5, null, true]"], (Malformed,)),
    (
        slack,
        [*_PRESSES, json.dumps(people.event("U0ADA", 1)).encode()],
        (Malformed, ValueError, RecursionError),
    ),
    (stated_change, [_DATA, json.dumps(FULL).encode()], (Malformed, Invalid)),
    (plan, [json.dumps(PLAN).encode()], (Malformed,)),
    (token, [_good_token()], (Unauthenticated,)),
)
