"""Two bookings that change times, in their own rooms or in each other's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from avl.commands.bookings import request_booking
from avl.commands.changes import amend_booking, cancel_booking
from avl.commands.swaps import swap_bookings
from avl.domain.errors import ActionNotAllowed, InvalidInput, ResourceClash, StaleVersion
from avl.models import AuditEvent, Booking, db
from avl.queries.swaps import swap_choices, swap_seen
from tests import make
from tests.scene import Scene, audited, held, overlaps, tomorrow


@pytest.mark.both_databases
def test_swap_lets_two_bookings_change_times(scene):
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(
        scene.request("11:00", scene.seat(scene.hemi), minutes=45), by=scene.registrar
    )

    swap_bookings(
        first.reference, second.reference, by=scene.registrar, reason="Interpreter comes at 11"
    )

    starts = {b.id: b.starts_at for b in db.session.scalars(select(Booking))}
    assert starts == {first.id: tomorrow("11:00"), second.id: tomorrow("10:00")}
    assert (len(held()), overlaps()) == (6, 0)
    assert audited(first)[-1] == audited(second)[-1] == "move"


@pytest.mark.both_databases
def test_swap_that_does_not_fit_leaves_both(scene):
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(
        scene.request("11:00", scene.seat(scene.hemi), minutes=60), by=scene.registrar
    )
    request_booking(scene.request("10:35", minutes=20), by=scene.registrar)
    before = held()

    with pytest.raises(ResourceClash):
        swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Try")

    assert held() == before
    assert {b.version for b in db.session.scalars(select(Booking))} == {2}


def test_swap_asks_whether_either_has_changed(scene):
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(scene.request("11:00", scene.seat(scene.hemi)), by=scene.registrar)

    for versions in ({"version": 1}, {"second_version": 1}):
        with pytest.raises(StaleVersion):
            swap_bookings(
                first.reference, second.reference, by=scene.registrar, reason="Try", **versions
            )

    assert {b.version for b in db.session.scalars(select(Booking))} == {2}


def test_swap_with_itself_or_without_a_reason_is_refused(scene):
    booking = request_booking(scene.request("10:00"), by=scene.registrar)

    for reference, reason, field in (
        (booking.reference, "Try", "with"),
        ("AVL-222222", "", "reason"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            swap_bookings(booking.reference, reference, by=scene.registrar, reason=reason)
        assert refusal.value.field == field


@pytest.fixture
def crossed(scene: Scene) -> tuple[Booking, Booking]:
    """Tāne in Suite 1 at ten and Hemi in Suite 2 at two; somebody has Suite 1 at two."""
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(
        scene.request("14:00", scene.seat(scene.hemi, scene.second_suite)), by=scene.registrar
    )
    other = make.person("Ngata", "Wiremu", held_at=scene.rimutaka)
    request_booking(
        scene.request("14:00", scene.seat(other), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )
    return first, second


def rooms(booking: Booking) -> tuple[int, int]:
    """The courtroom and the one suite of a booking, as they stand now."""
    [one] = db.session.get_one(Booking, booking.id, populate_existing=True).appearances
    return one.courtroom_id, one.suite_id


@pytest.mark.both_databases
def test_whoever_finds_their_suite_taken_has_the_others(
    scene: Scene, crossed: tuple[Booking, Booking]
) -> None:
    first, second = crossed
    seen = swap_seen(scene.registrar, first.reference, second.reference, now=make.at("10:00"))

    swap_bookings(
        first.reference,
        second.reference,
        by=scene.registrar,
        reason="Judge asks.",
        mark=seen.swap.mark,
    )

    assert (first.starts_at, second.starts_at) == (tomorrow("14:00"), tomorrow("10:00"))
    assert rooms(first) == (scene.courtroom.id, scene.second_suite.id)
    assert rooms(second) == (scene.courtroom.id, scene.second_suite.id)
    assert [words for party in seen.parties for words in party.said] == [
        f"{first.reference} has Rimutaka, Suite 2 instead of Rimutaka, Suite 1."
    ]
    assert overlaps() == 0
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.booking_id == first.id).order_by(AuditEvent.id.desc())
    ).first()
    assert event.changes["suites"] == [[scene.suite.id], [scene.second_suite.id]]


@pytest.mark.both_databases
def test_courtrooms_are_exchanged_too(scene: Scene) -> None:
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(
        scene.request("14:00", scene.seat(scene.hemi), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )
    for start, room in (("14:00", scene.courtroom), ("10:00", scene.second_courtroom)):
        request_booking(
            scene.request(start, scene.at_arohata(), courtroom=room), by=scene.registrar
        )

    swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Judge asks.")

    assert rooms(first) == (scene.second_courtroom.id, scene.suite.id)
    assert rooms(second) == (scene.courtroom.id, scene.suite.id)
    assert overlaps() == 0


def test_the_list_says_so_and_what_is_saved_is_what_was_shown(
    scene: Scene, crossed: tuple[Booking, Booking]
) -> None:
    first, second = crossed
    now = make.at("10:00")
    shown = swap_seen(scene.registrar, first.reference, second.reference, now=now).swap.mark
    [choice] = [
        one
        for one in swap_choices(scene.registrar, first.reference, now=now)
        if one.reference == second.reference
    ]
    assert (choice.why_not, choice.swap.mark) == ("", shown)
    in_the_way = db.session.scalars(
        select(Booking).where(Booking.starts_at == tomorrow("14:00"), Booking.id != second.id)
    ).one()

    cancel_booking(in_the_way.reference, by=scene.registrar, reason="Plea entered")

    with pytest.raises(StaleVersion):  # Suite 1 is free again, so nothing need change
        swap_bookings(
            first.reference, second.reference, by=scene.registrar, reason="Judge", mark=shown
        )
    swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Judge asks.")
    assert rooms(first) == (scene.courtroom.id, scene.suite.id)


def test_what_is_marked_fixed_is_not_swapped(scene: Scene) -> None:
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(scene.request("11:00", scene.seat(scene.hemi)), by=scene.registrar)
    amend_booking(second.reference, by=scene.registrar, is_fixed=True)

    with pytest.raises(ActionNotAllowed) as refusal:
        swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Try")

    assert refusal.value.message == f"{second.reference} may not be moved: it is marked fixed."


def test_two_that_start_together_have_nothing_to_swap(scene: Scene) -> None:
    first = request_booking(scene.request("10:00"), by=scene.registrar)
    second = request_booking(
        scene.request("10:00", scene.at_arohata(), courtroom=scene.second_courtroom),
        by=scene.registrar,
    )

    with pytest.raises(InvalidInput) as refusal:
        swap_bookings(first.reference, second.reference, by=scene.registrar, reason="Try")

    assert refusal.value.field == "with"
