"""What tests in a browser share: somebody enters, and pictures are kept for whoever looks."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from playwright.sync_api import Page

from avl.domain.access import Role
from tests import make

FOLDER = os.environ.get("AVL_SCREENSHOTS", "")


def enter(page: Page, app: Flask, address: str, who: Any) -> None:
    """Sign the browser in as this user, as if they had done so a moment ago."""
    page.context.add_cookies([{**make.session_cookie(app, who), "url": address}])  # type: ignore[list-item]


def sign_in(page: Page, app: Flask, address: str, *grants: tuple[Role, Any]) -> None:
    """Sign the browser in as somebody new with these roles, each at its place."""
    user = make.user()
    for role, place in grants:
        make.grant(user, role, place)
    enter(page, app, address, user)


def shot(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a picture of the page, or of what is seen of it, in the folder AVL_SCREENSHOTS."""
    if FOLDER:
        page.screenshot(path=f"{FOLDER}/{name}.png", full_page=whole)
