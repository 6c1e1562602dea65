"""What is found where, how much does it prove, and do tricks of spelling change it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.conventions import standard
from bot.domain.change import AiNote, Change, Commit, FileChange, Identity
from bot.domain.evidence.findings import Finding, Role, Tier, findings_in
from bot.domain.evidence.identities import automation, is_person, named, proven
from bot.domain.provenance import AiStatus, assess

HUB = "users.noreply.github.com"
JUN = Identity(login="jun", email="jun@acme.example.org", name="Jun Ito", kind="User")
PLAIN = Change(
    connection="hook",
    key="pay/1",
    repository="acme/pay",
    revision="a" * 40,
    environment="production",
    title="Retry refunds",
    author=JUN,
)
AT = datetime(2026, 11, 23, tzinfo=UTC)


def found(change: Change) -> list[Finding]:
    return list(findings_in(change, standard()))


def said(text: str, **facts: object) -> list[Finding]:
    commit = Commit(sha="1" * 40, message=text, author=JUN, committer=JUN)
    return found(replace(PLAIN, commits=(replace(commit, **facts),)))


def counted(text: str) -> set[tuple[str, Tier]]:
    return {(finding.convention, finding.tier) for finding in said(text) if finding.counts}


# Accounts.


@pytest.mark.parametrize(
    ("who", "tier"),
    [
        (Identity(login="devin-ai-integration[bot]", kind="Bot", id="github:158243242"), "signed"),
        (Identity(login="devin-ai-integration", kind="Bot"), "signed"),
        (Identity(login="renamed", kind="Bot", id="github:158243242"), "signed"),
        (Identity(login="Copilot", kind="User", id="github:198982749"), "signed"),
        (Identity(login="devin-ai-integration[bot]", kind="Bot", id="github:7"), None),
        (Identity(login="devin-ai-integration[bot]", kind="Bot", id="gitlab:7"), "signed"),
        (Identity(login="devin-ai-integration[bot]", kind="User"), None),
        (Identity(login="devin-ai-integration[bot]", kind="User", id="github:7"), None),
        (Identity(login="devin-ai-integration[bot]", id="github:7"), None),
        (Identity(login="devin-ai-integration[bot]"), "declared"),
        (Identity(login="devin-ai-integration"), None),
    ],
)
@pytest.mark.parametrize("part", ["author", "triggered_by", "pushers"])
def test_an_account_is_a_tools_by_its_number_or_the_login_of_a_bot(
    part: str, who: Identity, tier: str | None
) -> None:
    change = replace(PLAIN, **{part: (who,) if part == "pushers" else who})
    assert [finding.tier for finding in found(change)] == ([tier] if tier else [])


def test_a_commit_proves_nothing_whatever_account_it_names() -> None:
    agent = Identity(login="Copilot", kind="Bot", id="github:198982749")
    assert {finding.tier for finding in said("x", author=agent)} == {Tier.DECLARED}


@pytest.mark.parametrize(
    ("address", "tool"),
    [
        (f"198982749+Copilot@{HUB}", "GitHub Copilot"),
        (f"98890687+devin-ai-integration[bot]@{HUB}", "Devin"),
        (f"continue\\[bot\\]@{HUB}", "Continue"),
        (f"<41898282+claude[bot]@{HUB}>", "Claude Code"),
        (f"1234+claude@{HUB}", None),
        (f"99+codex@{HUB}", None),
        (f"29139614+renovate[bot]@{HUB}", None),
    ],
)
def test_an_address_of_a_forge_is_a_tools_by_number_or_by_app(
    address: str, tool: str | None
) -> None:
    tools = [known.tool for known in named("Some Name", address, standard())]
    assert tools == ([tool] if tool else [])


def test_bots_that_are_not_ai_are_known_and_impostors_are_not() -> None:
    bot = Identity(login="renovate[bot]", kind="Bot", id="github:29139614")
    known = automation(bot, standard())
    assert known is not None
    assert known.tool == "renovate"
    assert automation(replace(bot, id="github:7"), standard()) is None
    assert automation(replace(bot, id="", kind="User"), standard()) is None
    assert not proven(Identity(), standard())
    assert not is_person(bot, standard())
    assert is_person(Identity(name="Claude Warren", email="claude@acme.example.org"), standard())


# Texts.


@pytest.mark.parametrize(
    "line",
    [
        "Co-authored-by: Devin Ivy <devin@acme.org>",
        "Co-authored-by: Jules Bertholet",
        "Assisted-by: Rudi Heitbaum",
        "Assisted-by: Jane Doe <jane@acme.org>",
        "Assisted-by: AGENT_NAME:MODEL_VERSION [TOOL1]",
        "Generated-by: make generate",
        "ai-tools: run codex in the sandbox",
        "claude-session: resume after a crash",
        "Co-authored-by: Ai <tanaka@acme.org>",
        "Fixes a bug that Copilot found.",
        "Add Generated with Claude Code footer to commits",
        "- `Co-authored-by: Claude <noreply@anthropic.com>` trailers are stripped",
        '"Generated with Claude Code" footers can be turned off',
        'Revert "feat: used Claude to write tests"',
        "- [ ] I used Claude Code.",
        "<!-- Written by Claude -->",
        "using cursor for iteration",
        "Text generated by AI is escaped",
        "<blockquote>\nGenerated with Claude Code\n</blockquote>",
        "<blockquote>\n<blockquote>\nx\n</blockquote>\nMade with Cursor\n</blockquote>",
    ],
)
def test_words_about_a_tool_are_no_word_of_a_tool(line: str) -> None:
    assert not counted(line)
    if not line.startswith("ai-tools"):
        assert not counted(f"Retry refunds\n\n{line}")


@pytest.mark.parametrize(
    "line",
    [
        "Co-authored-by: Some One <noreply@anthropic.com> Co-authored-by: Jo <jo@acme.org>",
        "**Co-authored-by:** Claude Opus 9",
        "Co-Authored-By: GPT-5.3 Codex <x@acme.org>",
        "Co-authored-by: GLM-5 <x@acme.org>",
        "Signed-off-by: Codex <codex@openai.com>",
        "Assisted-by: GLM-5 via Crush <crush@charm.land>",
        "Assisted by Codex 5.5",
        "Developed with AI assistance (an agent); I read it all",
        "<sub>Generated with <a href='https://x.example'>Claude Code</a></sub>",
        "<!-- mux-attribution: model=x",
        "This PR was authored with Claude Code.",
        "## AI disclosure\n\nClaude Code wrote the tests.",
    ],
)
def test_a_line_declares_a_tool_in_many_forms(line: str) -> None:
    assert Tier.DECLARED in {tier for _, tier in counted(f"Retry refunds\n\n{line}")}


@pytest.mark.parametrize(
    "line",
    [
        "AI usage: driven by an agent, and read by me.",
        "I used Claude to sort this out",
        "Elvish translation written by Copilot, the rest by me",
        "vibe coded",
    ],
)
def test_prose_asks(line: str) -> None:
    assert {tier for _, tier in counted(f"Retry refunds\n\n{line}")} == {Tier.INFERRED}


YES = "- [x] This contribution was assisted or created by Generative AI tools."
NO = "- [x] This contribution was NOT assisted or created by Generative AI tools."


@pytest.mark.parametrize(
    ("boxes", "status"),
    [
        (YES, AiStatus.ASSISTED),
        (NO, AiStatus.DECLARED_HUMAN),
        (f"{YES}\n{NO}", AiStatus.UNDECLARED),
        (f"{YES}\n{NO}".replace("[x]", "[ ]"), AiStatus.UNDECLARED),
        (f"{NO}\n- [x] Warp Agent Mode", AiStatus.CONTRADICTED),
    ],
)
def test_boxes_answer_where_one_of_them_is_ticked(boxes: str, status: AiStatus) -> None:
    assert assess(replace(PLAIN, description=boxes), standard(), at=AT).status is status


def test_a_disclosure_of_nothing_is_a_no() -> None:
    for text in ("AI disclosure: none", "### AI disclosure\n\nNone."):
        (finding,) = found(replace(PLAIN, description=text))
        assert (finding.role, finding.denies) == (Role.NONE, True)


def test_a_summary_and_the_files_of_tools_are_context_alone() -> None:
    files = tuple(FileChange(path=f"{n}/CLAUDE.md") for n in range(20))
    findings = found(replace(PLAIN, description="<!-- CURSOR_SUMMARY -->", files=files))
    assert {finding.tier for finding in findings} == {Tier.CONTEXT}
    assert len(findings) == 11
    assert not any(finding.counts for finding in findings)


def test_a_forged_author_does_not_silence_its_own_message() -> None:
    dependabot = Identity(name="dependabot[bot]", email=f"49699333+dependabot[bot]@{HUB}")
    text = "Bump left-pad\n\nGenerated with Claude Code"
    assert any(finding.counts for finding in said(text, author=dependabot))
    assert any(finding.counts for finding in said(text, author=replace(dependabot, kind="Bot")))
    opened = replace(PLAIN, author=Identity(login="dependabot[bot]", kind="Bot"))
    commit = Commit(sha="1", message=text, author=dependabot)
    assert not any(finding.counts for finding in found(replace(opened, commits=(commit,))))


# Notes.


@pytest.mark.parametrize(
    ("note", "tier"),
    [
        (AiNote(ref="refs/notes/ai", tools=("claude",), ai_lines=3, signed=True), Tier.SIGNED),
        (AiNote(ref="refs/notes/ai", tools=("claude",), ai_lines=3), Tier.DECLARED),
        (
            AiNote(ref="refs/notes/agent-trace", tools=("claude",), ai_lines=3, signed=True),
            Tier.DECLARED,
        ),
        (AiNote(ref="refs/notes/ai", tools=("claude",), ai_lines=0, signed=True), None),
    ],
)
def test_a_note_counts_with_a_line_of_a_tools_and_proves_what_its_writer_does(
    note: AiNote, tier: Tier | None
) -> None:
    findings = said("x", notes=(note,))
    assert [(f.tool, f.tier) for f in findings] == ([("Claude Code", tier)] if tier else [])


def test_a_note_on_the_commit_of_a_bot_does_not_count() -> None:
    note = AiNote(ref="refs/notes/ai", tools=("claude",), ai_lines=3, signed=True)
    renovate = Identity(name="renovate[bot]", email=f"29139614+renovate[bot]@{HUB}")
    assert not any(finding.counts for finding in said("x", author=renovate, notes=(note,)))
    assert any(finding.counts for finding in said("x", author=JUN, notes=(note,)))


def test_a_note_of_a_tool_we_do_not_know_is_ai_all_the_same() -> None:
    (finding,) = said("x", notes=(AiNote(ref="refs/x", tools=("<!here>",), ai_lines=1),))
    assert (finding.tool, finding.tier) == ("", Tier.DECLARED)


# Tricks of spelling.

MARKS = st.sampled_from(
    [
        "Co-authored-by: Claude Opus 9 <noreply@anthropic.com>",
        "Generated with Claude Code",
        "Assisted-by: Codex:GPT-9",
        "AI-Assisted: yes",
        "Made-with: Cursor",
        "I used Claude Code.",
    ]
)
HIDDEN = st.sampled_from(["\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u00ad", "\u0301"])
ALIKE = str.maketrans("aeocpACEO", "\u0430\u0435\u043e\u0441\u0440\u0410\u0421\u0415\u041e")


@given(MARKS, st.sampled_from(["\r\n", "\r", "\\n", "\\r\\n", "\u2028", "\n\n"]))
@settings(deadline=None)
def test_no_way_to_break_a_line_changes_what_is_found(mark: str, lines: str) -> None:
    assert counted(lines.join(("Retry refunds", "", mark, "More."))) == counted(f"x\n\n{mark}")


@given(MARKS, HIDDEN, st.integers(0, 60))
@settings(deadline=None)
def test_no_invisible_character_changes_what_is_found(mark: str, hidden: str, at: int) -> None:
    assert counted(f"x\n\n{mark[:at]}{hidden}{mark[at:]}") == counted(f"x\n\n{mark}")


@given(MARKS, st.sampled_from([str.upper, str.lower, str.swapcase, str.title]))
@settings(deadline=None)
def test_no_casing_changes_what_is_found(mark: str, cased: object) -> None:
    assert callable(cased)
    assert counted(f"x\n\n{cased(mark)}") == counted(f"x\n\n{mark}")


@given(MARKS, st.integers(0, 60))
@settings(deadline=None)
def test_no_letter_that_looks_alike_changes_what_is_found(mark: str, at: int) -> None:
    disguised = mark[:at] + mark[at : at + 9].translate(ALIKE) + mark[at + 9 :]
    assert counted(f"x\n\n{disguised}") == counted(f"x\n\n{mark}")


@given(MARKS, st.integers(0, 5))
@settings(deadline=None)
def test_no_place_in_a_text_changes_what_is_found(mark: str, place: int) -> None:
    lines = ["First.", "", "Second.", "", "Third."]
    text = "\n".join((*lines[:place], mark, *lines[place:]))
    assert counted(f"Retry refunds\n\n{text}") == counted(f"x\n\n{mark}")
