"""`incident`: what a job tells is what is sent, and its answer is taken with care."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.cli import commands
from tests.cli.fake_countersign import TOKEN, Fake, Said, problem, serving

Captured = pytest.CaptureFixture[str]
PATH = "/api/v1/incidents"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        for path in (PATH, f"{PATH}/INC-4711", f"{PATH}/INC%234711"):
            found.answer(path, known())
        yield found


def known(status: int = 200, **facts: Any) -> Said:
    answer = {
        "id": "inc_1",
        "key": "INC-4711",
        "state": "open",
        "signoffs": [{"id": "sgn_1", "how": "said"}],
        **facts,
    }
    return Said(status=status, body=json.dumps(answer).encode())


def tell(fake: Fake, *words: str, **environ: str) -> int:
    arguments = commands.parser().parse_args(["incident", *words])
    module, _, name = arguments.target.partition(":")
    run = getattr(importlib.import_module(module), name)
    code: int = run(arguments, {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN, **environ})
    return code


def sent(fake: Fake) -> tuple[str, str, Any]:
    (asked,) = fake.asked
    assert asked.token == TOKEN
    return asked.method, asked.path, json.loads(asked.body)


def test_what_is_told_is_sent(fake: Fake, capsys: Captured) -> None:
    words = ("--environment", "production", "--repository", "acme/payments-api")
    assert tell(fake, "open", "INC-4711", "Checkout is down", *words, "--signoff", "sgn_1") == 0
    assert sent(fake) == (
        "POST",
        PATH,
        {
            "key": "INC-4711",
            "title": "Checkout is down",
            "environment": "production",
            "repository": "acme/payments-api",
            "signoffs": ["sgn_1"],
        },
    )
    assert capsys.readouterr().out == "countersign: INC-4711 is open; of sgn_1 (said)\n"


def test_its_end_and_what_it_was_are_patches(fake: Fake, capsys: Captured) -> None:
    assert tell(fake, "resolve", "INC-4711", "--json") == 0
    assert sent(fake) == ("PATCH", f"{PATH}/INC-4711", {"state": "resolved"})
    assert json.loads(capsys.readouterr().out)["id"] == "inc_1"
    fake.asked.clear()
    assert tell(fake, "link", "INC-4711", "sgn_1", "deploy/7") == 0
    assert sent(fake) == ("PATCH", f"{PATH}/INC-4711", {"signoffs": ["sgn_1", "deploy/7"]})


@pytest.mark.parametrize("key", ["../signoffs", "INC 4711", "INC/1", "-x", "é", "x" * 101])
def test_what_is_no_name_is_not_sent(fake: Fake, key: str) -> None:
    assert tell(fake, "resolve", "--", key) == 1
    assert fake.asked == []


def test_a_refusal_and_another_answer_are_trouble(fake: Fake, capsys: Captured) -> None:
    fake.answer(PATH, problem(409, "This key was used before."))
    assert tell(fake, "open", "INC-4711", "x") == 1
    assert "This key was used before." in capsys.readouterr().err
    fake.answer(PATH, known(key="INC-1"))
    assert tell(fake, "open", "INC-4711", "x") == 1
    assert "another incident" in capsys.readouterr().err
    assert tell(fake, "open", "INC-4711", "x", COUNTERSIGN_URL="") == 1
    assert "COUNTERSIGN_URL" in capsys.readouterr().err
    assert TOKEN not in "".join(capsys.readouterr())
