"""Is CODEOWNERS read the way GitLab reads it?"""

from __future__ import annotations

import pytest

from bot.domain.change import Ownership
from bot.domain.owners import Dialect, parse
from bot.domain.owners.gitlab import APPROVALS_AT_MOST


def told(text: str, path: str) -> tuple[Ownership, ...]:
    return parse(text, Dialect.GITLAB).of([path])


def owners(text: str, path: str) -> list[tuple[str, ...]]:
    return [ownership.owners for ownership in told(text, path)]


def matches(pattern: str, path: str) -> bool:
    return owners(f"{pattern} @ada", path) == [("@ada",)]


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("*", ["a", "a/b/c", ".env"], []),
        ("/", ["a", "a/b"], []),
        ("/*", ["a", ".env"], ["a/b"]),
        ("**", ["a", "a/b"], []),
        ("/**", ["a"], ["a/b"]),
        ("**/*", ["a", "a/b"], []),
        ("*.ts", ["m.ts", "x/y/m.ts", ".ts"], ["m.tsx", "gen.ts/m.go"]),
        ("Makefile", ["Makefile", "x/Makefile"], ["Makefile/x", "makefile"]),
        ("infra", ["infra", "x/infra"], ["infra/a"]),
        ("infra/", ["infra/a", "x/infra/a/b", "infra/.a"], ["infra", "x/infra"]),
        ("/infra/", ["infra/a/b"], ["x/infra/a", "infra"]),
        ("infra/prod/", ["infra/prod/a", "x/infra/prod/a"], ["infra/a"]),
        ("infra/main.tf", ["infra/main.tf", "x/infra/main.tf"], ["infra/x/main.tf"]),
        ("/infra/main.tf", ["infra/main.tf"], ["x/infra/main.tf"]),
        ("/notes/*", ["notes/a", "notes/.a"], ["notes/x/a"]),
        ("notes/*", ["notes/a", "x/notes/a"], ["notes/x/a"]),
        ("/notes/**", ["notes/a"], ["notes/x/a"]),
        ("/notes/**/*", ["notes/a", "notes/x/a"], ["notes"]),
        ("/notes/**/**/*", ["notes/a", "notes/x/a"], ["notes"]),
        ("/notes/**/a.md", ["notes/a.md", "notes/x/y/a.md"], ["a.md", "x/notes/a.md"]),
        ("/notes/*/a.md", ["notes/x/a.md"], ["notes/a.md", "notes/x/y/a.md"]),
        ("/notes/*log*", ["notes/log", "notes/a.log.md"], ["notes/lag", "notes/x/log"]),
        ("/a**/b", ["a/b", "ax/b"], ["a/x/b"]),
        ("/***/b", ["a/b"], ["b", "a/x/b"]),
        ("/x?z", ["xyz"], ["xz", "xyyz", "x/z"]),
        ("/[ab].c", ["a.c", "b.c"], ["c.c", "[ab].c"]),
        ("/[a-c]x", ["ax", "bx", "cx"], ["dx", "-x"]),
        ("/x[!a-c]", ["xd", "x-"], ["xa", "xb"]),
        ("/x[^a]", ["xb"], ["xa", "x"]),
        ("/x[!]", ["xa", "x!"], ["x", "xab"]),
        ("/x[a-]", ["xa", "x-"], ["xb"]),
        ("/x[c-a]", ["xa", "xc"], ["xb"]),
        ("/x[\\]]", ["x]"], ["x\\"]),
        ("/x[a/b]y", ["xay", "xby"], ["x/y"]),
        ("/x\\/y", ["x/y"], ["x\\/y"]),
        ("/app/\\[id\\]/a", ["app/[id]/a"], ["app/i/a"]),
        ("/app/[id]/a", ["app/i/a", "app/d/a"], ["app/[id]/a"]),
        ("/what\\?", ["what?"], ["whats"]),
        ("\\#notes", ["#notes", "x/#notes"], ["notes"]),
        ("team\\ notes/", ["team notes/a"], ["team/a"]),
        ("a\\  b", ["a "], ["a b"]),
        (".gitlab-ci.yml", [".gitlab-ci.yml", "x/.gitlab-ci.yml"], ["gitlab-ci.yml"]),
        ("über/", ["über/a"], ["ÜBER/a"]),
        ("{a,b}", ["{a,b}"], ["a"]),
    ],
)
def test_which_files_a_pattern_means(pattern: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not matches(pattern, path)] == []
    assert [path for path in outside if matches(pattern, path)] == []


@pytest.mark.parametrize("pattern", ["/x[ab", "/x[]", "/a//b", "./a", "/a/../b", "a" * 5_000])
def test_a_pattern_that_can_never_match_is_told(pattern: str) -> None:
    code = parse(f"* @ada\n{pattern} @eve\n", Dialect.GITLAB)
    assert [problem.line for problem in code.problems] == [2]
    assert code.of(["a", "xa", "x[ab", "a/b"])[0].owners == ("@ada",)


def test_every_section_asks_for_its_own_owners() -> None:
    text = """
* @all
[Web]
*.ts @web
/pay/ui/*.ts @pay-ui
[Pay]
/pay/ @pay
"""
    assert told(text, "pay/ui/a.ts") == (
        Ownership(owners=("@all",), paths=("pay/ui/a.ts",)),
        Ownership(owners=("@pay-ui",), section="Web", paths=("pay/ui/a.ts",)),
        Ownership(owners=("@pay",), section="Pay", paths=("pay/ui/a.ts",)),
    )
    assert owners(text, "b.ts") == [("@all",), ("@web",)]
    assert owners(text, "b.go") == [("@all",)]


def test_two_sections_that_name_the_same_people_both_ask() -> None:
    assert [one.section for one in told("[A]\n* @ada\n[B]\n* @ada\n", "x")] == ["A", "B"]


@pytest.mark.parametrize(
    ("heading", "approvals"),
    [
        ("[Web]", 1),
        ("[Web][1]", 1),
        ("[Web][2]", 2),
        ("[Web][02]", 2),
        ("[Web][0]", 1),
        ("[Web][]", 1),
        ("[Web][x]", 1),
        ("[Web][-2]", 1),
        (f"[Web][{'9' * 5_000}]", APPROVALS_AT_MOST),
        ("^[Web]", 0),
        ("^[Web][3]", 0),
    ],
)
def test_how_many_have_to_approve(heading: str, approvals: int) -> None:
    (one,) = told(f"{heading}\n* @ada\n", "x")
    assert (one.section, one.approvals) == ("Web", approvals)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("[Web] @ada", ("@ada",)),
        ("[Web]\t@ada @acme/web  ada@acme.example", ("@ada", "@acme/web", "ada@acme.example")),
        ("[Web][2] @@maintainers", ("@@maintainers",)),
        ("^[Web] @ada", ("@ada",)),
        ("[Web site] @ada", ("@ada",)),
        ("[Web] @ada # @mallory", ("@ada",)),
        ("[Web]@ada", ()),
    ],
)
def test_a_heading_may_name_owners_for_lines_without_any(
    heading: str, expected: tuple[str, ...]
) -> None:
    text = f"{heading}\nweb/\n*.go @joe\n"
    assert owners(text, "web/a") == [expected]
    assert owners(text, "a.go") == [("@joe",)]


def test_owners_of_a_heading_do_not_stand_in_for_a_comment() -> None:
    text = "[Web] @ada\nweb/ # nobody\n"
    assert owners(text, "web/a") == [()]
    assert "it names no owner" in [problem.what for problem in parse(text, Dialect.GITLAB).problems]


def test_sections_of_one_name_are_one_whatever_their_capitals() -> None:
    text = "[Docs] @docs\n*.md\n[Web]\n*.ts @web\n[DOCS][2]\nreadme.md @ada\nguide.md\n"
    assert told(text, "readme.md") == (
        Ownership(owners=("@ada",), approvals=2, section="Docs", paths=("readme.md",)),
    )
    assert told(text, "x.md")[0].approvals == 1
    assert owners(text, "guide.md") == [()]


def test_a_section_is_optional_only_if_all_of_it_is() -> None:
    optional, required = "^[Go]\n*.go @ada\n", "[go]\n*.mod @eve\n"
    assert told(optional, "a.go")[0].approvals == 0
    for text in (optional + required, required + optional):
        assert told(text, "a.go")[0].approvals == 1
        assert told(text, "a.mod")[0].approvals == 1


def test_an_empty_heading_of_that_name_requires_nothing() -> None:
    assert told("^[Go]\n*.go @ada\n[Go]\n", "a.go")[0].approvals == 0


def test_what_is_excluded_needs_nobody_of_that_section_and_stays_so() -> None:
    text = """
* @all
!pom.xml
[Ruby]
*.rb @ruby
!/config/**/*.rb
/config/routes.rb @ops
[Config]
/config/ @config
"""
    assert owners(text, "lib/a.rb") == [("@all",), ("@ruby",)]
    assert owners(text, "config/routes.rb") == [("@all",), ("@config",)]
    assert owners(text, "x/pom.xml") == [()]


def test_an_exclusion_before_the_line_counts_as_well() -> None:
    assert owners("!*.lock\n* @ada\n", "a.lock") == [()]
    assert owners("!*.lock\n* @ada\n", "a.go") == [("@ada",)]
    assert owners("!\n* @ada\n", "a.go") == [()]


def test_the_very_same_pattern_again_takes_the_place_of_the_first() -> None:
    assert owners("*.rb @ada\n/x.rb @eve\n*.rb @joe\n", "x.rb") == [("@eve",)]
    assert owners("*.rb @ada\n/x.rb @eve\n**/*.rb @joe\n", "x.rb") == [("@joe",)]
    assert owners("*.rb @ada\n!*.rb\n", "x.rb") == [()]
    assert owners("!*.rb\n*.rb @ada\n", "x.rb") == [("@ada",)]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("@ada", ("@ada",)),
        ("@acme/web/sub @a.b-c_d", ("@acme/web/sub", "@a.b-c_d")),
        ("ada@acme.example", ("ada@acme.example",)),
        ("@@developer @@Maintainers @@OWNER", ("@@developer", "@@Maintainers", "@@OWNER")),
        ("@@guest", ()),
        ("@ada # ask @mallory", ("@ada", "@mallory")),
        ("# ask @mallory", ("@mallory",)),
        ("@ada,@eve (@joe),", ("@ada", "@eve", "@joe")),
        ("@ada eve @joe", ("@ada", "@joe")),
        ("@ada. @-x @ @/", ("@ada",)),
        ("<ada@acme.example>,", ()),
        ("ada@acme.example>,", ("ada@acme.example",)),
        ("@ada@eve", ("@ada", "ada@eve")),
        ("ada@eve@joe", ("ada@eve",)),
        ("@ada @ada", ("@ada",)),
        ("@acme//x", ("@acme",)),
        ("@ada" + "x" * 2_000, ()),
        ("", ()),
    ],
)
def test_every_owner_that_is_mentioned_counts(rest: str, expected: tuple[str, ...]) -> None:
    assert owners(f"* {rest}", "x") == [expected]


@pytest.mark.parametrize(("rest", "problems"), [("@ada", 0), ("@ada eve", 1), ("eve", 2), ("", 1)])
def test_words_that_are_no_owners_are_told(rest: str, problems: int) -> None:
    assert len(parse(f"* {rest}", Dialect.GITLAB).problems) == problems


def test_a_heading_that_is_not_closed_is_a_line_of_the_section_before() -> None:
    code = parse("[Docs]\n*.md @docs\n[Web site\n*.ts @web\n", Dialect.GITLAB)
    assert [problem.line for problem in code.problems] == [3]
    assert code.of(["a.ts"])[0] == Ownership(owners=("@web",), section="Docs", paths=("a.ts",))


def test_a_path_that_begins_with_a_bracket_is_taken_for_a_heading() -> None:
    code = parse("* @ada\n[id]/page.tsx @eve\n*.tsx @joe\n", Dialect.GITLAB)
    assert [problem.line for problem in code.problems] == [2]
    assert [(one.section, one.owners) for one in code.of(["[id]/page.tsx"])] == [
        ("", ("@ada",)),
        ("id", ("@joe",)),
    ]


def test_a_heading_without_a_name_is_another_section() -> None:
    code = parse("* @ada\n[]\n* @eve\n", Dialect.GITLAB)
    assert [one.owners for one in code.of(["x"])] == [("@ada",), ("@eve",)]
    assert [problem.line for problem in code.problems] == [2]


def test_a_section_in_which_nobody_is_named_asks_nobody() -> None:
    assert owners("* @ada\n[Web]\n*.ts\n", "a.ts") == [("@ada",)]
