"""Words planted in one booking, and every page crawled by everybody: who reads which word.

Two co-defendants in two prisons, each with counsel of their own, in closed court. Whatever a
route does (page, print, CSV, API), a reader meets only the words that are theirs to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from avl.commands.accounts import make_token
from avl.commands.publish import publish
from avl.domain.access import SYSTEM, Role
from avl.domain.booking import Status
from avl.models import (
    Access,
    Booking,
    Counsel,
    FeedToken,
    KeepApart,
    Matter,
    Plan,
    ResourceKind,
    Site,
    User,
    WaitlistEntry,
    db,
)
from avl.queries.accounts import hash_token
from avl.web.guards import GUARDS
from tests import make
from tests.conftest import Clock

HERE, THERE = "Pukekohere", "Tawharanui"
MINE, THEIRS = "Whiringa-here", "Whiringa-there"
STAFF, PRISON = "staffwordzq", "prisonwordzq"
KIND = "Closedkindzq"
FILES = "CRI-2026-096-777777"
APART = "apartwordzq"

WORDS = (HERE, THERE, STAFF, PRISON, KIND, FILES, APART)


@dataclass(frozen=True)
class Planted:
    """The booking and where it belongs."""

    court: Site
    here: Site
    there: Site
    mine: Counsel
    theirs: Counsel
    booking: Booking
    matter: Matter
    plan: Plan
    day: Plan
    wait: WaitlistEntry


@pytest.fixture
def planted(session: Any, clock: Clock) -> Planted:
    """A requested booking tomorrow with every word in its place."""
    court, here, there = make.court(), make.prison(), make.prison()
    mine, theirs = make.counsel(MINE), make.counsel(THEIRS)
    first, second = make.person(HERE, held_at=here), make.person(THERE, held_at=there)
    booking = make.booking(
        first,
        second,
        at_court=court,
        suites=[make.rooms(site, ResourceKind.SUITE)[0] for site in (here, there)],
        kind=make.hearing_type("CLZ", KIND, access=Access.CLOSED),
        status=Status.REQUESTED,
        hearing=make.during("14:00", "14:30"),
        staff_notes=STAFF,
        prison_notes=PRISON,
    )
    matter = make.matter(court, first, second, number=FILES, is_suppressed=True)
    for appearance, counsel in zip(booking.appearances, (mine, theirs), strict=True):
        appearance.counsel_id, appearance.matter_id = counsel.id, matter.id
    make.keep_apart(first, make.person("Kahikatea", held_at=here)).reason = APART
    db.session.commit()
    publish(db.session(), booking)
    db.session.commit()
    plan, day, wait = make.plan(booking), make.day_plan(booking), make.wait(booking)
    return Planted(court, here, there, mine, theirs, booking, matter, plan, day, wait)


def pages(app: Flask, planted: Planted, user: User) -> Iterator[str]:
    """The address of every page there is, filled in with what the booking has to do with."""
    first, second = planted.booking.appearances
    choices: dict[str, Iterable[object]] = {
        "reference": [planted.booking.reference],
        "code": [planted.here.code, planted.there.code],
        "site_code": [planted.here.code, planted.there.code],
        "day": [make.TODAY],
        "user_id": [user.id],
        "person_id": [first.person_id, second.person_id],
        "counsel_id": [planted.mine.id, planted.theirs.id],
        "matter_id": [planted.matter.id],
        "plan_id": [planted.plan.id],
        "day_id": [planted.day.id],
        "entry_id": [planted.wait.id],
        "room_id": [make.rooms(planted.here, ResourceKind.SUITE)[0].id],
        "type_code": [planted.booking.hearing_type_code],
        "rule_code": [make.mode_rule().code],
    }
    with app.test_request_context():
        adapter = app.url_map.bind("")
        for rule in app.url_map.iter_rules():
            guard = GUARDS.of(rule.endpoint)
            if "GET" not in (rule.methods or ()) or guard is None or guard.is_open(rule.endpoint):
                continue
            name = next(iter(rule.arguments & {"code", "person_id", "counsel_id"}), None)
            for value in choices[name] if name else [None]:
                filled = {other: next(iter(choices[other])) for other in rule.arguments}
                filled |= {name: value} if name else {}
                if rule.endpoint == "registry.form":
                    filled["person"] = first.person_id
                yield adapter.build(rule.endpoint, filled)
    yield f"/court/today?on={make.TODAY}"
    yield f"/court/today?date={make.TODAY}&as=csv"
    yield "/court/week?as=csv"


def words_read(app: Flask, client: FlaskClient, planted: Planted, user: User) -> set[str]:
    """Which planted words this user meets anywhere."""
    make.sign_in(client, user)
    text = [client.get(path).text for path in pages(app, planted, user)]
    text += _api(app, planted, user)
    return {word for word in WORDS if any(word in one for one in text)}


def _api(app: Flask, planted: Planted, user: User) -> list[str]:
    service = make.user(is_service=True, counsel_id=user.counsel_id)
    for membership in user.memberships:
        place = db.session.get(Site, membership.site_id) if membership.site_id else None
        make.grant(service, membership.role, place)
    sent = {"Authorization": f"Bearer {make_token(service.email, 'crawl', by=SYSTEM)}"}
    client = app.test_client()
    return [client.get(path, headers=sent).text for path in _reads(app, planted)]


ASKED = {
    "/api/v1/bookings": "?from=2026-11-23T00:00:00Z&to=2026-11-26T00:00:00Z",
    "/api/v1/people": "?prn={prn}",
    "/api/v1/counsel": "?q=whiringa",
    "/api/v1/sittings": "?court={court}&on=2026-11-24",
}
"""What a read has to be asked, where its address does not say it."""

TOLD_TO_ALL = {"api.list_types", "api.read_type"}
"""Which kinds of hearing there are is told to every program, and says nothing of a booking."""


def _reads(app: Flask, planted: Planted) -> Iterator[str]:
    """The address of every read of the API, about either of the two people and prisons."""
    yield f"/api/v1/bookings{ASKED['/api/v1/bookings']}&site={planted.here.code}"
    pair = db.session.scalars(select(KeepApart)).one()
    for appearance, counsel in zip(
        planted.booking.appearances, (planted.mine, planted.theirs), strict=True
    ):
        site = appearance.site
        values = {
            "reference": planted.booking.reference,
            "counsel_id": counsel.id,
            "prn": appearance.person.prn,
            "type_code": planted.booking.hearing_type_code,
            "site_code": site.code,
            "room_id": appearance.suite_id,
            "pair_id": pair.id,
            "rule_code": "NONE",
            "day_id": planted.day.id,
            "plan_id": planted.plan.id,
            "entry_id": planted.wait.id,
            "sitting_id": 1,
            "outage_id": 1,
            "closure_id": 1,
        }
        adapter = app.url_map.bind("")
        for rule in app.url_map.iter_rules():
            if rule.endpoint in TOLD_TO_ALL or "GET" not in (rule.methods or ()):
                continue
            if rule.endpoint.startswith("api."):
                filled = {name: values[name] for name in rule.arguments}
                path = adapter.build(rule.endpoint, filled)
                asked = ASKED.get(path, "")
                yield path + asked.format(prn=values["prn"], court=planted.court.code)


def test_the_courts_registry_reads_everything(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    user = make.user(Role.REGISTRY, planted.court)

    assert words_read(app, client, planted, user) == set(WORDS)


@pytest.mark.parametrize("role", [Role.AVL_COORDINATOR, Role.PRISON_OFFICER])
def test_a_prison_reads_of_its_own_people_only(
    app: Flask, client: FlaskClient, planted: Planted, role: Role
) -> None:
    words = words_read(app, client, planted, make.user(role, planted.here))

    assert {HERE, PRISON} <= words
    assert not words & {STAFF}
    if role is Role.PRISON_OFFICER:  # a coordinator may look for people, wherever they are
        assert not words & {THERE, APART}


def test_counsel_read_of_their_own_client_only(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    user = make.user(Role.COUNSEL, counsel_id=planted.mine.id)

    words = words_read(app, client, planted, user)

    assert HERE in words
    assert not words & {THERE, STAFF, PRISON, APART}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_those_who_watch_read_no_names(
    app: Flask, client: FlaskClient, planted: Planted, role: Role
) -> None:
    place = planted.here if role is Role.MANAGER else None

    words = words_read(app, client, planted, make.user(role, place))

    # The kinds of hearing there are is what an administrator looks after.
    assert words == ({KIND} if role is Role.ADMINISTRATOR else set())


def test_another_court_and_another_prison_read_nothing_of_the_booking(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    officer = make.user(Role.PRISON_OFFICER, make.prison())
    assert words_read(app, client, planted, officer) == set()

    coordinator = make.user(Role.AVL_COORDINATOR, make.prison())
    assert APART not in words_read(app, client, planted, coordinator)

    # A registry finds anybody in custody, to book them; of another court's booking it reads
    # neither notes nor file.
    registrar = make.user(Role.REGISTRY, make.court())
    words = words_read(app, client, planted, registrar)
    assert not words & {STAFF, PRISON, FILES}


def test_a_feed_of_the_usual_level_names_nobody(
    app: Flask, client: FlaskClient, planted: Planted
) -> None:
    token = "A" * 22
    for kind, scope_id in (
        ("court", planted.court.id),
        ("site", planted.here.id),
        ("counsel", planted.mine.id),
    ):
        db.session.add(
            FeedToken(
                token_hash=hash_token(f"{token}{kind}"),
                scope_kind=kind,
                scope_id=scope_id,
                label="Calendar",
                user_id=make.user().id,
                created_at=make.LONG_AGO,
                expires_at=make.at("10:00", on="2027-11-24"),
            )
        )
        db.session.commit()
        answer = client.get(f"/feeds/{token}{kind}.ics")
        feed = answer.text

        assert (answer.status_code, "VEVENT" in feed) == (200, True)
        assert not [word for word in (HERE, THERE, STAFF, PRISON, FILES) if word in feed]
