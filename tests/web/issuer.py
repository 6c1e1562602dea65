"""An issuer of job tokens on 127.0.0.1, and whoever would like to pass for it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bot.clock import Clock

AUDIENCE = "https://countersign.acme.example"
_numbers = count(1)


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Made once for all tests: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: rsa.RSAPrivateKey, kid: object, **more: object) -> dict[str, Any]:
    said: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**said, "kid": kid, "use": "sig", "alg": "RS256", **more}


def part(value: object) -> str:
    written = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()


@dataclass
class FakeIssuer:
    """`keys` is what it publishes; `asked` are the paths it was asked for."""

    clock: Clock
    keys: list[dict[str, Any]] = field(default_factory=list)
    discovery: dict[str, Any] = field(default_factory=dict)
    answers: list[web.Response] = field(default_factory=list)
    """What it answers instead, one after the other."""
    asked: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _server: TestServer | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")
        self.open.set()
        self.keys = [public_jwk(rsa_key("one"), "one")]
        self.discovery = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}

    async def stop(self) -> None:
        if self._server:
            await self._server.close()
            self._server = None

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        await self.open.wait()
        if self.answers:
            return self.answers.pop(0)
        if request.path == "/.well-known/openid-configuration":
            return web.json_response(self.discovery)
        if request.path == "/keys":
            return web.json_response({"keys": self.keys})
        raise web.HTTPNotFound

    def claims(self, **other: Any) -> dict[str, Any]:
        """Of a good token of GitHub Actions; None takes a claim away."""
        now = int(self.clock().timestamp())
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "repo:acme/payments-api:environment:production",
            "jti": f"token-{next(_numbers)}",
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "repository": "acme/payments-api",
            "repository_id": "1001",
            "repository_owner": "acme",
            "repository_owner_id": "42",
            "job_workflow_ref": "acme/payments-api/.github/workflows/deploy.yml@refs/heads/main",
            "environment": "production",
            "ref": "refs/heads/main",
            "ref_protected": "true",
            "sha": "",
            "event_name": "push",
            "actor": "jun",
            "actor_id": "501",
            "run_id": "77",
            "run_attempt": "1",
        } | other
        return {name: value for name, value in said.items() if value is not None}

    def gitlab(self, **other: Any) -> dict[str, Any]:
        """Of a good token of GitLab."""
        now = int(self.clock().timestamp())
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "project_path:acme/payments-api:ref_type:branch:ref:main",
            "jti": f"token-{next(_numbers)}",
            "iat": now,
            "nbf": now - 5,
            "exp": now + 3600,
            "namespace_id": "42",
            "project_id": "1001",
            "project_path": "acme/payments-api",
            "user_id": "501",
            "user_login": "jun",
            "user_email": "jun@acme.example",
            "pipeline_id": "77",
            "pipeline_source": "push",
            "job_id": "9",
            "ref_protected": "true",
            "environment": "production",
            "environment_protected": "false",
            "sha": "",
            "ci_config_ref_uri": "gitlab.acme.example/acme/payments-api//.gitlab-ci.yml@refs/heads/main",
        } | other
        return {name: value for name, value in said.items() if value is not None}

    def token(
        self,
        claims: Mapping[str, Any],
        *,
        key: Any = None,
        algorithm: str = "RS256",
        **header: Any,
    ) -> str:
        headers = {"kid": "one", **header}
        return jwt.encode(dict(claims), key or rsa_key("one"), algorithm=algorithm, headers=headers)


def unsigned(claims: Mapping[str, Any], algorithm: str = "none", **header: Any) -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'one', **header})}.{part(claims)}."


def signed_with_public_key(claims: Mapping[str, Any], algorithm: str = "HS256") -> str:
    """The classic: the public key taken for a shared secret."""
    public = rsa_key("one").public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'one'})}.{part(claims)}"
    return f"{signed}.{part(hmac.digest(pem, signed.encode(), hashlib.sha256))}"


def resigned(token: str, **claims: Any) -> str:
    """The same signature under other claims."""
    header, said, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    return f"{header}.{part(known | claims)}.{signature}"
