"""How long does it take to judge the largest change, and does the loop notice?

A change of 3,000 files and 250 commits, 200 rules, and a CODEOWNERS of 5,000 lines: all invented,
the same every time.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from bot.config.conventions import standard
from bot.domain.change import Change, Commit, FileChange, Identity
from bot.domain.conditions import Size, When
from bot.domain.dossier import EMPTY
from bot.domain.judging import Rules, judge
from bot.domain.owners import CodeOwners, Dialect, parse
from bot.domain.people import Roster
from bot.domain.policy import Policy, evaluate
from bot.domain.provenance import AiStatus, assess
from bot.domain.risk import RiskRules, RiskTier, Territory, assess_risk
from bot.engine.circumstances import Circumstances
from bot.engine.inviting import Inviting
from bot.engine.keeping import Keeper
from bot.engine.opening import Opener
from bot.engine.rulebook import Rulebook
from bot.engine.showing import Showing
from bot.main import TURN
from tests.builders import NOW, ROSTER, a_change, a_policy, a_rule

FILES, COMMITS, RULES, LINES = 3_000, 250, 200, 5_000
ROUNDS = 15
SIGNED = "\nSigned-off-by: Jun <jun@acme.example>\n"


def the_change() -> Change:
    chance = random.Random(3)  # noqa: S311
    files = tuple(
        FileChange(
            path=_path(chance, number), additions=chance.randrange(80), digest="d", deletions=3
        )
        for number in range(FILES)
    )
    commits = tuple(
        Commit(
            sha=f"{number:040x}",
            message=f"Change part {number}\n\n{_prose(chance)}\n{SIGNED if number % 3 == 0 else ''}",
            author=Identity(login="jun", email="jun@acme.example", name="Jun"),
            committer=Identity(email="noreply@github.com", name="GitHub"),
        )
        for number in range(COMMITS)
    )
    return a_change(files=files, commits=commits)


def _path(chance: random.Random, number: int) -> str:
    service = f"services/{chance.choice('abcdefghij')}{chance.randrange(40)}"
    kind = chance.choice(["src", "tests", "deploy", "docs", "migrations"])
    return f"{service}/{kind}/part{number % 60}/file{number}.{chance.choice(['py', 'ts', 'yaml', 'sql'])}"


def _prose(chance: random.Random) -> str:
    words = ["the", "refund", "retry", "queue", "is", "now", "bounded", "and", "logged", "twice"]
    return "\n".join(" ".join(chance.choices(words, k=12)) for _ in range(chance.randrange(9)))


def the_rules() -> Rules:
    chance = random.Random(4)  # noqa: S311
    rules = []
    for number in range(RULES):
        letter, place = chance.choice("abcdefghij"), chance.randrange(60)
        paths = (f"services/{letter}{place}/**", f"**/gen{number}/**", f"*.{number}.tf")
        nested = When(
            any=(When(paths=paths), When(risk=(RiskTier.CRITICAL,), ai=(AiStatus.SUSPECTED,)))
        )
        size = When(size=Size(lines_over=number * 2_000), environment=("prod*",))
        rules.append(a_rule(f"rule {number}", nested if number % 2 else size))
    territories = tuple(
        Territory(name=f"t{n}", paths=(f"services/*{n}/deploy/**",), criticality=RiskTier.HIGH)
        for n in range(40)
    )
    return _rules_of(a_policy(*rules), ROSTER, RiskRules(territories=territories))


def _rules_of(policy: Policy, roster: Roster, risk: RiskRules) -> Rules:
    return Rules(
        roster=roster,
        policy=policy,
        conventions=standard(),
        risk=risk,
        read_policy=lambda text: None,
    )


def the_owners() -> CodeOwners:
    chance = random.Random(5)  # noqa: S311
    lines = ["* @acme/payments"]
    while len(lines) < LINES:
        service = f"services/{chance.choice('abcdefghij')}{chance.randrange(40)}"
        pattern = chance.choice(
            [
                f"/{service}/",
                f"{service}/src/part{chance.randrange(60)}/",
                f"file{len(lines)}.py",
                f"/{service}/**/*.sql",
            ]
        )
        lines.append(f"{pattern} @acme/payments" + chance.choice(["", " @ada", " @grace"]))
    return parse("\n".join(lines), Dialect.GITHUB)


def timed(work: Callable[[], object]) -> list[float]:
    """Milliseconds of each round; the first one, in which caches fill, is left out."""
    found = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1_000)
    return found[1:]


async def longest_pause(opener: Opener, change: Change) -> float:
    """Milliseconds for which the event loop did not come round while a change was judged."""
    longest, over = 0.0, asyncio.Event()

    async def tick() -> None:
        nonlocal longest
        while not over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, (time.perf_counter() - began) * 1_000 - 1)

    gc.collect()
    gc.freeze()  # this and the shorter turns as `serve` has them
    sys.setswitchinterval(TURN)
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    longest = 0.0
    for _ in range(5):
        await opener.judge(change, EMPTY)
    over.set()
    await ticking
    return longest


def judged(rules: Rules, owners: CodeOwners, change: Change) -> object:
    owned = replace(change, owners=owners.of(change.paths))
    return judge(rules, owned, NOW)


def report() -> list[str]:
    """Markdown: how long the parts take, and how long the loop was kept waiting."""
    change, rules, owners = the_change(), the_rules(), the_owners()
    owned = replace(change, owners=owners.of(change.paths))
    facts = judge(rules, owned, NOW).facts
    works: dict[str, Callable[[], object]] = {
        "everything": lambda: judged(rules, owners, change),
        f"of it CODEOWNERS, {LINES:,} lines": lambda: owners.of(change.paths),
        f"of it the policy, {RULES} rules": lambda: evaluate(rules.policy, facts),
        f"of it the evidence, {COMMITS} commits": lambda: assess(change, standard(), at=NOW),
        "of it the risk": lambda: assess_risk(change, rules.risk, NOW),
    }
    rows = [f"| {name} | {statistics.median(timed(work)):.1f} |" for name, work in works.items()]
    pause = asyncio.run(longest_pause(_opener(rules), owned))
    return [
        "| | median ms |",
        "|---|---|",
        *rows,
        "",
        f"It is judged in a thread of its own: the event loop was never kept waiting for longer than "
        f"{pause:.1f} ms.",
    ]


def _opener(rules: Rules) -> Opener:
    rulebook = Rulebook(rules.roster, rules.policy, rules.conventions, rules.risk)
    circumstances = Circumstances(roster=rules.roster, clock=lambda: NOW)
    inviting, showing = Inviting(rules.roster, circumstances), Showing(rules.roster, "")
    return Opener(
        keeper=Keeper(rulebook=rulebook, inviting=inviting, showing=showing),
        rulebook=rulebook,
        inviting=inviting,
        circumstances=circumstances,
        clock=lambda: NOW,
        new_id=lambda: "sgn_1",
        new_draw=lambda: 1,
    )


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
