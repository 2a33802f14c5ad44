"""The blueprint of the API: how bodies are read, and what every call is described with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request, abort
from flask_smorest import Blueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from avl.web.api.examples import EXAMPLES
from avl.web.api.schemas import Problem
from avl.web.as_sent import SENT_SCHEMA
from avl.web.errors import PROBLEM

LOCATION = {
    "Location": {
        "schema": {"type": "string", "format": "uri-reference"},
        "description": "Where what was made is read.",
    }
}

TAG = {"ETag": {"schema": {"type": "string"}, "description": "What was told, in short."}}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string", "pattern": r'^(\*|"[!#-~]{1,64}")$'},
    "description": "The ETag of what was read last: 304 where it would be the same again.",
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
            said = self._said_of_reads(view) if "GET" in options.get("methods", ["GET"]) else view
            attached: View = attach(self.doc(operationId=view.__name__)(said))
            return attached

        return named

    def _said_of_reads(self, view: View) -> View:
        """Describe what `reads.tell_only_news` does for every read."""
        view = self.doc(parameters=[IF_NONE_MATCH])(view)
        view = self.alt_response(304, description="As it was when last read.", headers=TAG)(view)
        view = self.alt_response(
            412,
            schema=Problem,
            content_type=PROBLEM,
            description="If-Match was sent, and names another version.",
        )(view)
        for answer in view._apidoc["response"]["responses"][200]:  # type: ignore[attr-defined]
            answer["headers"] = TAG
        return view

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
