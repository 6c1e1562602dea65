"""What does the diff of one file show, beyond how many lines it changes?

All of it is computed from the content: what somebody says about a file never reaches this place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from bot.domain.change import Change, Mark, Setting
from bot.domain.risk.dials import moved_settings
from bot.domain.risk.hunks import Line, Patch, read_patch
from bot.domain.risk.openings import opened
from bot.domain.spans import BLANK_LETTERS

_BINARIES = re.compile(
    r".*\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|pdf|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|ear|class|so|dylib"
    r"|dll|exe|msi|bin|o|a|lib|wasm|whl|egg|pyc|node|apk|ipa|deb|rpm|iso|img|woff2?|ttf|otf|eot|mp[34]|webm|mov|ogg"
    r"|wav|flac|docx?|xlsx?|pptx?|sqlite3?|db|parquet|npy|npz|pkl|pickle|pt|onnx|safetensors|h5|keystore|jks|p12|pfx)",
    re.IGNORECASE,
)
_GENERATED_PATHS = re.compile(
    r"(?:.*/)?(?:[^/]*(?:\.min\.(?:js|css)|\.bundle\.js|\.(?:js|css)\.map|\.pb\.(?:go|cc|h)|_pb2(?:_grpc)?\.pyi?"
    r"|_pb\.js|\.g\.dart|\.freezed\.dart|\.designer\.cs|\.generated\.\w{1,9}|_generated\.\w{1,9}|\.snap)"
    r"|zz_generated[^/]*|(?:vendor|node_modules|third_party|dist|bower_components|__generated__|generated)/.*)",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"\b(?:code |file |auto-?)?(?:generated|generated automatically) (?:by|from|with)\b.{0,300}\bdo not (?:edit|modify)"
    r"|\bdo not (?:edit|modify)\b.{0,300}\bgenerated\b|(?<![\w@])@generated\b|<auto-?generated",
    re.IGNORECASE,
)
_HEADER_LINES = 50
"""A generator signs at the top; further down the words are about something else."""

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BLANKS = "".join(sorted(BLANK_LETTERS))
_HIDDEN = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f"
    f"\ufeff\ufff0-\ufffb\U000e0000-\U000e0fff{_BLANKS}"
)
# Joiners belong into emoji and into some scripts, but not beside a letter of code.
_INVISIBLE = re.compile(
    f"[{_HIDDEN}]|(?:(?<![^\x00-\x7f])|(?<=[{_HIDDEN}\u200c\u200d]))[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
_BREAK = re.compile("[\t-\r]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]|\r(?!$)")

_SECRET = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b(?<!EXAMPLE)"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{50}|\bglpat-[\w-]{20}|\bnpm_[A-Za-z0-9]{36}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{20}|\bxapp-\d-[A-Za-z0-9-]{20}|\bhooks\.slack\.com/services/T\w{6,12}/B\w{6,12}/\w{20}"
    r"|\b[rs]k_live_[A-Za-z0-9]{20}|\bwhsec_[A-Za-z0-9+/]{32}|\bAIza[\w-]{35}|\bsk-ant-[\w-]{24}|\bsk-proj-[\w-]{40}"
    r"|\bSG\.[\w-]{22}\.[\w-]{43}|\bdop_v1_[0-9a-f]{64}|\bhv[sb]\.[\w-]{24}|\bpypi-AgEI[\w-]{50}|\bAGE-SECRET-KEY-1[A-Z0-9]{50}"
)  # fmt: skip
# Most text holds none of these, and need not be read for a secret.
_SECRET_STARTS = (
    "PRIVATE KEY", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "xox",
    "xapp-", "hooks.slack.com", "k_live_", "whsec_", "AIza", "sk-ant-", "sk-proj-", "SG.", "dop_v1_", "hvs.", "hvb.",
    "pypi-AgEI", "AGE-SECRET-KEY-1",
)  # fmt: skip
_SUBMODULE = re.compile(r"Subproject commit [0-9a-f]{7,64}(?:-dirty)?\r?")
_LINK_TARGET = re.compile(r"[^\s\x00]{1,4096}")
_WORDS = re.compile(r".*\.(?:md|markdown|rst|adoc|asciidoc|txt)", re.IGNORECASE)
_MODES = {"120000": Mark.SYMLINK, "160000": Mark.SUBMODULE, "100755": Mark.EXECUTABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    marks: tuple[Mark, ...] = ()
    settings: tuple[Setting, ...] = ()
    digest: str = ""


def inspect(
    path: str,
    patch: str | None,
    *,
    previous_path: str | None = None,
    status: str = "",
    blob: str = "",
    mode: str = "",
) -> Inspection:
    """`patch` is the hunks of a unified diff; None: the platform shows none, "": no line changes.

    `blob` is the object id of the new content, `mode` its git mode where that is known. A patch
    that is not all there, or too long to be read whole, is marked as unseen.
    """
    read = read_patch(patch) if patch is not None else None
    settings, all_of_them = moved_settings(path, read) if read else ((), True)
    marks = set(_from_names(path, previous_path, mode))
    marks.update(_from_lines(path, mode, read) if read else _from_nothing(path, mode))
    if read is not None and not (read.whole and all_of_them):
        marks.add(Mark.UNSEEN)
    content = ("patch", patch) if patch and read and read.whole else ("blob", blob)
    return Inspection(
        marks=tuple(mark for mark in Mark if mark in marks),
        settings=settings,
        digest=_digest("file", path, previous_path or "", status, mode, *content)
        if content[1]
        else "",
    )


def whole_digest(change: Change) -> str:
    """Of the files with all that changes in them, in any order; "" if one of them is not known."""
    digests = sorted(file.digest for file in change.files)
    known = change.files_complete and digests and all(digests)
    return _digest("change", *digests) if known else ""


def odd_name(path: str) -> bool:
    """Whether a path holds what nobody can see, or turns round what stands beside it."""
    if path.isascii():
        return not path.isprintable()
    return any(it.search(path) for it in (_BIDI, _INVISIBLE, _CONTROL, _BREAK))


def _from_names(path: str, previous_path: str | None, mode: str) -> Iterator[Mark]:
    if mode in _MODES:
        yield _MODES[mode]
    if _GENERATED_PATHS.fullmatch(path):
        yield Mark.GENERATED
    if odd_name(path) or odd_name(previous_path or ""):
        yield Mark.INVISIBLE


def _from_nothing(path: str, mode: str) -> Iterator[Mark]:
    if _BINARIES.fullmatch(path):
        yield Mark.BINARY
    elif _MODES.get(mode) is not Mark.SUBMODULE:
        yield Mark.UNSEEN


def _from_lines(path: str, mode: str, patch: Patch) -> Iterator[Mark]:
    """Of what is added; a submodule shows in what is taken away, too."""
    added = [line for line in patch.lines() if line.sign == "+"]
    text = "\n".join(line.text for line in added)
    if not text.isascii() and _BIDI.search(text):
        yield Mark.BIDI
    if _has_invisible(added):
        yield Mark.INVISIBLE
    if any(start in text for start in _SECRET_STARTS) and _SECRET.search(text):
        yield Mark.SECRET
    yield from opened(path, [line.text for line in added])
    if _is_generated(patch):
        yield Mark.GENERATED
    if any(_SUBMODULE.fullmatch(line.text) for line in patch.lines()):
        yield Mark.SUBMODULE
    if not mode and _may_be_link(path, patch, added):
        yield Mark.SYMLINK


def _has_invisible(added: list[Line]) -> bool:
    """The mark of byte order may stand at the top of a file, where many editors put it."""
    for line in added:
        text = line.text.removeprefix("\ufeff") if line.number == 1 else line.text
        if _CONTROL.search(text) or (not text.isascii() and _INVISIBLE.search(text)):
            return True
    return False


def _is_generated(patch: Patch) -> bool:
    top = (line for line in patch.lines() if line.sign != "-" and line.number <= _HEADER_LINES)
    return any(_GENERATED.search(line.text[:1_000]) for line in top)


def _may_be_link(path: str, patch: Patch, added: list[Line]) -> bool:
    """A link is a file of one line without an end: where it leads to. Some platforms say no more."""
    only = added[0].text if len(added) == 1 and patch.no_newline and len(patch.hunks) == 1 else ""
    alone = all(line.sign != " " for line in patch.lines())
    leads = "/" in only or _WORDS.fullmatch(path) is not None
    return alone and leads and _LINK_TARGET.fullmatch(only) is not None


def _digest(*parts: str) -> str:
    """Each part with its length in front, so that no two lists of parts look alike."""
    made = sha256()
    for part in parts:
        coded = part.encode(errors="surrogatepass")
        made.update(b"%d:" % len(coded))
        made.update(coded)
    return f"sha256:{made.hexdigest()}"
