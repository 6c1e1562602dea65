"""`countersign incident`: a build job, or a monitor's script, tells of an incident, its end, or what it was."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.cli import credentials, terminal
from bot.cli.asking import NotAnswered
from bot.cli.calling import OutOfTime, Refused, Server, encoded, server
from bot.cli.speaking import Progress, quoted
from bot.cli.waiting import PROCEED, interruptible, troubled
from bot.clock import elapsed

PATIENCE = 60.0
"""Seconds for which it asks again where nobody answers: a job is not to wait for this."""

_PATH = "/api/v1/incidents"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#-]{0,99}")

# What a job is told about Countersign is no setting of the server.
_ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251

Answer = Mapping[str, Any]


def opened(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`KEY TITLE [--environment NAME] [--repository NAME] [--signoff ID]…`"""
    said = {
        "key": arguments.key,
        "title": arguments.title,
        "severity": arguments.severity,
        "environment": arguments.environment,
        "repository": arguments.repository,
        "started_at": arguments.started,
        "signoffs": arguments.signoff or None,
        "revisions": arguments.revision or None,
    }
    return _told(arguments, environ, _PATH, {name: it for name, it in said.items() if it}, "POST")


def resolved(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`KEY`"""
    return _changed(arguments, environ, {"state": "resolved"})


def linked(arguments: argparse.Namespace, environ: Mapping[str, str] = _ENVIRON) -> int:
    """`KEY SIGNOFF…`"""
    return _changed(arguments, environ, {"signoffs": arguments.signoffs})


def _changed(
    arguments: argparse.Namespace, environ: Mapping[str, str], said: Mapping[str, Any]
) -> int:
    path = f"{_PATH}/{quote(arguments.key, safe='')}"
    return _told(arguments, environ, path, said, "PATCH")


def _told(
    arguments: argparse.Namespace,
    environ: Mapping[str, str],
    path: str,
    said: Mapping[str, Any],
    method: str,
) -> int:
    if not _KEY.fullmatch(arguments.key):
        return troubled(arguments, "KEY must be letters, digits and . _ # - only, as in INC-4711")
    progress = Progress()
    try:
        with interruptible():
            asked = _server(arguments, environ)
            answer = asked.ask(path, progress, encoded(said).encode(), method=method)
    except NotAnswered as why:
        return troubled(arguments, str(why))
    except Refused as refused:
        return troubled(arguments, *refused.lines)
    except OutOfTime:
        return troubled(arguments, "nobody answered in time: tell it again")
    except KeyboardInterrupt:
        return troubled(arguments, "stopped; it may have been told or not: tell it again")
    finally:
        progress.end()
    return _concluded(arguments, answer)


def _server(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Server:
    url = (arguments.url or environ.get("COUNTERSIGN_URL", "")).strip()
    if not url:
        raise NotAnswered("where is Countersign? Set COUNTERSIGN_URL, or say --url")
    token = credentials.source(arguments.token_file, url, environ)
    return server(url, token, elapsed() + PATIENCE)


def _concluded(arguments: argparse.Namespace, answer: Answer) -> int:
    if answer.get("key") != arguments.key:
        return troubled(arguments, "the answer is about another incident")
    if arguments.json:
        terminal.tell([encoded(answer)])
        return PROCEED
    found = answer.get("signoffs")
    links = [it for it in found if isinstance(it, dict)] if isinstance(found, list) else []
    of = ", ".join(f"{quoted(it.get('id'), 60)} ({quoted(it.get('how'), 20)})" for it in links[:10])
    state = quoted(answer.get("state"), 20) or "told"
    terminal.tell([f"countersign: {quoted(arguments.key)} is {state}{f'; of {of}' if of else ''}"])
    return PROCEED
