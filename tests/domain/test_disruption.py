"""What a change breaks, and the best way out, against reading the rules minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.calendars import Closure, Opening, SiteCalendar
from avl.domain.clashes import judge
from avl.domain.disruption import (
    AT_LEAST,
    PASSING,
    Cause,
    cause_of,
    due_by,
    nameless,
    newly_broken,
)
from avl.domain.interval import Interval
from avl.domain.resources import Interpreter, Placement, Seat
from avl.domain.standing import Lengths
from avl.domain.way_out import Broken, WayKind, find_way, find_ways, keeps_time_and_site
from avl.domain.world import InterpreterNotice, OutOfUse, StayFact
from tests.domain.changed_worlds import with_closure, with_outage
from tests.domain.small_worlds import (
    AROHATA,
    COURT,
    COURTROOMS,
    PEOPLE,
    RIMUTAKA,
    SUITES,
    Scene,
    is_open,
    minutes_of,
    needed,
    quiet_scene,
    scenes,
)


def placed(scene: Scene, step: int = 12, person: int = 0, suite: int = 0, **more: Any) -> Placement:
    """Half an hour in a suite at Rimutaka, so many times five minutes after opening."""
    return Placement(
        court_id=COURT,
        courtroom=more.pop("courtroom", COURTROOMS[person]),
        hearing_type="CRB",
        hearing=Interval(scene.at(step), scene.at(step + more.pop("length", 6))),
        pre_minutes=more.pop("pre", 0),
        post_minutes=0,
        seats=(Seat(PEOPLE[person], RIMUTAKA, SUITES[RIMUTAKA][suite]),),
    )


placements = st.builds(
    lambda step, length, pre, person, suite: (step, length, pre, person, suite),
    st.integers(0, 54),
    st.integers(1, 18),
    st.sampled_from([0, 15]),
    st.sampled_from([0, 1]),
    st.sampled_from([0, 1]),
)


@given(scenes(), placements, st.integers(-4, 66), st.integers(1, 30))
@settings(max_examples=150)
def test_an_outage_breaks_exactly_what_occupies_the_room_meanwhile(
    scene: Scene, at: tuple[int, int, int, int, int], starts: int, lasts: int
) -> None:
    step, length, pre, person, suite = at
    placement = placed(scene, step, person, suite, length=length, pre=pre)
    room = placement.seats[0].suite
    outage = OutOfUse(scene.at(starts), scene.at(starts + lasts), "no picture")

    found = newly_broken(placement, scene.world, with_outage(scene.world, room, outage))

    _, occupied = needed(placement, scene.world)[room]
    out = set(minutes_of(Interval(outage.start, outage.end or outage.start)))
    assert bool(found) == bool(occupied & out)
    assert all(clash.resource_id == room for clash in found)


@given(scenes(), placements, st.sampled_from([COURT, RIMUTAKA, AROHATA]), st.integers(0, 4))
@settings(max_examples=150)
def test_a_closure_breaks_exactly_what_was_open_and_is_not_any_more(
    scene: Scene, at: tuple[int, int, int, int, int], site_id: int, hour: int
) -> None:
    step, length, pre, person, suite = at
    placement = placed(scene, step, person, suite, length=length, pre=pre)
    closes = time((scene.opens.hour + hour) % 23)
    after = with_closure(scene.world, site_id, Closure(scene.on, closes, None, "flood"))

    found = newly_broken(placement, scene.world, after)

    def shut(world: Any) -> bool:
        rooms = {placement.courtroom: COURT, placement.seats[0].suite: RIMUTAKA}
        return any(
            not is_open(world.sites[where].calendar, minute, world.sites[where].zone, "CRB")
            for room, where in rooms.items()
            for minute in needed(placement, world)[room][0]
        )

    was, now_shut = shut(scene.world), shut(after)
    if not was:
        assert bool(found) == now_shut
    if not now_shut:
        assert found == ()


def test_the_passing_of_time_breaks_nothing() -> None:
    scene = quiet_scene()
    placement = placed(scene)
    late = replace(scene.world, now=scene.at(14))

    assert newly_broken(placement, scene.world, late) == ()


def test_a_hearing_type_that_still_sits_is_not_broken() -> None:
    scene = quiet_scene()
    closure = Closure(scene.on, None, None, "strike", frozenset({"CRB"}))

    assert newly_broken(placed(scene), scene.world, with_closure(scene.world, COURT, closure)) == ()


def test_the_sentence_that_is_kept_names_nobody() -> None:
    scene = quiet_scene()
    moved = {PEOPLE[0]: [StayFact(AROHATA, "Arohata", scene.at(-99), None)]}
    after = replace(nameless(scene.world), stays={**scene.world.stays, **moved})

    found = newly_broken(placed(scene), nameless(scene.world), after)

    assert [clash.sentence for clash in found] == [
        "The person in custody is at Arohata on Tue 24 Nov 2026."
    ]
    assert cause_of(found[0], placed(scene), after) is Cause.TRANSFER
    assert cause_of(found[0], placed(scene), replace(after, stays={})) is Cause.RELEASE


def test_an_answer_is_due_before_the_booking_but_never_at_once() -> None:
    scene = quiet_scene()
    now, court = scene.at(0), SiteCalendar("Hutt Valley", "Pacific/Auckland", None)

    assert due_by(now, now + timedelta(days=9), court) == now + timedelta(days=1)
    assert due_by(now, now + timedelta(hours=5), court) == now + timedelta(hours=3)
    assert due_by(now, now + timedelta(minutes=20), court) == now + AT_LEAST


def test_an_answer_is_not_due_on_a_day_on_which_the_court_is_shut() -> None:
    weekdays = tuple(Opening(day, time(8), time(17)) for day in range(5))
    court = SiteCalendar("Hutt Valley", "Pacific/Auckland", weekdays)
    friday = datetime(2026, 12, 4, 3, tzinfo=UTC)

    assert due_by(friday, friday + timedelta(days=9), court) == friday + timedelta(days=3)
    assert due_by(friday, friday + timedelta(days=1), court) == friday + timedelta(hours=22)


def test_another_suite_at_the_same_time_is_the_best_way() -> None:
    scene = quiet_scene()
    world = with_outage(scene.world, SUITES[RIMUTAKA][0], OutOfUse(scene.at(0), None, "no sound"))

    way = find_way(Broken(1, placed(scene)), world)

    assert way.kind is WayKind.MOVE
    assert way.placement == placed(scene, suite=1)
    assert keeps_time_and_site(placed(scene), placed(scene, suite=1))
    assert way.why == "The same time in another suite."


def test_a_transferred_person_keeps_the_time_at_the_new_prison() -> None:
    scene = quiet_scene()
    moved = {PEOPLE[0]: [StayFact(AROHATA, "Arohata", scene.at(-99), None)]}
    world = replace(scene.world, stays={**scene.world.stays, **moved})

    way = find_way(Broken(1, placed(scene)), world)

    assert way.placement is not None
    assert way.placement.hearing == placed(scene).hearing
    assert way.placement.seats == (Seat(PEOPLE[0], AROHATA, SUITES[AROHATA][0]),)


def test_a_released_person_is_proposed_for_cancelling() -> None:
    scene = quiet_scene()
    gone = {PEOPLE[0]: [StayFact(RIMUTAKA, "Rimutaka", scene.at(-99), scene.at(0))]}
    world = replace(scene.world, stays={**scene.world.stays, **gone})

    assert find_way(Broken(1, placed(scene)), world).kind is WayKind.CANCEL


def test_with_no_suite_left_for_two_weeks_the_person_is_to_be_brought() -> None:
    scene = quiet_scene()
    world = scene.world
    for suite in SUITES[RIMUTAKA]:
        world = with_outage(world, suite, OutOfUse(scene.at(0), None, "no power"))

    way = find_way(Broken(1, placed(scene)), world)

    assert way.kind is WayKind.IN_PERSON
    assert "No AVL is possible within 14 days." in way.why


def test_another_time_says_when_it_is_too_late_to_ask_an_interpreter_for_it() -> None:
    scene = quiet_scene()
    court = replace(scene.world.sites[COURT], interpreters=InterpreterNotice(interpreter=10))
    world = replace(scene.world, sites={**scene.world.sites, COURT: court})
    for suite in SUITES[RIMUTAKA]:
        world = with_outage(world, suite, OutOfUse(scene.at(0), scene.at(60), "no power"))
    spoken = replace(placed(scene), interpreter=Interpreter("Samoan"))

    silent = find_way(Broken(1, placed(scene)), world)
    way = find_way(Broken(1, spoken), world)

    assert silent.why == "The nearest other time."
    assert way.placement is not None
    assert way.placement.interpreter == spoken.interpreter
    assert way.why.startswith("The nearest other time. An interpreter (Samoan) is asked for 10")


def test_what_is_only_too_short_is_lengthened_where_it_is_and_never_cancelled() -> None:
    scene = quiet_scene()
    longer = Broken(1, placed(scene), lengths=Lengths(hearing=60, pre=15, post=0))

    way = find_way(longer, scene.world)

    assert way.placement == placed(scene, length=12, pre=15)

    shut = scene.world
    for suite in SUITES[RIMUTAKA]:
        shut = with_outage(shut, suite, OutOfUse(scene.at(0), scene.at(9), "no power"))
        shut = with_outage(shut, suite, OutOfUse(scene.at(22), None, "no power"))
    assert find_way(longer, shut).kind is WayKind.BY_HAND


def test_whoever_must_be_there_in_person_is_brought_and_the_released_are_not() -> None:
    scene = quiet_scene()
    broken = Broken(1, placed(scene), is_in_person=True)
    assert find_way(broken, scene.world).kind is WayKind.IN_PERSON

    gone = {PEOPLE[0]: [StayFact(RIMUTAKA, "Rimutaka", scene.at(-99), scene.at(0))]}
    world = replace(scene.world, stays={**scene.world.stays, **gone})
    assert find_way(broken, world).kind is WayKind.CANCEL


@given(scenes(), st.lists(placements, min_size=2, max_size=2))
@settings(max_examples=60)
def test_ways_are_possible_and_can_all_be_taken_together(
    scene: Scene, ats: list[tuple[int, int, int, int, int]]
) -> None:
    broken = [
        Broken(100 + person, placed(scene, step, person, suite, length=length), priority=person)
        for person, (step, length, _, _, suite) in enumerate(ats)
    ]

    ways = find_ways(broken, scene.world)

    first, second = ways[101], ways[100]
    if first.placement is not None:
        verdict = judge(first.placement, scene.world, ignoring=101)
        assert {clash.rule for clash in verdict.clashes} <= PASSING
    if first.placement is not None and second.placement is not None:
        assert not _collide(first.placement, second.placement, scene)


def _collide(one: Placement, other: Placement, scene: Scene) -> bool:
    left, right = needed(one, scene.world), needed(other, scene.world)
    return any(left[key][1] & right[key][1] for key in left.keys() & right.keys())
