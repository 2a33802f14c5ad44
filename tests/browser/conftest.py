"""A real browser against a real server, on a fresh database for each test.

- `live_server`: the address of the application served by threads of this process, so that
  `session`, `clock` and the factories of tests/make.py all act on what the browser sees.
  `session.rollback()` before reading what a click did: until then it sees its old snapshot.
- `page`: a tab with JavaScript; `plain_page`: one without. Both fail the test at its end if the
  page complained (a script error, a breach of the content security policy) or asked anybody
  but our own server for anything.
- `assert_accessible(page)`: axe, WCAG 2.2 A and AA, with no rule switched off.

Chromium: AVL_TEST_CHROMIUM, or /usr/bin/chromium; without it these tests skip and say so.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from avl.config import Settings
from tests.browser.stage import PATIENCE_SECONDS, Stage
from tests.conftest import settings_for
from tests.scene import Scene

CHROMIUM = os.environ.get("AVL_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the run; each test gets a profile of its own."""
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(
            f"no Chromium at {CHROMIUM}: `apt-get install chromium`, or set AVL_TEST_CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stage() -> Stage:
    """What the server serves: one test's application after the other's."""
    return Stage()


@pytest.fixture(scope="session")
def bound_server(stage: Stage) -> Iterator[BaseWSGIServer]:
    """A server that has its port before the application, which must know its own address."""
    server = make_server("127.0.0.1", 0, stage, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.fixture
def settings(engine_url: str, bound_server: BaseWSGIServer) -> Settings:
    return settings_for(engine_url, public_base_url=f"http://127.0.0.1:{bound_server.port}")


@pytest.fixture
def live_server(app: Flask, settings: Settings, stage: Stage) -> Iterator[str]:
    """The address of the running application, without a slash at the end.

    Nobody is being answered any more when it ends, and so when the database goes.
    """
    with stage.serving(app):
        yield settings.public_base_url


@pytest.fixture
def place(live_server: str, scene: Scene) -> Scene:
    """The scene, for tests in which somebody looks at it."""
    return scene


@pytest.fixture
def page(browser: Browser, live_server: str) -> Iterator[Page]:
    with watched_page(browser, live_server) as page:
        yield page


@pytest.fixture
def plain_page(browser: Browser, live_server: str) -> Iterator[Page]:
    """A tab in which no script runs."""
    with watched_page(browser, live_server, java_script_enabled=False) as page:
        yield page


# A refused form answers 409 or 422, which the console reports as a failed resource. Leaving a
# page while it still asks for times ends that question: htmx calls this an abort, and says so
# again as "after request" (a question that truly fails is logged under another name as well).
NO_FAULT = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")


@contextmanager
def watched_page(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    complaints: list[str] = []

    def only_ours(route: Route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            complaints.append(f"asked a stranger: {route.request.url}")
            route.abort()

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NO_FAULT):
            complaints.append(message.text)

    context = browser.new_context(
        base_url=address, locale="en-NZ", timezone_id="Pacific/Auckland", **options
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    context.route("**/*", only_ours)
    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Check the page as it stands; the message names rule, element and remedy."""

    def check(page: Page) -> None:
        # A click comes back once the next page has begun to arrive.
        page.wait_for_load_state()
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response
        problems = [
            f"{rule['id']} ({rule['help']}): {node['html'][:160]} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
        assert found["passes"], "axe looked at nothing"
        assert problems == [], f"{page.url}\n" + "\n".join(problems)

    return check
