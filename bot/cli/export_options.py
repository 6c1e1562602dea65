"""What may `countersign export` be given?"""

from __future__ import annotations

import argparse


def export(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--since", metavar="WHEN", required=True, help="a day or a moment (UTC), or 90d, 12w ago"
    )
    one.add_argument(
        "--until",
        metavar="WHEN",
        required=True,
        help="a day or a moment; what was asked for from then on is left out",
    )
    one.add_argument("--format", choices=("jsonl", "csv", "pdf"), required=True)
    one.add_argument(
        "--out", metavar="FILE", help="must not be there yet; by default standard output"
    )
    one.add_argument(
        "--environment",
        metavar="NAME",
        action="append",
        default=[],
        help="only what went there; may be repeated (all)",
    )
    one.add_argument("--sample", metavar="N", type=int, help="write so many records of them")
    one.add_argument(
        "--seed", metavar="TEXT", help="with --sample: the same text, the same records"
    )
    one.add_argument(
        "--allow-gaps",
        action="store_true",
        help="exit 0 although something was deployed without a decision",
    )
    one.add_argument(
        "--checkpoint",
        metavar="PATH",
        action="append",
        default=[],
        help="a checkpoint that was kept elsewhere, or a folder of them; may be repeated",
    )
    one.add_argument(
        "--key",
        metavar="FILE",
        action="append",
        default=[],
        help="a public key in PEM, instead of the server's own; may be repeated",
    )
    one.add_argument(
        "--json", action="store_true", help="say in JSON on standard error what was found"
    )
    one.set_defaults(quick=True)
