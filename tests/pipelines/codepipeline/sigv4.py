"""Is this request signed as AWS wants it? Recomputed from the documentation, without botocore.

(AWS General Reference, "Create a signed AWS API request")
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from bot.clock import system_clock

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
MUST_BE_SIGNED = {"host", "x-amz-date", "x-amz-target", "content-type"}


class Wrong(Exception):
    """What AWS would say, and why."""


def check(
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Mapping[str, tuple[str, str]],
    service: str,
    region: str,
) -> None:
    """`keys`: secret and session token (or "") by access key. Header names are lower case."""
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise Wrong("MissingAuthenticationTokenException")
    access, day, its_region, its_service, names, signature = found.groups()
    secret, token = keys.get(access, ("", None))
    if headers.get("x-amz-security-token", "") != token:
        raise Wrong("UnrecognizedClientException")
    if (its_region, its_service) != (region, service):
        raise Wrong("InvalidSignatureException")
    _check_names(names.split(";"), token)
    stamp = headers["x-amz-date"]
    _check_time(stamp, day)
    canonical = _canonical(method, path, headers, names, body)
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    if hmac.digest(key, to_sign.encode(), hashlib.sha256).hex() != signature:
        raise Wrong("InvalidSignatureException")


def _check_names(signed: list[str], token: str | None) -> None:
    must = MUST_BE_SIGNED | ({"x-amz-security-token"} if token else set())
    if signed != sorted(signed) or not must <= set(signed):
        raise Wrong("InvalidSignatureException")


def _check_time(stamp: str, day: str) -> None:
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if stamp[:8] != day or abs(system_clock() - at) > timedelta(minutes=5):
        raise Wrong("RequestExpired")


def _canonical(
    method: str, path: str, headers: Mapping[str, str], names: str, body: bytes
) -> bytes:
    signed = [f"{name}:{' '.join(headers[name].split())}" for name in names.split(";")]
    digest = hashlib.sha256(body).hexdigest()
    address = quote(path, safe="/-_.~")
    return "\n".join([method, address, "", *signed, "", names, digest]).encode()
