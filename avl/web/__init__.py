"""The pages, feeds, hooks and API: one package per group of users. Routes are thin."""

from __future__ import annotations

from flask import Flask

from avl.config import Settings
from avl.web import errors, frame, guards, security


def init_app(app: Flask, settings: Settings) -> None:
    """Attach what every page needs, then each group's blueprint."""
    app.testing = settings.testing
    security.init_app(app, settings)
    errors.init_app(app)
    guards.init_app(app)
    frame.init_app(app, settings)
    register(app)


def register(app: Flask) -> None:
    """One line per group of users: a blueprint that has called `guard` or `everybody`."""
    from avl.web import (
        about,
        account,
        admin,
        api,
        counsel,
        dev,
        feeds,
        health,
        hooks,
        keeping,
        manage,
        places,
        plans,
        prison,
        records,
        registry,
        sittings,
        waiting,
        worklist,
    )

    app.register_blueprint(about.bp)
    app.register_blueprint(account.bp)
    app.register_blueprint(registry.bp)
    app.register_blueprint(waiting.bp)
    app.register_blueprint(plans.bp)
    app.register_blueprint(prison.bp)
    app.register_blueprint(worklist.bp)
    app.register_blueprint(places.bp)
    app.register_blueprint(keeping.bp)
    app.register_blueprint(sittings.bp)
    records.init_app(app)
    app.register_blueprint(counsel.bp)
    app.register_blueprint(feeds.bp)
    app.register_blueprint(manage.bp)
    app.register_blueprint(admin.bp)
    app.register_blueprint(health.bp)
    app.register_blueprint(hooks.bp)
    app.register_blueprint(dev.bp)
    api.init_app(app)
