"""On which days does a country, or a part of it, not work?"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection
from datetime import date
from functools import cache
from pkgutil import resolve_name
from typing import Annotated, Protocol, cast

from pydantic import AfterValidator

from bot.config.mistakes import shown
from bot.config.values import Fits, refusal

YEARS = range(2025, 2041)
"""Always the same, whenever they are asked for: every process has the same calendar."""

_CODE = "^[A-Z]{2}(-[A-Za-z0-9]{1,10})?$"
_NAMED_AT_MOST = 20


class _Entity(Protocol):
    subdivisions: Collection[str]

    def keys(self) -> Collection[date]: ...


class _Country(Protocol):
    """What `holidays.country_holidays` is; the package is loaded where somebody wants to know."""

    def __call__(
        self, country: str, *, subdiv: str | None = None, years: Collection[int] = ()
    ) -> _Entity: ...


@cache
def days_off(region: str) -> frozenset[date]:
    """Of DE, or DE-BE. Raises NotImplementedError for one that nobody knows."""
    country, _, part = region.partition("-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some countries not all those years are known
        return frozenset(_countries()(country, subdiv=part or None, years=YEARS).keys())


def _countries() -> _Country:
    return cast("_Country", resolve_name("holidays:country_holidays"))


def _check_region(region: str) -> str:
    try:
        days_off(region)
    except NotImplementedError:
        raise refusal(_why(region)) from None
    return region


def _why(region: str) -> str:
    country, _, part = region.partition("-")
    try:
        parts = [it for it in _countries()(country).subdivisions if re.fullmatch("[A-Z0-9-]+", it)]
    except NotImplementedError:
        return f"the holidays of {shown(country)} are not known; countries look like DE, parts of them like DE-BE"
    if not parts:
        return f"of {country} no parts are known"
    more = " and more" if len(parts) > _NAMED_AT_MOST else ""
    return (
        f"{country} has no part {shown(part)}; there is {', '.join(parts[:_NAMED_AT_MOST])}{more}"
    )


Region = Annotated[
    str,
    Fits(_CODE, "must be a country such as DE, or a part of one such as DE-BE"),
    AfterValidator(_check_region),
]
