"""The one function that judges, against somebody who looks at every minute by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.clashes import Rule, judge
from avl.domain.interval import Interval
from avl.domain.resources import Placement, Seat
from avl.domain.world import Busy, Permit, StayFact, World
from tests.domain import small_worlds as small
from tests.domain.company import company_by_the_minute


@st.composite
def placements(draw: Any, scene: small.Scene) -> Placement:
    people = draw(st.sampled_from([(41,), (42,), (41, 42), (41, 41)]))
    start = scene.at(draw(small.steps))
    minutes = draw(small.lengths)
    pre, post = (draw(st.sampled_from([0, 10, 20])) for _ in range(2))
    seats = []
    for person in people:
        site_id = draw(st.sampled_from([small.RIMUTAKA, small.AROHATA]))
        seats.append(
            Seat(
                person,
                site_id,
                draw(st.sampled_from(small.SUITES[site_id])),
                draw(st.sampled_from([None, small.COUNSEL])),
                draw(st.sampled_from([None, *small.INSTRUCTION])),
            )
        )
    return Placement(
        small.COURT,
        draw(st.sampled_from(small.COURTROOMS)),
        draw(st.sampled_from(["CRB", "CRX"])),
        Interval(start, start + timedelta(minutes=minutes)),
        pre,
        post,
        tuple(seats),
    )


def rules_by_the_minute(placement: Placement, world: World, ignoring: int | None) -> set[Rule]:
    """Which rules are broken, found without intervals, calendars or holds."""
    broken = set()
    for key, (used, occupied) in small.needed(placement, world).items():
        facts = world.resources[key]
        if key == small.COUNSEL:
            occupied, taken_rule = used, Rule.COUNSEL_ELSEWHERE
        else:
            taken_rule = Rule.TAKEN
        if facts.calendar and not all(
            small.is_open(
                facts.calendar, minute, world.sites[facts.site_id].zone, placement.hearing_type
            )
            for minute in used
        ):
            broken.add(Rule.CLOSED)
        if facts.calendar and not small.is_in_one_sitting(facts.calendar, used):
            broken.add(Rule.CLOSED)
        if any(out.start <= minute < out.end for out in facts.outages for minute in occupied):
            broken.add(Rule.OUT_OF_USE)
        if any(
            hold.booking_id != ignoring and hold.interval.contains(minute)
            for hold in world.busy[key]
            for minute in occupied
        ):
            broken.add(taken_rule)
    for room in placement.rooms:
        facts = world.resources[room]
        if not facts.is_active:
            broken.add(Rule.OUT_OF_USE)
        if facts.permits == (Permit(None, None, "CRX"),) and placement.hearing_type != "CRX":
            broken.add(Rule.NOT_PERMITTED)
    company = company_by_the_minute(placement, world, ignoring)
    broken |= _bridge_by_the_minute(placement, world, ignoring)
    return broken | _people_by_the_minute(placement, world) | company


def _bridge_by_the_minute(placement: Placement, world: World, ignoring: int | None) -> set[Rule]:
    """Who dials in on each leg, and how many ports nobody uses in any of its minutes."""
    ports = [
        key for key in small.PORTS if key in world.resources and world.resources[key].is_active
    ]
    if not ports:
        return set()
    for leg in placement.legs:
        if leg.kind == "hearing":
            calls = [["courtroom", *(seat.suite for seat in placement.seats)]]
        else:
            counsel = {seat.counsel for seat in placement.seats if seat.counsel}
            calls = [
                [one, *(seat.suite for seat in placement.seats if seat.counsel == one)]
                for one in counsel
            ]
        needed = sum(len(ends) for ends in calls if len(ends) > 2)
        free = 0
        for key in ports:
            used = [hold.interval for hold in world.busy[key] if hold.booking_id != ignoring]
            used += [Interval(out.start, out.end) for out in world.resources[key].outages]
            minutes = small.minutes_of(leg.interval)
            free += not any(one.contains(minute) for one in used for minute in minutes)
        if free < needed:
            return {Rule.BRIDGE_FULL}
    return set()


def _people_by_the_minute(placement: Placement, world: World) -> set[Rule]:
    broken = set()
    minutes = list(small.minutes_of(placement.span))
    for seat in placement.seats:
        if not any(
            stay.site_id == seat.site_id
            and all(stay.start <= at and (not stay.end or at < stay.end) for at in minutes)
            for stay in world.stays[seat.person]
        ):
            broken.add(Rule.NOT_IN_CUSTODY_THERE)
        if minutes[0] < world.now + world.sites[seat.site_id].notice:
            broken.add(Rule.TOO_SOON)
    if minutes[0] < world.now:
        broken = broken - {Rule.TOO_SOON} | {Rule.IN_THE_PAST}
    for what in ("person", "suite", "instruction_suite"):
        used = [one for seat in placement.seats if (one := getattr(seat, what))]
        if len(set(used)) < len(used):
            broken.add(Rule.SAME_TWICE)
    return broken


@settings(max_examples=200, deadline=None)
@given(st.data(), small.scenes())
def test_judge_finds_what_a_look_at_every_minute_finds(data: Any, scene: small.Scene) -> None:
    placement = data.draw(placements(scene))
    ignoring = data.draw(st.sampled_from([None, 0, 1]))

    verdict = judge(placement, scene.world, ignoring=ignoring)

    expected = rules_by_the_minute(placement, scene.world, ignoring)
    warnings = expected & {Rule.COUNSEL_ELSEWHERE}
    assert {clash.rule for clash in verdict.clashes} == expected - warnings
    assert {clash.rule for clash in verdict.warnings} == warnings
    assert verdict.is_possible is (expected <= {Rule.COUNSEL_ELSEWHERE})


@settings(max_examples=50, deadline=None)
@given(st.data(), small.scenes())
def test_judge_says_everything_once_in_whole_sentences(data: Any, scene: small.Scene) -> None:
    verdict = judge(data.draw(placements(scene)), scene.world)

    said = [clash.sentence for clash in (*verdict.clashes, *verdict.warnings)]
    assert len(set(said)) == len(said)
    assert all(one.endswith(".") and ".." not in one and "  " not in one for one in said)


def test_judge_refuses_rooms_that_stand_elsewhere(quiet: small.Scene) -> None:
    wrong = replace(_plain(quiet), courtroom=small.SUITES[small.RIMUTAKA][0])

    (clash,) = judge(wrong, quiet.world).clashes

    assert (clash.rule, clash.sentence) == (
        Rule.UNKNOWN_PLACE,
        "There is no such courtroom there.",
    )


def test_judge_says_where_a_person_is_instead(quiet: small.Scene) -> None:
    quiet.world.stays = {41: [StayFact(small.AROHATA, "Arohata", quiet.at(-999), None)]}

    (clash,) = judge(_plain(quiet), quiet.world).clashes

    assert clash.sentence == "Person 41 is at Arohata on Tue 24 Nov 2026."


def test_judge_says_from_when_a_person_is_elsewhere(quiet: small.Scene) -> None:
    quiet.world.stays = {
        41: [
            StayFact(small.RIMUTAKA, "Rimutaka", quiet.at(-999), quiet.at(2)),
            StayFact(small.AROHATA, "Arohata", quiet.at(2), None),
        ]
    }

    (clash,) = judge(_plain(quiet), quiet.world).clashes

    assert clash.sentence == "Person 41 is at Arohata from Tue 24 Nov 2026."


def test_judge_tells_nothing_of_what_a_person_is_wanted_for_elsewhere(quiet: small.Scene) -> None:
    quiet.world.busy = {41: [Busy(Interval(quiet.at(2), quiet.at(4)), 7, label="")]}

    (clash,) = judge(_plain(quiet), quiet.world).clashes

    assert clash.sentence == "Person 41 is not available 9:10 am to 9:20 am."


def test_judge_names_the_booking_a_person_already_appears_in(quiet: small.Scene) -> None:
    quiet.world.busy = {41: [Busy(Interval(quiet.at(2), quiet.at(4)), 7, label="AVL-7K3F9C")]}

    (clash,) = judge(_plain(quiet), quiet.world).clashes

    assert clash.sentence == "Person 41 already appears 9:10 am to 9:20 am (AVL-7K3F9C)."


def _plain(scene: small.Scene) -> Placement:
    return Placement(
        small.COURT,
        small.COURTROOMS[0],
        "CRB",
        Interval(scene.at(0), scene.at(6)),
        0,
        0,
        (Seat(41, small.RIMUTAKA, small.SUITES[small.RIMUTAKA][0]),),
    )
