"""`simulate`: the past of a real repository under the policy of today, and under another."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.offline import simulate
from bot.offline.simulate import Past
from bot.offline.simulating import Timed
from tests.builders import NOW, a_change
from tests.offline.company import CLAUDE, CONFIG, POLICY, Captured, Folder, Told, told
from tests.repositories import Repository, a_repository

CANDIDATE = CONFIG.replace(
    POLICY,
    """
policy:
  rules:
    - {name: AI twice, when: {ai: assisted}, require: {approvals: 2}}
    - {name: Others are free, when: {ai: undeclared}, require: {approvals: 0}}
""",
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """In payments-api: by hand, with Claude, in docs, and by somebody nobody knows."""
    made = a_repository(tmp_path)
    made.now = datetime.fromisoformat("2026-03-02T10:00:00Z")
    made.git("remote", "add", "origin", "git@example.com:acme/payments-api.git")
    made.commit("By hand", a_py="one\n")
    made.commit(f"Helped\n\n{CLAUDE}", a_py="two\n")
    made.commit("Words", readme_md="three\n")
    made.commit("From afar", ("Zoe", "zoe@else.example"), a_py="four\n")
    return made


def options(repository: Repository, folder: Folder, **given: Any) -> dict[str, Any]:
    usual = {
        "git": str(repository.path),
        "since": "2026-03-01",
        "until": "2026-03-15",
        "config": folder.put("countersign.yaml", CONFIG),
        "candidate": None,
        "environment": "production",
        "minutes_per_review": 10.0,
        "json": False,
    }
    return {**usual, **given}


def simulating(repository: Repository, folder: Folder, capsys: Captured, **given: Any) -> Told:
    return told(capsys, "simulate", options(repository, folder, **given))


def value(repository: Repository, folder: Folder, capsys: Captured, **given: Any) -> Any:
    answer = simulating(repository, folder, capsys, json=True, **given)
    assert answer.code == 0, answer
    return answer.json


def candidate(folder: Folder, text: str = CANDIDATE) -> str:
    return folder.put("candidate.yaml", text)


def test_the_past_is_told_in_a_table(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    answer = simulating(repository, folder, capsys)
    assert answer.code == 0
    shown = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert shown[0] == "4 changes from 2026-03-01 to 2026-03-15"
    assert shown[2:6] == ["TODAY", "asked for 4 (100%)", "signatures needed 5", "asks sent 8"]
    assert "hours of review a week 0.4" in shown
    assert "expired before an answer 0 of 4" in shown
    assert "added delay, median 30 min" in shown
    assert "assisted 1 of 1" in shown
    assert "AI in production 4 of 4" in shown
    assert "Freeze 0 of 0" in shown
    assert "Ada Park (ada) 4" in shown
    assert not any("CANDIDATE" in line for line in shown)


def test_what_expires_before_an_answer_is_told_instead_of_a_delay(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    hasty = CONFIG.replace("remind: 15m, escalate: 1h, expire: 8h", "remind: 5m, expire: 10m")
    assert hasty != CONFIG
    config = folder.put("hasty.yaml", hasty.replace(", escalate_to: platform", ""))
    answer = simulating(repository, folder, capsys, config=config)
    shown = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "expired before an answer 4 of 4" in shown
    assert "added delay, median -" in shown
    assert "added delay, 95 of 100 within -" in shown


def test_what_is_assumed_is_said(repository: Repository, folder: Folder, capsys: Captured) -> None:
    shown = simulating(repository, folder, capsys, minutes_per_review=7.5).out
    assert (
        "assumed: a review takes 7.5 minutes; whoever is asked answers 30 min after they are at "
        "work; nobody is away"
    ) in shown


def test_authors_nobody_knows_are_said(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    shown = simulating(repository, folder, capsys).out
    assert (
        "note: 1 changes are by authors who are not in the roster: Zoe <zoe@else.example> (1)"
    ) in shown


def test_a_candidate_stands_beside_it_with_what_it_changes(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    answer = simulating(repository, folder, capsys, candidate=candidate(folder))
    shown = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert shown[2:4] == ["TODAY CANDIDATE", "asked for 4 (100%) 1 (25%)"]
    assert "AI in production 4 of 4 -" in shown
    assert "Others are free - 0 of 3" in shown
    assert "3 no longer asked for" in shown
    assert "1 more signatures" in shown
    helped = repository.git("rev-parse", "HEAD~2")[:8]
    assert (
        f"{helped} 2026-03-02 Helped: 1 × senior or above from payments-seniors -> 2 × senior or "
        "above from payments-seniors (now AI twice, no longer AI in production)"
    ) in shown


def test_a_candidate_that_is_the_same_is_said_to_be(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    answer = simulating(repository, folder, capsys, candidate=candidate(folder, CONFIG))
    assert "The candidate treats every change as today's policy does." in answer.out


def test_programs_are_told_the_same(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    found = value(repository, folder, capsys, candidate=candidate(folder))
    assert found["ok"] is True
    assert found["since"] == "2026-03-01T00:00:00+00:00"
    assert found["assumptions"] == {"minutes_per_review": 10.0, "reaction_seconds": 1800.0}
    today = found["today"]
    assert (today["changes"], today["asked_for"], today["signatures"]) == (4, 4, 5)
    assert today["ai"]["assisted"] == {"asked_for": 1, "changes": 1}
    assert today["rules"]["Freeze"] == {"asked_for": 0, "changes": 0}
    assert today["people"] == {"ada": 4, "grace": 4}
    assert today["median_delay_seconds"] == 1800
    assert found["candidate"]["asked_for"] == 1
    assert found["shifts"] == {"no_longer": 3, "more": 1}
    assert {it["shift"] for it in found["examples"]} == {"no_longer", "more"}
    assert found["strangers"] == [{"author": "Zoe <zoe@else.example>", "changes": 1}]


def test_without_a_candidate_programs_are_told_none(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    found = value(repository, folder, capsys)
    assert (found["candidate"], found["shifts"], found["examples"]) == (None, {}, [])


def test_the_environment_is_chosen(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    rules = value(repository, folder, capsys, environment="staging")["today"]["rules"]
    assert rules["AI in production"]["changes"] == 0
    assert rules["default"]["changes"] == 4


def test_only_the_span_counts(repository: Repository, folder: Folder, capsys: Captured) -> None:
    found = value(
        repository, folder, capsys, since="2026-03-02T10:02:00Z", until="2026-03-02T10:04:00Z"
    )
    assert found["today"]["changes"] == 2


def test_a_span_may_be_so_long_ago(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    assert value(repository, folder, capsys, since="99999w", until=None)["today"]["changes"] == 4


def test_codeowners_of_the_tree_are_read(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    by_owners = CONFIG + (
        "    - {name: By owners, rules: [{name: Owners, require: {from: codeowners}}]}\n"
    )
    config = folder.put("owners.yaml", by_owners)
    before = value(repository, folder, capsys, config=config)
    assert "the repository has no CODEOWNERS" in before["notes"]
    assert set(before["today"]["people"]) == {"ada", "grace"}
    repository.write(".github/CODEOWNERS", "* @acme/platform\n")
    repository.commit("Owners")
    after = value(repository, folder, capsys, config=config)
    assert ".github/CODEOWNERS is that of its tree today" in after["notes"]
    assert set(after["today"]["people"]) == {"ada", "grace", "pat", "ruth"}


def test_codeowners_that_are_too_large_are_unknown(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    rule = "    - {name: Care, rules: [{name: Nobodys, when: {unowned: true}}]}\n"
    config = folder.put("care.yaml", CONFIG + rule)

    def nobodys(lines: int) -> Any:
        repository.write("CODEOWNERS", "* @acme/payments\n" * lines)
        repository.commit(f"{lines} lines")
        return value(repository, folder, capsys, config=config)["today"]["rules"]["Nobodys"]

    assert nobodys(2)["changes"] == 0
    assert nobodys(50_001)["changes"] == 6


def test_who_was_on_call_is_asked_more(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    more = CONFIG.replace("members: [ada, grace], owns", "members: [ada, eve, grace], owns")
    more = more.replace("people:\n", "people:\n  eve: {name: Eve, level: senior, slack: U0EVE}\n")
    eve = more.replace("members: [grace, ada], starting", "members: [eve], starting")
    ada = more.replace("members: [grace, ada], starting", "members: [ada], starting")
    found = value(
        repository,
        folder,
        capsys,
        config=folder.put("eve.yaml", eve),
        candidate=candidate(folder, ada),
    )
    assert found["today"]["people"]["eve"] == found["candidate"]["people"]["ada"] == 4
    assert found["today"]["people"]["ada"] < 4


def test_codeowners_of_gitlab_are_read_as_gitlab_does(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    by_owners = CONFIG + (
        "    - {name: By owners, rules: [{name: Owners, require: {from: codeowners}}]}\n"
    )
    config = folder.put("owners.yaml", by_owners)
    repository.write(".gitlab/CODEOWNERS", "[All][2] @acme/platform\n*\n")
    repository.commit("Owners")
    found = value(repository, folder, capsys, config=config)
    assert ".gitlab/CODEOWNERS is that of its tree today" in found["notes"]
    assert found["today"]["signatures"] >= 4 * 3


@pytest.mark.parametrize("place", ["", ".github/", ".gitlab/"])
def test_the_repositorys_own_policy_counts(
    repository: Repository, folder: Folder, capsys: Captured, place: str
) -> None:
    repository.write(f"{place}.countersign.yaml", "rules: [{name: Two, require: {approvals: 2}}]")
    repository.commit("Two of us")
    found = value(repository, folder, capsys)
    assert found["today"]["rules"]["repository: Two"] == {"asked_for": 5, "changes": 5}
    assert "the repository's own policy is that of its tree today" in found["notes"]


def test_a_rota_that_would_have_to_be_fetched_is_named(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    fetched = CONFIG.replace(
        "rotas:\n", "rotas:\n  pager: {kind: pagerduty, schedule: PABC123, token_env: PAGER}\n"
    )
    config = folder.put("fetched.yaml", fetched)
    notes = value(repository, folder, capsys, config=config)["notes"]
    assert "who was on call is not fetched here: pager" in notes


def test_text_of_a_repository_moves_no_cursor(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    repository.commit("Evil \x1b[2J\u202e", ("Zo\x1b[2J\u202ee", "z@else.example"), a_py="5\n")
    shown = simulating(repository, folder, capsys, candidate=candidate(folder)).out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "Evil" in shown


# Another source.


def test_another_source_may_give_the_past(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    asked = list[tuple[datetime, datetime]]()

    def stored(arguments: argparse.Namespace, since: datetime, until: datetime) -> Past:
        asked.append((since, until))
        at = datetime.fromisoformat("2026-03-03T10:00:00Z")
        changes = [Timed(change=a_change(key=str(n)), at=at) for n in range(3)]
        return Past(changes=changes, notes=("as it was stored",))

    given = argparse.Namespace(**options(repository, folder, git=None))
    assert simulate.run(given, stored) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("3 changes from 2026-03-01 to 2026-03-15\n")
    assert "note: as it was stored" in shown
    (span,) = asked
    assert span[1] - span[0] == timedelta(days=14)


# What it refuses.


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"since": "yesterday"}, "--since: must be a day, or a moment with its offset"),
        ({"since": "999999w"}, "--since: must be"),
        ({"since": "2026-03-01T10:00:00"}, "--since: must be"),
        ({"until": "soon"}, "--until: must be a day, or a moment with its offset"),
        ({"since": "2026-03-16"}, "--since has to be before --until"),
        ({"since": "2100-01-01", "until": "2101-01-01"}, "and before now"),
        ({"until": "2026-03-02"}, "nothing was shipped in this span"),
        ({"minutes_per_review": 0.0}, "--minutes-per-review: must be more than 0"),
        ({"minutes_per_review": float("nan")}, "--minutes-per-review: must be more than 0"),
        ({"minutes_per_review": 481.0}, "--minutes-per-review: must be more than 0"),
        ({"git": "/nowhere/at/all"}, "there is no folder /nowhere/at/all"),
        ({"candidate": "/nowhere.yaml"}, "/nowhere.yaml: No such file or directory"),
        ({"config": "/nowhere.yaml"}, "/nowhere.yaml: No such file or directory"),
    ],
)
def test_what_cannot_be_simulated_is_one_sentence(
    repository: Repository,
    folder: Folder,
    capsys: Captured,
    given: dict[str, Any],
    sentence: str,
) -> None:
    answer = simulating(repository, folder, capsys, **given)
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err
    assert len(answer.err.splitlines()) == 2


def test_a_candidate_with_mistakes_is_told_by_its_name(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    bad = candidate(folder, CONFIG + "surprise: 1\n")
    answer = simulating(repository, folder, capsys, candidate=bad)
    assert answer.code == 1
    assert "candidate.yaml has mistakes: one problem" in answer.err


def test_a_folder_without_a_repository_is_refused(
    folder: Folder, repository: Repository, capsys: Captured, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = simulating(repository, folder, capsys, git=str(empty), json=True)
    assert answer.code == 1
    assert answer.json["ok"] is False
    assert answer.json["problems"][0].startswith("there is no git repository in")


def test_now_is_the_end_of_the_past(
    repository: Repository, folder: Folder, capsys: Captured
) -> None:
    found = value(repository, folder, capsys, until="2199-01-01")
    assert datetime.fromisoformat(found["until"]) < NOW + timedelta(days=365 * 50)
