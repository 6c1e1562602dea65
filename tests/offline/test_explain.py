"""`explain`: what is found in a change, what policy makes of it, and whom it would be brought to."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from bot import explained
from bot.cli import trouble
from bot.config import Misconfigured
from bot.domain.explanation import Answer, RuleAnswer
from bot.offline import explain
from tests.cli.directories import TOKEN, as_json, serving
from tests.cli.directories import Answer as HttpAnswer
from tests.offline.company import CLAUDE, CONFIG, NOON, Captured, Folder, Told, a_message, told


def explaining(folder: Folder, capsys: Captured, **given: Any) -> Told:
    """`--change` a message, at noon; other options as they are given."""
    message = given.pop("message", None) or a_message()
    options = {
        "id": None,
        "url": None,
        "token_env": None,
        "change": folder.put("change.json", message),
        "config": folder.put("countersign.yaml", given.pop("text", CONFIG)),
        "repository_policy": None,
        "codeowners": None,
        "dialect": "github",
        "at": NOON,
        "json": False,
    }
    return told(capsys, "explain", {**options, **given})


def lines(folder: Folder, capsys: Captured, **given: Any) -> list[str]:
    answer = explaining(folder, capsys, **given)
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()


def value(folder: Folder, capsys: Captured, **given: Any) -> Any:
    answer = explaining(folder, capsys, json=True, **given)
    assert answer.code == 0
    return answer.json


def with_claude() -> dict[str, Any]:
    commit = {"sha": "a" * 40, "message": f"Retry\n\n{CLAUDE}", "author": {"login": "jun"}}
    return a_message(commits=[commit])


# What it says.


def test_it_begins_with_the_change(folder: Folder, capsys: Captured) -> None:
    title, place, *_ = lines(folder, capsys)
    assert title == "Retry refunds"
    assert place == (
        "acme/payments-api aaaaaaaaaaaa for production, judged as of 2026-11-25 12:00 UTC"
    )


def test_it_says_the_ai_status_with_each_finding(folder: Folder, capsys: Captured) -> None:
    shown = lines(folder, capsys, message=with_claude())
    assert "AI: assisted: AI-assisted (co-author trailer: Claude Code)" in shown
    assert f"  - co-author trailer in commit aaaaaaa, declared: {CLAUDE}" in shown


def test_it_names_the_author_and_who_may_not_sign(folder: Folder, capsys: Captured) -> None:
    shown = lines(folder, capsys)
    assert "Author: Jun Ito (mid)" in shown
    assert "Had a part, and may not sign: Jun Ito" in shown
    assert not any(line.startswith("Not in the roster") for line in shown)


def test_it_names_whom_the_roster_does_not_know(folder: Folder, capsys: Captured) -> None:
    shown = lines(folder, capsys, message=a_message(author={"login": "zoe"}))
    assert "Author: zoe (not in the roster)" in shown
    assert "Not in the roster: zoe" in shown


def test_it_says_the_risk_with_its_reasons(folder: Folder, capsys: Captured) -> None:
    shown = lines(folder, capsys)
    assert any(line.startswith("Risk: ") for line in shown)
    assert ("  - normal, content: It changes more than documentation. (refunds/retry.py)") in shown


def test_it_shows_every_rule_met_or_not_with_what_was_compared(
    folder: Folder, capsys: Captured
) -> None:
    shown = lines(folder, capsys)
    policy = shown[shown.index("Policy") + 1 :]
    tree = policy[: policy.index("")]
    assert tree[0] == "  yes AI in production: 1 × senior or above from the owners"
    assert tree[1:4] == [
        "      yes all of these",
        "          yes nobody said whether AI helped, and nothing was found",
        "          yes production",
    ]
    assert "  no  Freeze: 2 × senior or above from the owners and a reason" in tree
    assert "          no  no window year-end is open" in tree
    assert any(line.startswith("  no  Infrastructure / Platform looks: ") for line in tree)


def test_it_says_what_is_asked_and_by_when_in_words(folder: Folder, capsys: Captured) -> None:
    shown = lines(folder, capsys)
    asked = shown.index("Asked for: 1 × senior or above from payments-seniors")
    assert "  because production" in shown[asked:]
    first = shown.index("  after 15 min: a reminder (2026-11-25 12:15 UTC)")
    assert shown[first : first + 3] == [
        "  after 15 min: a reminder (2026-11-25 12:15 UTC)",
        "  after 1 h 0 min: it escalates (2026-11-25 13:00 UTC)",
        "  after 8 h 0 min: it expires, not approved (2026-11-25 20:00 UTC)",
    ]
    assert "    once it escalates, also from platform" in shown


def test_it_says_what_has_to_be_ticked_written_and_declared(
    folder: Folder, capsys: Captured
) -> None:
    files = [{"path": "infra/main.tf", "additions": 1, "deletions": 1}]
    shown = lines(folder, capsys, message=a_message(files=files), at="2026-12-20T12:00:00Z")
    assert "  to tick: The plan was read" in shown
    assert "  whoever approves has to say why" in shown
    assert any("the author has to before anybody may approve" in line for line in shown)


def test_it_says_who_would_be_asked_and_why_and_why_not_the_others(
    folder: Folder, capsys: Captured
) -> None:
    shown = lines(folder, capsys)
    begins = shown.index("Who would be asked for 1 × senior or above from payments-seniors")
    first, second, *others = shown[begins + 1 : begins + 5]
    assert first == (
        "    Grace Obi: at work until 17:00 in Lagos; on call for payments; "
        "not asked in the last week"
    )
    assert second == "    Ada Park: at work until 17:30 in London; not asked in the last week"
    assert others == [
        "    not Jun Ito: had a part in this change",
        "    not Kim Lee, Pat Moe, Ruth Roe: not in payments-seniors",
    ]


def test_it_admits_what_a_server_alone_would_know(folder: Folder, capsys: Captured) -> None:
    assert lines(folder, capsys)[-1].startswith("note: who is away, who is in the chat")


def test_a_rota_that_would_have_to_be_fetched_is_named(folder: Folder, capsys: Captured) -> None:
    fetched = "payments: {kind: pagerduty, schedule: PABC123, token_env: PAGER_TOKEN}"
    head, _, tail = CONFIG.partition("  payments: {kind: rotation")
    text = f"{head}  {fetched}\n{tail.partition(chr(10))[2]}"
    notes = value(folder, capsys, text=text)["notes"]
    assert "who is on call is not fetched here: payments" in notes


def test_who_has_nothing_to_sign_is_not_asked(folder: Folder, capsys: Captured) -> None:
    files = [{"path": "docs/a.md", "additions": 1, "deletions": 0}]
    message = a_message(files=files, ai={"assisted": False})
    shown = lines(folder, capsys, message=message)
    assert "Asked for: nobody has to sign" in shown
    assert not any(line.startswith(("Who would be asked", "note:")) for line in shown)


def test_shadow_mode_is_said(folder: Folder, capsys: Captured) -> None:
    assert not any("shadow" in line for line in lines(folder, capsys))
    shadow = CONFIG.replace("policy:\n", "policy:\n  mode: shadow\n")
    assert any("shadow mode" in line for line in lines(folder, capsys, text=shadow))


def test_where_nobody_may_sign_that_is_said(folder: Folder, capsys: Captured) -> None:
    alone = CONFIG.replace("members: [ada, grace], owns", "members: [jun], owns")
    shown = lines(folder, capsys, text=alone)
    assert "    nobody: there is nobody who may sign" in shown


def test_programs_are_told_the_same(folder: Folder, capsys: Captured) -> None:
    found = value(folder, capsys, message=with_claude())
    assert found["ok"] is True
    assert found["at"] == "2026-11-25T12:00:00+00:00"
    assert found["change"]["repository"] == "acme/payments-api"
    assert found["ai"]["status"] == "assisted"
    assert [it["text"] for it in found["ai"]["findings"]] == [CLAUDE]
    assert found["author"] == "jun"
    assert found["contributors"] == {"people": ["jun"], "unknown": []}
    assert found["risk"]["tier"] in ("normal", "high")
    assert {reason["kind"] for reason in found["risk"]["reasons"]} >= {"content", "tests"}
    asks = found["requirement"]["asks"]
    assert asks == [
        {
            "approvals": 1,
            "level": "senior",
            "groups": ["payments-seniors"],
            "people": [],
            "wider": ["platform"],
        }
    ]
    kinds = [deadline["kind"] for deadline in found["requirement"]["deadlines"]]
    assert kinds == ["remind", "escalate", "expire"]


def test_rules_and_choices_in_json_are_those_of_the_api(folder: Folder, capsys: Captured) -> None:
    found = value(folder, capsys)
    rules, choices = explained.read(found)
    assert [rule.rule for rule in rules if rule.met] == ["AI in production"]
    assert [it.person for it in choices[0].asked] == ["grace", "ada"]
    assert explained.as_json(rules, choices) == {
        "rules": found["rules"],
        "choices": found["choices"],
    }


# What it is given.


def test_the_data_alone_says_the_same_as_the_whole_message(
    folder: Folder, capsys: Captured
) -> None:
    whole = lines(folder, capsys, message=a_message())
    assert lines(folder, capsys, message=a_message()["data"]) == whole


def test_where_the_answer_would_go_does_not_matter(folder: Folder, capsys: Captured) -> None:
    message = a_message(callback_url="https://ci.acme.example/signoff/4711")
    assert lines(folder, capsys, message=message) == lines(folder, capsys)


def test_the_moment_decides_about_windows(folder: Folder, capsys: Captured) -> None:
    def rules(at: str) -> Any:
        return value(folder, capsys, at=at)["requirement"]["rules"]

    assert rules("2026-12-18T23:59:59Z") == ["AI in production"]
    assert rules("2026-12-19T00:00:00Z") == ["AI in production", "Freeze"]
    assert rules("2026-12-19") == ["AI in production", "Freeze"]


def test_without_a_moment_it_is_now(folder: Folder, capsys: Captured) -> None:
    assert value(folder, capsys, at=None)["at"] > "2026-01-01"


def test_a_repositorys_own_policy_tightens(folder: Folder, capsys: Captured) -> None:
    own = folder.put("own.yaml", "rules: [{name: Two of us, require: {approvals: 2}}]")
    found = value(folder, capsys, repository_policy=own)
    assert found["requirement"]["asks"][0]["approvals"] == 2
    shown = lines(folder, capsys, repository_policy=own)
    assert [line for line in shown if "Two of us" in line] == [
        "  yes repository: Two of us: 2 × senior or above from the owners"
    ]


def test_it_is_added_to_what_the_message_says_of_it(folder: Folder, capsys: Captured) -> None:
    own = folder.put("own.yaml", "rules: [{name: Two, require: {approvals: 2}}]")
    message = a_message(policies=["rules: [{name: Reason, require: {reason: true}}]"])
    rules = value(folder, capsys, message=message, repository_policy=own)["requirement"]["rules"]
    assert {"repository: Two", "repository: Reason"} <= set(rules)


def test_names_of_rules_move_no_cursor(folder: Folder, capsys: Captured) -> None:
    own = folder.put("own.yaml", 'rules: [{name: "a\\e[2J\\u202eb", require: {approvals: 2}}]')
    answer = explaining(folder, capsys, repository_policy=own)
    assert "\x1b" not in answer.out + answer.err
    assert "\u202e" not in answer.out + answer.err


def test_a_repositorys_own_policy_that_loosens_is_refused(folder: Folder, capsys: Captured) -> None:
    own = folder.put("own.yaml", "rules: [{name: Nobody, require: {approvals: 0}}]")
    answer = explaining(folder, capsys, repository_policy=own)
    assert answer.code == 1
    assert answer.err.startswith("the repository's own policy has mistakes: one problem\n")
    assert "line 1: rules[0].require.approvals" in answer.err


def test_codeowners_decide_who_is_asked(folder: Folder, capsys: Captured) -> None:
    text = (
        CONFIG + "    - {name: By owners, rules: [{name: Owners, require: {from: codeowners}}]}\n"
    )
    owners = folder.put("CODEOWNERS", "* @acme/payments\n/refunds/ @acme/platform\n")
    found = value(folder, capsys, text=text, codeowners=owners)
    groups = {group for ask in found["requirement"]["asks"] for group in ask["groups"]}
    assert groups == {"payments-seniors", "platform"}
    assert {it["person"] for choice in found["choices"] for it in choice["asked"]} == {
        "ada",
        "grace",
        "pat",
        "ruth",
    }


def test_codeowners_are_read_in_the_dialect_that_is_named(folder: Folder, capsys: Captured) -> None:
    text = (
        CONFIG + "    - {name: By owners, rules: [{name: Owners, require: {from: codeowners}}]}\n"
    )
    owners = folder.put("CODEOWNERS", "[Refunds][2] @acme/payments\n/refunds/\n")

    def approvals(dialect: str) -> int:
        found = value(folder, capsys, text=text, codeowners=owners, dialect=dialect)
        return max(int(ask["approvals"]) for ask in found["requirement"]["asks"])

    assert approvals("gitlab") == 2
    assert approvals("github") == 1


def test_lines_of_codeowners_that_cannot_be_read_are_named(
    folder: Folder, capsys: Captured
) -> None:
    owners = folder.put("CODEOWNERS", "* @acme/payments\n/refunds/ nobody!\n")
    notes = value(folder, capsys, codeowners=owners)["notes"]
    assert any(note.startswith("CODEOWNERS, line 2: ") for note in notes)


def test_codeowners_that_are_too_large_are_no_codeowners(folder: Folder, capsys: Captured) -> None:
    rule = "    - {name: Care, rules: [{name: Nobodys, when: {unowned: true}}]}\n"
    known = folder.put("CODEOWNERS", "* @acme/payments\n" * 2)
    large = folder.put("LARGE", "* @acme/payments\n" * 50_001)

    def explained_with(owners: str) -> Any:
        return value(folder, capsys, text=CONFIG + rule, codeowners=owners)

    assert "Nobodys" not in explained_with(known)["requirement"]["rules"]
    found = explained_with(large)
    assert "Nobodys" in found["requirement"]["rules"]
    assert any(note.startswith("CODEOWNERS: the file has more than") for note in found["notes"])


def test_a_change_on_standard_input_is_read(folder: Folder) -> None:
    config = folder.put("countersign.yaml", CONFIG)
    code = (
        "import argparse, sys; from bot.cli.running import run;"
        "sys.exit(run(argparse.Namespace(target='bot.offline.explain:run', id=None, change='-',"
        f"config={config!r}, repository_policy=None, codeowners=None, dialect='github',"
        f"at={NOON!r}, json=False)))"
    )
    message = Path(folder.put("change.json", a_message())).read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", code], input=message, capture_output=True, check=False, timeout=50
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith("Retry refunds\n")


# What it refuses.


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"a": 1, "a": 2}', "appears twice"),
        ("[" * 100, "nested more than 20 levels deep"),
        (b"\xff", "not UTF-8 at byte 0"),
    ],
)
def test_what_is_no_message_is_one_sentence(
    folder: Folder, capsys: Captured, message: str | bytes, sentence: str
) -> None:
    answer = explaining(folder, capsys, message=message)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("the change cannot be read: one problem\n")
    assert sentence in answer.err


def test_every_mistake_in_a_change_is_told_with_its_place(folder: Folder, capsys: Captured) -> None:
    message = a_message(title=..., files=[{"path": "/a"}], comits=[])
    answer = explaining(folder, capsys, message=message)
    assert answer.code == 1
    assert answer.err.splitlines() == [
        "the change has mistakes: 3 problems",
        "  - data.title: is required",
        "  - data.files[0].path: must not begin with /: paths start at the root of the repository",
        "  - data.comits: is not a field we know; is it a typing error?",
    ]


def test_mistakes_are_told_to_programs_in_json(folder: Folder, capsys: Captured) -> None:
    answer = explaining(folder, capsys, message=a_message(title=...), json=True)
    assert answer.code == 1
    assert answer.json == {"ok": False, "problems": ["data.title: is required"]}


def test_a_config_with_mistakes_is_told_with_its_name_and_lines(
    folder: Folder, capsys: Captured
) -> None:
    answer = explaining(folder, capsys, text=CONFIG + "surprise: 1\n")
    assert answer.code == 1
    assert "countersign.yaml has mistakes: one problem" in answer.err
    assert "surprise: unknown key" in answer.err


@pytest.mark.parametrize("option", ["change", "config", "repository_policy", "codeowners"])
def test_a_file_that_is_not_there_is_named(folder: Folder, capsys: Captured, option: str) -> None:
    answer = explaining(folder, capsys, **{option: str(folder.path / "nothing")})
    assert answer.code == 1
    assert "nothing: No such file or directory" in answer.err


@pytest.mark.parametrize("at", ["tomorrow", "2026-11-25T12:00:00", "2026-02-30", "9999-12-31", ""])
def test_what_is_no_moment_is_refused(folder: Folder, capsys: Captured, at: str) -> None:
    answer = explaining(folder, capsys, at=at or "x")
    assert answer.code == 1
    assert "--at: must be a day, or a moment with its offset" in answer.err


def test_text_from_outside_moves_no_cursor(folder: Folder, capsys: Captured) -> None:
    evil = "\x1b[2J\u202eevil"
    message = a_message(
        title=f"Retry {evil}",
        author={"login": "zoe", "name": evil},
        ai={"assisted": True, "rationale": evil},
        commits=[{"sha": "a" * 40, "message": f"x\n\nCo-Authored-By: Claude {evil} <a@b.example>"}],
    )
    shown = explaining(folder, capsys, message=message).out
    assert "\x1b" not in shown
    assert "\u202e" not in shown


# What a server says.

SAID = {
    "signoff": "sgn_1",
    "status": "pending",
    "current": True,
    **explained.as_json(
        (
            RuleAnswer(
                rule="Care",
                answer=Answer(True, "all of these", (Answer(True, "production"),)),
                asks="1 × senior or above from the owners",
                origin="server",
            ),
        ),
        (),
    ),
    "choices": [
        {
            "asked": [{"person": "ada", "why": ["at work until 17:30"]}],
            "passed_over": [{"person": "jun", "why": "had a part in this change"}],
        }
    ],
}


def asking(
    capsys: Captured, answer: HttpAnswer, *, token: str = TOKEN, **given: Any
) -> tuple[Told, list[str]]:
    """What `--id` says where a server answers so; and which addresses were asked for."""
    with serving(lambda path, query, body: answer) as service:
        options = {"id": "sgn_1", "url": service.url, "token_env": "TOKEN", "json": False, **given}
        told = _run(capsys, options, {"TOKEN": token})
    return told, service.seen


def _run(capsys: Captured, options: dict[str, Any], environ: dict[str, str]) -> Told:
    try:
        code = explain.run(Namespace(**options), environ)
    except Misconfigured as error:
        trouble.tell(error, as_json=options["json"])
        code = 1
    captured = capsys.readouterr()
    return Told(code, captured.out, captured.err)


def test_a_server_is_asked_for_one_signoff(capsys: Captured) -> None:
    answer, seen = asking(capsys, as_json(SAID))
    assert seen == ["/api/v1/signoffs/sgn_1/explanation"]
    assert answer.out.splitlines() == [
        "sgn_1: pending",
        "",
        "Policy",
        "  yes Care: 1 × senior or above from the owners",
        "      yes all of these",
        "          yes production",
        "",
        "Who would be asked",
        "    ada: at work until 17:30",
        "    not jun: had a part in this change",
    ]


def test_a_policy_that_changed_since_is_said(capsys: Captured) -> None:
    answer, _ = asking(capsys, as_json({**SAID, "current": False}))
    assert "the policy has changed since; this is what it says now" in answer.out


def test_what_a_server_says_is_told_to_programs_as_it_is(capsys: Captured) -> None:
    answer, _ = asking(capsys, as_json(SAID), json=True)
    assert answer.json == {"ok": True, **SAID}


def test_what_a_server_says_moves_no_cursor(capsys: Captured) -> None:
    answer, _ = asking(capsys, as_json({**SAID, "status": "pending\x1b[2J", "signoff": "\u202e"}))
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (as_json({}, 404), "answers 404"),
        (as_json([]), "it sends no explanation: rules must be a list"),
        (as_json({**SAID, "choices": [1]}), "choices[0].asked must be a list"),
        ((200, {}, b"<html>"), "not JSON"),
        ((302, {"Location": "http://127.0.0.1/"}, b""), "not followed"),
    ],
)
def test_what_a_server_does_not_explain_is_one_sentence(
    capsys: Captured, said: HttpAnswer, sentence: str
) -> None:
    answer, _ = asking(capsys, said)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("the server did not explain it: one problem\n")
    assert sentence in answer.err


def test_a_token_that_is_not_valid_is_said_and_never_shown(capsys: Captured) -> None:
    answer, _ = asking(capsys, as_json(SAID), token="another-token")
    assert "the token is not valid there" in answer.err
    assert "another-token" not in answer.err


@pytest.mark.parametrize("id", ["../health", "a b", "", "x" * 101, "sgn_1?x"])
def test_what_is_no_id_is_not_asked_for(capsys: Captured, id: str) -> None:
    answer, seen = asking(capsys, as_json(SAID), id=id or "/")
    assert answer.code == 1
    assert seen == []
    assert "--id: must be the id of a signoff" in answer.err


@pytest.mark.parametrize("missing", ["url", "token_env"])
def test_an_id_alone_is_not_enough(capsys: Captured, missing: str) -> None:
    answer, seen = asking(capsys, as_json(SAID), **{missing: None})
    assert (answer.code, seen) == (1, [])
    assert "--id needs --url and --token-env, too" in answer.err


def test_a_variable_that_is_not_set_is_named(capsys: Captured) -> None:
    answer, seen = asking(capsys, as_json(SAID), token_env="NOT_SET")
    assert (answer.code, seen) == (1, [])
    assert "the environment variable NOT_SET is not set" in answer.err


def test_how_often_anybody_was_asked_today_is_not_known_and_that_is_said(
    folder: Folder, capsys: Captured
) -> None:
    limited = CONFIG.replace("\npolicy:\n", "\npolicy:\n  attention: {per_day: 12}\n")
    assert limited != CONFIG
    said = "who has been asked as often today as policy.attention and people say is passed over"
    for text, is_told in ((limited, True), (CONFIG, False)):
        notes = value(folder, capsys, text=text)["notes"]
        assert any(note.startswith(said) for note in notes) is is_told
