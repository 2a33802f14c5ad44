"""What anybody may read about the site itself."""

from __future__ import annotations

from flask import Blueprint, render_template

from avl.web.guards import everybody

bp = Blueprint("about", __name__)
everybody(bp, "Says how the site can be used, and nothing about anybody.")


@bp.get("/accessibility")
def accessibility() -> str:
    """How accessible the site is, how that was tested, and the switch for keyboard shortcuts."""
    return render_template("about/accessibility.html")
