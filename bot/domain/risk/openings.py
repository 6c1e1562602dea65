"""Which lines that a diff adds open a door, or take stored data away?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.change import Mark
from bot.domain.risk.landmarks import DOCUMENTATION

_COMMENT = re.compile(r"\s*+(?:#|//)")
_STAR = r"[\"']?(?:[a-z][a-z0-9-]{0,40}:)?\*[\"']?(?![\w*/.])"
_LISTED = r"(?:\[\s{0,40}(?:[\"'][^\"'\n]{0,60}[\"'],\s{0,40}){0,4}|-\s{1,20})?"
_ACCESS = re.compile(
    rf"(?<![a-z])(?:not)?(?:actions?|principals?|verbs|aws|permissions)[\"']?\s{{0,20}}[:=]\s{{0,40}}{_LISTED}{_STAR}"
    r"|\bpolicy/administratoraccess\b|\broles/owner\b|\bcluster-admin\b"
)
_ACCESS_STARTS = ("*", "administratoraccess", "roles/owner", "cluster-admin")
_NETWORK = re.compile(
    r"(?<![0-9.])0\.0\.0\.0/[01](?![0-9])|(?<![0-9a-z:])(?:::|(?:0{1,4}:){7}0{1,4})/[01](?![0-9])"
    r"|\bsource_address_prefix(?:es)?\s{0,20}[:=]\s{0,20}\[?[\"'](?:\*|internet|any)[\"']"
)
_NETWORK_STARTS = ("/0", "/1", "source_address_prefix")
_PIPELINE = re.compile(r"\bpermissions[\"']?\s{0,20}:\s{0,20}[\"']?write-all\b")
_DROPS = re.compile(
    r"\bdrop\s{1,20}(?:table|column|schema|database)\b|\btruncate\s{1,20}[\w\"`\[]"
    r"|\balter\s{1,20}table\b[^;]{0,200}?\bdrop\s{1,20}"
    r"(?!constraint|index|default|not|primary|foreign|key|expression|identity|trigger|policy|check)[\w\"`\[]"
)
_MIGRATIONS = re.compile(
    r"(?:.*/)?(?:(?:migrations?|migrate|versions|flyway|liquibase|schema_migrations)/.*"
    r"|[^/]*changelog[^/]*\.xml|[^/]*_migration\.[^/]*)|.*\.(?:sql|cql)"
)
_COMMENT_IN_SQL = re.compile(r"\s*+--")


def opened(path: str, added: list[str]) -> Iterator[Mark]:
    """What is seen in lines as they are added. Words for people and whole lines of comment open nothing."""
    if path.endswith(DOCUMENTATION):
        return
    lines = [line for line in added if not _COMMENT.match(line)]
    text = "\n".join(lines).lower()
    if any(start in text for start in _ACCESS_STARTS) and _ACCESS.search(text):
        yield Mark.WIDE_ACCESS
    if any(start in text for start in _NETWORK_STARTS) and _NETWORK.search(text):
        yield Mark.WIDE_NETWORK
    if "write-all" in text and _PIPELINE.search(text):
        yield Mark.WIDE_PIPELINE
    if ("drop" in text or "truncate" in text) and _drops(path, lines):
        yield Mark.DROPS


def _drops(path: str, lines: list[str]) -> bool:
    if not _MIGRATIONS.fullmatch(path.lower()):
        return False
    text = "\n".join(line for line in lines if not _COMMENT_IN_SQL.match(line))
    return _DROPS.search(text.lower()) is not None
