"""A search takes as much as could be found, and says so of more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from avl.config import ROOT
from avl.domain.access import Role
from avl.web.searching import LONGEST_SEARCH
from tests import make
from tests.scene import Scene

SEARCHES = [
    ("/court/book?q=", Role.REGISTRY),
    ("/court/today?q=", Role.REGISTRY),
    ("/court/counsel?counsel=", Role.REGISTRY),
    ("/records/people?q=", Role.REGISTRY),
    ("/records/counsel?q=", Role.REGISTRY),
    ("/admin/users?q=", Role.ADMINISTRATOR),
]


@pytest.mark.parametrize(("address", "role"), SEARCHES)
def test_what_is_longer_than_anything_there_is_refused_in_words(
    client: FlaskClient, scene: Scene, address: str, role: Role
) -> None:
    site = scene.court if role is Role.REGISTRY else None
    browser = make.sign_in(client, make.user(role, site))

    longest = browser.get(address + "a" * LONGEST_SEARCH)
    too_long = browser.get(address + "a" * 5000)

    assert longest.status_code == 200
    assert too_long.status_code == 422
    assert "100 characters at most, and these are 5,000" in too_long.text


def test_no_page_lets_more_be_typed_into_a_search() -> None:
    pages = sorted(Path(ROOT / "templates").rglob("*.html"))
    searches = [
        tag
        for page in pages
        for tag in re.findall(r'<input[^>]*type="search"[^>]*>', page.read_text())
    ]

    assert len(searches) == 5
    assert all(f'maxlength="{LONGEST_SEARCH}"' in tag for tag in searches)
