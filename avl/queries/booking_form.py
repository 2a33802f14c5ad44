"""What the booking form needs to know, and what was typed into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select, true

from avl.domain.access import Actor, Do, Role, may
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.folding import fold
from avl.domain.modes import ModeDecision
from avl.models import (
    Access,
    Booking,
    BookingForm,
    Counsel,
    CustodyStay,
    HearingType,
    Matter,
    MatterParty,
    Person,
    Resource,
    ResourceKind,
    Site,
    db,
)
from avl.queries.modes import decide_modes
from avl.queries.people import StaySeen, say_name
from avl.queries.scope import visible_bookings, within

MOST_NAMES = 12
"""How many counsel are suggested while a name is typed."""


@dataclass(frozen=True, slots=True)
class Room:
    """A courtroom, or an instruction suite, that the officer may book."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Court:
    """One of the officer's courts with its courtrooms, by name.

    Attributes:
        instruction_suites: rooms there from which counsel speaks with a client in prison.
    """

    id: int
    name: str
    zone: str
    rooms: tuple[Room, ...]
    instruction_suites: tuple[Room, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeOfHearing:
    """A hearing type and its usual lengths, in minutes.

    ``interpreter_days``: how far ahead it wants interpreters asked for; None: as its court does.
    """

    code: str
    name: str
    minutes: int
    pre_minutes: int
    post_minutes: int
    is_closed: bool
    interpreter_days: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Counsel, by table id and resource id; ``name`` tells two of the same name apart."""

    id: int
    resource_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who can be booked on this form.

    Attributes:
        counsel: counsel of record on the matter; ``matter_id`` only when they are on it.
        now_at: where the person is now; None when no stay is recorded.
        next_at: where they go next, as far as that is recorded.
        died: nothing is booked for them again.
    """

    person_id: int
    resource_id: int
    name: str
    prn: str
    interpreter_language: str
    counsel: Named | None
    matter_id: int | None
    now_at: StaySeen | None
    next_at: StaySeen | None
    died: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows behind the facts, so that deciding the mode need not read them again."""

    types: Mapping[str, HearingType]
    people: Mapping[int, Person]


@dataclass(frozen=True, slots=True)
class FormFacts:
    """Everything the form shows and chooses from.

    Attributes:
        parties: the person asked for, then the co-defendants on the matter.
    """

    parties: tuple[Party, ...]
    matter_id: int | None
    matter_number: str
    matter_court_id: int | None
    courts: tuple[Court, ...]
    hearing_types: tuple[TypeOfHearing, ...]
    rows: Rows

    def party(self, person_id: int) -> Party | None:
        """The party with this id, when they can be booked here."""
        return next((party for party in self.parties if party.person_id == person_id), None)

    def type_of(self, code: str) -> TypeOfHearing | None:
        """The hearing type with this code, when it can be booked."""
        return next((kind for kind in self.hearing_types if kind.code == code), None)

    def court(self, court_id: int | None) -> Court | None:
        """The officer's court with this id."""
        return next((court for court in self.courts if court.id == court_id), None)

    def court_of_room(self, room_id: int) -> Court | None:
        """The officer's court in which this courtroom stands."""
        for court in self.courts:
            if any(room.id == room_id for room in court.rooms):
                return court
        return None


def form_facts(
    actor: Actor, *, person_ids: Sequence[int], matter_id: int | None, now: datetime
) -> FormFacts:
    """Load what the form needs, in four queries.

    Raises:
        NotFound: the person or matter does not exist, or the matter is another court's.
    """
    if not may(actor, Do.BOOK):
        raise NotFound("There is no such person.")
    rows = _party_rows(actor, person_ids, matter_id)
    known = {person.id for person, *_ in rows}
    if not person_ids or not set(person_ids) <= known:
        raise NotFound("There is no such person.")
    matter = next((matter for _, matter, _ in rows if matter is not None), None)
    if matter_id is not None and matter is None:
        raise NotFound("There is no such matter at your courts.")
    stays = _stays(known, now)
    types = db.session.scalars(
        select(HearingType).where(HearingType.is_bookable).order_by(HearingType.name)
    ).all()
    order = {person_id: place for place, person_id in enumerate(person_ids)}
    rows.sort(key=lambda row: (order.get(row[0].id, len(order)), row[0].search_name))
    return FormFacts(
        parties=tuple(
            _party(person, of, counsel, stays.get(person.id, []), now)
            for person, of, counsel in rows
        ),
        matter_id=matter.id if matter else None,
        matter_number=matter.number if matter else "",
        matter_court_id=matter.court_id if matter else None,
        courts=courts_with_rooms(actor),
        hearing_types=tuple(_type(kind) for kind in types),
        rows=Rows({kind.code: kind for kind in types}, {row[0].id: row[0] for row in rows}),
    )


def courts_with_rooms(actor: Actor) -> tuple[Court, ...]:
    """The officer's own courts with the courtrooms and instruction suites in use."""
    rows = db.session.execute(
        select(Site.id, Site.short_name, Site.zone, Resource.kind, Resource.id, Resource.name)
        .join(Resource, Resource.site_id == Site.id)
        .where(
            within(actor, Role.REGISTRY),
            Site.is_active,
            Resource.kind.in_((ResourceKind.COURTROOM, ResourceKind.INSTRUCTION_SUITE)),
            Resource.is_active,
        )
        .order_by(Site.short_name, Resource.sort_order, Resource.name)
    )
    found: dict[tuple[int, str, str], tuple[list[Room], list[Room]]] = {}
    for site_id, name, zone, kind, room_id, room in rows:
        both = found.setdefault((site_id, name, zone), ([], []))
        both[kind is ResourceKind.INSTRUCTION_SUITE].append(Room(room_id, room))
    return tuple(
        Court(*court, tuple(courtrooms), tuple(instruction))
        for court, (courtrooms, instruction) in found.items()
        if courtrooms
    )


def mode_of_each(
    facts: FormFacts, people: Sequence[Party], *, court_id: int, hearing_type: str, on: date
) -> dict[int, ModeDecision]:
    """AVL or in person, and why, for each person by id (two queries)."""
    return decide_modes(
        db.session(),
        court_id=court_id,
        hearing_type=facts.rows.types[hearing_type],
        matters={party.person_id: party.matter_id for party in people},
        on=on,
        people=[facts.rows.people[party.person_id] for party in people],
    )


def find_counsel(typed: str) -> list[Named]:
    """Counsel whose name has all these words in it, by name."""
    words = fold(typed).split()
    if not words:
        return []
    rows = db.session.execute(
        select(Counsel.id, Counsel.resource_id, Counsel.name, Counsel.firm)
        .where(
            *(
                or_(Counsel.search_name.like(f"{word}%"), Counsel.search_name.like(f"% {word}%"))
                for word in words
            )
        )
        .order_by(Counsel.name, Counsel.firm)
        .limit(MOST_NAMES)
    )
    return [
        Named(counsel_id, resource_id, say_counsel(name, firm))
        for counsel_id, resource_id, name, firm in rows
    ]


def counsel_named(typed: str) -> Named | None:
    """The one counsel meant by a typed name; None when nothing was typed.

    Raises:
        InvalidInput: nobody, or more than one, has this name; the message says who comes close.
    """
    if not typed.strip():
        return None
    bare = typed.partition("(")[0]
    found = find_counsel(bare)
    meant = (
        [named for named in found if fold(named.name) == fold(typed)]
        or [named for named in found if fold(named.name.partition("(")[0]) == fold(bare)]
        or found
    )
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise InvalidInput("counsel", f"No counsel is called “{typed.strip()}”. Check the name.")
    names = "; ".join(named.name for named in meant[:4])
    raise InvalidInput("counsel", f"“{typed.strip()}” can be several people: {names}.")


def say_counsel(name: str, firm: str) -> str:
    """Name counsel so that two of the same name can be told apart."""
    return f"{name} ({firm})" if firm else name


def find_form(actor: Actor, key: str) -> dict[str, Any] | None:
    """What this actor typed under a form's key; None when there is nothing."""
    return db.session.scalars(
        select(BookingForm.typed).where(
            BookingForm.key == key, BookingForm.user_id == actor.user_id
        )
    ).first()


def booking_from_form(actor: Actor, key: str) -> Booking | None:
    """The latest booking or hold made from a form, so that one form never makes two."""
    return db.session.scalars(
        visible_bookings(actor)
        .where(Booking.form_key == key, Booking.created_by_id == actor.user_id)
        .order_by(Booking.id.desc())
    ).first()


def _party_rows(
    actor: Actor, person_ids: Sequence[int], matter_id: int | None
) -> list[tuple[Person, Matter | None, Counsel | None]]:
    """The people asked for and, with a matter, everybody else on it: one query."""
    mine = (
        true()
        if Role.REGISTRY in actor.everywhere
        else Matter.court_id.in_(sorted(actor.sites_as(Role.REGISTRY)))
    )
    rows = db.session.execute(
        select(Person, Matter, Counsel)
        .outerjoin(
            MatterParty,
            and_(MatterParty.person_id == Person.id, MatterParty.matter_id == matter_id),
        )
        .outerjoin(Matter, and_(Matter.id == MatterParty.matter_id, mine))
        .outerjoin(Counsel, and_(Counsel.id == MatterParty.counsel_id, Matter.id.is_not(None)))
        .where(or_(Person.id.in_(person_ids), Matter.id.is_not(None)))
    ).all()
    return [(person, matter, counsel) for person, matter, counsel in rows]


def _type(kind: HearingType) -> TypeOfHearing:
    return TypeOfHearing(
        kind.code,
        kind.name,
        kind.typical_minutes,
        kind.pre_minutes,
        kind.post_minutes,
        kind.access is not Access.OPEN,
        kind.interpreter_days,
    )


def _party(
    person: Person,
    of: Matter | None,
    counsel: Counsel | None,
    stays: Sequence[StaySeen],
    now: datetime,
) -> Party:
    return Party(
        person.id,
        person.resource_id,
        say_name(person),
        person.prn,
        person.interpreter_language,
        Named(counsel.id, counsel.resource_id, say_counsel(counsel.name, counsel.firm))
        if counsel
        else None,
        of.id if of else None,
        next((stay for stay in stays if stay.starts_at <= now), None),
        next((stay for stay in stays if stay.starts_at > now), None),
        person.died_on is not None,
    )


def _stays(ids: set[int], now: datetime) -> dict[int, list[StaySeen]]:
    rows = db.session.execute(
        select(CustodyStay, Site)
        .join(Site, Site.id == CustodyStay.site_id)
        .where(
            CustodyStay.person_id.in_(sorted(ids)),
            or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > now),
        )
        .order_by(CustodyStay.starts_at)
    )
    found: dict[int, list[StaySeen]] = {}
    for stay, site in rows:
        seen = StaySeen(
            site.id,
            site.short_name,
            site.zone,
            stay.status,
            stay.starts_at,
            stay.ends_at,
            site.phone,
        )
        found.setdefault(stay.person_id, []).append(seen)
    return found
