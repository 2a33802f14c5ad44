"""What a changed rule of mode or length says against a booking, against reading it part by part."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avl.domain.booking import LegKind
from avl.domain.disruption import Cause
from avl.domain.interval import Interval
from avl.domain.modes import Consent, Decider, Layer, LayerAnswer, Mode, ModeDecision, Requirements
from avl.domain.resources import Placement, Seat
from avl.domain.standing import Lengths, lengthened, newly_outdated, outdated
from tests import make

ON = date(2026, 3, 3)
lengths = st.builds(
    Lengths,
    st.integers(1, 12).map(lambda steps: 5 * steps),
    st.integers(0, 6).map(lambda steps: 5 * steps),
    st.integers(0, 6).map(lambda steps: 5 * steps),
)


def placed(has: Lengths) -> Placement:
    """A booking with parts of these lengths."""
    start = make.at("10:00", on=ON.isoformat())
    return Placement(
        court_id=1,
        courtroom=2,
        hearing_type="SEN",
        hearing=Interval(start, start + timedelta(minutes=has.hearing)),
        pre_minutes=has.pre,
        post_minutes=has.post,
        seats=(Seat(3, 4, 5),),
    )


def decided(mode: Mode, *, directed: bool = False) -> ModeDecision:
    """A decision for a mode, by a rule or by an officer who wrote a name."""
    layer = Layer.DIRECTION if directed else Layer.PROTOCOL
    answers = (
        LayerAnswer(Layer.PROTOCOL, mode, "the rule."),
        LayerAnswer(Layer.DIRECTION, mode if directed else None, "Ana Pohe must be there."),
    )
    why = next(one.sentence for one in answers if one.layer is layer)
    return ModeDecision(mode, why, answers, Decider.NONE, False, Consent.NO, Requirements())


def said(has: Lengths, usual: Lengths, *modes: ModeDecision) -> set[LegKind | None]:
    """What is outdated: the parts, and None for the mode."""
    found = outdated(placed(has), name="Sentencing", usual=usual, on=ON, decisions=modes)
    return {one.part for one in found}


@given(lengths, lengths, lengths)
def test_a_change_of_lengths_is_blamed_for_the_parts_it_made_too_short_and_no_others(
    has: Lengths, was: Lengths, now: Lengths
) -> None:
    placement = placed(has)
    before, after = (
        outdated(placement, name="Sentencing", usual=usual, on=ON, decisions=())
        for usual in (was, now)
    )
    new = newly_outdated(before, after)

    expected = {
        part
        for part, mine, old, wanted in (
            (LegKind.HEARING, has.hearing, was.hearing, now.hearing),
            (LegKind.PRE_CONFERENCE, has.pre, was.pre, now.pre),
            (LegKind.POST_CONFERENCE, has.post, was.post, now.post),
        )
        if old <= mine < wanted
    }
    assert {one.part for one in new} == expected
    assert all(one.cause is Cause.LENGTH for one in new)
    # With the lengths it should have, none of what was blamed is left, and nothing got shorter.
    to = lengthened(placement, now, new)
    assert not said(to, now) & expected
    assert (to.hearing, to.pre, to.post) >= (has.hearing, has.pre, has.post)
    assert said(to, now) == said(has, now) - expected


@pytest.mark.parametrize(
    ("modes", "is_outdated"),
    [
        ((Mode.AVL,), False),
        ((Mode.IN_PERSON,), True),
        ((Mode.AVL, Mode.IN_PERSON), True),
        ((Mode.IN_PERSON, Mode.IN_PERSON), True),
    ],
)
def test_whoever_must_be_there_in_person_outdates_the_booking_and_is_said_once(
    modes: tuple[Mode, ...], is_outdated: bool
) -> None:
    usual = Lengths(30, 0, 0)
    found = outdated(
        placed(usual),
        name="Sentencing",
        usual=usual,
        on=ON,
        decisions=[decided(mode) for mode in modes],
    )
    assert [one.sentence for one in found] == [
        "Sentencing on Tue 3 Mar 2026: how somebody appears has changed. the rule."
    ] * is_outdated
    assert all(one.cause is Cause.MODE for one in found)


def test_a_rule_in_other_words_is_nothing_new_and_an_officers_words_are_not_repeated() -> None:
    usual = Lengths(30, 0, 0)
    by_rule, by_officer = (
        outdated(
            placed(usual),
            name="Sentencing",
            usual=usual,
            on=ON,
            decisions=[decided(Mode.IN_PERSON, directed=directed)],
        )
        for directed in (False, True)
    )
    assert newly_outdated(by_rule, by_officer) == ()
    assert "Ana" not in by_officer[0].sentence
    assert by_officer[0].is_said_in(by_rule[0].sentence)
