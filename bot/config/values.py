"""Which values may stand in the config: names, numbers, addresses, lists of one?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


def refusal(message: str) -> PydanticCustomError:
    """An error whose text is the sentence shown; braces in it stay as they are."""
    return PydanticCustomError("countersign", "{message}", {"message": message})


@dataclass(frozen=True, slots=True)
class Fits:
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


VERSION = 1
"""The one way of writing a config that there is so far."""

NEWER = f"is written for a later Countersign: this one reads version {VERSION} alone"


def _check_version(version: int) -> int:
    if version > VERSION:
        raise refusal(NEWER)
    if version < VERSION:
        raise refusal(f"must be {VERSION}")
    return version


Subject = Annotated[
    str, Fits("[!-~]{1,255}", "must be as the provider writes it: letters, digits and signs")
]


def number_as_text(value: object) -> object:
    """YAML makes numbers of digits; what only looks like one is kept as it is written."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """One value may stand without the brackets of its list; a mapping too, if items are mappings."""

    mappings: bool = False

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [many.get("items", {}), many]}

    def _listed(self, value: object) -> object:
        if isinstance(value, list):
            return tuple(value)
        return value if isinstance(value, dict) and not self.mappings else (value,)


def _folded(text: str) -> str:
    return text.strip().casefold()


Version = Annotated[
    int, AfterValidator(_check_version), Field(json_schema_extra={"enum": [VERSION]})
]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Id = Annotated[
    str,
    Fits("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", "a name is made of letters, digits, - _ and ."),
]
SlackUser = Annotated[
    str,
    Fits(
        "^[UW][A-Z0-9]+$",
        "must be a Slack member id such as U012AB3CD (in the profile: More, Copy member ID)",
    ),
]
SlackChannel = Annotated[
    str,
    Fits(
        "^[CG][A-Z0-9]+$",
        "must be a Slack channel id such as C012AB3CD (at the foot of the channel's details)",
    ),
]
SlackUsergroup = Annotated[
    str, Fits("^S[A-Z0-9]+$", "must be a Slack user group id such as S012AB3CD")
]
EnvName = Annotated[
    str,
    Fits(
        "^[A-Z_][A-Z0-9_]{0,99}$",
        "must be the name of an environment variable such as PAYMENTS_CI_SECRET, "
        "never the secret itself",
    ),
]
AppId = Annotated[
    str,
    BeforeValidator(number_as_text, json_schema_input_type=int | str),
    Fits("^[A-Za-z0-9.]{1,40}$", "must be the App ID that GitHub shows, such as 1234"),
]
AccountNumber = Annotated[int, Field(ge=1, le=10**15)]
Team = Annotated[
    str,
    Field(max_length=200),
    Fits(
        "^@{0,2}[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$",
        "must be a team as CODEOWNERS writes it, such as @acme/payments or @@maintainers",
    ),
]
PagerDutySchedule = Annotated[
    str,
    Fits(
        "^[A-Z0-9]{4,30}$",
        "must be the id of a schedule such as PABC123 (it stands in the schedule's address)",
    ),
]
Login = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_folded)]
Email = Annotated[str, AfterValidator(_check_email)]
Url = Annotated[str, AfterValidator(_check_url)]
Prefix = Annotated[str, AfterValidator(_check_prefix)]
