"""People in custody and where they are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.disruption_steps import NOTHING, Swept, Watch
from avl.commands.record_steps import (
    check_person_version,
    lock_person,
    make_person,
    stays_of,
)
from avl.commands.record_watch import watch_move
from avl.commands.stale_plans import set_plans_aside
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.contacts import read_prn, read_text, require_text
from avl.domain.custody import say_died
from avl.domain.disruption import Cause
from avl.domain.errors import ActionNotAllowed, InvalidInput, NotAllowed, NotFound
from avl.domain.local_time import say_day, say_time
from avl.models import Booking, CustodyStay, Person, Site
from avl.queries.people import say_name
from avl.queries.records import CUSTODY, misplaced
from avl.queries.scope import visible_bookings

FAR = timedelta(days=366)
"""A move planned further ahead than this is a slip of the pen."""


class SamePerson(InvalidInput):
    """A person with this PRN is recorded already; ``person_id`` says who."""

    def __init__(self, person: Person) -> None:
        super().__init__("prn", f"{say_name(person)} already has the PRN {person.prn}.")
        self.person_id = person.id


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is typed about somebody new."""

    prn: str
    family_name: str
    given_names: str = ""
    born_on: date | None = None
    interpreter_language: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What recording a move did.

    Attributes:
        sentence: what is now recorded.
        references: coming bookings at the wrong place now, as far as the actor may see them.
        hidden: how many more there are that others look after.
        swept: what it broke, and what is possible again.
    """

    sentence: str
    references: tuple[str, ...] = ()
    hidden: int = 0
    swept: Swept = field(default=NOTHING, compare=False)


@command
def add_person(
    session: Session,
    new: NewPerson,
    *,
    site_id: int | None,
    since: datetime,
    status: str = "",
    by: Actor,
) -> Person:
    """Record a person and where they are held.

    Raises:
        SamePerson: the PRN is somebody's already.
        InvalidInput: something typed cannot be used.
        NotAllowed: this actor may not add people, or not at this place.
    """
    if not may(by, Do.ADD_PEOPLE):
        raise NotAllowed("Only a court registry or an AVL coordinator adds people.")
    person = _person_from(new)
    if known := session.scalars(select(Person).where(Person.prn == person.prn)).first():
        raise SamePerson(known)
    site = _custody_site(session, site_id)
    if not may(by, Do.KEEP_MATTERS) and not _keeps_stays(by, site.id):
        raise NotAllowed(f"Only the AVL coordinator of {site.name} adds people held there.")
    refuse_far(since)
    session.add(person)
    session.flush()
    session.add(
        CustodyStay(person_id=person.id, site_id=site.id, starts_at=since, status=_status(status))
    )
    note(session, "add_person", person, by=by, site=site.code, since=since.isoformat())
    session.flush()
    return person


@command
def record_transfer(
    session: Session,
    person_id: int,
    *,
    site_id: int | None,
    at: datetime,
    status: str = "",
    by: Actor,
    version: int | None = None,
) -> Move:
    """Record that a person goes to another place, or comes into custody again.

    The stay that is open then ends, and the next one starts at the same moment. Bookings are
    left as they are; those at the wrong place now go on the worklist, and are counted and named.

    Args:
        version: of the record, as it was read; None for any.

    Raises:
        NotFound: there is no such person.
        StaleVersion: the record was changed since ``version`` was read.
        NotAllowed: the actor keeps the stays of neither place.
        InvalidInput: the person is there already, or a later move is recorded.
    """
    person, stays = person_and_stays(session, person_id, version)
    if person.died_on is not None:
        raise InvalidInput("site", say_died(say_name(person)))
    site = _custody_site(session, site_id)
    refuse_far(at)
    _refuse_later(stays, at)
    there = stay_at(stays, at)
    require_keeper(by, [site.id, *([there.site_id] if there else [])])
    if there is not None and there.site_id == site.id:
        raise InvalidInput("site", f"{say_name(person)} is already recorded at {site.name} then.")
    watch = watch_move(session, person.id, site.id)
    ends = None
    if there is not None:
        there.ends_at, ends = at, there.ends_at
        session.flush()  # the place before is left before the next is entered
    known = _status(status) or (there.status if there else "")
    session.add(
        CustodyStay(person_id=person.id, site_id=site.id, starts_at=at, ends_at=ends, status=known)
    )
    before = there.site.code if there else None
    note(session, "transfer", person, by=by, site=[before, site.code], at=at.isoformat())
    said = f"{say_name(person)} is recorded at {site.name} from {_say(at, site)}."
    return moved(session, person, said, by=by, watch=watch)


@command
def record_release(
    session: Session, person_id: int, *, at: datetime, by: Actor, version: int | None = None
) -> Move:
    """Record that a person leaves custody.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the actor does not keep the stays of the place they leave.
        InvalidInput: the person is not in custody then, or a later move is recorded.
    """
    person, stays = person_and_stays(session, person_id, version)
    refuse_far(at)
    _refuse_later(stays, at)
    there = stay_at(stays, at)
    if there is None:
        raise InvalidInput("date", f"{say_name(person)} is not recorded in custody then.")
    require_keeper(by, [there.site_id])
    watch = watch_move(session, person.id, there.site_id)
    there.ends_at = at
    note(session, "release", person, by=by, site=[there.site.code, None], at=at.isoformat())
    said = f"{say_name(person)} is recorded as released on {_say(at, there.site)}."
    return moved(session, person, said, by=by, watch=watch)


@command
def withdraw_move(
    session: Session, person_id: int, *, by: Actor, version: int | None = None
) -> Move:
    """Take back a person's last recorded move while it is still to come, or a release that was
    recorded by mistake. Bookings that nobody has cancelled yet stand again.

    Raises:
        NotFound: there is no such person.
        NotAllowed: the actor keeps the stays of neither place.
        ActionNotAllowed: no move is still to come, and the person has not been released.
    """
    person, stays = person_and_stays(session, person_id, version)
    last = stays[-1] if stays else None
    is_release = last is not None and last.ends_at is not None and person.died_on is None
    if last is None or not (is_release or last.starts_at > clock.now()):
        raise ActionNotAllowed(f"No move of {say_name(person)} is still to come.")
    kept = last if last.ends_at is not None else _left_for(last, stays)
    require_keeper(by, [last.site_id, *([kept.site_id] if kept else [])])
    watch = watch_move(session, person.id, (kept or last).site_id)
    if kept is not last:
        session.delete(last)
        session.flush()  # the later stay is gone before the earlier one is lengthened
    if kept is not None:
        kept.ends_at = None
    site = [last.site.code, kept.site.code if kept else None]
    note(session, "withdraw_move", person, by=by, site=site)
    what = "release" if is_release else "move"
    where = f"stays at {kept.site.name}" if kept else "is not expected in custody"
    said = f"The {what} is withdrawn: {say_name(person)} {where}."
    return moved(session, person, said, by=by, watch=watch)


def _person_from(new: NewPerson) -> Person:
    return make_person(
        prn=read_prn(new.prn),
        family_name=require_text(new.family_name, "family_name", "The family name"),
        given_names=read_text(new.given_names, "given_names", "The given names"),
        born_on=read_birthday(new.born_on),
        interpreter_language=read_text(
            new.interpreter_language, "interpreter_language", "The language", longest=40
        ),
    )


def read_birthday(typed: date | None) -> date | None:
    """A date of birth that can be one; None where it is not known.

    Raises:
        InvalidInput: it is to come, or too long ago.
    """
    if typed is not None and not date(1900, 1, 1) <= typed <= clock.now().date():
        raise InvalidInput("born_on", "Enter a real date of birth, such as 3 Feb 1990.")
    return typed


def person_and_stays(
    session: Session, person_id: int, version: int | None = None
) -> tuple[Person, list[CustodyStay]]:
    """A person, locked, and their stays, earliest first.

    Raises:
        NotFound: there is no such person.
        StaleVersion: the record was changed since ``version`` was read.
    """
    person = lock_person(session, person_id)
    if person is None or person.merged_into_id is not None:
        raise NotFound("There is no such person.")
    check_person_version(person, version)
    return person, stays_of(session, person_id)


def _custody_site(session: Session, site_id: int | None) -> Site:
    site = session.get(Site, site_id) if site_id is not None else None
    if site is None or site.kind not in CUSTODY or not site.is_active:
        raise InvalidInput("site", "Choose where the person is held.")
    return site


def stay_at(stays: Sequence[CustodyStay], at: datetime) -> CustodyStay | None:
    """The stay that a move at this moment would cut short."""
    return next(
        (s for s in stays if s.starts_at < at and (s.ends_at is None or at < s.ends_at)), None
    )


def _left_for(last: CustodyStay, stays: Sequence[CustodyStay]) -> CustodyStay | None:
    """The stay that the last one would cut short; none where somebody comes into custody."""
    return next((stay for stay in stays if stay.ends_at == last.starts_at), None)


def _refuse_later(stays: Sequence[CustodyStay], at: datetime) -> None:
    later = next((stay for stay in stays if stay.starts_at >= at), None)
    if later is not None:
        raise InvalidInput(
            "date",
            f"It is recorded that they are at {later.site.name} from"
            f" {_say(later.starts_at, later.site)}. Enter a later time, or withdraw that move"
            " first.",
        )


def refuse_far(at: datetime) -> None:
    if at > clock.now() + FAR:
        raise InvalidInput("date", "This is more than a year away. Check the date.")


def _status(typed: str) -> str:
    return read_text(typed, "status", "The custody status", longest=24)


def _say(at: datetime, site: Site) -> str:
    return f"{say_day(at, site.zone)}, {say_time(at, site.zone)}"


def _keeps_stays(by: Actor, site_id: int) -> bool:
    return may(by, Do.KEEP_STAYS, SiteSubject(site_id))


def require_keeper(by: Actor, site_ids: Sequence[int]) -> None:
    """Refuse whoever keeps the stays of none of these places."""
    if not any(_keeps_stays(by, site_id) for site_id in site_ids):
        raise NotAllowed(
            "Only the AVL coordinator of the place a person leaves or comes to records this."
        )


def moved(
    session: Session,
    person: Person,
    said: str,
    *,
    by: Actor,
    watch: Watch,
    gone: Cause = Cause.RELEASE,
) -> Move:
    """Count a change of somebody's stays, sweep what it breaks, and name the bookings it leaves
    wrong."""
    person.version += 1
    swept = watch.sweep(session, by=by, gone=gone)
    session.flush()
    set_plans_aside(session, [person.id])
    wrong = [part.booking for part in misplaced(session, [person.id], clock.now())]
    ids = [booking.id for booking in wrong]
    seen = set(session.scalars(visible_bookings(by).where(Booking.id.in_(ids))))
    references = tuple(booking.reference for booking in wrong if booking in seen)
    return Move(said, references, len(wrong) - len(references), swept)


def note(session: Session, action: str, person: Person, *, by: Actor, **changes: object) -> None:
    """Write down what was done to a person's record; ids and codes, never names."""
    record(session, action, by=by, subject=f"person {person.id}", changes=dict(changes))
