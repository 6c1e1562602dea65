"""Is there a test for everything that others stumbled over with these platforms?

Whoever writes one marks it: `@pytest.mark.trap(7)`. Each is to fail if we fall into that trap.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

TRAPS = {
    1: "GitHub's old SHA-1 signature is accepted, in its own header or inside the newer one.",
    2: "A signature that is not ASCII is compared as text, and that raises.",
    3: "A body is parsed and written again before its signature is computed.",
    4: "The web framework cuts bodies off at 1 MiB; platforms send up to 25.",
    5: "X-Hub-Signature is taken for one thing: it is SHA-1 at GitHub and SHA-256 at Bitbucket.",
    6: "A signature header that is there and empty passes, as Gitea and HCP send it without a key.",
    7: "Where GitLab's signature is missing, its plain token is taken instead.",
    8: "Jenkins turns the first letter of an input's id into a capital, and we ask for the other.",
    9: "A callback answered with 202 is thought undelivered, and told to whoever waits next.",
    10: "The verifier of SNS leaves the subject out, to suit a mock that does.",
    11: "CodePipeline says when an approval expires without seconds, and that is no date to us.",
    12: "SNS sends its JSON as text/plain, and the door wants application/json.",
    13: "A token is thought to have 40 characters at most.",
    14: "A job's identity token is judged by its subject, whose form has changed.",
    15: 'A claim that says "false" as a text counts as true.',
    16: "A merge queue is answered at the head of the pull request, and stalls.",
    17: "Of a file that was renamed only the owners of the new name are asked.",
    18: "CODEOWNERS: comments name owners, brackets are ranges, one bad line spoils all.",
    19: "A comment, a summary or a button is longer than the platform takes.",
    20: "A run that asks for two environments is one question, and one answer opens both.",
    21: "A delivery that comes again after the decision opens another question.",
    22: "A refusal is tried for ever, an outage never, or an expired token is not renewed.",
    23: "An answer that comes late, to what was superseded, opens what is newer.",
    24: "A malformed signature raises what nobody catches: the sender hears 500.",
    25: "A token with an unknown key id raises what nobody catches: the job hears 500.",
    26: "GitLab gives up on a check that is pending for two minutes, and so do we.",
    27: "We wait for CircleCI to tell of a job on hold; it never does.",
    28: "A build of Buildkite that is blocked says that it passed, and is thought over.",
}


@cache
def marked() -> dict[int, list[str]]:
    """The tests that are marked for each trap."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text()
        if "mark.trap(" in text:
            for number, name in _marks(ast.parse(text)):
                found[number].append(f"{file.relative_to(TESTS)}::{name}")
    return dict(found)


def _marks(module: ast.Module) -> Iterator[tuple[int, str]]:
    for test in module.body:
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in test.decorator_list:
                if isinstance(decorator, ast.Call) and _is_mark(decorator.func):
                    [number] = decorator.args
                    yield ast.literal_eval(number), test.name


def _is_mark(called: ast.expr) -> bool:
    return ast.unparse(called) == "pytest.mark.trap"


def test_they_are_numbered_as_the_reference_numbers_them() -> None:
    assert list(TRAPS) == list(range(1, 29))
    assert len(set(TRAPS.values())) == len(TRAPS)


@pytest.mark.parametrize("number", TRAPS)
def test_every_trap_has_a_test_that_would_fail_in_it(number: int) -> None:
    assert marked().get(number), TRAPS[number]


def test_no_mark_is_of_a_trap_that_nobody_knows() -> None:
    assert marked().keys() <= TRAPS.keys()


def test_only_tests_are_marked() -> None:
    names = [it.partition("::")[2] for tests in marked().values() for it in tests]
    assert [name for name in names if not name.startswith("test_")] == []
