"""The rules of each site, in sentences, and its hours: read here, changed under `web/keeping`."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from avl.domain.access import (
    COURT_ROLES,
    PRISON_ROLES,
    WATCHING_ROLES,
    Do,
    SiteSubject,
    may,
)
from avl.queries.site_rules import rules_of_site, sites_listed
from avl.web.frame import first_page
from avl.web.guards import actor, guard

bp = Blueprint("places", __name__, url_prefix="/sites")
guard(bp, roles=(*COURT_ROLES, *PRISON_ROLES, *WATCHING_ROLES))

KINDS = (
    ("Prisons", ("prison",)),
    ("Courts", ("court",)),
    ("Other places people appear from", ()),
)
"""How the list is divided; the last takes every other kind."""


@bp.get("")
def listed() -> ResponseReturnValue:
    """Every site whose rules may be read, one's own first."""
    sites = sites_listed(actor())
    named = {kind for _, kinds in KINDS for kind in kinds}
    groups = [("Your sites", [site for site in sites if site.is_own])]
    for title, kinds in KINDS:
        chosen = [one for one in sites if (one.kind in kinds if kinds else one.kind not in named)]
        groups.append((title, chosen))
    return render_template("places/listed.html", groups=groups, back_href=first_page(actor()))


@bp.get("/<site_code>")
def rules(site_code: str) -> ResponseReturnValue:
    """One site's rules."""
    site = rules_of_site(site_code)
    return render_template(
        "places/rules.html",
        site=site,
        may_keep=may(actor(), Do.KEEP_SITE, SiteSubject(site.id)),
    )


from avl.web.places import hours  # noqa: E402, F401  (views attach themselves to bp)
