"""Which deploys may go on, and which not? One table for all that verify an attestation.

A refusal differs from a deploy that may go on, its twin, in one respect.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests import attested
from tests.attested import ARTIFACT, CONNECTION, DIGEST, OTHER, Deploy, stamp

Bend = Callable[[Deploy], Deploy]
Told = dict[str, Any]

ZERO = "0" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`twin`, one of FINE, may go on; `bend` makes of it what may not, and `why` is what is said.

    `proof`: only who looks at the inclusion proof can see it. docs/verify.sh does not.
    """

    name: str
    why: str
    bend: Bend
    twin: str = "as it is"
    proof: bool = False


def said(**facts: object) -> Bend:
    """Another predicate."""
    return lambda it: it.told(lambda predicate: {**predicate, **facts})


def without(name: str) -> Bend:
    return lambda it: it.told(lambda predicate: predicate.pop(name) and None)


def stated(**facts: object) -> Bend:
    return lambda it: it.stated(lambda statement: statement.update(facts))


def placed(**facts: object) -> Bend:
    return lambda it: it.told(
        lambda told: {**told, "audit": {**told["audit"], **facts}},
    )


def lasting(begins: timedelta, ends: timedelta) -> Bend:
    def bend(it: Deploy) -> Deploy:
        return said(notBefore=stamp(it.now + begins), expiresAt=stamp(it.now + ends))(it)

    return bend


def sealed(bend: Callable[[Told], object]) -> Bend:
    return lambda it: replace(it, bend=bend)


def of_an_artifact(it: Deploy) -> Deploy:
    """Attested, and named."""
    it = it.stated(
        lambda told: told["subject"].append({"name": "artifact", "digest": {"sha256": DIGEST}})
    )
    return replace(it, artifact=ARTIFACT)


def overridden(it: Deploy) -> Deploy:
    told = {"by": "max", "second": "", "incident": "INC-7", "reason": "down"}
    return said(status="overridden", reviews=[], override=told)(it)


def forged(envelope: Told) -> Told:
    """What is signed stays, and another place is told."""
    raw = base64.b64decode(envelope["payload"]).replace(b"production", b"productioN")
    return {**envelope, "payload": base64.b64encode(raw).decode()}


def twisted(envelope: Told) -> Told:
    """One bit of the signature."""
    raw = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    raw[40] ^= 1
    return {**envelope, "signatures": [{"sig": base64.b64encode(raw).decode()}]}


def again(envelope: Told) -> Told:
    """S + L: another spelling of a genuine signature."""
    raw = base64.b64decode(envelope["signatures"][0]["sig"])
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(raw[32:], "little") + order
    made = base64.b64encode(raw[:32] + scalar.to_bytes(32, "little")).decode()
    return {**envelope, "signatures": [{"sig": made}]}


def twice(envelope: Told) -> Told:
    return {**envelope, "signatures": envelope["signatures"] * 2}


FINE: dict[str, Bend] = {
    "as it is": lambda it: it,
    "as a bundle": sealed(attested.bundle),
    "with its artifact": of_an_artifact,
    "overridden": overridden,
    "asked by whom it may be": lambda it: replace(it, connections=CONNECTION),
    "asked by one of them": lambda it: replace(it, connections=f"ledger-ci,{CONNECTION}"),
    "nobody had to sign": said(status="not_required", reviews=[]),
    "for an hour": lasting(timedelta(hours=-1), timedelta(hours=1)),
    "just begun": lasting(timedelta(seconds=-1), timedelta(hours=1)),
    "begun by a clock that is ahead": lasting(timedelta(seconds=40), timedelta(hours=1)),
    "about to end": lasting(timedelta(hours=-1), timedelta(seconds=40)),
    "without a tree": lambda it: it.stated(
        lambda told: told["subject"][0]["digest"].pop("gitTree")
    ),
    "by another key that is trusted": lambda it: replace(
        placed(checkpoint=attested.note(key=OTHER))(it), signer=OTHER, trusted=OTHER
    ),
}

_NO_MOMENTS: dict[str, tuple[object, ...]] = {
    "expiresAt": ("zzzz", [1], True, "2099-01-01", "2099-01-01T00:00:00+00:00", "2099-13-01T00:00:00Z", "2099-02-31T00:00:00Z",
                  "12099-01-01T00:00:00Z", "2099-01-01T00:00:00Z\n", 4102444800, {"z": 1}),
    "notBefore": (None, True, 0, "", "2000", "0000-01-01T00:00:00Z", "2000-02-30T00:00:00Z"),
}  # fmt: skip
"""What is no moment as we spell it, though it may seem later or earlier than now."""

REFUSED = (
    # The signature.
    Case(name="tampered", why="none of these keys", bend=sealed(forged)),
    Case(name="twisted", why="none of these keys", bend=sealed(twisted)),
    Case(name="spelt again", why="none of these keys", bend=sealed(again)),
    Case(name="another key", why="none of these keys", bend=lambda it: replace(it, signer=OTHER)),
    Case(name="another trusted", why="none of these keys", bend=lambda it: replace(it, trusted=OTHER)),
    Case(name="two signatures", why="one signature", bend=sealed(twice)),
    Case(name="no signature", why="one signature", bend=sealed(lambda it: it | {"signatures": []})),
    Case(name="another sort", why="its content is not", bend=lambda it: replace(it, sort="application/json")),
    Case(name="sort told otherwise", why="its content is not",
         bend=sealed(lambda it: it | {"payloadType": "application/json"})),
    Case(name="two files", why="not JSON", bend=sealed(lambda it: b"{}" + str(it).replace("'", '"').encode())),
    Case(name="no attestation", why="its content is not", bend=sealed(lambda it: {})),
    Case(name="no JSON", why="not JSON", bend=sealed(lambda it: b"no")),
    Case(name="nothing", why="not JSON", bend=sealed(lambda it: b"")),
    Case(name="in a cover of nobody's", why="its content is not", twin="as a bundle",
         bend=sealed(lambda it: attested.bundle(it) | {"mediaType": "x"})),
    Case(name="base64 in lines", why="its base64 is broken",
         bend=sealed(lambda it: it | {"payload": f"{it['payload'][:20]}\n{it['payload'][20:]}"})),
    Case(name="an empty bundle", why="without an attestation",
         twin="as a bundle",
         bend=sealed(lambda it: attested.bundle(it) | {"dsseEnvelope": None})),
    # What it is about.
    Case(name="another repository", why="it is about acme/payments-api, and this is acme/ledger",
         bend=lambda it: replace(it, repository="acme/ledger")),
    Case(name="another commit", why=f"and this is {ZERO}", bend=lambda it: replace(it, revision=ZERO)),
    Case(name="another environment", why="it is about production, and this is staging",
         bend=lambda it: replace(it, environment="staging")),
    Case(name="asked by another", why="payments-ci asked for it, and not sandbox-ci or ledger-ci",
         twin="asked by whom it may be", bend=lambda it: replace(it, connections="sandbox-ci,ledger-ci")),
    Case(name="told another connection", why="sandbox-ci asked for it, and not payments-ci",
         twin="asked by whom it may be", bend=said(connection="sandbox-ci")),
    Case(name="asked by nobody", why="nothing that can be read asked for it",
         twin="asked by whom it may be", bend=without("connection")),
    Case(name="told another repository", why="it is about acme/ledger", bend=said(repository="acme/ledger")),
    Case(name="told another commit", why=f"it is about {ZERO}", bend=said(revision=ZERO)),
    Case(name="told another environment", why="it is about staging", bend=said(environment="staging")),
    Case(name="another subject", why="its subject is another commit",
         bend=lambda it: it.stated(lambda told: told["subject"][0]["digest"].update(gitCommit=ZERO))),
    Case(name="two subjects", why="its subject is another commit",
         bend=lambda it: it.stated(lambda told: told["subject"].append({"digest": {"gitCommit": ZERO}}))),
    Case(name="a commit of nought", why="its subject is another commit",
         bend=lambda it: it.stated(lambda told: told["subject"].append({"digest": {"gitCommit": None}}))),
    Case(name="a subject that is no list", why="its subject is another commit",
         bend=lambda it: it.stated(lambda told: told.update(subject={"0": told["subject"][0]}))),
    Case(name="no subject", why="its subject is another commit", bend=stated(subject=[])),
    Case(name="another artifact", why=f"{ARTIFACT}, and this is sha256:0", twin="with its artifact",
         bend=lambda it: replace(it, artifact="sha256:" + "0" * 64)),
    Case(name="an artifact that is not named", why="none was named here", twin="with its artifact",
         bend=lambda it: replace(it, artifact="")),
    Case(name="an artifact that is not attested", why="it is about no artifact",
         bend=lambda it: replace(it, artifact=ARTIFACT)),
    Case(name="two artifacts", why=f"{ARTIFACT} and sha512:f", twin="with its artifact",
         bend=lambda it: it.stated(lambda told: told["subject"][1]["digest"].update(sha512="f"))),
    Case(name="another statement", why="no decision of Countersign's", bend=stated(_type="x")),
    Case(name="another predicate", why="no decision of Countersign's",
         bend=stated(predicateType="https://slsa.dev/verification_summary/v1")),
    Case(name="before proofs", why="v0.1",
         bend=stated(predicateType="https://countersign.example/attestations/signoff/v0.1")),
    Case(name="no predicate", why="no decision of Countersign's", bend=stated(predicate=[])),
    # What was decided.
    *(
        Case(name=status, why=f"it is {status}", bend=said(status=status, proceed=False))
        for status in ("rejected", "expired", "superseded", "withdrawn", "pending")
    ),
    Case(name="not to proceed", why="it lets nothing go on", bend=said(proceed=False)),
    Case(name="to proceed by another word", why="it lets nothing go on", bend=said(proceed="true")),
    Case(name="rejected, and to proceed", why="it is rejected", bend=said(status="rejected")),
    Case(name="an unknown status", why="it is blessed", bend=said(status="blessed")),
    Case(name="no status", why="it lets nothing go on", bend=without("status")),
    Case(name="shadow", why="shadow mode", bend=said(shadow=True)),
    Case(name="shadow unsaid", why="shadow mode", bend=without("shadow")),
    # When.
    Case(name="over", why="it was good until", twin="for an hour",
         bend=lasting(timedelta(hours=-1), timedelta(seconds=-1))),
    Case(name="not yet", why="it is good from", twin="begun by a clock that is ahead",
         bend=lasting(timedelta(seconds=120), timedelta(hours=1))),
    Case(name="no end", why="does not say from when until when", bend=without("expiresAt")),
    Case(name="an end of no moment", why="does not say from when until when", bend=said(expiresAt=7)),
    *(
        Case(name=f"{name} {value!r}", why="does not say from when until when", bend=said(**{name: value}))
        for name, values in _NO_MOMENTS.items() for value in values
    ),
    # The trail.
    Case(name="no place", why="does not say where it stands", proof=True, bend=without("audit")),
    Case(name="no checkpoint", why="does not say where it stands", proof=True, bend=placed(checkpoint=None)),
    Case(name="another's checkpoint", why="not genuine: none of these keys", proof=True,
         bend=placed(checkpoint=attested.note(key=OTHER))),
    Case(name="a bent checkpoint", why="not genuine: its signature does not fit", proof=True,
         bend=placed(checkpoint=attested.note().replace("\n11\n", "\n12\n"))),
    Case(name="another trail", why="of another audit trail", proof=True, bend=placed(origin="x.example/audit")),
    Case(name="another trail's checkpoint", why="of another audit trail", proof=True,
         bend=placed(checkpoint=attested.note(origin="x.example/audit"))),
    Case(name="a checkpoint before it", why="does not cover its entry", proof=True,
         bend=placed(checkpoint=attested.note(attested.SEQ - 1))),
    Case(name="another checkpoint", why="does not lead to the checkpoint of 10", proof=True,
         bend=placed(checkpoint=attested.note(10))),
    Case(name="a forked checkpoint", why="does not lead to the checkpoint of 11", proof=True,
         bend=placed(checkpoint=attested.note(leaves=[*attested.LEAVES[:7], attested.LEAVES[0], *attested.LEAVES[8:]]))),
    Case(name="another entry", why="does not lead", proof=True, bend=placed(seq=attested.SEQ + 1)),
    Case(name="entry nought", why="does not cover its entry", proof=True, bend=placed(seq=0)),
    Case(name="entry true", why="does not cover its entry", proof=True, bend=placed(seq=True)),
    Case(name="another leaf", why="does not lead", proof=True, bend=placed(leaf=attested.LEAVES[0].hex())),
    Case(name="no leaf", why="its inclusion proof is none", proof=True, bend=placed(leaf="zz")),
    Case(name="no proof", why="its inclusion proof is none", proof=True, bend=placed(inclusionProof=None)),
    Case(name="an empty proof", why="does not lead", proof=True, bend=placed(inclusionProof=[])),
    Case(name="a proof of no hashes", why="its inclusion proof is none", proof=True, bend=placed(inclusionProof=["AA=="])),
    Case(name="a proof of no text", why="its inclusion proof is none", proof=True, bend=placed(inclusionProof=[7])),
    Case(name="an endless proof", why="its inclusion proof is none", proof=True,
         bend=lambda it: placed(inclusionProof=attested.audit()["inclusionProof"] * 20)(it)),
)  # fmt: skip


def made(bend: Bend, now: datetime | None = None) -> Deploy:
    return bend(attested.deploy(now))
