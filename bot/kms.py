"""Who signs where the key never leaves a key service? Vault's transit engine, or OpenBao's, does.

Address and credentials are found in the usual ways (`VAULT_ADDR`, `VAULT_TOKEN`, `~/.vault-token`), by
securesystemslib, which is an extra. Its signers of AWS, Google, Azure and PKCS#11 know no Ed25519.
(docs/decisions/0036-the-keys-we-sign-with.md)
"""

from __future__ import annotations

import base64
import logging
import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot import signing
from bot.clock import elapsed
from bot.ports import Unreachable
from bot.signing import Signer

log = logging.getLogger(__name__)

SECONDS = 10.0
"""For each answer, and for each part of one."""

REST = 5.0
"""Seconds for which it is left alone after it failed: a thousand decisions shall not wait in a row."""

LATELY = 300.0
"""Seconds for which `/readyz` tells of a failure, unless something was signed meanwhile."""

PROBE = b"countersign: may this server sign with this key?\n"
"""Neither a note nor an envelope, so it vouches for nothing."""

NEEDED = "pip install --require-hashes -r requirements/kms.txt"

_KEY = re.compile(r"hv:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9])?(?:/[1-9][0-9]{0,8})?")
_OTHERS = {
    "awskms": "AWS KMS",
    "arn": "AWS KMS",
    "gcpkms": "Google Cloud KMS",
    "azurekms": "Azure Key Vault",
    "hsm": "PKCS#11",
    "tkey": "the TKey",
    "gnupg": "GnuPG",
}
"""What securesystemslib 1.6 signs with elsewhere, and never with a bare Ed25519 signature."""


class NoKey(Exception):
    """There is no such key that we could sign with; the text says why."""


def is_named(value: str) -> bool:
    """Whether this is the name of a key in some service, rather than a key or a file."""
    return value.partition(":")[0] in {"hv", *_OTHERS}


def unfit(name: str) -> str:
    """Why no key of that name can be used; empty if one may be there."""
    scheme = name.partition(":")[0]
    if scheme in _OTHERS:
        return (
            f"{_OTHERS[scheme]} cannot be used: everybody who verifies was promised an Ed25519 "
            "signature, and securesystemslib signs with none there; use hv:NAME/VERSION, or a file"
        )
    if not _KEY.fullmatch(name):
        return "must be hv:NAME/VERSION, as in hv:countersign/1: a key of Vault's transit engine"
    if find_spec("hvac") is None or find_spec("securesystemslib") is None:
        return f"a key in Vault needs the packages securesystemslib and hvac: {NEEDED}"
    return ""


def signer(name: str) -> Signer:
    """One that asks the service to sign. Raises NoKey for a key that it does not show us."""
    if problem := unfit(name):
        raise NoKey(problem)
    key, _, version = name.removeprefix("hv:").partition("/")
    service = _open(key, int(version or 0))
    return Signer(service.public, service.sign, remote=True, trouble=service.trouble)


@dataclass(slots=True)
class KeyService:
    """A key of one version: were it changed over there, we would go on with this one, or not at all."""

    key: str
    version: int
    public: Ed25519PublicKey
    _asking: Any = field(default=None, repr=False)
    _why: str = ""
    _failed_at: float = float("-inf")

    def sign(self, message: bytes) -> bytes:
        """In a thread: it waits for the answer. Raises Unreachable."""
        if elapsed() - self._failed_at < REST:
            raise Unreachable(self._why, sent=False)
        try:
            made = self._asked(message)
        except Exception as problem:  # noqa: BLE001 -- whatever it is, nothing was signed
            self._asking = None  # the next one looks for its token anew: this one may have ended
            self._fail(f"the key service did not sign: {_said(problem)}")
            raise Unreachable(self._why) from None
        if not signing.genuine(signing.raw(self.public), message, made):
            self._fail("what the key service signed does not fit the key it showed us at the start")
            raise Unreachable(self._why)
        if self._why:
            log.info("the key service signs again")
        self._why, self._failed_at = "", float("-inf")
        return made

    def trouble(self) -> list[str]:
        """What an operator has to know."""
        return [self._why] if self._why and elapsed() - self._failed_at < LATELY else []

    def _asked(self, message: bytes) -> bytes:
        asking = self._asking = self._asking or _asking(self.key, self.version, self.public)
        return bytes.fromhex(asking.sign(message).signature)

    def _fail(self, why: str) -> None:
        """Said once in the log, and by `trouble` until it is mended."""
        if why != self._why:
            log.error("nothing is signed: %s", why)
        self._why, self._failed_at = why, elapsed()


def _open(key: str, version: int) -> KeyService:
    """Version 0 is the newest there is."""
    try:
        told = _client().secrets.transit.read_key(key)["data"]
        sort, versions = told["type"], told["keys"]
        if sort != "ed25519" or told.get("derived"):
            raise NoKey(f"the key {key} is of the type {sort}; it must be ed25519, and not derived")
        version = version or max(map(int, versions))
        if str(version) not in versions:
            raise NoKey(f"the key {key} has no version {version}")
        raw = base64.b64decode(versions[str(version)]["public_key"], validate=True)
        return KeyService(key, version, Ed25519PublicKey.from_public_bytes(raw))
    except NoKey:
        raise
    except Exception as problem:  # noqa: BLE001 -- whatever it is, we cannot start like this
        raise NoKey(f"the key service does not show the key {key}: {_said(problem)}") from None


def _asking(key: str, version: int, public: Ed25519PublicKey) -> Any:
    from securesystemslib.signer import SSlibKey, VaultSigner  # noqa: PLC0415 - an extra

    made = VaultSigner(key, SSlibKey.from_crypto(public), version)
    made._client = _client()  # its own waits longer, asks proxies and follows redirects
    return made


def _client() -> Any:
    """The token goes to the address that was configured, and nowhere else."""
    import hvac  # noqa: PLC0415 - an extra

    client = hvac.Client(timeout=SECONDS, allow_redirects=False)
    client.session.trust_env = False
    return client


def _said(problem: Exception) -> str:
    """Without an address, which may hold a password. Its own words are short, and one line."""
    import hvac.exceptions  # noqa: PLC0415 - an extra
    import requests  # noqa: PLC0415 - hvac's

    match problem:
        case hvac.exceptions.VaultError():
            status = _STATUS.get(type(problem).__name__, "an error")
            words = " ".join("; ".join(map(str, problem.errors or ())).split())
            return f"it answered {status}" + (f" ({_shown(words)})" if words else "")
        case requests.Timeout():
            return f"it did not answer within {SECONDS:.0f} seconds"
        case requests.RequestException():
            return "it cannot be reached (VAULT_ADDR)"
        case _:
            return f"its answer makes no sense ({type(problem).__name__})"


def _shown(words: str) -> str:
    return "".join(it for it in words if it.isprintable())[:200]


_STATUS = {
    "InvalidRequest": "400",
    "Unauthorized": "401",
    "Forbidden": "403: look at its token and policy",
    "InvalidPath": "404",
    "RateLimitExceeded": "429",
    "InternalServerError": "500",
    "VaultNotInitialized": "501: it is not initialized",
    "BadGateway": "502",
    "VaultDown": "503: it is sealed, or down",
}
