"""A court's system and a prison's system, each with its token."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from avl.commands.accounts import make_token
from avl.domain.access import SYSTEM, Role
from avl.models import Site
from tests import make
from tests.scene import Scene

_keys = itertools.count(1)


@dataclass
class Caller:
    """A program that calls the API with a token."""

    client: FlaskClient
    token: str

    def headers(self, **more: str | None) -> dict[str, str]:
        """The usual headers; None leaves one out."""
        usual: dict[str, str | None] = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": f"key-{next(_keys)}",
        }
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {name: value for name, value in (usual | named).items() if value is not None}

    def get(self, path: str, **more: str | None) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers(**more))

    def post(self, path: str, body: object = None, **more: str | None) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers(**more))

    def send(self, method: str, path: str, body: object = None, **more: str | None) -> Any:
        """Put or patch with the ETag read just before, unless another is named."""
        read = {"If_Match": self.get(path).headers.get("ETag")}
        headers = self.headers(**(read | more))
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def change(self, path: str, body: object = None, **more: str | None) -> Any:
        """Post with the ETag read just before."""
        reference = path.split("/")[2]
        etag = self.get(f"/bookings/{reference}").headers["ETag"]
        return self.post(path, body, **({"If_Match": etag} | more))


def caller(app: Flask, role: Role, place: Site | None) -> Caller:
    """A service user with this role there, or everywhere."""
    user = make.user(role, place, is_service=True)
    return Caller(app.test_client(), make_token(user.email, "tests", by=SYSTEM))


@pytest.fixture
def court(app: Flask, scene: Scene) -> Caller:
    """The court's own system."""
    return caller(app, Role.REGISTRY, scene.court)


@pytest.fixture
def booked(scene: Scene, court: Caller) -> str:
    """Tāne at ten tomorrow in Suite 1 at Rimutaka."""
    return str(court.post("/bookings", asked(scene)).json["reference"])


@pytest.fixture
def other_court(app: Flask, scene: Scene) -> Caller:
    """Another court's system."""
    return caller(app, Role.REGISTRY, make.court())


@pytest.fixture
def prison(app: Flask, scene: Scene) -> Caller:
    """Rimutaka's system."""
    return caller(app, Role.AVL_COORDINATOR, scene.rimutaka)


@pytest.fixture
def manager(app: Flask, scene: Scene) -> Caller:
    """The system of Rimutaka's manager."""
    return caller(app, Role.MANAGER, scene.rimutaka)


@pytest.fixture
def administrator(app: Flask, scene: Scene) -> Caller:
    """The system of whoever keeps the rules of the country."""
    return caller(app, Role.ADMINISTRATOR, None)


def version_of(answer: Any) -> str:
    """The version that an answer's ETag names, which is all that If-Match looks at."""
    return str(answer.headers["ETag"]).strip('"').partition(".")[0]


def asked(scene: Scene, start: str = "10:00", **more: Any) -> dict[str, Any]:
    """The body of a booking: Tāne in Suite 1 at Rimutaka tomorrow for half an hour."""
    return {
        "courtroom_id": scene.courtroom.id,
        "hearing_type": "CRB",
        "starts_at": f"2026-11-25T{start}:00+13:00",
        "minutes": 30,
        "pre_minutes": 0,
        "post_minutes": 0,
        "appearances": [{"prn": scene.tane.prn, "suite_id": scene.suite.id}],
    } | more
