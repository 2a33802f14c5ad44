"""Which of several bookings in each other's way may stay, against counting minutes one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat
from avl.domain.way_out import Broken, WayKind, find_ways
from avl.domain.world import Apart, PersonFacts, Present, ResourceFacts, World
from tests.domain.company import company_by_the_minute
from tests.domain.small_worlds import COURT, COURTROOMS, PEOPLE, RIMUTAKA, SUITES, quiet_scene

FOUR = (101, 102, 103, 104)
"""Ids of the bookings; each has a person, a suite and a courtroom of its own."""


@dataclass(frozen=True, repr=False)
class Crowded:
    """Four bookings at one prison, and how much each matters."""

    world: World
    placements: Mapping[int, Placement]
    priorities: Mapping[int, int]

    def __repr__(self) -> str:
        spans = {key: str(placed.span) for key, placed in self.placements.items()}
        return f"Crowded({spans}, {self.priorities}, {self.world.apart}, {self.world.people})"

    def with_only(self, booking_ids: Collection[int]) -> World:
        """The world in which the others have gone."""
        there = [one for one in self.world.present[RIMUTAKA] if one.booking_id in booking_ids]
        return replace(self.world, present={RIMUTAKA: there})

    def broken_among(self, booking_ids: Collection[int]) -> set[int]:
        """Who may not be there while nobody but these is."""
        world = self.with_only(booking_ids)
        return {
            key for key in booking_ids if company_by_the_minute(self.placements[key], world, key)
        }


@st.composite
def crowded(draw: st.DrawFn) -> Crowded:
    """Draw four short bookings within two hours, and rules that part some of them."""
    scene = quiet_scene()
    world, site = scene.world, scene.world.sites[RIMUTAKA]
    site = replace(
        site,
        pickup=timedelta(minutes=15),
        escort_capacity=draw(st.sampled_from([None, 1, 2])),
        separates_youth=draw(st.booleans()),
    )
    young = {key: draw(st.booleans()) for key in FOUR}
    birthday = {True: scene.on + timedelta(days=99), False: None}
    pairs = draw(st.lists(st.tuples(*[st.sampled_from(FOUR)] * 2), max_size=3))
    apart: dict[int, list[Apart]] = {}
    for first, second in pairs:
        if first != second:
            one = Apart(first, second, timedelta(minutes=30), draw(st.integers(0, 3)) == 0)
            for person in (first, second):
                apart.setdefault(person, []).append(one)
    resources, placements = dict(world.resources), {}
    suite, courtroom = resources[SUITES[RIMUTAKA][0]], resources[COURTROOMS[0]]
    for key in FOUR:
        resources[key] = ResourceFacts(key, f"Person {key}", "person")
        resources[key + 100] = replace(suite, id=key + 100)
        resources[key + 200] = replace(courtroom, id=key + 200)
        step = draw(st.integers(6, 30))
        hearing = Interval(scene.at(step), scene.at(step + draw(st.integers(1, 6))))
        seat = Seat(key, RIMUTAKA, key + 100)
        placements[key] = Placement(COURT, key + 200, "CRB", hearing, 0, 0, (seat,))
    present = [
        Present(key, RIMUTAKA, key + 100, placed.span, key, young[key])
        for key, placed in placements.items()
    ]
    world = replace(
        world,
        sites={**world.sites, RIMUTAKA: site},
        resources=resources,
        stays=dict.fromkeys(FOUR, world.stays[PEOPLE[0]]),
        people={key: PersonFacts(young[key], adult_on=birthday[young[key]]) for key in FOUR},
        apart={key: tuple(ones) for key, ones in apart.items()},
        present={RIMUTAKA: present},
    )
    order = draw(st.permutations(range(len(FOUR))))
    return Crowded(world, placements, dict(zip(FOUR, order, strict=True)))


@given(crowded())
@settings(max_examples=300)
def test_as_many_stay_as_may_and_those_that_matter_least_go(crowd: Crowded) -> None:
    broken = crowd.broken_among(FOUR)

    ways = find_ways(
        (Broken(key, crowd.placements[key], priority=crowd.priorities[key]) for key in broken),
        crowd.world,
    )

    staying = {key for key, way in ways.items() if way.kind is WayKind.STAY}
    left = (set(FOUR) - broken) | staying
    assert set(ways) == broken
    # Nobody is told to stay where they may not, once the rest have gone,
    assert crowd.broken_among(left) == set()
    # nobody has to go who might stay beside them,
    for key in broken - staying:
        assert crowd.broken_among({*left, key})
    # and whoever matters most is among those that stay.
    if broken:
        assert max(broken, key=crowd.priorities.__getitem__) in staying
