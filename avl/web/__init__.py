"""The pages, feeds, hooks and API: one package per group of users. Routes are thin."""

from __future__ import annotations

from flask import Flask

from avl.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Attach what every page needs, then each group's blueprint."""
    app.config["SECRET_KEY"] = settings.secret_key
