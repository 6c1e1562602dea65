"""What do the marks in a change come to, and what is said of them?"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.conventions import standard
from bot.domain.change import AiStatement, Change, Commit, Identity
from bot.domain.evidence.conventions import Role
from bot.domain.evidence.findings import Finding, Tier
from bot.domain.lines import READ_AT_MOST
from bot.domain.provenance import AiStatus, Provenance, because
from bot.domain.provenance import assess as assess_with

ADA = Identity(login="ada", email="ada@acme.example.org", name="Ada Byron", kind="User")
HUB = "users.noreply.github.com"
DEPENDABOT = Identity(name="dependabot[bot]", email=f"49699333+dependabot[bot]@{HUB}")
FORGE = Identity(name="GitHub", email="noreply@github.com")
PLAIN = Change(
    connection="hook",
    key="pay/1",
    repository="acme/pay",
    revision="a" * 40,
    environment="production",
    title="Retry refunds",
    author=ADA,
)
CLAUDE = "Co-Authored-By: Claude Opus 9 <noreply@anthropic.com>"


AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def assess(change: Change) -> Provenance:
    return assess_with(change, standard(), at=AT)


def commit(message: str = "Retry refunds", sha: str = "1a2b3c4d5e", **who: Identity) -> Commit:
    return Commit(
        sha=sha, message=message, author=who.get("author", ADA), committer=who.get("committer", ADA)
    )


def said(text: str) -> Provenance:
    return assess(replace(PLAIN, commits=(commit(text),)))


def by(name: str, email: str) -> Provenance:
    return assess(replace(PLAIN, commits=(commit(author=Identity(name=name, email=email)),)))


def on(branch: str) -> Provenance:
    return assess(replace(PLAIN, branch=branch))


def stated(**ai: object) -> Provenance:
    return assess(replace(PLAIN, ai=AiStatement(**ai)))  # type: ignore[arg-type]


def test_nothing_said_and_nothing_found_is_undeclared_and_not_human() -> None:
    provenance = assess(
        replace(PLAIN, branch="feature/refunds", description="As asked.", commits=(commit(),))
    )
    assert provenance == Provenance(status=AiStatus.UNDECLARED)
    assert because(provenance) == "nobody said whether AI helped, and nothing was found"


# What the payload says.


@pytest.mark.parametrize(
    ("ai", "status"),
    [
        ({"assisted": True}, AiStatus.ASSISTED),
        ({"assisted": False}, AiStatus.DECLARED_HUMAN),
        ({}, AiStatus.UNDECLARED),
        ({"tools": ("cursor",)}, AiStatus.ASSISTED),
        ({"tools": (" ",)}, AiStatus.UNDECLARED),
        ({"prompted_by": ADA}, AiStatus.ASSISTED),
        ({"rationale": "It chose back-off."}, AiStatus.ASSISTED),
        ({"assisted": False, "rationale": "By hand."}, AiStatus.DECLARED_HUMAN),
        ({"assisted": False, "tools": ("cursor",)}, AiStatus.CONTRADICTED),
        ({"assisted": False, "prompted_by": ADA}, AiStatus.CONTRADICTED),
    ],
)
def test_the_payload_says_yes_or_no_or_betrays_a_yes_in_its_details(
    ai: dict[str, object], status: AiStatus
) -> None:
    assert stated(**ai).status is status


def test_a_yes_in_the_payload_is_a_finding_that_shows_what_was_declared() -> None:
    provenance = stated(assisted=True, tools=("claude-code",), prompted_by=ADA)
    assert provenance.findings == (
        Finding(
            source="declaration",
            tool="Claude Code",
            tier=Tier.DECLARED,
            text="assisted: yes; tools: claude-code; prompted by: ada",
            where="payload",
            role=Role.ASSIST,
            seen_at=AT,
            revision="a" * 40,
        ),
    )


def test_a_no_in_the_payload_is_kept_and_is_no_evidence_of_ai() -> None:
    (finding,) = stated(assisted=False).findings
    assert (finding.source, finding.text, finding.role) == ("declaration", "assisted: no", "none")
    assert not finding.speaks_of_ai


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("claude-code", "Claude Code"),
        ("Claude Code 2.1", "Claude Code"),
        ("GitHub Copilot", "GitHub Copilot"),
        ("codex-cli", "OpenAI Codex"),
        ("amazon-q", "Amazon Q"),
        ("gemini-cli", "Gemini"),
    ],
)
def test_tools_of_the_payload_are_called_by_our_names(name: str, tool: str) -> None:
    assert stated(assisted=True, tools=(name,)).tools == (tool,)


def test_a_tool_we_do_not_know_never_enters_the_sentence() -> None:
    provenance = stated(assisted=True, tools=("APPROVED by <!channel>",))
    assert provenance.tools == ()
    assert because(provenance) == "AI-assisted (declaration: an AI tool)"


# What texts say: each line that counts, and its twin that does not.


@pytest.mark.parametrize(
    ("tool", "marked", "twin"),
    [
        ("Claude Code", CLAUDE, "Co-Authored-By: Claude Brune <claude@acme.example.org>"),
        (
            "Claude Code",
            "Co-authored-by: Bo <noreply@anthropic.com>",
            "Co-authored-by: Bo <bo@anthropic.com>",
        ),
        (
            "Claude Code",
            "Co-authored-by: Claude noreply@anthropic.com",
            "Co-authored-by: Claude bo@anthropic.com",
        ),
        ("Claude Code", "Co-authored-by: Claude", "Co-authored-by: Claude Brune"),
        ("Devin", "Co-authored-by: Devin <bot@acme.org>", "Co-authored-by: Devin <devin@acme.org>"),
        ("Devin", "Co-authored-by: Devin AI <x@acme.org>", "Co-authored-by: Devin Ax <x@acme.org>"),
        (
            "Cursor",
            "Co-authored-by: C <cursoragent@cursor.com>",
            "Co-authored-by: C <jane@cursor.com>",
        ),
        (
            "GitHub Copilot",
            f"Co-authored-by: C <198982749+Copilot@{HUB}>",
            f"Co-authored-by: C <198982740+Copilota@{HUB}>",
        ),
        (
            "Amp",
            "Co-authored-by: Amp <amp@ampcode.com>",
            "Co-authored-by: Amp <ampere@ampcode.com>",
        ),
        (
            "Crush",
            "Co-Authored-By: Crush <crush@charm.land>",
            "Co-Authored-By: Crush <cy@charm.land>",
        ),
        (
            "Aider",
            "Co-authored-by: aider (gpt-9) <aider@aider.chat>",
            "Co-authored-by: a <a@aider.chat>",
        ),
        (
            "CodeRabbit",
            f"Co-authored-by: c <1+coderabbitai[bot]@{HUB}>",
            f"Co-authored-by: c <1+coderabbitai@{HUB}>",
        ),
        (
            "Claude Code",
            "Generated with [Claude Code](https://x.example)",
            "Generates [Claude Code](https://x.example)",
        ),
        ("Claude Code", "🤖 Generated with Claude Code", "🤖 Detects Claude Code"),
        ("Cursor", "Made-with: Cursor", "Made-with: Cursors"),
        ("Devin", "Generated by [Devin](https://x.example)", "Generated by Devin Ax"),
        ("Claude Code", "Claude-Session: https://x.example/1", "Claude-Sessions are listed"),
        ("GitHub Copilot", "Agent-Logs-Url: https://x.example/1", "Agent-Logs-Url is read"),
        ("Amp", "Amp-Thread: T-1", "Amp-Thread"),
        ("Replit Agent", "Replit-Commit-Author: Agent", "Replit-Commit-Author: Deployment"),
        ("Lovable", "X-Lovable-Edit-ID: edt-1", "X-Lovable-Edit-ID: none"),
        ("", "AI-Assisted: yes", "AI-Assisted: yes|no"),
        ("", "- [x] This change was AI-assisted", "- [ ] This change was AI-assisted"),
        ("Claude Code", "Assisted-by: Claude:claude-opus-9", "Assisted-by: Claude Brune"),
        ("Cursor", "Assisted-by: Cursor", "Assisted-by: Ada Byron"),
        ("", "Assisted-by: generic LLM chatbot", "Assisted-by: AGENT_NAME:MODEL_VERSION"),
        ("", "Generated-by: AI", "Generated-by: protoc-gen-ai"),
        (
            "Claude Code",
            "Assisted-by: C <noreply@anthropic.com>",
            "Assisted-by: Bo <bo@anthropic.com>",
        ),
        ("OpenAI Codex", "AI-Tool: Codex", "AI-Tool: n/a, not Codex"),
        ("Claude Code", "see https://claude.ai/code/session_01", "see https://claude.ai/code"),
        ("Devin", f"https://app.devin.ai/sessions/{'a1' * 8}", "https://app.devin.ai/sessions/a1"),
        ("Google Jules", "https://jules.google.com/task/123", "https://jules.google.com/task"),
    ],
)
def test_a_line_declares_a_tool_and_its_twin_does_not(tool: str, marked: str, twin: str) -> None:
    provenance = said(f"Retry refunds\n\n{marked}\n\nMore.")
    assert provenance.status is AiStatus.ASSISTED
    assert next((f.tool, f.text, f.where, f.tier) for f in provenance.findings) == (
        tool,
        marked,
        "commit 1a2b3c4",
        Tier.DECLARED,
    )
    assert said(f"Retry refunds\n\n{twin}\n\nMore.").status is AiStatus.UNDECLARED


@pytest.mark.parametrize(
    "disguise",
    [
        CLAUDE.upper(),
        f"x\r\n{CLAUDE}\r\ny",
        f"x\r{CLAUDE}\ry",
        f"x\\n\\n{CLAUDE}\\ny",
        CLAUDE.replace("Authored", "Auth\u200bored"),
        CLAUDE.replace("Authored", "Auth\u0301ored"),
        "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in CLAUDE),
        f"* {CLAUDE}",
        f"  {CLAUDE}",
        f"```\nopened and never closed\n{CLAUDE}",
        f"<!-- opened and never closed\n{CLAUDE}",
        f"```\nclosed\n```\n{CLAUDE}",
    ],
)
def test_a_disguised_trailer_still_counts(disguise: str) -> None:
    assert said(disguise).tools == ("Claude Code",)


@pytest.mark.parametrize(
    "quotation",
    [
        f"> {CLAUDE}",
        f"```\n{CLAUDE}\n```",
        f"~~~text\n{CLAUDE}\n~~~",
        f"````\n```\n{CLAUDE}\n````",
        f"<!-- fill in:\n{CLAUDE}\n-->",
        f"    {CLAUDE}",
        f"\t{CLAUDE}",
    ],
)
def test_a_quoted_trailer_does_not_count(quotation: str) -> None:
    assert said(f"Explain the trailers\n\n{quotation}\n\nDone.").status is AiStatus.UNDECLARED


@pytest.mark.parametrize("field", ["title", "description"])
def test_title_and_description_are_read_too(field: str) -> None:
    (finding,) = assess(replace(PLAIN, **{field: "Made with Cursor"})).findings
    assert (finding.tool, finding.where) == ("Cursor", field)


@pytest.mark.parametrize(
    ("prose", "twin"),
    [
        ("I used Copilot for the tests.", "I tested Copilot."),
        ("The retries, written by Claude.", "The retries, written by Clara."),
        ("Mostly vibe-coded.", "Mostly hand-coded."),
        ("Using Cursor here.", "Not using Cursor here."),
    ],
)
def test_prose_is_only_a_reason_to_ask(prose: str, twin: str) -> None:
    provenance = said(prose)
    assert provenance.status is AiStatus.SUSPECTED
    assert {finding.tier for finding in provenance.findings} == {Tier.INFERRED}
    assert because(provenance) == "may be AI-assisted (prose: an AI tool)"
    assert said(twin).status is AiStatus.UNDECLARED


def test_the_text_of_a_finding_is_the_exact_line_cut_to_200_characters() -> None:
    (finding,) = said(f"x\n  Generated with Claude Code {'é' * 300}  ").findings
    assert finding.text == f"Generated with Claude Code {'é' * 300}"[:200]


def test_a_no_does_not_hide_the_admission_behind_it() -> None:
    provenance = said("x\n\nAI-Assisted: no, only used Copilot a little")
    assert (provenance.status, provenance.tools) == (AiStatus.SUSPECTED, ("GitHub Copilot",))
    assert said("AI-Assisted: no, only a little").status is AiStatus.UNDECLARED
    assert because(said("AI-Assisted: no\nUsed Copilot a little")) == (
        "the author states that no AI was used, though there are hints (prose: an AI tool)"
    )
    assert because(said("AI-Assisted: no")) == "the author states that no AI was used"


@pytest.mark.parametrize(
    ("no", "twin", "status"),
    [
        (
            "AI disclosure: no.",
            "AI disclosure: no line is by hand; Claude Code wrote it all",
            AiStatus.SUSPECTED,
        ),
        ("AI usage: No", "AI usage: No, except Copilot autocomplete", AiStatus.SUSPECTED),
        ("AI usage: none", "AI usage: none yet decided", AiStatus.UNDECLARED),
        ("AI-Assisted: no", "AI-Assisted: no (only tests by Claude)", AiStatus.SUSPECTED),
        ("AI usage: no AI was used!", "AI usage: no AI was used at first", AiStatus.UNDECLARED),
        (
            "## AI disclosure\n\nNo.",
            "## AI disclosure\n\nNo human wrote this; Devin did.",
            AiStatus.SUSPECTED,
        ),
        ("- [x] No AI was used", "- [x] No AI was used except Codex", AiStatus.SUSPECTED),
        ("- [x] Not AI-generated", "- [x] No AI-generated file is unread", AiStatus.UNDECLARED),
        ("- [x] No AI used", "- [x] No AI keys are committed", AiStatus.UNDECLARED),
        ("- [x] Not AI assisted", "- [x] Not AI related", AiStatus.UNDECLARED),
        ("- [x] No AI was used", "- [x] No AI was used\n- [x] Codex", AiStatus.SUSPECTED),
        ("## Was AI used?\n\n- [x] No", "## Was AI used?\n\n- [x] No idea", AiStatus.UNDECLARED),
    ],
)
def test_a_no_ends_its_line_and_stands_beside_no_tool(no: str, twin: str, status: AiStatus) -> None:
    assert assess(replace(PLAIN, description=no)).status is AiStatus.DECLARED_HUMAN
    assert assess(replace(PLAIN, description=twin)).status is status


@pytest.mark.parametrize(
    ("mark", "tool"),
    [
        (CLAUDE, "Claude Code"),
        ("Generated with [Claude Code](https://x.example)", "Claude Code"),
        ("Assisted-by: Codex", "OpenAI Codex"),
    ],
)
def test_the_messages_of_a_squash_speak_though_they_are_indented(mark: str, tool: str) -> None:
    commits = f"commit {'a' * 40}\nAuthor: Ada\n\n    Retry refunds\n\n    {mark}\n"
    assert said(f"Squashed commit of the following:\n\n{commits}").tools == (tool,)
    assert said(f"Retry\n\nSquashed commit of the following:\n\n{commits}").tools == (tool,)
    assert said(f"This reverts:\nSquashed commit of the following:\n\n{commits}").tools == ()
    assert said(f"A list of the following:\n\n{commits}").tools == ()


def test_the_same_line_twice_in_one_place_is_one_finding_and_in_two_places_two() -> None:
    twice = commit(f"{CLAUDE}\n{CLAUDE}")
    assert len(assess(replace(PLAIN, commits=(twice,))).findings) == 1
    assert len(assess(replace(PLAIN, commits=(twice, replace(twice, sha="9" * 40)))).findings) == 2


# Who made it.


@pytest.mark.parametrize(
    ("name", "email", "status"),
    [
        ("Cursor Agent", "cursoragent@cursor.com", AiStatus.ASSISTED),
        ("Ada", "ada@cursor.com", AiStatus.UNDECLARED),
        ("Ada (aider)", "ada@acme.org", AiStatus.ASSISTED),
        ("Ada (agent)", "ada@acme.org", AiStatus.ASSISTED),
        ("Ada (agency)", "ada@acme.org", AiStatus.UNDECLARED),
        ("Claude", "no-reply@acme.org", AiStatus.ASSISTED),
        ("Claude", "claude@acme.org", AiStatus.UNDECLARED),
        ("Claude", f"123+claude@{HUB}", AiStatus.UNDECLARED),
        ("Jules", "", AiStatus.ASSISTED),
        ("Jules", "jules@acme.org", AiStatus.UNDECLARED),
        ("Ada", "ada+ai@acme.org", AiStatus.SUSPECTED),
        ("Ada", "ada+mail@acme.org", AiStatus.UNDECLARED),
    ],
)
def test_a_commit_author_is_a_tool_by_the_whole_address_or_an_unmistakable_name(
    name: str, email: str, status: AiStatus
) -> None:
    assert by(name, email).status is status


def test_a_bare_name_behind_a_persons_login_is_a_person() -> None:
    claude = Identity(name="Claude", login="cbrune")
    assert assess(replace(PLAIN, author=claude)).status is AiStatus.UNDECLARED
    assert assess(replace(PLAIN, author=replace(claude, login=""))).status is AiStatus.ASSISTED


def test_aider_as_committer_ran_the_commit_and_is_only_a_reason_to_ask() -> None:
    aider = Identity(name="Ada (aider)", email="ada@acme.org")
    assert assess(replace(PLAIN, commits=(commit(committer=aider),))).status is AiStatus.SUSPECTED
    assert assess(replace(PLAIN, commits=(commit(author=aider),))).status is AiStatus.ASSISTED


@pytest.mark.parametrize(
    ("login", "kind", "tier"),
    [
        ("Copilot", "Bot", Tier.SIGNED),
        ("devin-ai-integration[bot]", "Bot", Tier.SIGNED),
        ("devin-ai-integration[bot]", "", Tier.DECLARED),
        ("devin-ai-integration", "", None),
        ("claude", "User", None),
        ("acme-deployer[bot]", "Bot", None),
    ],
)
@pytest.mark.parametrize("part", ["author", "triggered_by"])
def test_an_actor_is_signed_only_if_the_platform_says_it_is_a_bot(
    part: str, login: str, kind: str, tier: Tier | None
) -> None:
    provenance = assess(replace(PLAIN, **{part: Identity(login=login, kind=kind)}))
    assert [finding.tier for finding in provenance.findings] == ([tier] if tier else [])
    assert provenance.status is (AiStatus.ASSISTED if tier else AiStatus.UNDECLARED)


def test_a_commit_cannot_sign_for_itself() -> None:
    agent = Identity(login="cursor[bot]", kind="Bot")
    (finding,) = assess(replace(PLAIN, commits=(commit(author=agent),))).findings
    assert finding.tier is Tier.DECLARED


def test_an_accepted_suggestion_of_a_reviewer_is_help_with_the_role_of_a_review() -> None:
    provenance = said(f"x\n\nCo-authored-by: cr <136622811+coderabbitai[bot]@{HUB}>")
    assert (provenance.status, provenance.findings[0].role) == (AiStatus.ASSISTED, Role.REVIEW)


@pytest.mark.parametrize(
    ("branch", "twin", "tool"),
    [
        ("claude/refunds", "claude-refunds", "Claude Code"),
        ("refs/heads/codex/refunds", "feature/codex/refunds", "OpenAI Codex"),
        ("copilot/fix-1", "copilot/", "GitHub Copilot"),
        ("cursor/refunds-1a2b", "cursors/refunds", "Cursor"),
        ("devin/1712345678-refunds", "devin", "Devin"),
        ("jules-1234567890123", "jules-1234", "Google Jules"),
        ("fix-1234567890123456789", "fix-12345678901234", "Google Jules"),
        ("Q-DEV-issue-7-1700000000", "DEV-issue-7", "Amazon Q"),
    ],
)
def test_a_branch_names_a_tool_by_its_whole_prefix(branch: str, twin: str, tool: str) -> None:
    assert (on(branch).status, on(branch).tools) == (AiStatus.ASSISTED, (tool,))
    assert on(twin).status is AiStatus.UNDECLARED


def test_a_branch_prefix_that_people_use_too_is_only_a_reason_to_ask() -> None:
    assert on("agent/refunds").status is AiStatus.SUSPECTED


# What a no comes to.


def test_no_against_evidence_is_contradicted_and_against_a_hint_it_stands() -> None:
    no = replace(PLAIN, ai=AiStatement(assisted=False))
    cursor = "Co-authored-by: Cursor <cursoragent@cursor.com>"
    contradicted = assess(replace(no, commits=(commit(cursor),)))
    assert contradicted.status is AiStatus.CONTRADICTED
    assert because(contradicted) == "the author says no AI, but a co-author trailer names Cursor"
    hinted = assess(replace(no, commits=(commit("used Cursor"),)))
    assert (hinted.status, len(hinted.findings)) == (AiStatus.DECLARED_HUMAN, 2)
    assert because(assess(no)) == "the author states that no AI was used"


@pytest.mark.parametrize(
    ("line", "twin"),
    [
        ("AI-Assisted: no", "AI-Assisted: no|yes"),
        ("AI-Assisted: none.", "AI-Assisted: n/a"),
        (
            "- [x] This contribution was NOT assisted or created by Generative AI tools.",
            "- [ ] This was NOT assisted",
        ),
        ("No AI used.", "No AI used it before us."),
    ],
)
def test_a_no_in_the_text_counts_as_one_in_the_payload(line: str, twin: str) -> None:
    assert assess(replace(PLAIN, description=line)).status is AiStatus.DECLARED_HUMAN
    assert assess(replace(PLAIN, description=f"{line}\n{CLAUDE}")).status is AiStatus.CONTRADICTED
    assert assess(replace(PLAIN, description=twin)).status is AiStatus.UNDECLARED


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("AI-Assisted: no", "AI-Assisted: no", AiStatus.DECLARED_HUMAN),
        ("AI-Assisted: no", "silent", AiStatus.UNDECLARED),
        ("AI-Assisted: no", CLAUDE, AiStatus.ASSISTED),
        (f"AI-Assisted: no\n{CLAUDE}", "silent", AiStatus.CONTRADICTED),
    ],
)
def test_a_commit_answers_for_itself_alone(first: str, second: str, status: AiStatus) -> None:
    change = replace(PLAIN, commits=(commit(first), commit(second, sha="9" * 40)))
    assert assess(change).status is status


# Bots that are not AI.

BY_ADA = "Co-authored-by: Ada <ada@acme.example.org>"
BY_BOT = "Signed-off-by: dependabot[bot] <support@github.com>"

BY_APP = replace(DEPENDABOT, login="dependabot[bot]", kind="Bot")
BUMP = replace(
    PLAIN,
    author=Identity(login="dependabot[bot]", kind="Bot"),
    description="Release notes\n\nMade with Cursor\nWe used Copilot.",
    commits=(
        commit("Bump left-pad\n\nGenerated with Claude Code", author=BY_APP, committer=FORGE),
    ),
)


def test_a_bot_that_is_not_ai_is_an_automation_whatever_its_release_notes_quote() -> None:
    provenance = assess(BUMP)
    assert (provenance.status, provenance.tools) == (AiStatus.AUTOMATION, ())
    assert because(provenance) == "an automation (dependabot), not AI"
    assert assess(replace(BUMP, commits=())).status is AiStatus.AUTOMATION


@pytest.mark.parametrize(
    ("twin", "status"),
    [
        (replace(BUMP, author=Identity(login="dependabot[bot]", kind="User")), AiStatus.ASSISTED),
        (replace(BUMP, author=ADA, description=""), AiStatus.ASSISTED),
        (replace(BUMP, commits=(*BUMP.commits, commit())), AiStatus.UNDECLARED),
        (replace(BUMP, commits=(replace(BUMP.commits[0], committer=ADA),)), AiStatus.UNDECLARED),
        (replace(BUMP, commits=(replace(BUMP.commits[0], message=CLAUDE),)), AiStatus.ASSISTED),
        (replace(BUMP, triggered_by=Identity(login="claude[bot]", kind="Bot")), AiStatus.ASSISTED),
        (replace(BUMP, branch="codex/bump"), AiStatus.ASSISTED),
        (replace(BUMP, commits_complete=False), AiStatus.UNDECLARED),
        (
            replace(BUMP, author=Identity(login="dependabot[bot]"), description=""),
            AiStatus.ASSISTED,
        ),
        (replace(BUMP, author=replace(DEPENDABOT, login=""), description=""), AiStatus.ASSISTED),
        (replace(BUMP, triggered_by=ADA), AiStatus.UNDECLARED),
        (
            replace(BUMP, triggered_by=Identity(login="mergify[bot]", kind="Bot")),
            AiStatus.AUTOMATION,
        ),
        (
            replace(BUMP, commits=(replace(BUMP.commits[0], message=f"x\n\n{BY_ADA}"),)),
            AiStatus.UNDECLARED,
        ),
        (
            replace(BUMP, commits=(replace(BUMP.commits[0], message=f"x\n\n{BY_BOT}"),)),
            AiStatus.AUTOMATION,
        ),
        (
            replace(BUMP, commits=(replace(BUMP.commits[0], author=DEPENDABOT),)),
            AiStatus.UNDECLARED,
        ),
        (
            replace(BUMP, author=Identity(login="github-actions[bot]", kind="Bot")),
            AiStatus.ASSISTED,
        ),
    ],
)
def test_it_is_no_automation_once_a_person_or_a_tool_had_a_part(
    twin: Change, status: AiStatus
) -> None:
    assert assess(twin).status is status


def test_a_person_whose_login_is_the_name_of_a_bot_is_no_automation() -> None:
    impostor = Identity(login="ada", email=DEPENDABOT.email, name=DEPENDABOT.name)
    assert assess(replace(PLAIN, author=impostor)).status is AiStatus.UNDECLARED
    assert assess(replace(PLAIN, author=replace(impostor, login=""))).status is AiStatus.UNDECLARED
    bot = Identity(login=DEPENDABOT.name, email=DEPENDABOT.email, kind="Bot")
    assert assess(replace(PLAIN, author=bot)).status is AiStatus.AUTOMATION


# What we cannot read.


@pytest.mark.parametrize(
    "change",
    [PLAIN, replace(PLAIN, ai=AiStatement(assisted=False)), BUMP],
    ids=["undeclared", "declared human", "automation"],
)
def test_a_text_too_long_to_be_read_is_a_reason_to_ask(change: Change) -> None:
    fits = replace(change, title="x" * 9, description="x" * (READ_AT_MOST - 9), commits=())
    assert assess(fits).status is assess(replace(change, commits=())).status
    provenance = assess(replace(fits, title="x" * 10))
    assert provenance.status is AiStatus.SUSPECTED
    assert because(provenance) == "may be AI-assisted (unread text)"


def test_a_text_too_long_to_be_read_takes_no_evidence_away() -> None:
    long = replace(PLAIN, title=CLAUDE, description="x" * READ_AT_MOST)
    assert assess(long).status is AiStatus.ASSISTED


# The sentence.


def test_the_sentence_names_the_strongest_evidence_first_and_no_more_than_three() -> None:
    change = replace(
        PLAIN,
        branch="codex/x",
        ai=AiStatement(assisted=True),
        description="Made with Cursor",
        commits=(commit(CLAUDE),),
        triggered_by=Identity(login="devin-ai-integration[bot]", kind="Bot"),
    )
    assert because(assess(change)) == (
        "AI-assisted (trigger: Devin, declaration: an AI tool, branch: OpenAI Codex and 2 more)"
    )


def test_one_trailer_reads_as_in_the_contract() -> None:
    assert because(said(CLAUDE)) == "AI-assisted (co-author trailer: Claude Code)"


@given(st.sampled_from(AiStatus), st.text(), st.sampled_from(Role))
@settings(deadline=None)
def test_no_word_from_outside_enters_the_sentence_even_if_a_finding_carries_it(
    status: AiStatus, word: str, role: Role
) -> None:
    evil = f"<!here>{word}"
    finding = Finding(source=evil, tool=evil, tier=Tier.DECLARED, text=evil, where=evil, role=role)
    assert "<!here>" not in because(Provenance(status=status, findings=(finding,)))


# Laws.

WORDS = st.sampled_from(
    [
        "\n",
        "\\n",
        "\r\n",
        "```\n",
        "> ",
        "<!--",
        "-->",
        "AI-Assisted: no",
        "AI-Assisted: yes",
        CLAUDE,
        "Claude",
        "<",
        "@",
    ]
)
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=20)), max_size=12).map("".join)
IDENTITIES = st.builds(
    Identity,
    login=st.one_of(
        st.sampled_from(["ada", "claude[bot]", "dependabot[bot]"]), st.text(max_size=8)
    ),
    email=st.one_of(
        st.sampled_from(["noreply@anthropic.com", DEPENDABOT.email]), st.text(max_size=8)
    ),
    name=TEXTS,
    kind=st.sampled_from(["", "User", "Bot"]),
)
CHANGES = st.builds(
    replace,
    st.just(PLAIN),
    title=TEXTS,
    description=TEXTS,
    branch=TEXTS,
    author=IDENTITIES,
    triggered_by=st.none() | IDENTITIES,
    commits=st.lists(
        st.builds(
            Commit, sha=st.text(max_size=9), message=TEXTS, author=IDENTITIES, committer=IDENTITIES
        ),
        max_size=3,
    ).map(tuple),
    ai=st.none()
    | st.builds(
        AiStatement,
        assisted=st.none() | st.booleans(),
        tools=st.lists(TEXTS, max_size=2).map(tuple),
        prompted_by=st.none() | IDENTITIES,
        rationale=TEXTS,
    ),
)


@given(CHANGES)
@settings(deadline=None)
def test_any_change_can_be_assessed_and_spoken_of(change: Change) -> None:
    provenance = assess(change)
    assert because(provenance)
    assert all(len(finding.text) <= 200 for finding in provenance.findings)
    assert {f.tool for f in provenance.findings if f.tool} <= standard().tools
    keys = [(f.source, f.tool, f.text, f.where) for f in provenance.findings]
    assert len(keys) == len(set(keys))


@given(CHANGES)
@settings(deadline=None)
def test_a_trailer_more_never_weakens_the_status(change: Change) -> None:
    marked = assess(replace(change, commits=(*change.commits, commit(CLAUDE, sha="f" * 40))))
    assert marked.status in (AiStatus.ASSISTED, AiStatus.CONTRADICTED)
    assert set(assess(change).findings) <= set(marked.findings)


@given(CHANGES)
@settings(deadline=None)
def test_with_evidence_it_is_never_undeclared_or_human(change: Change) -> None:
    provenance = assess(change)
    if any(finding.speaks_of_ai for finding in provenance.findings):
        assert provenance.status in (AiStatus.ASSISTED, AiStatus.CONTRADICTED, AiStatus.SUSPECTED)
    else:
        assert provenance.status in (
            AiStatus.UNDECLARED,
            AiStatus.DECLARED_HUMAN,
            AiStatus.AUTOMATION,
        )


@pytest.mark.parametrize(
    "piece",
    [
        "a", " ", "\n", "-", "1", "-1", "[", "<", "@", "\\n", "> ", "```\n", "<!--\n", "~~~\n", "+ai", "(ai ",
        "claude ", "co-authored-by: ", "generated with ", "used ", "assisted-by: a@", "ai-", "\u0301\u0316", "\u0f73",
        "\u200b", "\ufdfa", "https://app.devin.ai/sessions/", "used the ", "[x] this ", "made-with: ",
    ],
)  # fmt: skip
def test_a_hostile_text_of_200_kb_is_read_quickly_everywhere(piece: str) -> None:
    text = piece * (200_000 // len(piece.encode()))
    who = Identity(login=text, email=text, name=text)
    change = replace(
        PLAIN,
        branch=text,
        description=text,
        author=who,
        commits=(
            commit(text, author=who),
            commit(f"Co-authored-by: {text}"),
            commit(f"Assisted-by: {text}"),
        ),
        ai=AiStatement(tools=(text,)),
    )
    begun = time.process_time()
    because(assess(change))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("said_so", "twin"),
    [
        ("Co-authored-by: Claude 4.5 (max)", "Co-authored-by: Claudius 4.5"),
        ("Co-authored-by: GPT-5.1-codex-max", "Co-authored-by: GTP-5.1-code-max"),
        ("Co\u2010Authored\u2011By: Claude Code", "Co\u2014Authored\u2014By: Claude Code"),
    ],
)
def test_the_linear_patterns_say_the_same(said_so: str, twin: str) -> None:
    assert said(said_so).status is AiStatus.ASSISTED
    assert said(twin).status is AiStatus.UNDECLARED


def test_a_no_may_end_in_a_stop_and_spaces() -> None:
    for line, status in (
        ("No AI used . ", AiStatus.DECLARED_HUMAN),
        ("No AI used .. ", AiStatus.UNDECLARED),
    ):
        assert assess(replace(PLAIN, description=line)).status is status
