"""What people changed on pages, or by API, since an area's last import, and an import would undo.

The audit is the memory: each such change stands there with its subject and its columns, and so
does each import. A row that differs from its file in a column that nobody touched is the file's to
change; one that somebody set since is theirs, until an administrator says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from avl.commands.hearing_types import subject_of as subject_of_type
from avl.commands.mode_rules import LAW_ZONE
from avl.commands.mode_rules import subject_of as subject_of_rule
from avl.domain.errors import ActionNotAllowed
from avl.domain.local_time import say_day, say_time
from avl.models import AuditEvent, Resource, Site


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A row that somebody changed and an import sets back.

    Attributes:
        row: the file and its row, such as "sites.csv, RIMP".
        columns: of that row, "" where it is the row as a whole.
    """

    row: str
    columns: str
    who: str
    at: datetime

    def __str__(self) -> str:
        what = f"{self.row}: {self.columns}" if self.columns else self.row
        when = f"{say_day(self.at, LAW_ZONE)}, {say_time(self.at, LAW_ZONE)}"
        return f"{what}, changed by {self.who} on {when}"


class WouldOverwrite(ActionNotAllowed):
    """An import would set back what people changed, and nobody said that it may.

    Attributes:
        rows: what it would set back.
    """

    def __init__(self, area: str, rows: Sequence[Overwritten]) -> None:
        self.rows = tuple(rows)
        count = "1 row that was" if len(rows) == 1 else f"{len(rows)} rows that were"
        lines = "\n".join(f"- {row}" for row in rows)
        super().__init__(
            f"{area} was not imported: it would set back {count} changed on pages or by API since"
            f" its last import.\n{lines}"
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file that differs from what stands.

    Attributes:
        name: the file and the row.
        subject: how the audit names it.
        actions: what the audit calls a change of it.
        room_id: where the subject is a site and the row is about one of its rooms.
        columns: those that differ; none: the row as a whole.
    """

    name: str
    subject: str
    actions: tuple[str, ...]
    room_id: int | None = None
    columns: frozenset[str] = frozenset()

    def is_set_in(self, event: AuditEvent) -> bool:
        """Whether this event set what the file would set back."""
        return (
            event.subject == self.subject
            and event.action in self.actions
            and event.changes.get("room") == self.room_id
            and (not self.columns or not self.columns.isdisjoint(event.changes))
        )


def site_row(code: str) -> Row:
    """A line of sites.csv."""
    return Row(f"sites.csv, {code}", code, ("change_site_rules",))


def room_row(site: str, code: str, room_id: int) -> Row:
    """A line of resources.csv."""
    return Row(f"resources.csv, {site} {code}", site, ("add_room", "change_room"), room_id)


def hours_rows(
    differing: Collection[tuple[int, int | None]],
    sites: Mapping[str, Site],
    rooms: Mapping[tuple[str, str], Resource],
) -> list[Row]:
    """The lines of opening_hours.csv about some sites, and about some of their rooms.

    Args:
        differing: ids of sites and rooms (None: the site itself).
        sites: by code; rooms by the codes of site and room.
    """
    named: list[tuple[int | None, int | None, str]]
    named = [(site.id, None, code) for code, site in sites.items()]
    named += [(room.site_id, room.id, f"{at} {code}") for (at, code), room in rooms.items()]
    return [
        Row(f"opening_hours.csv, {name}", name.split()[0], ("set_hours",), room_id)
        for site_id, room_id, name in named
        if (site_id, room_id) in differing
    ]


def type_row(code: str) -> Row:
    """A line of hearing_types.csv."""
    actions = ("add_hearing_type", "change_hearing_type")
    return Row(f"hearing_types.csv, {code}", subject_of_type(code), actions)


def rule_row(code: str) -> Row:
    """A line of mode_rules.csv."""
    return Row(f"mode_rules.csv, {code}", subject_of_rule(code), ("add_mode_rule", "end_mode_rule"))


def rule_gone(code: str) -> Row:
    """A line of mode_rules.csv whose rule is not there, perhaps because somebody withdrew it."""
    return Row(f"mode_rules.csv, {code}", subject_of_rule(code), ("withdraw_mode_rule",))


def overwritten(session: Session, area: str, rows: Sequence[Row]) -> list[Overwritten]:
    """Those of some differing rows that people set since the area's last import."""
    if not rows:
        return []
    last = select(func.max(AuditEvent.id)).where(
        AuditEvent.subject == area,
        AuditEvent.booking_id.is_(None),
        AuditEvent.action == "import_area",
    )
    events = session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.booking_id.is_(None),
            AuditEvent.subject.in_(sorted({row.subject for row in rows})),
            AuditEvent.id > (session.scalar(last) or 0),
        )
        .order_by(AuditEvent.id.desc())
    ).all()
    found = []
    for row in rows:
        event = next((one for one in events if row.is_set_in(one)), None)
        if event is not None:
            columns = ", ".join(sorted(row.columns.intersection(event.changes)))
            found.append(Overwritten(row.name, columns, event.user_name, event.at))
    return found
