"""The facts the rules look at: a picture of places, people and holds over some stretch of time.

`queries/world.py` fills it from the database; tests build it by hand. Search, save, screens, API
and import all judge a placement against the same picture with the same function.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from avl.domain.calendars import SiteCalendar
from avl.domain.interval import Interval, Seconds

AROUND = timedelta(hours=36)
"""How far around a placement people matter to it: a whole local day, whatever the longest gap
(ten hours) and pick-up."""

LONGEST = timedelta(hours=24)
"""No booking is longer, so whoever is present at a moment came at most this long before it."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A hold that already stands.

    Attributes:
        label: who holds it, as far as the reader may know: "AVL-7K3F9C", "another court", or ""
            when nothing more than "not available" may be said.
    """

    interval: Interval
    booking_id: int
    is_exclusive: bool = True
    label: str = ""


@dataclass(frozen=True, slots=True)
class OutOfUse:
    """A resource's outage; ``end`` None means until further notice."""

    start: datetime
    end: datetime | None
    reason: str

    def touches(self, interval: Interval) -> bool:
        """Whether any moment of the interval falls in the outage."""
        return self.start < interval.end and (self.end is None or interval.start < self.end)


@dataclass(frozen=True, slots=True)
class Permit:
    """One alternative of who may use a resource; None fits anything."""

    court_id: int | None = None
    agency_id: int | None = None
    hearing_type: str | None = None

    def fits(self, court_id: int, agency_id: int, hearing_type: str) -> bool:
        """Whether every filled part agrees."""
        return (
            self.court_id in (None, court_id)
            and self.agency_id in (None, agency_id)
            and self.hearing_type in (None, hearing_type)
        )


@dataclass(frozen=True, slots=True)
class StayFact:
    """Where a person in custody is from one instant to another (open end: still there).

    Attributes:
        is_sentenced: True while serving a sentence, False on remand, None where neither is
            recorded.
    """

    site_id: int
    site_name: str
    start: datetime
    end: datetime | None
    is_sentenced: bool | None = None

    def covers(self, interval: Interval) -> bool:
        """Whether the person is there throughout."""
        return self.start <= interval.start and (self.end is None or interval.end <= self.end)

    def touches(self, interval: Interval) -> bool:
        """Whether the person is there at any moment of it."""
        return self.start < interval.end and (self.end is None or interval.start < self.end)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person in custody as the rules about who may be near whom see them.

    Attributes:
        is_young: under 18 on the first day of the picture.
        is_sentenced: as on that day; see `StayFact`.
        adult_on: their eighteenth birthday, when it is recorded.
    """

    is_young: bool = False
    is_sentenced: bool | None = None
    adult_on: date | None = None

    def young_on(self, on: date) -> bool:
        """Whether they are under 18 on a date."""
        return self.is_young if self.adult_on is None else on < self.adult_on


@dataclass(frozen=True, slots=True)
class Present:
    """A person in one site's AVL area for a booking that stands.

    Attributes:
        person: resource id, as is ``suite``.
        span: from the start of the first leg to the end of the last; being fetched comes before.
        is_young: under 18 on that day; ``is_sentenced`` as on that day, see `StayFact`.
    """

    person: int
    site_id: int
    suite: int
    span: Interval
    booking_id: int
    is_young: bool = False
    is_sentenced: bool | None = None


@dataclass(frozen=True, slots=True)
class Crowd:
    """People in one site's AVL area whom its rules see alike, whenever they come and go.

    Attributes:
        person: resource id, where somebody must be kept apart from them; else it says nothing.
        times: from the first leg to the last, each with how many are there at just that time.
        is_young: as of `Present`, as is ``is_sentenced``.
    """

    person: int
    times: Mapping[Seconds, int]
    is_young: bool = False
    is_sentenced: bool | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """Two people who must be kept apart.

    Attributes:
        first: resource id, as is ``second``; the order means nothing.
        gap: from the end of one's last leg until the other may be fetched.
        all_day: they must not appear from one site on one day at all.
    """

    first: int
    second: int
    gap: timedelta
    all_day: bool = False

    def other(self, person: int) -> int:
        """The one of the two who is not this person."""
        return self.second if person == self.first else self.first


@dataclass(frozen=True, slots=True)
class InterpreterNotice:
    """How many working days ahead a court wants to hear that somebody must interpret.

    Attributes:
        interpreter: of an interpreter; ``reo`` that te reo Māori will be spoken.
        confirm: by when it must be confirmed, or somebody asks again.
    """

    interpreter: int = 0
    reo: int = 0
    confirm: int = 0


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as the rules see it.

    Attributes:
        name: as used in sentences ("Rimutaka").
        notice: how long before the first leg a booking must be made.
        approval_hours: within how many hours somebody there answers a request, days on which it
            is shut not counted; None where nobody need answer.
        escort_capacity: how many people its staff can bring or take back at once; None: any.
        pickup: how long before the first leg a person is fetched, and how long taking them back
            lasts.
        separates_youth: people under 18 are never in the AVL area together with adults.
        separates_remand: people on remand never together with those serving a sentence.
        interpreters: how far ahead a court wants interpreters asked for.
    """

    id: int
    name: str
    zone: str
    calendar: SiteCalendar
    agency_id: int
    notice: timedelta = timedelta(0)
    approval_hours: int | None = None
    escort_capacity: int | None = None
    pickup: timedelta = timedelta(0)
    separates_youth: bool = False
    separates_remand: bool = False
    interpreters: InterpreterNotice = InterpreterNotice()


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """A resource as the rules see it.

    Attributes:
        kind: as in the database: courtroom, suite, instruction_suite, person, counsel, ...
        site_id: None for people, who have no fixed place.
        calendar: a room's hours (within its site's); None for people.
        turnaround: time needed after use before somebody else may have it.
        permits: alternatives; none at all means everybody may use it.
    """

    id: int
    name: str
    kind: str
    site_id: int | None = None
    calendar: SiteCalendar | None = None
    turnaround: timedelta = timedelta(0)
    is_active: bool = True
    outages: tuple[OutOfUse, ...] = ()
    permits: tuple[Permit, ...] = ()


@dataclass
class World:
    """The picture: everything a placement is judged by.

    Attributes:
        now: the instant of judging.
        busy: standing holds by resource id, earliest first, within ``window``.
        stays: custody stays by the person's resource id, earliest first.
        window: the stretch for which ``busy`` is complete.
        expired: holds of offers whose ten minutes are over. They stand in nobody's way, but must
            be given back before their place is taken.
        people: what the rules need to know of people in custody, by resource id.
        present: who is in a site's AVL area for which booking, by site, earliest first. Only who
            a rule of the site, or a person kept apart, makes worth knowing of is in it.
        apart: who must be kept apart from whom, by the resource id of either.
        lapsing: bookings that are in nobody's company any more, because they are offers whose ten
            minutes are over, but must be given back before somebody else comes there.
        stamps: which state of the rules this was read in: a number for each site, and for the
            country as a whole (0).
    """

    now: datetime
    window: Interval
    sites: Mapping[int, SiteFacts] = field(default_factory=dict)
    resources: Mapping[int, ResourceFacts] = field(default_factory=dict)
    busy: Mapping[int, list[Busy]] = field(default_factory=dict)
    stays: Mapping[int, list[StayFact]] = field(default_factory=dict)
    expired: Mapping[int, list[Busy]] = field(default_factory=dict)
    people: Mapping[int, PersonFacts] = field(default_factory=dict)
    present: Mapping[int, list[Present]] = field(default_factory=dict)
    apart: Mapping[int, tuple[Apart, ...]] = field(default_factory=dict)
    lapsing: frozenset[int] = frozenset()
    stamps: Mapping[int, int] = field(default_factory=dict)

    def busy_during(
        self, resource_id: int, interval: Interval, *, ignoring: int | None = None
    ) -> Iterable[Busy]:
        """Standing holds of a resource that overlap an interval, except one booking's own."""
        for hold in self.busy.get(resource_id, ()):
            if hold.interval.start >= interval.end:
                break
            if hold.interval.overlaps(interval) and hold.booking_id != ignoring:
                yield hold

    def present_near(
        self, site_id: int, interval: Interval, *, ignoring: int | None = None
    ) -> list[Present]:
        """Who is present at a site near an interval (see `AROUND`), except for one booking."""
        there = self.present.get(site_id, ())
        first = bisect_left(there, interval.start - AROUND - LONGEST, key=_comes_at)
        end = bisect_left(there, interval.end + AROUND, key=_comes_at)
        return [one for one in there[first:end] if one.booking_id != ignoring]

    def is_young(self, person: int, on: date) -> bool:
        """Whether a person in custody is under 18 on a date; who is not known is an adult."""
        facts = self.people.get(person)
        return facts is not None and facts.young_on(on)

    def is_sentenced(self, person: int, at: datetime) -> bool | None:
        """Whether a person serves a sentence then (False: on remand; None: not recorded)."""
        for stay in self.stays.get(person, ()):
            is_then = stay.start <= at and (stay.end is None or at < stay.end)
            if is_then and stay.is_sentenced is not None:
                return stay.is_sentenced
        facts = self.people.get(person)
        return facts.is_sentenced if facts else None

    def turnarounds(self) -> dict[int, timedelta]:
        """Time each resource needs after use."""
        return {key: facts.turnaround for key, facts in self.resources.items()}


def _comes_at(one: Present) -> datetime:
    return one.span.start
