"""Words planted in one booking, and every page crawled by everybody: who reads which word.

Two co-defendants in two prisons, each with counsel of their own, in closed court. Whatever a
route does (page, print, CSV, API), a reader meets only the words that are theirs to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
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
    Closure,
    Counsel,
    Disruption,
    FeedToken,
    KeepApart,
    Matter,
    ModeRule,
    Outage,
    Plan,
    ResourceKind,
    Site,
    Sitting,
    User,
    WaitlistEntry,
    db,
)
from avl.queries.accounts import hash_token
from avl.web.guards import GUARDS
from tests import make
from tests.conftest import Clock
from tests.web.planted_api import Call, calls, changes

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
    swapped: Booking
    sitting: Sitting
    outage: Outage
    closure: Closure
    rule_to_come: ModeRule


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
    mate, spare = make.person("Kahikatea", held_at=here), make.suite(here)
    make.keep_apart(first, mate).reason = APART
    db.session.commit()
    publish(db.session(), booking)
    db.session.commit()
    plan, day, wait = make.plan(booking), make.day_plan(booking), make.wait(booking)
    swapped = make.booking(
        mate, at_court=court, suites=[spare], hearing=make.during("16:00", "16:30")
    )
    start, end = make.at("09:00"), make.at("17:00")
    room_id, december = booking.appearances[0].courtroom_id, date(2026, 12, 24)
    more = (
        Sitting(court_id=court.id, courtroom_id=room_id, starts_at=start, ends_at=end),
        Outage(resource_id=spare.id, starts_at=make.at("09:00", on="2026-12-24"), reason="Paint"),
        Closure(site_id=here.id, on_date=december, reason="Leave"),
    )
    db.session.add_all(more)
    db.session.commit()
    rule = make.mode_rule("TO-COME", from_on=date(2027, 3, 1), layer="protocol")
    people = (mine, theirs)
    return Planted(
        court, here, there, *people, booking, matter, plan, day, wait, swapped, *more, rule
    )


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
    client, sent = app.test_client(), _service_like(user)
    return [call.send(client, sent).text for call in _calls(app, planted)]


def _service_like(user: User) -> dict[str, str]:
    """What a program sends that may do what this user may."""
    service = make.user(is_service=True, counsel_id=user.counsel_id)
    for membership in user.memberships:
        place = db.session.get(Site, membership.site_id) if membership.site_id else None
        make.grant(service, membership.role, place)
    return {"Authorization": f"Bearer {make_token(service.email, 'crawl', by=SYSTEM)}"}


def _calls(
    app: Flask,
    planted: Planted,
    which: Callable[[Flask, Mapping[str, Any]], Iterator[Call]] = calls,
) -> list[Call]:
    """Every read of the API and every preview, about either of the two people and prisons."""
    pair = db.session.scalars(select(KeepApart)).one()
    first, second = planted.booking.appearances
    found: list[Call] = []
    for one, other, counsel in (
        (first, second, planted.mine),
        (second, first, planted.theirs),
    ):
        values = {
            "reference": planted.booking.reference,
            "appearance_id": one.id,
            "number": FILES,
            "at": "2026-11-24T09:00:00+13:00",
            "disruption_id": db.session.scalar(select(Disruption.id)) or 0,
            "counsel_id": counsel.id,
            "prn": one.person.prn,
            "other_prn": other.person.prn,
            "mate_prn": planted.swapped.appearances[0].person.prn,
            "type_code": planted.booking.hearing_type_code,
            "site_code": one.site.code,
            "other_site": other.site.code,
            "court": planted.court.code,
            "room_id": one.suite_id,
            "courtroom_id": one.courtroom_id,
            "pair_id": pair.id,
            "rule_code": make.mode_rule().code,
            "rule_to_come": planted.rule_to_come.code,
            "day_id": planted.day.id,
            "plan_id": planted.plan.id,
            "entry_id": planted.wait.id,
            "sitting_id": planted.sitting.id,
            "outage_id": planted.outage.id,
            "closure_id": planted.closure.id,
            "swapped_with": planted.swapped.reference,
        }
        found += which(app, values)
    return found


def test_every_read_and_preview_is_answered_to_somebody(app: Flask, planted: Planted) -> None:
    every = _calls(app, planted)
    left, client = {call.endpoint for call in every}, app.test_client()
    for role, place in (
        (Role.REGISTRY, planted.court),
        (Role.AVL_COORDINATOR, planted.here),
        (Role.MANAGER, planted.here),
        (Role.ADMINISTRATOR, None),
    ):
        sent = _service_like(make.user(role, place))
        for call in every:
            if call.endpoint in left and call.send(client, sent).status_code == 200:
                left.discard(call.endpoint)

    assert left == set()


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


NATIONAL = {"edit_counsel", "new_counsel", "keep_two_apart", "end_pair"}
"""Counsel are of no court, and a registry may book anybody in custody: each keeps both."""

SAYS_WHOSE = {"court", "courtroom_id", "prn"}
"""Fields that name a place or person; refused, they are not the caller's or there already."""


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_no_change_by_api_reaches_across_to_another_court_or_prison(
    app: Flask, planted: Planted, role: Role
) -> None:
    place = (
        None if role is Role.COUNSEL else make.court() if role is Role.REGISTRY else make.prison()
    )
    counsel = {"counsel_id": make.counsel().id} if role is Role.COUNSEL else {}
    sent = _service_like(make.user(role, place, **counsel))
    broken = Disruption(
        booking_id=planted.booking.id,
        court_id=planted.court.id,
        site_id=planted.here.id,
        cause="outage",
        sentence="Suite 1 is out of use.",
        opened_at=make.at("08:00"),
        due_at=make.at("17:00"),
    )
    db.session.add(broken)
    db.session.commit()

    client, done, odd = app.test_client(), set(), []
    for number, call in enumerate(_calls(app, planted, changes)):
        keys = {"Idempotency-Key": f"across-{number}", "If-Match": "*"}
        answer, name = call.send(client, sent | keys), call.endpoint.removeprefix("api.")
        fields = {*answer.json.get("errors", ())} if answer.is_json else set()
        if answer.status_code < 300 and '"is_done": false' not in answer.text:
            done.add(name)
        elif answer.status_code in (200, 403, 404, 409) or (fields and fields <= SAYS_WHOSE):
            continue
        elif name not in done:  # what was made for the first of the two is there for the second
            odd.append((name, answer.status_code, answer.text))

    assert (done, odd) == (NATIONAL if role is Role.REGISTRY else set(), [])
