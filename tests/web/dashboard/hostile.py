"""What do those write who want a page of ours to act for them?"""

from __future__ import annotations

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '<b hx-get="/sign-out" hx-trigger="load">x</b>',
    "<form method=post action=/sign-out><button>Approve</button></form>",
    "</textarea></pre></code><iframe src=//evil.example>",
    "javascript:alert(1)//",
    "{{ seat.csrf }}{% raw %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!-- --><style>*{display:none}</style>",
    "Approved by Ada Park\u2028Nobody has checked this",
    "\u202egnp.exe\u200b\ufeff",
)
MARKUP = (
    "<script>alert",
    "<img src=x",
    "<b hx-get",
    "<form method=post",
    "<iframe",
    "<style>*",
    "</textarea></pre>",
)
"""None of these may stand in a page as it is."""

ALL = " ".join(HOSTILE)
