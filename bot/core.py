"""Which parts does everything else lean on? Made here, in the order in which they need each other."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot import parts, trail
from bot.clock import Clock
from bot.config.connections import accounts
from bot.connections import stating
from bot.engine.attesting import Attesting
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.checkpointing import Checkpointing
from bot.engine.circumstances import Circumstances
from bot.engine.intake import Intake
from bot.engine.outcomes import Outcomes
from bot.engine.patience import Patience
from bot.engine.publishing import Publishing
from bot.engine.reminding import Reminding
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.telling import with_checkpoint
from bot.engine.vouching import Vouching
from bot.pipelines.public_signatures import signed_in_public
from bot.ports import Pipeline, Send
from bot.settings import Settings
from bot.signing import Signer
from bot.tallies import Tallies
from bot.tracing import Traces
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """`holder` is what leases call this process. `calling` sends what is signed for its receiver, and
    with `webhook_key` anybody can check that.
    """

    chosen: Settings
    clock: Clock
    patience: Patience
    signer: Signer
    store: Store
    checkpointing: Checkpointing
    attesting: Attesting
    send: Send
    calling: Send
    webhook_key: Ed25519PublicKey | None
    holder: str
    bell: Bell
    rulebook: Rulebook
    circumstances: Circumstances
    board: Board
    pipelines: dict[str, Pipeline]
    signoffs: Signoffs
    reminding: Reminding
    intake: Intake
    outcomes: Outcomes
    tallies: Tallies
    traces: Traces


def make_core(
    chosen: Settings, patience: Patience, signer: Signer, store: Store, send: Send
) -> Core:
    parts.check_step_up(chosen)
    bell, clock = Bell(), store.clock
    tallies, traces = parts.tallies(chosen), parts.traces(chosen, send)
    rulebook = parts.rulebook(chosen)
    circumstances = parts.circumstances(chosen, clock, send)
    vouching = trail.vouching(chosen, signer)
    signoffs = _signoffs(chosen, store, rulebook, circumstances, bell, vouching)
    signoffs.tallies, signoffs.traces = tallies, traces
    checkpointing = trail.checkpointing(chosen, store, signer)
    key = parts.webhook_key(chosen, signer)
    calling = with_checkpoint(
        signed_in_public(send, key.sign) if key else send, checkpointing.newest
    )
    pipelines = parts.adapters(chosen, clock, send, signoffs.went_on, calling)
    reminding = Reminding(
        store=store,
        roster=rulebook.roster,
        circumstances=circumstances,
        clock=clock,
        bell=bell,
        new_id=partial(_new_id, "lst_"),
        rulebook_digest=rulebook.digest,
    )
    outcomes = Outcomes(store=store, bell=bell, new_id=_new_id, chosen=chosen.config.outcomes)
    bell.listen(outcomes.hear)
    intake = Intake(
        store=store,
        signoffs=signoffs,
        pipelines=pipelines,
        clock=clock,
        bell=bell,
        patience=patience,
        outcomes=outcomes,
    )
    return Core(
        chosen=chosen,
        clock=clock,
        patience=patience,
        signer=signer,
        store=store,
        checkpointing=checkpointing,
        attesting=_attesting(chosen, store, signer, checkpointing, vouching),
        send=send,
        calling=calling,
        webhook_key=key.public_key() if key else None,
        holder=secrets.token_hex(4),
        bell=bell,
        rulebook=rulebook,
        circumstances=circumstances,
        board=Board(store, rulebook, bell, signoffs.inviting, clock, chosen.public_url),
        pipelines=pipelines,
        signoffs=signoffs,
        reminding=reminding,
        intake=intake,
        outcomes=outcomes,
        tallies=tallies,
        traces=traces,
    )


def _signoffs(
    chosen: Settings,
    store: Store,
    rulebook: Rulebook,
    circumstances: Circumstances,
    bell: Bell,
    vouching: Vouching,
) -> Signoffs:
    known = chosen.config
    return Signoffs(
        store=store,
        rulebook=rulebook,
        clock=store.clock,
        new_id=_new_id,
        bell=bell,
        circumstances=circumstances,
        keep_older=frozenset(name for name, it in known.connections.items() if not it.supersede),
        accounts={name: accounts(it) for name, it in known.connections.items()},
        reach={name: it.repositories for name, it in known.connections.items() if it.repositories},
        stating=stating(chosen),
        vouching=vouching,
        publishing=Publishing({name: it.events for name, it in known.subscribers.items()}),
        pending_per_repository=known.pending_per_repository,
    )


def _attesting(
    chosen: Settings,
    store: Store,
    signer: Signer,
    checkpointing: Checkpointing,
    vouching: Vouching,
) -> Attesting:
    return Attesting(
        store=store,
        sign=signer.envelope,
        checkpointing=checkpointing,
        valid_for=chosen.config.evidence.valid_for,
        public_url=chosen.public_url,
        remote=signer.remote,
        vouching=vouching,
    )


def _new_id(prefix: str = "sgn_") -> str:
    """The prefix and 80 random bits, in letters and digits that can be read aloud."""
    return prefix + base64.b32encode(secrets.token_bytes(10)).decode().lower()
