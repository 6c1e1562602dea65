"""Is it one of these? Asked with one value that holds all of them, however many they are.

SQLAlchemy writes a list out, one value after the other: another statement for each length of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Column, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _All(TypeDecorator[Collection[Any]]):
    """Texts or whole numbers: where there are no arrays, as one text of JSON."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind = ARRAY(self.of) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        these = list(value or ())
        return these if dialect.name == "postgresql" else json.dumps(these)


class among(FunctionElement[bool]):
    """Whether a column's value is one of those that the parameter `name` holds.

    It has no type: what is called a boolean SQLite is asked to compare with 1, for which it reads
    the whole table.
    """

    inherit_cache = True

    def __init__(self, column: Column[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=_All(column.type)))


@compiles(among, "sqlite")
def _in_json(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, these = (compiler.process(it, **how) for it in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({these}))"  # noqa: S608 -- nothing is given


@compiles(among, "postgresql")
def _in_array(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, these = (compiler.process(it, **how) for it in element.clauses)
    return f"{column} = ANY({these})"
