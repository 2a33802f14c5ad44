"""What the booking form needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Executable, and_, or_, select, true

from avl.domain.access import Actor, Do, Role, may
from avl.domain.errors import InvalidInput, NotFound
from avl.domain.folding import fold
from avl.domain.modes import ModeDecision
from avl.models import (
    Counsel,
    CustodyStay,
    Direction,
    Matter,
    MatterParty,
    Person,
    Site,
    db,
)
from avl.queries.form_choices import Court, TypeOfHearing, form_choices
from avl.queries.kept_country import RuleRead
from avl.queries.modes import decide_each
from avl.queries.people import StaySeen, say_name

MOST_NAMES = 12
"""How many counsel are suggested while a name is typed."""


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
        stays: these, and all that is recorded after them.
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
    stays: tuple[StaySeen, ...]
    died: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows behind the facts, so that deciding the mode need not read them again.

    Attributes:
        directions: about any of the people, for the hearing type chosen.
        rules: that may concern that type.
    """

    people: Mapping[int, Person]
    directions: tuple[Direction, ...]
    rules: tuple[RuleRead, ...]


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
    actor: Actor,
    *,
    person_ids: Sequence[int],
    matter_id: int | None,
    hearing_type: str,
    now: datetime,
) -> FormFacts:
    """Load what the form needs, in two queries.

    Args:
        hearing_type: the code chosen so far; "" while there is none.

    Raises:
        NotFound: the person or matter does not exist, or the matter is another court's.
    """
    if not may(actor, Do.BOOK):
        raise NotFound("There is no such person.")
    read = _Read()
    for row in db.session.execute(_people(actor, person_ids, matter_id, hearing_type, now)):
        read.add(*row)
    if not person_ids or not set(person_ids) <= set(read.people):
        raise NotFound("There is no such person.")
    matter = next((matter for matter in read.matters.values() if matter is not None), None)
    if matter_id is not None and matter is None:
        raise NotFound("There is no such matter at your courts.")
    order = {person_id: place for place, person_id in enumerate(person_ids)}
    people = sorted(
        read.people.values(),
        key=lambda person: (order.get(person.id, len(order)), person.search_name),
    )
    choices = form_choices(db.session(), actor, hearing_type=hearing_type)
    return FormFacts(
        parties=tuple(read.party(person, now) for person in people),
        matter_id=matter.id if matter else None,
        matter_number=matter.number if matter else "",
        matter_court_id=matter.court_id if matter else None,
        courts=choices.courts,
        hearing_types=choices.hearing_types,
        rows=Rows(read.people, tuple(read.directions.values()), choices.rules),
    )


def mode_of_each(
    facts: FormFacts, people: Sequence[Party], *, court: Court, kind: TypeOfHearing, on: date
) -> dict[int, ModeDecision]:
    """AVL or in person, and why, for each person by id.

    Args:
        kind: the hearing type that the facts were loaded for.
    """
    return decide_each(
        [facts.rows.people[party.person_id] for party in people],
        hearing_type=kind,
        court_id=court.id,
        court_subkind=court.subkind,
        matters={party.person_id: party.matter_id for party in people},
        rules=facts.rows.rules,
        directions=facts.rows.directions,
        on=on,
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


class _Read:
    """The rows of `_people`: one for each person, times their stays, times their directions."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.matters: dict[int, Matter | None] = {}
        self.counsel: dict[int, Counsel | None] = {}
        self.stays: dict[int, dict[datetime, StaySeen]] = {}
        self.directions: dict[int, Direction] = {}

    def add(
        self,
        person: Person,
        matter: Matter | None,
        counsel: Counsel | None,
        stay: CustodyStay | None,
        site: str,
        zone: str,
        phone: str,
        direction: Direction | None,
    ) -> None:
        """Take in one row; most of what it says may have been said by the one before."""
        self.people[person.id] = person
        self.matters[person.id] = matter
        self.counsel[person.id] = counsel
        stays = self.stays.setdefault(person.id, {})
        if stay is not None:
            seen = StaySeen(
                stay.site_id, site, zone, stay.status, stay.starts_at, stay.ends_at, phone
            )
            stays[stay.starts_at] = seen
        if direction is not None:
            self.directions[direction.id] = direction

    def party(self, person: Person, now: datetime) -> Party:
        """The person with all that was read about them."""
        stays = tuple(stay for _, stay in sorted(self.stays[person.id].items()))
        of, counsel = self.matters[person.id], self.counsel[person.id]
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
            stays,
            person.died_on is not None,
        )


def _people(
    actor: Actor,
    person_ids: Sequence[int],
    matter_id: int | None,
    hearing_type: str,
    now: datetime,
) -> Executable:
    """The people asked for and, with a matter, everybody else on it, in one query."""
    mine = (
        true()
        if Role.REGISTRY in actor.everywhere
        else Matter.court_id.in_(sorted(actor.sites_as(Role.REGISTRY)))
    )
    is_to_come = or_(CustodyStay.ends_at.is_(None), CustodyStay.ends_at > now)
    return (
        select(
            Person,
            Matter,
            Counsel,
            CustodyStay,
            Site.short_name,
            Site.zone,
            Site.phone,
            Direction,
        )
        .select_from(Person)
        .outerjoin(
            MatterParty,
            and_(MatterParty.person_id == Person.id, MatterParty.matter_id == matter_id),
        )
        .outerjoin(Matter, and_(Matter.id == MatterParty.matter_id, mine))
        .outerjoin(Counsel, and_(Counsel.id == MatterParty.counsel_id, Matter.id.is_not(None)))
        .outerjoin(CustodyStay, and_(CustodyStay.person_id == Person.id, is_to_come))
        .outerjoin(Site, Site.id == CustodyStay.site_id)
        .outerjoin(
            Direction,
            and_(
                Direction.person_id == Person.id,
                Direction.hearing_type_code == hearing_type,
            ),
        )
        .where(or_(Person.id.in_(person_ids), Matter.id.is_not(None)))
    )
