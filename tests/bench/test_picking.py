"""Is the invented year lived the same way each time, and by the rules?"""

from __future__ import annotations

from tests.bench.picking import STRATEGIES, Year, at_random, ours, report, simulate, whole_group
from tests.bench.year import PLATFORM, TEAMS, ZONES, a_world

FEW = 400


def test_the_same_seed_is_the_same_year() -> None:
    assert simulate(ours, 3, FEW) == simulate(ours, 3, FEW)
    assert simulate(ours, 3, FEW) != simulate(ours, 4, FEW)


def test_the_world_is_as_large_as_we_say() -> None:
    world = a_world(1, FEW)
    assert len(world.roster.people) == sum(ZONES.values()) == 20
    assert {person.timezone for person in world.roster.people.values()} == set(ZONES)
    assert {g.id: len(g.members) for g in world.roster.groups.values()} == {
        PLATFORM: 4, **{team: size for team, (size, _) in TEAMS.items()},
    }  # fmt: skip
    in_a_team = {
        p for id, group in world.roster.groups.items() if id in TEAMS for p in group.members
    }
    assert in_a_team == set(world.roster.people)
    assert len(world.work) == FEW


def test_everybody_is_lucky_alike_whoever_asks() -> None:
    one, other = a_world(1, FEW), a_world(1, FEW)
    work = one.work[7]
    for person in one.eligible(work, wider=True):
        other.look("senior-0", other.work[3], work.at, 0)
        assert one.look(person, work, work.at, 0) == other.look(person, work, work.at, 0)


def test_nobody_is_asked_about_their_own_work_or_twice() -> None:
    world = a_world(2, FEW)
    for strategy in (ours, at_random, whole_group):
        year = Year(world=world)
        assert len(year.live(strategy)) == len(world.work)
        for number, asked in year.asked.items():
            assert asked
            assert asked <= set(world.eligible(world.work[number], wider=True))
        assert sum(map(len, year.moments.values())) == sum(map(len, year.asked.values()))
        assert set(year.open.values()) <= {0}


def test_whoever_looks_is_not_away() -> None:
    world = a_world(1, FEW)
    for work in world.work[:100]:
        for person in world.eligible(work, wider=False):
            looks = world.look(person, work, work.at, 0)
            assert looks > work.at
            assert world.absence(person, looks) is None


def test_we_wake_fewer_people_than_a_lot_does_and_are_sooner() -> None:
    chosen, by_lot = simulate(ours, 1, 1_000), simulate(at_random, 1, 1_000)
    assert chosen.off_hours < by_lot.off_hours
    assert chosen.wait < by_lot.wait
    assert chosen.variation < by_lot.variation


def test_the_report_has_a_row_for_each() -> None:
    assert len(report(seeds=(1,), changes=50)) == 2 + len(STRATEGIES)
