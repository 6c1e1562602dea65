"""Do patterns mean what git means by them, and what a slow and plain reading says?"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.owners import Dialect, parse
from bot.domain.owners.path_dialects import fnmatch_text, github_pattern, gitlab_pattern
from bot.domain.owners.path_index import PathIndex
from bot.domain.owners.path_patterns import Pattern, Route

names = st.text(alphabet="ab.", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
globs = st.one_of(
    st.sampled_from(["**", "*", "a", "b", "*.a", "a*", "?"]),
    st.text(alphabet="ab.*?", min_size=1, max_size=4),
    st.text(alphabet="ab*?\\", min_size=1, max_size=4),
)
patterns = st.builds(
    lambda front, parts, end: front + "/".join(parts) + end,
    st.sampled_from(["", "/"]),
    st.lists(globs, min_size=1, max_size=4),
    st.sampled_from(["", "", "/"]),
)


def name_fits(glob: str, name: str) -> bool:
    """One character after the other, with every choice there is."""
    if not glob:
        return not name
    if glob[0] == "*":
        return any(name_fits(glob[1:], name[at:]) for at in range(len(name) + 1))
    if glob[0] == "\\" and len(glob) > 1:
        return name[:1] == glob[1] and name_fits(glob[2:], name[1:])
    return bool(name) and glob[0] in ("?", name[0]) and name_fits(glob[1:], name[1:])


def parts_fit(parts: Sequence[str], found: Sequence[str]) -> bool:
    if not parts:
        return not found
    if parts[0] == "**":
        return any(parts_fit(parts[1:], found[at:]) for at in range(len(found) + 1))
    return bool(found) and name_fits(parts[0], found[0]) and parts_fit(parts[1:], found[1:])


def github_fits(pattern: str, path: str) -> bool:
    """A pattern fits a file if it fits it or, unless it ends in `*`, a directory above it."""
    found, parts = path.split("/"), pattern.strip("/").split("/")
    if "/" not in pattern[:-1]:
        parts = ["**", *parts]
    if parts[-1] == "**":
        parts = [*parts, "*"]
    folder, bare = pattern.endswith("/"), set(parts[-1]) == {"*"}
    above = [found[:size] for size in range(1, len(found)) if folder or not bare]
    return any(parts_fit(parts, some) for some in [*above, *([] if folder else [found])])


def fnmatch(glob: str, path: str, *, begins: bool = True) -> bool:
    """Ruby's: `**/` where a name begins stands for any directories, everything else for one name."""
    if begins and glob.startswith("**/"):
        rest = path.partition("/")[2]
        return fnmatch(glob[3:], path) or ("/" in path and fnmatch(glob, rest))
    if not glob:
        return not path
    if glob[0] == "*":
        skip = path[:1] not in ("", "/") and fnmatch(glob, path[1:], begins=False)
        return skip or fnmatch(glob[1:], path, begins=False)
    if glob[0] == "\\" and len(glob) > 1:
        return path[:1] == glob[1] and fnmatch(glob[2:], path[1:], begins=glob[1] == "/")
    if not path or (glob[0] == "?" and path[0] == "/") or glob[0] not in ("?", path[0]):
        return False
    return fnmatch(glob[1:], path[1:], begins=glob[0] == "/")


def indexed(pattern: Pattern, path: str) -> bool:
    (found,) = PathIndex([(0, pattern)]).find([path])
    return found == (0,)


def plainly(pattern: Pattern, path: str) -> bool:
    """Without an index."""
    found = path.split("/")
    if not pattern.parts:
        return True
    route = Route(pattern.parts)
    above = (route.fits(found[:size]) for size in range(1, len(found)))
    return (pattern.files and route.fits(found)) or (pattern.folders and any(above))


@settings(max_examples=500)
@example(pattern="**/", found=["a/b"])
@example(pattern="a/**/b/", found=["a/b", "a/b/c", "a/x/b/c"])
@given(pattern=patterns, found=st.lists(paths, min_size=1, max_size=8))
def test_github_patterns_mean_what_a_slow_reading_says(pattern: str, found: list[str]) -> None:
    read = github_pattern(pattern)
    if isinstance(read, Pattern):
        expected = [github_fits(pattern, path) for path in found]
        assert [indexed(read, path) for path in found] == expected
        assert [plainly(read, path) for path in found] == expected


@settings(max_examples=500)
@given(pattern=patterns, found=st.lists(paths, min_size=1, max_size=8))
def test_gitlab_patterns_mean_what_a_slow_reading_says(pattern: str, found: list[str]) -> None:
    text = fnmatch_text(pattern)
    read = gitlab_pattern(text)
    expected = [fnmatch(text, path) for path in found]
    if isinstance(read, str):
        assert not any(expected)
    else:
        assert [indexed(read, path) for path in found] == expected
        assert [plainly(read, path) for path in found] == expected


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True, timeout=20)
    return folder


def ignored(repository: Path, pattern: str, found: Sequence[str]) -> list[bool]:
    """Which of these paths git would ignore, with this pattern alone."""
    (repository / ".gitignore").write_text(f"{pattern}\n")
    told = subprocess.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=repository,
        input="\0".join(found).encode(),
        stdout=subprocess.PIPE,
        timeout=20,
        check=False,
    )
    hits = set(told.stdout.decode().split("\0"))
    return [path in hits for path in found]


def is_shared(pattern: str) -> bool:
    """Whether GitHub's rules and git's agree: not on a last `*`, nor on what GitHub refuses.

    Of stars beside letters (`a**/**`) git makes something of its own, that nobody documents.
    """
    parts = pattern.strip("/").split("/")
    if any("**" in part and part != "**" for part in parts):
        return False
    nested = len(parts) > 1 or pattern.startswith("/")
    bare = set(parts[-1]) == {"*"} and parts[-1:] != ["**"] and not pattern.endswith("/")
    return not (nested and bare and parts[-2:-1] != ["**"])


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pattern=patterns.filter(is_shared), found=st.lists(paths, min_size=4, max_size=30))
def test_github_patterns_mean_what_git_means(
    repository: Path, pattern: str, found: list[str]
) -> None:
    read = github_pattern(pattern)
    if isinstance(read, Pattern):
        assert [indexed(read, path) for path in found] == ignored(repository, pattern, found)


def test_a_last_star_means_more_to_git(repository: Path) -> None:
    read = github_pattern("docs/*")
    assert isinstance(read, Pattern)
    found = ["docs/a", "docs/x/a"]
    assert ignored(repository, "docs/*", found) == [True, True]
    assert [indexed(read, path) for path in found] == [True, False]


lines = st.lists(st.tuples(patterns, st.sampled_from(["@a", "@b", "@c", ""])), max_size=25)


@settings(max_examples=200)
@given(lines=lines, found=st.lists(paths, min_size=1, max_size=10))
def test_the_last_line_that_fits_wins_on_github(
    lines: list[tuple[str, str]], found: list[str]
) -> None:
    code = parse("\n".join(f"{pattern} {owner}" for pattern, owner in lines), Dialect.GITHUB)
    read = code.reading.lines
    for path in found:
        hits = [line.owners for line in read if plainly(line.pattern, path)]
        assert code.of([path])[0].owners == (hits[-1] if hits else ())


@settings(max_examples=200)
@given(
    lines=st.lists(st.tuples(patterns, st.integers(0, 5)), max_size=40),
    found=st.lists(paths, min_size=1, max_size=10),
)
def test_the_last_of_each_slot_is_found(lines: list[tuple[str, int]], found: list[str]) -> None:
    read = [(slot, gitlab_pattern(fnmatch_text(text))) for text, slot in lines]
    kept = [(slot, pattern) for slot, pattern in read if isinstance(pattern, Pattern)]
    for path, ranks in zip(found, PathIndex(kept).find(found), strict=True):
        last = {slot: rank for rank, (slot, pattern) in enumerate(kept) if plainly(pattern, path)}
        assert ranks == tuple(sorted(last.values()))
