"""The application, for `flask` and gunicorn."""

from avl import create_app
from avl.cli import serves_no_page

app = create_app(with_web=not serves_no_page())
