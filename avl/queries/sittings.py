"""A court's sittings: a week of them, one day's of a courtroom, and where officers preside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from avl.domain.access import Actor, Do, Role, SiteSubject, may
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day, say_time
from avl.domain.seen import mark_of
from avl.models import Resource, ResourceKind, Site, SiteKind, Sitting, db
from avl.queries.scope import sites_of

KEEPERS = (Role.REGISTRY, Role.MANAGER)

MOST_NAMES = 200
"""Judicial officers a form offers by name; any other name may be typed."""

_OFFICER = aliased(Resource)


@dataclass(frozen=True, slots=True)
class SittingSeen:
    """One sitting as a court's registry reads it.

    Attributes:
        officer: who presides; "" while nobody is named.
        is_idle: it is none: the courtroom does not sit that day.
    """

    id: int
    courtroom_id: int
    courtroom: str
    starts_at: datetime
    ends_at: datetime
    list_name: str
    officer: str
    court_id: int
    zone: str
    is_idle: bool = False

    @property
    def on(self) -> date:
        """Its date on the court's wall."""
        return local_day(self.starts_at, self.zone)

    @property
    def hours(self) -> Interval:
        """From its start to its end."""
        return Interval(self.starts_at, self.ends_at)

    @property
    def mark(self) -> str:
        """A mark of it, so that nobody changes what they have not seen."""
        return mark_of_sitting(self, self.officer)

    @property
    def words(self) -> str:
        """Such as "Courtroom 1, 10:00 am to 1:00 pm, Bail list, Judge Tui"."""
        start, end = (say_time(at, self.zone) for at in (self.starts_at, self.ends_at))
        named = (self.courtroom, f"{start} to {end}", self.list_name, self.officer)
        return ", ".join(part for part in named if part)


def mark_of_sitting(sitting: SittingSeen | Sitting, officer: str) -> str:
    """A mark of a sitting as it stands, whoever presides."""
    times = (sitting.starts_at.isoformat(), sitting.ends_at.isoformat())
    return mark_of(*times, sitting.list_name, officer, sitting.is_idle)


_SEEN = (
    select(
        Sitting.id,
        Sitting.courtroom_id,
        Resource.name.label("courtroom"),
        Sitting.starts_at,
        Sitting.ends_at,
        Sitting.list_name,
        func.coalesce(_OFFICER.name, "").label("officer"),
        Sitting.court_id,
        Site.zone,
        Sitting.is_idle,
    )
    .join(Resource, Resource.id == Sitting.courtroom_id)
    .join(Site, Site.id == Sitting.court_id)
    .outerjoin(_OFFICER, _OFFICER.id == Sitting.officer_id)
)


def sitting_courts(actor: Actor) -> Sequence[Site]:
    """Courts whose sittings this actor keeps, by name."""
    return db.session.scalars(sites_of(actor, *KEEPERS, kinds=[SiteKind.COURT])).all()


def week_of_sittings(court: Site, monday: date) -> list[tuple[date, list[SittingSeen]]]:
    """The sittings of seven days, each day with its own, by time and courtroom."""
    days = [monday + timedelta(days=n) for n in range(7)]
    found = _seen(
        _SEEN.where(
            Sitting.court_id == court.id,
            Sitting.starts_at >= day_interval(days[0], court.zone).start,
            Sitting.starts_at < day_interval(days[-1], court.zone).end,
        ).order_by(Sitting.starts_at, Resource.sort_order, Sitting.id)
    )
    return [(on, [one for one in found if one.on == on]) for on in days]


def sitting_of(actor: Actor, sitting_id: int) -> SittingSeen:
    """One sitting of the actor's courts.

    Raises:
        NotFound: there is none, or it is another court's.
    """
    found = _seen(_SEEN.where(Sitting.id == sitting_id))
    if not found or not may(actor, Do.KEEP_SITTINGS, SiteSubject(found[0].court_id)):
        raise NotFound("There is no such sitting.")
    return found[0]


def _seen(
    wanted: Select[int, int, str, datetime, datetime, str, str, int, str, bool],
) -> list[SittingSeen]:
    return [SittingSeen(*row) for row in db.session.execute(wanted)]


def court_sittings(court_id: int, on: date, zone: str) -> list[SittingSeen]:
    """A court's sittings of one day, by courtroom and time."""
    day = day_interval(on, zone)
    return _seen(
        _SEEN.where(
            Sitting.court_id == court_id,
            Sitting.starts_at >= day.start,
            Sitting.starts_at < day.end,
            Sitting.is_idle.is_(False),
        ).order_by(Resource.sort_order, Resource.name, Sitting.starts_at)
    )


def sitting_at(court_id: int, sitting_id: int) -> SittingSeen | None:
    """One sitting of a court, whoever asks; None where it has been removed."""
    found = _seen(_SEEN.where(Sitting.id == sitting_id, Sitting.court_id == court_id))
    return found[0] if found and not found[0].is_idle else None


def sitting_rooms(court: Site) -> Sequence[Resource]:
    """A court's courtrooms that are in use, in order."""
    return db.session.scalars(
        select(Resource)
        .where(
            Resource.site_id == court.id,
            Resource.kind == ResourceKind.COURTROOM,
            Resource.is_active,
        )
        .order_by(Resource.sort_order, Resource.name)
    ).all()


def officers_known(court: Site) -> Sequence[str]:
    """Names of judicial officers who sit, or have sat, at this court."""
    here = select(Sitting.officer_id).where(Sitting.court_id == court.id)
    return db.session.scalars(
        select(Resource.name).where(Resource.id.in_(here)).order_by(Resource.name).limit(MOST_NAMES)
    ).all()


def sittings_within(session: Session, courtroom_id: int, day: Interval) -> list[Sitting]:
    """A courtroom's sittings on one day, earliest first; or the row that says it has none."""
    return list(
        session.scalars(
            select(Sitting)
            .where(
                Sitting.courtroom_id == courtroom_id,
                Sitting.starts_at >= day.start,
                Sitting.starts_at < day.end,
            )
            .order_by(Sitting.starts_at)
        )
    )


def find_officer(session: Session, name: str) -> Resource | None:
    """The judicial officer of this name, in whatever letters it was typed."""
    return session.scalars(
        select(Resource)
        .where(
            Resource.kind == ResourceKind.JUDICIAL_OFFICER,
            func.lower(Resource.name) == func.lower(name),
        )
        .order_by(Resource.id)
    ).first()


def officers_named(session: Session, names: Collection[str]) -> dict[str, Resource]:
    """Judicial officers of these names, by name in small letters.

    All are read, some hundreds in the country: not every database knows small letters as we do.
    """
    wanted = {name.casefold() for name in names if name}
    rows = session.scalars(
        select(Resource)
        .where(Resource.kind == ResourceKind.JUDICIAL_OFFICER)
        .order_by(Resource.id.desc())
    )
    return {key: officer for officer in rows if (key := officer.name.casefold()) in wanted}


@dataclass(frozen=True, slots=True)
class OfficerSits:
    """A judicial officer sits: when, and in words where, as far as the reader may know."""

    officer: str
    courtroom_id: int
    hours: Interval
    where: str


def where_officers_sit(
    session: Session, actor: Actor, officer_ids: Collection[int], window: Interval
) -> list[OfficerSits]:
    """The sittings over which some judicial officers preside between two moments."""
    rows = session.execute(
        select(_OFFICER.name, Sitting, Resource.name, Site)
        .join(Resource, Resource.id == Sitting.courtroom_id)
        .join(Site, Site.id == Sitting.court_id)
        .join(_OFFICER, _OFFICER.id == Sitting.officer_id)
        .where(
            Sitting.officer_id.in_(sorted(officer_ids)),
            # A sitting lasts at most a day, so the index need be read no farther back.
            Sitting.starts_at > window.start - timedelta(hours=26),
            Sitting.starts_at < window.end,
        )
        .order_by(Sitting.starts_at, Sitting.id)
    )
    return [
        OfficerSits(
            officer,
            sitting.courtroom_id,
            Interval(sitting.starts_at, sitting.ends_at),
            _say_where(actor, room, court),
        )
        for officer, sitting, room, court in rows
    ]


def _say_where(actor: Actor, room: str, court: Site) -> str:
    is_own = may(actor, Do.KEEP_SITTINGS, SiteSubject(court.id))
    return f"in {room} at {court.short_name}" if is_own else "at another court"


def presides_elsewhere(
    session: Session, actor: Actor, officer: Resource, when: Interval, *, but: int | None
) -> str:
    """A sentence about the first other sitting in which an officer presides then; "" for none.

    Where another court sits is not this reader's business: only that the officer does.

    Args:
        but: id of the sitting that is being changed.
    """
    found = select(Sitting, Resource.name, Site).join(Resource, Resource.id == Sitting.courtroom_id)
    row = session.execute(
        found.join(Site, Site.id == Sitting.court_id)
        .where(
            Sitting.officer_id == officer.id,
            # A sitting lasts at most a day, so the index need be read no farther back.
            Sitting.starts_at > when.start - timedelta(hours=26),
            Sitting.starts_at < when.end,
            Sitting.ends_at > when.start,
            Sitting.id != (but or 0),
        )
        .order_by(Sitting.starts_at)
        .limit(1)
    ).first()
    if row is None:
        return ""
    other, room, court = row
    where = _say_where(actor, room, court)
    start, end = (say_time(at, court.zone) for at in (other.starts_at, other.ends_at))
    return f"{officer.name} sits {where} {start} to {end}."
