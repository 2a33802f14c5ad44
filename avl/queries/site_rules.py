"""A site's own rules as they stand: no secret to anybody who books there or works there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from avl import clock
from avl.domain.access import Actor
from avl.domain.errors import NotFound
from avl.domain.folding import fold
from avl.domain.local_time import local_day
from avl.domain.site_rules import OwnRules, Pause, RuleSaid, say_rules
from avl.models import Approval, Resource, ResourceKind, Site, SiteKind, Window, WindowKind, db


@dataclass(frozen=True, slots=True)
class SiteListed:
    """A site to choose; ``is_own`` where the reader works there."""

    code: str
    name: str
    kind: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class SiteRules:
    """One site's rules in sentences, and the folder they come from."""

    id: int
    code: str
    name: str
    area: str
    assumed: str
    rules: tuple[RuleSaid, ...]


def sites_listed(actor: Actor) -> Sequence[SiteListed]:
    """Every active site, by name as people look for it: Ōpōtiki stands under O."""
    own = {site_id for _, ids in actor.sites for site_id in ids}
    rows = db.session.execute(
        select(Site.id, Site.code, Site.name, Site.kind).where(Site.is_active).order_by(Site.id)
    )
    listed = [SiteListed(code, name, kind.value, key in own) for key, code, name, kind in rows]
    return sorted(listed, key=lambda site: fold(site.name))


def rules_of_site(code: str) -> SiteRules:
    """Say the rules of one site.

    Raises:
        NotFound: there is no such site.
    """
    session = db.session
    site = session.scalars(
        select(Site).where(Site.code == code.upper(), Site.is_active)
    ).one_or_none()
    if site is None:
        raise NotFound(f"There is no site {code}.")
    ports = session.scalar(
        select(func.count()).where(
            Resource.site_id == site.id,
            Resource.kind == ResourceKind.BRIDGE_PORT,
            Resource.is_active,
        )
    )
    own = OwnRules(
        name=site.short_name,
        holds_people=site.kind != SiteKind.COURT,
        answers=site.approval == Approval.APPROVAL,
        approval_hours=site.approval_hours,
        notice_minutes=site.notice_minutes,
        freeze_minutes=site.freeze_minutes,
        turnaround_minutes=site.turnaround_minutes,
        pickup_minutes=site.pickup_minutes,
        escort_capacity=site.escort_capacity,
        separates_youth=site.separates_youth,
        separates_remand=site.separates_remand,
        interpreter_days=site.interpreter_days,
        reo_days=site.reo_days,
        interpreter_confirm_days=site.interpreter_confirm_days,
        ports=ports or 0,
        pauses=_pauses(site.id, local_day(clock.now(), site.zone)),
    )
    return SiteRules(site.id, site.code, site.name, site.area, site.assumed, tuple(say_rules(own)))


def _pauses(site_id: int, on: date) -> tuple[Pause, ...]:
    rows = db.session.execute(
        select(Window.weekday, Window.opens_at, Window.closes_at, Window.label, Resource.name)
        .outerjoin(Resource, Resource.id == Window.resource_id)
        .where(
            Window.site_id == site_id,
            Window.kind == WindowKind.BREAK,
            # A break of a room out of use would only confuse.
            (Resource.id.is_(None)) | Resource.is_active,
            or_(Window.from_on.is_(None), Window.from_on <= on),
            or_(Window.to_on.is_(None), Window.to_on > on),
        )
        .order_by(Window.opens_at, Window.weekday, Resource.sort_order, Resource.id)
    )
    return tuple(Pause(day, start, end, label, room or "") for day, start, end, label, room in rows)
