"""The facts the rules look at: a picture of places, people and holds over some stretch of time.

`queries/world.py` fills it from the database; tests build it by hand. Search, save, screens, API
and import all judge a placement against the same picture with the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from avl.domain.calendars import SiteCalendar
from avl.domain.interval import Interval


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
    """Where a person in custody is from one instant to another (open end: still there)."""

    site_id: int
    site_name: str
    start: datetime
    end: datetime | None

    def covers(self, interval: Interval) -> bool:
        """Whether the person is there throughout."""
        return self.start <= interval.start and (self.end is None or interval.end <= self.end)

    def touches(self, interval: Interval) -> bool:
        """Whether the person is there at any moment of it."""
        return self.start < interval.end and (self.end is None or interval.start < self.end)


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site as the rules see it.

    Attributes:
        name: as used in sentences ("Rimutaka").
        notice: how long before the first leg a booking must be made.
        approval_hours: within how many hours somebody there answers a request; None where
            nobody need answer.
    """

    id: int
    name: str
    zone: str
    calendar: SiteCalendar
    agency_id: int
    notice: timedelta = timedelta(0)
    approval_hours: int | None = None


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
    """

    now: datetime
    window: Interval
    sites: Mapping[int, SiteFacts] = field(default_factory=dict)
    resources: Mapping[int, ResourceFacts] = field(default_factory=dict)
    busy: Mapping[int, list[Busy]] = field(default_factory=dict)
    stays: Mapping[int, list[StayFact]] = field(default_factory=dict)
    expired: Mapping[int, list[Busy]] = field(default_factory=dict)

    def busy_during(
        self, resource_id: int, interval: Interval, *, ignoring: int | None = None
    ) -> Iterable[Busy]:
        """Standing holds of a resource that overlap an interval, except one booking's own."""
        for hold in self.busy.get(resource_id, ()):
            if hold.interval.start >= interval.end:
                break
            if hold.interval.overlaps(interval) and hold.booking_id != ignoring:
                yield hold

    def turnarounds(self) -> dict[int, timedelta]:
        """Time each resource needs after use."""
        return {key: facts.turnaround for key, facts in self.resources.items()}
