"""What an operator reads when there is no database to work on: one line, and no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from avl import create_app
from avl.config import ROOT
from tests.conftest import dispose, settings_for

NOT_READY = (
    "Error: Not ready: the database does not answer, or holds no tables."
    " Look at AVL_DATABASE_URL, and run: flask db upgrade\n"
)


@pytest.fixture(params=["empty", "away"])
def lost(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database holds nothing, or does not answer."""
    away = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    app = create_app(
        settings_for(f"sqlite:///{tmp_path}/empty.db" if request.param == "empty" else away)
    )
    yield app
    dispose(app)


@pytest.mark.parametrize(
    "words",
    [
        "sign-ins",
        "demo",
        "verify-audit",
        "user grant a@example.nz registry",
        f"import-area {ROOT}/avl/areas/hamilton",
    ],
)
def test_a_command_without_a_database_says_so_in_one_line(lost: Flask, words: str) -> None:
    said = lost.test_cli_runner().invoke(args=["avl", *words.split()])

    assert (said.exit_code, said.output) == (1, NOT_READY)


def test_a_backup_of_nothing_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path}/empty.db"))
    (tmp_path / "empty.db").touch()
    file = tmp_path / "avl.backup"

    said = app.test_cli_runner().invoke(args=["avl", "backup", str(file)])

    assert said.exit_code == 1
    assert "No backup was made: the database holds no tables." in said.output
    assert not file.exists()
    dispose(app)
