"""Logs: one JSON object a line, about one signoff, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot import logs

SECRETS = (
    "canary-signing-secret",
    'canary"quoted\\secret',
    "-----BEGIN X-----\ncanarycanary\n-----END X-----",
)


class Out(io.StringIO):
    """What was logged."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        (line,) = self.lines
        return line


@pytest.fixture
def out() -> Iterator[Out]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = Out()
    logs.configure(SECRETS, stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_says_when_how_bad_who_and_what(out: Out) -> None:
    logs.get("bot.engine").warning("card not shown", channel="C0PAY", tries=3)
    line = out.line
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "bot.engine",
        "event": "card not shown",
        "channel": "C0PAY",
        "tries": 3,
    }


def test_the_signoff_is_on_every_line_within(out: Out) -> None:
    with logs.bind("sgn_1"):
        logs.get("bot").info("opened")
        logging.getLogger("aiohttp.access").info("POST %s", "/hooks/ci")
    logs.get("bot").info("idle")
    assert [line.get("signoff") for line in out.lines] == ["sgn_1", "sgn_1", None]


def test_lines_of_libraries_look_like_our_own(out: Out) -> None:
    logging.getLogger("aiohttp.access").info("GET %s %d", "/healthz", 200)
    line = out.line
    assert (line["logger"], line["level"]) == ("aiohttp.access", "info")
    assert line["event"] == "GET /healthz 200"


def test_a_line_break_makes_no_second_line(out: Out) -> None:
    logs.get("bot").info('forged\n{"event": "approved"}')
    assert out.line["event"] == 'forged\n{"event": "approved"}'


def test_debug_is_not_logged(out: Out) -> None:
    logs.get("bot").debug("detail")
    logging.getLogger("aiohttp.server").debug("detail")
    assert out.lines == []


def test_a_second_configuration_takes_the_place_of_the_first(out: Out) -> None:
    other = Out()
    logs.configure((), other)
    logs.get("bot").info("once")
    assert out.lines == []
    assert other.line["event"] == "once"


def test_standard_output_is_where_it_goes(capsys: pytest.CaptureFixture[str], out: Out) -> None:
    logs.configure(())
    logs.get("bot").info("hello")
    assert json.loads(capsys.readouterr().out)["event"] == "hello"


# Secrets.

SHAPES = [
    "xoxb-1234-canary",
    "xoxe.xoxb-1-canary",
    "xapp-1-canary",
    "ghs_canarycanary",
    "github_pat_canarycanary",
    "glpat-canarycanary",
    "whsec_canary+/=",
    "https://hooks.slack.com/actions/T0ACME/123/canary",
    "https://hooks.slack.com/commands/T0ACME/123/canary",
    "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----",
    "eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9.canary",
    "canary-signing-secret",
    'canary"quoted\\secret',
]


@pytest.mark.parametrize("secret", SHAPES)
def test_a_secret_is_masked_in_every_field(out: Out, secret: str) -> None:
    log = logs.get("bot")
    log.info(f"got {secret} here", value=secret, nested={"a": [secret, {secret: 1}]})
    log.info("object", value=ValueError(secret), pair=(secret, {secret}))
    logging.getLogger("slack_sdk").warning("sent %s and %r", secret, secret)
    assert len(out.lines) == 3
    assert "canary" not in out.getvalue()
    assert out.lines[0]["event"] == f"got {logs.HIDDEN} here"


@pytest.mark.parametrize("secret", SHAPES)
def test_a_secret_is_masked_in_an_exception(out: Out, secret: str) -> None:
    for log in (logs.get("bot").exception, logging.getLogger("aiohttp.server").exception):
        try:
            raise RuntimeError(f"refused {secret}")
        except RuntimeError:
            log("failed")
    assert all("RuntimeError: refused" in line["exception"] for line in out.lines)
    assert len(out.lines) == 2
    assert "canary" not in out.getvalue()


def test_a_secret_of_several_lines_is_masked_line_by_line(out: Out) -> None:
    logs.get("bot").info("key", first="canarycanary", whole=SECRETS[2], printed=repr(SECRETS[2]))
    assert "canary" not in out.getvalue()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer canary.of-a-token", "Authorization: Bearer ***"),
        ("authorization: basic Y2FuYXJ5OmNhbmFyeQ==", "authorization: basic ***"),
        ("postgres://bot:canary@db/a", "postgres://***@db/a"),
    ],
)
def test_what_stands_around_a_secret_stays(out: Out, text: str, kept: str) -> None:
    logs.get("bot").info(text)
    assert out.line["event"] == kept


@pytest.mark.parametrize(
    "key",
    [
        "body",
        "raw_body",
        "payload",
        "response_url",
        "trigger_id",
        "Authorization",
        "Set-Cookie",
        "password",
        "token",
        "bot_token",
        "client_secret",
        "x_signature",
    ],
)
def test_a_field_that_holds_secrets_or_bodies_by_its_name_is_hidden(out: Out, key: str) -> None:
    logs.get("bot").info("request", **{key: "canary", "headers": {key: "canary"}})
    assert out.line[key] == logs.HIDDEN
    assert out.line["headers"] == {key: logs.HIDDEN}


@pytest.mark.parametrize(
    "text",
    [
        "approved by ada at revision 4f3c2b1a",
        "https://github.com/acme/payments/pull/12",
        "sha256:d436292d4a185049c03043c7b26c11ccb40187cc6fa64e766d36d573bec64218",
        "the bearer of bad news",
        "secretary, tokens, signatures",
    ],
)
def test_what_is_no_secret_stays_as_it_is(out: Out, text: str) -> None:
    logs.get("bot").info(text, tokens_used=3, detail=text)
    assert (out.line["event"], out.line["detail"], out.line["tokens_used"]) == (text, text, 3)


def test_bytes_are_counted_and_not_shown(out: Out) -> None:
    logs.get("bot").info("read", data=b"canary")
    assert out.line["data"] == "6 bytes"


def test_of_two_secrets_that_begin_alike_nothing_is_left(out: Out) -> None:
    logs.configure(("abcdef", "abcdef-canary"), out)
    logs.get("bot").info("got abcdef-canary")
    assert out.line["event"] == f"got {logs.HIDDEN}"


def test_a_very_short_secret_does_not_wreck_the_log(out: Out) -> None:
    logs.configure(("a",), out)
    logs.get("bot").info("a card")
    assert out.line["event"] == "a card"


def test_something_nested_without_end_is_logged_all_the_same(out: Out) -> None:
    endless: list[object] = ["canary-signing-secret"]
    endless.append(endless)
    logs.get("bot").info("loop", value=endless)
    assert "canary" not in out.getvalue()


# Slack's own libraries.


@pytest.mark.parametrize("name", ["slack_sdk.web.async_base_client", "slack_bolt.AsyncApp"])
def test_slacks_libraries_never_log_below_info(out: Out, name: str) -> None:
    """Their DEBUG lines hold tokens. Bolt sets the levels of its loggers anew while it is built."""
    logs.configure((), out, level=logging.DEBUG)
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.debug("token")
    logger.info("connected")
    logger.setLevel(logging.NOTSET)
    assert out.line["event"] == "connected"


def test_debug_of_others_can_be_turned_on(out: Out) -> None:
    logs.configure((), out, level=logging.DEBUG)
    logs.get("bot").debug("detail")
    assert out.line["event"] == "detail"


def test_bolt_does_not_log_the_body_of_a_badly_signed_request(out: Out) -> None:
    logger = logging.getLogger("slack_bolt.RequestVerification")
    logger.setLevel(logging.INFO)
    logger.info("Invalid request signature detected (body: canary)")
    logger.warning("no secret is set")
    logger.setLevel(logging.NOTSET)
    assert out.line["event"] == "no secret is set"


async def test_the_real_bolt_is_silent_about_it_too(out: Out) -> None:
    bolt = AsyncApp(signing_secret="canary-signing-secret", token="xoxb-canary")
    request = AsyncBoltRequest(
        body='{"canary": 1}',
        headers={"X-Slack-Signature": "v0=0", "X-Slack-Request-Timestamp": "1"},
    )
    response = await bolt.async_dispatch(request)
    assert response.status == 401
    assert "canary" not in out.getvalue()
