"""The application, for `flask` and gunicorn."""

from avl import create_app

app = create_app()
