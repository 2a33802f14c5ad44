"""Lists that go into a statement as one parameter, and rows that come back as one list."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from avl.models import Resource, Site, db
from avl.queries.gathering import among, gathered
from tests import make


@pytest.mark.both_databases
@pytest.mark.parametrize("few", [False, True])
def test_among_asks_for_any_number_of_ids_with_the_same_words(session, few):
    courts = [make.court(code) for code in ("HVDC", "WNDC", "NSDC")]
    asked = select(Site.id).where(among(Site.id, "ids", few=few)).order_by(Site.id)

    for ids in ([], [courts[1].id], {court.id for court in courts}, [99999], range(-20, 99999)):
        known = [court.id for court in courts if court.id in ids]
        assert session.scalars(asked, {"ids": ids}).all() == known


def test_among_uses_an_index_on_sqlite(session):
    asked = select(Resource.id).where(among(Resource.site_id, "ids"))
    spelt = str(asked.compile(db.engine))

    plan = session.execute(text(f"EXPLAIN QUERY PLAN {spelt.replace('?', ':ids')}"), {"ids": "[1]"})

    assert any("SEARCH resource" in row[-1] for row in plan)


@pytest.mark.both_databases
def test_gathered_gives_the_rows_of_each_site_in_one(session):
    court = make.court("HVDC", courtrooms=2)
    empty = make.prison("RIM", suites=0)
    rooms = (
        select(gathered(Resource.name, Resource.site_id))
        .where(Resource.site_id == Site.id)
        .correlate(Site)
        .scalar_subquery()
    )

    found = {
        site_id: sorted(rows or ())
        for site_id, rows in session.execute(
            select(Site.id, rooms).where(among(Site.id, "ids")), {"ids": [court.id, empty.id]}
        )
    }

    assert found[empty.id] == []
    assert [site_id for _, site_id in found[court.id]] == [court.id, court.id]
