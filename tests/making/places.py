"""Courts, prisons, and the rooms in them."""

from __future__ import annotations

from datetime import time
from typing import Any

from avl.models import Agency, Approval, Resource, ResourceKind, Site, SiteKind, Window, db
from tests.making.basis import numbers, save


def agency(code: str = "COR") -> Agency:
    """The agency of this code, made once."""
    found = db.session.query(Agency).filter_by(code=code).one_or_none()
    return found or save(Agency(code=code, name=f"Agency {code}"))


def site(
    code: str | None = None,
    *,
    kind: SiteKind = SiteKind.PRISON,
    short_name: str | None = None,
    zone: str = "Pacific/Auckland",
    approval: Approval = Approval.APPROVAL,
    suites: int = 0,
    courtrooms: int = 0,
    is_open: bool = True,
    **more: Any,
) -> Site:
    """A prison (or what `kind` says), open all week from 8 to 6 unless told otherwise."""
    n = next(numbers)
    code = code or f"S{n}"
    found = Site(
        code=code,
        name=more.pop("name", f"{short_name or f'Place {n}'} {kind.replace('_', ' ').title()}"),
        short_name=short_name or f"Place {n}",
        kind=kind,
        zone=zone,
        area="test",
        agency_id=agency("MOJ" if kind is SiteKind.COURT else "COR").id,
        approval=approval,
        **({"holiday_subdiv": "WGN"} | more),
    )
    save(found)
    if is_open:
        save(
            *(
                Window(site_id=found.id, weekday=day, opens_at=time(8), closes_at=time(18))
                for day in range(7)
            )
        )
    for number in range(1, suites + 1):
        suite(found, f"Suite {number}", sort_order=number)
    for number in range(1, courtrooms + 1):
        courtroom(found, f"Courtroom {number}", sort_order=number)
    return found


def prison(code: str | None = None, **more: Any) -> Site:
    """A prison with one suite."""
    return site(code, **({"suites": 1} | more))


def court(code: str | None = None, **more: Any) -> Site:
    """A court with one courtroom."""
    return site(code, **({"kind": SiteKind.COURT, "courtrooms": 1} | more))


def suite(at_site: Site, name: str | None = None, **more: Any) -> Resource:
    """An AVL suite."""
    return _room(at_site, ResourceKind.SUITE, name, **more)


def courtroom(at_site: Site, name: str | None = None, **more: Any) -> Resource:
    """A courtroom."""
    return _room(at_site, ResourceKind.COURTROOM, name, **more)


def instruction_suite(at_site: Site, name: str | None = None, **more: Any) -> Resource:
    """A room in which counsel speaks with a client in prison."""
    return _room(at_site, ResourceKind.INSTRUCTION_SUITE, name, **more)


def bridge(at_site: Site, ports: int = 4) -> list[Resource]:
    """A court's bridge with so many ports."""
    return [
        _room(at_site, ResourceKind.BRIDGE_PORT, f"Bridge port {n}", sort_order=n)
        for n in range(1, ports + 1)
    ]


def rooms(at_site: Site, kind: ResourceKind) -> list[Resource]:
    """A site's rooms of one kind, in their order."""
    query = db.session.query(Resource).filter_by(site_id=at_site.id, kind=kind)
    return query.order_by(Resource.sort_order, Resource.id).all()


def _room(at_site: Site, kind: ResourceKind, name: str | None, **more: Any) -> Resource:
    n = next(numbers)
    label = name or f"{kind.replace('_', ' ').capitalize()} {n}"
    return save(
        Resource(
            site_id=at_site.id,
            kind=kind,
            code=more.pop("code", f"{kind[:2].upper()}{n}"),
            name=label,
            **({"sort_order": n} | more),
        )
    )
