"""An offer is booked at the moment in which something else gives it back: what is booked stands."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from avl.commands import bookings
from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.domain.booking import Status
from avl.domain.errors import JustTaken, ResourceClash
from avl.models import Booking, db
from tests import make
from tests.commands.elsewhere import Elsewhere
from tests.commands.test_company import set_site
from tests.conftest import Clock
from tests.scene import Scene, overlaps

pytestmark = pytest.mark.both_databases


@pytest.fixture
def as_it_is_booked(monkeypatch: pytest.MonkeyPatch, elsewhere: Elsewhere) -> Any:
    """Lets somebody else begin when an offer is booked, and before that is saved."""

    def arrange(act: Any) -> None:
        note = bookings.changed

        def note_and_linger(*args: Any, **more: Any) -> None:
            note(*args, **more)
            if elsewhere.thread is None:
                elsewhere.begin(act)

        monkeypatch.setattr(bookings, "changed", note_and_linger)

    return arrange


def test_an_offer_booked_as_another_is_chosen_in_another_tab_stands(
    scene: Scene, elsewhere: Elsewhere, as_it_is_booked: Any
) -> None:
    by = scene.registrar
    held = hold_offer(scene.request("10:00", form_key="one form"), by=by).reference
    other = scene.request("14:00", form_key="one form")
    as_it_is_booked(partial(hold_offer, other, by=by))

    booking = request_held(held, by=by)

    assert isinstance(elsewhere.end(), Booking), elsewhere.answer
    assert db.session.get_one(Booking, booking.id).status is Status.REQUESTED
    assert db.session.query(Booking).count() == 2


def test_an_offer_booked_late_stands_though_an_adult_is_booked_beside_it(
    scene: Scene, elsewhere: Elsewhere, as_it_is_booked: Any, clock: Clock
) -> None:
    """Nothing but the prison is in both bookings' way, and it need not be locked for an adult."""
    set_site(scene, separates_youth=True)
    scene.hemi.born_on = make.at("10:00", on="2010-03-01").date()
    db.session.commit()
    seat, by = scene.seat(scene.hemi, scene.second_suite), scene.registrar
    asked = scene.request("10:00", seat, courtroom=scene.second_courtroom)
    held = hold_offer(asked, by=by).reference
    clock.forward(minutes=11)
    as_it_is_booked(partial(request_booking, scene.request("10:00"), by=by))

    booking = request_held(held, by=by)

    assert isinstance(elsewhere.end(), JustTaken | ResourceClash), elsewhere.answer
    assert db.session.get_one(Booking, booking.id).status is Status.REQUESTED
    assert overlaps() == 0
