"""The rules of a site, for everybody who works with it."""

from __future__ import annotations

import pytest

from avl.domain.access import Role
from avl.models import db
from tests import make
from tests.counting import statements

pytestmark = pytest.mark.both_databases


def test_the_rules_of_a_site_are_read_in_few_queries(client, session, clock):
    prison = make.prison("RIM", short_name="Rimutaka")
    prison.escort_capacity, prison.assumed = 2, "escort capacity is assumed"
    db.session.commit()
    make.sign_in(client, make.user(Role.AVL_COORDINATOR, prison))

    with statements(db.engine) as seen:
        page = client.get("/sites/rim").text

    assert "Staff can fetch or take back 2 people at once." in page
    assert "Nobody has confirmed these yet: escort capacity is assumed." in page
    assert len(seen) <= 5
    assert 'href="/sites/RIM"' in client.get("/prison").text
    assert "Your sites" in client.get("/sites").text
    assert client.get("/sites/NOPE").status_code == 404


def test_counsel_do_not_see_the_rules_of_sites(client, session, clock):
    counsel = make.counsel()
    make.sign_in(client, make.user(Role.COUNSEL, counsel_id=counsel.id))

    assert client.get("/sites").status_code == 404


def test_sites_stand_in_the_order_people_look_for_them(client, session, clock):
    for name in ("Papakura", "Ōpōtiki", "Oamaru"):
        make.court(name[:3].upper(), name=f"{name} District Court")
    make.sign_in(client, make.user(Role.MANAGER, make.prison("RIM")))

    page = client.get("/sites").text

    found = [page.index(name) for name in ("Oamaru", "Ōpōtiki", "Papakura")]
    assert found == sorted(found)
