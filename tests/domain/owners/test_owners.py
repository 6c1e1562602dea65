"""Who owns the changed files? Told for each set of owners once, and quickly, whatever is written."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.change import Ownership
from bot.domain.owners import LARGEST, LINES_AT_MOST, LOCATIONS, CodeOwners, Dialect, Misread, parse
from bot.domain.owners import codeowners as owners
from bot.domain.owners.lines import PROBLEMS_AT_MOST
from bot.domain.owners.path_index import WORK_AT_MOST

both = pytest.mark.parametrize("dialect", list(Dialect))


def test_where_the_file_is_looked_for() -> None:
    assert LOCATIONS[Dialect.GITHUB][0] == ".github/CODEOWNERS"
    assert LOCATIONS[Dialect.GITLAB][0] == "CODEOWNERS"
    assert set(LOCATIONS) == set(Dialect)


@both
def test_every_set_of_owners_is_told_once_in_the_order_of_the_file(dialect: Dialect) -> None:
    code = parse("*.go @gophers\n*.py @ada @eve\n*.pyi @Eve @ADA\n", dialect)
    assert code.of(["b.pyi", "z.go", "a.py", "c.go"]) == (
        Ownership(owners=("@gophers",), paths=("z.go", "c.go")),
        Ownership(owners=("@ada", "@eve"), paths=("b.pyi", "a.py")),
    )


@both
def test_files_that_nobody_owns_come_last_and_have_no_owners(dialect: Dialect) -> None:
    code = parse("/free/\n*.py @ada\n", dialect)
    assert code.of(["free/a.txt", "readme", "b.py"]) == (
        Ownership(owners=("@ada",), paths=("b.py",)),
        Ownership(owners=(), paths=("free/a.txt", "readme")),
    )


@both
def test_only_the_first_three_files_are_named_each_once(dialect: Dialect) -> None:
    code = parse("* @ada\n*.x @ADA\n", dialect)
    paths = ["e", "d.x", "e", "/d.x", "c", "b.x", "a"]
    assert code.of(paths)[0].paths[:2] == ("e", "d.x")
    assert len(code.of(paths)[0].paths) == 3


@both
def test_nothing_changed_is_owned_by_nobody(dialect: Dialect) -> None:
    assert parse("* @ada", dialect).of([]) == ()


@both
@pytest.mark.parametrize("text", ["", "\n\n", "# only words\n", "\ufeff# too\n", "  \t \n"])
def test_an_empty_file_names_nobody(dialect: Dialect, text: str) -> None:
    code = parse(text, dialect)
    assert code.of(["a"]) == (Ownership(owners=(), paths=("a",)),)
    assert code.known
    assert code.problems == ()


@both
@pytest.mark.trap(17)
def test_both_names_of_a_renamed_file_have_owners(dialect: Dialect) -> None:
    code = parse("/pay/ @payments\n/web/ @web\n", dialect)
    told = code.of(["web/limits.py", "pay/limits.py"])
    assert [ownership.owners for ownership in told] == [("@payments",), ("@web",)]


@both
@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\t\r\n"])
def test_the_end_of_a_line_is_no_part_of_its_owner(dialect: Dialect, end: str) -> None:
    code = parse(f"\ufeff*.py\t@ada  @eve{end}*.go @joe{end}", dialect)
    assert [told.owners for told in code.of(["a.py", "a.go"])] == [("@ada", "@eve"), ("@joe",)]


@both
def test_capitals_matter_in_paths(dialect: Dialect) -> None:
    code = parse("/Docs/ @ada", dialect)
    assert code.of(["Docs/a"])[0].owners == ("@ada",)
    assert code.of(["docs/a"])[0].owners == ()


@both
def test_a_file_that_is_too_large_says_nothing_and_says_so(dialect: Dialect) -> None:
    line = "* @ada\n"
    whole = line + "#" * (LARGEST - len(line))
    assert parse(whole, dialect).of(["a"])[0].owners == ("@ada",)
    for code in (parse(whole + "#", dialect), parse(whole[:-1] + "é", dialect)):
        assert not code.known
        assert code.problems == (
            Misread(line=0, what="the file is larger than 3 MB: it is not read"),
        )
        assert code.of(["a"]) == (Ownership(owners=(), paths=("a",)),)


@both
def test_a_file_of_too_many_lines_is_not_read(dialect: Dialect) -> None:
    assert parse("* @ada" + "\n" * (LINES_AT_MOST - 1), dialect).known
    assert not parse("* @ada" + "\n" * LINES_AT_MOST, dialect).known


@both
def test_only_the_first_problems_are_told(dialect: Dialect) -> None:
    code = parse("[\n" * 500, dialect)
    assert len(code.problems) == PROBLEMS_AT_MOST
    assert code.problems[-1].line == PROBLEMS_AT_MOST


@both
@given(text=st.text(), paths=st.lists(st.text()))
def test_whatever_is_written_every_file_is_told(
    dialect: Dialect, text: str, paths: list[str]
) -> None:
    told = parse(text, dialect).of(paths)
    assert bool(told) == bool(paths)
    assert all(ownership.paths for ownership in told)


@both
@settings(max_examples=200)
@given(
    text=st.text(alphabet="a/*?[]^!-\\# @\n\t\ud800é", max_size=80),
    path=st.text(alphabet="a/*?[]^!-\\# @\ud800é", max_size=20),
)
def test_nor_does_it_fail_on_what_looks_like_a_pattern(
    dialect: Dialect, text: str, path: str
) -> None:
    code = parse(text, dialect)
    assert code.of([path])
    assert all(0 < problem.line <= text.count("\n") + 1 for problem in code.problems)


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


SYLLABLES = [
    a + b for a in ("api", "core", "web", "auth", "pay", "log") for b in ("", "2", "-x", "_y")
]
ENDINGS = ("py", "js", "go", "md", "tf")


def a_large_file(dice: random.Random, lines: int) -> str:
    return "* @root\n" + "".join(
        f"{_pattern(dice)} @t{dice.randrange(200)}\n" for _ in range(lines)
    )


def _pattern(dice: random.Random) -> str:
    name = dice.choice(SYLLABLES)
    return dice.choice(
        [
            f"/{_folder(dice)}/",
            f"/{_folder(dice)}/",
            f"/{_folder(dice)}/{name}.py",
            f"/{_folder(dice)}/*.js",
            f"{_folder(dice)}/*",
            f"*.{dice.choice(ENDINGS)}",
            f"{name}/",
            f"/{_folder(dice)}/**/{name}.go",
            f"/{name}/*/{dice.choice(SYLLABLES)}",
            f"**/{name}_*.py",
        ]
    )


def _folder(dice: random.Random) -> str:
    return "/".join(dice.choices(SYLLABLES, k=dice.randint(1, 4)))


def _path(dice: random.Random) -> str:
    return f"{_folder(dice)}/{dice.choice(SYLLABLES)}_{dice.randrange(99)}.{dice.choice(ENDINGS)}"


@both
def test_three_thousand_files_against_five_thousand_lines_take_no_time(dialect: Dialect) -> None:
    dice = random.Random(11)  # noqa: S311
    text, paths = a_large_file(dice, 5_000), [_path(dice) for _ in range(3_000)]
    read: list[CodeOwners] = []
    assert seconds(lambda: read.append(parse(text, dialect))) < 3
    assert seconds(lambda: read[0].of(paths)) < 2.5


HOSTILE = {
    "any depths": "**/" * 1_300 + "b @ada\n",
    "stars in a name": "*a" * 1_900 + "b @ada\n",
    "questions between stars": "*a?" * 1_300 + "b @ada\n",
    "floating runs": "**/a?/*a/" * 400 + "b @ada\n",
    "stars in thousands": "".join(f"*a*a*{number}* @ada\n" for number in range(20_000)),
    "names after any": "".join(f"/*/*/**/a{number % 3} @ada\n" for number in range(20_000)),
    "one name for all": "a @ada\n" * 49_000,
    "deep scopes": "".join("a/" * depth + "**/?a @ada\n" for depth in range(1, 900)),
}


@both
@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_patterns_and_paths_take_no_more_than_seconds(dialect: Dialect, name: str) -> None:
    code = parse(HOSTILE[name], dialect)
    paths = [f"{'a/' * 1_500}{'a' * 900}{number}" for number in range(100)]
    paths += [f"{'a' * 255}/{'a' * 255}/{number}/a1" for number in range(2_900)]
    assert seconds(lambda: code.of(paths)) < 10


def test_a_file_whose_owners_take_too_long_to_find_asks_for_everybody() -> None:
    lines = 20_000
    text = "* @ada\n" + "".join(f"*x*q{number}*y*z* @eve\n" for number in range(lines))
    paths = [f"{'x' * 200}{number}" for number in range(WORK_AT_MOST // (lines * 20))]
    told = parse(text, Dialect.GITHUB).of(paths)
    assert [ownership.owners for ownership in told] == [("@ada",), ("@eve",), ()]
    assert told[0].paths == tuple(paths[:3])
    assert told[1].paths == told[2].paths
    assert told[1].paths[0] in paths[3:]


def test_what_a_section_spares_is_asked_for_too_if_in_doubt() -> None:
    text = "* @ada\n" + "".join(f"!*x*q{number}*y*z*\n" for number in range(20_000))
    paths = [f"{'x' * 200}{number}" for number in range(200)]
    assert [one.owners for one in parse(text, Dialect.GITLAB).of(paths)] == [("@ada",), ()]


@both
def test_a_thousand_sections_or_lines_for_all_files_are_no_burden(dialect: Dialect) -> None:
    text = "".join(f"[s{number}]\n* @t{number}\n*.py @u{number}\n" for number in range(1_000))
    code = parse(text, dialect)
    assert seconds(lambda: code.of([f"a/b{number}.py" for number in range(300)])) < 10


def test_the_module_offers_what_its_callers_need() -> None:
    assert owners.Misread is Misread
