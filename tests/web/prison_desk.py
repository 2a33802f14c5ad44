"""A coordinator's desk at a prison: what the tests of the prison's pages sit down at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from avl.models import Booking, Site, User
from tests import make

TAGS = re.compile(r"<[^>]+>|\s+")


@dataclass
class Desk:
    """A coordinator at a prison with six suites, signed in."""

    client: FlaskClient
    prison: Site
    court: Site
    user: User
    rooms: list[Any] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> str:
        response = self.client.get(path, headers=headers)
        assert response.status_code == 200, response.status
        return response.get_data(as_text=True)

    def text(self, path: str) -> str:
        return said(self.get(path))

    def post(self, booking: Booking, action: str, **form: str) -> Any:
        return self.client.post(f"/prison/bookings/{booking.reference}/{action}", data=form)

    def book(self, name: str = "Rāwiri", suite: int = 0, **more: Any) -> Booking:
        person = make.person(name, "Tāne", held_at=self.prison)
        room = self.court_room(suite)
        return make.booking(person, suites=[self.rooms[suite]], room=room, **more)

    def court_room(self, n: int) -> Any:
        return make.rooms(self.court, "courtroom")[n]


def said(html: str) -> str:
    """What a reader of the page reads."""
    return " ".join(TAGS.sub(" ", html).split())


def make_desk(client: FlaskClient, suites: int = 6, zone: str = "Pacific/Auckland") -> Desk:
    client.application.config["WTF_CSRF_ENABLED"] = False
    prison = make.prison("RIMP", short_name="Rimutaka", suites=suites, zone=zone)
    court = make.court("HUTDC", short_name="Hutt Valley", courtrooms=suites)
    user = make.user("avl_coordinator", prison)
    make.sign_in(client, user)
    return Desk(client, prison, court, user, make.rooms(prison, "suite"))
