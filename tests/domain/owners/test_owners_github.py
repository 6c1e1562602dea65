"""Is CODEOWNERS read the way GitHub reads it?"""

from __future__ import annotations

import pytest

from bot.domain.owners import Dialect, Misread, parse


def owners(text: str, path: str) -> tuple[str, ...]:
    (told,) = parse(text, Dialect.GITHUB).of([path])
    assert told.approvals == 1
    assert told.section == ""
    return told.owners


def matches(pattern: str, path: str) -> bool:
    return owners(f"{pattern} @ada", path) == ("@ada",)


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("*", ["a", "a/b/c", ".env", "é/ü"], []),
        ("**", ["a", "a/b"], []),
        ("/**", ["a", "a/b"], []),
        ("/*", ["a", ".env"], ["a/b"]),
        ("*.ts", ["m.ts", "x/y/m.ts", ".ts", "gen.ts/m.go"], ["m.tsx", "m.ts2", "ts"]),
        ("/*.ts", ["m.ts"], ["x/m.ts"]),
        ("Makefile", ["Makefile", "x/Makefile", "Makefile/x"], ["makefile", "xMakefile"]),
        ("/Makefile", ["Makefile", "Makefile/x"], ["x/Makefile"]),
        ("infra/", ["infra/a", "x/infra/a/b"], ["infra", "x/infra", "infra2/a"]),
        ("/infra/", ["infra/a", "infra/a/b"], ["x/infra/a", "infra"]),
        ("/infra/prod/", ["infra/prod/a", "infra/prod/a/b"], ["infra/a", "x/infra/prod/a"]),
        ("infra/prod/", ["infra/prod/a"], ["x/infra/prod/a"]),
        ("infra/prod", ["infra/prod", "infra/prod/a"], ["x/infra/prod", "infra/product"]),
        ("notes/*", ["notes/a", "notes/.a"], ["notes/x/a", "x/notes/a", "notes"]),
        ("notes/*/", ["notes/x/a", "notes/x/y/a"], ["notes/a"]),
        ("notes/*.md", ["notes/a.md"], ["notes/x/a.md", "notes/a.mdx"]),
        ("notes/**", ["notes/a", "notes/x/a"], ["notes", "x/notes/a"]),
        ("notes/**/", ["notes/x/a"], ["notes/a"]),
        ("notes/**/*", ["notes/a", "notes/x/a"], ["notes"]),
        ("notes/**/*.md", ["notes/a.md", "notes/x/y/a.md"], ["notes/a.txt"]),
        ("**/cache", ["cache", "cache/a", "x/cache/a", "x/y/cache/z/a"], ["x/caches/a"]),
        ("**/cache/", ["cache/a", "x/cache/a"], ["cache", "x/cache"]),
        ("**/cache/*", ["cache/a", "x/cache/a"], ["cache/x/a"]),
        ("x/**/y", ["x/y", "x/a/y", "x/a/b/y/c"], ["x/a", "a/x/y"]),
        ("**/**/**/y", ["y", "a/y", "a/b/y/c"], ["yy"]),
        ("x/*/y", ["x/a/y", "x/a/y/b"], ["x/y", "x/a/b/y"]),
        ("x/a?c", ["x/abc", "x/abc/d"], ["x/ac", "x/abbc"]),
        ("a*b*c", ["abc", "aXbYc", "a-bb-cc"], ["ab", "acb"]),
        ("a**c", ["ac", "abc"], ["a/c"]),
        ("x?/y*", ["x1/y", "x1/y2"], ["x/y", "x12/y"]),
        (".github/", [".github/workflows/a.yml"], ["github/a"]),
        (".env*", [".env", ".env.prod", "x/.env"], ["env"]),
        ("über/", ["über/a"], ["uber/a", "ÜBER/a"]),
        ("c#/", ["c#/a"], ["c/a"]),
        ("x!y", ["x!y"], ["x"]),
        ("(group)/@slot/", ["(group)/@slot/a"], ["group/slot/a"]),
        ("$a.b+c", ["$a.b+c"], ["$aXb+c"]),
    ],
)
def test_which_files_a_pattern_means(pattern: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not matches(pattern, path)] == []
    assert [path for path in outside if matches(pattern, path)] == []


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (r"team\ notes/", "team notes/a"),
        (r"/team\ notes/a\ b.md", "team notes/a b.md"),
        (r"app/\[id\]/page.tsx", "app/[id]/page.tsx"),
        (r"app/\[\[...all\]\]/", "app/[[...all]]/x"),
        (r"what\?", "what?"),
        (r"\*", "x/*"),
        (r"\!important", "!important"),
        (r"a\\b", r"a\b"),
        (r"a\b", "ab"),
    ],
)
def test_what_is_escaped_stands_for_itself(pattern: str, path: str) -> None:
    assert matches(pattern, path)
    assert not matches(pattern, "other")


def test_a_space_that_is_escaped_by_mistake_swallows_the_owner() -> None:
    assert owners("* @joe\na\\ @ada\n", "a") == ("@joe",)
    assert owners("* @joe\na\\ @ada\n", "a @ada") == ()
    assert parse("* @joe\na\\", Dialect.GITHUB).problems[0].line == 2


def test_an_escaped_wildcard_is_none() -> None:
    assert not matches(r"what\?", "whats")
    assert not matches(r"\*", "a")


@pytest.mark.parametrize(
    "pattern",
    [
        "!docs/",
        r"\#readme",
        "app/[id]/page.tsx",
        "*.[ch]",
        "a]",
        "a***",
        "/",
        "//",
        "a//b",
        "./a",
        "a/../b",
        "a\\/b",
        "a" * 5_000,
    ],
)
@pytest.mark.trap(18)
def test_a_line_with_an_invalid_pattern_is_skipped_and_told(pattern: str) -> None:
    text = f"* @ada\n{pattern} @eve\n"
    code = parse(text, Dialect.GITHUB)
    assert [problem.line for problem in code.problems] == [2]
    for path in ("a", "app/i/page.tsx", "app/[id]/page.tsx", "x.c", "docs/a", "#readme", "a/b"):
        assert owners(text, path) == ("@ada",)


@pytest.mark.parametrize(
    "owner",
    [
        "eve",
        "@",
        "@acme/",
        "@acme/team/sub",
        "@eve,",
        "@eve,@joe",
        "eve@",
        "@eve#x",
        "@@owner",
        "é",
    ],
)
@pytest.mark.trap(18)
def test_a_line_with_an_invalid_owner_is_skipped_and_told(owner: str) -> None:
    code = parse(f"* @ada\n*.py @joe {owner}\n", Dialect.GITHUB)
    what = "skipped: one of its owners is no `@name`, `@org/team` or e-mail address"
    assert code.problems == (Misread(line=2, what=what),)
    assert code.of(["a.py"])[0].owners == ("@ada",)


@pytest.mark.parametrize(
    "owner",
    [
        "@ada",
        "@a-d-a",
        "@ada_acme",
        "@acme/site-ops",
        "ada@acme.example",
        "a.d+a@x.example",
        "@a@b",
    ],
)
def test_an_owner_is_told_as_written(owner: str) -> None:
    code = parse(f"* @joe\n*.py {owner}\n", Dialect.GITHUB)
    assert code.of(["a.py"])[0].owners == (owner,)
    assert code.problems == ()


def test_the_last_line_that_fits_wins() -> None:
    text = "* @all\n/pay/ @pay\n*.sql @db\n/pay/ui/ @ui\n"
    assert owners(text, "a") == ("@all",)
    assert owners(text, "pay/a") == ("@pay",)
    assert owners(text, "pay/a.sql") == ("@db",)
    assert owners(text, "pay/ui/a.sql") == ("@ui",)


def test_the_same_pattern_again_replaces_the_first() -> None:
    assert owners("pay/ @ada\npay/ @eve\n", "pay/a") == ("@eve",)


def test_a_line_without_owners_takes_the_files_away_from_everybody() -> None:
    text = "/pay/ @pay\n/pay/generated\n"
    assert owners(text, "pay/a") == ("@pay",)
    assert owners(text, "pay/generated/a") == ()
    assert parse(text, Dialect.GITHUB).problems == ()


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("@ada # ask @mallory", ("@ada",)),
        ("@ada #@mallory", ("@ada",)),
        ("# @mallory", ()),
        ("\t#mallory", ()),
        ("@ada\t@eve  @ada", ("@ada", "@eve")),
    ],
)
@pytest.mark.trap(18)
def test_a_comment_after_the_owners_names_nobody(rest: str, expected: tuple[str, ...]) -> None:
    assert owners(f"* @joe\n*.py {rest}\n", "a.py") == expected


def test_wider_spaces_do_not_end_a_pattern() -> None:
    assert owners("* @joe\na\u00a0b @ada\n", "a\u00a0b") == ("@ada",)
    assert owners("* @joe\na\u00a0@ada\n", "a") == ("@joe",)


def test_there_are_no_sections() -> None:
    code = parse("[Docs] @ada\n^[Docs] @ada\n*.md @eve\n", Dialect.GITHUB)
    assert [problem.line for problem in code.problems] == [1, 2]
    assert code.of(["a.md"])[0].owners == ("@eve",)
