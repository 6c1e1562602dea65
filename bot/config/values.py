"""Which values may stand in the config: names, durations, hours, addresses, lists of one?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bot.config.mistakes import shown

LONGEST = timedelta(days=90)
_DURATION = r"^(?=.)([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$"
_HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"


def refusal(message: str) -> PydanticCustomError:
    """An error whose text is the sentence shown; braces in it stay as they are."""
    return PydanticCustomError("countersign", "{message}", {"message": message})


@dataclass(frozen=True, slots=True)
class _Fits:
    """Text has to fit a pattern as a whole; editors are told the same."""

    pattern: str
    message: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise refusal(self.message)
        return text


def duration(text: object) -> timedelta:
    """From `15m`, `1h30m`, `2d`, to 90 days at most."""
    found = re.fullmatch(_DURATION, text) if isinstance(text, str) else None
    if not found:
        raise refusal("must be a duration such as 20s, 15m, 1h30m or 2d")
    days, hours, minutes, seconds = (int((part or "0")[:-1] or 0) for part in found.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta() < length <= LONGEST:
        raise refusal("must be longer than nothing and at most 90 days")
    return length


def hours(text: str) -> tuple[time, time]:
    """From `09:00-17:30`."""
    start, _, end = text.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def _check_order(text: str) -> str:
    start, end = hours(text)
    if start >= end:
        raise refusal("must start before it ends, on the same day")
    return text


_timezones = cache(available_timezones)


def _check_timezone(name: str) -> str:
    if name not in _timezones():
        raise refusal(f"no time zone is called {shown(name)}; they look like Europe/London")
    return name


def _check_email(address: str) -> str:
    local, at, host = address.strip().casefold().rpartition("@")
    if not (local and at and host) or " " in address:
        raise refusal("must be an e-mail address")
    if "+" in local and not host.endswith("noreply.github.com"):
        raise refusal("leave out the + and what follows it: ada@… stands for ada+anything@… too")
    return f"{local}@{host}"


def absolute_url(address: str) -> str:
    """An http(s) address with a host and a path alone; ValueError with the sentence if not."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\\x00-\x1f]", address):
        raise ValueError("must be an address that begins with https:// (or http://) and a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password")
    if "?" in address or "#" in address:
        raise ValueError("must end before any ? or #")
    return address


def _check_url(address: str) -> str:
    try:
        return absolute_url(address)
    except ValueError as error:
        raise refusal(str(error)) from None


def _check_prefix(address: str) -> str:
    _check_url(address)
    if not address.endswith("/"):
        raise refusal("must end with / so that no longer name can pass for it")
    if any(step in (".", "..") for step in re.sub("%2e", ".", address, flags=re.I).split("/")):
        raise refusal("must not hold . or .. between slashes")
    return address


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


def _check_environment_glob(glob: str) -> str:
    if not (glob.isascii() and glob.isprintable()) or glob != glob.strip():
        raise refusal(
            "can never fit: environments are in ASCII, without control characters or spaces at "
            "either end"
        )
    return glob


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """One value may stand without the brackets of its list."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [many.get("items", {}), many]}


def _listed(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, dict) else (value,)


def _folded(text: str) -> str:
    return text.strip().casefold()


Text = Annotated[str, Field(min_length=1, max_length=200)]
PathGlob = Annotated[Text, AfterValidator(_check_path_glob)]
RepositoryGlob = Annotated[Text, AfterValidator(_check_repository_glob)]
EnvironmentGlob = Annotated[Text, AfterValidator(_check_environment_glob)]
Id = Annotated[
    str,
    _Fits("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", "a name is made of letters, digits, - _ and ."),
]
SlackUser = Annotated[
    str,
    _Fits(
        "^[UW][A-Z0-9]+$",
        "must be a Slack member id such as U012AB3CD (in the profile: More, Copy member ID)",
    ),
]
SlackChannel = Annotated[
    str,
    _Fits(
        "^[CG][A-Z0-9]+$",
        "must be a Slack channel id such as C012AB3CD (at the foot of the channel's details)",
    ),
]
SlackUsergroup = Annotated[
    str, _Fits("^S[A-Z0-9]+$", "must be a Slack user group id such as S012AB3CD")
]
EnvName = Annotated[
    str,
    _Fits(
        "^[A-Z_][A-Z0-9_]{0,99}$",
        "must be the name of an environment variable such as PAYMENTS_CI_SECRET, "
        "never the secret itself",
    ),
]
AppId = Annotated[
    str,
    BeforeValidator(_number_as_text, json_schema_input_type=int | str),
    _Fits("^[A-Za-z0-9.]{1,40}$", "must be the App ID that GitHub shows, such as 1234"),
]
Login = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_folded)]
Email = Annotated[str, AfterValidator(_check_email)]
Timezone = Annotated[str, AfterValidator(_check_timezone)]
Hours = Annotated[
    str, _Fits(_HOURS, "must be hours such as 09:00-17:30"), AfterValidator(_check_order)
]
Url = Annotated[str, AfterValidator(_check_url)]
Prefix = Annotated[str, AfterValidator(_check_prefix)]
Duration = Annotated[
    timedelta,
    BeforeValidator(duration, json_schema_input_type=Annotated[str, Field(pattern=_DURATION)]),
]
