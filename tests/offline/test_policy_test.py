"""`policy test`: each example as expected, or what it came to instead, and by which rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.offline.company import CONFIG, Captured, Folder, Told, told


def said_of(folder: Folder, capsys: Captured, *files: str, **given: Any) -> Told:
    """The examples of these texts, against the house's policy."""
    names = [folder.put(f"{place}.yaml", text) for place, text in enumerate(files)]
    config = folder.put("countersign.yaml", given.pop("text", CONFIG))
    return told(capsys, "policy_test", {"files": names, "config": config, "json": False, **given})


def an_example(expect: str, change: str = "{repository: acme/payments-api}", more: str = "") -> str:
    """Jun's change to payments-api in production, unless it says otherwise."""
    return (
        f"examples:\n  - name: An example\n    change: {change}\n{more}    expect: {{{expect}}}\n"
    )


def fails(folder: Folder, capsys: Captured, expect: str, *rest: str) -> list[str]:
    """What is said of an example that is not as expected."""
    answer = said_of(folder, capsys, an_example(expect, *rest))
    first, *said, last = answer.out.splitlines()
    assert answer.code == 1
    assert first.startswith("FAIL  An example (")
    assert first.endswith("0.yaml, line 2)")
    assert last == "0 of 1 as expected"
    return said


def passes(folder: Folder, capsys: Captured, expect: str, *rest: str) -> bool:
    answer = said_of(folder, capsys, an_example(expect, *rest))
    return (answer.code, answer.out) == (0, "ok    An example\n1 of 1 as expected\n")


AI_ASKS = "1 × senior or above from payments-seniors"


def test_a_whole_example_as_it_is_expected(folder: Folder, capsys: Captured) -> None:
    expect = (
        "asked: 1, level: senior, from: payments-seniors, rules: AI in production, "
        "not_rules: [Freeze, Platform looks], ai: undeclared, risk: normal, "
        "because: [production, the author is], checklist: [], declaration: ask, "
        "people: [ada, grace]"
    )
    change = "{repository: acme/payments-api, author: jun}"
    assert passes(folder, capsys, expect, change)


def test_how_many_are_asked(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "asked: 1")
    said = fails(folder, capsys, "asked: 2")
    assert said[:2] == ["      asked: expected 2", f"             got      1 ({AI_ASKS})"]


def test_nobody_is_asked(folder: Folder, capsys: Captured) -> None:
    words = "{files: [docs/a.md], ai: false, environment: staging}"
    assert passes(folder, capsys, "asked: nobody", words)
    assert passes(folder, capsys, "asked: 0", words)
    assert fails(folder, capsys, "asked: nobody")[0] == "      asked: expected nobody"
    said = fails(folder, capsys, "asked: 1", words)
    assert said[1] == "             got      nobody (nobody has to sign)"


def test_those_of_two_circles_are_added_up(folder: Folder, capsys: Captured) -> None:
    both = "{repository: acme/payments-api, files: [infra/main.tf]}"
    assert passes(folder, capsys, "asked: 2, from: [payments-seniors, platform]", both)


def test_the_level(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "level: senior")
    said = fails(folder, capsys, "level: staff")
    assert said[:2] == ["      level: expected staff", "             got      senior"]


def test_from_whom(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "from: payments-seniors")
    assert passes(folder, capsys, "from: platform", "{repository: acme/search}")
    assert fails(folder, capsys, "from: platform")[0] == "      from: expected platform"
    said = fails(folder, capsys, "from: [payments-seniors, platform]")
    assert said[:2] == [
        "      from: expected payments-seniors, platform",
        "            got      payments-seniors",
    ]


def test_a_rule_that_should_apply_is_shown_with_what_it_lacks(
    folder: Folder, capsys: Captured
) -> None:
    frozen = '    at: "2026-12-20T10:00:00Z"\n'
    assert passes(folder, capsys, "rules: Freeze", "{}", frozen)
    assert fails(folder, capsys, "rules: Freeze") == [
        "      rules: expected Freeze applies",
        "             got      it does not",
        "      no  Freeze: 2 × senior or above from the owners and a reason",
        "          no  all of these",
        "              no  no window year-end is open",
    ]


def test_a_rule_that_should_not_apply_is_shown_with_its_reasons(
    folder: Folder, capsys: Captured
) -> None:
    assert passes(folder, capsys, "not_rules: AI in production", "{environment: staging}")
    said = fails(folder, capsys, "not_rules: AI in production")
    assert said[0] == "      not_rules: expected AI in production does not apply"
    assert "              yes production" in said


def test_the_default_can_be_expected(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "rules: default", "{environment: staging}")
    assert passes(folder, capsys, "not_rules: default")
    assert fails(folder, capsys, "rules: default")[1] == "             got      it does not"


@pytest.mark.parametrize("key", ["rules", "not_rules"])
def test_a_rule_that_does_not_exist_never_passes(
    folder: Folder, capsys: Captured, key: str
) -> None:
    said = fails(folder, capsys, f"{key}: Freze")
    assert said[1] == "             got      no rule has this name; did you mean Freeze?"


def test_the_ai_status_is_shown_with_its_evidence(folder: Folder, capsys: Captured) -> None:
    change = '{commits: ["Retry\\n\\nCo-Authored-By: Claude <noreply@anthropic.com>"]}'
    assert passes(folder, capsys, "ai: assisted", change)
    said = fails(folder, capsys, "ai: undeclared", change)
    assert said[1] == "          got      assisted (AI-assisted (co-author trailer: Claude Code))"
    assert said[2].startswith(
        "        - co-author trailer in commit eeeeeee, declared: Co-Authored-By"
    )


def test_the_risk_is_shown_with_its_reasons(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "risk: normal")
    said = fails(folder, capsys, "risk: critical")
    assert said[1] == "            got      normal"
    assert any("It changes more than documentation." in line for line in said)


def test_reasons_are_found_by_a_part_of_them(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "because: nobody said whether AI")
    assert fails(folder, capsys, "because: full moon")[0] == "      because: expected full moon"


def test_points_to_tick(folder: Folder, capsys: Captured) -> None:
    infra = "{files: [infra/main.tf]}"
    assert passes(folder, capsys, "checklist: The plan was read", infra)
    assert passes(folder, capsys, "checklist: []")
    assert fails(folder, capsys, "checklist: []", infra)[0] == "      checklist: expected none"
    said = fails(folder, capsys, "checklist: The plan was read")
    assert said[:2] == [
        "      checklist: expected The plan was read",
        "                 got      none",
    ]


def test_the_declaration(folder: Folder, capsys: Captured) -> None:
    assert passes(folder, capsys, "declaration: required", "{files: [infra/main.tf]}")
    assert fails(folder, capsys, "declaration: required")[1].endswith("ask")


def test_who_is_asked_is_shown_with_why(folder: Folder, capsys: Captured) -> None:
    change = "{repository: acme/payments-api, author: ada, ai: true}"
    assert passes(folder, capsys, "people: grace, asked: 1", "{repository: acme/payments-api, "
                  "author: ada, ai: true, environment: staging}")  # fmt: skip
    said = fails(folder, capsys, "people: [ada, grace]", change)
    assert said[1] == "              got      grace"
    assert "        not Ada Park: had a part in this change" in said


def test_each_rule_is_shown_once_however_much_it_explains(folder: Folder, capsys: Captured) -> None:
    said = fails(folder, capsys, "asked: 2, level: staff, from: platform, because: moon")
    assert sum("AI in production: 1 ×" in line for line in said) == 1


def test_all_files_are_tested_and_counted(folder: Folder, capsys: Captured) -> None:
    answer = said_of(folder, capsys, an_example("asked: 1"), an_example("asked: 2"))
    assert answer.code == 1
    assert answer.out.startswith("ok    An example\nFAIL  An example (")
    assert answer.out.endswith("1 of 2 as expected\n")


def test_programs_are_told_every_mismatch(folder: Folder, capsys: Captured) -> None:
    answer = said_of(folder, capsys, an_example("asked: 2, ai: assisted"), json=True)
    assert answer.code == 1
    assert answer.json["ok"] is False
    (example,) = answer.json["examples"]
    assert (example["name"], example["line"], example["ok"]) == ("An example", 2, False)
    asked, ai = example["mismatches"]
    assert (asked["what"], asked["expected"], asked["got"]) == ("asked", "2", f"1 ({AI_ASKS})")
    assert asked["rules"][0]["rule"] == "AI in production"
    assert asked["rules"][0]["answer"]["parts"]
    assert (ai["what"], ai["rules"]) == ("ai", [])


def test_programs_are_told_that_all_is_well(folder: Folder, capsys: Captured) -> None:
    answer = said_of(folder, capsys, an_example("asked: 1"), json=True)
    assert answer.code == 0
    assert answer.json["ok"] is True
    assert answer.json["examples"][0]["mismatches"] == []


def test_a_repositorys_own_rules_are_tested_with_the_servers(
    folder: Folder, capsys: Captured
) -> None:
    own = '{policies: ["rules: [{name: Two, require: {approvals: 2}}]"]}'
    assert passes(folder, capsys, 'asked: 2, rules: "repository: Two"', own)
    broken = '{policies: ["rules: ["]}'
    unreadable = 'rules: "the repository\'s own policy cannot be read"'
    assert passes(folder, capsys, unreadable, broken)


def test_names_from_a_file_move_no_cursor(folder: Folder, capsys: Captured) -> None:
    text = 'examples: [{name: "a\\e[2Jb", expect: {asked: 2, because: "\\u202e"}}]'
    answer = said_of(folder, capsys, text)
    assert answer.code == 1
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out


def test_mistakes_stop_everything(folder: Folder, capsys: Captured) -> None:
    answer = said_of(folder, capsys, an_example("asked: 1"), an_example("askd: 1"))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.endswith(
        "1.yaml has mistakes: one problem\n"
        "  - line 4: examples[0].expect.askd: unknown key; did you mean asked?\n"
    )


def test_mistakes_are_told_to_programs_in_json(folder: Folder, capsys: Captured) -> None:
    answer = said_of(folder, capsys, an_example("askd: 1"), json=True)
    assert answer.code == 1
    assert answer.json["ok"] is False
    assert answer.json["problems"][0].startswith("line 4: examples[0].expect.askd")
