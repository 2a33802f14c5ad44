"""`flask avl ...`: thin commands for operators."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup

commands = AppGroup("avl", help="Run and look after the court AVL scheduler.")


def init_app(app: Flask) -> None:
    """Attach the group to an application."""
    app.cli.add_command(commands)
