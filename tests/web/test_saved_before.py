"""An error after something was saved never says that nothing was changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from avl.commands import accepting
from avl.commands.bookings import request_booking
from avl.commands.disruptions import accept_way, work_out_ways
from avl.commands.outages import record_outage
from avl.commands.transaction import IN_DOUBT
from avl.domain.access import Role
from avl.domain.errors import InDoubt, Unavailable
from avl.models import Disruption, KeepApart, Outage, Sitting, db
from tests import make
from tests.conftest import Clock
from tests.scene import Scene, tomorrow

SENT_AGAIN = "Send it once more"


def fail(*_: object, **__: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))


def book_three(scene: Scene) -> None:
    """Two at one prison in two courtrooms, and one beside them later."""
    request_booking(scene.request("10:00"), by=scene.registrar)
    seat = scene.seat(scene.hemi, scene.second_suite)
    request_booking(
        scene.request("10:00", seat, courtroom=scene.second_courtroom), by=scene.registrar
    )
    request_booking(scene.request("14:00"), by=scene.registrar)


def outage_typed(scene: Scene) -> tuple[str, dict[str, object]]:
    typed = {"site": "RIM", "room": scene.suite.id, "from_date": "25 Nov 2026"}
    return "/worklist/outage", typed | {"from_time": "9:00", "reason": "no picture"}


def apart_typed(scene: Scene) -> tuple[str, dict[str, object]]:
    typed = {"prn": scene.hemi.prn, "minutes": "30", "reason": "Rival gangs"}
    return f"/records/people/{scene.tane.id}/apart", dict(typed)


def sitting_typed(scene: Scene) -> tuple[str, dict[str, object]]:
    typed = {"court": scene.court.id, "courtroom": scene.courtroom.id, "date": "25 Nov 2026"}
    return "/sittings/add", typed | {"from_time": "10:00", "to_time": "13:00"}


def roster_typed(scene: Scene) -> tuple[str, dict[str, object]]:
    rows = "date,courtroom,from,to,list\r\n25/11/2026,Courtroom 1,10:00,1 pm,Bail\r\n"
    return "/sittings/import", {"court": scene.court.id, "rows": rows}


@pytest.mark.parametrize(
    ("form", "kept", "needs"),
    [
        (outage_typed, Outage, "2 bookings need a way out"),
        (apart_typed, KeepApart, "2 bookings need a way out"),
        (sitting_typed, Sitting, "1 booking needs a way out"),
        (roster_typed, Sitting, "1 booking needs a way out"),
    ],
)
def test_what_is_saved_is_told_though_no_way_can_be_looked_for(
    client: FlaskClient,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    form: Callable[[Scene], tuple[str, dict[str, object]]],
    kept: Any,
    needs: str,
) -> None:
    book_three(scene)
    who = make.user(Role.REGISTRY, scene.court)
    make.grant(who, Role.AVL_COORDINATOR, scene.rimutaka)
    make.sign_in(client, who)
    path, typed = form(scene)
    monkeypatch.setattr("avl.commands.ways_at_once.work_out_ways", fail)

    answer = client.post(path, data=typed | {"step": "save"}, follow_redirects=True)

    assert answer.status_code == 200
    assert needs in answer.text
    assert len(db.session.scalars(select(kept)).all()) == 1


@pytest.fixture
def marks(scene: Scene) -> dict[int, str | None]:
    """Two bookings on the worklist, each with its way out."""
    book_three(scene)
    record_outage(
        scene.suite.id,
        start=tomorrow("08:00"),
        end=tomorrow("17:00"),
        reason="no picture",
        by=scene.coordinator,
    )
    work_out_ways()
    return {row.id: row.way["mark"] for row in db.session.scalars(select(Disruption))}


AWAY = Unavailable("The system is busy or restarting. Nothing was changed; try again.")


def away_after(count: int, monkeypatch: pytest.MonkeyPatch, error: Unavailable = AWAY) -> None:
    done: list[int] = []

    def accept(disruption_id: int, **more: Any) -> Any:
        if len(done) == count:
            raise error
        done.append(disruption_id)
        return accept_way(disruption_id, **more)

    monkeypatch.setattr(accepting, "accept_way", accept)


def test_ways_accepted_before_the_database_went_away_are_told(
    client: FlaskClient,
    scene: Scene,
    marks: dict[int, str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away_after(1, monkeypatch)
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    ways = [f"{number}:{mark}" for number, mark in marks.items()]

    answer = client.post("/worklist/accept", data={"way": ways}, follow_redirects=True)

    assert answer.status_code == 200
    assert re.search(r"AVL-\w{6}</span> is dealt with\.", answer.text)
    assert "so 1 other is not dealt with." in answer.text
    open_rows = select(Disruption).where(Disruption.resolved_at.is_(None))
    assert len(db.session.scalars(open_rows).all()) == 1


def test_outcomes_tell_what_was_left(
    scene: Scene, marks: dict[int, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    away_after(1, monkeypatch)

    first, second, third = accepting.accept_ways(marks | {999: None}, by=scene.registrar)

    assert (first.refused, first.is_left) == ("", False)
    assert (second.is_left, third.is_left) == (True, True)
    assert "Nothing was changed" in second.refused
    assert third.refused == accepting.LEFT


def test_database_that_is_away_from_the_first_is_an_error(
    scene: Scene, marks: dict[int, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    away_after(0, monkeypatch)

    with pytest.raises(Unavailable):
        accepting.accept_ways(marks, by=scene.registrar)


def test_error_after_saving_says_so_and_offers_no_button(
    client: FlaskClient, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))
    path, typed = outage_typed(scene)
    monkeypatch.setattr("avl.web.worklist.places.tell_saved", fail)

    answer = client.post(path, data=typed | {"step": "save"})

    assert answer.status_code == 503
    assert "Something was saved before the system stopped answering." in answer.text
    assert "Nothing was changed" not in answer.text
    assert SENT_AGAIN not in answer.text


def test_note_of_a_visit_is_nothing_that_was_saved(
    client: FlaskClient, scene: Scene, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.sign_in(client, make.user(Role.AVL_COORDINATOR, scene.rimutaka))
    clock.forward(minutes=5)
    path, typed = outage_typed(scene)
    monkeypatch.setattr("avl.web.worklist.places.record_outage", fail)

    answer = client.post(path, data=typed | {"step": "save"})

    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text
    assert SENT_AGAIN in answer.text


@pytest.mark.parametrize(
    ("endpoint", "path", "there"),
    [
        ("registry.cancel", "/court/bookings/{0}/cancel", "/court/bookings/{0}"),
        ("prison.confirm", "/prison/bookings/{0}/confirm", "/prison/bookings/{0}"),
        ("records_custody.transfer", "/records/people/{1}/transfer", "/records/people/{1}"),
        ("registry.submit_form", "/court/book/form?key=k", "/court"),
        ("worklist.finish_outage", "/worklist/outage/end", "/worklist"),
        ("sittings.add", "/sittings/add", "/sittings"),
        ("plans.propose", "/plans/room", "/"),
    ],
)
def test_what_may_be_saved_is_looked_at_where_it_would_be(
    app: Flask,
    client: FlaskClient,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    path: str,
    there: str,
) -> None:
    booking = request_booking(scene.request("10:00"), by=scene.registrar)
    who = make.user(Role.REGISTRY, scene.court)
    make.grant(who, Role.AVL_COORDINATOR, scene.rimutaka)
    make.sign_in(client, who)
    named = booking.reference, scene.tane.id
    path, there = path.format(*named), there.format(*named)

    def lose(**_: object) -> None:
        raise InDoubt(IN_DOUBT)

    monkeypatch.setitem(app.view_functions, endpoint, lose)
    answer = client.post(path, data={"reason": "ā"})

    assert answer.status_code == 503
    assert re.findall(r'href="([^"]+)" target="_blank"', answer.text) == [there]
    assert answer.text.index("I have looked") < answer.text.index(SENT_AGAIN)


def test_way_whose_saving_is_in_doubt_is_not_said_to_be_left(
    client: FlaskClient,
    scene: Scene,
    marks: dict[int, str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away_after(1, monkeypatch, InDoubt(IN_DOUBT))
    make.sign_in(client, make.user(Role.REGISTRY, scene.court))
    ways = [f"{number}:{mark}" for number, mark in marks.items()]

    answer = client.post("/worklist/accept", data={"way": ways}, follow_redirects=True)

    assert "so 1 other is perhaps not dealt with." in answer.text
