"""Which secret of before still counts, while both sides take the new one?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from bot.config.shape_parts import Shape
from bot.config.values import EnvName, refusal


class Former(Shape):
    """Names of the environment variables with the secrets of before, each under the key of the new one."""

    secret_env: EnvName | None = None
    token_env: EnvName | None = None
    webhook_secret_env: EnvName | None = None
    signing_token_env: EnvName | None = None
    status_check_secret_env: EnvName | None = None
    header_secret_env: EnvName | None = None
    hmac_key_env: EnvName | None = None

    @property
    def names(self) -> dict[str, str]:
        """By what they are called without `_env`."""
        given = self.model_dump(exclude_none=True)
        return {key.removesuffix("_env"): name for key, name in given.items()}


class Renewable(Shape):
    """Something with secrets that the other side proves itself with, or checks us by."""

    former: Former | None = None
    """Secrets of before that are still accepted; take them out once all use the new ones."""

    @model_validator(mode="after")
    def _follows_one(self) -> Self:
        if self.former is None:
            return self
        if not self.former.names:
            raise refusal("former names nothing: leave it out")
        for called in self.former.names:
            if getattr(self, f"{called}_env", None) is None:
                raise refusal(
                    f"former has a {called}_env, and there is no new {called}_env beside it"
                )
        return self


def former_names(written: Renewable) -> Mapping[str, str]:
    return written.former.names if written.former else {}
