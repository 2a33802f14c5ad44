"""The columns of an area's CSV files, and how the text in each is read.

A reader raises ValueError with words that finish the sentence "line 4, column zone: ...".
"""

from __future__ import annotations

from collections.abc import Callable

from avl.commands.csv_columns import (
    Column,
    FileKind,
    clock,
    code,
    day,
    member,
    one_of,
    text,
    whole,
    yes_no,
)
from avl.domain.errors import DomainError
from avl.domain.hours import weekdays
from avl.domain.local_time import zone_named
from avl.domain.modes import MANDATORY, Consent, Mode, Trigger
from avl.models import Access, Approval, ClosureKind, ModeLayer, ResourceKind, SiteKind, WindowKind
from avl.queries.calendars import SUBDIV_CORRECTIONS, holiday_keys

RESOURCE_KINDS = (
    ResourceKind.COURTROOM,
    ResourceKind.SUITE,
    ResourceKind.INSTRUCTION_SUITE,
    ResourceKind.BRIDGE_PORT,
)
MODES = (*(mode.value for mode in Mode), MANDATORY)
TRIGGERS = ("", *(trigger.value for trigger in Trigger))
COURT_SUBKINDS = ("DC", "HC")
CONSENTS = tuple(consent.value for consent in Consent)


def degrees(most: int) -> Callable[[str], float]:
    """Read a latitude or longitude."""

    def read(cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            raise ValueError(f"“{cell}” is not a number of degrees") from None
        if not -most <= value <= most:
            raise ValueError(f"“{cell}” is not between -{most} and {most} degrees")
        return value

    return read


def why_not_at(site_kind: str, kind: str) -> str | None:
    """Why a room of this kind cannot stand at a site of that kind; None where it can."""
    is_court = site_kind == SiteKind.COURT
    if kind == ResourceKind.COURTROOM and not is_court:
        return "only a court has courtrooms"
    if kind == ResourceKind.BRIDGE_PORT and not is_court:
        return "only a court has bridge ports"
    if kind == ResourceKind.SUITE and is_court:
        return "a court has courtrooms and instruction suites; AVL suites are elsewhere"
    return None


def zone(cell: str) -> str:
    """Read a time zone this machine knows."""
    try:
        zone_named(cell)
    except DomainError as refusal:
        raise ValueError(refusal.message) from None
    return cell


def holiday_key(cell: str) -> str:
    """Read a key of the holiday library that has an anniversary day."""
    if cell in SUBDIV_CORRECTIONS:
        return SUBDIV_CORRECTIONS[cell]
    return str(one_of(sorted(holiday_keys()))(cell))


SOURCE = (
    Column("source", text(200), required=False),
    Column("assumed", text(400), required=False),
)
AGENCIES = FileKind(
    "agencies.csv", (Column("code", code(16)), Column("name", text(120))), key=("code",)
)
SITES = FileKind(
    "sites.csv",
    (
        Column("code", code(16)),
        Column("name", text(120)),
        Column("short_name", text(60)),
        Column("name_mi", text(120), required=False),
        Column("kind", member(SiteKind)),
        Column("subkind", text(24), required=False),
        Column("region", text(60), required=False),
        Column("town", text(60), required=False),
        Column("zone", zone),
        Column("agency", code(16)),
        Column("latitude", degrees(90), required=False, default=None),
        Column("longitude", degrees(180), required=False, default=None),
        Column("status", text(24), required=False),
        Column("is_active", yes_no, required=False, default=True),
        Column("phone", text(24), required=False),
        Column("holiday_subdiv", holiday_key, required=False),
        Column("observes_holidays", yes_no),
        Column("observes_anniversary", yes_no),
        Column("approval", member(Approval)),
        Column("approval_hours", whole(1, 720)),
        Column("turnaround_minutes", whole(0, 120)),
        Column("pickup_minutes", whole(0, 240)),
        Column("notice_minutes", whole(0, 20160)),
        Column("freeze_minutes", whole(0, 20160), required=False, default=120),
        Column("interpreter_days", whole(0, 30), required=False, default=10),
        Column("reo_days", whole(0, 30), required=False, default=10),
        Column("interpreter_confirm_days", whole(0, 30), required=False, default=3),
        Column("escort_capacity", whole(1, 99), required=False, default=None),
        Column("separates_youth", yes_no, required=False, default=True),
        Column("separates_remand", yes_no, required=False, default=False),
        *SOURCE,
    ),
    key=("code",),
)
RESOURCES = FileKind(
    "resources.csv",
    (
        Column("site", code(16)),
        Column("code", code(24)),
        Column("kind", one_of([kind.value for kind in RESOURCE_KINDS])),
        Column("name", text(80)),
        Column("sort_order", whole(0, 9999), required=False, default=0),
        Column("is_active", yes_no, required=False, default=True),
        *SOURCE,
    ),
    key=("site", "code"),
)
OPENING_HOURS = FileKind(
    "opening_hours.csv",
    (
        Column("site", code(16)),
        Column("resources", text(24), required=False),
        Column("kind", member(WindowKind)),
        Column("weekdays", weekdays),
        Column("opens_at", clock),
        Column("closes_at", clock),
        Column("label", text(60), required=False),
        Column("from_on", day, required=False, default=None),
        Column("to_on", day, required=False, default=None),
        *SOURCE,
    ),
)
CLOSURES = FileKind(
    "closures.csv",
    (
        Column("site", text(16)),
        Column("kind", member(ClosureKind)),
        Column("on_date", day),
        Column("last_date", day, required=False, default=None),
        Column("from_time", clock, required=False, default=None),
        Column("to_time", clock, required=False, default=None),
        Column("reason", text(200)),
        Column("allowed_hearing_types", text(400), required=False),
        *SOURCE,
    ),
)
HEARING_TYPES = FileKind(
    "hearing_types.csv",
    (
        Column("code", code(24)),
        Column("name", text(120)),
        Column("jurisdiction", text(24)),
        Column("act_class", text(32)),
        Column("act_section", text(24), required=False),
        Column("consent", one_of(CONSENTS)),
        Column("decided_by", text(60), required=False),
        Column("typical_minutes", whole(0, 600)),
        Column("pre_minutes", whole(0, 120)),
        Column("post_minutes", whole(0, 120)),
        Column("access", member(Access)),
        Column("priority", whole(0, 100)),
        Column("is_bookable", yes_no),
        Column("interpreter_days", whole(0, 30), required=False, default=None),
        *SOURCE,
        Column("notes", text(600), required=False),
    ),
    key=("code",),
)
MODE_RULES = FileKind(
    "mode_rules.csv",
    (
        Column("code", code(60)),
        Column("layer", member(ModeLayer)),
        Column("hearing_type", code(24), required=False, default=None),
        Column("act_class", text(32), required=False),
        Column("court", code(16), required=False, default=None),
        Column("court_subkind", one_of(COURT_SUBKINDS), required=False),
        Column("in_custody", yes_no, required=False, default=None),
        Column("trigger", one_of(TRIGGERS), required=False),
        Column("mode", one_of(MODES)),
        Column("override_role", text(60), required=False),
        Column("consent", one_of(CONSENTS)),
        Column("from_on", day),
        Column("to_on", day, required=False, default=None),
        Column("sentence", text(300)),
        *SOURCE,
    ),
    key=("code",),
)
PERMISSIONS = FileKind(
    "permissions.csv",
    (
        Column("site", code(16)),
        Column("resource", code(24)),
        Column("court", code(16), required=False, default=None),
        Column("agency", code(16), required=False, default=None),
        Column("hearing_type", code(24), required=False, default=None),
    ),
    key=("site", "resource", "court", "agency", "hearing_type"),
)
FILES = (
    AGENCIES,
    HEARING_TYPES,
    SITES,
    RESOURCES,
    OPENING_HOURS,
    CLOSURES,
    MODE_RULES,
    PERMISSIONS,
)
