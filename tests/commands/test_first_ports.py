"""A court is given its first bridge ports: links of three ends or more that stand take them, and
whoever lacks some then needs a way out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from avl.commands import bookings
from avl.commands.areas import import_area
from avl.commands.bookings import (
    BookingRequest,
    SeatRequest,
    hold_offer,
    request_booking,
    request_held,
)
from avl.commands.disruption_steps import Watch
from avl.commands.outages import PlaceChange
from avl.commands.site_rows import add_room, change_room
from avl.domain.access import SYSTEM, Actor, Role
from avl.domain.disruption import Resolution
from avl.domain.errors import ResourceClash
from avl.domain.interval import Interval
from avl.models import Booking, Resource, ResourceKind, Site
from tests import make
from tests import scene as scenes
from tests.areas.conftest import TINY
from tests.commands.elsewhere import Elsewhere
from tests.commands.test_port_outages import beside, disruption, ports_held, together
from tests.conftest import Clock
from tests.scene import Scene

pytestmark = pytest.mark.both_databases


@pytest.fixture
def keeper(scene: Scene) -> Actor:
    return make.actor(Role.MANAGER, scene.court)


def port(number: int, **more: str) -> dict[str, str]:
    cells = {"code": f"P{number}", "kind": "bridge_port", "name": f"Bridge port {number}"}
    return {**cells, "sort_order": str(number), "is_active": "yes", **more}


def add(number: int, keeper: Actor) -> PlaceChange:
    return add_room("HVDC", port(number), by=keeper)


def ports(scene: Scene) -> list[Resource]:
    return make.rooms(scene.court, ResourceKind.BRIDGE_PORT)


def test_a_standing_link_needs_a_way_out_until_there_are_ports_enough(
    scene: Scene, keeper: Actor
) -> None:
    booking, two_ends = together(scene), request_booking(scene.request("14:00"), by=scene.registrar)

    assert add(1, keeper).swept.opened == (booking.id,)

    row = disruption(booking)
    assert row is not None
    assert row.sentence == "Hutt Valley has 1 bridge port, and this booking needs 3."
    assert disruption(two_ends) is None
    assert add(2, keeper).swept.mended == ()
    assert add(3, keeper).swept.mended == (booking.id,)
    row = disruption(booking)
    assert row is not None
    assert row.resolution is Resolution.VALID_AGAIN
    assert ports_held(booking, ports(scene)) == [0, 1, 2]


def test_of_two_links_at_once_one_has_the_ports_and_the_other_says_so(
    scene: Scene, keeper: Actor
) -> None:
    first, second = together(scene), beside(scene)

    for number in range(1, 5):
        add(number, keeper)

    assert ports_held(first, ports(scene)) == [0, 1, 2]
    assert [one.booking_id for one in scenes.open_disruptions()] == [second.id]
    with pytest.raises(ResourceClash, match="bridge port"):
        together_elsewhere(scene)()


def together_elsewhere(scene: Scene) -> Callable[[], Booking]:
    """A third link of three ends, at the same time and in a third courtroom."""
    third = make.courtroom(scene.court, "Courtroom 3")
    people = [make.person(f"Person{n}", "Ana", held_at=scene.rimutaka) for n in range(2)]
    suites = [make.suite(scene.rimutaka, f"Suite {n}") for n in (8, 9)]
    seats = [scene.seat(who, there) for who, there in zip(people, suites, strict=True)]
    request = scene.request("10:00", *seats, courtroom=third)
    return partial(request_booking, request, by=scene.registrar)


def test_an_offer_held_before_has_ports_when_it_is_booked(scene: Scene, keeper: Actor) -> None:
    asked = scene.request("10:00", scene.seat(), scene.at_arohata())
    offer = hold_offer(asked, by=scene.registrar)
    for number in range(1, 4):
        add(number, keeper)

    booking = request_held(offer.reference, by=scene.registrar)

    assert ports_held(booking, ports(scene)) == [0, 1, 2]


def test_who_had_a_port_that_is_withdrawn_takes_another(scene: Scene, keeper: Actor) -> None:
    bridge = [add(number, keeper).id for number in range(1, 5)]
    booking = together(scene)
    withdrawn = port(1, is_active="no")

    assert change_room("HVDC", bridge[0], withdrawn, by=keeper).swept.opened == ()

    assert ports_held(booking, ports(scene)) == [1, 2, 3]
    assert change_room("HVDC", bridge[1], port(2, is_active="no"), by=keeper).swept.opened == (
        booking.id,
    )
    assert change_room("HVDC", bridge[0], port(1), by=keeper).swept.mended == (booking.id,)
    assert ports_held(booking, ports(scene)) == [0, 2, 3]


def test_a_link_made_as_the_first_port_is_added_is_found(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, keeper: Actor
) -> None:
    write = bookings._write

    def write_and_linger(*args: Any, **more: Any) -> Any:
        written = write(*args, **more)
        elsewhere.begin(partial(add, 1, keeper))
        return written

    monkeypatch.setattr(bookings, "_write", write_and_linger)

    booking = together(scene)

    done = elsewhere.end()
    assert isinstance(done, PlaceChange), done
    assert done.swept.opened == (booking.id,)


def test_a_link_made_just_after_the_first_port_was_added_is_refused(
    scene: Scene, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, keeper: Actor
) -> None:
    sweep, link = Watch.sweep, together_elsewhere(scene)

    def sweep_later(*args: Any, **more: Any) -> Any:
        elsewhere.begin(link)
        return sweep(*args, **more)

    monkeypatch.setattr(Watch, "sweep", sweep_later)

    add(1, keeper)

    assert isinstance(elsewhere.end(), ResourceClash), elsewhere.answer


def test_a_bridge_imported_whole_gives_its_ports_to_a_link_that_stands(
    session: Any, clock: Clock, tmp_path: Path
) -> None:
    for name, content in TINY.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    import_area(tmp_path, by=SYSTEM)
    court, prison = (session.query(Site).filter_by(code=code).one() for code in ("CRT", "PRN"))
    suites = make.rooms(prison, ResourceKind.SUITE)
    people = [make.person(f"Person{n}", held_at=prison) for n in range(2)]
    start = make.at("10:00", on="2026-12-01")
    asked = BookingRequest(
        court_id=court.id,
        courtroom_id=make.rooms(court, ResourceKind.COURTROOM)[0].id,
        hearing_type="BAIL",
        hearing=Interval(start, start + timedelta(minutes=15)),
        pre_minutes=0,
        post_minutes=0,
        seats=tuple(
            SeatRequest(who.id, prison.id, suite.id)
            for who, suite in zip(people, suites, strict=True)
        ),
    )
    booking = request_booking(asked, by=make.actor(Role.REGISTRY, court))
    lines = "".join(f"CRT,P{n},bridge_port,Bridge port {n},{n}\n" for n in range(1, 5))
    with (tmp_path / "resources.csv").open("a", encoding="utf-8") as file:
        file.write(lines)

    done = import_area(tmp_path, by=SYSTEM)

    assert (done.added, done.broken) == (4, 0)
    assert ports_held(booking, make.rooms(court, ResourceKind.BRIDGE_PORT)) == [0, 1, 2]
