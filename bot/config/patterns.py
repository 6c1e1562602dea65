"""Which globs, regular expressions and shares may stand in the config?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator, BeforeValidator, Field

from bot.config.mistakes import shown
from bot.config.values import Text, refusal

_MEMORY = 1 << 18
"""Bytes for one compiled pattern: a repository's own must not fill ours."""
_SHARE = r"^[0-9]{1,3}(\.[0-9]{1,2})?%$"


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern of RE2: it takes time linear in the text, whatever was written."""

    pattern: str

    def search(self, text: str, /) -> object | None:
        found: object | None = _compiled(self.pattern).search(text.encode(errors="replace"))
        return found


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern.encode(), _options())


@cache
def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.never_capture = True
    options.log_errors = False
    return options


def _check_regex(pattern: str) -> str:
    try:
        re2.compile(pattern.encode(), _options())
    except re2.error as problem:
        raise refusal(f"is no pattern that RE2 knows: {_why(problem)}") from None
    return pattern


def _why(problem: Exception) -> str:
    said = problem.args[0] if problem.args else ""
    return shown(said.decode(errors="replace") if isinstance(said, bytes) else said)


def share(value: object) -> int:
    """Ten thousandths, from `10%`, `0.5%`, or the number of percent."""
    if isinstance(value, str) and re.fullmatch(_SHARE, value):
        percent = float(value[:-1])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        percent = float(value)
    else:
        raise refusal("must be a percentage such as 10% or 0.5%")
    if not 0.01 <= percent <= 100:
        raise refusal("must be between 0.01% and 100%")
    if abs(percent * 100 - round(percent * 100)) > 1e-6:
        raise refusal("must have two decimals at most")
    return round(percent * 100)


def _has_steps(glob: str) -> bool:
    return bool({".", "..", ""} & set(glob.split("/")))


def _check_path_glob(glob: str) -> str:
    """A slash at the beginning is the root of the repository, one at the end a whole folder."""
    if "\\" in glob:
        raise refusal("can never fit: folders are separated by /, not by a backslash")
    if _has_steps(glob.removeprefix("/").removesuffix("/")):
        raise refusal("can never fit: no path holds . or .. or nothing between slashes")
    return glob


def _check_repository_glob(glob: str) -> str:
    if "\\" in glob or _has_steps(glob):
        raise refusal(
            "can never fit: repositories look like owner/name, without a backslash, a slash at "
            "either end, or . or .. between slashes"
        )
    return glob


def _check_place_glob(glob: str) -> str:
    if "\\" in glob or _has_steps(glob):
        raise refusal(
            "can never fit: places look like folder/job, without a backslash, a slash at either "
            "end, or . or .. between slashes"
        )
    return glob


def _check_environment_glob(glob: str) -> str:
    if not (glob.isascii() and glob.isprintable()) or glob != glob.strip():
        raise refusal(
            "can never fit: environments are in ASCII, without control characters or spaces at "
            "either end"
        )
    return glob


PathGlob = Annotated[Text, AfterValidator(_check_path_glob)]
RepositoryGlob = Annotated[Text, AfterValidator(_check_repository_glob)]
PlaceGlob = Annotated[Text, AfterValidator(_check_place_glob)]
EnvironmentGlob = Annotated[Text, AfterValidator(_check_environment_glob)]
Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_check_regex)]
Share = Annotated[
    int,
    BeforeValidator(share, json_schema_input_type=Annotated[str, Field(pattern=_SHARE)] | float),
]
