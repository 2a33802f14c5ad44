"""Offers against trying everything: none missed, none wrong, and a true proof where none is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avl.domain.clashes import Rule, judge
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, to_local
from avl.domain.offers import Rank, Wish, WishSeat, find_offers
from avl.domain.resources import Placement, Seat
from avl.domain.shelf import COUNSEL_ELSEWHERE, ODD_TIME, OTHER_COURTROOM, OTHER_SUITE
from avl.domain.world import Busy, StayFact, World
from tests.domain import small_worlds as small

ALL_SUITES = (*small.SUITES[small.RIMUTAKA], *small.SUITES[small.AROHATA])


@st.composite
def wishes(draw: Any, scene: small.Scene) -> Wish:
    people = draw(st.sampled_from([(41,), (42,), (41, 42)]))
    choices = st.sampled_from([None, None, ALL_SUITES[:1], ALL_SUITES[::-1]])
    few = [(), small.INSTRUCTION[:1]]
    booths = st.sampled_from(few if len(people) > 1 else [*few, small.INSTRUCTION])
    return Wish(
        court_id=small.COURT,
        courtrooms=draw(st.sampled_from([(), (11,), (12, 11)])),
        hearing_type=draw(st.sampled_from(["CRB", "CRX"])),
        minutes=draw(st.sampled_from([5, 15, 40])),
        pre_minutes=draw(st.sampled_from([0, 15])),
        post_minutes=draw(st.sampled_from([0, 10])),
        seats=tuple(
            WishSeat(
                person,
                draw(st.sampled_from([None, small.COUNSEL])),
                draw(choices),
                draw(st.sampled_from([None, *ALL_SUITES])),
                draw(booths),
            )
            for person in people
        ),
        wanted_start=scene.at(draw(small.steps)),
        first=scene.on,
        last=scene.on + timedelta(days=draw(st.integers(0, 1))),
        limit=None,
        ignoring=draw(st.sampled_from([None, 0])),
    )


def every_placement(wish: Wish, world: World, scene: small.Scene) -> Iterator[Placement]:
    """Everything anybody could try on the first day, from before opening to after closing."""
    rooms = wish.courtrooms or small.COURTROOMS
    seats = [list(_ways_to_sit(seat, wish)) for seat in wish.seats]
    for step in range(-8, 84):
        start = scene.at(step)
        if local_day(start, scene.zone) != scene.on:
            continue
        hearing = Interval(start, start + timedelta(minutes=wish.minutes))
        for room, *seated in itertools.product(rooms, *seats):
            yield Placement(
                small.COURT,
                room,
                wish.hearing_type,
                hearing,
                wish.pre_minutes,
                wish.post_minutes,
                tuple(seated),
            )


def _ways_to_sit(seat: WishSeat, wish: Wish) -> Iterator[Seat]:
    booths = seat.instruction_suites if wish.pre_minutes or wish.post_minutes else ()
    for site_id, suites in small.SUITES.items():
        for suite in suites:
            if seat.suites is None or suite in seat.suites:
                for booth in booths or (None,):
                    yield Seat(seat.person, site_id, suite, seat.counsel, booth)


def rank_of(placement: Placement, wish: Wish, world: World, zone: str) -> Rank:
    """The rank as its documentation says it."""
    wanted, here = (to_local(at, zone) for at in (wish.wanted_start, placement.hearing.start))
    cost = abs((here.hour * 60 + here.minute) - (wanted.hour * 60 + wanted.minute))
    if cost and here.minute not in (0, 15, 30, 45):
        cost += ODD_TIME
    if wish.courtrooms:
        cost += wish.courtrooms.index(placement.courtroom) * OTHER_COURTROOM
    if judge(placement, world, ignoring=wish.ignoring).warnings:
        cost += COUNSEL_ELSEWHERE
    for seat, asked in zip(placement.seats, wish.seats, strict=True):
        if asked.preferred_suite not in (None, seat.suite):
            cost += OTHER_SUITE
    days = (here.date() - wanted.date()).days
    return Rank(abs(days), days < 0, cost, placement.hearing.start)


@settings(max_examples=60, deadline=None)
@given(st.data(), small.scenes())
def test_find_offers_finds_what_trying_everything_finds(data: Any, scene: small.Scene) -> None:
    wish, world = data.draw(wishes(scene)), scene.world

    search = find_offers(wish, world)

    possible = [
        one
        for one in every_placement(wish, world, scene)
        if judge(one, world, ignoring=wish.ignoring).is_possible
    ]
    found = {
        offer.placement.hearing.start: offer
        for offer in search.offers
        if local_day(offer.placement.hearing.start, scene.zone) == scene.on
    }
    assert set(found) == {one.hearing.start for one in possible}
    assert all(found[one.hearing.start].placement in possible for one in possible)
    assert (search.proof is None) is bool(search.offers)
    best: dict[Any, Rank] = {}
    for one in possible:
        rank = rank_of(one, wish, world, scene.zone)
        best[one.hearing.start] = min(rank, best.get(one.hearing.start, rank))
    if len(wish.seats) == 1:
        assert {at: offer.rank for at, offer in found.items()} == best
    else:  # Co-defendants may have to share out their preferred suites.
        assert all(best[at].cost <= offer.rank.cost for at, offer in found.items())
    assert [offer.rank for offer in search.offers] == sorted(one.rank for one in search.offers)


@settings(max_examples=100, deadline=None)
@given(st.data(), small.scenes(), st.integers(1, 6))
def test_every_offer_is_judged_clean_and_the_first_is_the_best(
    data: Any, scene: small.Scene, limit: int
) -> None:
    wish, world = data.draw(wishes(scene)), scene.world

    every = find_offers(wish, world)
    few = find_offers(replace(wish, limit=limit), world)

    for offer in few.offers:
        verdict = judge(offer.placement, world, ignoring=wish.ignoring)
        assert verdict.clashes == ()
        assert offer.warnings == verdict.warnings
        assert offer.reasons
    assert len(few.offers) <= limit
    assert few.offers[:1] == every.offers[:1]
    assert few.proof == every.proof


@settings(max_examples=100, deadline=None)
@given(st.data(), small.scenes())
def test_a_proof_counts_every_start_once(data: Any, scene: small.Scene) -> None:
    wish = data.draw(wishes(scene))
    nobody = replace(scene.world, stays={})

    proof = find_offers(wish, nobody).proof

    assert proof is not None
    hours = {date(2026, 9, 27): 23, date(2027, 4, 4): 25}
    for on in wish.days:
        counted = sum(one.count for one in proof.removed if one.on == on)
        assert counted == hours.get(on, 24) * 12
    assert proof.sentence.startswith("No")
    assert proof.sentence.endswith(".")


# --- what it says -------------------------------------------------------------------------------


def wish_for(scene: small.Scene, *people: int, **more: Any) -> Wish:
    plain = Wish(
        court_id=small.COURT,
        courtrooms=(11,),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(WishSeat(person) for person in people or (41,)),
        wanted_start=scene.at(12),
        first=scene.on,
        last=scene.on + timedelta(days=6),
    )
    return replace(plain, **more)


def hold(scene: small.Scene, first: int, end: int, number: int = 9) -> Busy:
    return Busy(Interval(scene.at(first), scene.at(end)), number)


def test_offers_are_half_on_the_wanted_day_and_then_one_a_day(quiet: small.Scene) -> None:
    offers = find_offers(wish_for(quiet), quiet.world).offers

    assert [offer.reasons[0] for offer in offers] == [
        "Same time in Suite 1",
        "15 minutes earlier the same day in Suite 1",
        "15 minutes later the same day in Suite 1",
        "Next day, same time in Suite 1",
        "2 days later, same time in Suite 1",
        "3 days later, same time in Suite 1",
    ]


def test_offers_keep_the_suite_or_name_the_other(quiet: small.Scene) -> None:
    quiet.world.busy = {21: [hold(quiet, 10, 14)]}
    wish = wish_for(quiet, seats=(WishSeat(41, preferred_suite=21),), limit=3)

    offers = find_offers(wish, quiet.world).offers

    assert [offer.reasons[0] for offer in offers] == [
        "Same time in Suite 2",
        "15 minutes later the same day, same suite",
        "Next day, same time, same suite",
    ]


def test_offers_prefer_the_first_courtroom_within_reason(quiet: small.Scene) -> None:
    quiet.world.busy = {11: [hold(quiet, 6, 18)]}
    wish = wish_for(quiet, courtrooms=(11, 12), limit=1)

    (offer,) = find_offers(wish, quiet.world).offers

    assert offer.reasons == ("Same time in Suite 1", "In Courtroom 2")


def test_offers_avoid_counsel_wanted_elsewhere_or_warn(quiet: small.Scene) -> None:
    elsewhere = Busy(Interval(quiet.at(12), quiet.at(18)), 9, is_exclusive=False)
    quiet.world.busy = {small.COUNSEL: [elsewhere]}
    wish = wish_for(quiet, seats=(WishSeat(41, small.COUNSEL),), limit=None, last=quiet.on)

    offers = find_offers(wish, quiet.world).offers

    assert offers[0].reasons[0].startswith("30 minutes earlier")
    assert offers[0].reasons[1] == "Counsel is free then"
    warned = [offer for offer in offers if offer.warnings]
    assert {one.rule for offer in warned for one in offer.warnings} == {Rule.COUNSEL_ELSEWHERE}
    assert "Counsel is free then" not in warned[0].reasons


def test_a_person_who_is_moved_is_offered_where_they_will_be(quiet: small.Scene) -> None:
    moves = quiet.at(18)
    quiet.world.stays = {
        41: [
            StayFact(small.RIMUTAKA, "Rimutaka", quiet.at(-999), moves),
            StayFact(small.AROHATA, "Arohata", moves + timedelta(hours=24), None),
        ]
    }

    offers = find_offers(wish_for(quiet, limit=None), quiet.world).offers

    for offer in offers:
        at_rimutaka = offer.placement.hearing.end <= moves
        assert offer.placement.seats[0].site_id == (
            small.RIMUTAKA if at_rimutaka else small.AROHATA
        )
    assert {local_day(offer.placement.hearing.start, quiet.zone).day for offer in offers} == {
        *(24, 25, 26, 27, 28, 29, 30)
    }


def test_co_defendants_sit_in_different_suites_or_not_at_all(quiet: small.Scene) -> None:
    quiet.world.busy = {21: [hold(quiet, 0, 30)]}
    wish = wish_for(quiet, 41, 42, limit=None, last=quiet.on)

    offers = find_offers(wish, quiet.world).offers

    assert min(offer.placement.hearing.start for offer in offers) == quiet.at(30)
    assert {tuple(seat.suite for seat in offer.placement.seats) for offer in offers} == {(21, 22)}


def test_proof_of_one_reason_is_one_short_sentence(quiet: small.Scene) -> None:
    week = Busy(Interval(quiet.at(-200), quiet.at(2500)), 9)
    quiet.world.busy = {21: [week], 22: [week]}

    search = find_offers(wish_for(quiet), quiet.world)

    assert search.offers == ()
    assert search.proof is not None
    assert search.proof.sentence == (
        "No: every suite at Rimutaka is held or closed on all 7 days to Mon 30 Nov 2026."
    )


def test_proof_of_several_reasons_ends_with_the_last_candidate(quiet: small.Scene) -> None:
    week = Busy(Interval(quiet.at(-200), quiet.at(2500)), 9)
    almost = [hold(quiet, -200, 4 * 288), hold(quiet, 5 * 288, 2500)]
    quiet.world.busy = {11: almost, 21: [week], 22: [week]}

    proof = find_offers(wish_for(quiet), quiet.world).proof

    assert proof is not None
    assert proof.sentence == (
        "No, on none of the 7 days to Mon 30 Nov 2026: Courtroom 1 is held or closed on 6 days;"
        " the last day left, Sat 28 Nov 2026, fails because every suite at Rimutaka is held or"
        " closed."
    )
    assert (proof.last_rule, proof.last_day) == (Rule.TAKEN, date(2026, 11, 28))


def test_proof_says_when_there_are_too_few_suites_for_all(quiet: small.Scene) -> None:
    quiet.world.busy = {21: [hold(quiet, -200, 2500)]}

    proof = find_offers(wish_for(quiet, 41, 42), quiet.world).proof

    assert proof is not None
    assert proof.last_rule is Rule.SAME_TWICE
    assert "too few rooms are free at once" in proof.sentence


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"courtrooms": (99,)}, "there is no such courtroom at Hutt Valley"),
        ({"seats": (WishSeat(99),)}, "this person is not recorded at any site"),
        ({"seats": (WishSeat(41, suites=(31,)),)}, "there is no such suite at Rimutaka"),
    ],
)
def test_proof_names_what_does_not_exist(
    quiet: small.Scene, more: dict[str, Any], sentence: str
) -> None:
    proof = find_offers(wish_for(quiet, **more), quiet.world).proof

    assert proof is not None
    assert proof.sentence == f"No: {sentence} on all 7 days to Mon 30 Nov 2026."


def test_find_offers_needs_a_court_that_exists(quiet: small.Scene) -> None:
    with pytest.raises(NotFound):
        find_offers(wish_for(quiet, court_id=99), quiet.world)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"minutes": 17}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"pre_minutes": 3}, "pre_minutes"),
        ({"last": date(2026, 11, 1)}, "last"),
        ({"last": date(2027, 11, 1)}, "last"),
        ({"seats": ()}, "person"),
        ({"seats": (WishSeat(41), WishSeat(41))}, "person"),
    ],
)
def test_a_wish_that_makes_no_sense_says_which_input(
    quiet: small.Scene, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        wish_for(quiet, **more)

    assert refusal.value.field == field
