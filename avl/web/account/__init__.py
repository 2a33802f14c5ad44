"""Signing in and out, and one's own account."""

from flask import Blueprint

from avl.web.guards import guard

bp = Blueprint("account", __name__, url_prefix="/account")
guard(bp, roles=(), open_views=("sign_in", "sign_out"))

from avl.web.account import own, sign_in  # noqa: E402, F401  (views attach themselves to bp)
