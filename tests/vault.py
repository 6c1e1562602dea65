"""A strict Vault with a transit engine on 127.0.0.1, for Ed25519 keys alone.

As the API documentation of Vault 1.18 and OpenBao 2 has it: what they do not know, they refuse here.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN = "hvs.canary-token-of-vault"
DENIED = (403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})

Answer = tuple[int, Any]


@dataclass(slots=True)
class Key:
    """Versions count from one. `derived` and `sort` are as its owner chose them."""

    versions: list[Ed25519PrivateKey]
    sort: str = "ed25519"
    derived: bool = False
    oldest: int = 0
    """`min_encryption_version`: none before it signs; 0: any."""

    def rotate(self) -> None:
        self.versions.append(Ed25519PrivateKey.generate())

    def told(self, name: str) -> dict[str, Any]:
        keys = {
            str(number): {
                "creation_time": "2026-11-22T10:00:00.000000000Z",
                "name": "ed25519",
                "public_key": base64.b64encode(it.public_key().public_bytes_raw()).decode(),
            }
            for number, it in enumerate(self.versions, 1)
        }
        return {
            "name": name,
            "type": self.sort,
            "derived": self.derived,
            "supports_signing": True,
            "latest_version": len(keys),
            "min_decryption_version": 1,
            "min_encryption_version": self.oldest,
            "keys": keys,
        }


@dataclass(slots=True)
class FakeVault:
    """`may` is what its token's policy allows; `instead` is answered to whatever it is asked."""

    url: str = ""
    token: str = TOKEN
    may: set[str] = field(default_factory=lambda: {"read", "sign"})
    keys: dict[str, Key] = field(default_factory=dict)
    instead: Answer | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: threading.Event | None = None
    """Nothing is answered before it is set."""
    asked: list[str] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    """What a real one would have minded."""

    def make(self, name: str, *seeds: bytes) -> Key:
        made = [Ed25519PrivateKey.from_private_bytes(it) for it in seeds or (bytes(32),)]
        self.keys[name] = Key(made)
        return self.keys[name]

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.asked.append(f"{method} {path}")
        if self.silent:
            self.silent.wait(20)
        if self.instead:
            return self.instead
        if headers.get("X-Vault-Request") != "true":
            self.oddities.append("no X-Vault-Request")
        if headers.get("Authorization"):
            self.oddities.append("credentials of somewhere else")
        if headers.get("X-Vault-Token") != self.token:
            return DENIED
        match method, path.split("/")[1:]:
            case "GET", ["v1", "transit", "keys", name]:
                return self._read(name)
            case (("POST" | "PUT"), ["v1", "transit", "sign", name]):
                return self._sign(name, json.loads(body))
        return 404, {"errors": ["no handler for route"]}

    def _read(self, name: str) -> Answer:
        if "read" not in self.may:
            return DENIED
        if name not in self.keys:
            return 404, {"errors": []}
        return 200, {"data": self.keys[name].told(name)}

    def _sign(self, name: str, asked: dict[str, Any]) -> Answer:
        if "sign" not in self.may:
            return DENIED
        if strange := asked.keys() - {"input", "key_version"}:
            self.oddities.append(f"it does not know {strange}")
        key, version = self.keys.get(name), asked.get("key_version", 0)
        if key is None:
            return 400, {"errors": ["signing key not found"]}
        version = version or len(key.versions)
        if version > len(key.versions):
            return 400, {"errors": ["requested version for signing is higher than the latest"]}
        if version < key.oldest:
            why = "requested version for signing is less than the minimum encryption key version"
            return 400, {"errors": [why]}
        try:
            message = base64.b64decode(asked["input"], validate=True)
        except (KeyError, binascii.Error):
            return 400, {"errors": ["unable to decode input as base64"]}
        made = base64.b64encode(key.versions[version - 1].sign(message)).decode()
        return 200, {"data": {"key_version": version, "signature": f"vault:v{version}:{made}"}}


@contextmanager
def vault_running() -> Iterator[FakeVault]:
    vault = FakeVault()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(vault))
    server.daemon_threads = True
    vault.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield vault
    finally:
        if vault.silent:
            vault.silent.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(vault: FakeVault) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, said = vault.answer(self.command, self.path, dict(self.headers.items()), body)
            told = said if isinstance(said, bytes) else json.dumps(said).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                for name, value in vault.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)
            except ConnectionError:  # whoever asked has gone
                return

        do_GET = do_POST = do_PUT = _answer

    return Handler
