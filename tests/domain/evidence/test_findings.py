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


# Tools that are declared, hinted at, or only spoken of.


def statuses(**facts: object) -> AiStatus:
    return assess(replace(PLAIN, **facts), standard(), at=AT).status


@pytest.mark.parametrize(
    ("marked", "twin"),
    [
        ("Co-authored-by: GitLab Duo <x@acme.io>", "Co-authored-by: Duo Li <x@acme.io>"),
        ("Assisted-by: GitLab Duo", "Assisted-by: Duo Li"),
        ("Co-authored-by: Rovo Dev <x@acme.io>", "Co-authored-by: Rovo Devi <x@acme.io>"),
        ("Co-authored-by: Goose Agent <x@acme.io>", "Co-authored-by: Goose Smith <x@acme.io>"),
        ("Co-authored-by: Zed Agent <x@acme.io>", "Co-authored-by: Zed Shaw <x@acme.io>"),
        ("Generated with Claude Desktop", "Generated with Claude Desktops"),
        ("Created by [Devin](https://x.example)", "Created by Devin Ax"),
        ("Co-developed-by: Claude claude-opus-4-5", "Co-developed-by: Claude Claudel"),
        ("AI-Assistant: Claude", "AI-Assistant: Clara"),
        ("AI: Claude Code", "AI: Clara Code"),
        ("AI: yes", "AI: yes we can"),
        ("Author: Claude Code", "Author: Claude Brune"),
        ("Agent: Claude Code", "Agent: jenkins"),
        ("Model: gpt-5.1", "Model: linear"),
        ("Model: gpt-5.1 (high)", "Model: gpt-2 loads now"),
        ("AI-Model: gpt-5.1", "AI-Model: none"),
        ("Used-AI: Claude", "Used-AI: nobody"),
        ("AI-Assisted: 80%", "AI-Assisted: 0%"),
        ("AI-Assisted: heavily", "AI-Assisted: heavy"),
        ("**AI assisted?** Yes", "**AI assisted?** Yes/No"),
        ("Was AI used? Yes - Copilot", "Was AI used? It may be"),
        ("## Was AI used?\n\nYes", "## Was AI here?\n\nYes"),
        ("## Was AI used?\n\n- [x] GitHub Copilot", "## Was AI used?\n\n- [ ] GitHub Copilot"),
        ("## AI usage\n\n- [x] GitHub Copilot", "## Pilots\n\n- [x] GitHub Copilot"),
        ("- [x] I used Claude Code for parts", "- [ ] I used Claude Code for parts"),
        ("🤖 Created by Jules", "\u2014 Created by Jules Verne"),
    ],
)
def test_what_declares_a_tool_and_its_twin(marked: str, twin: str) -> None:
    assert Tier.DECLARED in {tier for _, tier in counted(f"Retry refunds\n\n{marked}")}
    assert not counted(f"Retry refunds\n\n{twin}")


def test_a_subject_speaks_of_the_code_and_a_body_of_the_change() -> None:
    for line in ("ai-model: gpt-5", "Model: gpt-5", "ai-usage: count tokens", "AI: Claude Code"):
        assert statuses(title=line) is AiStatus.UNDECLARED
        assert statuses(commits=(Commit(sha="1", message=line, author=JUN),)) is (
            AiStatus.UNDECLARED
        )
        assert statuses(description=line) in (AiStatus.ASSISTED, AiStatus.SUSPECTED)
    one_line = "AI tools used: Claude Code and Copilot"
    assert statuses(description=one_line) is AiStatus.ASSISTED
    assert statuses(title=one_line) is AiStatus.UNDECLARED


@pytest.mark.parametrize(
    ("hint", "twin"),
    [
        ("The regex was suggested by ChatGPT", "The regex was suggested by Chad"),
        ("This came out of a Cursor session.", "This came out of a planning session."),
        ("Copilot agent mode", "Document Copilot agent mode"),
        ("One-shotted by Opus 4.5", "One-shotted by Otto"),
        ("I let Claude Code do the rest", "I let Clara do the rest"),
        ("h/t Claude", "h/t Claude Brune"),
        ("with copilot's help", "without copilot's help"),
        ("The tests are LLM-generated", "Images that are LLM-generated"),
        ("Sort imports (via Claude Code)", "Sort imports (via isort)"),
        ("Created by Jules.", "Created by Jules Verne."),
        ("Generated by Devin", "Generated by Devin Ax"),
        ("Made with Amp.", "Made with Amps."),
        ("Used ChatGPT to draft it", "We used ChatGPT until now"),
        ("Used cursor to write the loader", "Used cursor to fix the pagination leak"),
        ("The change was generated by Codex", "Back out the change generated by Codex"),
        ("Done with the help of Claude", "Reviewed with the help of Claude"),
        ("It is mostly AI-generated.", "PRs that are mostly AI-generated get a label"),
        ("Written with grok 4.", "Written with grok."),
        ("Implemented with cursor agent.", "Implemented with cursor."),
    ],
)
def test_what_asks_and_its_twin(hint: str, twin: str) -> None:
    tiers = {tier for _, tier in counted(f"Retry refunds\n\n{hint}")}
    assert Tier.INFERRED in tiers or hint.endswith("Codex")
    assert not counted(f"Retry refunds\n\n{twin}")


@pytest.mark.parametrize(
    "line",
    [
        "Assisted-by: Ai Tanaka",
        "Assisted-by: Open Code Foundation",
        "Built with Claude's API in mind",
        "Created with cursor: false",
        "Prepared by Claude (Dupont)",
        "This summary was generated by Copilot.",
        "- [x] AI assistance disclosed if applicable",
    ],
)
def test_what_only_sounds_like_a_tool_is_none(line: str) -> None:
    assert not counted(f"Retry refunds\n\n{line}")


@pytest.mark.parametrize(
    ("branch", "status"),
    [
        ("cursor/refunds-1a2b", AiStatus.ASSISTED),
        ("cursor/refunds", AiStatus.SUSPECTED),
        ("release-20261122103000123", AiStatus.ASSISTED),
        ("release-202611221030001", AiStatus.UNDECLARED),
    ],
)
def test_a_branch_proves_as_much_as_its_ending(branch: str, status: AiStatus) -> None:
    assert statuses(branch=branch) is status


@pytest.mark.parametrize(
    ("name", "address", "is_tool"),
    [
        ("claude-bot", "claude-bot@acme.io", True),
        ("claude-bot", "claudia@acme.io", False),
        ("Acme AI Agent", "ai-agent@acme.io", True),
        ("Acme Agent", "ai-agent@acme.io", False),
        ("Claude", "claude.ai@acme.io", True),
        ("Claude", "claude.ai@gmail.com", False),
    ],
)
def test_a_name_people_bear_counts_with_an_address_of_no_person(
    name: str, address: str, is_tool: bool
) -> None:
    assert bool(named(name, address, standard())) is is_tool
    somebody = is_person(Identity(name=name, email=address), standard())
    assert somebody or is_tool
