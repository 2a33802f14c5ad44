"""Databases, application, clock: what tests of every kind ask for.

- `app`: the application on a fresh, really migrated database. No context is pushed.
- `session`: `db.session` inside an application context. Commands roll back first, so whatever a
  test prepares must be committed (tests/make.py does).
- `client`: a browser without JavaScript. Each request runs in a context of its own, and the
  test's session hands over before it and looks afresh after it.
- `clock`: time stands still at 10 am on Tuesday 24 November 2026 in Wellington; move it with
  `clock.set(instant)` and `clock.forward(minutes=5)`.
- `scene`: one court and two prisons to try things in, at that time (tests/scene.py).
- `engine_url`: the address of the fresh database, for tests that start processes of their own.

A test marked `both_databases` runs once on SQLite and once on PostgreSQL.
"""

from __future__ import annotations

import contextvars
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy.orm import scoped_session
from xdist.scheduler import LoadScopeScheduling

import avl.clock
from avl import create_app
from avl.config import Settings
from avl.models import db
from tests import pg
from tests import scene as scenes
from tests.scene import Scene

TUESDAY_10_AM = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)

# How long one example takes says more about the machine's other work than about our code. The same
# examples are tried each time, so that a red run is red again; `make storm` draws new ones.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=not os.environ.get("AVL_STORM"),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    both = metafunc.definition.get_closest_marker("both_databases")
    if both and "engine_url" in metafunc.fixturenames:
        metafunc.parametrize("engine_url", ["sqlite", "postgresql"], indirect=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Give every test to whoever is free, but the noisy ones to one worker for each kind: two
    browsers, or two storms, on a small machine make each other time out.

    A group would say the same, but pytest 9 keeps xdist's groups from being heard.
    """
    return OneOfEach(config, log)


class OneOfEach(LoadScopeScheduling):
    """Each test is a scope of its own; those with a browser are one, and the storms another."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in ("browser", "storm") else nodeid


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind on a server that is not ours."""
    is_worker = hasattr(session.config, "workerinput")
    if os.environ.get("AVL_TEST_PG_URL") and not is_worker:
        pg.find_server().drop(pg.TEMPLATE)


def settings_for(url: str, **changes: Any) -> Settings:
    """Settings of a test installation."""
    return Settings(**{"database_url": url, "secret_key": "t" * 40, "testing": True} | changes)


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema by running the real migrations."""
    app = create_app(settings_for(url))
    with app.app_context():
        upgrade()
    dispose(app)


def dispose(app: Flask) -> None:
    """Close every connection: a SQLite file is only whole, and a PostgreSQL database only
    droppable, once nobody has it open."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run, whichever xdist worker asks."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def only_one(shared: Path, name: str) -> Iterator[None]:
    """Let one worker at a time prepare what all share."""
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def sqlite_template(shared_folder: Path) -> Path:
    """A migrated SQLite file, made once for the run and never opened again."""
    template = shared_folder / "template.db"
    with only_one(shared_folder, "sqlite"):
        if not template.exists():
            made = shared_folder / "making.db"
            migrate(f"sqlite:///{made}")
            made.rename(template)
    return template


@pytest.fixture(scope="session")
def pg_server(shared_folder: Path) -> pg.Server:
    """The PostgreSQL server of this run. Where none can be had, each test that wanted it is named
    at the end with the reason, so that nobody takes half a run for a whole one."""
    with only_one(shared_folder, "postgresql"):
        try:
            return pg.find_server()
        except pg.CannotStart as reason:
            pytest.skip(str(reason))


@pytest.fixture(scope="session")
def own_folder() -> Iterator[Path]:
    """Where this worker keeps the SQLite file of whichever test it runs."""
    with memory_folder() as folder:
        yield folder


@pytest.fixture
def engine_url(request: pytest.FixtureRequest, shared_folder: Path) -> Iterator[str]:
    """The address of a migrated, empty database that only this test uses.

    The address is the same for every test of a worker, so that an application can serve many.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        file = request.getfixturevalue("own_folder") / "avl.db"
        # What a test has left open stays with the files it opened, and goes with them.
        for old in file.parent.glob("avl.db*"):
            old.unlink()
        shutil.copyfile(template, file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("pg_server")
    with only_one(shared_folder, "postgresql"):
        url = pg.migrated_copy(server, migrate)
    yield url
    server.drop(url.rsplit("/", 1)[1].split("?")[0])


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder of one's own, in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="avl-", dir=pg.memory_place()) as folder:
        yield Path(folder)


@pytest.fixture
def settings(engine_url: str) -> Settings:
    """Override in a module, or parametrise, to test other settings."""
    return settings_for(engine_url)


_built: dict[Settings, Flask] = {}


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Flask]:
    """The application on a fresh database.

    Building one, and warming its templates and statements, costs more than most tests, so it is
    built once for each set of settings. A test that adds routes to it is marked `own_app`.
    """
    is_own = request.node.get_closest_marker("own_app") is not None
    app = None if is_own else _built.get(settings)
    if app is None:
        app = create_app(settings)
        app.test_client_class = Client
        if not is_own:
            _built[settings] = app
    before = dict(app.config)
    yield app
    dispose(app)
    app.config.clear()
    app.config.update(before)


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Any]]:
    """The database session inside an application context."""
    with app.app_context():
        yield db.session
        db.session.rollback()


class Client(FlaskClient):
    """A client whose requests share nothing with the test that makes them but the database."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            db.session.commit()
        try:
            # An empty context hides the test's own application context. Flask would reuse it,
            # and with it `g`, where the signed-in user of the request before is kept.
            return contextvars.Context().run(super().open, *args, **kwargs)
        finally:
            if has_app_context():
                db.session.expire_all()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript, signed in as nobody."""
    return app.test_client()


class Clock:
    """Time that moves only when told."""

    def __init__(self, at: datetime) -> None:
        self.now = at

    def __call__(self) -> datetime:
        return self.now

    def set(self, at: datetime) -> None:
        """Go to an aware instant."""
        self.now = at.astimezone(UTC)

    def forward(self, **duration: float) -> None:
        """Let time pass: `clock.forward(minutes=5)`."""
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Hold the only clock of the system still."""
    stopped = Clock(TUESDAY_10_AM)
    avl.clock.set_clock(stopped)
    yield stopped
    avl.clock.set_clock(None)


@pytest.fixture
def scene(session: Any, clock: Clock) -> Scene:
    """One court, two prisons, three people and two counsel, the day before their hearings."""
    return scenes.build()
