"""What may `countersign verify` be given? Nothing that is given is empty."""

from __future__ import annotations

import argparse
from functools import partial

from bot.cli.job_options import given


def names(text: str) -> tuple[str, ...]:
    """ "payments-ci,ledger-ci": one of these."""
    return tuple(given(name).strip() for name in text.split(","))


def verify(one: argparse.ArgumentParser) -> None:
    word = partial(one.add_argument, type=given)
    word("file", metavar="FILE", help="the attestation, or a bundle of it; -: standard input")
    word(
        "--key",
        metavar="PEM",
        action="append",
        required=True,
        help="a file with Countersign's public key; may be repeated, while keys change",
    )
    word("--repository", metavar="NAME", help="whose commit this is (the CI's)")
    word("--revision", metavar="REV", help="what is deployed (the CI's, or what is checked out)")
    word("--environment", metavar="NAME", help="where it goes (the CI's)")
    word("--artifact", metavar="DIGEST", help="what is deployed, sha256:… (none)")
    one.add_argument(
        "--connection",
        metavar="NAME[,NAME]",
        action="extend",
        type=names,
        default=[],
        help="who may have asked, as the server's config names it (anybody); may be repeated",
    )
    one.add_argument(
        "--no-override", action="store_true", help="an emergency override is not good enough"
    )
    word(
        "--checkpoint",
        metavar="PATH",
        action="append",
        default=[],
        help="a checkpoint that was kept elsewhere, or a folder of them; may be repeated",
    )
    word(
        "--approver-keys",
        metavar="FILE",
        help="the approvers' own security keys: without one of theirs nothing is approved",
    )
    word("--at", metavar="MOMENT", help="as of 2026-11-21T10:00:00Z (now)")
    word("--git", metavar="PATH", default=".", help="the checkout (%(default)s)")
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")
