"""Alembic's environment: the application's own engine, one transaction for the lot."""

from alembic import context
from flask import current_app
from sqlalchemy import text

import avl.models
from avl.models import UtcDateTime, db

HAS_TIME = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
"""What a page may take ends no migration: an index over a country's bookings takes longer than
fifteen seconds, and to read the next migration on a busy machine once took half a minute. A lock
is waited for as long as by a page, because people wait behind whoever waits for one."""


def render_item(type_, item, autogen_context):
    """Write instants as plain SQLAlchemy, so that migrations never import our code."""
    if type_ == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run_online() -> None:
    options = dict(current_app.extensions["migrate"].configure_args)
    options.setdefault("render_item", render_item)
    with db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=avl.models.Base.metadata, **options
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                for statement in HAS_TIME:
                    connection.execute(text(statement))
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations are run against a database, not written to a file.")
run_online()
