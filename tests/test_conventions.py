"""Do the conventions fit what they say they fit, and may an operator add their own?"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from bot.config.automaton import NoPattern, checked
from bot.config.conventions import (
    Entry,
    compiled,
    problems,
    standard,
    standard_entries,
    standard_version,
)
from bot.domain.change import Change, Commit, Identity
from bot.domain.evidence.conventions import Conventions, Tier, Where
from bot.domain.provenance import AiStatus, assess

AT = datetime(2026, 11, 23, tzinfo=UTC)
HUB = "users.noreply.github.com"
MACHINE = {"id": "acme-1", "tool": "Acme Coder", "where": "line", "pattern": "acme-coder: "}


def entry(**more: object) -> Entry:
    return Entry.model_validate({**MACHINE, **more})


def status(conventions: Conventions, **facts: object) -> AiStatus:
    change = Change(
        connection="hook",
        key="pay/1",
        repository="acme/pay",
        revision="a" * 40,
        environment="production",
        title="Retry refunds",
        author=Identity(login="jun", kind="User"),
        **facts,  # type: ignore[arg-type]
    )
    return assess(change, conventions, at=AT).status


@pytest.mark.parametrize("known", standard_entries(), ids=lambda known: known.id)
def test_every_convention_has_an_example_and_fits_its_examples(known: Entry) -> None:
    """Whether they fit is checked as an entry is read."""
    assert known.match
    assert known.tool in {"", *standard().tools}
    written = known.model_dump(exclude_unset=True)
    plain = {key: list(it) if isinstance(it, tuple) else it for key, it in written.items()}
    assert Entry.model_validate(plain) == known


def test_ids_and_accounts_are_named_once() -> None:
    entries = standard_entries()
    ids = [known.id for known in entries]
    accounts = [account for known in entries for account in known.ids]
    assert len(ids) == len(set(ids))
    assert len(accounts) == len(set(accounts))


def test_the_version_is_a_number_and_a_day() -> None:
    number, _, day = standard_version().partition(" of ")
    assert int(number) >= 1
    assert date.fromisoformat(day)
    assert standard().version == standard_version()
    assert standard() is standard()


def test_an_operator_adds_a_tool_of_their_own() -> None:
    own = compiled(standard_entries(), own=[entry()])
    assert status(own, description="Acme-Coder: run 7") is AiStatus.ASSISTED
    assert status(standard(), description="Acme-Coder: run 7") is AiStatus.UNDECLARED
    assert "Acme Coder" in own.tools
    assert own.version != compiled(standard_entries(), own=[entry(tool="Else")]).version


def test_a_label_asks_and_is_a_fact_where_the_operator_says_what_it_means() -> None:
    label = Entry.model_validate({"id": "ours", "where": "label", "pattern": "ai-made"})
    own = compiled(standard_entries(), own=[label])
    assert status(own, labels=("AI-made",)) is AiStatus.ASSISTED
    assert status(own, labels=("AI-made docs",)) is AiStatus.UNDECLARED
    assert status(standard(), labels=("AI-made",)) is AiStatus.UNDECLARED
    for label_of_ours in ("AI-generated", "ai-assisted"):
        assert status(standard(), labels=(label_of_ours,)) is AiStatus.SUSPECTED
        assert status(standard(), labels=(f"{label_of_ours} docs",)) is AiStatus.UNDECLARED


def test_an_operator_turns_one_of_ours_off_or_replaces_it() -> None:
    branch = {"branch": "codex/retry"}
    off = Entry.model_validate({"id": "S83", "off": True})
    assert status(standard(), **branch) is AiStatus.ASSISTED
    assert status(compiled(standard_entries(), own=[off]), **branch) is AiStatus.UNDECLARED
    asks = Entry.model_validate(
        {"id": "S83", "where": "branch", "pattern": "codex/", "tier": "inferred", "replace": True}
    )
    assert status(compiled(standard_entries(), own=[asks]), **branch) is AiStatus.SUSPECTED


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([entry(id="S83")], "is the id of a convention of ours: add replace: true"),
        ([entry(), entry()], "names a second convention the same"),
        ([Entry(id="S999", off=True)], "there is no convention of ours with this id"),
        ([entry(replace=True)], "there is no convention of ours with this id"),
    ],
)
def test_entries_that_do_not_go_together_are_mistakes(own: list[Entry], message: str) -> None:
    ((path, said),) = problems(own)
    assert path == (len(own) - 1, "id")
    assert said.startswith(message)
    assert not list(problems([entry(), Entry(id="S83", off=True)]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pattern": "(?=x)"}, "is no pattern that RE2 knows: invalid perl operator"),
        ({"unless": "("}, "is no pattern that RE2 knows: missing )"),
        ({"where": None}, "needs where and pattern (or off: true)"),
        ({"match": "Else: x"}, "the pattern does not fit the example Else: x"),
        ({"no_match": "Acme-Coder: x"}, "the pattern fits, and should not, the example"),
        ({"ids": "github:1"}, "ids go with where: login alone"),
        ({"tier": "signed"}, "tier: signed goes with where: note alone"),
        ({"between": ["2026-04-22", "soon"]}, "must be a day such as 2026-04-22"),
    ],
)
def test_a_mistake_in_an_entry_is_told_in_a_sentence(
    wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        entry(**wrong)
    assert message in refused.value.errors()[0]["msg"]


@pytest.mark.parametrize("wrong", [{"tool": "<!here>"}, {"id": "a b"}, {"where": "mood"}, {"x": 1}])
def test_an_entry_holds_nothing_else(wrong: dict[str, object]) -> None:
    assert entry()
    with pytest.raises(ValidationError):
        entry(**wrong)


def test_a_mark_that_was_set_without_ai_for_a_time_proves_less_of_commits_of_that_time() -> None:
    def on(month: int, day: int, trailer: str) -> AiStatus:
        written = datetime(2026, month, day, 12, 0, tzinfo=UTC)
        commit = Commit(sha="1", message=f"x\n\n{trailer}", authored_at=written)
        return status(standard(), commits=(commit,))

    for who in (
        "Copilot <copilot@github.com>",
        "C <copilot@github.com>",
        f"Copilot <223556219+Copilot@{HUB}>",
        "copilot@github.com",
    ):
        trailer = f"Co-authored-by: {who}"
        assert on(4, 21, trailer) is AiStatus.ASSISTED
        assert on(4, 25, trailer) is AiStatus.SUSPECTED
        assert on(5, 6, trailer) is AiStatus.SUSPECTED
        assert on(5, 7, trailer) is AiStatus.ASSISTED
    assert on(4, 25, f"Co-authored-by: Copilot <198982749+Copilot@{HUB}>") is AiStatus.ASSISTED
    both = "Co-authored-by: Copilot <copilot@github.com>\nCo-authored-by: Codex <codex@openai.com>"
    assert on(4, 25, both) is AiStatus.ASSISTED


def test_a_pattern_is_checked_as_it_is() -> None:
    assert checked("a+") == "a+"
    with pytest.raises(NoPattern):
        checked("a++")


@pytest.mark.parametrize("where", list(Where))
@pytest.mark.parametrize("pump", [" ", "1", ".", "-", "a", "codex", "a.", "@example.", " (", "~"])
def test_no_pattern_takes_more_than_linear_time(where: Where, pump: str) -> None:
    beginnings = {known.match[0].lower() for known in standard_entries() if known.where == where}
    beginnings = set(sorted(beginnings)[:5])
    begun = time.process_time()
    for beginning in ("", *beginnings):
        standard().matching(where, beginning + pump * (65_536 // len(pump)) + "!")
    assert time.process_time() - begun < 1.5


def test_text_that_is_no_unicode_is_matched_all_the_same() -> None:
    assert standard().matching(Where.EMAIL, "noreply@anthropic.com")
    assert not standard().matching(Where.EMAIL, "noreply@anthropic.com\ud800")
    assert standard().matching(Where.NOTE, "refs/notes/ai")[0].tier is Tier.SIGNED
