"""Changing what a site is like: its weekly hours, its rooms and its own rules.

Read on the pages of `web/places`, by more people. What a change breaks is shown before it is saved.
"""

from flask import Blueprint

from avl.domain.access import Role
from avl.web.guards import guard

bp = Blueprint("keeping", __name__, url_prefix="/sites")
guard(bp, roles=(Role.MANAGER, Role.ADMINISTRATOR))

from avl.web.keeping import hours, rows  # noqa: E402, F401  (views attach themselves to bp)
