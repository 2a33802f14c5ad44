"""The plumbing that every other test stands on."""

from __future__ import annotations

import pytest
from flask import Blueprint
from sqlalchemy import select, text

from avl.models import Agency, db
from avl.web.guards import everybody
from tests import pg

pytestmark = pytest.mark.both_databases


def test_database_fresh_for_each_test_is_migrated_and_empty(session):
    assert session.scalars(select(Agency)).all() == []


def test_database_migrated_by_the_real_migrations_is_at_head(session):
    versions = session.scalars(text("SELECT version_num FROM alembic_version")).all()

    assert len(versions) == 1


def test_template_whose_migration_fails_is_no_template(pg_server: pg.Server) -> None:
    name = f"{pg.TEMPLATE}_half"

    def fail(url: str) -> None:
        raise RuntimeError("ended in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        pg.make_template(pg_server, name, fail)

    assert not pg_server.has(name)
    pg.make_template(pg_server, name, lambda url: None)
    assert pg_server.has(name)
    pg_server.drop(name)


@pytest.mark.own_app
def test_client_sees_what_the_test_prepared(app, session, client):
    seen = []
    bp = Blueprint("house", __name__)
    everybody(bp, "Made by a test.")

    @bp.get("/house-test")
    def look():
        seen.append(db.session.scalar(select(Agency.name)))
        return ""

    app.register_blueprint(bp)
    session.add(Agency(code="HOUSE", name="House"))

    client.get("/house-test")

    assert seen == ["House"]
