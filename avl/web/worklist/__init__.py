"""The worklist: what no longer stands, its way out, and what puts places out of use."""

from __future__ import annotations

from flask import Blueprint

from avl.domain.access import Role
from avl.domain.local_time import say_span
from avl.web.guards import guard

bp = Blueprint("worklist", __name__, url_prefix="/worklist")
guard(bp, roles=(Role.REGISTRY, Role.AVL_COORDINATOR))
bp.add_app_template_filter(say_span)

from avl.web.worklist import places, rows  # noqa: E402, F401  (routes attach to bp)
