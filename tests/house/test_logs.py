"""What the log says, and what it never says."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from avl.logs import JsonLines
from avl.models import User, db
from tests import make

PLANTED = "zanzibar"


def written(message: str, *, failed: bool = False, **extra: object) -> dict[str, Any]:
    """A line of the log, as whoever keeps it reads it."""
    error = sys.exc_info() if failed else None
    record = logging.LogRecord("avl.tests", logging.ERROR, "", 1, message, None, error)
    record.__dict__ |= extra
    return dict(json.loads(JsonLines().format(record)))


def test_a_line_is_json_with_whatever_it_was_given() -> None:
    said = written("booking\nmoved", reference="AVL-7K3F9C")

    assert (said["event"], said["reference"], said["level"]) == (
        "booking\nmoved",
        "AVL-7K3F9C",
        "ERROR",
    )
    assert "error" not in said


@pytest.mark.both_databases
def test_an_error_says_where_it_happened_and_not_whom_it_was_about(
    app: Flask, session: Any
) -> None:
    email = make.user(email=f"{PLANTED}@example.nz").email
    try:
        try:
            db.session.add(User(name="Somebody else", email=email))
            db.session.flush()
        except DBAPIError as refused:
            raise ValueError(email) from refused
    except ValueError:
        said = written("unexpected error", failed=True)
    db.session.rollback()

    assert PLANTED not in json.dumps(said)
    assert "builtins.ValueError" in said["error"]
    assert "after sqlalchemy.exc.IntegrityError" in said["error"]
    assert "in test_an_error_says_where" in said["error"]
