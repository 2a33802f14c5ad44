"""What `flask` and gunicorn load."""

from avl import create_app

app = create_app()
