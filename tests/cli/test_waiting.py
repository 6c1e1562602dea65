"""`wait`: only a plain yes about this very change is one, and trouble is outlasted or said."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli import commands, waiting
from bot.cli.speaking import EVERY, Progress
from tests.cli.fake_countersign import (
    ID,
    REVISION,
    TOKEN,
    Fake,
    Said,
    problem,
    serving,
    signoff,
)
from tests.cli.job import job
from tests.repositories import a_repository

Captured = pytest.CaptureFixture[str]
HERE = f"/api/v1/signoffs/{ID}"
HERE_IT_SHIPS = ("--revision", REVISION, "--repository", "acme/payments-api")
OTHER = "0" * 39 + "1"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        yield found


def wait(fake: Fake, *more: str, id: str = ID, **environ: str) -> int:
    words = ["wait", id, *HERE_IT_SHIPS, *more]
    known = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN, **environ}
    arguments = commands.parser().parse_args(words)
    return waiting.run(arguments, {name: value for name, value in known.items() if value})


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("approved", 0),
        ("overridden", 0),
        ("not_required", 0),
        ("rejected", 10),
        ("expired", 11),
        ("superseded", 12),
        ("withdrawn", 12),
        ("blessed", 1),
    ],
)
def test_each_status_has_its_exit_code(fake: Fake, status: str, code: int) -> None:
    fake.answer(HERE, signoff(status))
    assert wait(fake) == code


def test_an_override_that_has_ended_is_no_yes_any_more(
    fake: Fake, capsys: pytest.CaptureFixture[str]
) -> None:
    until = "2026-11-22T02:12:00Z"
    fake.answer(HERE, signoff("overridden", override_until=until))
    assert wait(fake) == 0
    fake.answer(HERE, signoff("overridden", override_until=until, proceed=False))
    assert wait(fake) == 11
    assert "overridden, and that ended at 2026-11-22T02:12:00Z" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        {"proceed": False},
        {"proceed": "true"},
        {"proceed": 1},
        {"proceed": None},
        {"revision": OTHER},
        {"revision": REVISION[:12]},
        {"revision": None},
        {"repository": "other/thing"},
        {"repository": None},
        {"environment": "staging"},
        {"environment": None},
        {"repository": "other/thing", "environment": "staging"},
        {"id": "sgn_2"},
        {"status": "rejected"},
        {"status": ["approved"]},
    ],
    ids=str,
)
def test_whatever_is_not_a_plain_yes_lets_nothing_go_on(fake: Fake, wrong: dict[str, Any]) -> None:
    fake.answer(HERE, signoff("approved"))
    assert wait(fake) == 0
    fake.answer(HERE, signoff("approved", **wrong))
    assert wait(fake) == 1


GITLAB = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/pay", "CI_ENVIRONMENT_NAME": "staging"}


def test_a_yes_for_another_environment_does_not_count(fake: Fake, capsys: Captured) -> None:
    fake.answer(HERE, signoff("approved"))
    assert wait(fake, "--environment", "production") == 0
    assert wait(fake, "--environment", "staging") == 1
    assert wait(fake, **GITLAB) == 1
    assert wait(fake, "--environment", "production", **GITLAB) == 0
    fake.answer(HERE, signoff("approved", environment="staging"))
    assert wait(fake, **GITLAB) == 0
    capsys.readouterr()
    assert wait(fake) == 1
    assert "about another environment: staging, not production" in capsys.readouterr().err


def test_of_two_cis_none_says_what_was_asked_about(fake: Fake, capsys: Captured) -> None:
    fake.answer(HERE, *[signoff("approved", environment="staging")] * 2)
    gitlab = {"GITLAB_CI": "true", "CI_ENVIRONMENT_NAME": "staging"}
    assert wait(fake, **gitlab) == 0
    both = {**gitlab, "GITHUB_ACTIONS": "true"}
    assert wait(fake, "--environment", "staging", **both) == 0
    capsys.readouterr()
    assert wait(fake, **both) == 1
    assert "GITHUB_ACTIONS and GITLAB_CI are set: say --environment" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--environment", "--repository", "--revision", "--attestation"])
def test_an_empty_word_is_a_mistake(flag: str, fake: Fake, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        wait(fake, flag, "")
    assert left.value.code == 2
    assert f"argument {flag}: is empty" in capsys.readouterr().err


def test_a_yes_for_another_repository_does_not_count(
    fake: Fake, tmp_path: Path, capsys: Captured
) -> None:
    """Which one it is, is said by the flag, the CI or the checkout, as for `request`."""
    made = a_repository(tmp_path)
    head = made.commit("Begin")

    def here(*more: str, **environ: str) -> int:
        words = ["wait", ID, "--git", str(made.path), *more]
        known = {"COUNTERSIGN_URL": fake.url, "COUNTERSIGN_TOKEN": TOKEN, **environ}
        return waiting.run(commands.parser().parse_args(words), known)

    fake.answer(HERE, signoff("approved", revision=head))
    assert here() == 1
    assert here("--repository=acme/payments-api") == 0
    made.git("remote", "add", "origin", "git@git.acme.example:acme/payments-api.git")
    assert here() == 0
    capsys.readouterr()
    assert here("--environment=production", **GITLAB) == 1
    said = "about another repository: acme/payments-api, not acme/pay"
    assert said in capsys.readouterr().err


def test_the_hint_is_a_command_that_asks_about_the_same(
    fake: Fake, tmp_path: Path, capsys: Captured
) -> None:
    """It works as it is, from any folder, but for the token."""
    flags = ("--environment", "eu west", "--url", fake.url)
    fake.answer(HERE, signoff(environment="eu west"))
    assert wait(fake, *flags, "--timeout", "1s", COUNTERSIGN_URL="") == 1
    [line] = [it for it in capsys.readouterr().err.splitlines() if "stays open" in it]
    words = shlex.split(line.partition("stays open: ")[2])
    fake.answer(HERE, signoff("approved", environment="eu west"))
    again = job(*words[1:], at=tmp_path, environ={"COUNTERSIGN_TOKEN": TOKEN})
    assert again.code == 0, again.err
    for other in ("revision", "repository", "environment"):
        wrong = signoff("approved", **{"environment": "eu west", other: OTHER})
        fake.answer(HERE, wrong)
        assert job(*words[1:], at=tmp_path, environ={"COUNTERSIGN_TOKEN": TOKEN}).code == 1
    fake.answer(HERE, signoff("expired", environment="eu west", renewed_as="sgn_2"))
    assert wait(fake, *flags) == 11
    assert shlex.join(["wait", "sgn_2", *words[3:]]) in capsys.readouterr().err


def test_it_asks_until_it_is_decided_and_holds_the_line(fake: Fake, capsys: Captured) -> None:
    review = {"person": "ada", "verdict": "approve", "at": "", "reason": "fine"}
    explained = Said(body=json.dumps({"choices": [{"asked": [{"person": "ada"}]}]}).encode())
    fake.answer(f"{HERE}/explanation", explained)
    fake.answer(HERE, signoff(), signoff(), signoff("approved", reviews=[review]))
    assert wait(fake) == 0
    assert [path for path in fake.paths() if "?" in path] == [
        f"{HERE}?wait=0",
        f"{HERE}?wait=30",
        f"{HERE}?wait=30",
    ]
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"countersign: waiting for {ID}: nobody has signed yet; asked: ada; because production"
    ]
    assert told.out == f"countersign: {ID} is approved (ada: approve, “fine”)\n"


def test_with_json_the_answer_is_as_the_server_gives_it(fake: Fake, capsys: Captured) -> None:
    fake.answer(HERE, signoff("rejected", because=["\x1b[2J"]))
    assert wait(fake, "--json") == 10
    told = capsys.readouterr().out
    assert json.loads(told)["because"] == ["\x1b[2J"]
    assert "\x1b" not in told


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_ends_it_at_once_and_says_which_fields(
    fake: Fake, capsys: Captured, status: int
) -> None:
    errors = [{"field": "data.key", "detail": "is required"}]
    fake.answer(HERE, problem(status, "That was wrong.", errors=errors))
    assert wait(fake) == 1
    told = capsys.readouterr().err
    assert f"answers {status}: That was wrong." in told
    assert "data.key is required" in told
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        problem(429, "Too much at once."),
        problem(500, "Ours."),
        problem(503, "Not now."),
        Said(status=502, body=b"<html>"),
        Said(body=b'{"status": "appr', cut=True),
    ],
    ids=lambda it: f"{it.status}{' cut' * it.cut}",
)
def test_trouble_is_outlasted(fake: Fake, capsys: Captured, trouble: Said) -> None:
    fake.answer(HERE, trouble, signoff("approved"))
    assert wait(fake) == 0
    assert "trying again" in capsys.readouterr().err


def test_it_stays_away_as_long_as_it_is_asked_to(fake: Fake) -> None:
    headers = {"Retry-After": "2"}
    fake.answer(HERE, problem(503, "Later.", headers=headers), signoff("approved"))
    began = time.monotonic()
    assert wait(fake) == 0
    assert time.monotonic() - began >= 2


def test_nobody_there_is_trouble_only_once_time_is_over(fake: Fake, capsys: Captured) -> None:
    fake.answer(HERE, signoff())
    assert wait(fake, "--timeout", "1s") == 1
    assert f"stays open: countersign wait {ID}" in capsys.readouterr().err
    assert wait(Fake(url="http://127.0.0.1:9"), "--timeout", "1s") == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_a_server_that_holds_nothing_is_not_asked_without_a_pause(fake: Fake) -> None:
    fake.answer(HERE, signoff())
    assert wait(fake, "--timeout", "3s") == 1
    assert len([path for path in fake.paths() if "?" in path]) <= 4


def test_a_redirect_is_not_followed(fake: Fake, capsys: Captured) -> None:
    fake.answer(HERE, Said(status=302, headers={"Location": f"{fake.url}/elsewhere"}))
    fake.answer("/elsewhere", signoff("approved"))
    assert wait(fake) == 1
    assert len(fake.asked) == 1
    assert "not followed" in capsys.readouterr().err


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b'{"a": 1, "a": 2}', b"[" * 99])
def test_what_is_no_countersign_is_not_asked_again(fake: Fake, body: bytes) -> None:
    fake.answer(HERE, Said(body=body))
    assert wait(fake) == 1
    assert len(fake.asked) == 1


def test_what_the_server_says_moves_no_cursor_and_gives_no_orders(
    fake: Fake, capsys: Captured
) -> None:
    evil = "\x1b[2J\r\n::set-env name=X::y ##vso[task.complete]\u202e"
    review = {"person": evil, "verdict": evil, "reason": evil}
    fake.answer(
        f"{HERE}/explanation", Said(body=json.dumps({"choices": [{"asked": [review]}]}).encode())
    )
    fake.answer(
        HERE,
        signoff(because=[evil], reviews=[review]),
        signoff("rejected", reviews=[review], renewed_as=evil),
    )
    assert wait(fake) == 10
    fake.answer(HERE, problem(404, evil, detail=evil, errors=[{"field": evil, "detail": evil}]))
    assert wait(fake) == 1
    told = capsys.readouterr()
    for line in (told.out + told.err).splitlines():
        assert line.startswith("countersign: ")
        assert line.isprintable()
        assert "##" not in line


def test_no_token_is_sent_in_the_clear_or_said(fake: Fake, capsys: Captured) -> None:
    fake.answer(HERE, signoff("approved"))
    for url in ("http://countersign.example.com", "ftp://127.0.0.1", "", "https://a:b@c.example"):
        assert wait(fake, COUNTERSIGN_URL=url) == 1
    assert fake.asked == []
    assert wait(fake) == 0
    assert [asked.token for asked in fake.asked] == [TOKEN]
    told = capsys.readouterr()
    assert TOKEN not in told.out + told.err


def test_the_token_may_come_from_a_file(fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("another-token\n")
    fake.answer(HERE, signoff("approved"))
    assert wait(fake, "--token-file", str(file)) == 0
    assert fake.asked[0].token == "another-token"
    assert wait(fake, "--token-file", str(tmp_path / "none")) == 1
    file.write_text("two words")
    assert wait(fake, "--token-file", str(file)) == 1
    assert len(fake.asked) == 1


def test_without_a_token_it_says_where_one_comes_from(fake: Fake, capsys: Captured) -> None:
    assert wait(fake, COUNTERSIGN_TOKEN="") == 1
    told = capsys.readouterr().err
    assert "COUNTERSIGN_TOKEN" in told
    assert "id-token: write" in told


def test_gitlab_gives_a_token_in_a_variable(fake: Fake) -> None:
    fake.answer(HERE, signoff("approved"))
    assert wait(fake, COUNTERSIGN_TOKEN="", COUNTERSIGN_ID_TOKEN="a.b.c") == 0
    assert fake.asked[0].token == "a.b.c"


def test_github_gives_a_new_token_for_each_request(fake: Fake) -> None:
    fake.answer("/token", *[Said(body=f'{{"value": "jwt{n}"}}'.encode()) for n in range(9)])
    fake.answer(HERE, problem(503, "Not now."), signoff("approved"))
    github = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{fake.url}/token?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-runner",
    }
    assert wait(fake, COUNTERSIGN_TOKEN="", **github) == 0
    first, second, third, fourth = fake.asked
    audience = fake.url.replace(":", "%3A").replace("/", "%2F")
    assert first.path == third.path == f"/token?api-version=2&audience={audience}"
    assert (first.token, second.token, fourth.token) == ("of-the-runner", "jwt0", "jwt1")


@pytest.mark.parametrize("body", [b"{}", b'{"value": "a b"}', b'{"value": 1}', b"<html>"])
def test_no_token_of_github_is_trouble(fake: Fake, body: bytes) -> None:
    fake.answer("/token", Said(body=body))
    github = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{fake.url}/token",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-runner",
    }
    assert wait(fake, COUNTERSIGN_TOKEN="", **github) == 1
    assert len(fake.asked) == 1


def test_an_id_is_one_or_nothing_is_asked(fake: Fake) -> None:
    for id in ("../x", "a b", "sgn_1?x", "x" * 101):
        assert wait(fake, id=id) == 1
    assert fake.asked == []


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("45m", 2700), ("1h30m", 5400), ("2d", 172_800)]
)
def test_a_duration_is_written_as_people_do(text: str, seconds: float) -> None:
    arguments = commands.parser().parse_args(["wait", ID, "--timeout", text])
    assert arguments.timeout == seconds


@pytest.mark.parametrize("text", ["90", "m", "-5m", "1.5h", ""])
def test_another_duration_is_wrong_usage(text: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        commands.parser().parse_args(["wait", ID, f"--timeout={text}"])
    assert end.value.code == 2
    assert "must be like" in capsys.readouterr().err


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_rewritten() -> None:
    now = [0.0]
    with contextlib.redirect_stderr(Terminal()) as screen:
        progress = Progress(lambda: now[0])
        progress("waiting")
        now[0] = 125
        progress("waiting")
        progress.end()
    assert screen.getvalue() == (
        "\r\x1b[Kcountersign: waiting\r\x1b[Kcountersign: waiting (for 2 min)\n"
    )


def test_in_a_log_only_news_and_signs_of_life_are_told(capsys: Captured) -> None:
    now = [0.0]
    progress = Progress(lambda: now[0])
    for seconds, line in ((0, "a"), (30, "a"), (60, "b"), (70, "b"), (70 + EVERY, "b")):
        now[0] = seconds
        progress(line)
    progress.end()
    assert capsys.readouterr().err.splitlines() == [
        "countersign: a",
        "countersign: b",
        "countersign: b (for 6 min)",
    ]
