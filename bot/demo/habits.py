"""What do the teams of the demo work on, with which tools, and what do they say when they say no?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.change import Identity, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """`share` of the changes in percent; who writes them, and where."""

    share: int
    authors: tuple[str, ...]
    repositories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Files that change together; {n} is a number."""

    path: str
    kind: Kind = Kind.SOFTWARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """How it names itself in a commit, and its share of all changes in percent."""

    name: str
    trailer: str
    share: int


TEAMS: Mapping[str, Team] = {
    "payments": Team(
        share=32,
        authors=("jun", "jun", "mia", "ines", "omar", "ada", "lena"),
        repositories=("api", "workers", "ledger", "queue", "core", "checkout", "fraud", "invoices"),
    ),
    "search": Team(
        share=20,
        authors=("ravi", "nia", "wei", "priya"),
        repositories=("api", "index", "ranking", "crawler", "suggest", "synonyms"),
    ),
    "mobile": Team(
        share=16,
        authors=("leo", "sam", "kofi", "sofia"),
        repositories=("ios", "android", "gateway", "push", "themes"),
    ),
    "data": Team(
        share=22,
        authors=("ines", "ravi", "leo", "noor"),
        repositories=("lake", "reports", "events", "exports", "models", "quality"),
    ),
    "platform": Team(
        share=10,
        authors=("diego", "yuki", "sam"),
        repositories=("network", "clusters", "secrets", "builds", "logs"),
    ),
}

PARTS: Mapping[str, tuple[Part, ...]] = {
    "payments": (
        Part(path="refunds/step_{n}.py"),
        Part(path="refunds/step_{n}.py"),
        Part(path="charges/card_{n}.py"),
        Part(path="ledger/posting_{n}.py"),
        Part(path="db/migrations/{n:04}_more.sql"),
        Part(path="flags/checkout_{n}.yaml"),
    ),
    "search": (
        Part(path="ranking/signal_{n}.py"),
        Part(path="api/query_{n}.py"),
        Part(path="flags/ranking_{n}.yaml"),
    ),
    "mobile": (
        Part(path="app/screen_{n}.kt"),
        Part(path="app/theme_{n}.kt"),
        Part(path="flags/screens_{n}.yaml"),
    ),
    "data": (
        Part(path="jobs/daily_{n}.py"),
        Part(path="models/feature_{n}.sql"),
        Part(path="db/migrations/{n:04}_columns.sql"),
    ),
    "platform": (
        Part(path="terraform/network_{n}.tf", kind=Kind.INFRASTRUCTURE),
        Part(path="deploy/replicas_{n}.yaml", kind=Kind.SCALING),
        Part(path="tools/build_{n}.py"),
    ),
}

PLACES: Mapping[str, int] = {"production": 82, "staging": 18}

TOOLS = (
    Tool(name="claude-code", trailer="Co-Authored-By: Claude <noreply@anthropic.com>", share=24),
    Tool(name="cursor", trailer="Made-with: Cursor", share=14),
    Tool(
        name="copilot",
        trailer="Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
        share=13,
    ),
    Tool(name="codex", trailer="Co-authored-by: Codex <noreply@openai.com>", share=7),
)

BOT = Identity(
    login="dependabot[bot]",
    email="49699333+dependabot[bot]@users.noreply.github.com",
    name="dependabot[bot]",
    kind="Bot",
    id="github:49699333",
)

TITLES: Mapping[str, tuple[str, ...]] = {
    "payments": (
        "Retry refunds that time out",
        "Book fees with the charge",
        "Round to the cent only once",
        "Send the receipt after the booking",
        "Say why a card was refused",
        "Keep the idempotency key for a day",
        "Split payouts over two accounts",
        "Read the exchange rate once a charge",
    ),
    "search": (
        "Weigh fresh pages more",
        "Forget synonyms nobody uses",
        "Answer empty queries at once",
        "Crawl slow sites less often",
        "Cache the first page of results",
        "Rank exact titles first",
    ),
    "mobile": (
        "Larger touch targets in the basket",
        "Load the basket before it opens",
        "Dark theme for receipts",
        "Ask for notifications later",
        "Keep the draft when the app is closed",
    ),
    "data": (
        "Count each visit once",
        "Drop columns nobody reads",
        "Run the daily job in parts",
        "Take late events into the next day",
        "Mask addresses in exports",
        "Partition events by week",
    ),
    "platform": (
        "Let the workers reach the new store",
        "Fewer replicas at night",
        "Rotate the build tokens",
        "Pin the base image",
        "Move logs to the cheaper tier",
    ),
}

REASONS = (
    "The retry has no upper bound: a slow network would be asked for ever.",
    "This drops an index that the nightly job reads. Please keep it until the job is moved.",
    "The test passes without the change: it does not test it.",
    "It logs the whole request, with the card number in it.",
    "The migration locks the table while it runs; do it in two steps.",
    "Why is the timeout gone? We had an outage from exactly that in spring.",
    "The new client is not thread safe, and the workers share it.",
    "It says three replicas, and the peak of last week needed eleven.",
    "The old version cannot read what this writes, so there is no way back.",
    "Half of this file is a copy of refunds/step_1.py; call that instead.",
)

SOLVED = (
    "Read it with the author; the tests cover the way back.",
    "Small and well tested, and it is behind a flag.",
    "Looked at the plan and at last week's peak: fine.",
    "We agreed on this on Tuesday; it does what we said.",
)
"""What people write where a reason is asked of those who approve."""

TROUBLE: Mapping[str, tuple[str, ...]] = {
    "payments": (
        "Refunds are booked twice",
        "Error rate above 2 % at checkout",
        "Payouts are late",
    ),
    "search": ("Search answers after four seconds", "The index is a day old"),
    "mobile": ("The app does not start after the update", "Receipts cannot be read"),
    "data": ("The daily report is empty", "Events arrive an hour late"),
    "platform": ("Workers run out of memory", "Nothing can be built"),
}
