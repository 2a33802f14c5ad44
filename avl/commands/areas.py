"""Take in an area: a folder of CSV with its sites, rooms, hours, closures and rules.

A new area is data, not code. Importing is all or nothing and may be repeated: what is the same
stays untouched. Rows are added and changed, never deleted, so that no booking loses its room; a
site or room that is no longer used is switched off with ``is_active`` = no. Only opening hours
are replaced as a whole, for the sites the file names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from avl.commands.area_columns import why_not_at
from avl.commands.area_done import AreaImport
from avl.commands.area_files import AreaFiles, AreaRefused, Problem, Row, dates_of, read_area
from avl.commands.area_overwrites import Row as Differing
from avl.commands.area_overwrites import (
    WouldOverwrite,
    hours_rows,
    overwritten,
    room_row,
    rule_gone,
    rule_row,
    site_row,
    type_row,
)
from avl.commands.audit import record
from avl.commands.csv_files import set_what_differs, what_differs
from avl.commands.ports import settle_ports
from avl.commands.publish import publish_kinds_again
from avl.commands.ruling import rule_ruled, type_ruled, watch_rules
from avl.commands.transaction import command
from avl.commands.windows import which_differ, write_windows
from avl.config import ROOT
from avl.domain.access import Actor, Do, may
from avl.domain.disruption import Cause
from avl.domain.errors import NotAllowed
from avl.models import (
    Agency,
    Base,
    Closure,
    HearingType,
    ModeRule,
    Permission,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
    Window,
)
from avl.queries.standing import Ruled

__all__ = [
    "AREAS",
    "AreaImport",
    "AreaRefused",
    "Problem",
    "WouldOverwrite",
    "area_folders",
    "import_area",
]

AREAS = ROOT / "avl" / "areas"
"""The folder of the areas that come with the system, named so that name order is import order."""


def area_folders(root: Path = AREAS) -> list[Path]:
    """Return the folders of areas, in the order in which they must be imported."""
    return sorted(folder for folder in root.iterdir() if any(folder.glob("*.csv")))


@command
def import_area(
    session: Session, folder: Path | str, *, by: Actor, overwrite: bool = False
) -> AreaImport:
    """Bring the database in line with an area's files, or change nothing at all.

    Args:
        overwrite: whether it may set back what people changed since the last import.

    Raises:
        AreaRefused: the files have faults; it lists each with file, line, column and reason.
        NotAllowed: this person does not administer the system.
        WouldOverwrite: it would set back what people changed, and may not.
    """
    done = bring(session, folder, by=by)
    if done.overwritten and not overwrite:
        raise WouldOverwrite(done.area, done.overwritten)
    return done


def bring(session: Session, folder: Path | str, *, by: Actor) -> AreaImport:
    """Take an area in, as a step of a command; see `import_area`."""
    if not may(by, Do.ADMINISTER, None):
        raise NotAllowed("Only an administrator may import an area.")
    files = read_area(Path(folder).resolve())
    importing = _Import(session, files, AreaImport(files.area))
    importing.check()
    if importing.problems:
        raise AreaRefused(importing.problems)
    access_was = {code: row.access for code, row in importing.types.items()}
    # Hours, permits, rooms, types and rules may all change: what that breaks is found at once.
    watch = watch_rules(session, importing.sites_named(), list(importing.rules_changing()))
    importing.write()
    for court_id in importing.bridged():
        settle_ports(session, court_id)
    importing.done.overwritten = overwritten(session, files.area, importing.differing)
    if not importing.done.is_unchanged:
        swept = watch.sweep(session, by=by, closed=Cause.HOURS)
        importing.done.broken, importing.done.mended = len(swept.opened), len(swept.mended)
    publish_kinds_again(
        session, [code for code, was in access_was.items() if importing.types[code].access != was]
    )
    if not importing.done.is_unchanged:
        counts = {"added": importing.done.added, "changed": importing.done.changed}
        record(session, "import_area", by=by, subject=files.area, changes=counts)
    return importing.done


@dataclass
class _Import:
    """One import under way: first every reference is checked, then the rows are written."""

    session: Session
    files: AreaFiles
    done: AreaImport
    agencies: dict[str, Agency] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    types: dict[str, HearingType] = field(default_factory=dict)
    rooms: dict[tuple[str, str], Resource] = field(default_factory=dict)
    differing: list[Differing] = field(default_factory=list)

    def __post_init__(self) -> None:
        find = self.session.scalars
        self.agencies = {row.code: row for row in find(select(Agency))}
        self.sites = {row.code: row for row in find(select(Site))}
        self.types = {row.code: row for row in find(select(HearingType))}
        codes = {site.id: code for code, site in self.sites.items()}
        rooms = find(select(Resource).where(Resource.site_id.is_not(None)))
        self.rooms = {(codes[row.site_id or 0], row.code or ""): row for row in rooms}

    @property
    def problems(self) -> list[Problem]:
        return self.files.problems

    def rows(self, name: str) -> list[Row]:
        return self.files.rows[f"{name}.csv"]

    def _codes(self, name: str) -> set[str]:
        return {row.values["code"] for row in self.rows(name) if "code" in row.values}

    def sites_named(self) -> list[int]:
        """Ids of the sites there are already that the files are about."""
        named = {
            row.values.get("code" if name == "sites.csv" else "site")
            for name, rows in self.files.rows.items()
            for row in rows
        }
        return [site.id for code, site in self.sites.items() if code in named or site.kind in named]

    def bridged(self) -> list[int]:
        """Ids of the courts whose bridge ports the files name."""
        rows, port = self.rows("resources"), ResourceKind.BRIDGE_PORT.value
        named = {row.values["site"] for row in rows if row.values["kind"] == port}
        return sorted(self.sites[code].id for code in named)

    def rules_changing(self) -> Iterator[Ruled]:
        """What the types and mode rules that differ from the database's are about."""
        for row in self.rows("hearing_types"):
            yield from type_ruled(self.types.get(row.values["code"]), row.values)
        known = {row.code: row for row in self.session.scalars(select(ModeRule))}
        for row in self.rows("mode_rules"):
            yield from rule_ruled(known.get(row.values["code"]), self._rule_values(row))

    def _rule_values(self, row: Row) -> dict[str, Any]:
        """A mode rule's columns; a court that the same files bring has no bookings yet."""
        values = dict(row.values)
        court = values.pop("court")
        values["hearing_type_code"] = values.pop("hearing_type")
        values["court_id"] = self.sites[court].id if court in self.sites else None
        return values

    # Checking -----------------------------------------------------------------------------

    def check(self) -> None:
        """Find every reference to something that neither the database nor the folder has."""
        agencies = self._codes("agencies") | set(self.agencies)
        sites = self._codes("sites") | set(self.sites)
        types = self._codes("hearing_types") | set(self.types)
        rooms = set(self.rooms) | {
            (row.values.get("site"), row.values.get("code")) for row in self.rows("resources")
        }
        self._check_owned(self.rows("sites"), self.sites)
        self._check_owned(self.rows("hearing_types"), self.types)
        for name, column, known, first in (
            ("sites", "agency", agencies, "agencies.csv"),
            ("resources", "site", sites, "sites.csv"),
            ("opening_hours", "site", sites, "sites.csv"),
            ("mode_rules", "hearing_type", types, "hearing_types.csv"),
            ("mode_rules", "court", sites, "sites.csv"),
            ("permissions", "site", sites, "sites.csv"),
            ("permissions", "court", sites, "sites.csv"),
            ("permissions", "agency", agencies, "agencies.csv"),
            ("permissions", "hearing_type", types, "hearing_types.csv"),
        ):
            self._check_known(self.rows(name), column, known, first)
        for row in self.rows("permissions"):
            if (row.values.get("site"), row.values.get("resource")) not in rooms:
                self.problems.append(row.problem("resource", "the site has no such room"))
        self._check_rooms()
        self._check_hours(rooms)
        self._check_closures(sites, types)

    def _check_known(
        self, rows: Iterable[Row], column: str, known: Iterable[Any], first: str
    ) -> None:
        for row in rows:
            value = row.values.get(column)
            if value is not None and value not in known:
                reason = f"“{value}” is not known; add it to {first} or import its area first"
                self.problems.append(row.problem(column, reason))

    def _check_owned(self, rows: Iterable[Row], known: dict[str, Any]) -> None:
        """Refuse to take over what another area brought in."""
        for row in rows:
            there = known.get(row.values.get("code", ""))
            if there is not None and there.area != self.files.area:
                reason = f"“{there.code}” already belongs to the area {there.area}"
                self.problems.append(row.problem("code", reason))

    def _kind_of(self, site_code: str | None) -> str | None:
        for row in self.rows("sites"):
            if row.values.get("code") == site_code:
                return row.values.get("kind")
        site = self.sites.get(site_code or "")
        return site.kind if site else None

    def _check_rooms(self) -> None:
        for row in self.rows("resources"):
            site_kind = self._kind_of(row.values.get("site"))
            why = why_not_at(site_kind, row.values.get("kind", "")) if site_kind else None
            if why:
                self.problems.append(row.problem("kind", why))

    def _check_hours(self, rooms: set[Any]) -> None:
        kinds = {kind.value for kind in ResourceKind}
        for row in self.rows("opening_hours"):
            site, wanted = row.values.get("site"), row.values.get("resources")
            if wanted and wanted not in kinds and (site, wanted) not in rooms:
                reason = f"{site} has no room “{wanted}”, and it is not a kind of room"
                self.problems.append(row.problem("resources", reason))

    def _check_closures(self, sites: set[str], types: set[str]) -> None:
        kinds = {kind.value for kind in SiteKind}
        for row in self.rows("closures"):
            site = row.values.get("site")
            if site and site not in sites and site not in kinds:
                reason = f"“{site}” is not a known site, nor a kind of site such as court"
                self.problems.append(row.problem("site", reason))
            for code in row.values.get("allowed_hearing_types", "").split():
                if code not in types:
                    reason = f"“{code}” is not a known hearing type"
                    self.problems.append(row.problem("allowed_hearing_types", reason))

    # Writing ------------------------------------------------------------------------------

    def write(self) -> None:
        """Add and change rows, parents first."""
        for row in self.rows("agencies"):
            self._upsert(self.agencies, row.values["code"], Agency, row.values)
        for row in self.rows("hearing_types"):
            values = {**row.values, "area": self.files.area}
            code = row.values["code"]
            self._upsert(self.types, code, HearingType, values, type_row(code))
        self.session.flush()
        for row in self.rows("sites"):
            values = {**row.values, "area": self.files.area}
            values["agency_id"] = self.agencies[values.pop("agency")].id
            code = row.values["code"]
            self._upsert(self.sites, code, Site, values, site_row(code))
        self.session.flush()
        for row in self.rows("resources"):
            values = dict(row.values)
            site = values.pop("site")
            values["site_id"] = self.sites[site].id
            values["kind"] = ResourceKind(values["kind"])
            key = (site, values["code"])
            known = room_row(*key, self.rooms[key].id) if key in self.rooms else None
            self._upsert(self.rooms, key, Resource, values, known)
        self.session.flush()
        self._write_hours()
        self._write_closures()
        self._write_rules()
        self._write_permissions()
        self.session.flush()

    def _upsert(
        self,
        known: dict[Any, Any],
        key: Any,
        model: Callable[..., Base],
        values: dict[str, Any],
        row: Differing | None = None,
    ) -> None:
        """Add the row, or change what differs in it, which ``row`` names where pages change it."""
        there = known.get(key)
        if there is None:
            known[key] = model(**values)
            self.session.add(known[key])
            self.done.added += 1
            return
        if row is not None and (columns := what_differs(there, values)):
            self.differing.append(replace(row, columns=frozenset(columns)))
        is_different = set_what_differs(there, values)
        self.done.changed += is_different
        self.done.same += not is_different

    def _write_hours(self) -> None:
        """Replace the hours of the sites that the file names, touching only what differs."""
        wanted = [values for row in self.rows("opening_hours") for values in self._windows(row)]
        site_ids = {values["site_id"] for values in wanted}
        there = self.session.scalars(select(Window).where(Window.site_id.in_(site_ids))).all()
        self.differing += hours_rows(which_differ(there, wanted), self.sites, self.rooms)
        written = write_windows(self.session, there, wanted)
        self.done.added += written.added
        self.done.removed += written.removed
        self.done.same += written.same

    def _windows(self, row: Row) -> Iterator[dict[str, Any]]:
        """Return the rows that one line of opening hours stands for."""
        values = dict(row.values)
        site, wanted = values.pop("site"), values.pop("resources")
        room_ids: list[int | None] = [None]
        if wanted:
            room_ids = [
                room.id
                for (at, code), room in self.rooms.items()
                if at == site and wanted in (code, room.kind)
            ]
        for weekday in values.pop("weekdays"):
            for room_id in room_ids:
                ids = {"site_id": self.sites[site].id, "resource_id": room_id}
                yield {**values, **ids, "weekday": weekday}

    def _write_closures(self) -> None:
        area_sites = {row.values["code"] for row in self.rows("sites")}
        ids = {self.sites[code].id for code in area_sites} | {
            self.sites[row.values["site"]].id
            for row in self.rows("closures")
            if row.values["site"] in self.sites
        }
        there = self.session.scalars(select(Closure).where(Closure.site_id.in_(ids)))
        known = {(row.site_id, row.on_date, row.kind, row.from_time): row for row in there}
        for row in self.rows("closures"):
            values = dict(row.values)
            values.pop("last_date")
            # The table has no column of its own for what was assumed, and it must not be lost.
            assumed = values.pop("assumed")
            values["source"] = "; assumed: ".join(filter(None, (values["source"], assumed)))[:200]
            chosen = values.pop("site")
            for code in sorted(area_sites | {chosen}):
                if code not in self.sites or chosen not in (code, self.sites[code].kind):
                    continue
                site_id = self.sites[code].id
                for on in dates_of(row):
                    key = (site_id, on, values["kind"], values["from_time"])
                    full = {**values, "site_id": site_id, "on_date": on}
                    self._upsert(known, key, Closure, full)

    def _write_rules(self) -> None:
        known = {row.code: row for row in self.session.scalars(select(ModeRule))}
        for row in self.rows("mode_rules"):
            values, code = self._rule_values(row), row.values["code"]
            if code not in known:
                self.differing.append(rule_gone(code))
            self._upsert(known, code, ModeRule, values, rule_row(code))

    def _write_permissions(self) -> None:
        names = ("resource_id", "court_id", "agency_id", "hearing_type_code")
        known = {
            tuple(getattr(row, name) for name in names): row
            for row in self.session.scalars(select(Permission))
        }
        for row in self.rows("permissions"):
            room = self.rooms[row.values["site"], row.values["resource"]]
            court, agency = row.values["court"], row.values["agency"]
            values = {
                "resource_id": room.id,
                "court_id": self.sites[court].id if court else None,
                "agency_id": self.agencies[agency].id if agency else None,
                "hearing_type_code": row.values["hearing_type"],
            }
            self._upsert(known, tuple(values.values()), Permission, values)
