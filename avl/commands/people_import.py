"""Take in people, where they are held, counsel, matters and their parties from CSV files.

Importing is all or nothing and may be repeated: what is the same stays untouched. Rows are added
and changed, never deleted. A row is the whole truth about what it names, so an empty cell
empties the field.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl import clock
from avl.commands.audit import record
from avl.commands.counsel_records import (
    LANGUAGES,
    CounselTyped,
    apply_counsel,
    counsel_key,
    known_counsel,
)
from avl.commands.csv_columns import (
    Column,
    FileKind,
    code,
    day,
    one_of,
    text,
    typed,
    wall_time,
    yes_no,
)
from avl.commands.csv_files import Files, FilesRefused, Row, read_folder, set_what_differs
from avl.commands.mobiles import read_mobile
from avl.commands.people_done import PeopleImport
from avl.commands.record_steps import (
    change_person,
    locked_named,
    make_counsel,
    make_person,
    tally,
    told_otherwise,
)
from avl.commands.record_watch import watch_records
from avl.commands.stale_plans import set_plans_aside
from avl.commands.transaction import command
from avl.domain.access import Actor, Do, may
from avl.domain.contacts import read_email, read_matter_number, read_prn
from avl.domain.errors import InvalidInput, NotAllowed
from avl.domain.local_time import say_day, say_time, to_utc
from avl.models import CustodyStay, Matter, MatterParty, Site, SiteKind
from avl.queries.records import CUSTODY, misplaced

__all__ = ["FILES", "PeopleImport", "PeopleRefused", "import_people"]

FILES = (
    FileKind(
        "counsel.csv",
        (
            Column("name", text(120)),
            Column("firm", text(120), required=False),
            Column("mobile", typed(read_mobile), required=False),
            Column("email", typed(read_email), required=False),
            Column("language", one_of(LANGUAGES), required=False, default="en"),
        ),
    ),
    FileKind(
        "people.csv",
        (
            Column("prn", typed(read_prn)),
            Column("family_name", text(80)),
            Column("given_names", text(80), required=False),
            Column("born_on", day, required=False, default=None),
            Column("interpreter_language", text(40), required=False),
        ),
        key=("prn",),
    ),
    FileKind(
        "stays.csv",
        (
            Column("prn", typed(read_prn)),
            Column("site", code(16)),
            Column("from", wall_time),
            Column("to", wall_time, required=False, default=None),
            Column("status", text(24), required=False),
        ),
        key=("prn", "from"),
    ),
    FileKind(
        "matters.csv",
        (
            Column("number", typed(read_matter_number)),
            Column("court", code(16)),
            Column("suppressed", yes_no, required=False, default=False),
        ),
        key=("number",),
    ),
    FileKind(
        "parties.csv",
        (
            Column("matter", typed(read_matter_number)),
            Column("prn", typed(read_prn)),
            Column("counsel", text(120), required=False),
            Column("firm", text(120), required=False),
        ),
        key=("matter", "prn"),
    ),
)


class PeopleRefused(FilesRefused):
    """The files have faults, so nothing of them was imported."""


@command
def import_people(session: Session, folder: Path | str, *, by: Actor) -> PeopleImport:
    """Bring the records in line with a folder of files, or change nothing at all.

    Raises:
        PeopleRefused: the files have faults; it lists each with file, line, column and reason.
        NotAllowed: this person does not administer the system.
    """
    if not may(by, Do.ADMINISTER, None):
        raise NotAllowed("Only an administrator may import people.")
    files = read_folder(Path(folder).resolve(), FILES, "a folder of people")
    importing = _Import(session, files, by)
    importing.check()
    if importing.files.problems:
        raise PeopleRefused(importing.files.problems)
    importing.write()
    done = importing.done
    if done.added or done.changed:
        counts = {"added": done.added, "changed": done.changed}
        record(session, "import_people", by=by, changes=counts)
    return done


@dataclass(frozen=True, slots=True)
class _Stay:
    """A stay as it will be; ``row`` is None for one that only the database has."""

    site: Site
    start: datetime
    end: datetime | None
    status: str
    row: Row | None = None


@dataclass
class _Import:
    """One import under way: first every reference is checked, then the rows are written."""

    session: Session
    files: Files
    by: Actor
    done: PeopleImport = field(default_factory=PeopleImport)
    stays: dict[str, dict[datetime, _Stay]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        find = self.session.scalars
        numbers = {row.values.get("number") or row.values.get("matter") for row in self._all()}
        prns = {row.values.get("prn") for row in self._all()} - {None}
        self.people = locked_named(self.session, filter(None, prns))
        self.sites = {site.code: site for site in find(select(Site))}
        self.counsel = known_counsel(self.session)
        self.matters = {
            row.number: row
            for row in find(select(Matter).where(Matter.number.in_(sorted(numbers - {None}))))
        }

    def _all(self) -> Iterator[Row]:
        return chain.from_iterable(self.files.rows.values())

    def rows(self, name: str) -> list[Row]:
        """The lines of one file."""
        return self.files.rows[f"{name}.csv"]

    def _problem(self, row: Row, column: str, reason: str) -> None:
        self.files.problems.append(row.problem(column, reason))

    def check(self) -> None:
        """Find every reference to something that neither the database nor the folder has."""
        self._check_counsel()
        people = {*self.people, *(row.values.get("prn") for row in self.rows("people"))}
        matters = {*self.matters, *(row.values.get("number") for row in self.rows("matters"))}
        for row in (*self.rows("stays"), *self.rows("parties")):
            if row.values.get("prn", "") not in people and "prn" in row.values:
                self._problem(row, "prn", "nobody with this PRN is known; add them to people.csv")
        for row in self.rows("matters"):
            self._check_matter(row)
        for row in self.rows("parties"):
            if "matter" in row.values and row.values["matter"] not in matters:
                self._problem(row, "matter", "this matter is not known; add it to matters.csv")
            self._check_counsel_of(row)
        self._check_stays()

    def _check_counsel(self) -> None:
        seen: dict[tuple[str, str], int] = {}
        for row in self.rows("counsel"):
            if "name" not in row.values:
                continue
            key = counsel_key(row.values["name"], row.values.get("firm", ""))
            if key in seen:
                self._problem(row, "name", f"this name and firm are already in line {seen[key]}")
            seen.setdefault(key, row.line)
        self.known_counsel = {*self.counsel, *seen}

    def _check_counsel_of(self, row: Row) -> None:
        name, firm = row.values.get("counsel", ""), row.values.get("firm", "")
        if name and counsel_key(name, firm) not in self.known_counsel:
            whose = f"of “{firm}”" if firm else "without a firm"
            reason = f"“{name}” {whose} is not known; add them to counsel.csv"
            self._problem(row, "counsel", reason)

    def _check_matter(self, row: Row) -> None:
        court = self.sites.get(row.values.get("court", ""))
        if "court" in row.values and (court is None or court.kind is not SiteKind.COURT):
            self._problem(row, "court", f"“{row.values['court']}” is not a known court")
        there = self.matters.get(row.values.get("number", ""))
        if there is not None and court is not None and there.court_id != court.id:
            reason = f"this matter is already recorded at {there.court.code}"
            self._problem(row, "court", reason)

    def _check_stays(self) -> None:
        found: dict[str, dict[datetime, _Stay]] = defaultdict(dict)
        ids = {person.id: prn for prn, person in self.people.items()}
        known = select(CustodyStay).where(CustodyStay.person_id.in_(sorted(ids)))
        for there in self.session.scalars(known):
            recorded = _Stay(there.site, there.starts_at, there.ends_at, there.status)
            found[ids[there.person_id]][there.starts_at] = recorded
        for row in self.rows("stays"):
            if stay := self._read_stay(row):
                found[row.values["prn"]][stay.start] = stay
        for stays in found.values():
            self._refuse_overlaps([stays[start] for start in sorted(stays)])
        self.stays = dict(found)

    def _read_stay(self, row: Row) -> _Stay | None:
        site = self.sites.get(row.values.get("site", ""))
        if "site" in row.values and (site is None or site.kind not in CUSTODY):
            reason = f"“{row.values['site']}” is not a known place where people are held"
            self._problem(row, "site", reason)
        elif site is not None and {"prn", "from", "to"} <= row.values.keys():
            start = self._moment(row, "from", site)
            end = self._moment(row, "to", site) if row.values["to"] else None
            if start and end and end <= start:
                self._problem(row, "to", "this must come after from")
            elif start and (end or not row.values["to"]):
                return _Stay(site, start, end, row.values["status"], row)
        return None

    def _moment(self, row: Row, column: str, site: Site) -> datetime | None:
        try:
            return to_utc(row.values[column], site.zone)
        except InvalidInput as refusal:
            self._problem(row, column, refusal.message)
            return None

    def _refuse_overlaps(self, stays: list[_Stay]) -> None:
        for before, after in pairwise(stays):
            if before.end is not None and before.end <= after.start:
                continue
            said = f"they are recorded at {before.site.code} {_until(before)}"
            if after.row:
                self._problem(after.row, "from", f"{said}; give that stay an earlier end")
            elif before.row:
                on = say_day(after.start, after.site.zone)
                self._problem(before.row, "to", f"they are recorded at {after.site.code} from {on}")

    def write(self) -> None:
        """Add and change rows: counsel first, as their bookings are locked before any site is."""
        stays = {row.values["prn"] for row in self.rows("stays")}
        told = {row.values["prn"]: row.values for row in self.rows("people")}
        for row in self.rows("counsel"):
            self._write_counsel(row)
        watch = watch_records(self.session, told_otherwise(self.people, stays, told))
        for row in self.rows("people"):
            self._write_person(row)
        self.session.flush()
        moved = self._write_stays()
        self.done.swept = watch.sweep(self.session, by=self.by)
        tally(self.session, moved)
        set_plans_aside(self.session, moved)
        self._write_matters()
        self._write_parties()
        self.session.flush()
        wrong = misplaced(self.session, moved, clock.now()) if moved else []
        self.done.references = tuple(dict.fromkeys(part.booking.reference for part in wrong))

    def _write_counsel(self, row: Row) -> None:
        wanted = CounselTyped(**row.values)
        key = counsel_key(wanted.name, wanted.firm)
        there = self.counsel.get(key)
        if there is not None:
            changed, _ = apply_counsel(self.session, there, wanted)
            self.done.count(is_changed=bool(changed))
            return
        made = self.counsel[key] = make_counsel(wanted.name)
        set_what_differs(made, row.values)
        self.session.add(made)
        self.done.added += 1

    def _write_person(self, row: Row) -> None:
        if there := self.people.get(row.values["prn"]):
            self.done.count(is_changed=change_person(there, row.values))
            return
        made = self.people[row.values["prn"]] = make_person(**row.values)
        self.session.add(made)
        self.done.added += 1

    def _write_stays(self) -> set[int]:
        """Write the stays; returns the ids of the people whose stays differ."""
        moved: set[int] = set()
        ids = [person.id for person in self.people.values()]
        rows = self.session.scalars(select(CustodyStay).where(CustodyStay.person_id.in_(ids)))
        there = {(row.person_id, row.starts_at): row for row in rows}
        fresh = []
        for prn, stays in self.stays.items():
            person_id = self.people[prn].id
            for stay in (stay for stay in stays.values() if stay.row):
                values = {"site_id": stay.site.id, "ends_at": stay.end, "status": stay.status}
                known = there.get((person_id, stay.start))
                if known is None:
                    fresh.append(CustodyStay(person_id=person_id, starts_at=stay.start, **values))
                    moved.add(person_id)
                else:
                    self.done.count(is_changed=(differs := set_what_differs(known, values)))
                    moved |= {person_id} if differs else set()
        self.session.flush()  # stays are cut short before the next ones begin
        self.session.add_all(fresh)
        self.done.added += len(fresh)
        return moved

    def _write_matters(self) -> None:
        for row in self.rows("matters"):
            number, hidden = row.values["number"], row.values["suppressed"]
            there = self.matters.get(number)
            if there is not None:
                self.done.count(is_changed=set_what_differs(there, {"is_suppressed": hidden}))
                continue
            court_id = self.sites[row.values["court"]].id
            made = Matter(number=number, court_id=court_id, is_suppressed=hidden)
            self.matters[number] = made
            self.session.add(made)
            self.done.added += 1
        self.session.flush()

    def _write_parties(self) -> None:
        ids = [matter.id for matter in self.matters.values()]
        rows = self.session.scalars(select(MatterParty).where(MatterParty.matter_id.in_(ids)))
        known = {(row.matter_id, row.person_id): row for row in rows}
        for row in self.rows("parties"):
            matter, person = self.matters[row.values["matter"]], self.people[row.values["prn"]]
            name, firm = row.values["counsel"], row.values["firm"]
            counsel_id = self.counsel[counsel_key(name, firm)].id if name else None
            there = known.get((matter.id, person.id))
            if there is not None:
                self.done.count(is_changed=set_what_differs(there, {"counsel_id": counsel_id}))
                continue
            keys: dict[str, Any] = {"matter_id": matter.id, "person_id": person.id}
            self.session.add(MatterParty(**keys, counsel_id=counsel_id))
            self.done.added += 1


def _until(stay: _Stay) -> str:
    if stay.end is None:
        return "until further notice"
    return f"until {say_day(stay.end, stay.site.zone)}, {say_time(stay.end, stay.site.zone)}"
