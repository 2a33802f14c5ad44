"""Bridge ports: who takes how many, what is said when they run out, and who makes way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from avl.domain.booking import LegKind
from avl.domain.bridges import first_free, ports_needed, wanted_holds
from avl.domain.calendars import Opening, SiteCalendar
from avl.domain.clashes import Rule, judge
from avl.domain.interval import Interval
from avl.domain.lifting import rearranged
from avl.domain.local_time import to_utc
from avl.domain.offers import find_offers
from avl.domain.planner import Aim, Standing, make_room
from avl.domain.resources import Placement, Seat
from avl.domain.wish import Wish, WishSeat
from avl.domain.world import ResourceFacts, SiteFacts, StayFact, World

ZONE, DAY = "Pacific/Auckland", date(2026, 11, 25)
COURT, PRISON = 1, 2
ROOMS, SUITES, PEOPLE = (11, 12, 13), (21, 22, 23, 24), (41, 42, 43, 44)
MERE, JOHN = 51, 52
PORTS = (71, 72, 73, 74)


def at(wall):
    return to_utc(datetime.combine(DAY, time.fromisoformat(wall)), ZONE)


def world(ports=PORTS):
    hours = SiteCalendar("open", ZONE, tuple(Opening(day, time(9), time(12)) for day in range(7)))
    sites = {
        COURT: SiteFacts(COURT, "Hutt Valley", ZONE, hours, 1),
        PRISON: SiteFacts(PRISON, "Rimutaka", ZONE, hours, 2),
    }
    kinds = dict.fromkeys(ROOMS, ("courtroom", COURT))
    kinds |= dict.fromkeys(SUITES, ("suite", PRISON))
    kinds |= dict.fromkeys(PEOPLE, ("person", None))
    kinds |= dict.fromkeys((MERE, JOHN), ("counsel", None))
    kinds |= dict.fromkeys(ports, ("bridge_port", COURT))
    return World(
        at("06:00"),
        Interval(at("00:00"), at("23:00")),
        sites=sites,
        resources={
            key: ResourceFacts(key, f"{kind} {key}", kind, site)
            for key, (kind, site) in kinds.items()
        },
        stays={key: [StayFact(PRISON, "Rimutaka", at("00:00"), None)] for key in PEOPLE},
    )


def link(wall, people, room, *, pre=0, minutes=30, counsel=None):
    """A hearing of several people, each in the suite of the same place in its row."""
    seats = tuple(Seat(person, PRISON, SUITES[PEOPLE.index(person)], counsel) for person in people)
    hearing = Interval(at(wall), at(wall) + timedelta(minutes=minutes))
    return Placement(COURT, room, "CRB", hearing, pre, 0, seats)


def ports_of(placement, scene, booking_id=9):
    holds = wanted_holds(placement, scene, booking_id=booking_id)
    return [(hold.resource_id, hold.leg) for hold in holds if hold.resource_id in PORTS]


def test_two_ends_need_no_bridge_and_three_take_a_port_each():
    assert ports_of(link("10:00", PEOPLE[:1], 11), world()) == []
    assert ports_of(link("10:00", PEOPLE[:2], 11), world()) == [
        (71, LegKind.HEARING),
        (72, LegKind.HEARING),
        (73, LegKind.HEARING),
    ]


def test_a_conference_is_one_link_for_each_counsel():
    def conference(*counsel):
        seats = [Seat(person, PRISON, 0, one) for person, one in zip(PEOPLE, counsel, strict=False)]
        return ports_needed(seats, LegKind.PRE_CONFERENCE)

    assert conference(MERE, JOHN) == 0
    assert conference(MERE, MERE) == 3
    assert conference(MERE, MERE, JOHN, JOHN) == 6
    assert conference(None, None) == 0


def test_a_full_bridge_is_said_in_one_sentence():
    scene = rearranged(world(), lifted=(), laid={1: link("10:00", PEOPLE[:3], 11, minutes=35)})

    verdict = judge(link("10:00", PEOPLE[2:], 12, minutes=35), scene)

    full = [clash for clash in verdict.clashes if clash.rule is Rule.BRIDGE_FULL]
    assert [clash.sentence for clash in full] == [
        "All 4 bridge ports of Hutt Valley are in use 10:00 am to 10:35 am."
    ]
    some = rearranged(world(), lifted=(), laid={1: link("10:00", PEOPLE[:2], 11)})
    (clash,) = judge(link("10:15", PEOPLE[2:], 12), some).clashes
    assert clash.sentence == (
        "Only 1 of the 4 bridge ports of Hutt Valley is free 10:15 am to 10:45 am;"
        " this booking needs 3."
    )
    held = {
        port: [replace(hold, label="another court" if port == PORTS[0] else "AVL-7K3F9C")]
        for port in PORTS
        for hold in some.busy.get(port, ())
    }
    (clash,) = judge(link("10:15", PEOPLE[2:], 12), replace(some, busy=held)).clashes
    assert clash.sentence.endswith(
        "this booking needs 3. Ports are held by AVL-7K3F9C 10:00 am to 10:30 am"
        " and another court 10:00 am to 10:30 am."
    )
    (clash,) = judge(link("10:00", PEOPLE[:2], 11), world(PORTS[:2])).clashes
    assert clash.sentence == "Hutt Valley has 2 bridge ports, and this booking needs 3."


def test_a_bridge_of_just_enough_ports_says_who_has_them():
    some = rearranged(world(PORTS[:3]), lifted=(), laid={1: link("10:00", PEOPLE[:2], 11)})
    busy = {
        key: [replace(hold, label="AVL-7K3F9C") for hold in some.busy[key]] for key in PORTS[:3]
    }

    (clash,) = judge(link("10:15", PEOPLE[2:], 12), replace(some, busy=busy)).clashes

    assert clash.sentence == (
        "All 3 bridge ports of Hutt Valley are in use 10:15 am to 10:45 am."
        " Ports are held by AVL-7K3F9C 10:00 am to 10:30 am."
    )


def test_a_court_without_ports_on_record_has_no_limit():
    placement = link("10:00", PEOPLE, 11)

    assert judge(placement, world(())).is_possible
    assert ports_of(placement, world(())) == []


def test_a_booking_does_not_stand_in_its_own_way():
    scene = rearranged(world(), lifted=(), laid={1: link("10:00", PEOPLE[:2], 11)})

    moved = link("10:10", PEOPLE[:2], 11)

    assert judge(moved, scene, ignoring=1).is_possible
    assert not judge(link("10:10", PEOPLE[2:], 12), scene, ignoring=2).is_possible


def wish(people, wall="10:00", **more):
    return Wish(
        court_id=COURT,
        courtrooms=(),
        hearing_type="CRB",
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(WishSeat(person) for person in people),
        wanted_start=at(wall),
        first=DAY,
        last=DAY,
        **more,
    )


def test_offers_go_round_a_full_bridge_and_a_proof_names_it():
    scene = rearranged(world(), lifted=(), laid={1: link("10:00", PEOPLE[:2], 11, minutes=60)})

    starts = {
        offer.placement.hearing.start
        for offer in find_offers(wish(PEOPLE[2:], limit=None), scene).offers
    }
    assert at("09:30") in starts
    assert at("11:00") in starts
    assert not any(at("09:30") < start < at("11:00") for start in starts)

    none = find_offers(wish(PEOPLE[:2]), world(PORTS[:2]))
    assert none.proof is not None
    assert none.proof.last_rule is Rule.BRIDGE_FULL
    assert "too few bridge ports of Hutt Valley are free" in none.proof.sentence


def test_room_is_made_on_a_full_bridge_by_moving_who_holds_it():
    standing = link("10:00", PEOPLE[:2], 11)
    scene = rearranged(world(), lifted=(), laid={1: standing})
    aim = Aim(wish(PEOPLE[2:]), (at("10:00"),), (DAY,))

    plans = make_room(aim, [Standing(1, "AVL-1", standing, 50, "")], scene)

    best = plans.plans[0]
    assert [move.booking_id for move in best.moves] == [1]
    after = rearranged(scene, lifted=[1], laid={1: best.moves[0].after, -1: best.placement})
    assert judge(best.placement, after, ignoring=-1).is_possible
    assert judge(best.moves[0].after, after, ignoring=1).is_possible


minutes = st.integers(0, 20)
stretches = st.tuples(minutes, st.integers(1, 6)).map(
    lambda pair: Interval(
        at("09:00") + timedelta(minutes=pair[0]), at("09:00") + timedelta(minutes=sum(pair))
    )
)


@given(stretches, st.dictionaries(st.sampled_from(PORTS), st.lists(stretches, max_size=4)))
def test_the_first_free_port_is_free_in_every_minute_and_none_before_it_is(wanted, taken):
    def is_free(port):
        at_minutes = [wanted.start + timedelta(minutes=n) for n in range(wanted.minutes)]
        return not any(one.start <= now < one.end for now in at_minutes for one in taken[port])

    free = [port for port in sorted(taken) if is_free(port)]

    assert first_free(wanted, taken) == (free[0] if free else None)
