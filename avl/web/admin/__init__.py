"""The administrator's pages: what is missing, who may do what, and the sites."""

from flask import Blueprint

from avl.domain.access import Role
from avl.web.guards import guard

bp = Blueprint("admin", __name__, url_prefix="/admin")
guard(bp, roles=(Role.ADMINISTRATOR,))

from avl.web.admin import home, modes, types, users  # noqa: E402, F401  (views attach themselves to bp)
