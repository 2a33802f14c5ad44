"""How far prisons are, and in what order they are asked."""

from __future__ import annotations

import pytest

from avl.domain.clash_ways import Stuck, Trouble, Whereabouts, ways_out_of
from avl.domain.clashes import Rule
from avl.domain.elsewhere import (
    Elsewhere,
    PrisonNear,
    kilometres_between,
    nearest_first,
    say_far,
)

RIMUTAKA, MANAWATU, OTAGO = (-41.1383, 175.0502), (-40.3564, 175.6111), (-45.9892, 169.9694)
HERE = Whereabouts("Tāne RĀWIRI", "Rimutaka", "04 123 4567")


def prison(name: str, kilometres: int | None = None, *, near: bool = False) -> PrisonNear:
    return PrisonNear(1, name[:3].upper(), name, "", kilometres, near, ("Suite 1",))


@pytest.mark.parametrize(("other", "expected"), [(RIMUTAKA, 0), (MANAWATU, 99), (OTAGO, 674)])
def test_distance_is_measured_in_a_straight_line(other, expected):
    assert abs(kilometres_between(RIMUTAKA, other) - expected) <= 5
    assert kilometres_between(RIMUTAKA, other) == kilometres_between(other, RIMUTAKA)


def test_the_nearest_comes_first_then_the_region_then_the_name():
    asked = [prison("Zeta"), prison("Yonder", near=True), prison("Far", 300), prison("Close", 20)]

    assert [one.name for one in nearest_first(asked)] == ["Close", "Far", "Yonder", "Zeta"]
    assert [say_far(one) for one in nearest_first(asked)] == ["20 km", "300 km", "same region", ""]


def said(elsewhere: tuple[Elsewhere, ...] | None) -> str:
    stuck = Stuck(
        Trouble(frozenset({Rule.TAKEN}), is_at_prison=True), people=(HERE,), elsewhere=elsewhere
    )
    [way] = [way for way in ways_out_of(stuck) if way.kind == "another_prison"]
    return way.sentence


def test_a_transfer_names_whom_to_ask_and_where_there_is_room():
    far = Elsewhere(HERE.name, "Rimutaka", "", (prison("Manawatū", 99), prison("Whanganui")))

    assert said((far,)) == (
        "Manawatū (99 km) and Whanganui have a suite free then. Ask the AVL coordinator at"
        " Rimutaka on 04 123 4567 whether a transfer is possible; once it is recorded, times there"
        " are offered."
    )
    none = Elsewhere(HERE.name, "Rimutaka", "", (), "At Manawatū: Courtroom 1 is held.")
    assert said((none,)) == (
        "No other prison near Rimutaka would do at that time. At Manawatū: Courtroom 1 is held."
    )
    assert "No other prison is recorded" in said(None)
