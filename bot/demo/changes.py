"""What do pipelines announce in the demo? Changes as one sees them every day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

JUN = {"login": "jun", "email": "jun@acme.example"}

RETRY = """\
@@ -19,4 +19,10 @@ from refunds.network import Network, TimedOut
 def refund(network: Network, payment: Payment) -> Receipt:
     key = payment.idempotency_key
-    receipt = network.refund(payment, key)
-    return receipt
+    wait = 0.5
+    for _ in range(3):
+        try:
+            return network.refund(payment, key)
+        except TimedOut:
+            sleep(wait)
+            wait = min(2 * wait, 8)
+    raise TimedOut(payment)
"""
TEST = """\
@@ -32,1 +32,7 @@ def test_a_refund_is_booked_once(network: Network) -> None:
     assert len(network.booked) == 1
+
+
+def test_a_lost_answer_books_no_second_refund(network: Network) -> None:
+    network.loses_answers = 1
+    refund(network, PAYMENT)
+    assert len(network.booked) == 1
"""

REFUNDS: Mapping[str, Any] = {
    "repository": "acme/payments-api",
    "environment": "production",
    "kind": "software",
    "title": "Retry refunds that time out at the card network",
    "description": "Refunds that time out are retried three times with the same idempotency key.",
    "url": "https://git.acme.example/acme/payments-api/pull/812",
    "author": JUN,
    "triggered_by": {"login": "jun"},
    "commits": [
        {
            "sha": "7d1f0c3a9b5e48e2a6f1c0d9e8b7a6f5c4d3e2f1",
            "message": "Retry refunds that time out\n\n"
            "The card network drops about one call in two thousand.\n\n"
            "Co-Authored-By: Claude <noreply@anthropic.com>",
            "author": {"name": "Jun Ito", "email": "jun@acme.example", "login": "jun"},
        }
    ],
    "files": [
        {"path": "refunds/retry.py", "additions": 8, "deletions": 2, "patch": RETRY},
        {"path": "tests/refunds/test_retry.py", "additions": 6, "deletions": 0, "patch": TEST},
    ],
    "ai": {
        "assisted": True,
        "tools": ["claude-code"],
        "prompted_by": {"login": "jun"},
        "rationale": "Retries reuse the idempotency key of the first attempt, so the network books "
        "a refund once even if an answer was lost. Back-off is capped at 8 s.",
    },
    "checks": [
        {"name": "unit tests", "conclusion": "success"},
        {"name": "contract tests", "conclusion": "success"},
    ],
}

LEDGER: Mapping[str, Any] = {
    **REFUNDS,
    "repository": "acme/payments-ledger",
    "title": "Book fees in the ledger in the same transaction as the charge",
    "description": "",
    "url": "https://git.acme.example/acme/payments-ledger/pull/815",
    "commits": [
        {
            "sha": "1c9e8b7a6f5c4d3e2f17d1f0c3a9b5e48e2a6f1c",
            "message": "Book fees with the charge\n\nMade-with: Cursor",
            "author": {"name": "Jun Ito", "email": "jun@acme.example", "login": "jun"},
        }
    ],
    "files": [
        {"path": "ledger/postings.py", "additions": 41, "deletions": 17},
        {"path": "ledger/migrations/0042_fees.sql", "additions": 12, "deletions": 0},
    ],
    "ai": {"rationale": ""},
    "checks": [{"name": "unit tests", "conclusion": "success"}],
}

POOL: Mapping[str, Any] = {
    "repository": "acme/payments-workers",
    "environment": "production",
    "kind": "scaling",
    "title": "Raise the worker pool from 12 to 40",
    "author": JUN,
    "files": [{"path": "deploy/production.yaml", "additions": 1, "deletions": 1}],
}

README_PATCH = """\
@@ -7,3 +7,4 @@ ## Refunds
 A refund is asked for with the key of its payment.
-It is booked at once.
+It is booked at once. A refund that times out is tried three more times,
+with the same key, so that it is booked once.
 Ask #payments if one is missing.
"""

WORDS: Mapping[str, Any] = {
    **REFUNDS,
    "repository": "acme/payments-docs",
    "title": "Say in the guide that refunds are retried",
    "description": "",
    "commits": [
        {
            "sha": "5be2a9c7d1f0c3a9b5e48e2a6f1c0d9e8b7a6f5c",
            "message": "Say that refunds are retried\n\n"
            "Co-Authored-By: Claude <noreply@anthropic.com>",
            "author": {"name": "Jun Ito", "email": "jun@acme.example", "login": "jun"},
        }
    ],
    "files": [{"path": "docs/refunds.md", "additions": 2, "deletions": 1, "patch": README_PATCH}],
    "ai": {"assisted": True, "tools": ["claude-code"], "prompted_by": {"login": "jun"}},
    "checks": [{"name": "links", "conclusion": "success"}],
}
"""Documentation and nothing else: its risk is low."""

SHRINK: Mapping[str, Any] = {
    **POOL,
    "repository": "acme/payments-queue",
    "title": "Save money: run the queue with 6 workers in place of 24",
    "commits": LEDGER["commits"],
    "files": [{"path": "deploy/production.yaml", "additions": 1, "deletions": 1}],
    "scaling": [
        {
            "resource": "payments-queue",
            "setting": "replicas",
            "before": 24,
            "after": 6,
            "recent_peak": 19,
        }
    ],
    "ai": {
        "assisted": True,
        "tools": ["cursor"],
        "rationale": "Average use was 20 % in the last week.",
    },
}
"""Less room than was needed lately: its risk is critical."""

RENAME: Mapping[str, Any] = {
    **REFUNDS,
    "repository": "acme/payments-core",
    "title": "Move all of payments/legacy to payments/core, with every import of it",
    "description": "",
    "commits": [
        {
            "sha": f"{part:02}9f86d081884c7d659a2feaa0c55ad015a3bf4f",
            "message": f"Move part {part} of 40\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
            "author": {"name": "Jun Ito", "email": "jun@acme.example", "login": "jun"},
        }
        for part in range(1, 41)
    ],
    "files": [
        {"path": f"payments/core/networks/network_{number:04}.py", "additions": 3, "deletions": 3}
        for number in range(1, 3001)
    ],
    "ai": {
        "assisted": True,
        "tools": ["claude-code"],
        "prompted_by": {"login": "jun"},
        "rationale": "The tool moved one package after the other, and ran its tests each time.",
    },
    "checks": [{"name": f"tests, part {n} of 40", "conclusion": "success"} for n in range(1, 41)],
}
"""More files than anybody reads on a card."""

CANARY: Mapping[str, Any] = {**POOL, "environment": "canary", "title": "Try the new client library"}

EVERY_DAY = (REFUNDS, LEDGER, POOL, WORDS, SHRINK)


def change(template: Mapping[str, Any], number: int, callback_url: str) -> dict[str, Any]:
    """The `data` of one announcement; the same number is the same change, and another another's."""
    revision = hashlib.sha1(f"{template['title']} {number}".encode()).hexdigest()  # noqa: S324 -- as git names commits
    data = deepcopy(dict(template))
    data.update(
        key=f"{data['repository'].split('/')[1]}/deploy/{4700 + number}",
        revision=revision,
        callback_url=callback_url,
        url=f"https://git.acme.example/{data['repository']}/pull/{800 + number}",
    )
    return data
