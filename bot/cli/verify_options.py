"""What may `countersign verify` be given?"""

from __future__ import annotations

import argparse


def verify(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "file", metavar="FILE", help="the attestation, or a bundle of it; -: standard input"
    )
    one.add_argument(
        "--key",
        metavar="PEM",
        action="append",
        required=True,
        help="a file with Countersign's public key; may be repeated, while keys change",
    )
    one.add_argument("--repository", metavar="NAME", help="whose commit this is (the CI's)")
    one.add_argument(
        "--revision", metavar="REV", help="what is deployed (the CI's, or what is checked out)"
    )
    one.add_argument("--environment", metavar="NAME", help="where it goes (the CI's)")
    one.add_argument(
        "--artifact", metavar="DIGEST", default="", help="what is deployed, sha256:… (none)"
    )
    one.add_argument(
        "--no-override", action="store_true", help="an emergency override is not good enough"
    )
    one.add_argument(
        "--checkpoint",
        metavar="PATH",
        action="append",
        default=[],
        help="a checkpoint that was kept elsewhere, or a folder of them; may be repeated",
    )
    one.add_argument(
        "--approver-keys",
        metavar="FILE",
        help="the approvers' own security keys: without one of theirs nothing is approved",
    )
    one.add_argument("--at", metavar="MOMENT", help="as of 2026-11-21T10:00:00Z (now)")
    one.add_argument("--git", metavar="PATH", default=".", help="the checkout (%(default)s)")
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")
