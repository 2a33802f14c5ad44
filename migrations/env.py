"""Alembic's environment: the application's own engine, one transaction for the lot."""

from alembic import context
from flask import current_app

import avl.models
from avl.models import UtcDateTime, db


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
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations are run against a database, not written to a file.")
run_online()
