"""Counsel's number changes as they are booked: no text goes to the old one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from avl.commands import bookings, outbox
from avl.commands.bookings import hold_offer, request_booking, request_held
from avl.commands.counsel_records import CounselTyped, change_counsel
from avl.domain.sms import SmsState
from avl.models import Counsel, Sms, db
from tests.commands.elsewhere import Elsewhere
from tests.scene import Scene

pytestmark = pytest.mark.both_databases

NEW = "+64271112222"


def changing(counsel: Counsel, by: Any) -> Any:
    typed = CounselTyped(counsel.name, counsel.firm, NEW, counsel.email, counsel.language)
    return partial(change_counsel, counsel.id, typed, by=by)


def texted() -> set[str]:
    """Where the texts go that have not left."""
    return set(db.session.scalars(select(Sms.to_e164).where(Sms.state == SmsState.PENDING)))


@pytest.mark.parametrize("is_held", [False, True])
def test_booking_made_while_the_number_changes_texts_the_new_one(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    wanted, by = scene.request("10:00", scene.at_arohata(scene.mere)), scene.registrar
    held = hold_offer(wanted, by=by).reference if is_held else ""
    change = changing(scene.mere, by)
    lingering = outbox if is_held else bookings
    ask = lingering.addressees

    def ask_and_linger(*args: Any, **more: Any) -> Any:
        found = ask(*args, **more)
        elsewhere.begin(change)
        return found

    monkeypatch.setattr(lingering, "addressees", ask_and_linger)

    request_held(held, by=by) if is_held else request_booking(wanted, by=by)

    assert elsewhere.end().texts == 3
    assert texted() == {NEW}
