"""Is this installation complete? Each check answers, or names what is missing and how to mend it.

`examine` reads only, and is what ``flask avl doctor`` and the administrator's first page show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from avl import clock
from avl.config import Settings
from avl.domain.calendars import open_throughout
from avl.domain.errors import InvalidInput
from avl.domain.local_time import local_day, zone_named
from avl.models import (
    HearingType,
    ModeLayer,
    ModeRule,
    Permission,
    Resource,
    ResourceKind,
    Site,
    SiteKind,
    Window,
    WindowKind,
)
from avl.queries.calendars import Calendars, load_calendars, public_holidays
from avl.queries.doctor_machine import (
    examine_gateway,
    examine_keys,
    examine_rules,
    examine_schema,
    examine_sending,
    examine_time,
    read_catalogue,
)
from avl.queries.finding import Finding, findings

__all__ = ["Finding", "examine"]

LOOK_AHEAD = timedelta(days=28)
"""A court and a prison must have time in common within this, which outlasts a summer closure."""

IMPORT = "Import the areas: flask avl import-area avl/areas/…"
NATIONAL_DAYS = 11
"""Public holidays that every year has at least (Holidays Act 2003 s 44 and Matariki, 2022)."""


def examine(session: Session, settings: Settings) -> list[Finding]:
    """Look at everything an installation needs, most important first.

    Returns:
        Findings in a fixed order of areas; the installation is complete when all are ``ok``.
    """
    catalogue = read_catalogue(session)
    schema = examine_schema(session, catalogue)
    machine = [
        *examine_rules(session, catalogue),
        *examine_time(session),
        *examine_gateway(settings),
        *examine_keys(settings),
    ]
    if not all(finding.ok for finding in schema):
        # Reading tables that a migration is still to make would only break the report.
        return [*schema, *machine]
    today = local_day(clock.now(), "Pacific/Auckland")
    having_hours = _sites_with_hours(session)
    known = list(having_hours)
    settings_wrong = list(_unreadable(known))
    sites = [site for site in known if site not in [wrong for wrong, _, _ in settings_wrong]]
    permits: dict[int, list[Permission]] = defaultdict(list)
    rooms = _rooms_by_site(session, permits)
    return [
        *schema,
        *machine,
        *examine_sending(session),
        *(Finding("places", False, what, mend) for _, what, mend in settings_wrong),
        *_examine_rooms(sites, rooms),
        *_examine_company(sites),
        *_examine_hours(site for site in sites if not having_hours[site]),
        *_examine_reach(session, sites, rooms, permits, today),
        *_examine_holidays(sites, today),
        *_examine_modes(session, today),
    ]


def _unreadable(sites: Sequence[Site]) -> Iterator[tuple[Site, str, str]]:
    """Find sites whose zone or holidays cannot be read; the other checks leave them out."""
    for site in sites:
        try:
            zone_named(site.zone)
            public_holidays(site.holiday_subdiv, clock.now().year)
        except InvalidInput as refusal:
            what = f"{site.name} has no working calendar: {refusal.message}"
            yield site, what, f"Correct {site.code} in sites.csv and import its area again."


def _sites_with_hours(session: Session) -> dict[Site, bool]:
    """Every active site by name, and whether it has opening hours."""
    opening = select(Window.id).where(
        Window.site_id == Site.id, Window.kind == WindowKind.OPEN, Window.resource_id.is_(None)
    )
    rows = session.execute(select(Site, opening.exists()).where(Site.is_active).order_by(Site.name))
    return {site: bool(is_open) for site, is_open in rows}


def _rooms_by_site(
    session: Session, permits: dict[int, list[Permission]]
) -> dict[int, list[Resource]]:
    """The active rooms of each site in their order; whom each may serve goes to ``permits``."""
    found: dict[int, list[Resource]] = defaultdict(list)
    rows = session.execute(
        select(Resource, Permission)
        .outerjoin(Permission, Permission.resource_id == Resource.id)
        .where(Resource.site_id.is_not(None), Resource.is_active)
        .order_by(Resource.sort_order, Resource.id)
    )
    last: Resource | None = None
    for room, permit in rows:
        if room is not last and room.site_id is not None:
            found[room.site_id].append(room)
        last = room
        if permit is not None:
            permits[room.id].append(permit)
    return found


def _of_kind(rooms: Iterable[Resource], kind: ResourceKind) -> list[Resource]:
    return [room for room in rooms if room.kind == kind]


def _examine_rooms(sites: Sequence[Site], rooms: dict[int, list[Resource]]) -> list[Finding]:
    """Look for a courtroom in each court and a suite in each prison."""
    needed = {SiteKind.COURT: ResourceKind.COURTROOM, SiteKind.PRISON: ResourceKind.SUITE}
    words = {SiteKind.COURT: "AVL courtroom", SiteKind.PRISON: "AVL suite"}
    missing = [
        (f"There is no {kind} in the system.", IMPORT)
        for kind in needed
        if not any(site.kind == kind for site in sites)
    ]
    missing += [
        (f"{site.name} has no {words[site.kind]}.", f"Add one to resources.csv for {site.code}.")
        for site in sites
        if site.kind in needed and not _of_kind(rooms[site.id], needed[site.kind])
    ]
    return findings("places", missing, "Every court has a courtroom and every prison a suite.")


def _examine_company(sites: Sequence[Site]) -> list[Finding]:
    """Note each prison for which nobody has decided who may be in its AVL area together.

    A prison without these rules works, so nothing is missing. Under-18s are kept from adults
    unless the area says otherwise, so that rule alone tells nothing of a decision.
    """
    return [
        Finding(
            "company",
            True,
            f"{site.name} moves any number of people at once, and people on remand wait together"
            " with those serving a sentence.",
            f"Decide escort_capacity and separates_remand for {site.code} in sites.csv.",
        )
        for site in sites
        if site.kind == SiteKind.PRISON
        and site.escort_capacity is None
        and not site.separates_remand
    ] or [Finding("company", True, "Every prison's rules about company are decided.")]


def _examine_hours(without: Iterable[Site]) -> list[Finding]:
    missing = (
        (f"{site.name} has no opening hours.", f"Enter them at /sites/{site.code}/hours.")
        for site in without
    )
    return findings("hours", missing, "Every site has opening hours.")


def _examine_reach(
    session: Session,
    sites: Sequence[Site],
    rooms: dict[int, list[Resource]],
    permits: dict[int, list[Permission]],
    today: date,
) -> list[Finding]:
    """Prove for each court that some prison's suite may serve it, at a time both are open."""
    courts = [site for site in sites if site.kind == SiteKind.COURT]
    prisons = [site for site in sites if site.kind == SiteKind.PRISON]
    last = today + LOOK_AHEAD
    calendars = load_calendars(session, [site.id for site in sites], today, last)
    suites = [
        (prison.id, suite)
        for prison in prisons
        for suite in _of_kind(rooms[prison.id], ResourceKind.SUITE)
    ]
    missing = [
        (
            f"{court.name} cannot reach any prison: no suite may serve it at a time when both"
            " are open.",
            "Check suites, permissions and opening hours of the prisons that serve it.",
        )
        for court in courts
        if _of_kind(rooms[court.id], ResourceKind.COURTROOM)
        and not any(
            _may_serve(permits[suite.id], court)
            and _have_time(calendars, court, rooms[court.id], prison_id, suite, today, last)
            for prison_id, suite in suites
        )
    ]
    return findings("places", missing, f"All {len(courts)} courts can reach a prison.")


def _may_serve(permits: Sequence[Permission], court: Site) -> bool:
    return not permits or any(
        permit.court_id in (None, court.id) and permit.agency_id in (None, court.agency_id)
        for permit in permits
    )


def _have_time(
    calendars: Calendars,
    court: Site,
    court_rooms: Sequence[Resource],
    prison_id: int,
    suite: Resource,
    first: date,
    last: date,
) -> bool:
    there = calendars.of(prison_id, suite.id)
    return any(
        open_throughout((calendars.of(court.id, room.id), there), first, last)
        for room in _of_kind(court_rooms, ResourceKind.COURTROOM)
    )


def _examine_holidays(sites: Sequence[Site], today: date) -> list[Finding]:
    """Look for this year's and next year's public holidays, and each site's anniversary day."""
    years = (today.year, today.year + 1)
    missing = [
        (f"Public holidays of {year} are not known.", "Install the current holidays package.")
        for year in years
        if not _is_whole_year(year)
    ]
    for site in sites:
        if not site.observes_holidays or not site.observes_anniversary:
            continue
        for year in years:
            if not any(is_own for _, _, is_own in public_holidays(site.holiday_subdiv, year)):
                what = f"{site.name} has no anniversary day in {year}."
                missing.append((what, f"Set holiday_subdiv of {site.code} in sites.csv."))
    return findings("holidays", missing, f"Holidays are known to the end of {years[-1]}.")


def _is_whole_year(year: int) -> bool:
    names = [name for _, name, _ in public_holidays("", year)]
    return len(names) >= NATIONAL_DAYS and any("Matariki" in name for name in names)


def _examine_modes(session: Session, today: date) -> list[Finding]:
    """Look for a rule of statute, in force today, for every hearing type that can be booked."""
    in_force = select(ModeRule.id).where(
        ModeRule.layer == ModeLayer.STATUTE,
        or_(ModeRule.in_custody.is_(None), ModeRule.in_custody.is_(True)),
        ModeRule.court_id.is_(None),
        ModeRule.court_subkind == "",
        ModeRule.trigger == "",
        ModeRule.from_on <= today,
        or_(ModeRule.to_on.is_(None), ModeRule.to_on > today),
        or_(ModeRule.hearing_type_code.is_(None), ModeRule.hearing_type_code == HearingType.code),
        or_(ModeRule.act_class == "", ModeRule.act_class == HearingType.act_class),
    )
    types = session.execute(
        select(HearingType, in_force.exists()).where(HearingType.is_bookable)
    ).all()
    missing = [
        (
            f"No rule of statute says whether “{kind.name}” is by AVL or in person.",
            f"Add one to mode_rules.csv for {kind.code} or {kind.act_class}.",
        )
        for kind, has_rule in types
        if not has_rule
    ]
    if not types:
        missing.append(("There are no hearing types, so nothing can be booked.", IMPORT))
    return findings("modes", missing, "Every hearing type has a rule for AVL or in person.")
