"""Calendar feeds: the addresses calendar programs read, and the page where people make them."""

from __future__ import annotations

from flask import Blueprint

from avl.web.guards import guard

bp = Blueprint("feeds", __name__, url_prefix="/feeds")
# A feed proves itself by the token in its address; everything else here needs a sign-in.
guard(bp, roles=(), open_views=("read_feed",))

from avl.web.feeds import mine, reading  # noqa: E402, F401  they attach their views to `bp`
