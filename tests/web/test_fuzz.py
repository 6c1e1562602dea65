"""Does anything that can be signed or asked break us? Whatever it is, the answer is one of a few."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.web.ci import BEARER, SIGNOFFS, Ci, request

CLEARLY = {200, 202, 400, 409, 413, 422}
REFUSED = {400, 401, 403, 404, 405, 413, 415, 422}

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(["a" * 40, "acme/payments-api", "production", "change.ready", "2026-11-21"]),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = (
    "key", "repository", "revision", "base_revision", "environment", "kind", "title", "description",
    "url", "author", "triggered_by", "commits", "files", "artifact_digest", "ai", "checks",
    "callback_url", "unheard_of",
)  # fmt: skip
_BODIES = st.one_of(
    st.binary(max_size=300),
    _VALUES.map(json.dumps).map(str.encode),
    st.text(alphabet='{}[]":,\\u0 eE+-.tn', max_size=60).map(str.encode),
)
_OFTEN = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.usefixtures("quiet")
@_OFTEN
@given(body=_BODIES)
async def test_any_signed_bytes_have_a_clear_answer(ci: Ci, clock: Any, body: bytes):
    clock.advance(seconds=1)  # or there would be too many of them
    heard = await ci.post(body)
    assert heard.status in CLEARLY, heard
    if heard.status >= 400:
        ci.check_problem(heard, heard.status)


@pytest.mark.usefixtures("quiet")
@_OFTEN
@given(wrong=st.dictionaries(st.sampled_from(_FIELDS), _VALUES, min_size=1, max_size=4))
async def test_a_good_change_with_any_fields_replaced(ci: Ci, clock: Any, wrong: dict[str, Any]):
    clock.advance(seconds=1)
    body = json.dumps({"type": "change.ready", "data": ci.change(**wrong)}).encode()
    heard = await ci.post(body)
    assert heard.status in CLEARLY, heard
    if heard.status == 422:
        fields = [error["field"] for error in heard.said["errors"]]
        assert fields
        assert len(fields) == len(set(fields))


@pytest.mark.usefixtures("quiet")
@_OFTEN
@given(body=_BODIES)
async def test_any_bytes_with_a_token(ci: Ci, clock: Any, body: bytes):
    clock.advance(seconds=1)
    heard = await ci.post(body, BEARER, SIGNOFFS)
    assert heard.status in {400, 422}, heard
    ci.check_problem(heard, heard.status)


@_OFTEN
@given(
    names=st.lists(
        st.tuples(
            st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "authorization",
                             "content-type", "content-encoding", "accept", "x"]),
            st.text(st.characters(min_codepoint=0x21, max_codepoint=0x17F, exclude_characters="\x7f"),
                    max_size=40),
        ),
        max_size=5,
    ),
    path=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x17F, exclude_characters="\x7f#?"),
                 max_size=30),
    method=st.sampled_from(["GET", "POST", "PUT"]),
)  # fmt: skip
async def test_any_address_and_headers_on_the_wire(
    ci: Ci, names: list[tuple[str, str]], path: str, method: str
):
    for address in (f"/hooks/{path}", f"{SIGNOFFS}/{path}", f"/{path}"):
        raw = request(method, address, [*names, ("Content-Length", "2")], b"{}")
        heard = await asyncio.wait_for(ci.wire(raw), 5)
        assert heard is not None
        leads = (method, address, heard.status) == ("GET", "/", 302)  # to the dashboard
        assert leads or heard.status in REFUSED, heard


async def test_after_all_that_a_good_change_is_taken(ci: Ci, clock: Any):
    for body in (b"", b"{}", b"\xff", b"[" * 9_999):
        await ci.post(body)
        await ci.post(body, BEARER, SIGNOFFS)
        await ci.post(body, {})
    await ci.loses_nothing()
