"""A court's roster of sittings from one spreadsheet: looked at, then taken in whole or not at all.

The file is the whole truth about each courtroom on each day that it names, and says nothing about
any other. Importing it again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.csv_files import Problem, set_what_differs
from avl.commands.disruption_steps import Swept, watch_resources
from avl.commands.roster_lines import Key, Line, RosterRefused, by_day, read_roster
from avl.commands.sittings import NAMING
from avl.commands.transaction import command
from avl.commands.turns import one_by_one
from avl.domain.access import Actor, Do, SiteSubject, may
from avl.domain.disruption import Cause
from avl.domain.errors import NotFound
from avl.domain.interval import Interval
from avl.domain.local_time import day_interval, local_day, say_time
from avl.models import Resource, ResourceKind, Site, SiteKind, Sitting, db
from avl.queries.disruptions import RosterDay, preview_roster
from avl.queries.previews import Preview
from avl.queries.sittings import OfficerSits, officers_named, where_officers_sit
from avl.queries.ways_ahead import with_ways


@dataclass(frozen=True)
class RosterDone:
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    swept: Swept = field(default_factory=Swept)

    @property
    def is_nothing(self) -> bool:
        """Whether everything in it is recorded already."""
        return not (self.added or self.changed or self.removed)

    def __str__(self) -> str:
        if self.is_nothing:
            return f"Nothing has changed ({self.same} unchanged)."
        counts = ((self.added, "added"), (self.changed, "changed"), (self.removed, "removed"))
        parts = [f"{count} {what}" for count, what in counts if count]
        return f"{', '.join(parts)}, {self.same} unchanged."


@command
def import_roster(session: Session, court_id: int, content: bytes, *, by: Actor) -> RosterDone:
    """Bring a court's sittings in line with a roster, or change nothing at all.

    Bookings that now lie outside every sitting go on the worklist at once.

    Raises:
        NotFound: there is no such court whose sittings the actor keeps.
        RosterRefused: the file has faults; it lists each with line, column and reason.
    """
    court = _court(session, court_id, by)
    roster = _Roster(session, court, read_roster(session, court, content), by)
    days = roster.days()
    first, last = min(day.start for day in days), max(day.end for day in days)
    watch = watch_resources(session, roster.room_ids, first, last)
    roster.compare()
    done = roster.write()
    if done.is_nothing:
        return done
    counts = {"added": done.added, "changed": done.changed, "removed": done.removed}
    record(session, "import_roster", by=by, subject=court.code, changes=counts)
    return replace(done, swept=watch.sweep(session, by=by, closed=Cause.HOURS))


def foresee_roster(court_id: int, content: bytes, *, by: Actor) -> tuple[RosterDone, Preview]:
    """Say what a roster would change and break; nothing is changed.

    Raises:
        NotFound, RosterRefused: as `import_roster` would.
    """
    session = db.session()
    court = _court(session, court_id, by)
    roster = _Roster(session, court, read_roster(session, court, content), by)
    roster.compare()
    what = f"This roster of {court.short_name}"
    days = roster.days_after()
    preview = preview_roster(by, days, what=what, zone=court.zone)
    return roster.counts(), with_ways(by, preview)


def _court(session: Session, court_id: int, by: Actor) -> Site:
    court = session.get(Site, court_id)
    if court is None or court.kind is not SiteKind.COURT:
        raise NotFound("There is no such court.")
    if not may(by, Do.KEEP_SITTINGS, SiteSubject(court_id)):
        raise NotFound("There is no such court among yours.")
    return court


class _Roster:
    """A roster compared with what is recorded, and written."""

    def __init__(self, session: Session, court: Site, lines: list[Line], by: Actor) -> None:
        self.session, self.court, self.lines, self.by = session, court, lines, by
        self.problems: list[Problem] = []
        self.fresh: list[Line] = []
        self.kept: list[tuple[Sitting, Line]] = []
        self.gone: list[Sitting] = []
        self.officers: dict[str, Resource] = {}

    @property
    def room_ids(self) -> list[int]:
        """The courtrooms that the file names."""
        return sorted({line.room.id for line in self.lines})

    def days(self) -> list[Interval]:
        """The days that the file names."""
        return [day_interval(on, self.court.zone) for on in {line.on for line in self.lines}]

    def compare(self) -> None:
        """Find what is new, what stays or changes, and what is taken off.

        Raises:
            RosterRefused: it would change what is over, or somebody presides in two places.
        """
        known: dict[Key, list[Sitting]] = defaultdict(list)
        for sitting in self._recorded():
            known[self._key(sitting)].append(sitting)
        wanted = by_day(self.lines)
        for key, lines in wanted.items():
            there = {(one.starts_at, one.is_idle): one for one in known.get(key, ())}
            for line in lines:
                same = there.pop((line.hours.start, line.is_idle), None)
                if same is None:
                    self.fresh.append(line)
                else:
                    self.kept.append((same, line))
            self.gone += there.values()
        self.officers = officers_named(self.session, [line.officer for line in self.lines])
        self._refuse_what_is_over()
        self.problems += self._check_officers()
        if self.problems:
            raise RosterRefused(self.problems)

    def _recorded(self) -> Sequence[Sitting]:
        days = self.days()
        return self.session.scalars(
            select(Sitting)
            .where(
                Sitting.courtroom_id.in_(self.room_ids),
                Sitting.starts_at >= min(day.start for day in days),
                Sitting.starts_at < max(day.end for day in days),
            )
            .order_by(Sitting.starts_at)
            .execution_options(populate_existing=True)
        ).all()

    def _key(self, sitting: Sitting) -> Key:
        return sitting.courtroom_id, local_day(sitting.starts_at, self.court.zone)

    def _refuse_what_is_over(self) -> None:
        now = clock.now()
        passed = "this time has passed, so the roster cannot change it any more"
        for line in self.fresh:
            if line.hours.end <= now:
                self.problems.append(line.row.problem("date", passed))
        for sitting, line in self.kept:
            if sitting.ends_at <= now and self._differs(sitting, line):
                self.problems.append(line.row.problem("date", passed))
        lines = {line.key: line for line in self.lines}
        for sitting in self.gone:
            if sitting.ends_at <= now:
                start = say_time(sitting.starts_at, self.court.zone)
                reason = f"the sitting from {start} is over, and stays: give it a row of its own"
                row = lines[self._key(sitting)].row
                self.problems.append(row.problem("date", reason))

    def _check_officers(self) -> list[Problem]:
        """Nobody presides in two places at once, unless the row says why."""
        named = [line for line in self.lines if line.officer]
        if not named:
            return []
        window = Interval(
            min(line.hours.start for line in named), max(line.hours.end for line in named)
        )
        ids = [officer.id for officer in self.officers.values()]
        told = {line.key for line in self.lines}
        found: dict[str, list[OfficerSits]] = defaultdict(list)
        for one in where_officers_sit(self.session, self.by, ids, window):
            if (one.courtroom_id, local_day(one.hours.start, self.court.zone)) not in told:
                found[one.officer.casefold()].append(one)
        for line in named:
            where = f"in {line.room.name}"
            sits = OfficerSits(line.officer, line.room.id, line.hours, where)
            found[line.officer.casefold()].append(sits)
        problems = []
        for line in named:
            others = found[line.officer.casefold()]
            clash = next((one for one in others if self._meets(one, line)), None)
            if clash is not None and not line.row.values["reason"]:
                problems.append(line.row.problem("judicial officer", self._say(clash)))
        return problems

    @staticmethod
    def _meets(one: OfficerSits, line: Line) -> bool:
        is_itself = (one.courtroom_id, one.hours) == (line.room.id, line.hours)
        return not is_itself and one.hours.overlaps(line.hours)

    def _say(self, one: OfficerSits) -> str:
        start, end = (say_time(at, self.court.zone) for at in (one.hours.start, one.hours.end))
        return (
            f"{one.officer} sits {one.where} {start} to {end};"
            " name somebody else, or say in the column reason why it is to be so all the same"
        )

    def days_after(self) -> list[RosterDay]:
        """Each courtroom's day as the file wants it."""
        found = []
        for (room_id, on), lines in by_day(self.lines).items():
            sits = tuple(line.hours for line in lines if not line.is_idle)
            day = day_interval(on, self.court.zone)
            found.append(RosterDay(room_id, day, sits, is_idle=not sits))
        return found

    def counts(self) -> RosterDone:
        """How much of the file is new, different, gone and the same."""
        changed = sum(self._differs(sitting, line) for sitting, line in self.kept)
        return RosterDone(len(self.fresh), changed, len(self.gone), len(self.kept) - changed)

    def write(self) -> RosterDone:
        """Write it: what makes way first, so that no two sittings ever overlap."""
        done = self.counts()
        for sitting in self.gone:
            self.session.delete(sitting)
        self.session.flush()
        named = list(dict.fromkeys(line.officer for line in self.lines if line.officer))
        if any(name.casefold() not in self.officers for name in named):
            one_by_one(self.session, NAMING)
            self.officers = officers_named(self.session, named)
        for name in named:
            if name.casefold() not in self.officers:
                made = Resource(kind=ResourceKind.JUDICIAL_OFFICER, name=name)
                self.session.add(made)
                self.officers[name.casefold()] = made
        self.session.flush()
        for sitting, line in self.kept:
            set_what_differs(sitting, self._values(line))
        self.session.flush()
        for line in self.fresh:
            keys: dict[str, Any] = {"court_id": self.court.id, "courtroom_id": line.room.id}
            start = line.hours.start
            self.session.add(Sitting(**keys, starts_at=start, **self._values(line)))
        self.session.flush()
        return done

    def _values(self, line: Line) -> dict[str, Any]:
        officer = self.officers.get(line.officer.casefold())
        return {
            "ends_at": line.hours.end,
            "list_name": "" if line.is_idle else line.row.values["list"],
            "officer_id": officer.id if officer is not None else None,
            "is_idle": line.is_idle,
        }

    def _differs(self, sitting: Sitting, line: Line) -> bool:
        is_new = bool(line.officer) and line.officer.casefold() not in self.officers
        values = self._values(line)
        return is_new or any(getattr(sitting, name) != value for name, value in values.items())
