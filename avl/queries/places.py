"""Reading sites."""

from __future__ import annotations

from sqlalchemy import select

from avl.domain.errors import NotFound
from avl.models import Site, db


def find_site_by_code(code: str) -> Site:
    """The site with this code.

    Raises:
        NotFound: there is none.
    """
    site = db.session.scalars(select(Site).where(Site.code == code.upper())).first()
    if site is None:
        raise NotFound(f"There is no site {code}.")
    return site
