"""Does whoever computes the figures a second time share nothing with those who do it first?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest


@pytest.mark.parametrize("file", ["oracle.py", "retold.py"])
def test_the_second_opinion_is_one(file: str) -> None:
    tree = ast.parse((Path(__file__).parent / file).read_text())
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [it.name for it in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert not {it for it in imported if it.split(".")[0] in ("bot", "storage")}
    assert {it for it in imported if it.startswith("tests")} <= {"tests.figures.retold"}
