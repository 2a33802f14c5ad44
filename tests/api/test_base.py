"""Schemas are shared between the calls that use them, never copied."""

from __future__ import annotations

from copy import deepcopy

import marshmallow

import avl.web.api  # noqa: F401  (defines them all)
from avl.web.api.base import Schema


def ours(base: type[marshmallow.Schema]) -> list[type[marshmallow.Schema]]:
    """Every schema below this one that our own modules of the API define."""
    return [
        one
        for below in base.__subclasses__()
        for one in (below, *ours(below))
        if one.__module__.startswith("avl.web.api.")
    ]


def test_every_schema_of_the_api_is_shared_and_not_copied() -> None:
    found = ours(marshmallow.Schema)

    assert len(found) > 100
    assert [one.__name__ for one in found if not issubclass(one, Schema)] == []
    shared = Schema()
    assert deepcopy({"schema": shared})["schema"] is shared
