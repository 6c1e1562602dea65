"""The files to copy: the action runs out of its own folder, and every command in the docs is one."""

from __future__ import annotations

import argparse
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.cli import commands
from bot.cli.job_options import request
from tests.cli.ci_files import ACTION, DOCS, act
from tests.cli.fake_countersign import ID, Fake, serving, signoff
from tests.cli.job import ROOT
from tests.cli.test_requesting import SIGNOFFS, opened, sent
from tests.repositories import Repository, a_repository


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as found:
        found.answer(SIGNOFFS, opened())
        yield found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = a_repository(tmp_path)
    made.commit("Begin", a_py="one\n")
    made.commit("Change", a_py="two\n", bot_py="raise SystemExit('not this one')")
    return made


def test_the_action_asks_and_waits(fake: Fake, repository: Repository) -> None:
    right = {"revision": repository.git("rev-parse", "HEAD")}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("approved", **right))
    inputs = {"base": "HEAD~1", "title": "--wait $(id) `id`", "labels": "one\ntwo words\n",
              "ai": "yes", "ai-tool": "claude-code", "timeout": "1m"}  # fmt: skip
    done = act(fake, repository, **inputs)
    assert done.returncode == 0, done.stderr
    data = sent(fake)
    assert (data["title"], data["labels"]) == ("--wait $(id) `id`", ["one", "two words"])
    assert data["ai"] == {"assisted": True, "tools": ["claude-code"]}
    assert data["key"] == "github/acme/payments-api/1/1/production"


@pytest.mark.parametrize(
    ("inputs", "code"),
    [({}, 10), ({"wait": "false"}, 0), ({"wait": "yes"}, 2), ({"kind": "x"}, 2), ({"url": ""}, 1)],
)
def test_the_action_fails_where_the_command_does(
    fake: Fake, repository: Repository, inputs: dict[str, str], code: int
) -> None:
    right = {"revision": repository.git("rev-parse", "HEAD")}
    fake.answer(f"{SIGNOFFS}/{ID}", signoff("rejected", **right))
    assert act(fake, repository, **inputs).returncode == code


def test_the_action_gives_no_flag_that_is_not_there() -> None:
    flags = set(commands.parser().parse_args(["request"]).__dict__)
    [step] = ACTION["runs"]["steps"]
    named = re.search(r"for name in ([A-Z_ ]+);", step["run"])
    assert named
    assert {name.lower() for name in named[1].split()} <= flags
    assert {f"IN_{name}" for name in named[1].split()} == {
        name for name in step["env"] if name.startswith("IN_")
    }


PAGES = sorted(
    page
    for page in (*(ROOT / "docs").rglob("*.md"), *DOCS.glob("*.yml"), ROOT / "README.md")
    if re.search("countersign (request|wait)", page.read_text()) and page.name != "gate.md"
)
PLAIN = (
    (r"\\\n *|\n *(?=--\w)", " "),  # one line of the shell, or of a folded text in YAML
    (r"\$\{\w+:\+([^}]*)\}", r"\1"),  # what is there only if the variable is
    (r"\$\[\[[^\]]*\]\]|…", ""),
    (r"\$\((?!countersign)[^()]*\)", "x"),
    (r"\$\{#[^}]*\}|\$\$?\{?\w[\w.]*\}?|\{\{[\w.]+\}\}", "x"),
)


def commands_in(page: Path) -> Iterator[list[str]]:
    """Those of `request` and `wait`, as a shell takes them apart."""
    text = page.read_text()
    for pattern, plain in PLAIN:
        text = re.sub(pattern, plain, text)
    for line in re.findall(r"countersign\"? ((?:request|wait)\b[^`\n]*)", text):
        lexer = shlex.shlex(line.rstrip("'}) "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        yield list(itertools.takewhile(lambda word: word[0] not in "&|;)", lexer))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_is_one(page: Path) -> None:
    found = list(commands_in(page))
    assert found
    for words in found:
        given = [*words, "sgn_1"] if words == ["wait"] else words
        assert commands.parser().parse_args(given)


def test_most_pages_have_one() -> None:
    assert len(PAGES) >= 15
    assert {"any-ci.md", "buildkite.md", "circleci.md", "jenkins.md"} <= {it.name for it in PAGES}
    assert sum(len(list(commands_in(page))) for page in PAGES) >= 35
    [asked] = [it for it in commands_in(DOCS / "buildkite.md") if "--gate" in it]
    assert asked.count("--gate") == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_works_around_what_is_asked_for_anyway(page: Path) -> None:
    """What ran last is known to the server; only Gerrit asks for what is to be merged."""
    based = [words for words in commands_in(page) if any(it.startswith("--base") for it in words)]
    tried = {"any-ci.md": 1, "gerrit.md": 1}
    assert len(based) == tried.get(page.name, 0)


def test_who_asks_in_circleci_has_the_past() -> None:
    page = (DOCS / "circleci.md").read_text()
    config = yaml.safe_load(page.partition("version: 2.1")[2].partition("```")[0])
    assert config["jobs"]["ask-for-sign-off"]["steps"][0] == {"checkout": {"method": "full"}}


def test_the_docs_name_no_flag_that_is_not_there() -> None:
    help = argparse.ArgumentParser()
    request(help)
    known = {flag for it in help._actions for flag in it.option_strings}
    foreign = {"--no-deps", "--quiet", "--depth", "--global", "--add"}
    text = (DOCS / "any-ci.md").read_text()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known | foreign
