"""A repository's own policy: it may want more than the server's, and nothing in it may want less."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.config import ConfigError
from bot.domain.conditions import When
from bot.domain.policy import Demand, Origin
from tests.test_config import JUNK, changed

SERVER = config.load(
    """\
people:
  ada: {name: Ada, level: senior}
  grace: {name: Grace, level: staff}
groups:
  payments: {members: [ada, grace], owns: [acme/pay-*]}
  search: {members: [grace]}
windows: {night: {kind: peak, hours: "22:00-06:00"}}
slas: {quick: {remind: [], expire: 1h}}
policy: {mode: shadow, rules: [{name: One}]}
"""
)
TEXT = """\
version: 1
rules:
  - name: Migrations
    when: {paths: '**/migrations/**'}
    require: {approvals: 2, from: payments, sla: quick, checklist: [It can be rolled back]}
groups:
  - name: At night
    when: {window: night}
    rules:
      - {name: Two at night, require: {level: staff, from: [codeowners, search]}}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.repository_policy(text, SERVER)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_its_rules_are_read_as_the_servers_are_and_say_whose_they_are() -> None:
    first, second = config.repository_policy(TEXT, SERVER)
    assert first.name == "repository: Migrations"
    assert first.when == When(paths=("**/migrations/**",))
    assert first.require == Demand(
        approvals=2, sources=("payments",), sla="quick", checklist=("It can be rolled back",)
    )
    assert (second.name, second.group) == ("repository: Two at night", "At night")
    assert second.when == When(all=(When(window=("night",)),))
    assert {first.origin, second.origin} == {Origin.REPOSITORY}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "version: 1\n", "rules: []\n"])
def test_one_that_says_nothing_adds_nothing(text: str) -> None:
    assert config.repository_policy(text, SERVER) == ()


def test_a_rule_may_have_the_name_of_one_of_the_servers() -> None:
    (rule,) = config.repository_policy("rules: [{name: One}]", SERVER)
    assert rule.name == "repository: One"


@pytest.mark.parametrize(
    ("old", "fine", "wrong", "told"),
    [
        (
            "approvals: 2",
            "approvals: 1",
            "approvals: 0",
            "line 5: rules[0].require.approvals: a repository's own rules only tighten: "
            "it must be 1 or more",
        ),
        (
            "version: 1",
            "# version: 1",
            "mode: enforce",
            "line 1: mode: is for the server to say; a repository's own file holds rules and groups",
        ),
        *(
            (
                "version: 1",
                "version: 1 # ours",
                word,
                f"line 1: {word.partition(':')[0]}: is for the server to say; a repository's own "
                "file holds rules and groups",
            )
            for word in ("grace: 5m", "claim: 24h", "risk_reason: false", "slack: {}")
        ),
        (
            "version: 1",
            "version:  1",
            "slas: {quick: {expire: 90d}}",
            "line 1: slas: is for the server to say; a repository's own file holds rules and groups",
        ),
        (
            "version: 1",
            "version: 1  # the first",
            "policy: {}",
            "line 1: policy: is for the server to say; a repository's own file holds rules and groups",
        ),
        ("version: 1", "", "version: 2", "line 1: version: must be 1"),
        ("version: 1", "", "versoin: 1", "line 1: versoin: unknown key; did you mean version?"),
        (
            "sla: quick",
            "reason: true",
            "sla: slow",
            "line 5: rules[0].require.sla: no sla is called slow; there is quick",
        ),
        (
            "from: payments",
            "from: owners",
            "from: payment",
            "line 5: rules[0].require.from: no group is called payment; did you mean payments?",
        ),
        (
            "level: staff",
            "level: junior",
            "level: wizard",
            "line 10: groups[0].rules[0].require.level: no level is called wizard; "
            "there is junior, mid, senior, staff, principal",
        ),
        (
            "window: night",
            "risk: high",
            "window: nigth",
            "line 8: groups[0].when.window: no window is called nigth; did you mean night?",
        ),
        (
            "approvals: 2",
            "approvals: 2, reason: true",
            "approvals: 3",
            "line 5: rules[0].require: asks for 3 at level senior or above from payments, "
            "but that is 2 people",
        ),
        (
            "name: Two at night",
            "name: Two of them at night",
            "name: Migrations",
            "line 10: groups[0].rules[0].name: Migrations is the name of another rule already",
        ),
        (
            "name: Two at night",
            "name: Zwei für die Nacht",
            'name: "Two\\u202e at night"',
            "line 10: groups[0].rules[0].name: holds a character that nobody can see",
        ),
        (
            "[It can be rolled back]",
            '["It can be rolled back, \\u00e9"]',
            '["It can be\\nrolled back"]',
            "line 5: rules[0].require.checklist[0]: holds a character that nobody can see",
        ),
        (
            "approvals: 2",
            "approvals: 2, declaration: 'no'",
            "approvals: ",
            "line 5: rules[0].require.approvals: is empty; give it a value, or remove it",
        ),
    ],
)  # fmt: skip
def test_what_it_may_not_say_is_told_with_its_line(
    old: str, fine: str, wrong: str, told: str
) -> None:
    config.repository_policy(changed(old, fine, TEXT), SERVER)
    assert mistakes(changed(old, wrong, TEXT)) == [told]


def test_all_of_its_mistakes_are_told_at_once() -> None:
    text = changed("from: payments", "from: [pay, sales]", TEXT)
    text = changed("window: night", "windwo: night", text)
    assert [line.partition(":")[0] for line in mistakes(text)] == ["line 5", "line 5", "line 8"]


def test_it_may_have_64_kb() -> None:
    assert config.repository_policy("#" * 65_536, SERVER) == ()
    assert mistakes("#" * 65_537) == ["line 1: a repository's own policy may have 64 KB at most"]
    assert mistakes("#" + "é" * 32_768) == [
        "line 1: a repository's own policy may have 64 KB at most"
    ]


def test_it_may_hold_patterns_ten_times() -> None:
    """Each takes time to make ready, and the whole file is a stranger's."""

    def many(count: int) -> str:
        return (
            f"rules: [{{name: A, when: {{any: [{', '.join(['{matches: {title: a}}'] * count)}]}}}}]"
        )

    config.repository_policy(many(10), SERVER)
    assert mistakes(many(11)) == [
        "line 1: a repository's own policy may hold `matches` 10 times at most"
    ]


def test_it_may_hold_fifty_rules() -> None:
    def many(count: int) -> str:
        return "rules: [" + ", ".join(f"{{name: R{number}}}" for number in range(count)) + "]"

    assert len(config.repository_policy(many(50), SERVER)) == 50
    assert mistakes(many(51)) == ["line 1: a repository's own policy may hold 50 rules at most"]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "rules: [{name: A, require: {from: [" + "payment, " * 7000 + "]}}]",
        "".join(f"key{i}: 1\n" for i in range(6000)),
        "rules: [" + "{name: A}, " * 5900 + "]",
        "rules: [" + "{nmae: A}, " * 5900 + "]",
        "rules: [{name: A, when: {any: ["
        + ", ".join(f"{{matches: {{title: '(?:\\pL{{9}}){{{70 + i}}}'}}}}" for i in range(10))
        + "]}}]",
        "rules: [{name: A, when: {any: [" + "{}, " * 15_000 + "]}}]",
    ],
)
def test_a_hostile_one_takes_no_long_time(text: str) -> None:
    mistakes(text)


@given(data=st.data())
def test_whatever_stands_in_its_place_never_loosens(data: st.DataObject) -> None:
    """One value, anywhere, becomes anything at all: what is read still asks for somebody."""
    tree = yaml.safe_load(TEXT)
    node: Any = tree
    while True:
        steps = list(node) if isinstance(node, dict) else list(range(len(node)))
        step = data.draw(st.sampled_from(steps))
        if not (isinstance(node[step], dict | list) and node[step] and data.draw(st.booleans())):
            break
        node = node[step]
    node[step] = data.draw(JUNK)
    try:
        rules = config.repository_policy(yaml.safe_dump(tree, allow_unicode=True), SERVER)
    except ConfigError:
        return
    assert all(rule.require.approvals >= 1 for rule in rules)
    assert all(rule.origin is Origin.REPOSITORY for rule in rules)


@given(
    place=st.integers(0, len(TEXT)),
    gone=st.integers(0, 40),
    new=st.text("[]{}*&!:,'\"#|> \n\tax1\u202e", max_size=5),
)
def test_a_text_that_is_cut_up_is_read_or_refused(place: int, gone: int, new: str) -> None:
    text = TEXT[:place] + new + TEXT[place + gone :]
    try:
        rules = config.repository_policy(text, SERVER)
    except ConfigError as error:
        told = "".join(map(str, error.mistakes))
    else:
        told = "".join(rule.name for rule in rules)
    assert not told or told.isprintable()
