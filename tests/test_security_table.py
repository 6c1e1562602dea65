"""docs/security.md: has every threat a row, and is what each row names really there?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from bot.web.access import ACCESS

HOME = Path(__file__).parent.parent
TEXT = (HOME / "docs/security.md").read_text(encoding="utf-8")
MANIFEST = (HOME / "manifest.yml").read_text(encoding="utf-8")
GITHUB = (HOME / "docs/pipelines/github.md").read_text(encoding="utf-8")
LOCKS = sorted(HOME.glob("requirements/*.txt"))
COUNTS = {"A": 11, "B": 11, "C": 11, "D": 10, "E": 10, "F": 6, "G": 12}
IDS = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
COVERED, PARTLY, NOT_YET, OUT = "covered", "partly", "not yet", "out of scope"
MODELS = re.compile(
    r"anthropic|openai|litellm|langchain|llama|ollama|mistral|cohere|genai|gemini|bedrock"
    r"|huggingface|transformers|\bdspy\b|\btorch\b|vllm"
)
"""Packages by which language models are asked, or run."""


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    attack: str
    against: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    state: str
    reason: str


def table(text: str) -> list[Row]:
    """Each line that begins with the id of a threat."""
    return [_row(line) for line in text.splitlines() if re.match(r"\| [A-G][0-9]+ \|", line)]


def _row(line: str) -> Row:
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    assert len(cells) == 6, line
    files, tests = _quoted(cells[3]), _quoted(cells[4])
    state, _, reason = cells[5].partition(":")
    return Row(cells[0], cells[1], cells[2], files, tests, state, reason.strip())


def _quoted(cell: str) -> tuple[str, ...]:
    """What stands in backticks, and nothing else may stand there but a dash."""
    assert re.fullmatch(r"–|`[^`]+`(?: `[^`]+`)*", cell), cell
    return tuple(re.findall(r"`([^`]+)`", cell))


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Names of what pytest collects there: functions of the module and of its classes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found = chain(tree.body, *inside)
    return frozenset(
        node.name
        for node in found
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    )


def mistakes(row: Row) -> Iterator[str]:
    """What is wrong with a row."""
    if not row.attack:
        yield "no attack"
    if row.state not in (COVERED, PARTLY, NOT_YET, OUT):
        yield f"no such state: {row.state}"
    elif (row.state == COVERED) is bool(row.reason):
        yield "a reason is for what is not covered"
    if row.state in (COVERED, PARTLY) and not (row.files and row.tests and len(row.against) > 1):
        yield "it names no countermeasure, file or test"
    yield from (f"no file {name}" for name in row.files if not (HOME / name).is_file())
    for name in row.tests:
        file, _, function = name.partition("::")
        path = HOME / "tests" / file
        if not path.is_file() or function not in functions_of(path):
            yield f"no test {name}"


ROWS = table(TEXT)


def test_every_threat_has_one_row() -> None:
    assert [row.id for row in ROWS] == IDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_what_a_row_names_is_there(row: Row) -> None:
    assert not list(mistakes(row))


GOOD = Row(
    "A1",
    "attack",
    "counter",
    ("Makefile",),
    ("test_security_table.py::test_every_threat_has_one_row",),
    COVERED,
    "",
)


def test_a_sound_row_has_no_mistake() -> None:
    assert not list(mistakes(GOOD))


@pytest.mark.parametrize(
    ("column", "value", "mistake"),
    [
        ("attack", "", "no attack"),
        ("state", "fine", "no such state: fine"),
        ("reason", "it is so", "a reason is for what is not covered"),
        ("state", PARTLY, "a reason is for what is not covered"),
        ("state", OUT, "a reason is for what is not covered"),
        ("state", NOT_YET, "a reason is for what is not covered"),
        ("files", (), "it names no countermeasure, file or test"),
        ("tests", (), "it names no countermeasure, file or test"),
        ("against", "–", "it names no countermeasure, file or test"),
        ("files", ("bot/nowhere.py",), "no file bot/nowhere.py"),
        ("files", ("bot",), "no file bot"),
        ("tests", ("test_logs.py::test_nothing",), "no test test_logs.py::test_nothing"),
        ("tests", ("test_nowhere.py::test_x",), "no test test_nowhere.py::test_x"),
        ("tests", ("test_logs.py",), "no test test_logs.py"),
        (
            "tests",
            ("test_security_table.py::mistakes",),
            "no test test_security_table.py::mistakes",
        ),
    ],
)
def test_its_twin_with_one_thing_wrong_has_one(column: str, value: object, mistake: str) -> None:
    values = {name: getattr(GOOD, name) for name in Row.__slots__}
    assert list(mistakes(Row(**{**values, column: value}))) == [mistake]


def test_words_between_names_are_refused() -> None:
    line = "| A1 | attack | counter | `Makefile` | `a.py::test_b` | covered |"
    assert table(line)[0].tests == ("a.py::test_b",)
    with pytest.raises(AssertionError):
        table(line.replace("`Makefile`", "Makefile and others"))


# What the page says beside the table.


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        file, _, heading = target.partition("#")
        page = HOME / "docs" / file if file else HOME / "docs/security.md"
        assert page.is_file(), target
        assert not heading or heading in _headings(page.read_text(encoding="utf-8")), target


def _headings(text: str) -> set[str]:
    """As a forge makes anchors of them."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_scope_of_the_app_has_its_reason() -> None:
    scopes = TEXT.partition("| Slack scope |")[2].partition("\n\n")[0]
    told = re.findall(r"`([a-z]+(?::[a-z]+)?)`", " ".join(_first_cells(scopes)))
    asked = re.findall(r"^\s+- ([a-z]+(?::[a-z]+)?)$", MANIFEST, re.MULTILINE)
    assert told == asked


def _first_cells(rows: str) -> list[str]:
    return [line.split("|")[1] for line in rows.splitlines() if line.startswith("| `")]


def test_the_proxy_forwards_what_is_asked_for_from_outside_and_nothing_else() -> None:
    """`/metrics`, `/healthz` and `/readyz` are for those inside."""
    named = TEXT.partition("forwards nothing but ")[2].partition("Keep `/metrics`")[0]
    told = set(re.findall(r"`(/[^`]+)`", named))
    inside = {"/healthz", "/readyz", "/metrics"}
    assert "`/` itself" in named
    asked = {path for _, path in ACCESS} - inside - {"/"}
    assert asked == {path for path in asked if any(_is_under(path, it) for it in told)}
    assert told == {it for it in told if any(_is_under(path, it) for path in asked)}
    assert not [it for it in told if any(_is_under(path, it) for path in inside)]


def _is_under(path: str, prefix: str) -> bool:
    whole = path if path.endswith("/") else f"{path}/"
    return whole.startswith(prefix if prefix.endswith("/") else f"{prefix}/")


def test_the_list_of_parts_has_all_that_is_looked_through_for_holes() -> None:
    text = (HOME / "Makefile").read_text()
    parts = [
        re.findall(
            r"for name in ([a-z ]+); do", text.partition(f"\n{target}:")[2].partition("\n\n")[0]
        )
        for target in ("sbom", "audit-dependencies")
    ]
    assert parts == [["run aws kms otel pdf"], ["run aws kms otel pdf"]]
    assert all((HOME / f"requirements/{name}.txt").is_file() for name in parts[0][0].split())


def test_every_permission_of_the_github_app_has_its_reason() -> None:
    asked = set(re.findall(r"\*([A-Z][a-z ]+): (read(?: and write)?)\*", GITHUB))
    rows = r"^\| ([A-Z][a-z ]+): (read(?: and write)?)(?: \(.*?\))? \| .+ \|$"
    told = set(re.findall(rows, TEXT, re.MULTILINE))
    assert len(asked) > 5
    assert told - asked == {("Metadata", "read")}
    assert asked <= told


# E5 and G11: what we are made of.


def test_no_language_model_is_asked() -> None:
    locked = [*HOME.glob("requirements/*.in"), *HOME.glob("requirements/*.txt")]
    assert locked
    for path in locked:
        named = re.findall(r"^[a-z][\w.-]*", path.read_text(), re.MULTILINE | re.IGNORECASE)
        assert not [name for name in named if MODELS.search(name.lower())], path
    for path in chain(HOME.glob("bot/**/*.py"), HOME.glob("storage/**/*.py")):
        assert not [name for name in _imported(path) if MODELS.search(name)], path


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_what_is_installed_is_locked_and_hashed(path: Path) -> None:
    """And the Makefile has pip insist on it."""
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    assert entries
    for entry in entries:
        assert re.match(r"[\w.\[\]-]+==[\w.+!-]+ ", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
    installs = re.findall(r"^.*pip install.*$", (HOME / "Makefile").read_text(), re.MULTILINE)
    assert len(installs) > 2
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line, line
