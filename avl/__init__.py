"""The court AVL scheduler: `create_app` is the table of contents."""

from __future__ import annotations

from flask import Flask

from avl import cli
from avl.config import ROOT, Settings, from_environment
from avl.logs import set_up_logging
from avl.models import db
from avl.models.engines import POSTGRES_OPTIONS, prepare

__version__ = "0.1.0"


def create_app(settings: Settings | None = None, *, with_web: bool = True) -> Flask:
    """Build the application.

    Args:
        settings: by default, the environment's.
        with_web: whether it serves pages, feeds, hooks and the API; commands do without.
    """
    settings = settings or from_environment()
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(ROOT / "instance"),
    )
    app.extensions["avl_settings"] = settings
    set_up_logging(settings)
    _set_up_database(app, settings)
    if with_web:
        # Imported here: forms, components and the API's schemas are a fifth of a worker's memory.
        from avl import web

        web.init_app(app, settings)
    cli.init_app(app)
    return app


def _set_up_database(app: Flask, settings: Settings) -> None:
    from flask_migrate import Migrate

    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    # An error's text would hold the statement's values: names, notes, hashes.
    quiet = {"hide_parameters": True}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = quiet | (
        {} if settings.is_sqlite else POSTGRES_OPTIONS
    )
    if replica := settings.read_database_url:
        options = quiet | ({} if replica.startswith("sqlite") else POSTGRES_OPTIONS)
        app.config["SQLALCHEMY_BINDS"] = {"read": {"url": replica, **options}}
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            prepare(engine)
    Migrate(
        app,
        db,
        directory=str(ROOT / "migrations"),
        render_as_batch=True,
        compare_type=True,
    )
