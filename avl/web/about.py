"""What anybody may read about the site itself."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template

from avl.web.guards import everybody

bp = Blueprint("about", __name__)
everybody(bp, "Says how the site can be used, and nothing about anybody.")


@bp.get("/accessibility")
def accessibility() -> str:
    """How accessible the site is, how that was tested, and the switch for keyboard shortcuts."""
    return render_template("about/accessibility.html")


@bp.get("/robots.txt")
def robots() -> Response:
    """Search engines may keep nothing of this site (RFC 9309)."""
    text = Path(current_app.static_folder or "", "robots.txt").read_text(encoding="utf-8")
    return Response(text, content_type="text/plain; charset=utf-8")
