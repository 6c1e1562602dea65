"""Without a server, too, those are asked who may sign; what is known of them is the load alone."""

from __future__ import annotations

from dataclasses import replace

from bot import config
from bot.domain.asking.choosing import Load
from bot.domain.asking.inviting import rotas_of
from bot.domain.asking.rota import Rota, Shift
from bot.domain.change import Touch
from bot.domain.judging import Judged, judge
from bot.domain.signoff import Ask
from bot.offline.files import rules_of
from bot.offline.inviting import (
    Inviting,
    inviting_by,
    signatures,
    unread_rotas,
    wanted,
)
from tests.builders import NOW, PAYMENTS, PLATFORM, ROSTER, a_change, a_file, a_policy, a_rule, who
from tests.offline.company import CONFIG

HOUSE = config.load(CONFIG)


def judged(**facts: object) -> Judged:
    return judge(rules_of(HOUSE), a_change(**facts), NOW)


def first(inviting: Inviting, found: Judged, load: dict[str, Load] | None = None) -> str:
    (choice,) = inviting.choices(found, NOW, load)
    return choice.asked[0].person


def an_ask(approvals: int, *groups: str, people: frozenset[str] = frozenset()) -> Ask:
    return Ask(approvals=approvals, level="senior", groups=frozenset(groups), people=people)


def test_there_is_a_choice_for_each_ask() -> None:
    found = judged(files=(a_file(), a_file("infra/main.tf")))
    choices = inviting_by(HOUSE).choices(found, NOW)
    assert [{it.person for it in choice.asked} for choice in choices] == [
        {"ada", "grace"},
        {"pat", "ruth"},
    ]


def test_nobody_is_asked_twice_for_one_change() -> None:
    policy = a_policy(
        a_rule("Above", sources=(PLATFORM,), level="staff"),
        a_rule("Many", sources=(PLATFORM, PAYMENTS), approvals=2),
    )
    found = judge(replace(rules_of(HOUSE), policy=policy), a_change(), NOW)
    choices = inviting_by(HOUSE).choices(found, NOW)
    asked = [it.person for choice in choices for it in choice.asked]
    assert len(choices) == 2
    assert len(asked) == len(set(asked)) == 3


def test_who_had_a_part_is_not_asked() -> None:
    (choice,) = inviting_by(HOUSE).choices(judged(author=who("grace"), environment="staging"), NOW)
    assert [it.person for it in choice.asked] == ["ada"]


def test_who_is_on_call_comes_first() -> None:
    for person in ("ada", "grace"):
        shift = Shift(person=person, start=None, end=None)
        rotas = {"payments": Rota(name="payments", shifts=(shift,))}
        assert first(Inviting(roster=HOUSE.roster, rotas=rotas), judged()) == person


def test_who_has_less_to_carry_comes_first() -> None:
    inviting = Inviting(roster=HOUSE.roster)
    assert first(inviting, judged(), {"ada": Load(open=1, week=3)}) == "grace"
    assert first(inviting, judged(), {"grace": Load(open=1, week=3)}) == "ada"


def test_who_knows_the_files_comes_first() -> None:
    inviting = Inviting(roster=HOUSE.roster)
    for person in ("ada", "grace"):
        touches = (Touch(who=who(person), commits=6), Touch(who=who(person), commits=6, last=NOW))
        found = judged(touches=(*touches, Touch(who=who("stranger"), commits=90)))
        (choice,) = inviting.choices(found, NOW)
        assert choice.asked[0].person == person
        assert any(why.startswith("12 commits to these files") for why in choice.asked[0].why)


def test_where_nobody_has_to_sign_there_is_no_choice() -> None:
    free = a_change(environment="staging", author=who("ada"), files=(a_file("docs/a.md"),), ai=None)
    found = judge(rules_of(HOUSE), free, NOW)
    assert wanted(found.judgement.requirement) == ()
    assert inviting_by(HOUSE).choices(found, NOW) == ()


def test_the_rotas_of_those_who_are_asked_matter_and_no_others() -> None:
    assert rotas_of(judged().judgement.requirement, HOUSE.roster) == ("payments",)
    other = judged(repository="acme/search", environment="staging")
    assert rotas_of(other.judgement.requirement, HOUSE.roster) == ()


def test_a_rota_of_the_config_itself_is_read() -> None:
    assert set(inviting_by(HOUSE).rotas) == {"payments"}
    assert unread_rotas(HOUSE, judged().judgement.requirement) == ""


def test_those_who_may_sign_twice_are_counted_once() -> None:
    one, two = an_ask(1, PAYMENTS), an_ask(2, PAYMENTS, PLATFORM)
    assert signatures([], ROSTER) == 0
    assert signatures([one], ROSTER) == 1
    assert signatures([one, two], ROSTER) == 2
    assert signatures([an_ask(1, PAYMENTS), an_ask(2, PLATFORM)], ROSTER) == 3


def test_circles_that_a_third_one_joins_are_counted_together() -> None:
    apart = [an_ask(1, PAYMENTS), an_ask(1, PLATFORM)]
    assert signatures(apart, ROSTER) == 2
    assert signatures([*apart, an_ask(1, PAYMENTS, PLATFORM)], ROSTER) == 1


def test_circles_that_touch_one_after_the_other_are_counted_together() -> None:
    chain = [an_ask(1, people=frozenset(them)) for them in (("ada", "grace"), ("grace", "pat"))]
    assert signatures([*chain, an_ask(1, people=frozenset({"ada"}))], ROSTER) == 1
    assert signatures([*chain, an_ask(1, people=frozenset({"ruth"}))], ROSTER) == 2


def test_a_person_who_is_asked_by_name_is_one_of_their_group() -> None:
    by_name = an_ask(1, people=frozenset({"ada"}))
    assert signatures([by_name, an_ask(1, PAYMENTS)], ROSTER) == 1
    assert signatures([by_name, an_ask(1, PLATFORM)], ROSTER) == 2


def test_asks_of_groups_that_nobody_knows_still_count() -> None:
    assert signatures([an_ask(1, "gone"), an_ask(1, "lost")], ROSTER) == 2
