"""By which marks do the common AI tools, and the bots that are not AI, make themselves known?

Plain data. Every pattern is matched on one folded line (NFKC, lower case, no invisible characters),
holds no nested quantifier, and takes time linear in the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What part a finding gives to the tool. `none` is a "no"; `automation` a bot that is not AI."""

    AUTHOR = "author"
    ASSIST = "assist"
    REVIEW = "review"
    NONE = "none"
    AUTOMATION = "automation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """One mark of one tool. `tool` empty: AI, and the mark does not say which.

    `weak_committer`: as a committer it only ran the commit, which is a reason to ask and no more.
    """

    tool: str
    pattern: re.Pattern[str]
    role: Role = Role.AUTHOR
    weak_committer: bool = False


def _c(tool: str, pattern: str, role: Role = Role.AUTHOR) -> Convention:
    return Convention(tool=tool, pattern=re.compile(pattern), role=role)


def _mail(tool: str, bots: str, others: str = "", role: Role = Role.AUTHOR) -> Convention:
    """The addresses of GitHub apps (the number in front is often invented), and other whole ones."""
    app = rf"(?:\d+\+)?(?:{bots})\[bot\]@users\.noreply\.github\.com"
    return _c(tool, f"(?:{others}|{app})" if others else app, role)


_HUB = r"@users\.noreply\.github\.com"

# Whole addresses only: a vendor's domain is full of the people who work there.
ADDRESSES: tuple[Convention, ...] = (
    _mail(
        "Claude Code",
        r"claude|anthropic-claude|claude-code-action|anthropic-code-agent",
        rf"(?:noreply|claude)@anthropic\.com|242468646\+claude{_HUB}",
    ),
    _mail(
        "GitHub Copilot",
        r"copilot-swe-agent|copilot",
        rf"(?:198982749|223556219)\+copilot{_HUB}|copilot@github\.com",
    ),
    _c("GitHub Copilot", rf"175728472\+copilot{_HUB}", Role.REVIEW),
    _mail("Cursor", r"cursor|cursoragent", r"cursoragent@cursor\.com"),
    _mail(
        "OpenAI Codex",
        r"chatgpt-codex-connector|openai-codex|openai-code-agent|codex",
        rf"(?:noreply|codex)@openai\.com|(?:242516109|267193182)\+codex{_HUB}",
    ),
    _mail("Devin", r"devin-ai-integration", r"(?:devin|apk)@cognition\.ai"),
    _mail("Google Jules", r"google-labs-jules|jules-fleet"),
    _mail("Gemini", r"gemini-code-assist|gemini-cli", role=Role.REVIEW),
    _mail("Amazon Q", r"amazon-q-developer"),
    _mail("Kiro", r"kiro-agent", rf"(?:\d+\+)?kiro-agent{_HUB}"),
    _c("Aider", r"(?:aider|noreply)@aider\.(?:chat|dev)"),
    _mail("OpenHands", r"openhands-ai", r"(?:openhands|opendevin)@all-hands\.dev"),
    _c("Amp", r"amp@ampcode\.com"),
    _c("Crush", r"crush@charm\.land"),
    _mail("opencode", r"opencode-agent", r"noreply@opencode\.ai"),
    _mail("Warp", r"oz-for-oss|oz-for-x", r"(?:oz-agent|agent)@warp\.dev"),
    _mail("Roo Code", r"roomote|roomote-v0", r"roomote@roocode\.com"),
    _mail("Factory Droid", r"factory-droid", r"droid@factory\.ai"),
    _mail("Junie", r"jetbrains-junie|jetbrains-ai", r"junie@jetbrains\.com"),
    _mail("Replit Agent", r"replit-agent", r"agent@replit\.com"),
    _mail("Lovable", r"gpt-engineer-app|lovable-dev"),
    _mail("Windsurf", r"windsurf-bot", role=Role.REVIEW),
    _mail("Continue", r"continue|continue-staging", r"(?:agent|noreply)@continue\.dev"),
    _mail("Cline", r"cline|cline-cloud", r"noreply@cline\.bot"),
    _mail("Sweep", r"sweep-(?:ai|nightly|canary)(?:-deprecated)?"),
    _mail("v0", r"v0", r"it\+v0agent@vercel\.com"),
    _mail("Augment", r"augmentcode|augment-app[a-z0-9-]*"),
    _mail("mux", r"mux-bot", r"mux-(?:bot|agent)@coder\.com"),
    _c("Letta Code", r"noreply@letta\.com|agent-[0-9a-z-]{20,}@letta\.com|agents\+\w+@letta\.com"),
    _c("Mistral Vibe", r"vibe@mistral\.ai"),
    _c("Qwen Code", r"qwen-coder@alibabacloud\.com"),
    _c("Firebender", r"help@firebender\.com"),
    _mail("CodeRabbit", r"coderabbitai", role=Role.REVIEW),
    _mail("Ellipsis", r"ellipsis-dev", role=Role.REVIEW),
    _mail("Greptile", r"greptile-apps", role=Role.REVIEW),
    _mail("cubic", r"cubic-dev-ai", role=Role.REVIEW),
    _mail(
        "Qodo",
        r"qodo-merge(?:-pro)?(?:-for-open-source)?|qodo-code-review|codiumai-pr-agent(?:-pro|-free)?",
        role=Role.REVIEW,
    ),
    _mail("codeflash", r"codeflash-ai", role=Role.REVIEW),
    _mail("Kilo Code", r"kilo-code-bot|kiloconnect"),
)
LIKELY_ADDRESSES = (
    _c("", r"[^@+]+\+(?:ai|claude|copilot|cursor|codex|devin|agent)@(?!users\.noreply\.)[^@]+"),
)

_MODELS = r"(?:opus|sonnet|haiku|fable)"
# Names nobody bears: they count whatever the address.
NAMES: tuple[Convention, ...] = (
    _c(
        "Claude Code",
        rf"claude(?: code(?:[ (][ \w.()-]*)?| ?{_MODELS}[ \w.()-]*| [\d.][ \w.()-]*)",
    ),
    _c("Claude Code", r".+ (?:\+ claude|\(via claude\))"),
    _c("GitHub Copilot", r"(?:github )?copilot(?: app| cli)?|copilot-swe-agent(?:\[bot\])?"),
    _c("GitHub Copilot", r"copilot autofix powered by ai", Role.REVIEW),
    _c("Cursor", r"cursor ?agent"),
    _c("OpenAI Codex", r"openai codex|codex (?:agent|cli)|gpt-(?=[\w.]*-?codex)[\w.-]+"),
    _c("Devin", r"devin ai"),
    _c("OpenHands", r"openhands(?:-[\w.-]+)?"),
    _c("Gemini", r"gemini (?:cli|code assist)"),
    _c("Roo Code", r"roo code|roomote"),
    _c("opencode", r"opencode"),
    _c("Warp", r"oz agent|warp agent"),
    _c("Crush", r"charm crush"),
    _c("Factory Droid", r"factory[ -]droid"),
    _c("Letta Code", r"letta code"),
    _c("Mistral Vibe", r"mistral vibe"),
    Convention(tool="Aider", pattern=re.compile(r".+ \(aider\)|aider"), weak_committer=True),
    _c("", r".+ \((?:ai )?agent\)"),
)
# Names that people bear too: they count only with an address that cannot be a person's.
HUMAN_NAMES: tuple[Convention, ...] = (
    _c("Claude Code", r"claude"),
    _c("Cursor", r"cursor"),
    _c("OpenAI Codex", r"codex"),
    _c("Devin", r"devin"),
    _c("Google Jules", r"(?:google )?jules"),
    _c("Gemini", r"gemini"),
    _c("Kiro", r"kiro(?: agent)?"),
    _c("Amp", r"amp"),
    _c("Crush", r"crush"),
    _c("Warp", r"oz|warp"),
    _c("Factory Droid", r"droid"),
    _c("Junie", r"junie"),
)
ROLE_ADDRESS = re.compile(
    r"|(?:no-?reply|bot|agent|ai)@[^@]*|[^@]*\[bot\]@[^@]*|[^@]*@(?:[^@]*\.)?example(?:\.[^@.]*)?|[^@]*@localhost"
)

# A "yes|no" that nobody filled in says neither.
_ALONE = r"(?!\w)(?!\s*(?:[|/]|or\b))"
TRAILERS: tuple[Convention, ...] = (
    _c("Claude Code", r"^claude-(?:session|generated-by|steers|escapes|permission-prompts)\s*:\s*\S"),
    _c("GitHub Copilot", r"^(?:agent-logs-url|copilot-session)\s*:\s*\S"),
    _c("Amp", r"^amp-thread(?:-id)?\s*:\s*\S"),
    _c("Replit Agent", r"^replit-commit-author\s*:\s*(?:agent|assistant)\s*$"),
    _c("Lovable", r"^x-lovable-edit-id\s*:\s*edt-"),
    _c("Augment", r"^(?:agent-id\s*:\s*agent-[0-9a-f-]{30,}|linked-note-id\s*:)"),
    _c("Entire", r"^entire-(?:checkpoint|session|agent|strategy|metadata|attribution)\s*:"),
    _c("Gas Town", r"^executed-by\s*:\s*\S+/(?:crew|polecats|refinery)"),
    _c("", r"^ai-(?:session|model)\s*:\s*\S"),
    _c("", rf"^ai-assisted\s*:\s*(?:yes|true|y|partial|full){_ALONE}", Role.ASSIST),
    _c("", r"^\[x\] (?:this (?:contribution|change|pr|commit) (?:was|is) )?"
           r"(?:part(?:ly|ially) |fully )?(?:ai[- ]assisted|assisted or created by generative ai"
           r"|(?:generated|written|created) (?:by|with) ai)\b", Role.ASSIST),
    _c("Warp", r"^\[x\] warp agent mode\b"),
)  # fmt: skip
DENIALS: tuple[Convention, ...] = (
    _c("", rf"^ai-assisted\s*:\s*(?:no|none|false|n){_ALONE}", Role.NONE),
    _c("", r"^\[x\] (?:this (?:contribution|change|pr|commit) (?:was|is) )?(?:not|no) (?:ai|assisted)\b", Role.NONE),
    _c("", r"^(?:no ai (?:was )?used|no usage of ai)\s*(?:[.!]\s*)?$", Role.NONE),
)  # fmt: skip

_MADE = r"^[^a-z0-9]{0,12}(?:generated|created|made|authored)[ -](?:with|by|via|using):? (?:the help of )?(?:an? )?\[?`?"
FOOTERS: tuple[Convention, ...] = (
    _c("Claude Code", rf"{_MADE}claude(?: code\b| cli\b| {_MODELS}\b|\s*(?:$|[^\w\s]))"),
    _c("Cursor", rf"{_MADE}cursor\s*(?:$|[^\w\s])"),
    _c("Crush", rf"{_MADE}crush\s*(?:$|[^\w\s])"),
    _c("Devin", rf"{_MADE}devin(?: ai\b|\s*(?:$|[^\w\s]))"),
    _c("OpenAI Codex", rf"{_MADE}(?:openai )?codex(?: cli\b|\s*(?:$|[^\w\s]))"),
    _c("Amp", rf"{_MADE}amp\s*(?:$|[^\w\s])"),
    _c("GitHub Copilot", rf"{_MADE}(?:github )?copilot\s*(?:$|[^\w\s])"),
    _c("Gemini", rf"{_MADE}gemini(?: cli\b|\s*(?:$|[^\w\s]))"),
    _c("opencode", rf"{_MADE}opencode\b"),
    _c("Factory Droid", rf"{_MADE}(?:factory )?droid\s*(?:$|[^\w\s])"),
    _c("Letta Code", rf"{_MADE}letta code\b"),
    _c("Continue", rf"{_MADE}continue\s*(?:$|[^\w\s])"),
    _c("mux", rf"{_MADE}c?mux\b|<!-- mux-attribution: model="),
    _c("Mistral Vibe", rf"{_MADE}mistral vibe\b"),
    _c("Firebender", rf"{_MADE}firebender\b"),
    _c("Augment", r"^\W{0,6}pull request opened by \[augment code\]"),
    _c("Amazon Q", r"^\W{0,12}assisted by amazon q developer\b", Role.ASSIST),
    _c("Kiro", r"^\W{0,12}assisted by kiro\b|created by @kiro-agent on behalf of", Role.ASSIST),
    _c("", r"^[_*]?(?:claude|codex|gpt|gemini)-[\w.-]+ on behalf of "),
)
LINKS: tuple[Convention, ...] = (
    _c("Claude Code", r"https://claude\.ai/code/session_\w"),
    _c("OpenAI Codex", r"https://chatgpt\.com/(?:s/|codex/)(?:cloud/)?(?:tasks/task_|cd_)[0-9a-f]"),
    _c("Devin", r"https://app\.devin\.ai/sessions/[0-9a-f]{16}"),
    _c("Google Jules", r"https://jules\.google\.com/(?:task|session)/\d"),
    _c("Cursor", r"<!-- cursor_agent_pr_body_begin -->|https://cursor\.com/(?:background-agent\?bcid=|agents/)bc-"),
    _c("Amp", r"https://ampcode\.com/threads/t-[0-9a-f-]{20}"),
    _c("Warp", r"https://app\.warp\.dev/conversation/[0-9a-f-]{30}"),
    _c("Kiro", r"https://app\.kiro\.dev/session/"),
    _c("GitHub Copilot", r"https://copilot-workspace\.githubnext\.com/"),
)  # fmt: skip

_TOOL = r"(?:claude code|claude|copilot|cursor|codex|chatgpt|gemini)"
PROSE: tuple[Convention, ...] = (
    _c("", rf"(?<!not )(?<!n't )(?<!without )\b(?:used|using) (?:the )?(?:github )?{_TOOL}\b(?!-)"),
    _c("", rf"\b(?:written|generated|implemented|drafted|authored) (?:(?:mostly|largely|entirely|partly) )?"
           rf"(?:by|with|using) (?:ai|{_TOOL})\b"),
    _c("", rf"\bvibe[- ]?coded\b|\bwith (?:the )?help (?:of|from) (?:ai|{_TOOL})\b"),
    _c("Aider", r"^aider: "),
)  # fmt: skip

CO_AUTHOR = re.compile(r"co[-_ ]?(?:authored|developed)[-_ ]?by\s*:?\s*")
ASSISTED_BY = re.compile(
    r"(?:assisted-by|ai-assisted-by|ai-assisted|generated-by|ai-generated-by|tool-used|ai-tools?)\s*:\s*"
)
NO = re.compile(r"(?:no|none|not|nobody|false|n/a)\b")
# What an Assisted-by line or a payload calls its tool. People share some of these names, so those
# must end there, or go on with a model.
VALUES: tuple[Convention, ...] = (
    _c("Claude Code", rf"^(?:anthropic[ /-]?)?claude(?:$|[:(/,]|[ -]?(?:code|cli|\(|v?\d|{_MODELS}))|^{_MODELS}\b"),
    _c("GitHub Copilot", r"\bcopilot\b"),
    _c("Cursor", r"^cursor(?:$|[:(/,]|[ -](?:agent|ide|ai|cli|\())"),
    _c("OpenAI Codex", r"\bcodex\b"),
    _c("Devin", r"^devin(?:$|[:(/,]|[ -]ai\b)"),
    _c("Google Jules", r"^(?:google[ -])?jules(?:$|[:(/,])"),
    _c("Gemini", r"^(?:google[ -])?gemini(?:$|[:(/,]|[ -](?:cli|code|pro|flash|\(|v?\d))"),
    _c("Amazon Q", r"\bamazon[ -]q\b"),
    _c("Kiro", r"^kiro(?:$|[:(/,]|[ -](?:agent|cli|ide))"),
    _c("Aider", r"\baider\b"),
    _c("OpenHands", r"\bopenhands\b"),
    _c("Amp", r"^amp(?:$|[:(/,]| \()"),
    _c("Crush", r"^(?:charm )?crush(?:$|[:(/,]| \()"),
    _c("opencode", r"\bopen ?code\b"),
    _c("Warp", r"^(?:warp|oz)(?:$|[:(/,]|[ -](?:agent|ai))"),
    _c("Roo Code", r"\broo[ -]?code\b"),
    _c("Factory Droid", r"^(?:factory[ -])?droid(?:$|[:(/,])"),
    _c("Junie", r"^(?:jetbrains )?junie(?:$|[:(/,])"),
    _c("Replit Agent", r"\breplit\b"),
    _c("Lovable", r"^lovable(?:$|[:(/,])"),
    _c("Windsurf", r"\bwindsurf\b"),
    _c("Cline", r"^cline(?:$|[:(/,])"),
    _c("CodeRabbit", r"\bcoderabbit(?:ai)?\b", Role.REVIEW),
    _c("", r"(?<![\w-])(?:ai|llms?|chatgpt|openai|gpt[- ]?[\do][\w.-]*|genai|antigravity|qwen|glm|kimi|deepseek|grok|mistral|llama|"
           r"(?:qwen|glm|kimi|deepseek|grok|mistral|llama|gemma)-[\w.-]+)(?![\w-])"),
)  # fmt: skip

# The slash is obligatory: people write cursor-jump and agent-card.
BRANCHES: tuple[Convention, ...] = (
    *(_c(tool, f"^{prefix}/.") for tool, prefix in (
        ("GitHub Copilot", "copilot"), ("OpenAI Codex", "codex"), ("Devin", "devin"), ("Claude Code", "claude"),
        ("Cursor", "cursor"), ("Sweep", "sweep"), ("Continue", "continue"), ("OpenHands", "openhands"),
    )),
    _c("Google Jules", r"(?:^|-)\d{15,}$|^jules[-/]\d{12}"),
    _c("Continue", r"^continue-\d{13}"),
    _c("OpenHands", r"^openhands-fix-(?:issue|pr)-\d"),
    _c("Amazon Q", r"^q-dev-issue-\d"),
)  # fmt: skip
LIKELY_BRANCHES = (
    *(_c(tool, f"^{prefix}/.") for tool, prefix in (
        ("Warp", "oz"), ("Roo Code", "roo"), ("opencode", "opencode"), ("Gemini", "gemini"),
        ("Kiro", "kiro"), ("Amp", "amp"), ("", "(?:agent|ai|bolt)"),
    )),
)  # fmt: skip

# Bots that are not AI. The first repeat release notes, whose words are not about their own change.
QUOTING_BOTS = (
    "dependabot", "dependabot-preview", "renovate", "pyup-bot", "greenkeeper", "snyk-bot", "dotnet-maestro",
    "release-please", "changeset-bot",
)  # fmt: skip
AUTOMATIONS = (
    *QUOTING_BOTS, "github-actions", "pre-commit-ci", "mergify", "allcontributors", "autofix-ci", "weblate",
    "imgbot", "codecov", "netlify", "github-merge-queue",
)  # fmt: skip
AUTOMATION_ADDRESS = re.compile(
    rf"(?:\d+\+)?(?P<name>{'|'.join(AUTOMATIONS)})\[bot\]@users\.noreply\.github\.com"
)
# Committers that stand for nobody: the forge itself made the commit for the author, or a bot of
# the forge signed it off.
FORGE_COMMITTERS = ("noreply@github.com", "noreply@gitlab.com", "support@github.com")

# Every tool there is a word for; nothing else may be named in the bot's own voice.
TOOLS = frozenset(
    convention.tool
    for table in (
        ADDRESSES,
        NAMES,
        HUMAN_NAMES,
        TRAILERS,
        FOOTERS,
        LINKS,
        PROSE,
        VALUES,
        BRANCHES,
        LIKELY_BRANCHES,
    )
    for convention in table
    if convention.tool
)


def app_address(login: str) -> str:
    """The address a GitHub app of this login commits with, so that one table knows both."""
    return f"{login.removesuffix('[bot]')}[bot]@users.noreply.github.com"
