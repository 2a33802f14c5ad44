"""Plain functions that put rows in the database, with defaults, and commit them.

Every function takes keywords only where there is more than the obvious. Times are said as the
wall clock of Wellington: `make.at("10:15")`, `make.at("10:15", on="2027-04-04")`.
"""

from __future__ import annotations

import itertools
import secrets
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient

from avl import clock
from avl.commands.publish import publish
from avl.domain.access import Actor, Grant, Role
from avl.domain.booking import HOLDING, LegKind, Status, reference_from
from avl.domain.interval import Interval
from avl.domain.local_time import local_day, to_utc
from avl.domain.resources import Placement, Seat, holds_for
from avl.models import (
    Access,
    Agency,
    Appearance,
    Approval,
    Booking,
    Counsel,
    CustodyStay,
    HearingType,
    Hold,
    KeepApart,
    Leg,
    Matter,
    MatterParty,
    Membership,
    Person,
    Plan,
    PlanKind,
    PlanStatus,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
    User,
    UserSession,
    WaitlistEntry,
    WaitState,
    Window,
    db,
)
from avl.queries.accounts import hash_token
from avl.queries.day_plans import DayRequest
from avl.queries.room_request import RoomRequest, RoomSeat
from avl.queries.waiting import WaitRequest

TODAY = "2026-11-24"
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
_number = itertools.count(1)


def at(
    wall: str, on: str = TODAY, zone: str = "Pacific/Auckland", fold: int | None = None
) -> datetime:
    """The instant of a wall-clock time: `make.at("10:15")`."""
    return to_utc(datetime.combine(date.fromisoformat(on), time.fromisoformat(wall)), zone, fold)


def during(start: str, end: str, on: str = TODAY, zone: str = "Pacific/Auckland") -> Interval:
    """The interval between two wall-clock times of one day."""
    return Interval(at(start, on, zone), at(end, on, zone))


def span(start: datetime, minutes: int) -> Interval:
    """The interval that starts at an instant and lasts so long."""
    return Interval(start, start + timedelta(minutes=minutes))


def agency(code: str = "COR") -> Agency:
    """The agency of this code, made once."""
    found = db.session.query(Agency).filter_by(code=code).one_or_none()
    return found or _save(Agency(code=code, name=f"Agency {code}"))


def site(
    code: str | None = None,
    *,
    kind: SiteKind = SiteKind.PRISON,
    short_name: str | None = None,
    zone: str = "Pacific/Auckland",
    approval: Approval = Approval.APPROVAL,
    suites: int = 0,
    courtrooms: int = 0,
    is_open: bool = True,
    **more: Any,
) -> Site:
    """A prison (or what `kind` says), open all week from 8 to 6 unless told otherwise."""
    n = next(_number)
    code = code or f"S{n}"
    found = Site(
        code=code,
        name=more.pop("name", f"{short_name or f'Place {n}'} {kind.replace('_', ' ').title()}"),
        short_name=short_name or f"Place {n}",
        kind=kind,
        zone=zone,
        area="test",
        agency_id=agency("MOJ" if kind is SiteKind.COURT else "COR").id,
        approval=approval,
        **({"holiday_subdiv": "WGN"} | more),
    )
    _save(found)
    if is_open:
        _save(
            *(
                Window(site_id=found.id, weekday=day, opens_at=time(8), closes_at=time(18))
                for day in range(7)
            )
        )
    for number in range(1, suites + 1):
        suite(found, f"Suite {number}", sort_order=number)
    for number in range(1, courtrooms + 1):
        courtroom(found, f"Courtroom {number}", sort_order=number)
    return found


def prison(code: str | None = None, **more: Any) -> Site:
    """A prison with one suite."""
    return site(code, **({"suites": 1} | more))


def court(code: str | None = None, **more: Any) -> Site:
    """A court with one courtroom."""
    return site(code, **({"kind": SiteKind.COURT, "courtrooms": 1} | more))


def suite(at_site: Site, name: str | None = None, **more: Any) -> Resource:
    """An AVL suite."""
    return _room(at_site, ResourceKind.SUITE, name, **more)


def courtroom(at_site: Site, name: str | None = None, **more: Any) -> Resource:
    """A courtroom."""
    return _room(at_site, ResourceKind.COURTROOM, name, **more)


def instruction_suite(at_site: Site, name: str | None = None, **more: Any) -> Resource:
    """A room in which counsel speaks with a client in prison."""
    return _room(at_site, ResourceKind.INSTRUCTION_SUITE, name, **more)


def bridge(at_site: Site, ports: int = 4) -> list[Resource]:
    """A court's bridge with so many ports."""
    return [
        _room(at_site, ResourceKind.BRIDGE_PORT, f"Bridge port {n}", sort_order=n)
        for n in range(1, ports + 1)
    ]


def rooms(at_site: Site, kind: ResourceKind) -> list[Resource]:
    """A site's rooms of one kind, in their order."""
    query = db.session.query(Resource).filter_by(site_id=at_site.id, kind=kind)
    return query.order_by(Resource.sort_order, Resource.id).all()


def person(
    family_name: str = "Rāwiri",
    given_names: str = "Tāne",
    *,
    held_at: Site | None = None,
    prn: str | None = None,
    since: datetime = LONG_AGO,
    **more: Any,
) -> Person:
    """A person in custody; `held_at` records the stay."""
    n = next(_number)
    found = Person(
        prn=prn or f"{n:08}",
        family_name=family_name,
        given_names=given_names,
        search_name=_fold(f"{family_name} {given_names}"),
        resource=Resource(kind=ResourceKind.PERSON, name=f"{family_name}, {given_names}"),
        **more,
    )
    _save(found)
    if held_at is not None:
        _save(CustodyStay(person_id=found.id, site_id=held_at.id, starts_at=since))
    return found


def stay(
    of: Person, held_at: Site, *, since: datetime = LONG_AGO, until: datetime | None = None
) -> CustodyStay:
    """Where somebody is from one moment to another."""
    return _save(CustodyStay(person_id=of.id, site_id=held_at.id, starts_at=since, ends_at=until))


def counsel(name: str = "Mere Parata", *, mobile: str = "+64211234567", **more: Any) -> Counsel:
    """A lawyer with a telephone."""
    resource = Resource(kind=ResourceKind.COUNSEL, name=name)
    return _save(
        Counsel(name=name, search_name=_fold(name), mobile=mobile, resource=resource, **more)
    )


def matter(
    at_court: Site,
    *parties: Person,
    number: str | None = None,
    by: Counsel | None = None,
    **more: Any,
) -> Matter:
    """A court file with its parties and counsel of record."""
    found = Matter(
        number=number or f"CRI-2026-096-{next(_number):06}", court_id=at_court.id, **more
    )
    _save(found)
    for party in parties:
        _save(MatterParty(matter_id=found.id, person_id=party.id, counsel_id=by.id if by else None))
    return found


def hearing_type(
    code: str = "CRB", name: str = "Bail application", *, access: Access = Access.OPEN, **more: Any
) -> HearingType:
    """The hearing type of this code, made once."""
    found = db.session.get(HearingType, code)
    return found or _save(
        HearingType(
            code=code,
            name=name,
            access=access,
            jurisdiction="criminal",
            **({"act_class": "criminal_procedural", "typical_minutes": 30} | more),
        )
    )


def user(
    role: Role | str | None = None,
    place: Site | None = None,
    *,
    at_agency: Agency | None = None,
    email: str | None = None,
    name: str | None = None,
    **more: Any,
) -> User:
    """A user with one membership (none, where no role is given)."""
    n = next(_number)
    found = _save(
        User(
            email=email or f"user{n}@example.nz",
            name=name or f"User {n}",
            created_at=LONG_AGO,
            **more,
        )
    )
    if role is not None:
        grant(found, role, place, at_agency=at_agency)
    return found


def grant(
    to: User, role: Role | str, place: Site | None = None, *, at_agency: Agency | None = None
) -> Membership:
    """One membership more."""
    return _save(
        Membership(
            user_id=to.id,
            role=Role(role),
            site_id=place.id if place else None,
            agency_id=at_agency.id if at_agency else None,
        )
    )


def sign_in(client: FlaskClient, who: User) -> FlaskClient:
    """Sign this client in as somebody, without the sign-in page."""
    token = open_session(who)
    with client.session_transaction() as browser:
        browser["token"] = token
    return client


def session_cookie(app: Flask, who: User) -> dict[str, str]:
    """The cookie that signs a real browser in; give it a "url" and add it to the context."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    value = serializer.dumps({"token": open_session(who)})
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": str(value)}


def open_session(who: User) -> str:
    """A live session of somebody; returns the token their browser keeps."""
    token, now = secrets.token_urlsafe(16), clock.now()
    _save(
        UserSession(
            token_hash=hash_token(token),
            user_id=who.id,
            created_at=now,
            last_seen_at=now,
            ends_at=now + timedelta(hours=12),
        )
    )
    return token


def actor(
    role: Role | str, *places: Site, of: User | None = None, counsel_id: int | None = None
) -> Actor:
    """An actor with one role at these sites, without a visit to the database."""
    known = Role(role)
    return Actor(
        user_id=of.id if of else (user(role, places[0] if places else None)).id,
        name=of.name if of else f"{known} actor",
        grants=tuple(Grant(known, site_id=place.id) for place in places) or (Grant(known),),
        counsel_id=counsel_id,
        sites=((known, frozenset(place.id for place in places)),),
    )


def booking(
    *people: Person,
    at_court: Site | None = None,
    room: Resource | None = None,
    at_prison: Site | None = None,
    suites: Sequence[Resource] = (),
    hearing: Interval | None = None,
    pre_minutes: int = 0,
    post_minutes: int = 0,
    status: Status = Status.CONFIRMED,
    kind: HearingType | None = None,
    by: Counsel | None = None,
    matter: Matter | None = None,
    made_at: datetime = LONG_AGO,
    changed_at: datetime | None = None,
    is_published: bool = True,
    **more: Any,
) -> Booking:
    """One booking with legs, appearances, holds and calendar entries.

    Without people there is one, held at the prison. `suites` go with the people, in order; each
    suite's site is where that person appears from.
    """
    at_prison = at_prison or (_site_of(suites[0]) if suites else prison())
    suites = suites or rooms(at_prison, ResourceKind.SUITE)
    at_court = at_court or (_site_of(room) if room else court())
    room = room or rooms(at_court, ResourceKind.COURTROOM)[0]
    people = people or (person(held_at=at_prison),)
    placement = Placement(
        court_id=at_court.id,
        courtroom=room.id,
        hearing_type=(kind or hearing_type()).code,
        hearing=hearing or during("10:00", "10:30"),
        pre_minutes=pre_minutes,
        post_minutes=post_minutes,
        seats=tuple(
            Seat(who.resource_id, _id(where), where.id, by.resource_id if by else None)
            for who, where in zip(people, suites, strict=False)
        ),
    )
    found = Booking(
        reference=reference_from(next(_number) + 32**5),
        uid=str(uuid.uuid4()),
        court_id=at_court.id,
        hearing_type_code=placement.hearing_type,
        status=status,
        starts_at=placement.span.start,
        ends_at=placement.span.end,
        created_at=made_at,
        updated_at=changed_at or made_at,
        **{
            "expires_at": placement.span.start,
            "requested_at": None if status is Status.HELD else made_at,
            **more,
        },
        legs=[
            Leg(kind=leg.kind, starts_at=leg.interval.start, ends_at=leg.interval.end)
            for leg in placement.legs
        ],
        appearances=[
            Appearance(
                person_id=who.id,
                site_id=_id(where),
                suite_id=where.id,
                courtroom_id=room.id,
                counsel_id=by.id if by else None,
                matter_id=matter.id if matter else None,
                agreed_at=None if status in (Status.HELD, Status.REQUESTED) else made_at,
            )
            for who, where in zip(people, suites, strict=False)
        ],
    )
    if status in HOLDING:
        for one, seat in zip(found.appearances, placement.seats, strict=True):
            zone = db.session.get_one(Site, seat.site_id).zone
            one.present_from, one.present_to = placement.span.start, placement.span.end
            one.present_on = local_day(placement.span.start, zone)
    _save(found)
    if status in HOLDING:
        _hold(found, placement, suites)
    if is_published:
        publish(db.session(), found)
        db.session.commit()
    return found


def leg_of(booking: Booking, kind: LegKind) -> Leg:
    """A booking's leg of this kind."""
    return next(leg for leg in booking.legs if leg.kind is kind)


def _hold(booking: Booking, placement: Placement, suites: Iterable[Resource]) -> None:
    turnaround = {
        where.id: timedelta(minutes=db.session.get_one(Site, where.site_id).turnaround_minutes)
        for where in suites
    }
    legs = {leg.kind: leg.id for leg in booking.legs}
    _save(
        *(
            Hold(
                booking_id=booking.id,
                leg_id=legs[wanted.leg],
                resource_id=wanted.resource_id,
                starts_at=wanted.occupied.start,
                ends_at=wanted.occupied.end,
                is_exclusive=wanted.is_exclusive,
            )
            for wanted in holds_for(placement, turnaround)
        )
    )


def _room(at_site: Site, kind: ResourceKind, name: str | None, **more: Any) -> Resource:
    n = next(_number)
    label = name or f"{kind.replace('_', ' ').capitalize()} {n}"
    return _save(
        Resource(
            site_id=at_site.id,
            kind=kind,
            code=more.pop("code", f"{kind[:2].upper()}{n}"),
            name=label,
            **({"sort_order": n} | more),
        )
    )


def _site_of(room: Resource) -> Site:
    return db.session.get_one(Site, room.site_id)


def _id(room: Resource) -> int:
    if room.site_id is None:
        raise ValueError("a room stands at a site")
    return room.site_id


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def _save(first: Any, *others: Any) -> Any:
    db.session.add_all((first, *others))
    db.session.commit()
    return first


def plan(booking: Booking) -> Plan:
    """A search for room that found none."""
    request = RoomRequest(
        court_id=booking.court_id,
        courtrooms=(),
        hearing_type=booking.hearing_type_code,
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(booking.appearances[0].person_id),),
        wanted_start=booking.starts_at,
    )
    plan = Plan(
        kind=PlanKind.MAKE_ROOM,
        status=PlanStatus.IMPOSSIBLE,
        court_id=booking.court_id,
        made_at=booking.created_at,
        expires_at=booking.starts_at,
        wish=request.to_json(),
    )
    db.session.add(plan)
    db.session.commit()
    return plan


def day_plan(booking: Booking, **more: Any) -> Plan:
    """A plan of a booking's day that leaves it where it is."""
    fields = {
        "kind": PlanKind.DAY,
        "status": PlanStatus.PROPOSED,
        "court_id": booking.court_id,
        "made_at": booking.created_at,
        "expires_at": booking.starts_at,
        "wish": DayRequest(booking.court_id, booking.starts_at.date()).to_json(),
        "moves": {"moves": [], "new": [], "unplaced": [], "stays": 1},
        "cost": {"off": 0, "moved": 0, "proven": 4, "bound": [0, 0, 0, 0], "has_solver": True},
    }
    plan = Plan(**{**fields, **more})
    db.session.add(plan)
    db.session.commit()
    return plan


def wait(booking: Booking, **more: Any) -> WaitlistEntry:
    """A wish on the waitlist, for the first person of a booking at its court."""
    room = RoomRequest(
        court_id=booking.court_id,
        courtrooms=(),
        hearing_type=booking.hearing_type_code,
        minutes=30,
        pre_minutes=0,
        post_minutes=0,
        seats=(RoomSeat(booking.appearances[0].person_id),),
        wanted_start=booking.starts_at,
        staff_notes=booking.staff_notes,
        prison_notes=booking.prison_notes,
    )
    on = booking.starts_at.date()
    request = WaitRequest(room, on, on + timedelta(days=9))
    usual = {
        "court_id": booking.court_id,
        "hearing_type_code": booking.hearing_type_code,
        "person_id": booking.appearances[0].person_id,
        "priority": 50,
        "wish": request.to_json(),
        "mark": request.mark,
        "state": WaitState.WAITING,
        "asked_at": booking.created_at,
        "made_at": booking.created_at,
        "deadline_at": booking.starts_at + timedelta(days=9),
    }
    return _save(WaitlistEntry(**(usual | more)))


def keep_apart(one: Person, other: Person, *, gap: int = 30, all_day: bool = False) -> KeepApart:
    """Two people who must be kept apart from now on."""
    first, second = sorted((one.id, other.id))
    return _save(
        KeepApart(
            first_id=first,
            second_id=second,
            gap_minutes=gap,
            other_site_too=all_day,
            reason="Planted reason",
            made_at=LONG_AGO,
        )
    )
