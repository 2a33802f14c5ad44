"""The blueprint of the API: how bodies are read, and what every call is described with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request, abort
from flask_smorest import Blueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from avl.web.api.examples import EXAMPLES
from avl.web.as_sent import SENT_SCHEMA

LOCATION = {
    "Location": {
        "schema": {"type": "string", "format": "uri-reference"},
        "description": "Where what was made is read.",
    }
}

View = Callable[..., Any]


class BodyParser(FlaskParser):
    """The library's reader of bodies, which lets through two faults of Python's own: a body nested
    deeper than Python can follow, and a number longer than it will turn into an integer.

    It keeps the schema, so that a refusal names inputs as they were sent.
    """

    def load_json(self, req: Request, schema: Schema) -> Any:
        req.environ[SENT_SCHEMA] = schema
        try:
            return super().load_json(req, schema)
        except (RecursionError, ValueError):
            abort(400)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        req.environ[SENT_SCHEMA] = schema
        return super().load_querystring(req, schema)


class ApiBlueprint(Blueprint):
    """A blueprint whose calls refuse a body that cannot be read, and are described whole: each has
    a name for programs that write clients, an example of its body, and says where a thing made is.
    """

    ARGUMENTS_PARSER = BodyParser()

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Give a call its address, with the view's name as its own and its noun as its tag."""
        attach = super().route(rule, tags=[rule.split("/")[1]], **options)

        def named(view: View) -> View:
            attached: View = attach(self.doc(operationId=view.__name__)(view))
            return attached

        return named

    def arguments(self, schema: Any, **more: Any) -> Callable[[View], View]:
        """Say what is sent, with an example where it is a body."""
        if more.get("location", "json") == "json":
            more["example"] = EXAMPLES[type(schema).__name__]
        said: Callable[[View], View] = super().arguments(schema, **more)
        return said

    def response(self, status_code: int, *args: Any, **more: Any) -> Callable[[View], View]:
        """Say what is answered when all goes well."""
        if status_code == 201:
            more["headers"] = LOCATION | (more.get("headers") or {})
        said: Callable[[View], View] = super().response(status_code, *args, **more)
        return said
