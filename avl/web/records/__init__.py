"""The records the journey stands on: people, where they are held, matters and counsel.

Three groups, because a guard belongs to a group: people are for registries and AVL coordinators,
matters and counsel for registries, and moves between prisons for AVL coordinators.
"""

from __future__ import annotations

from flask import Blueprint, Flask

from avl.domain.access import Role
from avl.domain.local_time import say_date, say_day, say_time, say_when
from avl.web.guards import guard

bp = Blueprint("records", __name__, url_prefix="/records")
guard(bp, roles=(Role.REGISTRY, Role.AVL_COORDINATOR))

court = Blueprint("records_court", __name__, url_prefix="/records")
guard(court, roles=(Role.REGISTRY,))

custody = Blueprint("records_custody", __name__, url_prefix="/records")
guard(custody, roles=(Role.AVL_COORDINATOR,))

for say in (say_date, say_day, say_time, say_when):
    bp.add_app_template_filter(say)

from avl.web.records import apart, counsel, matters, moves, people  # noqa: E402, F401  (routes attach)


def init_app(app: Flask) -> None:
    """Attach the three groups."""
    for group in (bp, court, custody):
        app.register_blueprint(group)
