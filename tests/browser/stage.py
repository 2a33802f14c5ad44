"""What the browser tests' server serves: one test's application after the other's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 60.0
"""How long anything may take that is waited for. No test here is about speed: one that fails waits
so long for what does not come, and none fails because the machine has other work."""


class Stage:
    """The application of whichever test runs now; between two tests there is nothing here.

    A tab that goes on before it has all it asked for hangs up, but the server's thread does not
    notice. It answers to the end, and so must be waited for: it would read the next test's
    database, or find its own gone.
    """

    def __init__(self) -> None:
        # (A Flask of no module would serve the static files of this folder, and leave them open.)
        self._app: WSGIApplication = NotFound()
        self._asked: list[str] = []
        self._changed = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer one request, and be known to do so."""
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        # Both at once: whoever got a test's application is waited for at that test's end.
        with self._changed:
            app = self._app
            self._asked.append(asked)
        try:
            return read_whole(app, environ, start_response)
        finally:
            with self._changed:
                self._asked.remove(asked)
                self._changed.notify_all()

    @contextmanager
    def serving(
        self, app: WSGIApplication, *, patience: float = PATIENCE_SECONDS
    ) -> Iterator[None]:
        """Serve an application; afterwards everything that was asked of it has been answered.

        Args:
            app: what to serve; whoever asks for something afterwards finds nothing.
            patience: seconds to wait for the answers that are still being made at the end.

        Raises:
            AssertionError: an answer took longer; it says which.
        """
        self._app = app
        try:
            yield
        finally:
            with self._changed:
                self._app = NotFound()
                self._changed.wait_for(lambda: not self._asked, patience)
                late = list(self._asked)
            assert late == [], f"{late} took longer than {patience:g} seconds after the test"


def read_whole(
    app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> list[bytes]:
    """Read an application's answer to its end, and close it, before any of it is sent.

    When a tab hangs up, werkzeug's server drops the answer without closing it: a static file
    stayed open until a later test was blamed for it. Servers in production close it themselves.
    No page of ours sends for as long as somebody listens; one that did would never begin here.
    """
    answer = app(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        if (close := getattr(answer, "close", None)) is not None:
            close()
