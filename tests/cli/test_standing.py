"""`status`: says how a signoff stands, or what went on last, and is never 0 while it is pending."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import commands, standing
from tests.cli.fake_countersign import ID, REVISION, TOKEN, Fake, Said, problem, serving, signoff
from tests.cli.job import job
from tests.repositories import a_repository

Captured = pytest.CaptureFixture[str]
HERE, PLACES = f"/api/v1/signoffs/{ID}", "/api/v1/places"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        yield found


def status(fake: Fake, *words: str, **environ: str) -> int:
    known = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN, **environ}
    arguments = commands.parser().parse_args(["status", *words])
    return standing.run(arguments, {name: value for name, value in known.items() if value})


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("approved", 0),
        ("overridden", 0),
        ("not_required", 0),
        ("pending", 1),
        ("rejected", 10),
        ("expired", 11),
        ("superseded", 12),
        ("withdrawn", 12),
        ("blessed", 1),
    ],
)
def test_each_status_has_its_exit_code(fake: Fake, said: str, code: int, capsys: Captured) -> None:
    fake.answer(HERE, signoff(said))
    assert status(fake, ID) == code
    told = capsys.readouterr()
    assert f"{ID} is {said.replace('_', ' ')}" in told.out + told.err
    assert [(it.method, it.path, it.token) for it in fake.asked] == [("GET", HERE, TOKEN)]


def test_what_is_pending_is_told_whole_and_at_once(fake: Fake, capsys: Captured) -> None:
    reviews = [{"person": "ada", "verdict": "approve\x1b[2J"}]
    fake.answer(HERE, signoff("pending", reviews=reviews, because=["production", "##[stop]"]))
    assert status(fake, ID) == 1
    told = capsys.readouterr().out
    assert told.splitlines()[0] == (f"{ID} is pending: acme/payments-api at production, {REVISION}")
    assert "  ada: approve" in told
    assert "  production" in told
    assert "\x1b" not in told
    assert "##[" not in told


def test_programs_get_the_answer(fake: Fake, capsys: Captured) -> None:
    for said, code in (("pending", 1), ("approved", 0)):
        fake.answer(HERE, signoff(said))
        assert status(fake, ID, "--json") == code
        assert json.loads(capsys.readouterr().out)["status"] == said
    fake.answer(HERE, problem(404, "There is no such signoff."))
    assert status(fake, ID, "--json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


@pytest.mark.parametrize("said", ["pending", "approved"])
@pytest.mark.parametrize(
    ("flags", "fits"),
    [
        (["--environment", "production", "--repository", "acme/payments-api"], True),
        (["--environment", "staging"], False),
        (["--repository", "acme/other"], False),
    ],
)
def test_what_is_said_of_it_has_to_be_so(
    fake: Fake, said: str, flags: list[str], fits: bool, capsys: Captured
) -> None:
    fake.answer(HERE, signoff(said))
    assert (status(fake, ID, *flags) == 0) is (fits and said == "approved")
    assert ("is about another" in capsys.readouterr().err) is not fits


@pytest.mark.parametrize("said", ["pending", "approved"])
def test_an_answer_about_another_is_none(fake: Fake, said: str) -> None:
    fake.answer(HERE, signoff(said, id="sgn_2"))
    assert status(fake, ID) == 1


@pytest.mark.parametrize("id", ["../x", "a b", "sgn_1?x=1"])
def test_what_is_no_id_is_never_asked(fake: Fake, id: str) -> None:
    assert status(fake, id) == 1
    assert not fake.asked


def test_without_a_server_or_a_token_it_says_so(fake: Fake, capsys: Captured) -> None:
    assert status(fake, ID, COUNTERSIGN_URL="") == 1
    assert "Set COUNTERSIGN_URL" in capsys.readouterr().err
    assert status(fake, ID, COUNTERSIGN_TOKEN="") == 1
    assert "there is no token" in capsys.readouterr().err


# Without an ID.


@pytest.mark.parametrize(
    ("revision", "told"),
    [(REVISION, f"{REVISION} went on last"), (None, "nothing is known to have gone on")],
)
def test_without_an_id_it_says_what_went_on_last(
    fake: Fake, revision: str | None, told: str, capsys: Captured
) -> None:
    fake.answer(PLACES, Said(body=json.dumps({"revision": revision}).encode()))
    where = ("--repository", "acme/payments-api", "--environment", "production")
    assert status(fake, *where) == 0
    assert capsys.readouterr().out == f"acme/payments-api at production: {told}\n"
    asked = f"{PLACES}?repository=acme%2Fpayments-api&environment=production"
    assert fake.paths() == [asked]
    assert status(fake, *where, "--json") == 0
    assert json.loads(capsys.readouterr().out)["revision"] == revision


@pytest.mark.parametrize("said", [problem(401, "Unknown token."), Said(body=b"{}")])
def test_where_that_is_not_told_it_is_trouble(fake: Fake, said: Said) -> None:
    fake.answer(PLACES, said)
    assert status(fake, "--repository", "a/b") == 1


def test_a_job_needs_python_and_nothing_else(fake: Fake, tmp_path: Path) -> None:
    fake.answer(HERE, signoff("approved"))
    made = a_repository(tmp_path)
    environ = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN}
    done = job("status", ID, at=made.path, environ=environ)
    assert (done.code, done.err) == (0, "")
    assert job("status", ID, "--wait", at=made.path, environ=environ).code == 2
