"""What is every mapping of the config made of?"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.config.values import OneOrMany

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], OneOrMany()]
Some = Annotated[tuple[Item, ...], Field(min_length=1), OneOrMany()]
Listed = Field(strict=False)


class Shape(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )
