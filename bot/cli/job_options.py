"""What may the commands of a build job be given?"""

from __future__ import annotations

import argparse
import re

PATIENCE = 60.0
"""Seconds for which `status` asks again where nobody answers."""

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def given(text: str) -> str:
    """An empty word is a variable that nobody set, and never another way to say nothing."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty: leave it out, or set the variable")
    return text


def duration(text: str) -> float:
    """Seconds, from "90s", "45m", "8h", "2d" or "1h30m"."""
    if not re.fullmatch(r"(?:[0-9]{1,6}[smhd])+", text):
        raise argparse.ArgumentTypeError("must be like 90s, 45m, 8h or 1h30m")
    return float(sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"([0-9]+)([smhd])", text)))


def pair(text: str) -> tuple[str, str]:
    """ "build=12": a name and a text, which may be empty."""
    name, sign, value = text.partition("=")
    if not (sign and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,79}", name)):
        raise argparse.ArgumentTypeError("must be name=value")
    return name, value


def wait(one: argparse.ArgumentParser) -> None:
    one.add_argument("id", metavar="ID", help="of the signoff, as `countersign request` told it")
    _about(one)
    _where(one)


def status(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "id",
        metavar="ID",
        type=given,
        nargs="?",
        help="of the signoff; without it: what went on last at a repository and environment",
    )
    _about(one)
    one.add_argument(
        "--git", metavar="PATH", type=given, default=".", help="the checkout (%(default)s)"
    )
    _server(one)
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    one.set_defaults(attestation=None, revision=None, timeout=PATIENCE)


def request(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--wait",
        action="store_true",
        help="until it is decided; without it 0 means only: asked for",
    )
    one.add_argument("--dry-run", action="store_true", help="print what would be sent, and stop")
    _about(one)
    one.add_argument(
        "--base",
        metavar="REV",
        type=given,
        help="what it is compared with (where it is merged, or what went on last there)",
    )
    one.add_argument(
        "--key", type=given, help="names this request (of the CI's run, attempt and environment)"
    )
    one.add_argument("--title", help="(the pull request's, or the last commit's first line)")
    one.add_argument("--description", metavar="TEXT", help="why")
    one.add_argument("--kind", choices=("software", "infrastructure", "scaling"), help="(software)")
    one.add_argument(
        "--artifact-digest", metavar="SHA", type=given, help="sha256:… of what is shipped"
    )
    one.add_argument(
        "--plan", metavar="FILE", type=given, help="of `terraform show -json`; -: standard input"
    )
    one.add_argument("--ai", choices=("yes", "no"), help="whether AI helped to write it")
    one.add_argument("--ai-tool", metavar="NAME", action="append", help="which; may be repeated")
    one.add_argument("--rationale", metavar="TEXT", help="why the tool did it so")
    one.add_argument("--label", metavar="NAME", action="append", help="may be repeated")
    one.add_argument(
        "--gate",
        metavar="NAME=VALUE",
        action="append",
        type=pair,
        help="where the pipeline waits, for connections that answer at a gate; may be repeated",
    )
    one.add_argument("--callback-url", metavar="URL", help="where the answer is sent to as well")
    one.add_argument(
        "--data",
        metavar="FILE",
        type=given,
        help="all of `data` as JSON, instead of what CI and git say",
    )
    _where(one)


def incident_open(one: argparse.ArgumentParser) -> None:
    _incident(one)
    one.add_argument("title", metavar="TITLE", type=given, help="what happened")
    one.add_argument("--severity", metavar="WORD", type=given, help="as you call it")
    one.add_argument("--environment", metavar="NAME", type=given, help="where")
    one.add_argument(
        "--repository", metavar="NAME", type=given, help="owner/name; without it no link by time"
    )
    one.add_argument("--started", metavar="MOMENT", type=given, help="2026-11-21T10:00:00Z (now)")
    one.add_argument(
        "--signoff", metavar="ID", type=given, action="append", help="it was this; may be repeated"
    )
    one.add_argument(
        "--revision",
        metavar="REV",
        type=given,
        action="append",
        help="a full commit id that ran there; may be repeated",
    )
    _ends(one)


def incident_resolve(one: argparse.ArgumentParser) -> None:
    _incident(one)
    _ends(one)


def incident_link(one: argparse.ArgumentParser) -> None:
    _incident(one)
    one.add_argument("signoffs", metavar="SIGNOFF", nargs="+", type=given, help="ids or keys")
    _ends(one)


def _incident(one: argparse.ArgumentParser) -> None:
    one.add_argument("key", metavar="KEY", type=given, help="your name of it, as in INC-4711")


def _ends(one: argparse.ArgumentParser) -> None:
    _server(one)
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def _about(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--environment",
        metavar="NAME",
        type=given,
        help="where it goes (the CI's, or production)",
    )
    one.add_argument(
        "--repository", metavar="NAME", type=given, help="owner/name (the CI's, or git's origin)"
    )


def _where(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--revision",
        metavar="REV",
        type=given,
        help="what ships (the CI's, or what is checked out)",
    )
    one.add_argument(
        "--git", metavar="PATH", type=given, default=".", help="the checkout (%(default)s)"
    )
    _server(one)
    one.add_argument(
        "--attestation",
        metavar="FILE",
        type=given,
        help="after a yes: what was signed of it, for `countersign verify`",
    )
    one.add_argument(
        "--timeout",
        metavar="DURATION",
        type=duration,
        help="exit 1 after 90s, 45m, 8h…; the signoff stays open (never)",
    )
    one.add_argument("--json", action="store_true", help="answer in JSON, for programs")


def _server(one: argparse.ArgumentParser) -> None:
    one.add_argument("--url", metavar="URL", type=given, help="of Countersign (COUNTERSIGN_URL)")
    one.add_argument(
        "--token-file",
        metavar="FILE",
        type=given,
        help="(COUNTERSIGN_TOKEN, or a token of the CI's own)",
    )
