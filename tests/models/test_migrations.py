"""The migrations: they make what the models say, and each can be taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from avl.config import ROOT
from avl.models import Hold, db
from tests import make

pytestmark = pytest.mark.both_databases

SCHEMA = {
    "sqlite": """
        SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'
        """,
    "postgresql": """
        SELECT 'column', table_name || '.' || column_name,
               data_type || is_nullable || coalesce(column_default, '')
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'constraint', conname, conrelid::regclass || pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger', tgname || tgrelid::regclass, pg_get_triggerdef(oid)
          FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function', proname, prosrc
          FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        """,
}
"""All that a database says of itself: kind, name, and how it is made."""

BESIDE_THE_RULES = {("hold", "hold_within_a_day"), ("sitting", "sitting_within_a_day")}
"""Checks that migration 0002 makes on PostgreSQL; on SQLite they are in its triggers."""


def test_models_and_migrations_say_the_same(app):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)

    assert differences == []


def test_migrating_again_changes_nothing(app):
    with app.app_context():
        upgrade()
        rows = db.session.scalars(text("SELECT version_num FROM alembic_version")).all()

    assert len(rows) == 1


def test_every_check_of_the_models_is_in_the_database_and_no_other(app: Flask) -> None:
    # Alembic compares columns and indexes, but no checks.
    with app.app_context():
        found = {
            (table, check["name"])
            for table in inspect(db.engine).get_table_names()
            for check in inspect(db.engine).get_check_constraints(table)
        }

    meant = {
        (table.name, str(rule.name))
        for table in db.metadata.tables.values()
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }
    assert found - BESIDE_THE_RULES == meant


def test_each_migration_can_be_taken_back_and_made_again(app: Flask) -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    steps = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    with app.app_context():
        downgrade(revision="base")
        before = schema()
        assert [name for _, name, _ in before if "alembic" not in name] == []
        for revision in steps:
            upgrade(revision=revision)
            made = schema()
            downgrade()
            assert schema() == before, f"{revision} leaves something behind when it is taken back"
            upgrade(revision=revision)
            assert schema() == made, f"{revision} makes something else the second time"
            before = made


def schema() -> list[tuple[Any, ...]]:
    """All that the database says of itself; white space and quotes do not count."""
    with db.engine.connect() as connection:
        rows = connection.execute(text(SCHEMA[db.engine.dialect.name])).all()
    return sorted(
        (kind, name, re.sub(r'[\s"]+', " ", sql or "").strip()) for kind, name, sql in rows
    )


def test_migrating_down_and_up_with_rows_keeps_them_and_the_rules(app, session):
    make.booking()
    db.session.remove()

    downgrade(revision="0002")
    upgrade()

    hold = db.session.scalars(select(Hold).where(Hold.is_exclusive).limit(1)).one()
    twin = {c.key: getattr(hold, c.key) for c in Hold.__table__.columns if c.key != "id"}
    with pytest.raises(IntegrityError, match="hold_never_overlaps"):
        db.session.execute(insert(Hold).values(**twin))
