"""Which ways out of a clash apply, and in what order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from avl.domain.clash_ways import (
    ClashWayKind,
    Stuck,
    Trouble,
    Whereabouts,
    alone_in_the_way,
    trouble_with,
    ways_out_of,
)
from avl.domain.clashes import Clash, Rule
from avl.domain.modes import Decider

ORDER = list(ClashWayKind)
HERE = Whereabouts("Tāne RĀWIRI", "Rimutaka", "04 123 4567")
SOON = datetime(2027, 2, 1, 20, tzinfo=UTC)
MOVING_ON = Whereabouts(
    "Tāne RĀWIRI", "Rimutaka", "", "Arohata", next_at=SOON, zone="Pacific/Auckland"
)


def stuck(*rules: Rule, at_prison: bool = True, alone: tuple[str, ...] = (), **more) -> Stuck:
    usual = {
        "has_offers": True,
        "people": (HERE,),
        "may_wait": True,
        "movable": dict.fromkeys(alone, "Plea"),
    }
    return Stuck(Trouble(frozenset(rules), at_prison, alone), **(usual | more))


def kinds(asked: Stuck) -> str:
    return " ".join(way.kind for way in ways_out_of(asked))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            stuck(Rule.TAKEN, alone=("AVL-222222",)),
            "offer make_room swap wait another_prison in_person",
        ),
        (stuck(Rule.TAKEN), "offer make_room wait another_prison in_person"),
        (stuck(Rule.TAKEN, may_wait=False), "offer make_room another_prison in_person"),
        (stuck(Rule.TAKEN, at_prison=False), "offer make_room wait in_person"),
        (stuck(Rule.TAKEN, is_exact=False), "offer another_prison in_person"),
        (stuck(Rule.CLOSED, has_offers=False), "make_room wait another_prison in_person"),
        (stuck(Rule.TOO_SOON, at_prison=False), "offer in_person"),
        (stuck(Rule.IN_THE_PAST, at_prison=False), "offer"),
        (stuck(Rule.SAME_TWICE), "offer"),
        (stuck(Rule.UNKNOWN_PLACE, has_offers=False), ""),
        (stuck(), ""),
        (
            stuck(Rule.TAKEN, alone=("AVL-222222",), moving="AVL-333333"),
            "offer make_room swap wait another_prison in_person",
        ),
        (
            stuck(Rule.NOT_IN_CUSTODY_THERE, at_prison=False, people=(MOVING_ON,)),
            "offer another_prison in_person",
        ),
        (
            stuck(Rule.TAKEN, alone=("AVL-222222", "AVL-333333", "AVL-444444")),
            "offer make_room swap swap wait another_prison in_person",
        ),
    ],
)
def test_ways_out_for_each_kind_of_trouble(asked, expected):
    assert kinds(asked) == expected


def test_ways_out_always_keep_the_order_of_the_table():
    found = [way.kind for way in ways_out_of(stuck(Rule.TAKEN, alone=("AVL-222222",)))]

    assert found == sorted(found, key=ORDER.index)


def test_another_prison_recorded_ahead_says_when_and_needs_no_telephone():
    [way] = [
        way
        for way in ways_out_of(stuck(Rule.TAKEN, people=(MOVING_ON,)))
        if way.kind is ClashWayKind.ANOTHER_PRISON
    ]

    assert way.since == SOON
    assert way.sentence.startswith("Tāne RĀWIRI is at Arohata from Tue 2 Feb 2027.")


def test_another_prison_not_recorded_says_whom_to_ask():
    way = next(
        way for way in ways_out_of(stuck(Rule.TAKEN)) if way.kind is ClashWayKind.ANOTHER_PRISON
    )

    assert way.since is None
    assert "Ask the AVL coordinator at Rimutaka on 04 123 4567" in way.sentence


def test_in_person_says_who_may_direct_it():
    way = ways_out_of(stuck(Rule.TAKEN, in_person_by=Decider.JUDICIAL_OFFICER))[-1]

    assert "A judicial officer may direct an appearance in person" in way.sentence
    assert not way.is_settled


def test_in_person_that_stands_already_leaves_nothing_to_record():
    way = ways_out_of(stuck(Rule.TAKEN, in_person_why="In person, by statute: trials."))[-1]

    assert way.is_settled
    assert way.sentence.startswith("In person, by statute: trials.")


def test_alone_in_the_way_is_who_is_all_there_is_against_one_way_to_place_it():
    one = Clash(Rule.TAKEN, "Suite 1 is held.", 1, held_by="AVL-222222")
    other = Clash(Rule.TAKEN, "Suite 2 is held.", 2, held_by="AVL-333333")
    hidden = Clash(Rule.TAKEN, "Suite 3 is held by another court.", 3)
    closed = Clash(Rule.CLOSED, "Rimutaka is closed.", 1)

    assert alone_in_the_way([[one, other], [other], [hidden], [one, closed]]) == ("AVL-333333",)
    assert alone_in_the_way([[one, hidden]]) == ()
    assert alone_in_the_way([[], [one], [one]]) == ("AVL-222222",)


def test_trouble_is_at_the_prison_only_when_a_suite_of_it_is_in_the_way():
    suite = Clash(Rule.TAKEN, "Suite 1 is held.", 1)
    courtroom = Clash(Rule.TAKEN, "Courtroom 1 is held.", 9)

    assert trouble_with([suite, courtroom], {1, 2}).is_at_prison
    assert not trouble_with([courtroom], {1, 2}).is_at_prison
    assert not trouble_with([Clash(Rule.TOO_SOON, "Too late.")], {1, 2}).is_at_prison
